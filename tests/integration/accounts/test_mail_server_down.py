"""Account mails while the mail server is away: a clear word, no error page, and no hint who has an account."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.factories import people
from tests.mails.server import free_port

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])


@pytest.mark.parametrize("email", ["rivera@harbour.example", "stranger@nowhere.example"])
def test_a_forgotten_password_says_that_no_mail_could_be_sent(client: Client, settings: Settings, email: str) -> None:
    """With and without an account the page says to try again later."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    people.account("rivera@harbour.example")
    response = client.post(reverse("account_reset_password"), {"email": email}, follow=True)
    assert response.status_code == 200
    assert "mail could not be sent" in response.content.decode()
