"""The registry of kinds of jobs."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.kinds import CannotGoOn, Progress


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start from an empty registry."""
    monkeypatch.setattr(kinds, "_KINDS", {})


def step(**_: Any) -> Progress:
    """Do nothing, once."""
    return Progress(1, 1, finished=True)


def test_a_kind_is_found_by_its_name() -> None:
    """What an app registered is what the worker runs."""
    kinds.register("trial.count", step, reason="a test")
    assert kinds.get("trial.count").step is step


def test_a_heavy_step_is_named_by_its_path() -> None:
    """Its module is imported when the step is wanted, not when every process registers it."""
    kinds.register("trial.count", "tests.unit.jobs.heavy_step.count", reason="a test")
    assert "tests.unit.jobs.heavy_step" not in sys.modules
    assert kinds.get("trial.count").step.__module__ == "tests.unit.jobs.heavy_step"


@pytest.mark.parametrize("name", ["count", "Trial.count", "trial.count.more", "../x", "trial."])
def test_a_name_has_two_plain_parts(name: str) -> None:
    """A name says whose job it is."""
    with pytest.raises(ValueError, match=r"app\.job"):
        kinds.register(name, step, reason="a test")


def test_a_name_is_taken_once() -> None:
    """Two apps cannot run different work under one name."""
    kinds.register("trial.count", step, reason="a test")
    with pytest.raises(ValueError, match="already"):
        kinds.register("trial.count", step, reason="a test")


def test_an_unknown_kind_is_an_error() -> None:
    """A mistyped kind fails where the job is started."""
    with pytest.raises(kinds.UnknownKind):
        kinds.get("trial.count")


def test_a_reason_to_stop_is_a_code() -> None:
    """What is kept of a failure is a code, so that no name gets into the table."""
    assert CannotGoOn("notice_incomplete").code == "notice_incomplete"
    with pytest.raises(ValueError, match="code"):
        CannotGoOn("Ana Lopez has no address")
