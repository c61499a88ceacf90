"""People who act at the same moment, on databases that really let them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.installation import Installation


@pytest.mark.integration
@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_people_who_act_at_once_leave_the_safe_outcome(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A double click counts once, a no beside a yes raises no flag, two desks ask once, two workers remind once."""
    url = request.getfixturevalue("postgres_url") if engine == "postgres" else ""
    portal = Installation(tmp_path, portal=url, CONSENT_REMINDER_HOUR="0")
    if url:
        portal.run("manage.py", "migrate", "--verbosity=0")
    outcome = portal.told("-m", "tests.integration.consent.racing")

    assert outcome["clicks"] == {"redirected": 2, "rows": 4, "answers": 4}
    for one in outcome["guardians"]:
        assert one == {"status": "conflict", "flags": False, "flagged": 1}
    assert set(outcome["offices"]) == {1}
    assert outcome["workers"] == {"mails": [12, 12], "ends": [1] * 12}
    assert outcome["code"] == []
    # The office beside parents and itself: one last word, one use of a code, nobody overwritten, no order evaded.
    assert all(one == {"one_word": True, "flags_agree": True} for one in outcome["paper"])
    assert all(one == {"took": 1, "answers": 4, "evidence": 1} for one in outcome["desks"])
    assert set(outcome["edits"]) == {1}
    assert not any(outcome["orders"])
    # What ends a request while somebody answers it waits, and so does the answer; a wish in two tabs opens one request.
    assert (outcome["birthday"], outcome["mailbox"]) == ([], [])
    assert set(outcome["wishes"]) == {1}
    # Of two administrators who lower each other one is left.
    assert outcome["administrators"] == {"district": [1] * 4, "school": [1] * 4}
