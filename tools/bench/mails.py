"""Mails of one campaign, from the confirmation to the mail server, against two bare loops of smtplib.

Ours is timed from the call that starts the campaign's job until the server has the last mail: requests, audit events,
links, mails, their catalog rows and their delivery to the catalog, by a worker as the Procfile starts it. Both loops
send the same texts over one connection: one sends bytes that were written beforehand, which is the least that the wire
costs; the other makes each mail, as any program must that writes to people by name.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import smtplib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid
from functools import cache
from statistics import median
from typing import TYPE_CHECKING, Any

from tools.bench.figures import Figure
from tools.bench.sink import HOST, NICE, Sink
from tools.places import ROOT
from tools.terminal import Trouble, say

if TYPE_CHECKING:  # Django is set up before this module's functions run
    from classwaves_admin.warehouse.models import School

GUARDIANS = 5_000
WARM_UP = 100
ROUNDS = 2
BAR = 0.5
SENDER = "privacy@classwaves.example"
SECONDS_TO_SETTLE = 120


def measure(sink: Sink) -> list[Figure]:
    """Return the mails a second of both, in turn, the median of the rounds; once for each broker that is there."""
    with running_worker():
        _ours(sink, WARM_UP)
        samples = sink.samples()
        rates: dict[str, list[float]] = {"bytes": [], "made": [], "ours": []}
        for _ in range(ROUNDS):
            rates["bytes"].append(_bare(sink, samples, _send_bytes))
            rates["made"].append(_bare(sink, samples, _send_made))
            rates["ours"].append(_ours(sink, GUARDIANS))
    ours = median(rates["ours"])
    asked = f"{GUARDIANS:,} guardians asked, mails of {sink.size.value:,} bytes"
    figures = [
        Figure(f"{asked}, beside a loop that makes each mail", ours, "mails/s", median(rates["made"]), BAR),
        Figure("the same beside a loop over finished bytes", ours, "mails/s", median(rates["bytes"]), BAR),
    ]
    if shutil.which("redis-server"):
        with running_redis() as url, running_worker(BROKER_URL=url):
            _ours(sink, WARM_UP)
            figures.append(Figure("the same with Redis for a broker", _ours(sink, GUARDIANS), "mails/s", ours))
    else:
        say("  Redis is not on this machine: the embedded broker alone was measured.")
    return figures


def _bare(sink: Sink, samples: list[bytes], send: Callable[[smtplib.SMTP, str, bytes], None]) -> float:
    before = sink.mails.value
    spawn = multiprocessing.get_context("spawn")
    started = spawn.Value("d", 0.0)
    process = spawn.Process(target=_loop, args=(sink.port, samples, send, GUARDIANS, started))
    process.start()
    ended = sink.wait_for(before + GUARDIANS)
    process.join()
    return GUARDIANS / (ended - float(started.value))


def _loop(
    port: int, samples: list[bytes], send: Callable[[smtplib.SMTP, str, bytes], None], number: int, started: Any
) -> None:
    """Send mails over one connection, as nice as the worker is."""
    os.nice(NICE)
    started.value = time.monotonic()
    with smtplib.SMTP(HOST, port) as server:
        for place in range(number):
            send(server, f"bare{place}@home.example", samples[place % len(samples)])


def _send_bytes(server: smtplib.SMTP, address: str, sample: bytes) -> None:
    server.sendmail(SENDER, address, sample)


def _send_made(server: smtplib.SMTP, address: str, sample: bytes) -> None:
    """Make a mail of the sample's texts and send it."""
    subject, text, html = _texts(sample)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = SENDER, address, subject
    mail["Message-ID"] = make_msgid(domain="classwaves.example")
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    server.send_message(mail)


@cache
def _texts(sample: bytes) -> tuple[str, str, str]:
    mail = message_from_bytes(sample, policy=policy.default)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    if text is None or html is None:
        raise Trouble("A mail without text and HTML.")
    return str(mail["Subject"]), text.get_content(), html.get_content()


def _ours(sink: Sink, number: int) -> float:
    """Ask `number` guardians of a school of their own. Raises Trouble where a mail came twice."""
    from classwaves_admin.lib.clock import now
    from classwaves_admin.lib.ids import new_id
    from classwaves_admin.tenancy.scope import Scope, inside
    from consent.actions.campaigns import start_campaigns
    from consent.queries.preview import preview_of
    from tests.factories.campaigns import EVERYBODY, OFFICE

    school = _school(number)
    mails, recipients = sink.mails.value, sink.recipients.value
    with inside(Scope(schools=(school.pk,))):
        preview = preview_of(EVERYBODY, now())
        started = time.monotonic()
        start_campaigns(choice=EVERYBODY, preview=preview, form_id=new_id(), by=OFFICE, now=now())
    seconds = sink.wait_for(mails + number) - started
    _settle()
    if (sink.mails.value - mails, sink.recipients.value - recipients) != (number, number):
        raise Trouble("A mail came twice.")
    return number / seconds


def _settle() -> None:
    """Wait until the worker has noted everything, so that the next round starts from rest. Raises Trouble."""
    from classwaves_admin.notifications.models import OutgoingMail, State
    from classwaves_admin.tenancy.scope import system_scope
    from classwaves_admin.warehouse.outbox.models import OutboxEntry

    ends = time.monotonic() + SECONDS_TO_SETTLE
    with system_scope(reason="bench"):
        while OutgoingMail.objects.exclude(state=State.SENT).exists() or OutboxEntry.objects.exists():
            if time.monotonic() > ends:
                raise Trouble("The worker has not noted all mails as sent.")
            time.sleep(0.1)


def _school(number: int) -> School:
    """Make a school with so many students, each with a guardian of its own."""
    from django.db import transaction

    from classwaves_admin.lib.ids import new_id
    from classwaves_admin.tenancy.scope import system_scope
    from classwaves_admin.warehouse.models import Student
    from classwaves_admin.warehouse.outbox import gateway
    from consent.models import Guardian, Guardianship
    from tests.factories import catalog as make

    with system_scope(reason="bench"), transaction.atomic():
        school = make.school()
        pattern = make.student(school=school)
        students = []
        for place in range(number):
            values = {field.attname: getattr(pattern, field.attname) for field in Student._meta.concrete_fields}
            students.append(Student(**values | {"id": new_id(), "display_name": f"Child{place} Example"}))
        gateway.insert_all(students)
        guardians = [
            Guardian(school_id=school.id, name=f"Guardian {student.id}", email=f"{student.id}@home.example")
            for student in students
        ]
        Guardian.objects.bulk_create(guardians, batch_size=500)
        Guardianship.objects.bulk_create(
            [
                Guardianship(guardian=guardian, school_id=school.id, student_id=student.id, relationship="mother")
                for guardian, student in zip(guardians, students, strict=True)
            ],
            batch_size=500,
        )
    _settle()
    return school


@contextmanager
def running_worker(**env: str) -> Iterator[None]:
    """Start the worker as the Procfile does; the first campaign waits until it listens."""
    found = re.search(r"^worker: (.*)$", (ROOT / "Procfile").read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise Trouble("The Procfile names no worker.")
    process = subprocess.Popen(["sh", "-c", found[1]], cwd=ROOT, env=os.environ | env)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def running_redis() -> Iterator[str]:
    """Start a Redis that keeps nothing and give its address."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", HOST, "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield f"redis://{HOST}:{port}/0"
    finally:
        process.terminate()
        process.wait()
