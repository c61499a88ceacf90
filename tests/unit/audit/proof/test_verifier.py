"""The bytes of a row, the tree, and the chain, as the verifier of the packs knows them."""

from __future__ import annotations

import ast
import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.proof import verifier
from audit.proof.verifier import COLUMNS, ERASABLE, ERASED, PLAIN
from classwaves_admin.lib.digest import canonical_json
from classwaves_admin.warehouse.inventory.compliance import TABLES
from classwaves_admin.warehouse.inventory.kinds import Privacy
from classwaves_admin.warehouse.models import AuditLog

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
ROW = st.lists(st.none() | TEXT, min_size=len(COLUMNS), max_size=len(COLUMNS))
LEAVES = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70)
SALT = bytes(range(32))


def test_columns_are_those_of_the_catalog() -> None:
    """The verifier stands alone, and yet knows each column of the table, in its order."""
    assert list(COLUMNS) == [field.attname for field in AuditLog.columns()]
    assert [name for name in COLUMNS if name in ERASABLE] == list(ERASABLE)


def test_what_the_inventory_calls_personal_is_erasable() -> None:
    """Every column of a class that names people is sealed by a salted commitment."""
    table = next(table for table in TABLES if table.model is AuditLog)
    personal = {Privacy.STUDENT_PII, Privacy.GUARDIAN_PII, Privacy.STAFF_PII, Privacy.VOICE}
    assert {name for name, privacy in table.privacy.items() if privacy in personal} <= set(ERASABLE)


def test_the_file_runs_on_python_3_9() -> None:
    """Its syntax is that of Python 3.9, and it imports the standard library and `cryptography` alone."""
    tree = ast.parse(Path(verifier.__file__).read_text(encoding="utf-8"), feature_version=(3, 9))
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    ours = {module for module in modules if module.split(".")[0] in {"audit", "classwaves_admin", "django", "pyarrow"}}
    assert not ours


