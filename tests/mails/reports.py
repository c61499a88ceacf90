"""Reports as mail services post them: the fields and shapes of real ones, with made-up addresses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse

TOKEN = "651869375b9df3c98fc15c4889b102119add1235c38fc92824"


def mailgun(message_id: str, address: str, **changes: Any) -> dict[str, Any]:
    """Return a permanent failure as Mailgun posts it, but for the signature."""
    event: dict[str, Any] = {
        "event": "failed",
        "severity": "permanent",
        "reason": "bounce",
        "id": "G9Bn5sl1TC6nu79C8C0bwg",
        "timestamp": 1741100000.389832,
        "log-level": "error",
        "tags": [],
        "campaigns": [],
        "user-variables": {},
        "recipient": address,
        "recipient-domain": address.partition("@")[2],
        "envelope": {"sender": "privacy@classwaves.example", "transport": "smtp", "targets": address},
        "flags": {"is-routed": False, "is-authenticated": True, "is-system-test": False, "is-test-mode": False},
        "message": {
            "headers": {
                "to": address,
                "message-id": message_id.strip("<>"),
                "from": "privacy@classwaves.example",
                "subject": "Harbour School asks for your consent",
            },
            "attachments": [],
            "size": 8093,
        },
        "delivery-status": {
            "tls": True,
            "mx-host": "mx.home.example",
            "attempt-no": 1,
            "description": "",
            "session-seconds": 2.95,
            "utf8": True,
            "code": 550,
            "message": "5.1.1 The email account that you tried to reach does not exist.",
            "certificate-verified": True,
        },
    }
    return {"event-data": event | changes}


def signed(report: dict[str, Any], key: str = "") -> dict[str, Any]:
    """Return Mailgun's report with its signature."""
    moment = "1741100000"
    secret = (key or settings.MAIL_WEBHOOK_SECRET).encode()
    signature = hmac.new(secret, f"{moment}{TOKEN}".encode(), hashlib.sha256).hexdigest()
    return {"signature": {"timestamp": moment, "token": TOKEN, "signature": signature}, **report}


def postmark(mail_id: str, address: str, **changes: Any) -> dict[str, Any]:
    """Return a hard bounce as Postmark posts it: with an id of its own, and ours in the metadata alone."""
    report = {
        "RecordType": "Bounce",
        "ID": 901542550,
        "Type": "HardBounce",
        "TypeCode": 1,
        "ServerID": 23,
        "Name": "Hard bounce",
        "MessageStream": "outbound",
        "MessageID": "2706ee8a-737c-4285-b032-ccd317af53ed",
        "Metadata": {"mail": mail_id},
        "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
        "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
        "Email": address,
        "From": "privacy@classwaves.example",
        "BouncedAt": "2025-03-04T16:28:50.3963933-05:00",
        "DumpAvailable": True,
        "Inactive": True,
        "CanActivate": True,
        "Subject": "Harbour School asks for your consent",
        "Content": "the whole mail as it came back",
    }
    return report | changes


def post(report: Any, *, password: str = "") -> int:
    """Post a report as a service does and return the status."""
    body = report if isinstance(report, str) else json.dumps(report)
    headers = {"authorization": f"Basic {base64.b64encode(password.encode()).decode()}"} if password else {}
    answer = Client(enforce_csrf_checks=True).post(
        reverse("mail-reports"), data=body, content_type="application/json", headers=headers
    )
    return int(answer.status_code)
