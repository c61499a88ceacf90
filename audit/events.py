"""The audit events of ClassWaves, each registered once: name, category, legal basis, words.

`event_category` has the three values of the catalog (`auth`, `session`, `data`); the finer class is
the prefix of the name. Names and bases follow the privacy office's vocabulary (docs/security.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """Values of `compliance.audit_log.event_category`."""

    AUTH = "auth"
    SESSION = "session"
    DATA = "data"


class Basis(StrEnum):
    """Codes for `compliance_basis`: the ground in law on which something was done."""

    SCHOOL_OFFICIAL = "FERPA_A1_SCHOOL_OFFICIAL"
    CONTRACTOR = "FERPA_A1_CONTRACTOR"
    TRANSFER = "FERPA_A2_TRANSFER"
    AUDIT_EVALUATION = "FERPA_A3_AUDIT_EVAL"
    FINANCIAL_AID = "FERPA_A4_FINANCIAL_AID"
    JUVENILE = "FERPA_A5_JUVENILE"
    STUDIES = "FERPA_A6_STUDIES"
    ACCREDITING = "FERPA_A7_ACCREDITING"
    DEPENDENT_PARENT = "FERPA_A8_DEPENDENT_PARENT"
    COURT_ORDER = "FERPA_A9_COURT_ORDER"
    SUBPOENA = "FERPA_A9_SUBPOENA"
    SEALED = "FERPA_A9_SEALED_LE"
    EMERGENCY = "FERPA_A10_EMERGENCY"
    DIRECTORY = "FERPA_A11_DIRECTORY"
    PARENT_OR_STUDENT = "FERPA_A12_PARENT_OR_STUDENT"
    SEX_OFFENDER = "FERPA_A16_SEX_OFFENDER"
    DEIDENTIFIED = "FERPA_B_DEIDENTIFIED"
    CHILD_WELFARE = "FERPA_CHILD_WELFARE"
    USDA_MEALS = "FERPA_USDA_MEALS"
    WRITTEN_CONSENT = "FERPA_99_30_CONSENT"
    ACCESS_REQUEST = "FERPA_99_10_ACCESS"
    AMENDMENT = "FERPA_99_20_AMEND"
    PARENTAL_CONSENT = "COPPA_VPC"
    SCHOOL_AUTHORIZATION = "COPPA_SCHOOL_AUTH"
    PARENT_RIGHTS = "COPPA_312_6_PARENT"
    DATA_SECURITY = "COPPA_312_8_SECURITY"
    RETENTION = "COPPA_312_10_RETENTION"
    PPRA = "PPRA"
    NY_2D = "NY_2D"
    CA_SOPIPA = "CA_SOPIPA"
    CA_AB1584 = "CA_AB1584"
    IL_SOPPA = "IL_SOPPA"
    NDPA = "NDPA"
    LEGAL_HOLD = "LEGAL_HOLD"


@dataclass(frozen=True, slots=True)
class Event:
    """One registered event. `label` is what people read; it never holds a name of a person."""

    name: str
    label: str
    category: Category
    basis: Basis | None


class UnregisteredEvent(LookupError):
    """An event name that is not in the registry."""


def _events(category: Category, basis: Basis | None, **labels: str) -> dict[str, Event]:
    """Return events from keywords such as `auth__login="Signed in"`."""
    names = {key.replace("__", "."): label for key, label in labels.items()}
    return {name: Event(name, label, category, basis) for name, label in names.items()}


EVENTS: dict[str, Event] = (
    _events(
        Category.AUTH,
        Basis.DATA_SECURITY,
        auth__login="Signed in",
        auth__login_failed="Sign-in failed",
        auth__logout="Signed out",
        auth__mfa_enrolled="Second factor added",
        auth__mfa_failed="Second factor failed",
        auth__step_up="Identity confirmed again",
        auth__role_changed="Role changed",
        auth__signed_out="Signed out by an administrator",
        auth__access_denied="Access denied",
        access__reviewed="Access of people reviewed",
    )
    | _events(
        Category.AUTH,
        Basis.CONTRACTOR,
        support__asked="ClassWaves asked for access to student data",
        support__declined="Access for ClassWaves declined",
        support__granted="ClassWaves let in for some hours",
        support__ended="Access of ClassWaves ended early",
        support__entered="ClassWaves entered the district",
        support__left="ClassWaves left the district",
    )
    | _events(
        Category.SESSION,
        Basis.SCHOOL_OFFICIAL,
        session__recording_started="Recording started",
        session__recording_blocked="Recording blocked",
        session__recording_stopped="Recording stopped",
        session__transcribed="Session transcribed",
        session__analyzed="Session analysed",
    )
    | _events(
        Category.DATA,
        Basis.SCHOOL_OFFICIAL,
        student__viewed="Student record viewed",
        student__searched="Students listed or searched",
        transcript__viewed="Transcript viewed",
        audio__played="Recording played",
        analysis__viewed="Analysis viewed",
        export__created="Export created",
        export__downloaded="Export downloaded",
        export__deleted="Export deleted",
        report__generated="Report generated",
        report__viewed="First page of a report looked at",
        report__downloaded="Report downloaded",
        audit__viewed="Audit log viewed",
        audit__sealed="Audit log sealed",
        settings__changed="Settings changed",
        district__changed="District changed",
        school__changed="School changed",
        roster__imported="Roster imported",
        roster__undone="Roster import taken back",
    )
    | _events(
        Category.DATA,
        Basis.PARENTAL_CONSENT,
        consent__requested="Consent requested",
        consent__viewed="Consent notice opened",
        consent__granted="Consent given",
        consent__refused="Consent refused",
        consent__verified="Consent verified",
        consent__revoked="Consent withdrawn",
        consent__expired="Consent expired",
        consent__conflict_flagged="Guardians disagree",
        consent__asking_stopped="Asking of many guardians stopped",
        consent__asking_resumed="Asking of many guardians gone on with",
        notice__sent="Notice sent",
        notice__reminders_stopped="Reminders stopped by the guardian",
        notice__bounced="Mail came back",
        notice__bounce_cleared="Address mailed again",
    )
    | _events(
        Category.DATA,
        Basis.DATA_SECURITY,
        outbox__retried="Stuck change tried again",
        outbox__discarded="Stuck change given up",
        job__retried="Failed job started again",
        mail__tried="Test mail sent to oneself",
        mail__viewed="Mail looked at",
        mail__resent="Mail sent again",
        mail__cancelled="Mail stopped",
    )
    | _events(Category.DATA, Basis.SCHOOL_AUTHORIZATION, consent__school_authorized="School authorised use")
    | _events(Category.DATA, Basis.AMENDMENT, record__amended="Record amended")
    | _events(
        Category.DATA,
        Basis.ACCESS_REQUEST,
        request__access_received="Access request received",
        request__access_fulfilled="Access request fulfilled",
    )
    | _events(
        Category.DATA,
        Basis.AMENDMENT,
        request__amend_received="Request to correct received",
        request__amend_decided="Request to correct decided",
    )
    | _events(
        Category.DATA,
        Basis.PARENT_RIGHTS,
        request__deletion_received="Deletion request received",
        request__refuse_collection="Further collection refused",
        request__closed="Request closed",
        deletion__started="Deletion started",
        deletion__completed="Deletion completed",
        deletion__failed="Deletion failed",
        coppa__status_changed="Age status changed",
        rights__transferred="Rights passed to the student",
    )
    | _events(Category.DATA, None, disclosure__requested="Disclosure requested", disclosure__made="Disclosure made")
    | _events(
        Category.DATA,
        Basis.RETENTION,
        retention__policy_changed="Retention policy changed",
        retention__purge_run="Retention run",
        retention__run_approved="Retention run approved",
        retention__run_paused="Retention run paused",
        retention__run_resumed="Retention run gone on with",
        retention__run_dropped="Retention run dropped",
        retention__archive_restored="Archived rows restored",
        retention__archive_rewritten="A student removed from an archive file",
        retention__archive_destroyed="Archive file destroyed",
        retention__physically_removed="Deleted rows taken off the disk",
    )
    | _events(
        Category.DATA,
        Basis.LEGAL_HOLD,
        hold__placed="Legal hold placed",
        hold__release_asked="Release of a legal hold asked for",
        hold__kept="Legal hold kept after all",
        hold__released="Legal hold released",
    )
)


def event(name: str) -> Event:
    """Return the registered event. Raises UnregisteredEvent for any other name."""
    try:
        return EVENTS[name]
    except KeyError:
        raise UnregisteredEvent(f"{name!r} is not registered in audit/events.py.") from None
