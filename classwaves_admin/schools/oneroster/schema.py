"""The files of OneRoster CSV and the columns of those that are read (1EdTech OneRoster CSV 1.1 and 1.2)."""

from __future__ import annotations

import re
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


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file that is checked and not used: must it be filled, where does it point, what may it hold."""

    name: str
    needed: bool = False
    target: str = ""
    is_list: bool = False
    kind: str = ""
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class UnusedFile:
    """A file of 1.2 of which nothing is used, with its columns behind those of every file."""

    schema: FileSchema
    columns: tuple[Column, ...]


def _column(text: str) -> Column:
    """Return a column from `name!`, `name>target`, `name>>target` (a list), `name:kind` or `name=word|word`.

    `!` behind a name: it must be filled.
    """
    found = re.fullmatch(r"(\w+)(!?)(?:(>>?)(\w+)|:(\w+)|=(.+))?", text)
    if found is None:
        raise ValueError(text)
    name, needed, arrow, target, kind, allowed = found.groups()
    allowed_words = frozenset(one.replace("_", " ") for one in (allowed or "").split("|") if one)
    return Column(name, bool(needed), target or "", arrow == ">>", kind or ("word" if allowed else ""), allowed_words)


def _unused(name: str, text: str) -> UnusedFile:
    columns = tuple(_column(one) for one in text.split())
    names, needed = (one.name for one in columns), (one.name for one in columns if one.needed)
    return UnusedFile(FileSchema(name, (*_LIFECYCLE, *names), frozenset({"sourcedId", *needed})), columns)


UNUSED = (
    _unused(
        "academicSessions",
        """title! type!=gradingPeriod|semester|schoolYear|term startDate!:date endDate!:date
        parentSourcedId>academicSessions schoolYear!:year""",
    ),
    _unused(
        "courses",
        "schoolYearSourcedId>academicSessions title! courseCode grades orgSourcedId!>orgs subjects subjectCodes",
    ),
    _unused(
        "classes",
        """title! grades courseSourcedId!>courses classCode classType!=homeroom|scheduled location schoolSourcedId!>orgs
        termSourcedIds!>>academicSessions subjects subjectCodes periods""",
    ),
    _unused(
        "enrollments",
        """classSourcedId!>classes schoolSourcedId!>orgs userSourcedId!>users
        role!=administrator|proctor|student|teacher primary:flag beginDate:date endDate:date""",
    ),
    _unused(
        "userProfiles",
        "userSourcedId!>users profileType! vendorId! applicationId description credentialType! username! password",
    ),
    _unused("categories", "title! weight:integer"),
    _unused(
        "lineItems",
        """title! description assignDate!:date dueDate!:date classSourcedId!>classes categorySourcedId!>categories
        academicSessionSourcedId>academicSessions resultValueMin:float resultValueMax:float schoolSourcedId>orgs""",
    ),
    _unused(
        "results",
        """lineItemSourcedId!>lineItems studentSourcedId!>users
        scoreStatus!=exempt|fully_graded|not_submitted|partially_graded|submitted score:float scoreDate!:date comment
        textScore classSourcedId>classes inProgress:flag incomplete:flag late:flag missing:flag""",
    ),
    _unused(
        "scoreScales",
        "title! type! orgSourcedId>orgs courseSourcedId>courses classSourcedId>classes scoreScaleValue!:mappings",
    ),
    _unused("lineItemLearningObjectiveIds", "lineItemSourcedId!>lineItems source! learningObjectiveId!"),
    _unused("lineItemScoreScales", "title lineItemSourcedId!>lineItems scoreScaleSourcedId!>scoreScales"),
    _unused(
        "resultLearningObjectiveIds", "resultSourcedId!>results source! learningObjectiveId! score:float textScore"
    ),
    _unused("resultScoreScales", "title resultSourcedId!>results scoreScaleSourcedId!>scoreScales"),
    _unused("resources", "vendorResourceId! title roles importance=primary|secondary vendorId applicationId"),
    _unused("classResources", "title classSourcedId!>classes resourceSourcedId!>resources"),
    _unused("courseResources", "title courseSourcedId!>courses resourceSourcedId!>resources"),
    _unused(
        "userResources", "userSourcedId!>users orgSourcedId>orgs classSourcedId>classes resourceSourcedId!>resources"
    ),
)
