"""What staff do with a school's texts of mails: write a draft, set it aside, use it, go back, try it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.notifications import catalog
from classwaves_admin.notifications.actions import Recipient, queue_mail
from classwaves_admin.notifications.models import MailText, OutgoingMail, TextState
from classwaves_admin.notifications.own_texts import as_text
from classwaves_admin.notifications.text_queries import Desk, Which, desk
from classwaves_admin.notifications.trial import TRIAL
from classwaves_admin.notifications.wording.rules import Fault, Text, slots_in
from classwaves_admin.schools.look import sender_of
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import NotificationTemplate
from classwaves_admin.warehouse.outbox import gateway

__all__ = [
    "CATEGORY",
    "EditedMeanwhile",
    "NotFit",
    "TooManyTrials",
    "activate",
    "save_draft",
    "send_trial",
    "set_aside",
    "use_shipped",
    "write_again",
]

# Values of `notifications.templates`.
CATEGORY, CHANNEL = "mail", "email"
# Test mails of one person within an hour.
MOST_TRIALS, TRIAL_HOUR = 5, timedelta(hours=1)


class EditedMeanwhile(Exception):
    """Somebody else saved or activated a text since the form was opened. `desk` is what stands there now."""

    def __init__(self, found: Desk) -> None:
        super().__init__("The text was edited by somebody else.")
        self.desk = found


class NotFit(Exception):
    """A text that may not be sent. `faults` says why; none means that it is the one in use already."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.faults = tuple(faults)
        super().__init__(f"The text has {len(self.faults)} faults.")


class TooManyTrials(Exception):
    """Somebody has sent themselves many test mails within the hour."""


def save_draft(*, which: Which, text: Text, note: str, key: str, by: Actor, now: datetime) -> MailText:
    """Keep a text as the draft of a mail and return it. It may be faulty; only what is used may not.

    `key` is `Desk.key` as the form showed it. Another person's draft is set aside, not written over.
    Raises EditedMeanwhile, with nothing written.
    """
    with transaction.atomic():
        found = _held(which, key)
        draft = found.draft
        if draft is not None and draft.created_by == by.id:
            draft.subject, draft.text, draft.button, draft.note = text.subject, text.text, text.button, note
            draft.revision += 1
            draft.edited_at = now
            draft.save()
        else:
            if draft is not None:
                _retire(draft, now)
            draft = _new_draft(found, text, note, by, now)
        _audit(draft, by, now, step="draft_saved")
    return draft


def set_aside(*, which: Which, key: str, by: Actor, now: datetime) -> None:
    """Take the draft off the desk. It stays in the history. Raises EditedMeanwhile."""
    with transaction.atomic():
        draft = _held(which, key).draft
        if draft is not None:
            _retire(draft, now)
            _audit(draft, by, now, step="draft_set_aside")


def write_again(*, which: Which, text_id: str, key: str, by: Actor, now: datetime) -> MailText:
    """Make a draft of an earlier text and return it. Raises EditedMeanwhile, and MailText.DoesNotExist."""
    with transaction.atomic():
        earlier = MailText.objects.get(pk=text_id, **which.rows())
        note = f"As in text {earlier.label}"
        return save_draft(which=which, text=as_text(earlier), note=note, key=key, by=by, now=now)


def activate(*, which: Which, key: str, by: Actor, now: datetime) -> MailText:
    """Use the draft from now on and return it; mails that are queued already keep the text that they were written in.

    The catalog's `notifications.templates` gets the text. Raises EditedMeanwhile, MailText.DoesNotExist without a
    draft, and NotFit.
    """
    with transaction.atomic():
        found = _held(which, key)
        draft = found.draft
        if draft is None:
            raise MailText.DoesNotExist("There is no draft.")
        if faults := found.faults_of(as_text(draft)):
            raise NotFit(faults)
        if as_text(draft).reads_like(found.in_use):
            raise NotFit
        if found.active is not None:
            _end_use(found.active, now)
        highest = MailText.objects.filter(**which.rows()).aggregate(number=Max("number"))["number"]
        draft.number, draft.state = (highest or 0) + 1, TextState.ACTIVE
        draft.activated_by, draft.activated_at = by.id, now
        draft.save()
        gateway.insert(_mirror(draft, now))
        _audit(draft, by, now, step="activated", number=draft.number, follows=found.active.id if found.active else None)
    return draft


