"""What goes along with what, and in which order tables are emptied."""

from __future__ import annotations

from classwaves_admin.warehouse.models import ClassroomSession, Participant
from retention.parts import in_order, parts_of
from retention.schedule import SCHEDULE, rule_of


def test_nothing_is_emptied_before_its_parts() -> None:
    """Each table stands behind all tables whose rows go with its own, and stands there once."""
    order = in_order([rule_of(ClassroomSession)])
    names = [rule.name for rule in order]
    assert len(names) == len(set(names))
    for rule in order:
        for part, _ in parts_of(rule.model):
            assert names.index(part.name) < names.index(rule.name)


def test_a_session_takes_all_that_names_it() -> None:
    """The session is last, the seats are next to it, and every table that goes with a session is there."""
    order = in_order([rule_of(ClassroomSession)])
    assert [rule.model for rule in order[-2:]] == [Participant, ClassroomSession]
    assert {rule.name for rule in SCHEDULE if "session" in rule.goes_with} <= {rule.name for rule in order}
