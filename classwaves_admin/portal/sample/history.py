"""Some months of office work, as the audit log remembers it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from audit.events import Basis
from classwaves_admin.lib.actor import Actor, ActorType, system
from classwaves_admin.portal.sample.dice import Dice, moment, school_day
from classwaves_admin.portal.sample.events import Chronicle, Event
from classwaves_admin.portal.sample.families import Child, Family
from classwaves_admin.portal.sample.places import Place
from classwaves_admin.warehouse.models import Teacher

DAYS = 150
_SATURDAY = 5
_MONTH = 30

Data = dict[str, str | int | bool | list[str] | list[int] | dict[str, int] | None]


@dataclass(slots=True)
class Office:
    """Tells the working days of every school."""

    dice: Dice
    now: datetime
    chronicle: Chronicle

    def work(self, places: Sequence[Place], families: Sequence[Family], people: Mapping[str, str]) -> None:
        """Tell the working days, the rare events and what runs by itself. `people` gives an account id by role."""
        for place in places:
            children = [child for family in families if family.place is place for child in family.children]
            for days_ago in range(1, DAYS):
                day = self.now.astimezone(place.zone).date() - timedelta(days=days_ago)
                if day.weekday() < _SATURDAY:
                    self._day(place, children, days_ago)
            self._rare(place, children)
            self._by_itself(place)
        self._district(places, people)

    def _at(self, place: Place, days_ago: int, *, hours: tuple[int, int] = (8, 16)) -> datetime:
        day = school_day(self.now.astimezone(place.zone).date(), days_ago)
        clock = time(self.dice.randint(*hours), self.dice.randint(0, 59), self.dice.randint(0, 59))
        return moment(day, clock, place.zone)

    def _day(self, place: Place, children: Sequence[Child], days_ago: int) -> None:
        """Sign in, look students up, sign out; not everyone every day."""
        for admin in place.admins:
            if self.dice.chance(35):
                self._sitting(place, admin, children, days_ago)
        for teacher in place.teachers:
            if self.dice.chance(14):
                at = self._at(place, days_ago, hours=(7, 9))
                self._add("auth.login", self.chronicle.staff(teacher), at, place, ("account", teacher.id))
        if self.dice.chance(4):
            stranger = Actor("anonymous", ActorType.SYSTEM, f"192.0.2.{self.dice.randint(2, 250)}")
            at = self._at(place, days_ago, hours=(0, 23))
            self._add("auth.login_failed", stranger, at, place, ("account", None), data={"reason": "wrong_password"})

    def _sitting(self, place: Place, admin: Teacher, children: Sequence[Child], days_ago: int) -> None:
        by, at = self.chronicle.staff(admin), self._at(place, days_ago)
        self._add("auth.login", by, at, place, ("account", admin.id))
        seen = self.dice.some(children, self.dice.randint(0, 3))
        if seen:
            at = self.dice.after(at, minutes=(1, 4))
            listed = sorted(child.id for child in self.dice.some(children, 25))
            self._add("student.searched", by, at, place, ("student", None), listed, {"rows": len(listed)})
        for child in seen:
            at = self.dice.after(at, minutes=(1, 5))
            self._add("student.viewed", by, at, place, ("student", child.id), [child.id])
        if self.dice.chance(12):
            at = self.dice.after(at, minutes=(2, 9))
            self._add("report.generated", by, at, place, ("report", "consent_register"), (), {"rows": len(children)})
        if self.dice.chance(6):
            at = self.dice.after(at, minutes=(2, 9))
            self._add("audit.viewed", by, at, place, ("audit_log", None), (), {"filters": ["period", "event"]})
        if self.dice.chance(40):
            self._add("auth.logout", by, self.dice.after(at, minutes=(5, 40)), place, ("account", admin.id))

    def _rare(self, place: Place, children: Sequence[Child]) -> None:
        """Requests of parents, a transfer, a hold, a denied look."""
        asked, moved, corrected = self.dice.some(children, 3)
        self._access_request(place, asked)
        self._transfer(place, moved)
        self._correction(place, corrected)
        self._waiting_request(place, corrected)
        admin, teacher = self.chronicle.staff(place.admins[0]), self.chronicle.staff(place.teachers[0])
        hold = self.dice.id_at(self._at(place, 52))
        self._add("hold.placed", admin, self._at(place, 52), place, ("hold", hold), [moved.id])
        self._add("hold.released", admin, self._at(place, 25), place, ("hold", hold), [moved.id])
        denied: Data = {"permission": "see_students"}
        self._add("auth.access_denied", teacher, self._at(place, 18), place, ("page", None), (), denied)
        changed: Data = {"key": "timezone"}
        self._add("settings.changed", admin, self._at(place, 140), place, ("setting", None), (), changed)
        exported: Data = {"kind": "consent_register", "rows": len(children)}
        self._add("export.created", admin, self._at(place, 12), place, ("export", None), (), exported)
        self._birthdays(place, children)

    def _access_request(self, place: Place, child: Child) -> None:
        admin, start = self.chronicle.staff(place.admins[0]), self._at(place, 60)
        request = ("request", self.dice.id_at(start))
        due: Data = {"due_on": (start + timedelta(days=30)).date().isoformat()}
        self._add("request.access_received", admin, start, place, request, [child.id], due)
        done: Data = {"outcome": "fulfilled"}
        self._add("request.access_fulfilled", admin, start + timedelta(days=6), place, request, [child.id], done)

    def _waiting_request(self, place: Place, child: Child) -> None:
        """Ask for a copy 23 days ago that nobody has handed over yet."""
        admin, start = self.chronicle.staff(place.admins[0]), self.chronicle.now - timedelta(days=23)
        request = ("request", str(uuid.uuid5(uuid.NAMESPACE_URL, f"waiting:{child.id}")))
        due: Data = {"due_on": (start + timedelta(days=30)).date().isoformat()}
        self._add("request.access_received", admin, start, place, request, [child.id], due)

    def _transfer(self, place: Place, child: Child) -> None:
        admin, at = self.chronicle.staff(place.admins[0]), self._at(place, 41)
        data: Data = {
            "party": "The student’s next school",
            "interest": "Enrollment",
            "records": ["Consents", "Records of sessions"],
            "redisclosees": [],
            "threat": None,
        }
        for name in ("disclosure.requested", "disclosure.made"):
            self._add(name, admin, at, place, ("student", child.id), [child.id], data, basis=Basis.TRANSFER)
            at = self.dice.after(at, minutes=(60, 300))

    def _correction(self, place: Place, child: Child) -> None:
        admin = self.chronicle.staff(place.admins[0])
        request = ("request", self.dice.id_at(self._at(place, 33)))
        received: Data = {"field": "grade_level"}
        self._add("request.amend_received", admin, self._at(place, 33), place, request, [child.id], received)
        decided = self._at(place, 29)
        outcome: Data = {"outcome": "amended"}
        self._add("request.amend_decided", admin, decided, place, request, [child.id], outcome)
        amended = self.dice.after(decided, minutes=(1, 9))
        self._add("record.amended", admin, amended, place, ("student", child.id), [child.id], received)

    def _birthdays(self, place: Place, children: Sequence[Child]) -> None:
        """At the turn of the year some are certainly 13: nothing switches on by itself."""
        at = moment(self.now.date().replace(month=1, day=1), time(12, 30), place.zone)
        for child in [child for child in children if not child.age.is_under_13][:3]:
            data: Data = {"under_13": False}
            student = ("student", child.id)
            self._add("coppa.status_changed", system("birthdays"), at, place, student, [child.id], data)

    def _by_itself(self, place: Place) -> None:
        """Roster imports and retention runs."""
        for days_ago in range(2, DAYS, 7):
            counts: Data = {"students": {"changed": self.dice.randint(0, 4), "unchanged": place.plan.students}}
            at = self._at(place, days_ago, hours=(2, 3))
            self._add(
                "roster.imported", system("import_roster"), at, place, ("roster", self.dice.id_at(at)), (), counts
            )
        for days_ago in range(1, DAYS, _MONTH):
            runs: Data = {"audio_recordings": {"deleted": self.dice.randint(3, 30), "held": 0}}
            at = self._at(place, days_ago, hours=(3, 4))
            self._add(
                "retention.purge_run", system("retention"), at, place, ("retention_run", self.dice.id_at(at)), (), runs
            )

    def _district(self, places: Sequence[Place], people: Mapping[str, str]) -> None:
        """Look in from the district, and from the auditor."""
        for role, kind in (("district_admin", ActorType.ADMIN), ("auditor", ActorType.AUDITOR)):
            for days_ago in range(3, DAYS, 9):
                place = self.dice.choice(places)
                by, at = self.chronicle.person(people[role], kind), self._at(place, days_ago)
                self._add("auth.login", by, at, None, ("account", people[role]))
                looked = self.dice.after(at, minutes=(2, 20))
                self._add("audit.viewed", by, looked, place, ("audit_log", None), (), {"filters": ["school"]})
                if self.dice.chance(40):
                    later = self.dice.after(looked, minutes=(2, 20))
                    self._add("report.generated", by, later, place, ("report", "access_audit"))

    def _add(
        self,
        name: str,
        by: Actor,
        at: datetime,
        place: Place | None,
        resource: tuple[str, str | None],
        students: Sequence[str] = (),
        data: Data | None = None,
        *,
        basis: Basis | None = None,
    ) -> None:
        school = place.school.id if place else None
        self.chronicle.add(Event(name, by, at, school, resource, students, data or None, basis=basis))
