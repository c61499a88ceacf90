"""What a person may do and see, decided at sign-in and asked again within a minute."""

from __future__ import annotations

from dataclasses import dataclass, field

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.roles import PERMISSIONS, Role
from classwaves_admin.tenancy.scope import NOTHING, Scope


@dataclass(frozen=True, slots=True)
class Access:
    """A person's role and scope. `role` is None for someone who may sign in but holds nothing."""

    role: Role | None = None
    scope: Scope = field(default=NOTHING)
    teacher_id: str | None = None

    def may(self, permission: Permission) -> bool:
        """Tell whether the role holds `permission`."""
        return self.role is not None and permission in PERMISSIONS[self.role]
