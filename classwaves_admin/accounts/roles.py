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
        P.SEE_AUDIT,
        P.DOWNLOAD_REPORTS,
        P.SEE_SCHOOLS,
        P.EDIT_SCHOOLS,
        P.SIGN_AGREEMENTS,
        P.SEE_OWN_ACCOUNT,
    }
)

PERMISSIONS: dict[Role, frozenset[P]] = {
    # Nobody of ClassWaves signs in the name of a school.
    Role.SUPER_ADMIN: frozenset(P) - {P.SIGN_AGREEMENTS},
    Role.DISTRICT_ADMIN: _OFFICE | {P.MANAGE_DISTRICT, P.SEE_SYSTEM, P.SEE_DISTRICTS, P.EDIT_DISTRICTS},
    Role.SCHOOL_ADMIN: _OFFICE,
    Role.TEACHER: frozenset({P.SEE_CONSENT_STATE, P.SEE_OWN_ACCOUNT}),
    Role.AUDITOR: frozenset({P.SEE_DASHBOARD, P.SEE_RETENTION, P.SEE_AUDIT, P.DOWNLOAD_REPORTS, P.SEE_OWN_ACCOUNT}),
}
