"""A school's office sees what holds, changes it with a reason, and never loses a colleague's change."""

from __future__ import annotations

import json
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.schools.models import SettingChange
from classwaves_admin.schools.settings import queries
from classwaves_admin.schools.settings.actions import CannotStand, Meanwhile, NotEditable, change_settings
from classwaves_admin.schools.settings.queries import sheet_of
from classwaves_admin.schools.settings.rules import Editor
from classwaves_admin.schools.values import Origin, Value, value
from classwaves_admin.warehouse.models import AuditLog, School, SchoolSetting
from tests.factories import catalog as make
from tests.factories import people, support

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]
BY, EDITOR = Actor("admin-1", ActorType.ADMIN), Editor("harbour.example", portal_demands_second_factor=True)
HOUR = "reminders.hour"


def address(school: School, group: str = "reminders") -> str:
    """Return the address of a group's form."""
    return f"/schools/{school.id}/settings/{group}/edit/"


def form_of(browser: Client, school: School, group: str = "reminders") -> dict[str, object]:
    """Return what the form of a group holds when it is opened."""
    form = browser.get(address(school, group)).context["form"]
    return {name: form[name].value() for name in form.fields if form[name].value() is not None}


def changed(school: School, wanted: dict[str, object], **given: Any) -> tuple[str, ...]:
    """Change settings over what stands now."""
    lines = sheet_of(school.id).lines
    seen = {key: lines[key].print for key in wanted}
    said: dict[str, Any] = {"seen": seen, "reason": "The board decided.", "editor": EDITOR, "by": BY, "now": now()}
    return change_settings(school_id=school.id, wanted=wanted, **{**said, **given})


