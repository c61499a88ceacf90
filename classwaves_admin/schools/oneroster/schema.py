"""The files of OneRoster CSV and the columns of those that are read (1EdTech OneRoster CSV 1.1 and 1.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


def words(text: str) -> tuple[str, ...]:
    """Return the words of a list that is written as a line."""
    return tuple(text.split())


class Version(StrEnum):
    """The versions that are read."""

    V1_1 = "1.1"
    V1_2 = "1.2"


class Mode(StrEnum):
    """What a file holds: everything, the changes since the last package, or nothing."""

    BULK = "bulk"
    DELTA = "delta"
    ABSENT = "absent"


MANIFEST = "manifest"
KNOWN_FILES = frozenset(
    words(
        """manifest academicSessions categories classes classResources courses courseResources demographics
    enrollments lineItemLearningObjectiveIds lineItems lineItemScoreScales orgs resources
    resultLearningObjectiveIds results resultScoreScales roles scoreScales userProfiles userResources users"""
    )
)

_LIFECYCLE = ("sourcedId", "status", "dateLastModified")


@dataclass(frozen=True, slots=True)
class FileSchema:
    """The columns of one file, in the order of the specification."""

    name: str
    columns: tuple[str, ...]
    required: frozenset[str]
    aliases: dict[str, str] = field(default_factory=dict)
    # Columns of the other version: known, in any place.
    tolerated: frozenset[str] = frozenset()

    def canonical(self, column: str) -> str:
        """Return the specification's spelling of a column."""
        return self.aliases.get(column, column)


_ORGS = FileSchema(
    "orgs",
    (*_LIFECYCLE, "name", "type", "identifier", "parentSourcedId"),
    frozenset({"sourcedId", "name", "type"}),
)
_USERS_1_1 = (
    *_LIFECYCLE,
    *words("enabledUser orgSourcedIds role username userIds givenName familyName middleName identifier"),
    *words("email sms phone agentSourcedIds grades password"),
)
_USERS_1_2 = (
    *_LIFECYCLE,
    *words("enabledUser username userIds givenName familyName middleName identifier email sms phone"),
    *words("agentSourcedIds grades password userMasterIdentifier preferredGivenName preferredMiddleName"),
    *words("preferredFamilyName primaryOrgSourcedId pronouns"),
)
_DEMOGRAPHICS = FileSchema(
    "demographics",
    (
        *_LIFECYCLE,
        *words("birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican"),
        *words("nativeHawaiianOrOtherPacificIslander white demographicRaceTwoOrMoreRaces"),
        *words("hispanicOrLatinoEthnicity countryOfBirthCode stateOfBirthAbbreviation cityOfBirth"),
        "publicSchoolResidenceStatus",
    ),
    frozenset({"sourcedId"}),
    # Vendors spell these two in both ways.
    aliases={"userSourcedId": "sourcedId", "birthdate": "birthDate"},
)
_ROLES = FileSchema(
    "roles",
    (
        *_LIFECYCLE,
        *words("userSourcedId roleType role beginDate endDate orgSourcedId userProfileSourcedId"),
    ),
    frozenset({"sourcedId", "userSourcedId", "roleType", "role", "orgSourcedId"}),
)
_PERSON = frozenset({"sourcedId", "enabledUser", "givenName", "familyName"})

# The files that are read, in the order in which they refer to each other.
SCHEMAS: dict[Version, tuple[FileSchema, ...]] = {
    Version.V1_1: (
        _ORGS,
        FileSchema(
            "users",
            _USERS_1_1,
            _PERSON | {"orgSourcedIds", "role"},
            tolerated=frozenset(_USERS_1_2) - frozenset(_USERS_1_1),
        ),
        _DEMOGRAPHICS,
    ),
    Version.V1_2: (
        _ORGS,
        FileSchema("users", _USERS_1_2, _PERSON, tolerated=frozenset({"orgSourcedIds", "role"})),
        _ROLES,
        _DEMOGRAPHICS,
    ),
}
