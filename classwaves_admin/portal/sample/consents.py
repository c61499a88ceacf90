"""Plays out each family's fate in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from classwaves_admin.lib.actor import system
from classwaves_admin.portal.sample.dice import Dice, moment, school_day
from classwaves_admin.portal.sample.events import Event
from classwaves_admin.portal.sample.families import Child, Family
from classwaves_admin.portal.sample.fates import Fate
from classwaves_admin.portal.sample.ledger import Ledger, Said
from consent.models import Answer, Guardian, Invitation
from consent.notices.texts import Notice
from consent.rules.ages import is_adult, year_everywhere
from consent.vocabulary import ConsentType, VerificationMethod

ALL_BUT_SHARING: dict[ConsentType, bool] = {
    ConsentType.SERVICE: True,
    ConsentType.AUDIO: True,
    ConsentType.AI: True,
    ConsentType.THIRD_PARTY: False,
}
EVERYTHING = dict.fromkeys(ALL_BUT_SHARING, True)
NOTHING = dict.fromkeys(ALL_BUT_SHARING, False)
ONLY_SERVICE = NOTHING | {ConsentType.SERVICE: True}
WITHOUT_AI = ALL_BUT_SHARING | {ConsentType.AI: False}

_HOUR = 60
_DAY = 24 * _HOUR


@dataclass(slots=True)
class Storyteller:
    """Knows how each fate goes. `school_notices` gives each school's own authorisation text."""

    ledger: Ledger
    dice: Dice
    now: datetime
    school_notices: Mapping[str, Notice]
    adults: int = 0

    def tell(self, family: Family, fate: Fate) -> None:
        """Play out one family's fate, and what passes to children who are adults."""
        stories: dict[Fate, Callable[[Family], None]] = {
            Fate.GRANTED: self._granted,
            Fate.ON_PAPER: self._on_paper,
            Fate.WITHOUT_AUDIO: lambda family: self._answered(family, ONLY_SERVICE),
            Fate.REFUSED: lambda family: self._answered(family, NOTHING),
            Fate.UNVERIFIED: self._unverified,
            Fate.PENDING: self._pending,
            Fate.REVOKED: self._revoked,
            Fate.EXPIRED: self._expired,
            Fate.RENEWED: self._renewed,
            Fate.ENDING: self._ending,
            Fate.CONFLICT: self._conflict,
            Fate.COURT_ORDER: self._court_order,
            Fate.SCHOOL_AUTHORIZED: self._school_authorized,
            Fate.NOT_ASKED: lambda family: None,
        }
        stories[fate](family)
        for child in family.children:
            if is_adult(child.age.birth_year, year_everywhere(self.now)):
                self._adult(family, child)

    def _morning(self, family: Family, days_ago: int) -> datetime:
        zone = family.place.zone
        clock = time(self.dice.randint(8, 10), self.dice.randint(0, 59), self.dice.randint(0, 59))
        return moment(school_day(self.now.astimezone(zone).date(), days_ago), clock, zone)

    def _ask_and_open(self, family: Family, guardian: Guardian, days_ago: int) -> tuple[Invitation, datetime]:
        asked = self._morning(family, days_ago)
        invitation = self.ledger.ask(family, guardian, asked)
        opened = self.dice.after(asked, minutes=(20, 2 * _DAY))
        self.ledger.open(invitation, family, opened)
        return invitation, self.dice.after(opened, minutes=(2, 12))

    def _sign(
        self, family: Family, guardian: Guardian, days_ago: int, said: Said, *, last_child: Said | None = None
    ) -> list[Answer]:
        """Let a guardian answer by mail and verify; `last_child` is what they say of the youngest alone."""
        invitation, answered = self._ask_and_open(family, guardian, days_ago)
        answers = self._say(family, guardian, said, answered, invitation, last_child)
        if any(answer.given for answer in answers):
            verified = self.dice.after(answered, minutes=(3, 20 * _HOUR))
            self.ledger.verify(answers, verified, VerificationMethod.EMAIL_PLUS)
        return answers

    def _say(
        self,
        family: Family,
        guardian: Guardian,
        said: Said,
        at: datetime,
        invitation: Invitation | None,
        last_child: Said | None = None,
    ) -> list[Answer]:
        answers = []
        for child in family.children:
            alone = last_child if child is family.children[-1] and len(family.children) > 1 else None
            answers += self.ledger.answer(family, guardian, child, alone or said, at, invitation)
        return answers

    def _granted(self, family: Family) -> None:
        days = self.dice.randint(35, 150)
        said = ALL_BUT_SHARING if self.dice.chance(88) else WITHOUT_AI
        differs = ONLY_SERVICE if self.dice.chance(20) else None
        self._sign(family, family.guardians[0], days, said, last_child=differs)
        if family.two and family.guardians[1].email:
            if self.dice.chance(45):
                self._sign(family, family.guardians[1], days, said, last_child=differs)
            else:
                self.ledger.ask(family, family.guardians[1], self._morning(family, days))

    def _answered(self, family: Family, said: Said) -> None:
        self._sign(family, family.guardians[0], self.dice.randint(30, 150), said)

    def _on_paper(self, family: Family) -> None:
        at = self._morning(family, self.dice.randint(20, 150))
        said = EVERYTHING if self.dice.chance(60) else ALL_BUT_SHARING
        answers = self._say(family, family.guardians[0], said, at, None)
        method = VerificationMethod.SIGNED_FORM if self.dice.chance(70) else VerificationMethod.IN_PERSON
        admin = self.ledger.chronicle.staff(family.place.admins[0])
        self.ledger.verify(answers, self.dice.after(at, minutes=(5, 90)), method, by=admin)

    def _unverified(self, family: Family) -> None:
        """Most answered these days; some have let the second step lie for more than a week."""
        days_ago = self.dice.choice([4, 5, 11, 13])
        invitation, answered = self._ask_and_open(family, family.guardians[0], days_ago)
        self._say(family, family.guardians[0], ALL_BUT_SHARING, min(answered, self.now), invitation)

    def _pending(self, family: Family) -> None:
        guardian, asked = family.guardians[0], self._morning(family, self.dice.randint(3, 24))
        invitation = self.ledger.ask(family, guardian, asked)
        self.ledger.waiting_rows(family, guardian, asked)
        if self.dice.chance(40):
            self.ledger.open(invitation, family, self.dice.after(asked, minutes=(30, _DAY)))

    def _revoked(self, family: Family) -> None:
        answers = self._sign(family, family.guardians[0], self.dice.randint(60, 150), ALL_BUT_SHARING)
        ended = self._morning(family, self.dice.randint(4, 30))
        self.ledger.end([answer for answer in answers if answer.given], ended)
        if self.dice.chance(35):
            for child in family.children:
                self._wants_deletion(child, family.guardians[0], ended)

    def _wants_deletion(self, child: Child, guardian: Guardian, at: datetime) -> None:
        child.age.deletion_requested_at = child.age.updated_at = at
        due = (at + timedelta(days=30)).date().isoformat()
        by = self.ledger.signers[next(a.consent_id for a in self.ledger.answers if a.guardian_id == guardian.id)]
        data: dict[str, str] = {"due_on": due}
        self.ledger.chronicle.add(
            Event(
                "request.deletion_received", by, at, guardian.school_id, ("student", child.id), [child.id], dict(data)
            )
        )

    def _expired(self, family: Family) -> None:
        answers = self._sign(family, family.guardians[0], self.dice.randint(372, 420), ALL_BUT_SHARING)
        self._expire(answers)

    def _expire(self, answers: list[Answer]) -> None:
        for student in sorted({answer.student_id for answer in answers}):
            own = [answer for answer in answers if answer.student_id == student and answer.expires_at]
            data: dict[str, list[str]] = {"types": [answer.consent_type for answer in own]}
            ended = max(answer.expires_at for answer in own if answer.expires_at)
            school = own[0].school_id
            self.ledger.chronicle.add(
                Event("consent.expired", system("expiry"), ended, school, ("student", student), [student], dict(data))
            )

    def _renewed(self, family: Family) -> None:
        guardian = family.guardians[0]
        old = self._sign(family, guardian, self.dice.randint(385, 410), ALL_BUT_SHARING)
        new = self._sign(family, guardian, self.dice.randint(30, 44), ALL_BUT_SHARING)
        self.ledger.end(old, max(answer.verified_at for answer in new if answer.verified_at), event=False)

    def _ending(self, family: Family) -> None:
        """These end within the month and want a reminder."""
        self._sign(family, family.guardians[0], self.dice.randint(343, 358), ALL_BUT_SHARING)

    def _conflict(self, family: Family) -> None:
        days = self.dice.randint(15, 90)
        self._sign(family, family.guardians[0], days + 4, ALL_BUT_SHARING)
        refusals = self._sign(family, family.guardians[1], days, NOTHING)
        for child in family.children:
            data: dict[str, list[str]] = {"types": [ConsentType.SERVICE, ConsentType.AUDIO, ConsentType.AI]}
            at, school = refusals[0].answered_at, child.student.school_id
            by = self.ledger.signers[refusals[0].consent_id]
            self.ledger.chronicle.add(
                Event("consent.conflict_flagged", by, at, school, ("student", child.id), [child.id], dict(data))
            )

    def _court_order(self, family: Family) -> None:
        """The other guardian refused before the order; after it that answer counts for nothing."""
        days = self.dice.randint(40, 120)
        self._sign(family, family.guardians[1], days + 5, NOTHING)
        self._sign(family, family.guardians[0], days, ALL_BUT_SHARING)
        order = self._morning(family, days - 10)
        if self.dice.chance(50):
            family.guardians[1].restricted_at = family.guardians[1].updated_at = order
        for tie in family.ties:
            if tie.guardian_id == family.guardians[1].id:
                tie.restricted, tie.updated_at = True, order

    def _school_authorized(self, family: Family) -> None:
        at = self._morning(family, self.dice.randint(30, 140))
        for child in family.children:
            self.ledger.authorize(family, child, at, self.school_notices[family.place.school.id])

    def _adult(self, family: Family, child: Child) -> None:
        """At 18 the rights pass (34 CFR 99.5): parents' consents are suspended, every second student consents alone."""
        self.adults += 1
        school = family.place.school.id
        turned = moment(self.now.date().replace(month=1, day=2), time(3, 0), family.place.zone)
        self.ledger.chronicle.add(
            Event("rights.transferred", system("birthdays"), turned, school, ("student", child.id), [child.id])
        )
        alone = self.adults % 2 == 0
        child.age.parent_access_enabled = False
        self.ledger.transfer(child, turned, asked=alone)
        if alone:
            at = max(self._morning(family, self.dice.randint(5, 60)), turned + timedelta(days=1))
            kinds = (ConsentType.SERVICE, ConsentType.AUDIO, ConsentType.AI)
            self.ledger.answer_for_oneself(child, kinds, min(at, self.now))
