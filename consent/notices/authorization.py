"""The school's statement when it authorizes on parents' behalf. Staff read and sign it; no parent is asked by it."""

from __future__ import annotations

import hashlib

from consent.notices.markdown import escape
from consent.notices.texts import Notice
from consent.vocabulary import ConsentType

NUMBER = 1
TITLE = "School authorization"
_TEXT = """\
# School authorization

{school} authorizes ClassWaves, on behalf of the parents of the students named in this record, to collect and use
their information for the school's own educational purposes and for no other commercial purpose.

- The school has told parents what is collected and why, and answers their questions about it.
- Parents may look at what is held about their child, have it deleted, and refuse further collection at any time. A
  parent's refusal stands above this authorization.
- It does not stand for a parent's consent, is never shown as one, and allows no recording by itself.
- {operations}
- It ends on the date that the school has set, or when the school takes it back.
"""
INTERNAL = "The school states that the information serves its own operations only."
BEYOND = "The school does not state that the information serves its own operations only."


def statement(*, school_id: str, school_name: str, internal_operations_only: bool) -> Notice:
    """Return the statement that the school signs. Its version names the exact words."""
    text = _TEXT.format(school=escape(school_name), operations=INTERNAL if internal_operations_only else BEYOND)
    kind = ConsentType.SCHOOL_AUTHORIZATION
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Notice(f"{kind}@{NUMBER}/en/sha256:{digest}", school_id, kind, "en", TITLE, text, NUMBER)
