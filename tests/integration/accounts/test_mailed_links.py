"""Links in mails about accounts lead to the portal's own address, whatever host a request claims."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests.factories import people

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])


@pytest.mark.parametrize("address", ["rivera@harbour.example", "nobody@anywhere.example"])
def test_a_forged_host_reaches_no_mail(client: Client, address: str) -> None:
    """A reset that somebody else asked for with a host of their own sends nobody there."""
    people.staff(email="rivera@harbour.example")
    client.post(reverse("account_reset_password"), {"email": address}, HTTP_HOST="localhost:6666")
    (letter,) = mail.outbox
    written = f"{letter.subject} {letter.body} {letter.alternatives}"  # type: ignore[union-attr]
    assert "localhost:6666" not in written
    assert "http://127.0.0.1:8000/accounts/" in written
