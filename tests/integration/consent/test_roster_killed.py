"""kill -9 in the middle of an import: the worker goes on, nothing is lost, nothing is written twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.factories import oneroster as make
from tests.installation import Installation

HERE = Path(__file__).parent


def package(folder: Path, students: int = 14) -> Path:
    """Write a package of a few families."""
    head = make.USERS_1_1.splitlines()[0]
    users, births = [head], [make.DEMOGRAPHICS.splitlines()[0]]
    for n in range(students):
        school = f"s-{n % 2 + 1}"
        users.append(f'c-{n:03},,,true,{school},student,c{n},,Child{n},Ånström,,,,,,"p-{n:03}",05,,')
        users.append(f"p-{n:03},,,false,{school},parent,,,Parent{n},Ånström,,,p{n}@home.example,,,c-{n:03},,,mother")
        births.append(f"c-{n:03},,,2014-05-{n + 1:02},")
    contents = make.files(users="\n".join(users) + "\n", demographics="\n".join(births) + "\n")
    folder.mkdir()
    for name, text in contents.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.integration
@pytest.mark.slow
def test_kill_at_many_statements_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    """Wherever a process dies, the next one leaves the same rows as an import that nobody disturbed."""
    prepared = Installation(tmp_path / "prepared").folder
    work = Installation(tmp_path / "work", LOG_LEVEL="ERROR")
    lines = work.output(str(HERE / "roster_killed.py"), str(prepared), str(work.folder), str(package(tmp_path / "in")))
    results = [json.loads(line) for line in lines]
    assert len(results) > 5, "the import has more statements than this"
    assert [result["killed"] for result in results] == [True] * (len(results) - 1) + [False]
    undisturbed = results[-1]
    assert undisturbed["rows"] > 14 * 5
    for result in results:
        assert (result["rows"], result["digest"]) == (undisturbed["rows"], undisturbed["digest"]), result["at"]
        assert result["entries"] == 0
        assert result["students"] == [{"added": 14}], f"killed at {result['at']}: counted twice or not at all"
