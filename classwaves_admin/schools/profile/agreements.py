"""The words that a school signs. Each text has a version that names its exact words; whoever signed keeps theirs.

They say what the school states, never that it is compliant. Have counsel read them before they are changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.schools.models import Agreement

__all__ = ["FLAGS", "Text", "text_of"]

# The column of `users.schools` that says whether the agreement is signed.
FLAGS: dict[str, str] = {Agreement.FERPA.value: "ferpa_agreement", Agreement.COPPA.value: "coppa_compliant"}


@dataclass(frozen=True, slots=True)
class Text:
    """What is signed: the agreement, its number, and its paragraphs with the school's name in them."""

    kind: Agreement
    number: int
    paragraphs: tuple[str, ...]

    @property
    def words(self) -> str:
        """Return the text as it is kept."""
        return "\n\n".join(self.paragraphs)

    @property
    def version(self) -> str:
        """Return what names the exact words, such as `ferpa@1/en/sha256:0123456789ab`."""
        return f"{self.kind.value}@{self.number}/en/sha256:{sha256_hex(self.words.encode())[:12]}"


_FERPA = (
    "{school} names ClassWaves a school official with a legitimate educational interest (34 CFR 99.31(a)(1)(i)(B)).",
    "ClassWaves performs a service for which the school would otherwise use its own employees: it records the talk of "
    "groups in class where consent allows it, transcribes it and analyses it for teaching.",
    "The school keeps direct control of the education records: what is collected, how long it is kept and who sees it "
    "is decided in this portal by the school and its district.",
    "ClassWaves uses the records for this purpose alone and discloses them to nobody else without the school's word or "
    "a consent that allows it (34 CFR 99.33(a)). Each look at them and each disclosure is written to the audit log.",
    "The school's annual notice of rights says who its school officials are (34 CFR 99.7(a)(3)(iii)).",
    "The school may take this agreement back at any time. Records are then deleted or given back as the retention "
    "policy and the contract say.",
)
_COPPA = (
    "{school} states what it does where children under 13 use ClassWaves (16 CFR 312).",
    "Parents are told what is collected, what it is used for and how long it is kept, before any of it is collected "
    "(312.4). The notice is the one that this portal shows.",
    "No child is recorded before a parent has said yes and the portal has verified it (312.5), unless the school has "
    "authorized it on parents' behalf, for its own educational use only, in a record of its own. A parent's refusal "
    "stands above everything else.",
    "Parents may look at what is held, have it deleted and refuse further collection at any time (312.6). The school "
    "answers within the days that the portal shows.",
    "Nothing is kept longer than the written retention policy says (312.10).",
    "The information serves the school's own educational purposes and no other commercial purpose.",
    "{operations}",
)
# What the setting `consent.internal_operations_only` says: mail verifies a parent's consent only where it is stated.
_INTERNAL = (
    "The school states that children's information serves its own internal operations only and is disclosed to nobody "
    "beyond them. For that reason an e-mail with a second step is enough for a parent's consent (312.5(b)(2)(viii)). "
    "Sharing with others is asked for by itself and never verified by e-mail."
)
_BEYOND = (
    "The school does not state that children's information serves its own internal operations only. For children under "
    "13 an e-mail verifies no parent's consent: it takes a signed form, a call or a meeting (312.5(b)(2))."
)
_TEXTS = {Agreement.FERPA: (1, _FERPA), Agreement.COPPA: (2, _COPPA)}


def text_of(kind: Agreement, school_name: str, *, internal_operations_only: bool) -> Text:
    """Return what a school of this name signs today, with what it has set about its operations."""
    number, paragraphs = _TEXTS[kind]
    name = " ".join(school_name.split()) or "The school"
    operations = _INTERNAL if internal_operations_only else _BEYOND
    return Text(kind, number, tuple(one.format(school=name, operations=operations) for one in paragraphs))
