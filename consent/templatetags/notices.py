"""Template tags of the pages about notices."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from classwaves_admin.lib.word_diff import Piece
from consent.notice_words import WORDS_LABELS

register = template.Library()

# What a screen reader says before words that are only struck through or underlined for the eye.
_MARKS = {"added": ("ins", "added:", "end of added"), "removed": ("del", "removed:", "end of removed")}


@register.filter
def marked(pieces: Iterable[Piece]) -> SafeString:
    """Return what changed as markup: `ins` and `del`, each announced in words."""
    return format_html_join("", "{}", ((_piece(one),) for one in pieces))


@register.filter
def part_words(slot: str) -> str:
    """Return the title of a part of a notice or a mail; a part that has no slot is the text."""
    return WORDS_LABELS.get(slot) or slot or "Text"


def _piece(piece: Piece) -> SafeString | str:
    if piece.kind == "same":
        return piece.text
    tag, before, after = _MARKS[piece.kind]
    return format_html(
        '<{tag}><span class="usa-sr-only"> [{before} </span>{text}<span class="usa-sr-only"> {after}] </span></{tag}>',
        tag=tag,
        before=before,
        text=piece.text,
        after=after,
    )
