"""Keeps what was shown."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from classwaves_admin.warehouse.models import NotificationTemplate
from classwaves_admin.warehouse.outbox import gateway
from consent.models import NoticeText
from consent.models.notices import FrozenText
from consent.notices.texts import Notice

CATEGORY = "consent_notice"


def keep_notices(notices: Iterable[Notice], *, now: datetime) -> None:
    """Freeze each notice the first time that it is shown, and mirror it in `notifications.templates`.

    The catalog's row carries the version as its name, so that every service can look up what
    `consent_text_version` stands for. Raises gateway.OutsideTransaction, and FrozenText where another
    text was shown under this version before: twelve digits of a hash can be made to meet on purpose.
    """
    for notice in notices:
        kept, new = NoticeText.objects.get_or_create(
            version=notice.version,
            defaults={
                "school_id": notice.school_id,
                "consent_type": notice.consent_type.value,
                "language": notice.language,
                "title": notice.title,
                "text": notice.text,
                "written_from": notice.written_from,
                "created_at": now,
            },
        )
        if kept.text != notice.text:
            raise FrozenText("Another text was shown under this version.")
        if new:
            gateway.insert(_mirror(notice, now))


def _mirror(notice: Notice, now: datetime) -> NotificationTemplate:
    return NotificationTemplate(
        id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"notice:{notice.version}")),
        name=notice.version,
        description="A consent notice exactly as shown to parents",
        channel="web",
        category=CATEGORY,
        subject_template=notice.title,
        body_template=notice.text,
        variables=[],
        is_active=True,
        version=notice.number,
        created_by="system:consent",
        created_at=now,
        updated_at=now,
    )
