"""The slots of mails: what the portal fills in, in words, with a sample for previews.

A text of a school holds no other. There is no slot for a surname, an address of a home or a birthday: mails name
children by first names alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["SLOTS", "Form", "Slot", "samples"]


class Form(StrEnum):
    """How a slot's value looks in a mail."""

    LINE = "line"
    LINK = "link"
    CODE = "code"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot: what it stands for, how it looks, a sample by language, and whether a subject may hold it."""

    words: str
    form: Form
    samples: Mapping[str, str]
    in_subject: bool = False


def _alike(sample: str) -> Mapping[str, str]:
    return {"en": sample}


_LINK = "https://portal.example/"

SLOTS: Mapping[str, Slot] = {
    "school": Slot("the school’s name", Form.LINE, _alike("Hill School"), in_subject=True),
    "children": Slot(
        "the first names of the children", Form.LINE, {"en": "Sam, Alex", "es": "Sofía, Mateo"}, in_subject=True
    ),
    "contact": Slot("the school’s mail address", Form.LINE, _alike("office@school.example")),
    "link": Slot("the person’s own link", Form.LINK, _alike(f"{_LINK}c/a-sample-that-leads-nowhere/")),
    "code": Slot("the code of six digits", Form.CODE, _alike("123 456")),
    "code_page": Slot("the page on which the code is typed", Form.LINK, _alike(f"{_LINK}c/code/")),
    "stop": Slot("the link that stops reminders", Form.LINK, _alike(f"{_LINK}c/s/a-sample/")),
    "manage_url": Slot(
        "the page on which parents see and change their answers", Form.LINK, _alike(f"{_LINK}c/manage/")
    ),
    "notice_url": Slot("the notice online", Form.LINK, _alike(f"{_LINK}notice/")),
    "notice": Slot(
        "the notice in full",
        Form.BLOCK,
        {
            "en": "Here stands the notice of the school, word for word.\n\nParents read it before they answer.",
            "es": "Aquí está el aviso de la escuela, palabra por palabra.\n\nLos padres lo leen antes de responder.",
        },
    ),
    "answers": Slot(
        "what was answered, child by child",
        Form.BLOCK,
        {
            "en": "Sam\n- Take part in ClassWaves: yes\n- Record and transcribe my child’s voice: no",
            "es": "Sofía\n- Participar en ClassWaves: sí\n- Grabar y transcribir la voz de mi hijo: no",
        },
    ),
    "taken_back": Slot(
        "what was taken back, child by child",
        Form.BLOCK,
        {
            "en": "Sam\n- Record and transcribe my child’s voice",
            "es": "Sofía\n- Grabar y transcribir la voz de mi hijo",
        },
    ),
    "data": Slot(
        "what happens to the data after a withdrawal",
        Form.BLOCK,
        {
            "en": "You chose to delete what was recorded so far.",
            "es": "Usted eligió borrar lo que se grabó hasta ahora.",
        },
    ),
    "date": Slot("the day", Form.LINE, {"en": "March 4, 2025", "es": "4 de marzo de 2025"}, in_subject=True),
    "until": Slot("the last day to answer", Form.LINE, {"en": "April 3, 2025", "es": "3 de abril de 2025"}, True),
    "ends": Slot(
        "the day on which earlier answers end", Form.LINE, {"en": "June 13, 2025", "es": "13 de junio de 2025"}, True
    ),
    "title": Slot("what the file is", Form.LINE, _alike("Consent status register"), in_subject=True),
    "days": Slot("for how many days the file is kept", Form.LINE, _alike("7")),
}


def samples(language: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return a sample for each slot, in the language where there is one; `given` wins, such as the school's name."""
    base = language.partition("-")[0]
    found = {name: slot.samples.get(base) or slot.samples["en"] for name, slot in SLOTS.items()}
    return found | {name: value for name, value in given.items() if value}
