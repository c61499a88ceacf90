"""The schedule: for every table of the catalog, when its rows are due, what goes with them, what becomes of them.

16 CFR 312.10 asks for a written schedule; this is it, as data. Periods come from the policies
(`rules/in_force.py`), the kind of a table and its ways to school and student from the data inventory.
`tests/unit/retention/test_schedule.py` fails for a table, a relation or a personal column without a fate.
"""

from __future__ import annotations

from django.db.models import Q
from django.db.models.functions import Coalesce

from classwaves_admin.warehouse import models as catalog
from classwaves_admin.warehouse.models._base import CatalogModel
from retention.fates import DELETE, Clock, Rule, blank, keep

__all__ = ["SCHEDULE", "rule_named", "rule_of"]

_NOBODY = keep("No row of this table is about one student.")
_WITH_OTHERS = keep("Numbers of a whole group or session: they name nobody and cannot be told apart by child.")
_SESSION = ("session",)

_ROSTER = (
    Rule(
        catalog.School,
        by_age=keep("The school's own row stays as long as its agreement (NDPA Exhibit D)."),
        alone=_NOBODY,
        shared=_NOBODY,
    ),
    Rule(
        catalog.Teacher,
        by_age=keep("Staff leave by the school's roster."),
        alone=_NOBODY,
        shared=_NOBODY,
        stays_without={"school": "Staff of a school that has left go with its agreement (NDPA Exhibit D)."},
    ),
    Rule(
        catalog.Student,
        by_age=keep("Students leave by the school's roster or by a deletion of their own."),
        alone=blank(
            "The id alone stays: the proof of the deletion and the log of accesses name it.",
            display_name="Deleted student",
            email=None,
            google_id=None,
            parent_email=None,
            grade_level=None,
            status="inactive",
            has_parental_consent=False,
            consent_date=None,
            data_sharing_consent=False,
            audio_recording_consent=False,
        ),
        shared=_NOBODY,
        stays_without={"school": "Students of a school that has left go with its agreement (NDPA Exhibit D)."},
    ),
)

_LESSONS = (
    Rule(
        catalog.ClassroomSession,
        clock=Clock("created_at"),
        by_age=DELETE,
        alone=_NOBODY,
        shared=_WITH_OTHERS,
        stays_without={
            "school": "Sessions of a school that has left are orphans, which a sweep destroys.",
            "teacher": "A session outlives its teacher's account: it is the students' record.",
        },
        orphan_without=("school",),
    ),
    Rule(
        catalog.StudentGroup,
        clock=Clock("session__created_at"),
        by_age=DELETE,
        alone=_NOBODY,
        shared=_WITH_OTHERS,
        goes_with=_SESSION,
    ),
    Rule(
        catalog.Participant,
        clock=Clock("session__created_at"),
        by_age=DELETE,
        alone=DELETE,
        shared=_NOBODY,
        goes_with=_SESSION,
        stays_without={
            "group": "Who took part in the session stays when a group of it is gone.",
            "student": "The seat of a student whose row is gone is an orphan, which a sweep destroys.",
        },
        orphan_without=("student",),
    ),
    Rule(
        catalog.Transcription,
        clock=Clock("created_at"),
        by_age=DELETE,
        alone=DELETE,
        shared=keep("Turns of other children are theirs: they stay."),
        goes_with=_SESSION,
        stays_without={"group": "What was said in the session stays when a group of it is gone."},
    ),
    Rule(
        catalog.Recording,
        clock=Clock("created_at"),
        by_age=DELETE,
        alone=DELETE,
        # A voice cannot be taken out of a recording, so all of it goes.
        shared=DELETE,
        goes_with=_SESSION,
        stays_without={
            "group": "A recording of the session stays when a group of it is gone.",
            "participant": "A recording of the session stays when a seat of it is gone.",
        },
        file="file_path",
    ),
    Rule(
        catalog.Message,
        clock=Clock("created_at"),
        by_age=DELETE,
        alone=DELETE,
        shared=keep("A message to a whole group is of those who wrote and read it."),
        goes_with=_SESSION,
    ),
)

_CONCLUSIONS = (
    Rule(
        catalog.SessionMetrics,
        clock=Clock("calculation_timestamp"),
        by_age=DELETE,
        alone=_NOBODY,
        shared=_WITH_OTHERS,
        goes_with=_SESSION,
    ),
    Rule(
        catalog.GroupMetrics,
        clock=Clock("calculation_timestamp"),
        by_age=DELETE,
        alone=_NOBODY,
        shared=_WITH_OTHERS,
        goes_with=("session", "group"),
    ),
    Rule(
        catalog.StudentMetrics,
        clock=Clock("calculation_timestamp"),
        by_age=DELETE,
        alone=DELETE,
        shared=_NOBODY,
        goes_with=("session", "participant"),
    ),
    Rule(
        catalog.EducationalMetric,
        clock=Clock("calculation_timestamp"),
        by_age=DELETE,
        alone=_NOBODY,
        shared=blank("The number is of the session; what was noted beside it may name a child.", metric_metadata=None),
        goes_with=_SESSION,
    ),
    Rule(
        catalog.AnalysisResult,
        clock=Clock("analysis_timestamp"),
        by_age=DELETE,
        alone=_NOBODY,
        # A result is free text about all who spoke; software can write it anew from what is left.
        shared=DELETE,
        goes_with=_SESSION,
    ),
    Rule(
        catalog.InterventionSuggestion,
        clock=Clock("created_at"),
        by_age=DELETE,
        alone=DELETE,
        shared=DELETE,
        goes_with=("session", "group"),
        stays_without={"teacher": "Advice about students outlives the account of the teacher who got it."},
    ),
    Rule(
        catalog.EducationalInsight,
        clock=Clock("created_at"),
        by_age=DELETE,
        alone=DELETE,
        shared=DELETE,
        goes_with=_SESSION,
    ),
)

