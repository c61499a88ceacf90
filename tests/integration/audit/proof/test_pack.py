"""The proof in an exported pack: it proves the rows without the portal, and names what was done to them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from pytest_django import Settings

from audit.models import ErasedRow, SealedRow
from audit.proof.erasing import erase_fields
from audit.proof.keys import NoSealKey, new_key, public_keys
from audit.proof.pack import ProofPart, into_folder, into_zip, keys_file, sign_proof, write_proof
from audit.proof.verifier import COLUMNS, INSTANTS, Finding, NoPack, check_pack
from classwaves_admin.lib import clock
from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.warehouse.models import AuditLog
from tests.factories import catalog as make
from tests.integration.audit.conftest import Schools
from tests.integration.audit.proof.conftest import NOON

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True, databases=["default", "warehouse"])]
Sealer = Callable[[], None]


def lines_of(rows: list[AuditLog]) -> list[str]:
    """Return the rows as an export writes them."""
    values = [{name: getattr(row, name) for name in COLUMNS} for row in rows]
    return [json.dumps(row | {name: row[name].isoformat() for name in INSTANTS}) for row in values]


@pytest.fixture
def pack(tmp_path: Path, schools: Schools, log: list[AuditLog], seal: Sealer) -> Path:
    """Write a pack of both schools: sealed rows, a late one, one of which fields were erased, one without a seal."""
    seal()
    make.audit_row(school=schools.harbour, id="late", event_timestamp=NOON + timedelta(hours=1))
    seal()
    make.audit_row(school=schools.hill, id="new", event_timestamp=clock.now())
    with transaction.atomic():
        erase_fields(row_ids=["harbour-1"], columns=("actor_id", "resource_id"), now=clock.now())
    rows = list(AuditLog.objects.exclude(event_type="audit.sealed").order_by("event_timestamp", "id"))
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "rows.jsonl").write_text("".join(f"{line}\n" for line in lines_of(rows)), encoding="utf-8")
    (folder / "table.csv").write_text("id\n", encoding="utf-8")
    part = proved(folder, [row.pk for row in rows])
    assert (part.sealed, part.unsealed) == (9, 1)
    files = {str(path.relative_to(folder)) for path in (folder / "proof").iterdir()}
    assert {*part.files, "proof/proof.json"} == files
    return folder


def proved(folder: Path, row_ids: list[str]) -> ProofPart:
    """Write the proof of these rows into a folder that has the other files, and sign it all."""
    others = [path for path in folder.iterdir() if path.is_file()]
    part = write_proof(row_ids, rows_file="rows.jsonl", into=into_folder(folder))
    sums = {path.name: sha256_hex(path.read_bytes()) for path in others}
    sign_proof(part, files=sums, into=into_folder(folder), now=clock.now())
    return part


def rows_in(pack: Path) -> list[dict[str, Any]]:
    """Return the rows of a pack."""
    return [json.loads(line) for line in (pack / "rows.jsonl").read_text(encoding="utf-8").splitlines()]


def write(pack: Path, rows: list[dict[str, Any]], name: str = "rows.jsonl") -> None:
    """Write the rows of a pack, as somebody does who forges it."""
    (pack / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def found(pack: Path) -> set[tuple[str, str | None]]:
    """Return kind and row, or file, of everything that is found."""
    return {(one.kind, one.row or one.file) for one in check_pack(pack).findings}


def test_an_untouched_pack(pack: Path) -> None:
    """Every row is proved by its seal, or by the pack where it has none yet."""
    result = check_pack(pack)
    assert (result.proved, result.unsealed, result.findings) == (9, 1, [])


def test_a_zip_file_by_the_verifier_in_it(pack: Path, tmp_path: Path) -> None:
    """The verifier of the pack runs alone, without Django, on the ZIP file: 0, then 1 with the row's id."""
    verifier = pack / "proof" / "verifier.py"

    def run(name: str) -> tuple[int, str]:
        archive = shutil.make_archive(str(tmp_path / name), "zip", pack)
        command = [sys.executable, "-I", str(verifier), archive]
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
        return done.returncode, done.stdout + done.stderr

    code, said = run("good")
    assert (code, "Everything is as it was sealed." in said) == (0, True), said
    rows = rows_in(pack)
    rows[3]["description"] += "!"
    write(pack, rows)
    code, said = run("bad")
    assert code == 1
    assert f"row '{rows[3]['id']}'" in said
    (pack / "proof" / "keys.json").unlink()
    assert run("broken")[0] == 2


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("row_id", ["harbour-2", "harbour-1", "new"])
def test_every_altered_column_is_found(pack: Path, column: str, row_id: str) -> None:
    """A changed value of a row that is sealed, partly erased or without a seal is found and the row is named."""
    rows = rows_in(pack)
    row = next(each for each in rows if each["id"] == row_id)
    row[column] = "2020-02-02T00:00:00Z" if column in INSTANTS else "altered"
    write(pack, rows)
    assert row_id in {row for _, row in found(pack)}


