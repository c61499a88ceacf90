"""Files made to do harm end in a sentence, with little memory and nothing on disk."""

from __future__ import annotations

import io
import os
import resource
import struct
import zipfile
from pathlib import Path

import pytest

from classwaves_admin.schools.oneroster.archive import Limits
from tests.factories import oneroster as make
from tests.factories.rosters import read


def codes(package: io.BytesIO | Path, *, limits: Limits | None = None) -> list[str]:
    """Return the codes of a package that must be refused."""
    found = read(package, limits=limits).reading
    assert found.refused
    return [fault.code for fault in found.faults]


def test_a_member_of_two_gigabytes_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """The size that a ZIP states, or that a file has, is enough to refuse it: nothing is read."""
    data = bytearray(make.package(make.files()).getvalue())
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = struct.pack("<I", 2 << 30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert codes(io.BytesIO(bytes(data))) == ["package.too_large"]
    write(tmp_path, make.files())
    os.truncate(tmp_path / "users.csv", 2 << 30)
    assert codes(tmp_path) == ["package.too_large"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_a_member_that_claims_to_be_small_is_stopped_while_it_is_read() -> None:
    """Unpacked bytes are counted: a lie of the ZIP's directory does not help."""
    users = make.USERS_1_1 + "k-9,,,true,s-1,student,x,,Name,Name,,,,,,,05,,\n" * 200_000
    data = bytearray(make.package(make.files(users=users)).getvalue())
    place = data.index(b"PK\x01\x02")
    while data[place + 46 : place + 55] != b"users.csv":
        place = data.index(b"PK\x01\x02", place + 4)
    data[place + 24 : place + 28] = struct.pack("<I", 1_000)
    found = codes(io.BytesIO(bytes(data)), limits=Limits(unpacked_bytes=1_000_000))
    assert set(found) <= {"package.too_large", "package.damaged", "csv.unescaped_quote", "row.wrong_column_count"}


def test_a_zip_in_a_zip_is_told() -> None:
    """Nobody unpacks what is inside: the person is told to."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as zipped:
        zipped.writestr("roster.zip", make.package(make.files()).getvalue())
    assert codes(stream) == ["package.nested_zip"]


@pytest.mark.parametrize("name", ["extra.csv", "notes.txt"])
def test_a_folder_with_another_file_is_refused(tmp_path: Path, name: str) -> None:
    """A folder is read by the rules of a ZIP."""
    write(tmp_path, make.files())
    (tmp_path / name).write_text("x")
    assert codes(tmp_path) == ["package.unknown_file"]


def test_a_folder_with_a_link_or_a_folder_is_refused(tmp_path: Path) -> None:
    """A link may lead anywhere on the server."""
    write(tmp_path / "a", make.files(demographics=None))
    (tmp_path / "a" / "demographics.csv").symlink_to("/etc/passwd")
    assert codes(tmp_path / "a") == ["package.unsafe_path"]
    write(tmp_path / "b", make.files())
    (tmp_path / "b" / "results.csv").mkdir()
    assert codes(tmp_path / "b") == ["package.unsafe_path"]


def test_a_folder_reads_as_its_zip(tmp_path: Path) -> None:
    """The same files give the same roster either way."""
    write(tmp_path, make.files())
    assert read(tmp_path).roster == read(make.package(make.files())).roster


def test_utf_16_with_its_mark_is_read() -> None:
    """What the bytes say for certain is no guess."""
    contents: dict[str, str | bytes] = {**make.files(), "users": make.USERS_1_1.encode("utf-16")}
    assert read(make.package(contents)).roster == read(make.package(make.files())).roster


def test_a_row_without_an_id_silences_every_absence() -> None:
    """Nobody can say whose row it is, so nobody who seems missing is taken for gone."""
    found = read(make.package(make.files(users=make.USERS_1_1 + ",,,true,s-1,student,x,,X,Y,,,,,,,05,,\n")))
    assert found.roster is not None
    assert not found.roster.absence_tells


def write(folder: Path, contents: dict[str, str]) -> None:
    """Write a package as a folder."""
    folder.mkdir(exist_ok=True)
    for name, text in contents.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