_SCHOOL = {"school": "Rows of a school that has left are handed over or destroyed with its agreement (NDPA Exhibit D)."}
_COMPLIANCE = (
    Rule(
        catalog.AuditLog,
        clock=Clock("event_timestamp"),
        by_age=DELETE,
        never_by_age={
            "Disclosures stay as long as the education record (34 CFR 99.32(a)(2)).": Q(
                event_type__startswith="disclosure."
            )
        },
        alone=keep("Who saw and changed what is the proof of lawful use; it holds ids and no names."),
        shared=keep("Who saw and changed what is the proof of lawful use; it holds ids and no names."),
        stays_without=_SCHOOL,
    ),
    Rule(
        catalog.ParentalConsent,
        clock=Clock(
            Coalesce("revoked_at", "expires_at", "consent_date"),
            when=Q(revoked_at__isnull=False) | Q(expires_at__isnull=False) | Q(consent_given=False),
            else_kept="A consent without an end is in force: its days start when it ends.",
        ),
        by_age=DELETE,
        alone=keep("A parent's answer is the proof that what was done was permitted (312.5)."),
        shared=_NOBODY,
        stays_without=_SCHOOL | {"student": "The proof outlives the student's row until its own days end."},
    ),
    Rule(
        catalog.RetentionPolicy,
        by_age=keep("The rules themselves (16 CFR 312.10)."),
        alone=_NOBODY,
        shared=_NOBODY,
        stays_without=_SCHOOL,
    ),
    Rule(
        catalog.CoppaCompliance,
        clock=Clock(
            "student__updated_at",
            when=Q(student__status="inactive"),
            else_kept="While the student is at the school the record of the age is in use.",
        ),
        by_age=DELETE,
        alone=blank("The dates of request and completion are the proof of the deletion (312.6).", birth_year=None),
        shared=_NOBODY,
        stays_without=_SCHOOL | {"student": "The proof outlives the student's row until its own days end."},
    ),
)

_OFFICE = (
    Rule(
        catalog.SystemEvent,
        clock=Clock("created_at"),
        by_age=DELETE,
        alone=DELETE,
        shared=_NOBODY,
    ),
    Rule(
        catalog.ApiMetric,
        clock=Clock("timestamp"),
        by_age=DELETE,
        alone=DELETE,
        shared=_NOBODY,
    ),
    Rule(
        catalog.BackgroundJob,
        clock=Clock("created_at"),
        by_age=DELETE,
        alone=_NOBODY,
        shared=_NOBODY,
    ),
    Rule(
        catalog.District,
        by_age=keep("The district's own row stays as long as its agreement."),
        alone=_NOBODY,
        shared=_NOBODY,
    ),
    Rule(
        catalog.SchoolSetting,
        by_age=keep("A setting stays until the school changes it."),
        alone=_NOBODY,
        shared=_NOBODY,
        stays_without=_SCHOOL,
    ),
    Rule(
        catalog.NotificationTemplate,
        by_age=keep("Each version stays: it proves what a notice said."),
        alone=_NOBODY,
        shared=_NOBODY,
    ),
    Rule(
        catalog.NotificationQueue,
        clock=Clock("created_at"),
        by_age=DELETE,
        alone=DELETE,
        # A mail to a parent names the child; one parent may have several, and each mail is about one family.
        shared=DELETE,
    ),
)

SCHEDULE: tuple[Rule, ...] = (*_ROSTER, *_LESSONS, *_CONCLUSIONS, *_COMPLIANCE, *_OFFICE)
_BY_MODEL = {rule.model: rule for rule in SCHEDULE}
_BY_NAME = {rule.name: rule for rule in SCHEDULE}


def rule_of(model: type[CatalogModel]) -> Rule:
    """Return the fate of a table. Raises LookupError, with the way to mend it, where none is stated."""
    try:
        return _BY_MODEL[model]
    except KeyError:
        raise LookupError(f"{model._meta.db_table} has no fate: state it in retention/schedule.py.") from None


def rule_named(name: str) -> Rule:
    """Return the fate of a table by its name, `schema.table`. Raises KeyError for a name that is none."""
    return _BY_NAME[name]
