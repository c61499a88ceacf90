"""Words for the codes of an import, on pages and at the terminal."""

from __future__ import annotations

# The lines of a comparison.
KIND_WORDS = {
    "new": "New students",
    "changed": "Changed students",
    "leaving": "Students who leave",
    "guardian": "Guardians",
}
_COLUMNS = {
    "display_name": "Name",
    "email": "E-mail address",
    "grade_level": "Grade",
    "status": "Status",
    "parent_email": "Family’s address",
    "birth_year": "Birth year",
    "school": "School",
    "name": "Name",
    "language": "Language",
    "guardian": "Guardian",
}


def column_words(name: str) -> str:
    """Return what a column is called on a page."""
    return _COLUMNS.get(name, name.replace("_", " ").capitalize())


# What each note of an import means to the person who reads the counts.
NOTES = {
    "authority_unknown": "guardianships without known authority: the school must say what the person is to the child",
    "district_staff_left_out": "district staff left out: grant their access in the portal",
    "guardian_address_unreadable": "guardians whose e-mail address cannot be read",
    "guardians_without_address": "guardians without an e-mail address: they can be asked on paper",
    "guardianships_ended": "guardianships ended, since the roster takes the guardian out",
    "guardianships_missing": "guardianships ended, since the roster no longer has them",
    "guardianships_under_order": "guardianships kept, since a court order stands against the guardian",
    "left_before_import": "students left out, since they leave and were never here",
    "relatives_left_out": "relatives left out: kinship alone gives no right to consent",
    "staff_elsewhere": "staff left out, since they are at another school",
    "staff_without_address": "staff left out for want of an e-mail address",
    "staff_without_school": "staff left out, since they belong to no school of the package",
    "students_back": "students who are back",
    "students_elsewhere": "students left out, since they are at another school: it must let them go first",
    "students_missing": "students who left, since the roster no longer has them",
}
