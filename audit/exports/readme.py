"""The README of a pack, for a reader who has never seen the portal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from textwrap import wrap
from typing import Any

from audit.exports.kind import STEM
from classwaves_admin.lib.safe_csv import STARTS_FORMULA

WIDTH = 100
# What stands in a pack, in the order in which a reader comes to it.
FILES = {
    "access-audit.pdf": "The events as a report to read and to sign, oldest first. Begin here.",
    "access-audit.csv": "The rows of that report with the names of people, for a spreadsheet.",
    f"{STEM}.csv": "The same events with every column of the log, newest first, for a spreadsheet.",
    f"{STEM}.jsonl": "The same again for a program: each event as it is, one JSON object in a line. This is what is "
    "proved.",
    "manifest.json": "What was asked for, when, how many events there are, and the SHA-256 of each file.",
    "proof/": "The seals of the log, their public keys, and a program that checks them.",
}
COVER = "access-audit.pdf"
COVER_ALONE = (
    "The cover of the report with its summary, to sign. The events are too many to print: "
    f"{STEM}.csv has them. Begin here."
)
INTRODUCTION = """\
ClassWaves keeps a log of who saw or changed what in the records that schools have of their students. \
This is a part of that log, as the portal {portal} gave it on {made_at}. It holds names and doings of people: keep it \
where only those can read it who may."""
VERIFYING = """\
The portal seals its log every hour with a signature: whoever changes, removes or adds an event later breaks the seal. \
{sealed:,} of the events here are sealed; the other {unsealed:,} were too new when this was made, and are signed with \
this pack alone. You need Python 3.9 or later and one package (pip install cryptography). Unpack the ZIP file, open a \
terminal in its folder, and type:"""
COMMAND = "python3 proof/verifier.py ."
VERIFIED = """\
It ends with "Everything is as it was sealed.", or names each event that was altered, removed or inserted, and each \
other file that is not as the portal made it. That no other event fitted the search is the portal's word alone. \
The keys in proof/keys.json came together with the pack. Somebody who \
forged all of it would have put theirs there: get the keys from the school ({keys_url}), save them, and type:"""
COMMAND_WITH_KEYS = "python3 proof/verifier.py . --keys KEYS.json"
UNPROVED = """\
This portal had no key to seal its log with, so nothing here is proved. The SHA-256 of each file in manifest.json \
tells whether it was changed on its way to you."""
READING = """\
The CSV files are UTF-8, with times in UTC. A cell that a spreadsheet would calculate has an apostrophe in front. To \
get the text back, take one away where it is followed by one of these signs, spaces left out: {signs}, a tab or a line \
break. Empty text and no value are both an empty cell. The JSON Lines have every value as it is."""


def readme(manifest: Mapping[str, Any], *, keys_url: str) -> str:
    """Return the README of the pack that the manifest describes."""
    there = (
        {file["name"] for file in manifest["files"]} | {"manifest.json"} | ({"proof/"} if manifest["proof"] else set())
    )
    alone = any(file["name"] == COVER and file["rows"] < manifest["rows"] for file in manifest["files"])
    files = FILES | ({COVER: COVER_ALONE} if alone else {})
    facts = [
        ("School", "; ".join(school["name"] for school in manifest["schools"]) or "none"),
        ("Period", _period(manifest["period"])),
        ("Search", manifest["query"] or "every event"),
        ("Events", f"{manifest['rows']:,}"),
        ("Data as of", _clock(manifest["data_as_of"])),
    ]
    introduction = INTRODUCTION.format(portal=manifest["made_by"], made_at=_clock(manifest["made_at"]))
    signs = " ".join(sign for sign in STARTS_FORMULA if sign.strip())
    sections = [
        "THE AUDIT LOG OF A SCHOOL",
        _paragraph(introduction),
        "\n".join(_pair(*fact) for fact in facts),
        "WHAT IS HERE",
        "\n".join(_pair(name, about) for name, about in files.items() if name in there),
        "HOW TO CHECK THAT NOTHING WAS CHANGED",
        *_checking(manifest["proof"], keys_url),
        "HOW TO READ THE TABLES",
        _paragraph(READING.format(signs=signs)),
    ]
    return "\n\n".join(sections) + "\n"


def _checking(proof: Mapping[str, int] | None, keys_url: str) -> list[str]:
    if proof is None:
        return [_paragraph(UNPROVED)]
    return [
        _paragraph(VERIFYING.format(**proof)),
        f"    {COMMAND}",
        _paragraph(VERIFIED.format(keys_url=keys_url)),
        f"    {COMMAND_WITH_KEYS}",
    ]


def _period(period: Mapping[str, str | None]) -> str:
    since, until = period["since"], period["until"]
    if since is None and until is None:
        return "from the first event to the last"
    begins = "from the first event" if since is None else f"from {_clock(since)}"
    return f"{begins} to {'the last event' if until is None else f'before {_clock(until)}'}"


def _clock(written: str) -> str:
    moment = datetime.fromisoformat(written)
    return f"{moment:%Y-%m-%d %H:%M} {moment.tzname() or ''}".rstrip()


def _paragraph(text: str) -> str:
    return "\n".join(wrap(text, WIDTH))


def _pair(name: str, text: str) -> str:
    lines = wrap(text, WIDTH - 20) or [""]
    return "\n".join(f"{name if not place else '':<20}{line}" for place, line in enumerate(lines))