def test_the_bytes_of_a_row_are_those_of_the_page() -> None:
    """The leaf is what docs/proof.md says, worked out here by hand: anybody can write a second verifier."""
    row: list[str | None] = [f'{name} é\n"' for name in COLUMNS]
    row[COLUMNS.index("session_id")] = None
    by_name = dict(zip(COLUMNS, row, strict=True))
    stretched = hashlib.shake_256(SALT).digest(256)
    committed = b""
    for place, name in enumerate(ERASABLE):
        salt = stretched[32 * place : 32 * place + 32]
        committed += hashlib.sha256(salt + json.dumps(by_name[name], ensure_ascii=False).encode()).digest()
    plain = json.dumps({n: by_name[n] for n in PLAIN}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert verifier.leaf(row, SALT) == hashlib.sha256(b"\0" + committed + plain.encode()).digest()


def test_the_bytes_never_change() -> None:
    """Seals of years ago must stay provable: these values are for ever."""
    row = [f"{place}" for place in range(len(COLUMNS))]
    assert verifier.leaf(row, SALT).hex() == LEAF
    assert verifier.root([bytes([n]) * 32 for n in range(5)]).hex() == ROOT


LEAF = "d3587af4b586c5e952d5931e2fa77671987b9a74c66edf8176555f1441fc1d78"
ROOT = "6b47390ca4d50a07ca331591cb2663ca62ece03b8e58c88926185877238b09b6"


@given(ROW, ROW)
def test_rows_that_differ_have_other_leaves(one: list[str | None], other: list[str | None]) -> None:
    """Two rows have the same leaf only where every value is the same, and None is no text."""
    assert (verifier.leaf(one, SALT) == verifier.leaf(other, SALT)) == (one == other)


@given(ROW, st.sets(st.sampled_from(ERASABLE)))
def test_an_erased_row_keeps_its_leaf(row: list[str | None], gone: set[str]) -> None:
    """With the commitments of erased fields and the salts of the others the leaf is the same."""
    salts = dict(zip(ERASABLE, verifier.field_salts(SALT), strict=True))
    at = {name: COLUMNS.index(name) for name in COLUMNS}
    kept = {
        "commitments": {name: verifier.commitment(salts[name], row[at[name]]).hex() for name in gone},
        "salts": {name: salts[name].hex() for name in set(ERASABLE) - gone},
    }
    erased = [ERASED if name in gone else value for name, value in zip(COLUMNS, row, strict=True)]
    assert verifier.erased_leaf(erased, kept) == verifier.leaf(row, SALT)


@given(LEAVES, st.data())
def test_the_tree_is_that_of_rfc_6962(entries: list[bytes], data: st.DataObject) -> None:
    """Root and inclusion proof are those of another implementation (pymerkle)."""
    other = pymerkle.InmemoryTree(algorithm="sha256")
    for entry in entries:
        other.append_entry(entry)
    leaves = [hashlib.sha256(b"\0" + entry).digest() for entry in entries]
    assert verifier.root(leaves) == other.get_root()
    place = data.draw(st.integers(0, len(leaves) - 1))
    along = verifier.path(verifier.levels(leaves), place)
    assert verifier.root_along(leaves[place], place, len(leaves), along) == other.get_root()
    theirs = other.prove_inclusion(place + 1).serialize()
    assert [each.hex() for each in along] == theirs["path"][1:]


@given(LEAVES, st.data())
def test_a_path_proves_one_place_alone(leaves: list[bytes], data: st.DataObject) -> None:
    """Another place, another length, a changed or missing hash lead to another root or to none."""
    place = data.draw(st.integers(0, len(leaves) - 1))
    along = verifier.path(verifier.levels(leaves), place)
    root = verifier.root(leaves)
    other = secrets.token_bytes(32)
    assert verifier.root_along(other, place, len(leaves), along) != root
    assert verifier.root_along(leaves[place], place, len(leaves), [*along, other]) is None
    assert verifier.root_along(leaves[place], len(leaves), len(leaves), along) is None
    for number in range(len(along)):
        changed = [other if n == number else each for n, each in enumerate(along)]
        assert verifier.root_along(leaves[place], place, len(leaves), changed) != root
        assert verifier.root_along(leaves[place], place, len(leaves), along[:number]) is None


@pytest.mark.parametrize(
    ("written", "sealed"),
    [
        ("2026-03-04T15:00:00Z", "2026-03-04T15:00:00.000000Z"),
        ("2026-03-04T15:00:00.5+00:00", "2026-03-04T15:00:00.500000Z"),
        ("2026-03-04 15:00:00.123456 +0530", "2026-03-04T09:30:00.123456Z"),
        ("0001-01-01T00:00:00", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_instants(written: str, sealed: str) -> None:
    """Whatever way an export writes an instant, it is the one that was sealed."""
    assert verifier.instant(written) == sealed


@given(st.datetimes(), st.integers(-720, 720))
def test_any_instant(moment: datetime, minutes: int) -> None:
    """An instant is the same in every zone; outside the calendar it is none."""
    zone = timezone(timedelta(minutes=minutes))
    try:
        wanted = moment.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return
    expected = f"{wanted.year:04}-{wanted:%m-%dT%H:%M:%S.%f}Z"
    assert verifier.instant(moment.replace(tzinfo=zone).isoformat()) == expected


@pytest.mark.parametrize("written", ["", "yesterday", "2026-03-04", "2026-13-04T00:00:00Z", "1767225600"])
def test_what_is_no_instant(written: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError, match=r"time|month|format"):
        verifier.instant(written)


@given(st.dictionaries(TEXT, TEXT | st.integers(-10, 10) | st.none()))
def test_records_are_written_as_elsewhere_in_the_portal(record: dict[str, str | int | None]) -> None:
    """The verifier's own canonical JSON is the one of lib/digest.py."""
    assert verifier.canonical(record) == canonical_json(record)
