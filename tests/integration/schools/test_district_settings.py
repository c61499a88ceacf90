"""A district sets values for its schools: counted before, locked or not, and no school's own value is written over."""

from __future__ import annotations

import json
from html import unescape

import pytest
from django.test import Client

from classwaves_admin.schools.models import DistrictSetting
from classwaves_admin.schools.values import Origin, Value, value
from classwaves_admin.warehouse.models import AuditLog, School, SchoolSetting
from tests.factories import catalog as make

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]
HOUR = "reminders.hour"


@pytest.fixture
def other(district: str) -> School:
    """Return another school of the district, with an hour of its own."""
    school = make.school(name="Hill School")
    make.setting(school=school, key="district_id", value=district)
    make.setting(school=school, key=HOUR, value="6", setting_type="int")
    return school


def address(district: str, key: str = HOUR) -> str:
    """Return the address of a key's form."""
    return f"/districts/{district}/settings/{key}/edit/"


def typed(browser: Client, district: str, **said: str) -> dict[str, str]:
    """Return the form of the hour as it is opened, with what is typed."""
    form = browser.get(address(district)).context["form"]
    return {"seen": form["seen"].value(), HOUR.replace(".", "-"): "10", **said}


def test_what_it_would_change_is_said_in_numbers_first(
    district_office: Client, district: str, school: School, other: School
) -> None:
    """How many schools get another value, and which own values a lock overrules; nothing has changed yet."""
    plain = unescape(district_office.post(address(district), typed(district_office, district)).content.decode())
    assert "<strong>1</strong> of 2 schools get another value" in plain
    assert "<strong>1</strong> have a value of their own, which goes on." in plain
    locked = district_office.post(address(district), typed(district_office, district, locked="on")).content.decode()
    assert "<strong>2</strong> of 2 schools get another value" in locked
    assert "<strong>1</strong> have a value of their own that the lock overrules" in locked
    assert not DistrictSetting.objects.exists()


def test_a_lock_holds_and_leaves_the_schools_own_value_beneath(
    district_office: Client, office: Client, district: str, school: School, other: School
) -> None:
    """Both schools follow, each has its event, no row changes; without the lock the school's own value is back."""
    district_office.post(address(district), typed(district_office, district, locked="on", confirmed="1"))
    for one in (school, other):
        assert value(one.id, HOUR) == Value(10, Origin.DISTRICT, locked=True)
    events = AuditLog.objects.filter(event_type="settings.changed")
    assert sorted(events.values_list("school_id", flat=True)) == sorted([school.id, other.id])
    told = json.loads(events[0].data_accessed or "")
    assert (told["district"], told["locked"], told["schools"]) == (district, True, 2)
    assert SchoolSetting.objects.get(setting_key=HOUR).setting_value == "6"
    page = office.get(f"/schools/{school.id}/settings/reminders/edit/")
    assert HOUR.replace(".", "-") not in page.context["form"].fields
    assert "decided this for every school" in page.content.decode()
    district_office.post(address(district), typed(district_office, district, confirmed="1"))
    assert value(school.id, HOUR).value == 10
    assert value(other.id, HOUR) == Value(6, Origin.SCHOOL)
    district_office.post(address(district), typed(district_office, district, confirmed="1") | {"take-away": "1"})
    assert value(school.id, HOUR) == Value(8, Origin.PORTAL)
    history = unescape(district_office.get(f"/districts/{district}/settings/history/").content.decode())
    assert "<bdi>8 o’clock (The portal)</bdi>" in history


def test_a_district_sees_how_many_people_its_mail_domains_shut_out(
    district_office: Client, district: str, school: School, other: School
) -> None:
    """Each person once, of the schools whose domains change; a school with domains of its own goes on."""
    make.setting(school=other, key="sign_in.domains", value='["hill.example"]', setting_type="list")
    for home, email in ((school, "lee@elsewhere.example"), (school, "pat@bay.example"), (other, "kim@else.example")):
        make.teacher(school=home, email=email)
    key = "sign_in.domains"
    form = district_office.get(address(district, key)).context["form"]
    said = {"seen": form["seen"].value(), "sign_in-domains": "bay.example", "reason": "The board decided."}
    page = district_office.post(address(district, key), said).content.decode()
    assert "<strong>1</strong> person of these schools has an address elsewhere" in page
    assert not DistrictSetting.objects.exists()


def test_two_people_of_the_district_at_once(district_office: Client, district: str, school: School) -> None:
    """Whoever confirms second sees both versions, and nothing is written over."""
    early = typed(district_office, district, confirmed="1")
    district_office.post(address(district), early)
    answer = district_office.post(address(district), early | {HOUR.replace(".", "-"): "12"})
    assert answer.status_code == 409
    assert "10 o’clock" in answer.content.decode()
    assert DistrictSetting.objects.get().value == "10"


def test_a_value_that_contradicts_one_schools_own_is_refused(
    district_office: Client, district: str, other: School
) -> None:
    """A school reminds until the 25th day: the district cannot end every link after 14."""
    make.setting(school=other, key="reminders.answer_days", value="[25]", setting_type="list")
    key = "consent.invitation_days"
    form = district_office.get(address(district, key)).context["form"]
    said = {"seen": form["seen"].value(), key.replace(".", "-"): "14", "reason": "Sooner.", "confirmed": "1"}
    answer = district_office.post(address(district, key), said)
    assert answer.status_code == 422
    assert "after 25 days" in answer.content.decode()


def test_a_school_reads_what_its_district_set_and_changes_nothing(
    office: Client, district: str, school: School
) -> None:
    """What binds a school its office may read; another district's page does not exist for it."""
    assert office.get(f"/districts/{district}/settings/").status_code == 200
    assert office.get(address(district)).status_code == 403
    assert office.get(f"/districts/{make.district().pk}/settings/").status_code == 404
