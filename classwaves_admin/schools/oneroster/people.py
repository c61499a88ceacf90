"""The records of the files that are read, as rows for the raw tables (`raw.py`). Nothing else is kept of a file."""

from __future__ import annotations

from typing import NamedTuple

from classwaves_admin.schools.oneroster.records import METADATA, Record
from classwaves_admin.schools.oneroster.schema import Mode, Version, words

ORG_TYPES = frozenset(words("department school district local state national"))
ROLES_1_1 = frozenset(words("administrator aide guardian parent proctor relative student teacher"))
ROLES_1_2 = frozenset(
    words("""aide counselor districtAdministrator guardian parent principal proctor relative siteAdministrator
    student systemAdministrator teacher""")
)
ROLE_TYPES = frozenset({"primary", "secondary"})
# Vendors' own columns for what OneRoster leaves out.
_RELATION_COLUMNS = tuple(METADATA + name for name in ("relation", "relationship", "relationshipType"))
_LANGUAGE_COLUMNS = tuple(METADATA + name for name in ("language", "homeLanguage", "preferredLanguage"))


class OrgRow(NamedTuple):
    """A row of orgs.csv."""

    line: int
    sourced_id: str
    leaving: bool
    name: str
    type: str
    parent: str


class UserRow(NamedTuple):
    """A row of users.csv. `role` and `orgs` are of 1.1 and empty in 1.2, where roles.csv holds them."""

    line: int
    sourced_id: str
    leaving: bool
    enabled: bool
    given_name: str
    family_name: str
    email: str
    grade: str
    primary_org: str
    relation: str
    language: str
    role: str
    orgs: tuple[str, ...]
    agents: tuple[str, ...]


class RoleRow(NamedTuple):
    """A row of roles.csv (1.2)."""

    line: int
    sourced_id: str
    leaving: bool
    user: str
    primary: bool
    role: str
    org: str


class BirthRow(NamedTuple):
    """What is read of demographics.csv: the year of birth and nothing else."""

    line: int
    sourced_id: str
    leaving: bool
    year: int | None


def org_row(record: Record, mode: Mode, version: Version) -> OrgRow:
    """Return an org."""
    return OrgRow(
        record.line,
        record.reference("sourcedId", needed=True),
        record.leaving(mode, version),
        record.needed("name"),
        record.word("type", ORG_TYPES),
        record.reference("parentSourcedId"),
    )


def user_row(record: Record, mode: Mode, version: Version) -> UserRow:
    """Return a user."""
    old = version is Version.V1_1
    return UserRow(
        record.line,
        record.reference("sourcedId", needed=True),
        record.leaving(mode, version),
        record.flag("enabledUser"),
        record.needed("givenName"),
        record.needed("familyName"),
        record.cells["email"],
        record.cells["grades"].partition(",")[0].strip(),
        record.reference("primaryOrgSourcedId"),
        _first(record, _RELATION_COLUMNS),
        _first(record, _LANGUAGE_COLUMNS),
        record.word("role", ROLES_1_1) if old else "",
        record.references("orgSourcedIds", needed=True) if old else (),
        record.references("agentSourcedIds"),
    )


def role_row(record: Record, mode: Mode, version: Version) -> RoleRow:
    """Return a role."""
    return RoleRow(
        record.line,
        record.reference("sourcedId", needed=True),
        record.leaving(mode, version),
        record.reference("userSourcedId", needed=True),
        record.word("roleType", ROLE_TYPES) == "primary",
        record.word("role", ROLES_1_2),
        record.reference("orgSourcedId", needed=True),
    )


def birth_row(record: Record, mode: Mode, version: Version) -> BirthRow:
    """Return a year of birth."""
    return BirthRow(
        record.line,
        record.reference("sourcedId", needed=True),
        record.leaving(mode, version),
        record.year("birthDate"),
    )


def _first(record: Record, columns: tuple[str, ...]) -> str:
    for column in columns:
        if value := record.cells[column]:
            return value
    return ""
