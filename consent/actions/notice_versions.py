"""What staff do with the texts of notices: write a draft, set it aside, bring it into force, go back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from string import Template

from django.db import IntegrityError, transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import NotificationTemplate
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.notices import CATEGORY
from consent.models import NoticeVersion
from consent.notices import shipped
from consent.notices.markdown import title_of
from consent.notices.texts import Source, shipped_source
from consent.queries.notice_versions import Desk, Which, concerned, desk
from consent.queries.notices import source_of
from consent.rules.notices import Fault, as_markdown, next_version, slots_in
from consent.vocabulary import NoticeChange, NoticeState


class EditedMeanwhile(Exception):
    """Somebody else saved or activated a text since the form was opened. `desk` is what stands there now."""

    def __init__(self, found: Desk) -> None:
        super().__init__("The notice was edited by somebody else.")
        self.desk = found


class NotFit(Exception):
    """A text that may not be shown to parents. `faults` says why; none means that it is the one in force already."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.faults = tuple(faults)
        super().__init__(f"The notice has {len(self.faults)} faults.")


def save_draft(
    *, which: Which, text: str, words: Mapping[str, str], note: str, key: str, by: Actor, now: datetime
) -> NoticeVersion:
    """Keep a text as the draft of a notice and return it. It may be faulty; only what is activated may not.

    `key` is `Desk.key` as the form showed it. Another person's draft is set aside, not written over.
    Raises EditedMeanwhile, with nothing written.
    """
    with transaction.atomic():
        found = _held(which, key)
        draft = found.draft
        if draft is not None and draft.created_by == by.id:
            draft.text, draft.words, draft.note = text, dict(words), note
            draft.revision += 1
            draft.edited_at = now
            draft.save()
        else:
            if draft is not None:
                draft.retire(now)
            draft = _new_draft(found, Source(text, words), note, by, now)
        _audit(draft, by, now, step="draft_saved")
    return draft


def set_aside(*, which: Which, key: str, by: Actor, now: datetime) -> None:
    """Take the draft off the desk. Its text stays in the history. Raises EditedMeanwhile."""
    with transaction.atomic():
        draft = _held(which, key).draft
        if draft is not None:
            draft.retire(now)
            _audit(draft, by, now, step="draft_set_aside")


def write_again(*, which: Which, version_id: str | None, key: str, by: Actor, now: datetime) -> NoticeVersion:
    """Make a draft of an earlier text, or of the one that comes with the portal (None), and return it.

    History only grows: going back is a new version. Raises EditedMeanwhile, and NoticeVersion.DoesNotExist.
    """
    with transaction.atomic():
        if version_id is None:
            source, note = shipped_source(which.consent_type, which.language), "The text that comes with ClassWaves"
        else:
            earlier = NoticeVersion.objects.get(pk=version_id, **which.versions())
            source, note = source_of(earlier), f"As in version {earlier.label}"
        return save_draft(which=which, text=source.text, words=source.words, note=note, key=key, by=by, now=now)


def activate(*, which: Which, change: NoticeChange, key: str, by: Actor, now: datetime) -> NoticeVersion:
    """Bring the draft into force and return it; the text that it follows becomes the past.

    A minor change keeps the number, so nobody is asked again. A material one raises it: consents stay in
    force for what they were given for, and their guardians can be asked again (16 CFR 312.5(a)(1)).
    The catalog's `notifications.templates` gets the text. Raises EditedMeanwhile, NoticeVersion.DoesNotExist
    without a draft, and NotFit.
    """
    with transaction.atomic():
        found = _held(which, key)
        draft, active = found.draft, found.active
        if draft is None:
            raise NoticeVersion.DoesNotExist("There is no draft.")
        _check(found)
        touched = concerned(which, now)
        if active is not None:
            active.retire(now)
            gateway.update(NotificationTemplate, _mirror_id(active), is_active=False, updated_at=now)
        draft.number, draft.wording = next_version(found.number, found.wording, change)
        draft.change, draft.state = change.value, NoticeState.ACTIVE.value
        draft.activated_by, draft.activated_at = by.id, now
        draft.save()
        gateway.insert(_mirror(draft, now))
        _audit(
            draft, by, now, step="activated", change=change.value, number=draft.number, wording=draft.wording,
            follows=active.id if active else None, consents=touched.consents, guardians=touched.guardians,
        )  # fmt: skip
    return draft


def _held(which: Which, key: str) -> Desk:
    """Return the desk, held until the transaction ends. Raises EditedMeanwhile where it is not the one of `key`."""
    list(NoticeVersion.objects.select_for_update().filter(**which.versions()).order_by("pk").values_list("pk"))
    found = desk(which)
    if found.key != key:
        raise EditedMeanwhile(found)
    return found


def _new_draft(found: Desk, source: Source, note: str, by: Actor, now: datetime) -> NoticeVersion:
    try:
        with transaction.atomic():
            return NoticeVersion.objects.create(
                **found.which.versions(),
                text=source.text,
                words=dict(source.words),
                note=note,
                state=NoticeState.DRAFT.value,
                created_by=by.id,
                created_at=now,
                edited_at=now,
            )
    except IntegrityError:  # two first drafts at the same moment: there was no row to hold
        raise EditedMeanwhile(desk(found.which)) from None


def _check(found: Desk) -> None:
    source = found.on_the_desk
    if faults := found.faults_of(source):
        raise NotFit(faults)
    if source.reads_like(found.in_force):
        raise NotFit


def _mirror_id(version: NoticeVersion) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"notice-version:{version.id}"))


def _mirror(version: NoticeVersion, now: datetime) -> NotificationTemplate:
    """Return the catalog's row: the school's words are in the text, and what remains to fill are its variables."""
    own = {slot: as_markdown(slot, words).replace("$", "$$") for slot, words in version.words.items()}
    sentences = shipped.sentences(version.language)
    text = Template(version.text).safe_substitute(own | sentences)
    return NotificationTemplate(
        id=_mirror_id(version),
        name=f"consent_notice:{version.school_id}:{version.consent_type}:{version.language}",
        description=f"The notice in force from version {version.label} on",
        channel="web",
        category=CATEGORY,
        subject_template=title_of(version.text),
        body_template=text,
        variables=list(slots_in(text)),
        is_active=True,
        version=version.number or 0,
        created_by=version.created_by,
        created_at=now,
        updated_at=now,
    )


def _audit(version: NoticeVersion, by: Actor, now: datetime, *, step: str, **data: str | int | None) -> None:
    record(
        "settings.changed",
        by=by,
        school_id=version.school_id,
        resource=("consent_notice", version.id),
        data={"step": step, "type": version.consent_type, "language": version.language, **data},
        at=now,
    )
