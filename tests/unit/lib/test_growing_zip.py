"""A ZIP file that grows in portions: what is taken out of it is what was put in, wherever a process died."""

from __future__ import annotations

import shutil
import subprocess
import sys
from copy import deepcopy
from itertools import count
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classwaves_admin.lib.growing_zip import Member, closing_zip, grow

CONTENTS = st.lists(st.binary(max_size=300) | st.binary(max_size=20).map(lambda one: one * 50), max_size=4)


def files_in(folder: Path, contents: list[bytes]) -> list[tuple[str, Path]]:
    """Write the files and return them with their names in the archive."""
    for number, content in enumerate(contents):
        (folder / f"{number}.txt").write_bytes(content)
    return [(f"in/{number}.txt", folder / f"{number}.txt") for number in range(len(contents))]


@settings(deadline=None, max_examples=50)
@given(contents=CONTENTS, most=st.integers(40, 800), died=st.sets(st.integers(0, 9)))
def test_what_is_taken_out_is_what_was_put_in(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes], most: int, died: set[int]
) -> None:
    """Whatever the portions, and although some are done again by a process that knows the state before."""
    folder = tmp_path_factory.mktemp("zip")
    archive, files = folder / "a.zip", files_in(folder, contents)
    members: list[Member] = []
    for number in count():
        before = deepcopy(members)
        whole = grow(archive, members, files, most=most)
        if number in died:
            members = before
        elif whole:
            break
    for _ in range(2):  # closing too may be done again
        with closing_zip(archive, members) as closed:
            closed.writestr("note.txt", "small")
    with ZipFile(archive) as found:
        assert found.testzip() is None
        assert [found.read(name) for name, _ in files] == contents
        assert found.read("note.txt") == b"small"
        assert found.namelist() == [*(name for name, _ in files), "note.txt"]


def test_other_programs_read_it(tmp_path: Path) -> None:
    """It is a ZIP file by its bytes, also for a reader that goes through it from the front."""
    archive, files = tmp_path / "a.zip", files_in(tmp_path, [b"one " * 5_000, b"", b"two"])
    members: list[Member] = []
    while not grow(archive, members, files, most=700):
        pass
    with closing_zip(archive, members) as closed:
        closed.writestr("note.txt", "small")
    program = shutil.which("unzip")
    test = [program, "-t"] if program else [sys.executable, "-m", "zipfile", "-t"]
    assert subprocess.run([*test, str(archive)], check=False, capture_output=True).returncode == 0
    assert archive.read_bytes()[:4] == b"PK\x03\x04"
    assert archive.stat().st_size < 2_000