def use_shipped(*, which: Which, key: str, by: Actor, now: datetime) -> bool:
    """Go back to the portal's text; return whether the school had one of its own. Raises EditedMeanwhile."""
    with transaction.atomic():
        active = _held(which, key).active
        if active is None:
            return False
        _end_use(active, now)
        _audit(active, by, now, step="shipped_again", number=active.number)
    return True


def send_trial(*, which: Which, school: str, contact: str, recipient: Recipient, by: Actor, now: datetime) -> str:
    """Send the text on the desk to who asks, filled with samples, and return the mail's id. Raises TooManyTrials."""
    with transaction.atomic():
        with system_scope(reason="a person's own test mails, at whatever school"):
            sent = OutgoingMail.objects.filter(kind=TRIAL, refers_to=by.id, created_at__gt=now - TRIAL_HOUR).count()
        if sent >= MOST_TRIALS:
            raise TooManyTrials
        text = desk(which).on_the_desk
        parts = {"subject": text.subject, "text": text.text, "button": text.button}
        context = parts | {"of": which.kind, "in": which.language, "school": school, "contact": contact}
        context["colour"] = sender_of(which.school_id).colour
        mail_id = queue_mail(
            kind=TRIAL, recipient=recipient, context=context, school_id=which.school_id, refers_to=by.id, now=now
        )
        record(
            "mail.tried",
            by=by,
            school_id=which.school_id,
            resource=("mail", mail_id),
            data={"kind": which.kind, "language": which.language},
            at=now,
        )
    return mail_id


def _held(which: Which, key: str) -> Desk:
    """Return the desk, held until the transaction ends. Raises EditedMeanwhile where it is not the one of `key`."""
    list(MailText.objects.select_for_update().filter(**which.rows()).order_by("pk").values_list("pk"))
    found = desk(which)
    if found.key != key:
        raise EditedMeanwhile(found)
    return found


def _new_draft(found: Desk, text: Text, note: str, by: Actor, now: datetime) -> MailText:
    try:
        with transaction.atomic():
            return MailText.objects.create(
                **found.which.rows(),
                subject=text.subject,
                text=text.text,
                button=text.button,
                note=note,
                created_by=by.id,
                created_at=now,
                edited_at=now,
            )
    except IntegrityError:  # two first drafts at the same moment: there was no row to hold
        raise EditedMeanwhile(desk(found.which)) from None


def _retire(row: MailText, now: datetime) -> None:
    row.state, row.retired_at = TextState.PAST, now
    row.save(update_fields=["state", "retired_at"])


def _end_use(active: MailText, now: datetime) -> None:
    _retire(active, now)
    gateway.update(NotificationTemplate, catalog.row_id_of(active.id), is_active=False, updated_at=now)


def _mirror(row: MailText, now: datetime) -> NotificationTemplate:
    """Return the catalog's row of a text."""
    return NotificationTemplate(
        id=catalog.row_id_of(row.id),
        name=f"mail:{row.school_id}:{row.kind}:{row.language}",
        description=f"A school's own text {row.label}",
        channel=CHANNEL,
        category=CATEGORY,
        subject_template=row.subject,
        body_template=row.text,
        variables=list(dict.fromkeys((*slots_in(row.subject), *slots_in(row.text)))),
        is_active=True,
        version=row.number or 0,
        created_by=row.created_by,
        created_at=now,
        updated_at=now,
    )


def _audit(row: MailText, by: Actor, now: datetime, *, step: str, **data: str | int | None) -> None:
    record(
        "settings.changed",
        by=by,
        school_id=row.school_id,
        resource=("mail_text", row.id),
        data={"step": step, "kind": row.kind, "language": row.language, **data},
        at=now,
    )
