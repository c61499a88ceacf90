"""Which role holds which permissions, and what each role may do in words."""

from __future__ import annotations

from django.db import models

from classwaves_admin.accounts.permissions import Permission as P


class Role(models.TextChoices):
    """The five roles of the portal."""

    SUPER_ADMIN = "super_admin", "Super administrator"
    DISTRICT_ADMIN = "district_admin", "District administrator"
    SCHOOL_ADMIN = "school_admin", "School administrator"
    TEACHER = "teacher", "Teacher"
    AUDITOR = "auditor", "Auditor"


_OFFICE = frozenset(
    {
        P.SEE_DASHBOARD,
        P.SEE_CONSENT_STATE,
        P.SEE_STUDENTS,
        P.OPEN_HELD,
        P.ASK_CONSENT,
        P.MANAGE_CONSENT,
        P.EDIT_NOTICES,
        P.SEE_MAIL,
        P.MANAGE_AGES,
        P.IMPORT_ROSTERS,
        P.MANAGE_KEYS,
        P.SEE_RETENTION,
        P.MANAGE_RETENTION,
        P.SEE_REQUESTS,
        P.ANSWER_REQUESTS,
        P.DELETE_CHILD,
        P.MANAGE_HOLDS,
        P.SEE_RUNS,
        P.DECIDE_RUNS,
        P.SEE_SETTINGS,
        P.MANAGE_SETTINGS,
        P.SEE_INVENTORY,
        P.SEE_AUDIT,
        P.SEE_PROOF,
        P.DOWNLOAD_REPORTS,
        P.SEE_SCHOOLS,
        P.EDIT_SCHOOLS,
        P.SIGN_AGREEMENTS,
        P.SEE_PEOPLE,
        P.MANAGE_PEOPLE,
        P.SEE_OWN_ACCOUNT,
    }
)

# ClassWaves' own staff: nothing here shows a student. What does is added within a support grant. Of retention they
# decide about rows of no school alone, and see that every chain of the log is whole.
_CLASSWAVES = frozenset(
    {
        P.SEE_DISTRICTS,
        P.EDIT_DISTRICTS,
        P.CREATE_DISTRICTS,
        P.SEE_SCHOOLS,
        P.EDIT_SCHOOLS,
        P.SET_SUBSCRIPTIONS,
        P.SEE_SETTINGS,
        P.MANAGE_SETTINGS,
        P.SEE_PEOPLE,
        P.MANAGE_PEOPLE,
        P.SEE_SUPPORT,
        P.USE_SUPPORT,
        P.SEE_RUNS,
        P.DECIDE_RUNS,
        P.SEE_PROOF,
        P.SEE_INVENTORY,
        P.MANAGE_SUBPROCESSORS,
        P.SEE_DELIVERY,
        P.SEE_SYSTEM,
        P.SEE_OWN_ACCOUNT,
    }
)
_DISTRICT = _OFFICE | {P.MANAGE_DISTRICT, P.SEE_MAIL_OF_OTHERS, P.SEE_SYSTEM, P.SEE_DISTRICTS, P.EDIT_DISTRICTS}

PERMISSIONS: dict[Role, frozenset[P]] = {
    Role.SUPER_ADMIN: _CLASSWAVES,
    Role.DISTRICT_ADMIN: _DISTRICT | {P.SEE_SUPPORT, P.GRANT_SUPPORT},
    Role.SCHOOL_ADMIN: _OFFICE | {P.AGREE_TO_MOVES},
    Role.TEACHER: frozenset({P.SEE_CONSENT_STATE, P.SEE_OWN_ACCOUNT}),
    Role.AUDITOR: frozenset(
        {
            P.SEE_DASHBOARD,
            P.SEE_SETTINGS,
            P.SEE_RETENTION,
            P.SEE_INVENTORY,
            P.SEE_RUNS,
            P.SEE_AUDIT,
            P.SEE_PROOF,
            P.DOWNLOAD_REPORTS,
            P.SEE_OWN_ACCOUNT,
        }
    ),
}

# What a support grant adds, in the granted district: the office's work without keys, which would outlive the grant,
# and without signatures, for nobody of ClassWaves signs in the name of a school.
WITHIN_A_GRANT: frozenset[P] = _DISTRICT - {P.MANAGE_KEYS, P.SIGN_AGREEMENTS}
