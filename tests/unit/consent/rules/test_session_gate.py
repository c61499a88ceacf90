"""The gate for a session, by table and by property."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.rules.effective import Circumstances
from consent.rules.overview import Glance, Standing, glance
from consent.rules.session_gate import Bar, Reason, Seat, gate_of
from consent.rules.status import ConsentRow
from consent.rules.watch import Watch
from consent.vocabulary import ConsentType
from tests.unit.consent.rules.rows import NOW, granted, refused, unverified

S, A, AI = ConsentType.SERVICE, ConsentType.AUDIO, ConsentType.AI


def of(*rows: ConsentRow) -> Glance:
    """Return the glance at a child under 13 with these rows."""
    return glance(rows, Circumstances(), NOW, asked=False, watch=Watch())


YES = of(granted(S), granted(A), granted(AI))
NO_AI = of(granted(S), granted(A), refused(AI))
NO = of(granted(S), refused(A))
HALF = of(granted(S), unverified(A))
GLANCES = {"yes": YES, "also": YES, "no-ai": NO_AI, "no": NO, "half": HALF, "silent": of()}


def seat(
    student_id: str | None = "yes", group: str | None = "g1", *, known: bool = True, enrolled: bool = True
) -> Seat:
    """Return a participant who sits in the first group."""
    return Seat(f"p-{student_id}", group, student_id, known, enrolled)


@pytest.mark.parametrize(
    ("seats", "record", "analyse", "reasons"),
    [
        ([], False, False, []),  # nobody there: nothing to record
        ([seat()], True, True, []),
        ([seat(), seat("also")], True, True, []),
        ([seat(), seat("no-ai")], True, False, []),
        ([seat(), seat("no")], False, False, [Standing.REFUSED]),
        ([seat(), seat("half"), seat("silent")], False, False, [Standing.UNVERIFIED, Standing.NOT_ASKED]),
        ([seat(), seat(None)], False, False, [Bar.NO_STUDENT]),
        ([seat(), seat("nobody")], False, False, [Bar.UNKNOWN_STUDENT]),
        ([seat(), seat("also", known=False)], False, False, [Bar.UNKNOWN_STUDENT]),  # another school's student
        ([seat(), seat("also", enrolled=False)], False, False, [Bar.NOT_ENROLLED]),
    ],
)
def test_one_group(seats: list[Seat], record: bool, analyse: bool, reasons: list[Reason]) -> None:
    """A group may be recorded when everybody in it may be, and it says who stands in the way and why."""
    (group,) = gate_of(["g1"], seats, GLANCES).groups
    assert (group.may_record, group.may_analyse) == (record, analyse)
    assert [one.bars_recording for one in group.blocking] == reasons


def test_why_no_analysis() -> None:
    """A child who may be recorded and not analysed says so by the answer to the analysis."""
    (group,) = gate_of(["g1"], [seat("no-ai")], GLANCES).groups
    (member,) = group.members
    assert (member.bars_recording, member.bars_analysis) == (None, Standing.REFUSED)


@pytest.mark.parametrize("group", [None, "a group of another session"])
def test_whoever_sits_in_no_group_is_not_recorded(group: str | None) -> None:
    """They bar nobody else's group, but the session is not free of bars."""
    gate = gate_of(["g1"], [seat(), seat("also", group), seat(None, group)], GLANCES)
    assert gate.groups[0].may_record
    assert [one.bars_recording for one in gate.ungrouped] == [Bar.NO_GROUP, Bar.NO_STUDENT]
    assert not any(one.may_record or one.may_analyse for one in gate.ungrouped)
    assert not gate.all_may_record
    assert gate.student_ids == ("yes", "also")


def test_a_session_without_groups_is_not_recorded() -> None:
    """Nothing was asked about anybody, so nothing is permitted."""
    assert not gate_of([], [], {}).all_may_record


seats = st.builds(
    Seat,
    participant_id=st.text(max_size=3),
    group_id=st.sampled_from(["g1", "g2", None, "elsewhere"]),
    student_id=st.sampled_from([*GLANCES, None, "nobody", ""]),
    known=st.booleans(),
    enrolled=st.booleans(),
)


@given(st.lists(seats, max_size=8))
def test_the_gate_is_the_students_answers_and_nothing_else(here: list[Seat]) -> None:
    """Nobody is lost, and the order decides nothing."""
    gate = gate_of(["g1", "g2"], here, GLANCES)
    assert sorted(one.seat.participant_id for one in gate.members) == sorted(one.participant_id for one in here)
    for group in gate.groups:
        own = [one for one in here if one.group_id == group.group_id]
        may = [
            one.known and one.enrolled and one.student_id in GLANCES and GLANCES[one.student_id].may_record
            for one in own
        ]
        assert group.may_record == (bool(own) and all(may))
        assert bool(group.blocking) == (bool(own) and not group.may_record)
        assert group.may_analyse <= group.may_record
    turned = gate_of(["g1", "g2"], here[::-1], GLANCES)
    assert [group.may_record for group in turned.groups] == [group.may_record for group in gate.groups]