def test_removed_inserted_and_reordered_rows(pack: Path) -> None:
    """Each is found, and the row named."""
    rows = rows_in(pack)
    write(pack, rows[:2] + rows[3:])
    assert found(pack) == {("removed", rows[2]["id"])}
    write(pack, [*rows[:2], rows[2] | {"id": "forged"}, *rows[2:]])
    assert found(pack) == {("foreign", "forged")}
    write(pack, [*rows[:4], rows[3], *rows[4:]])
    assert found(pack) == {("foreign", rows[3]["id"])}
    write(pack, [rows[1], rows[0], *rows[2:]])
    assert found(pack) == {("shuffled", None)}


def test_proofs_that_were_changed(pack: Path) -> None:
    """Removed with their rows, exchanged, or made to fit another row: the pack's signature tells, or the seal."""
    path = pack / "proof" / "rows.jsonl"
    proofs = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = rows_in(pack)
    write(pack, proofs[1:], "proof/rows.jsonl")
    write(pack, rows[1:])
    assert found(pack) == {("file_altered", "proof/rows.jsonl"), ("file_altered", "rows.jsonl")}
    write(pack, rows)
    first, second, *others = proofs
    swapped = [first | {"place": second["place"], "path": second["path"]}, second, *others]
    write(pack, swapped, "proof/rows.jsonl")
    assert ("unproved", first["id"]) in found(pack)
    write(pack, [first | {"seal": None}, second, *others], "proof/rows.jsonl")
    assert found(pack) == {("file_altered", "proof/rows.jsonl"), ("inserted", first["id"])}


def test_seals_that_were_changed(pack: Path) -> None:
    """A seal that was altered, taken out, exchanged or given another school proves no row."""
    path = pack / "proof" / "seals.jsonl"
    seals = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    other = json.dumps(json.loads(seals[0]["checkpoint"]) | {"school": "other"}, sort_keys=True, separators=(",", ":"))
    changes = {
        "altered": [seals[0] | {"checkpoint": seals[0]["checkpoint"].replace('"rows":', '"rows":1')}, *seals[1:]],
        "exchanged": [seals[1], seals[0], *seals[2:]],
        "taken out": [seals[0], *seals[2:]],
        "another school": [seals[0] | {"checkpoint": other}, *seals[1:]],
        "another signature": [seals[0] | {"signature": seals[1]["signature"]}, *seals[1:]],
        "cut": seals[:-1],
    }
    for name, changed in changes.items():
        write(pack, changed, "proof/seals.jsonl")
        assert ("file_altered", "proof/seals.jsonl") in found(pack), name
        assert len(found(pack)) > 1 or name == "cut", name


def test_a_pack_signed_by_somebody_else(pack: Path, settings: Settings) -> None:
    """With the school's key, got elsewhere, a pack of another key is found out; with its own keys it looks whole."""
    ours = public_keys()
    settings.AUDIT_SEAL_KEY = new_key()[0]
    write(pack, [row for row in rows_in(pack) if row["id"] == "new"])
    assert proved(pack, ["new"]).unsealed == 1
    assert check_pack(pack).findings == []
    assert check_pack(pack, ours).findings == [Finding("unknown_key", "")]


def test_every_other_file_of_a_pack(pack: Path, tmp_path: Path) -> None:
    """A table, a manifest or the keys that were altered, taken out, added or put in twice are named by their file."""
    before = (pack / "table.csv").read_bytes()
    (pack / "table.csv").write_bytes(b"id\nforged\n")
    assert found(pack) == {("file_altered", "table.csv")}
    (pack / "table.csv").unlink()
    assert found(pack) == {("file_missing", "table.csv")}
    (pack / "table.csv").write_bytes(before)
    keys = json.loads((pack / "proof" / "keys.json").read_text(encoding="utf-8"))
    extra = {"id": "0" * 16, "public": "00" * 32}
    (pack / "proof" / "keys.json").write_text(json.dumps({"keys": [*keys["keys"], extra]}), encoding="utf-8")
    assert found(pack) == {("file_altered", "proof/keys.json")}
    (pack / "proof" / "keys.json").write_bytes(json.dumps(keys, separators=(",", ":"), sort_keys=True).encode())
    archive = Path(shutil.make_archive(str(tmp_path / "pack"), "zip", pack))
    assert found(archive) == set()
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr("more.csv", "forged")
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("table.csv", before)
    assert found(archive) == {("file_added", "more.csv"), ("file_added", "table.csv")}


