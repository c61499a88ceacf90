"""The page of the catalog's server."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.test import Client

from classwaves_admin.warehouse import status
from classwaves_admin.warehouse.grants import Missing
from classwaves_admin.warehouse.server_facts import ServerFacts
from tests.factories import catalog as make
from tests.factories import people

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]

PATH = "/system/warehouse/"


@pytest.fixture
def office(client: Client) -> Client:
    """Return the browser of a super administrator."""
    client.force_login(people.member("super_admin", email="root@office.example"))
    return client


def test_a_healthy_server_says_so(office: Client) -> None:
    """All checks with a result in words, when it was measured, and a way to check again."""
    answer = office.get(PATH)
    page = answer.content.decode()
    assert "Nothing is wrong." in page
    assert page.count("cw-status--good") == 6
    assert "Measured" in page
    assert f'href="{PATH}"' in page
    assert "no-store" in answer["Cache-Control"]


def test_a_missing_grant_is_shown_as_the_statement_to_run(office: Client) -> None:
    """The operator copies it from the page."""
    grant = "GRANT MODIFY ON SCHEMA `classwaves`.`users` TO `portal`;"
    facts = ServerFacts("Databricks SQL 2025.1", "portal", "classwaves", None, (Missing(grant),))
    with patch.object(status, "facts_of", return_value=facts):
        page = office.get(PATH).content.decode()
    assert "Something is wrong" in page
    assert grant in page


def test_what_is_not_known_is_not_called_good(office: Client) -> None:
    """A server that tells nothing of grants may still refuse a write."""
    facts = ServerFacts("Databricks SQL 2025.1", "portal", "classwaves", None, None)
    with patch.object(status, "facts_of", return_value=facts):
        page = office.get(PATH).content.decode()
    assert "Nothing wrong was found; not all is known." in page
    assert "Nothing is wrong." not in page


def test_the_page_itself_opens_while_the_server_sleeps(office: Client) -> None:
    """Here the trouble is the answer."""
    with patch.object(status, "facts_of", side_effect=OperationalError("host=catalog.internal")):
        answer = office.get(PATH)
    assert answer.status_code == 200
    assert "does not answer" in answer.content.decode()
    assert "catalog.internal" not in answer.content.decode()


def test_a_school_s_administrator_may_not_see_it(client: Client) -> None:
    """It is for those who run the portal."""
    client.force_login(people.staff("admin", school=make.school(), email="admin@harbour.example")[0])
    assert client.get(PATH).status_code == 403
