from __future__ import annotations

from pathlib import Path

import pytest

from tools import setup, spark_environment, stamps, warehouse
from tools.terminal import Trouble


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Start no program, and remember the last word of each that would have run."""
    called: list[str] = []
    monkeypatch.setattr(spark_environment, "SPARK_VENV", tmp_path / "venv")
    monkeypatch.setattr(spark_environment, "SPARK_PYTHON", tmp_path / "venv" / "python")
    monkeypatch.setattr(spark_environment, "STAMP", tmp_path / "venv" / "complete.stamp")
    monkeypatch.setattr(spark_environment, "java_version", lambda: "17")

    def run(command: list[str | Path], *, trouble: str) -> None:
        called.append(Path(command[-1]).name)
        (tmp_path / "venv").mkdir(exist_ok=True)
        (tmp_path / "venv" / "python").touch()

    monkeypatch.setattr(spark_environment, "run", run)
    return called


def test_the_environment_is_made_once(steps: list[str]) -> None:
    """The second call finds the stamp."""
    spark_environment.ensure()
    assert steps == ["venv", "spark.txt"]
    spark_environment.ensure()
    assert steps == ["venv", "spark.txt"]


@pytest.mark.parametrize("version", ["", "8", "21"])
def test_java_is_installed_where_the_machine_has_none_that_fits(
    steps: list[str], monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """Spark 3.5 wants Java 11 or 17."""
    monkeypatch.setattr(spark_environment, "java_version", lambda: version)
    spark_environment.ensure()
    assert steps == ["venv", "spark.txt", "java.txt"]


def test_a_half_made_environment_is_made_again(
    tmp_path: Path, steps: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A stopped set-up leaves no stamp."""
    (tmp_path / "venv").mkdir()
    spark_environment.ensure()
    assert "half made" in capsys.readouterr().out
    assert stamps.read(spark_environment.STAMP)


def test_a_missing_java_is_told_apart(steps: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the package to install by hand."""

    def refuse(command: list[str | Path], *, trouble: str) -> None:
        if str(command[-1]).endswith("java.txt"):
            raise Trouble(trouble)

    monkeypatch.setattr(spark_environment, "java_version", lambda: "")
    monkeypatch.setattr(spark_environment, "run", refuse)
    with pytest.raises(Trouble, match="openjdk-17-jre-headless"):
        spark_environment.ensure()
    assert not stamps.read(spark_environment.STAMP)


@pytest.mark.parametrize(("says", "version"), [('openjdk version "17.0.15"', "17"), ("nothing", "")])
def test_the_version_of_java_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, version: str) -> None:
    """`java -version` prints it on standard error."""
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    program.chmod(0o700)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert spark_environment.java_version() == version


def test_the_set_up_goes_on_without_spark_but_not_in_continuous_integration(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """There no test may be skipped."""

    def refuse() -> None:
        raise Trouble("No network.")

    monkeypatch.setattr(spark_environment, "ensure", refuse)
    monkeypatch.delenv("CI", raising=False)
    setup.ensure_spark()
    assert capsys.readouterr().out == "Going on without tests on Spark: No network.\n"
    monkeypatch.setenv("CI", "true")
    with pytest.raises(Trouble, match="No network"):
        setup.ensure_spark()


def test_the_address_of_the_local_warehouse_names_its_port() -> None:
    """It is what WAREHOUSE_URL takes."""
    assert warehouse.url(15007) == (
        "databricks://token:local@127.0.0.1:15007/classwaves?http_path=/sql/1.0/warehouses/local&tls=off"
    )
