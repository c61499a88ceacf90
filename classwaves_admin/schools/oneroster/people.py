"""The records of the files that are read, as plain typed data close to the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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


@dataclass(frozen=True, slots=True)
class OrgRow:
    """A row of orgs.csv."""

    line: int
    sourced_id: str
    leaving: bool
    name: str
    type: str
    identifier: str
    parent: str


@dataclass(frozen=True, slots=True)
class UserRow:
    """A row of users.csv. `role` and `orgs` are of 1.1 and empty in 1.2, where roles.csv holds them."""

    line: int
    sourced_id: str
    leaving: bool
    enabled: bool
    role: str
    orgs: tuple[str, ...]
    given_name: str
    family_name: str
    email: str
    phone: str
    grade: str
    agents: tuple[str, ...]
    primary_org: str
    relation: str
    language: str


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A row of roles.csv (1.2)."""

    line: int
    sourced_id: str
    leaving: bool
    user: str
    primary: bool
    role: str
    org: str


@dataclass(frozen=True, slots=True)
class BirthRow:
    """What is read of demographics.csv: the date of birth and nothing else."""

    line: int
    sourced_id: str
    leaving: bool
    born: date | None


def org_row(record: Record, mode: Mode, version: Version) -> OrgRow:
    """Return an org."""
    return OrgRow(
        line=record.line,
        sourced_id=record.reference("sourcedId", needed=True),
        leaving=record.leaving(mode, version),
        name=record.needed("name"),
        type=record.word("type", ORG_TYPES),
        identifier=record.text("identifier"),
        parent=record.reference("parentSourcedId"),
    )


def user_row(record: Record, mode: Mode, version: Version) -> UserRow:
    """Return a user."""
    old = version is Version.V1_1
    return UserRow(
        line=record.line,
        sourced_id=record.reference("sourcedId", needed=True),
        leaving=record.leaving(mode, version),
        enabled=bool(record.flag("enabledUser")),
        role=record.word("role", ROLES_1_1) if old else "",
        orgs=record.references("orgSourcedIds", needed=True) if old else (),
        given_name=record.needed("givenName"),
        family_name=record.needed("familyName"),
        email=record.text("email"),
        phone=record.text("sms") or record.text("phone"),
        grade=record.text("grades").partition(",")[0].strip(),
        agents=record.references("agentSourcedIds"),
        primary_org=record.reference("primaryOrgSourcedId"),
        relation=_first(record, _RELATION_COLUMNS),
        language=_first(record, _LANGUAGE_COLUMNS),
    )


def role_row(record: Record, mode: Mode, version: Version) -> RoleRow:
    """Return a role."""
    return RoleRow(
        line=record.line,
        sourced_id=record.reference("sourcedId", needed=True),
        leaving=record.leaving(mode, version),
        user=record.reference("userSourcedId", needed=True),
        primary=record.word("roleType", ROLE_TYPES) == "primary",
        role=record.word("role", ROLES_1_2),
        org=record.reference("orgSourcedId", needed=True),
    )


def birth_row(record: Record, mode: Mode, version: Version) -> BirthRow:
    """Return a date of birth."""
    return BirthRow(
        line=record.line,
        sourced_id=record.reference("sourcedId", needed=True),
        leaving=record.leaving(mode, version),
        born=record.day("birthDate"),
    )


def _first(record: Record, columns: tuple[str, ...]) -> str:
    return next((record.text(column) for column in columns if record.text(column)), "")
