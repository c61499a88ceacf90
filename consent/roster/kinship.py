"""Vendors' words for kinship and language, in the portal's own."""

from __future__ import annotations

from functools import lru_cache

from consent.vocabulary import Relationship

_STATED = {
    "mother": Relationship.MOTHER,
    "father": Relationship.FATHER,
    "parent": Relationship.PARENT,
    "biologicalmother": Relationship.MOTHER,
    "biologicalfather": Relationship.FATHER,
    "biologicalparent": Relationship.PARENT,
    "adoptivemother": Relationship.MOTHER,
    "adoptivefather": Relationship.FATHER,
    "adoptiveparent": Relationship.PARENT,
    "stepmother": Relationship.STEPPARENT,
    "stepfather": Relationship.STEPPARENT,
    "stepparent": Relationship.STEPPARENT,
    "guardian": Relationship.LEGAL_GUARDIAN,
    "legalguardian": Relationship.LEGAL_GUARDIAN,
    "courtappointedguardian": Relationship.LEGAL_GUARDIAN,
    "fostermother": Relationship.FOSTER_PARENT,
    "fosterfather": Relationship.FOSTER_PARENT,
    "fosterparent": Relationship.FOSTER_PARENT,
    "inlocoparentis": Relationship.IN_LOCO_PARENTIS,
    "agencyrepresentative": Relationship.AGENCY,
}
# A grandparent has a parent's rights only with custody, which the role `guardian` states.
_GRANDPARENTS = frozenset({"grandmother", "grandfather", "grandparent"})
_ROLES = {"parent": Relationship.PARENT, "guardian": Relationship.LEGAL_GUARDIAN}
_LANGUAGES = {
    "en": "en",
    "eng": "en",
    "english": "en",
    "es": "es",
    "spa": "es",
    "spanish": "es",
    "español": "es",
    "espanol": "es",
}


@lru_cache(maxsize=1024)
def relationship_of(*, role: str, stated: str) -> str:
    """Return what a guardian is to the child, or blank where the roster leaves their authority open.

    `role` is OneRoster's `parent` or `guardian`, `stated` the vendor's word. The word says more than the role:
    vendors give both roles to an aunt and to an emergency contact, who have no authority by that (34 CFR 99.3,
    "parent"). The office says what they are, and until then nobody writes to them.
    """
    word = "".join(letter for letter in stated.casefold() if letter.isalpha())
    if not word:
        return _ROLES.get(role, "")
    if word in _GRANDPARENTS and role == "guardian":
        return Relationship.GRANDPARENT
    return _STATED.get(word, "")


def language_of(stated: str) -> str:
    """Return the language in which to write to a guardian, blank where the word is not one of ours."""
    word = stated.strip().casefold()
    return _LANGUAGES.get(word) or _LANGUAGES.get(word.replace("_", "-").partition("-")[0], "")
