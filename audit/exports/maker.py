"""Makes the file of a large search in the background."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from audit.actions import codes_of
from audit.exports.asked import Asked, Question
from audit.exports.formats import CONTENT_TYPES, Format
from audit.exports.pack import pack_some, packed
from audit.exports.writing import RowsChanged, State, begin, check, path_of, whole_parquet, write_portion
from audit.making import kinds
from audit.making.kinds import Made, Part
from audit.models import Making
from classwaves_admin.jobs.kinds import CannotGoOn, Progress
from classwaves_admin.warehouse.models import School
from classwaves_admin.warehouse.outbox import delivery

# What stands before the cut goes to the warehouse first: else it arrives between counting and reading.
_DELIVERY_SECONDS = 5.0


def make_export(*, making: Making, workspace: Path, now: datetime) -> Progress | Made:
    """Write the next portion of the rows up to the moment of asking; at the end the file. Raises CannotGoOn."""
    question = question_of(making)
    state = State.load(workspace)
    if state is None or not state.checked:
        state = write_some(workspace, question)
        return progress(state, *([0.0] if question.asked.form == Format.ZIP else []))
    done = finish_some(workspace, state, question, now=now)
    if done is None:
        return progress(state, packed(state, workspace))
    path, sha256 = done
    form = question.asked.form
    part = Part(form.value, path, CONTENT_TYPES[form])
    told = codes_of(question.criteria)
    return Made([part], rows=state.rows, data_sha256=sha256, data_as_of=making.asked_at, told=told)


def question_of(making: Making) -> Question:
    """Return what a making asks for, inside its scope. One warehouse query.

    Raises CannotGoOn where a part of the search is forgotten.
    """
    asked = Asked.from_making(making)
    if making.parameters[kinds.WITH_TYPED] and not asked.typed:
        raise CannotGoOn("search_forgotten")
    return Question.of(asked, schools=dict(School.objects.values_list("pk", "name")), as_of=making.asked_at)


def write_some(workspace: Path, question: Question) -> State:
    """Write the next portion of rows and return the state, which says so once all are written and counted again.

    Raises CannotGoOn where the rows are no longer those that were counted.
    """
    state = State.load(workspace)
    if state is None:
        delivery.deliver(for_seconds=_DELIVERY_SECONDS)
        return begin(workspace, question.rows, question.asked.form)
    try:
        if state.ended:
            check(workspace, state, question.rows)
        else:
            write_portion(workspace, state, question.rows, question.asked.form)
    except RowsChanged:
        raise CannotGoOn("rows_changed") from None
    return state


def finish_some(folder: Path, state: State, question: Question, *, now: datetime) -> tuple[Path, str] | None:
    """Do the next portion of making the file of what was written.

    Returns None until it is there; then where, and the SHA-256 of its data.
    """
    form = question.asked.form
    if form == Format.ZIP:
        return pack_some(folder, state, question.about, now=now)
    if form == Format.PARQUET:
        whole_parquet(folder, state)
    path = path_of(folder, form)
    with path.open("rb") as file:
        return path, hashlib.file_digest(file, "sha256").hexdigest()


def progress(state: State, *later: float) -> Progress:
    """Return how far the rows are: those that are written count in part until the later stages have had them too."""
    written = state.rows / state.total if state.total else 1.0
    return Progress(int(state.total * (written + sum(later)) / (1 + len(later))), state.total)
