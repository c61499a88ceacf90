"""Markdown as plain text, for mails."""

from __future__ import annotations

from collections.abc import Iterable

from markdown_it.token import Token

__all__ = ["inline_text", "plain_text"]

_BREAKS = frozenset({"softbreak", "hardbreak"})


def plain_text(tokens: Iterable[Token]) -> str:
    """Return parsed Markdown as text: paragraphs, headings on lines of their own, dashes for lists."""
    blocks: list[str] = []
    in_item = False
    for token in tokens:
        if token.type == "list_item_open":
            in_item = True
        elif token.type == "list_item_close":
            in_item = False
        elif token.type == "inline":
            blocks.append(f"- {inline_text(token)}" if in_item else f"\n{inline_text(token)}")
    return "\n".join(blocks).strip()


def inline_text(inline: Token) -> str:
    """Return the text of one block of Markdown without its marks."""
    return "".join("\n" if child.type in _BREAKS else child.content for child in inline.children or [])
