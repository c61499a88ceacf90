"""The books of consent: requests, answers, rows and the events that go with each step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from audit.events import Basis
from classwaves_admin.lib.actor import Actor, ActorType, system
from classwaves_admin.portal.sample.dice import Dice
from classwaves_admin.portal.sample.events import Chronicle, Event
from classwaves_admin.portal.sample.families import Child, Family
from classwaves_admin.warehouse.models import ParentalConsent
from consent.actions.rows import catalog_row
from consent.models import Answer, Guardian, Invitation, InvitationChild, NotInvited, RightsTransfer
from consent.notices.texts import Notice
from consent.rules.expiry import expires_at
from consent.rules.status import ConsentRow
from consent.vocabulary import ASKED_TYPES, ConsentType, Relationship, VerificationMethod

Said = Mapping[ConsentType, bool]


@dataclass(slots=True)
class Ledger:
    """Collects what is written about consent. `notices` gives a school's notices by language."""

    dice: Dice
    now: datetime
    chronicle: Chronicle
    notices: Mapping[tuple[str, str], Mapping[ConsentType, Notice]]
    invitations: list[Invitation] = field(default_factory=list)
    asked_about: list[InvitationChild] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    others: list[ParentalConsent] = field(default_factory=list)
    transfers: list[RightsTransfer] = field(default_factory=list)
    signers: dict[str, Actor] = field(default_factory=dict)

    def ask(self, family: Family, guardian: Guardian, at: datetime) -> Invitation:
        """Ask a guardian about all children of the family at the school."""
        sent = self.dice.after(at, minutes=(1, 4))
        invitation = Invitation(
            id=self.dice.id_at(at),
            school_id=guardian.school_id,
            guardian=guardian,
            requested_by=family.place.admins[0].id,
            language=guardian.language,
            created_at=at,
            mailed_at=at,
            sent_at=sent,
            expires_at=at + timedelta(days=settings.CONSENT_INVITATION_DAYS),
        )
        self.invitations.append(invitation)
        for child in family.children:
            self.asked_about.append(InvitationChild(id=self.dice.id_at(at), invitation=invitation, student_id=child.id))
        by = self.chronicle.staff(family.place.admins[0])
        types: dict[str, list[str]] = {"types": [kind.value for kind in ASKED_TYPES]}
        self._event("consent.requested", by, at, invitation, family.children, types)
        self._event("notice.sent", system("mail"), sent, invitation, family.children, {"kind": "consent.invitation"})
        return invitation

    def open(self, invitation: Invitation, family: Family, at: datetime) -> None:
        """Let the guardian open the notice."""
        invitation.opened_at = at
        self._event("consent.viewed", self._parent(invitation.guardian), at, invitation, family.children, None)

    def answer(
        self, family: Family, guardian: Guardian, child: Child, said: Said, at: datetime, invitation: Invitation | None
    ) -> list[Answer]:
        """Record one child's answers, not verified yet."""
        notices = self.notices[(guardian.school_id, guardian.language)]
        by = self._parent(guardian)
        answers = [
            Answer(
                id=self.dice.id_at(at),
                invitation=invitation,
                guardian=guardian,
                school_id=guardian.school_id,
                student_id=child.id,
                consent_type=kind.value,
                given=yes,
                consent_id=self.dice.id_at(at),
                notice_id=notices[kind].version,
                signer_name=guardian.name,
                relationship=family.relationship(guardian),
                awaits_second_step=yes and invitation is not None and kind is not ConsentType.THIRD_PARTY,
                answered_at=at,
                expires_at=expires_at(at, valid_days=settings.CONSENT_VALID_DAYS) if yes else None,
            )
            for kind, yes in said.items()
        ]
        self.answers += answers
        self.signers |= {answer.consent_id: by for answer in answers}
        if invitation is not None:
            invitation.answered_at = at
        for name, given in (("consent.granted", True), ("consent.refused", False)):
            self._of_answers(name, by, at, [answer for answer in answers if answer.given is given])
        return answers

    def verify(
        self, answers: Collection[Answer], at: datetime, method: VerificationMethod, by: Actor | None = None
    ) -> None:
        """Verify what was granted: by mail all but sharing with third parties, on paper everything."""
        mail = method is VerificationMethod.EMAIL_PLUS
        fit = [a for a in answers if a.given and not (mail and a.consent_type == ConsentType.THIRD_PARTY)]
        for answer in fit:
            answer.verified_at, answer.method, answer.awaits_second_step = at, method.value, False
            if answer.invitation is not None:
                answer.invitation.verified_at = at
        for student in sorted({answer.student_id for answer in fit}):
            own = [answer for answer in fit if answer.student_id == student]
            self._of_answers("consent.verified", by or self._parent(own[0].guardian), at, own, method=method.value)

    def end(self, answers: Iterable[Answer], at: datetime, *, event: bool = True) -> None:
        """Withdraw answers, or let a renewal replace them (`event=False`)."""
        ended = list(answers)
        for answer in ended:
            answer.revoked_at, answer.awaits_second_step = at, False
        for student in sorted({answer.student_id for answer in ended}) if event else ():
            own = [answer for answer in ended if answer.student_id == student and answer.given]
            self._of_answers("consent.revoked", self._parent(own[0].guardian), at, own)

    def waiting_rows(self, family: Family, guardian: Guardian, at: datetime) -> None:
        """Put the rows of an open request into the catalog, as the classroom service keeps them."""
        notices = self.notices[(guardian.school_id, guardian.language)]
        for child in family.children:
            for kind in ASKED_TYPES:
                row = self._row(child, kind, at, guardian.name, guardian.email, family.relationship(guardian))
                row.consent_given = False
                # Looks like a keyed hash; no token leads to it.
                row.verification_token = f"{self.dice.getrandbits(256):064x}"
                row.consent_text_version = notices[kind].version
                self.others.append(row)

    def authorize(self, family: Family, child: Child, at: datetime, notice: Notice) -> None:
        """Let the school authorise the use for its own purposes."""
        admin = family.place.admins[0]
        kind = ConsentType.SCHOOL_AUTHORIZATION
        row = self._row(child, kind, at, admin.name, admin.email, Relationship.SCHOOL_OFFICIAL)
        self._stand(row, at, VerificationMethod.SCHOOL_AUTHORIZATION, notice.version)
        data: dict[str, str] = {"consent": row.id}
        by = self.chronicle.staff(admin)
        self.chronicle.add(
            Event("consent.school_authorized", by, at, row.school_id, ("student", child.id), [child.id], data)
        )

    def answer_for_oneself(self, child: Child, kinds: Iterable[ConsentType], at: datetime) -> None:
        """Let an adult student consent alone (34 CFR 99.5)."""
        notices = self.notices[(child.student.school_id, "en")]
        for kind in kinds:
            row = self._row(child, kind, at, child.full_name, child.student.email or "", Relationship.SELF)
            self._stand(row, at, VerificationMethod.ELIGIBLE_STUDENT, notices[kind].version)

    def transfer(self, child: Child, at: datetime, *, asked: bool) -> None:
        """Pass the rights to an adult student; one who was not asked has no address in the roster."""
        if not asked:
            child.student.email = None
        self.transfers.append(
            RightsTransfer(
                id=self.dice.id_at(at),
                school_id=child.student.school_id,
                student_id=child.id,
                transferred_at=at,
                invited_at=at if asked else None,
                not_invited="" if asked else NotInvited.NO_ADDRESS,
            )
        )

    def rows(self) -> list[ParentalConsent]:
        """Return every row of `compliance.parental_consents`."""
        return [self._catalog(answer) for answer in self.answers] + self.others

    def _catalog(self, answer: Answer) -> ParentalConsent:
        row = catalog_row(answer, self.signers[answer.consent_id])
        row.verified_at, row.verification_method, row.revoked_at = answer.verified_at, answer.method, answer.revoked_at
        row.updated_at = max(at for at in (answer.answered_at, answer.verified_at, answer.revoked_at) if at)
        return row

    def _row(
        self, child: Child, kind: ConsentType, at: datetime, name: str, address: str, relationship: str
    ) -> ParentalConsent:
        return ParentalConsent(
            id=self.dice.id_at(at),
            student_id=child.id,
            school_id=child.student.school_id,
            consent_type=kind.value,
            consent_given=True,
            consent_date=at,
            parent_name=name,
            parent_email=address,
            relationship=relationship,
            verification_method=VerificationMethod.UNVERIFIED.value,
            created_at=at,
            updated_at=at,
        )

    def _stand(self, row: ParentalConsent, at: datetime, method: VerificationMethod, version: str) -> None:
        row.verified_at, row.verification_method, row.consent_text_version = at, method.value, version
        row.expires_at = expires_at(at, valid_days=settings.CONSENT_VALID_DAYS)
        self.others.append(row)

    def _parent(self, guardian: Guardian) -> Actor:
        return self.chronicle.person(guardian.id, ActorType.PARENT)

    def _event(
        self,
        name: str,
        by: Actor,
        at: datetime,
        invitation: Invitation,
        children: Sequence[Child],
        data: Mapping[str, str | list[str]] | None,
    ) -> None:
        ids = [child.id for child in children]
        self.chronicle.add(
            Event(name, by, at, invitation.school_id, ("invitation", invitation.id), ids, dict(data) if data else None)
        )

    def _of_answers(self, name: str, by: Actor, at: datetime, answers: Sequence[Answer], **more: str) -> None:
        if not answers:
            return
        student = answers[0].student_id
        data: dict[str, str | list[str]] = {
            "types": [answer.consent_type for answer in answers],
            "consents": [answer.consent_id for answer in answers],
            **more,
        }
        basis = Basis.PARENTAL_CONSENT
        self.chronicle.add(
            Event(name, by, at, answers[0].school_id, ("student", student), [student], dict(data), basis=basis)
        )


def facts_of(row: ParentalConsent, *, restricted: bool = False, at: datetime | None = None) -> ConsentRow | None:
    """Return what the rules need of a row, as it stood at a moment; None where it did not exist yet."""
    if at is not None and row.consent_date > at:
        return None
    known = [None if at and moment and moment > at else moment for moment in (row.verified_at, row.revoked_at)]
    return ConsentRow(
        id=row.id,
        student_id=row.student_id,
        consent_type=row.consent_type,
        given=row.consent_given,
        consented_at=row.consent_date,
        has_token=bool(row.verification_token),
        verified_at=known[0],
        method=row.verification_method,
        relationship=row.relationship,
        expires_at=row.expires_at,
        revoked_at=known[1],
        restricted=restricted,
    )
