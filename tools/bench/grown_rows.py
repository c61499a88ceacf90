"""Makes each row of the sample that grows with the number of students many times over, in both databases."""

from __future__ import annotations

from typing import Any

# Schools, staff and what they have set do not grow with students; neither does what names them.
STAYS = frozenset({"users.schools", "users.teachers", "admin.districts", "admin.school_settings"})
STAYS |= frozenset({"compliance.retention_policies", "notifications.templates"})
# Columns that name a row of a table that grows, beside relations that Django knows.
NAMES_GROWN = frozenset({"student_id", "session_id", "group_id", "participant_id", "speaker_id", "sender_id"})
NAMES_GROWN |= frozenset({"recipient_id", "target_student_id", "applies_to_id", "consent_id", "withdrawal_id"})
# What the portal keeps by student, guardian or piece of work, parents before those that name them.
PORTAL = (
    "consent.Guardian",
    "consent.Guardianship",
    "consent.Invitation",
    "consent.InvitationChild",
    "consent.Answer",
    "consent.Link",
    "consent.Reminder",
    "consent.Withdrawal",
    "consent.WithdrawnConsent",
    "consent.RightsTransfer",
    "consent.AdultConfirmation",
    "consent.MatchedSigner",
    "consent.Settlement",
    "notifications.OutgoingMail",
    "retention.RightsRequest",
    "jobs.Job",
)
# Text that may stand only once, or by which rows of both databases find each other.
TOLD_APART = frozenset({"token_hash", "source_id", "message_id", "email", "parent_email"})


def grow(times: int) -> int:
    """Copy every row that grows, each copy with ids of its own that name each other; return how many there are."""
    from django.apps import apps
    from django.db import connections

    from classwaves_admin.warehouse.guard import writing
    from classwaves_admin.warehouse.inventory import tables

    catalog = [entry.model for entry in tables() if entry.name not in STAYS]
    portal = [apps.get_model(name) for name in PORTAL]
    grown = frozenset(model._meta.db_table for model in (*catalog, *portal))
    rows = 0
    with writing():
        for name, models in (("warehouse", catalog), ("default", portal)):
            with connections[name].cursor() as cursor:
                for model in models:
                    rows += _grow_table(cursor, model, grown, times)
                cursor.execute("ANALYZE")
    return rows


def _grow_table(cursor: Any, model: Any, grown: frozenset[str], times: int) -> int:
    """Copy each row of a table so many times but one; return how many there are then."""
    table = model._meta.db_table
    columns = [str(field.column) for field in model._meta.concrete_fields]
    values = [_copied(field, grown) for field in model._meta.concrete_fields]
    names = ", ".join(f'"{name}"' for name in columns)
    cursor.execute(
        f"WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < {times - 1}) "  # noqa: S608 - our own names
        f'INSERT INTO "{table}" ({names}) SELECT {", ".join(values)} FROM "{table}" made, copy'
    )
    cursor.execute(f'SELECT COUNT(*) FROM "{table}"')  # noqa: S608 - our own names
    return int(cursor.fetchone()[0])


def _copied(field: Any, grown: frozenset[str]) -> str:
    """Return what a copy holds in a column: an id of a row that grows gets the number of the copy behind it.

    More students have more rows of the log; no student has a hundred times as many.
    """
    column = f'made."{field.column}"'
    if field.column == "affected_student_ids":
        return f"replace(replace({column}, '\",', '-' || n || '\",'), '\"]', '-' || n || '\"]')"
    if field.column == "resource_id":
        return f"{column} || CASE WHEN made.resource_type IN ('student', 'session') THEN '-' || n ELSE '' END"
    if field.column in TOLD_APART:
        return f"CASE WHEN {column} = '' THEN '' ELSE 'copy' || n || '.' || {column} END"
    related = field.related_model._meta.db_table in grown if field.is_relation else field.column in NAMES_GROWN
    if field.primary_key or related:
        return f"CASE WHEN {column} = '' THEN '' ELSE {column} || '-' || n END"
    return column
