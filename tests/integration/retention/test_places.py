"""The portal's own rows and copies about a child go with its data; those of others stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.storage import default_storage
from django.test import Client

from audit.models import Making, SavedSearch
from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.searching import SEARCHES
from classwaves_admin.lib.clock import now
from classwaves_admin.notifications.models import OutgoingMail, State
from classwaves_admin.warehouse.models import AuditLog, School, Student
from consent.models import (
    Evidence,
    EvidencedConsent,
    Guardianship,
    Invitation,
    Link,
    LinkRequest,
    PaperForm,
    RosterChange,
    RosterStudent,
    Settlement,
)
from retention.models import Certificate, RightsRequest, RunState
from retention.places import Leaving, all_places
from retention.queries.leaving import things_left
from retention.vocabulary import RequestKind
from tests.factories import catalog as make
from tests.factories import deletions as factory
from tests.factories import families, holds, made, requests, rosters

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]
EMAIL = "maya.r@school.example"


@dataclass
class Family:
    """Two siblings and their mother."""

    maya: Student
    noah: Student
    own: Invitation
    both: Invitation


@pytest.fixture
def family(school: School) -> Family:
    """Return siblings of whom the school has asked together and apart."""
    maya = make.student(school=school, display_name="Maya R.", email=EMAIL)
    noah = make.student(school=school, display_name="Noah R.")
    make.coppa(student=maya)
    mother = families.guardian(maya, noah, email="mother@home.example")
    own, both = families.request(mother, maya), families.request(mother, maya, noah)
    for invitation in (own, both):
        expires = {"expires_at": invitation.expires_at}
        Link.objects.create(invitation=invitation, purpose="answer", token_hash=invitation.pk, code_hash="x", **expires)
    return Family(maya, noah, own, both)


def who(student: Student) -> Leaving:
    """Return the student as a deletion looks for it."""
    return Leaving(student.pk, student.school_id, student.display_name, (EMAIL,), (), ("mother@home.example",), now())


def test_what_is_about_the_child_alone_goes(school: School, family: Family) -> None:
    """Links, printed forms, roster ids, words of the office; requests for siblings together stay open."""
    tie = Guardianship.objects.get(student_id=family.maya.pk)
    unused, used = families.paper_form(tie), families.paper_form(tie, used_at=now())
    RosterStudent.objects.create(student_id=family.maya.pk, school_id=school.pk, source_id="4711")
    LinkRequest.objects.create(address="mother@home.example", purpose="manage")
    about = {"school_id": school.pk, "matter": "recorded", "up_to": now(), "settled_by": "x"}
    Settlement.objects.create(student_id=family.maya.pk, reason="deleted", reference="Call with Maya’s aunt", **about)
    request = requests.request(family.maya, RequestKind.DELETE, words="Letter about Maya")
    assert factory.done(family.maya, request).state == RunState.DONE
    assert [one.invitation_id for one in Link.objects.all()] == [family.both.pk]
    assert [one.pk for one in Invitation.objects.filter(revoked_at=None)] == [family.both.pk]
    assert [one.pk for one in PaperForm.objects.all()] == [used.pk]
    assert unused.pk != used.pk
    assert not RosterStudent.objects.exists()
    assert not LinkRequest.objects.exists()
    assert Settlement.objects.get().reference == ""
    assert RightsRequest.objects.get().words == ""
    assert things_left(who(family.maya)) == {}
    content = Certificate.objects.get().content
    assert (content["archive"]["copies_removed"], content["outcome"]) == (7, "done")
    assert "consent.Link" not in {one["table"] for one in content["tables"]}


def test_mails_that_wait_are_cancelled(school: School, family: Family) -> None:
    """Their address and text go with them."""
    mail: dict[str, Any] = {"language": "en", "message_id": "x", "school_id": school.pk, "kind": "consent.request"}
    for refers_to in (family.both.pk, "another"):
        context = {"child": "Maya"}
        OutgoingMail.objects.create(refers_to=refers_to, address="mother@home.example", context=context, **mail)
    factory.done(family.maya)
    cancelled = OutgoingMail.objects.get(refers_to=family.both.pk)
    assert (cancelled.state, cancelled.address, cancelled.context) == (State.CANCELLED, "", {})
    assert OutgoingMail.objects.get(refers_to="another").state == State.QUEUED


def test_scans_go_where_no_sibling_needs_them(family: Family) -> None:
    """The note of the check stays: who, when, where the paper lies."""
    tie = Guardianship.objects.get(student_id=family.maya.pk)
    own, shared = families.evidence(tie), families.evidence(tie)
    EvidencedConsent.objects.create(evidence=shared, consent_id="of-noah", student_id=family.noah.pk)
    factory.done(family.maya)
    assert not default_storage.exists(own.file)
    assert default_storage.exists(shared.file)
    assert Evidence.objects.get(pk=own.pk).file == ""
    assert Evidence.objects.get(pk=own.pk).reference == "Cabinet 3"


def test_the_values_before_an_import_lose_the_child(school: School, family: Family) -> None:
    """The rest of the import can still be taken back."""
    part = rosters.compared_import(school, "Zoe Q.")
    payload = {
        "columns": ["id", "display_name"],
        "added": [[family.maya.pk, "Maya R."], [family.noah.pk, "Noah R."]],
        "changed": [[family.maya.pk, {"email": EMAIL}, {"email": None}]],
        "removed": [],
        "shared": {},
    }
    change = RosterChange.objects.create(
        roster_import=part, school_id=school.pk, part=1, table="students", payload=payload
    )
    factory.done(family.maya)
    change.refresh_from_db()
    assert change.payload["added"] == [[family.noah.pk, "Noah R."]]
    assert change.payload["changed"] == []


def test_copies_of_staff_go(office: Client, school: School, family: Family) -> None:
    """Files made for staff, kept searches, and names that stand in their sessions; nobody is signed out."""
    of_school, of_noah = made.made(school), made.made(school)
    Making.objects.filter(pk=of_noah.pk).update(students=[family.noah.pk])
    elsewhere = made.made(make.school(domain="hill.example"))
    user = User.objects.get(email="rivera@harbour.example")
    for name, text in (("one", f"student:{family.maya.pk}"), ("two", EMAIL), ("three", "event:consent.*")):
        SavedSearch.objects.create(name=name, text=text, owner=user)
    for name in ("maya", "Noah"):
        session = SessionStore()
        session[SEARCHES] = {"1": name}
        session.save()
    factory.done(family.maya)
    assert {one.pk for one in Making.objects.filter(ended_at=None)} == {of_noah.pk, elsewhere.pk}
    assert not any(default_storage.exists(one.file) for one in of_school.files.all() if one.file)
    assert AuditLog.objects.filter(event_type="export.deleted").count() == 1
    assert [one.name for one in SavedSearch.objects.all()] == ["three"]
    kept = [
        SessionStore(one).get(SEARCHES) for one in SessionStore.get_model_class().objects.values_list("pk", flat=True)
    ]
    assert [one for one in kept if one] == [{"1": "Noah"}]
    assert office.get("/requests/").status_code == 200


def test_texts_of_the_log_lose_the_name(school: School, family: Family) -> None:
    """Other services write names; the row stays, and so does a namesake's."""
    about: dict[str, Any] = {"school": school, "resource_type": "student", "resource_id": family.maya.pk}
    named = make.audit_row(description="Maya R. joined", data_accessed='{"who": "MAYA.R@school.example"}', **about)
    stray = make.audit_row(school=school, description=f"Mail to {EMAIL}")
    namesake = make.audit_row(school=school, description="Maya R. of another class")
    own = make.audit_row(
        school=school, actor_type="student", actor_id=family.maya.pk, ip_address="192.0.2.7", user_agent="Tablet"
    )
    factory.done(family.maya)
    rows = {row.pk: row for row in AuditLog.objects.all()}
    assert (rows[named.pk].description, rows[named.pk].data_accessed) == ("[erased]", None)
    assert rows[stray.pk].description == "[erased]"
    assert rows[namesake.pk].description == "Maya R. of another class"
    assert (rows[own.pk].ip_address, rows[own.pk].user_agent) == (None, None)


def test_a_hold_keeps_the_portals_own_rows_too(school: School, family: Family) -> None:
    """They are counted with its reason, and go when it is released."""
    hold = holds.hold(school, student_id=family.maya.pk)
    counted = factory.counted(family.maya)
    assert counted.numbers["consent.Link"]["kept"] == {"A legal hold covers them.": 1}
    assert factory.approved(counted).stop["code"] == "partly"
    assert Link.objects.count() == 2
    hold.released_at = now()
    hold.save()
    assert factory.done(family.maya, RightsRequest.objects.get()).stop == {}
    assert Link.objects.count() == 1


@pytest.mark.parametrize("place", [one for one in all_places().values() if one.does], ids=lambda one: one.model)
def test_each_place_can_be_asked_where_there_is_nothing(family: Family, place: Any) -> None:
    """Asking and erasing are safe for a child of whom nothing is there."""
    nobody = make.student(school=family.maya.school, display_name="Ana K.")
    assert place.work.left(who(nobody)) == 0
    assert place.work.erase(who(nobody), now=now()) == 0
