"""The rows that are held of a student, a table at a time, and one of them opened."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.warehouse import inventory
from classwaves_admin.warehouse.models import Transcription
from retention.actions.opening import note_held, note_opened
from retention.fates import Rule
from retention.queries.company import around
from retention.queries.held import Pupil
from retention.queries.held_rows import row_of, row_page, session_of, turn_page
from retention.rules.held_fields import fields_of
from retention.rules.opening import event_of, opening
from retention.rules.transcript import turn_of
from retention.schedule import rule_named
from retention.views.held import find_pupil

ROWS = "held-rows"
# The page of a row, by the event that it leaves.
TRANSCRIPT, RESULT, RECORD = "transcript.viewed", "analysis.viewed", "student.viewed"
TURN, RECORDING = "held-turn", "held-recording"


@require_safe
def held_rows(request: StaffRequest, student_id: str, table: str) -> HttpResponse:
    """List the rows of one table without what they say: three warehouse queries."""
    rule, pupil = find_rule(table), find_pupil(student_id)
    session = request.GET.get("session", "")
    try:
        part = row_page(pupil, rule, session=session, cursor=request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, "That page of the list is gone. This is the first one.")
        return redirect(ROWS, student_id, table)
    note_held(by=request.actor, pupil=pupil, table=rule.name, rows=len(part.lines))
    context = {
        "pupil": pupil,
        "rule": rule,
        "lines": [(line, _address(rule, pupil.id, line.row.pk)) for line in part.lines],
        "session": session,
        **neighbours(request, ROWS, previous=part.previous, following=part.next, parts=[student_id, table]),
    }
    return render(request, "retention/held/rows.html", context)


@require_safe
def held_row(request: StaffRequest, student_id: str, table: str, row_id: str) -> HttpResponse:
    """Show one row, if it is about the student alone; else say that it is there and why it stays closed."""
    return _row(request, student_id, table, row_id, event=RECORD)


@require_safe
def held_result(request: StaffRequest, student_id: str, result_table: str, result_id: str) -> HttpResponse:
    """Show one result that software worked out, by the same rule."""
    return _row(request, student_id, result_table, result_id, event=RESULT)


def _row(request: StaffRequest, student_id: str, table: str, row_id: str, *, event: str) -> HttpResponse:
    """Show one row: three warehouse queries."""
    rule, pupil = find_rule(table), find_pupil(student_id)
    if event_of(rule) != event or rule.file:
        raise Http404("The rows of this table have pages of their own.")
    row = find_row(pupil, rule, row_id)
    session = session_of(row)
    there = around(pupil, [session])
    told = opening(rule, row, own=bool(row.own), parts=pupil.parts, company=there.company)
    note_opened(event=event, by=request.actor, pupil=pupil, table=rule.name, row_id=row_id, session_id=session)
    context = {
        "pupil": pupil,
        "rule": rule,
        "row": row,
        "opening": told,
        "fields": fields_of(rule, row, pupil.parts, there.others) if told.may else (),
        "session": session if session in there.company.sizes else None,
    }
    return render(request, "retention/held/row.html", context)


@require_safe
def held_transcript(request: StaffRequest, student_id: str, turn_id: str) -> HttpResponse:
    """Show what the student said in one session; of other turns, that somebody spoke and for how long."""
    pupil = find_pupil(student_id)
    try:
        part = turn_page(pupil, turn_id, cursor=request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, "That page of the transcript is gone. This is the first one.")
        return redirect(TURN, student_id, turn_id)
    if not part.rows:
        raise Http404("There is no such turn.")
    session = part.rows[0].session_id
    there = around(pupil, [session])
    table = Transcription._meta.db_table
    note_opened(event=TRANSCRIPT, by=request.actor, pupil=pupil, table=table, row_id=turn_id, session_id=session)
    context = {
        "pupil": pupil,
        "rule": rule_named(table),
        "turns": [turn_of(turn, there.others) for turn in part.rows],
        "session": session if session in there.company.sizes else None,
        **neighbours(request, TURN, previous=part.previous, following=part.next, parts=[student_id, turn_id]),
    }
    return render(request, "retention/held/transcript.html", context)


def find_rule(table: str) -> Rule:
    """Return the fate of a table that has a way to a student. Raises Http404."""
    try:
        rule = rule_named(table)
    except KeyError:
        raise Http404("There is no such table.") from None
    if not inventory.table(rule.model).students:
        raise Http404("No row of this table is about a student.")
    return rule


def find_row(pupil: Pupil, rule: Rule, row_id: str) -> Any:
    """Return a row that is held of the student. Raises Http404."""
    row = row_of(pupil, rule, row_id)
    if row is None:
        raise Http404("There is no such row of this student.")
    return row


def _address(rule: Rule, student_id: str, row_id: str) -> str:
    """Return the address of a row's page; empty for an id that no address can hold."""
    event = event_of(rule)
    try:
        if event == TRANSCRIPT or rule.file:
            return reverse(RECORDING if rule.file else TURN, args=[student_id, row_id])
        return reverse("held-result" if event == RESULT else "held-row", args=[student_id, rule.name, row_id])
    except NoReverseMatch:
        return ""