def test_a_flood_of_rows_hides_no_value_that_counts(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest row of a registered key is read however many rows of others come after it."""
    monkeypatch.setattr(queries, "MOST_ROWS", 3)
    for hour in (7, 8, 9):
        make.setting(school=school, key=HOUR, value=str(hour), setting_type="int")
    for number in range(5):
        make.setting(school=school, key=f"theirs.{number}", value="x", setting_type="string")
    sheet = sheet_of(school.id)
    assert sheet.lines[HOUR].value == Value(9, Origin.SCHOOL)
    assert len(sheet.unknown) == 3


def test_what_holds_is_shown_with_who_says_so(office: Client, school: School, district: str) -> None:
    """Each value with its origin; rows of others with what is wrong with them, whatever they hold."""
    make.setting(school=school, key=HOUR, value="9", setting_type="int")
    make.setting(school=school, key="languages.default", value="<b>es</b>")
    make.setting(school=school, key="gate.strict_audio", value="false", setting_type="string")
    make.setting(school=school, key=HOUR, value="10", setting_type="int")
    make.setting(school=school, key="theirs.flag", value="x" * 9_000, setting_type="nonsense")
    page = unescape(office.get(f"/schools/{school.id}/settings/").content.decode())
    assert "10 o’clock" in page
    assert "Several rows have this key" in page
    assert "The stored value cannot be read" in page
    assert "of another type" in page
    assert "theirs.flag" in page
    assert "<b>es</b></code>" in page
    assert "x" * 200 not in page


def test_a_change_reaches_the_catalog_the_readers_and_the_log(office: Client, school: School) -> None:
    """The row says it, every reader follows at once, the log names it by codes, the history says why."""
    typed = form_of(office, school) | {HOUR.replace(".", "-"): "11"}
    answer = office.post(address(school), typed, follow=True)
    assert "Saved: Earliest hour of a reminder, 8 o’clock → 11 o’clock." in unescape(answer.content.decode())
    row = SchoolSetting.objects.get(setting_key=HOUR)
    assert (row.setting_value, row.setting_type, row.is_editable) == ("11", "int", True)
    assert value(school.id, HOUR) == Value(11, Origin.SCHOOL)
    event = AuditLog.objects.get(event_type="settings.changed")
    change = SettingChange.objects.get()
    told = json.loads(event.data_accessed or "")
    assert told == {"key": HOUR, "change": change.id, "before": None, "after": "11"}
    assert event.school_id == school.id


def test_a_privacy_key_needs_a_reason_that_the_log_never_holds(office: Client, school: School) -> None:
    """Without one the form is kept and says so; with one it stands in the history alone."""
    typed = form_of(office, school, "gate") | {"gate-strict_audio": "false"}
    answer = office.post(address(school, "gate"), typed)
    assert answer.status_code == 422
    assert "Say why" in answer.content.decode()
    assert not SchoolSetting.objects.filter(setting_key="gate.strict_audio").exists()
    said = typed | {"reason": "The board decided on May 2."}
    page = " ".join(office.post(address(school, "gate"), said).content.decode().split())
    assert "<bdi>Yes</bdi> (the portal)" in page
    assert "<strong><bdi>No</bdi></strong>" in page
    assert value(school.id, "gate.strict_audio").value is True, "both values are seen first"
    office.post(address(school, "gate"), said | {"confirmed": "1"})
    assert value(school.id, "gate.strict_audio").value is False
    history = office.get(f"/schools/{school.id}/settings/history/").content.decode()
    assert "The board decided on May 2." in history
    assert "<bdi>Yes (The portal)</bdi>" in history
    assert "<bdi>No</bdi>" in history
    assert "board" not in (AuditLog.objects.get(event_type="settings.changed").data_accessed or "")


def test_whom_mail_domains_shut_out_is_said_in_numbers_first(office: Client, school: School) -> None:
    """Two of the school have addresses elsewhere: nothing is saved before the number was seen."""
    for email in ("lee@elsewhere.example", "kim@else.example", "own@harbour.example"):
        make.teacher(school=school, email=email)
    make.teacher(school=school, email="gone@elsewhere.example", status="deactivated")
    typed = form_of(office, school, "sign_in") | {"sign_in-domains": "harbour.example", "reason": "The board decided."}
    page = office.post(address(school, "sign_in"), typed).content.decode()
    assert "<strong>2</strong> people of the school have addresses elsewhere" in page
    assert value(school.id, "sign_in.domains").value == ()
    office.post(address(school, "sign_in"), typed | {"confirmed": "1"})
    assert value(school.id, "sign_in.domains").value == ("harbour.example",)
    more = form_of(office, school, "sign_in") | {"reason": "One more.", "sign_in-domains": "harbour.example, b.example"}
    assert "can no longer sign in" not in office.post(address(school, "sign_in"), more).content.decode()
    assert office.post(address(school, "sign_in"), more | {"confirmed": "1"}).status_code == 302


def test_nobody_is_asked_to_confirm_what_locks_them_out_themselves(office: Client, school: School) -> None:
    """Without the own domain the form says so, and asks nothing."""
    make.teacher(school=school, email="lee@elsewhere.example")
    typed = form_of(office, school, "sign_in") | {"sign_in-domains": "else.example", "reason": "The board decided."}
    for said in ({}, {"confirmed": "1"}):
        answer = office.post(address(school, "sign_in"), typed | said)
        assert answer.status_code == 422
        assert "you lock yourself out" in answer.content.decode()


def test_an_address_for_replies_stays_out_of_the_log(office: Client, school: School) -> None:
    """The log says that it changed, not to what."""
    office.post(address(school, "mail"), form_of(office, school, "mail") | {"mail-reply_to": "pat@harbour.example"})
    assert value(school.id, "mail.reply_to").value == "pat@harbour.example"
    assert "pat@" not in (AuditLog.objects.get(event_type="settings.changed").data_accessed or "")


def test_classwaves_decides_for_nobody_where_replies_go(school: School, district: str, office: Client) -> None:
    """Neither for a school nor for a district, within a grant neither: the form is not there, and the page says so."""
    sam = Client()
    sam.force_login(people.member("super_admin", email="sam@classwaves.example"))
    of_district = f"/districts/{district}/settings/mail.reply_to/edit/"
    assert sam.post(address(school, "mail"), {"mail-reply_to": "x@classwaves.example"}).status_code == 404
    support.entered(sam, support.grant(district).pk)
    for page in (address(school, "mail"), of_district):
        assert sam.get(page).status_code == 404
        assert sam.post(page, {"mail-reply_to": "x@classwaves.example", "confirmed": "1"}).status_code == 404
    assert "own people change it" in sam.get(f"/districts/{district}/settings/").content.decode()
    assert value(school.id, "mail.reply_to").value == ""
    assert office.get(address(school, "mail")).status_code == 200


def test_going_back_takes_every_row_of_the_key_away(school: School) -> None:
    """An older row of another service must not come to count again."""
    for hour in ("9", "10"):
        make.setting(school=school, key=HOUR, value=hour, setting_type="int")
    assert changed(school, {HOUR: None}) == (HOUR,)
    assert not SchoolSetting.objects.filter(setting_key=HOUR).exists()
    assert value(school.id, HOUR) == Value(8, Origin.PORTAL)


def test_a_change_holds_over_doubled_rows_of_the_future(school: School) -> None:
    """Another service's clock is wrong, or its rows are doubled: one row is left, with what was chosen."""
    for days, hour in ((0, "9"), (1, "10"), (400, "6")):
        make.setting(school=school, key=HOUR, value=hour, setting_type="int", updated_at=now() + timedelta(days=days))
    assert value(school.id, HOUR).value == 6
    assert changed(school, {HOUR: 12}) == (HOUR,)
    assert value(school.id, HOUR) == Value(12, Origin.SCHOOL)
    assert SchoolSetting.objects.get(setting_key=HOUR).setting_value == "12"
    assert sheet_of(school.id).lines[HOUR].faults == ()


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        ({"reminders.answer_days": (7, 40)}, {"reminders.answer_days", "consent.invitation_days"}),
        ({"consent.invitation_days": 14}, {"reminders.answer_days", "consent.invitation_days"}),
        ({"languages.offered": ("en",), "languages.default": "es"}, {"languages.offered", "languages.default"}),
        ({"languages.offered": ("es",)}, {"languages.offered"}),
        ({"sign_in.domains": ("elsewhere.example",)}, {"sign_in.domains"}),
        ({"sign_in.second_factor": False}, {"sign_in.second_factor"}),
        (
            {"retention.age_days": 100},
            {"retention.age_days_under_13", "retention.age_days"},
        ),
    ],
)
def test_values_that_contradict_each_other_are_refused(
    school: School, wanted: dict[str, object], keys: set[str]
) -> None:
    """Nothing is written, and the sentence names all keys that it is about."""
    with pytest.raises(CannotStand) as refused:
        changed(school, wanted)
    assert {key for one in refused.value.found for key in one.keys} == keys
    assert not SettingChange.objects.exists()