def test_rows_that_only_some_programs_read(pack: Path) -> None:
    """Lines behind a `null`, a name that stands twice in a line, and one more column are found."""
    rows = rows_in(pack)
    whole = (pack / "rows.jsonl").read_text(encoding="utf-8")
    forged = json.dumps(rows[0] | {"id": "forged"})
    (pack / "rows.jsonl").write_text(f"{whole}null\n{forged}\n", encoding="utf-8")
    assert ("foreign", "forged") in found(pack)
    (pack / "rows.jsonl").write_text(whole.replace('{"id"', '{"description": "another", "id"', 1), encoding="utf-8")
    assert found(pack) == {("file_altered", "rows.jsonl")}
    write(pack, [rows[0] | {"note": "forged"}, *rows[1:]])
    assert found(pack) == {("file_altered", "rows.jsonl")}


@pytest.mark.parametrize("line", ["[]", "7", "null", '{"id": []}', '{"id": "x"}', "[" * 100_000])
@pytest.mark.parametrize("name", ["rows.jsonl", "proof/rows.jsonl", "proof/seals.jsonl"])
def test_lines_of_any_kind(pack: Path, name: str, line: str) -> None:
    """Whatever JSON stands in a line, the verifier says that the pack is not whole, and goes on."""
    with (pack / name).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    if line.startswith("[["):
        with pytest.raises(NoPack, match="is no JSON"):
            check_pack(pack)
    else:
        assert found(pack)


def test_a_row_that_lost_its_seal(pack: Path) -> None:
    """Whoever takes the seal of a row out of the portal's database, before an export vouches for it, is found."""
    SealedRow.objects.filter(pk="harbour-2").delete()
    SealedRow.objects.filter(pk="harbour-3").update(disposed_at=clock.now(), salt=None)
    part = proved(pack, [row["id"] for row in rows_in(pack)])
    assert part.unsealed == 2
    assert {("inserted", "harbour-2"), ("altered", "harbour-3")} <= found(pack)


def test_an_erasure_that_nobody_signed(pack: Path) -> None:
    """The pack carries what the portal signed of an erasure; without it a row of which fields are gone is altered."""
    kept = ErasedRow.objects.get().kept
    ErasedRow.objects.update(kept=kept | {"signature": "00" * 64})
    proved(pack, [row["id"] for row in rows_in(pack)])
    assert found(pack) == {("altered", "harbour-1")}


def test_keys_that_are_none(pack: Path) -> None:
    """A file of keys without a key does not make the verifier trust those of the pack."""
    empty = pack.parent / "keys.json"
    empty.write_text('{"keys": []}', encoding="utf-8")
    command = [sys.executable, "-I", str(pack / "proof" / "verifier.py"), str(pack), "--keys", str(empty)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 2


def test_what_is_no_pack(pack: Path, tmp_path: Path) -> None:
    """A folder without a proof, a file that is no ZIP and lines that are no JSON are told apart from findings."""
    with pytest.raises(NoPack, match="missing"):
        check_pack(tmp_path)
    with pytest.raises(NoPack, match="neither"):
        check_pack(pack / "rows.jsonl")
    (pack / "rows.jsonl").write_text("{\n", encoding="utf-8")
    with pytest.raises(NoPack, match="line 1"):
        check_pack(pack)


@pytest.mark.parametrize("value", [[], 7, "text", None, {"statement": {}}, {"statement": [], "signature": 7}])
def test_a_statement_of_any_kind(pack: Path, value: Any) -> None:
    """Whatever JSON stands there, the verifier says that it is not signed."""
    (pack / "proof" / "proof.json").write_text(json.dumps(value), encoding="utf-8")
    assert {one.kind for one in check_pack(pack).findings} & {"pack_altered", "unknown_key"}


def test_without_a_key_nothing_is_written(settings: Settings, tmp_path: Path) -> None:
    """An export says that there is no proof; it makes no empty one."""
    settings.AUDIT_SEAL_KEY = ""
    with pytest.raises(NoSealKey):
        write_proof([], rows_file="rows.jsonl", into=into_folder(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_an_empty_search(tmp_path: Path) -> None:
    """A pack without rows is a pack, straight into a ZIP file."""
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("rows.jsonl", "")
        part = write_proof([], rows_file="rows.jsonl", into=into_zip(archive))
        sign_proof(part, files={"rows.jsonl": sha256_hex(b"")}, into=into_zip(archive), now=clock.now())
    assert check_pack(tmp_path / "empty.zip") == (0, 0, [])
    assert [key["id"] for key in keys_file()["keys"]] == list(public_keys())