def test_a_row_that_may_not_be_edited_is_left_alone(office: Client, school: School) -> None:
    """`is_editable` of another service counts: the form leaves the key out, and the action refuses it."""
    make.setting(school=school, key=HOUR, value="9", setting_type="int", is_editable=False)
    assert HOUR.replace(".", "-") not in form_of(office, school)
    with pytest.raises(NotEditable):
        changed(school, {HOUR: 10})


def test_two_people_at_once_get_both_versions(office: Client, colleague: Client, school: School) -> None:
    """The second sees what the first did beside their own, and either way is one click."""
    mine, theirs = form_of(office, school), form_of(colleague, school)
    colleague.post(address(school), theirs | {HOUR.replace(".", "-"): "7"})
    answer = office.post(address(school), mine | {HOUR.replace(".", "-"): "11"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "7 o’clock" in page
    assert "11 o’clock" in page
    assert value(school.id, HOUR).value == 7
    kept = answer.context["form"]
    again = {name: kept[name].value() for name in kept.fields if kept[name].value() is not None}
    office.post(address(school), again)
    assert value(school.id, HOUR).value == 11


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.integers(0, 20)), max_size=8))
def test_no_change_is_lost_whoever_looked_when(school: School, steps: list[tuple[int, bool, int]]) -> None:
    """Three people look and save in any order: a save goes through only over what stands, and each is kept."""
    seen = [sheet_of(school.id).lines[HOUR].print] * 3
    before = SettingChange.objects.count()
    stands, saved = sheet_of(school.id).lines[HOUR].text, 0
    for person, looks, hour in steps:
        line = sheet_of(school.id).lines[HOUR]
        if looks:
            seen[person] = line.print
        elif seen[person] == line.print:
            saved += bool(changed(school, {HOUR: hour}, seen={HOUR: seen[person]}))
            stands = str(hour)
        else:
            with pytest.raises(Meanwhile):
                changed(school, {HOUR: hour}, seen={HOUR: seen[person]})
        assert sheet_of(school.id).lines[HOUR].text == stands
    assert SettingChange.objects.count() - before == saved
