from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.databricks.address import settings_of
from classwaves_admin.env import Environment

HOST = "dbc-example.cloud.databricks.com"
PATH = "http_path=/sql/1.0/warehouses/abc"
URL = f"databricks://token:s3cret@{HOST}:443/classwaves?{PATH}"
plain = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def test_a_url_becomes_settings() -> None:
    """Host, port, catalog, token and path of the warehouse are read."""
    assert settings_of("URL", URL, {}) == {
        "ENGINE": "classwaves_admin.databricks",
        "NAME": "classwaves",
        "HOST": HOST,
        "PORT": 443,
        "USER": "token",
        "PASSWORD": "s3cret",
        "OPTIONS": {"http_path": "/sql/1.0/warehouses/abc", "tls": True},
    }


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_warehouse_on_this_machine_may_do_without_tls(host: str) -> None:
    """tls=off is for the local warehouse."""
    found = settings_of("URL", f"databricks://token:local@{host}:15002/classwaves?{PATH}&tls=off", {})
    assert (found["HOST"], found["PORT"], found["OPTIONS"]["tls"]) == (host.strip("[]"), 15002, False)


@pytest.mark.parametrize(
    ("before", "logins", "login"),
    [
        ("", {"DATABRICKS_TOKEN": "t1"}, ("token", "t1")),
        ("token@", {"DATABRICKS_TOKEN": "t1"}, ("token", "t1")),
        ("token:t2@", {"DATABRICKS_TOKEN": "t1"}, ("token", "t2")),
        ("client:s1@", {}, ("client", "s1")),
        ("client@", {"DATABRICKS_CLIENT_SECRET": "s2"}, ("client", "s2")),
        ("client:s1@", {"DATABRICKS_CLIENT_ID": "client"}, ("client", "s1")),
        ("", {"DATABRICKS_CLIENT_ID": "client", "DATABRICKS_CLIENT_SECRET": "s3"}, ("client", "s3")),
    ],
)
def test_logins_come_in_the_url_or_apart(before: str, logins: dict[str, str], login: tuple[str, str]) -> None:
    """A token or a service principal stands in the URL, or in variables of its own."""
    found = settings_of("URL", f"databricks://{before}{HOST}/classwaves?{PATH}", logins)
    assert (found["USER"], found["PASSWORD"]) == login


@pytest.mark.parametrize(
    ("url", "logins", "sentence"),
    [
        (f"databricks:///classwaves?{PATH}", {}, "URL names no host: write it like databricks://HOST"),
        (f"databricks://token:s3cret@{HOST}:port/c?{PATH}", {}, "URL cannot be read: write it like"),
        (f"databricks://token:s3cret@{HOST}:99999/c?{PATH}", {}, "URL cannot be read: write it like"),
        (f"databricks://token:s3cret@[{HOST}/c?{PATH}", {}, "URL cannot be read: write it like"),
        (f"databricks://token:s3cret@{HOST}?{PATH}", {}, "URL must name one catalog after the host"),
        (f"databricks://token:s3cret@{HOST}/a/b?{PATH}", {}, "URL must name one catalog after the host"),
        (f"databricks://token:s3cret@{HOST}/c", {}, "URL must name the SQL warehouse, as in ?http_path="),
        (f"databricks://token:s3cret@{HOST}/c?http_path=", {}, "URL must name the SQL warehouse"),
        (f"databricks://token:s3cret@{HOST}/c?http_path=077a4c2149eade40", {}, "URL must name the SQL warehouse"),
        (f"databricks://token:s3cret@{HOST}/c.users?http_path=/sql/1.0/warehouses/1", {}, "must name one catalog"),
        (
            f"databricks://token:s3cret@{HOST}/c?{PATH}&x=s3cret",
            {},
            "URL has an unknown option: it takes http_path and",
        ),
        (f"databricks://token:s3cret@{HOST}/c?{PATH}&{PATH}", {}, "URL gives an option twice."),
        (f"databricks://token:s3cret@{HOST}/c?{PATH}&tls=no", {}, "URL: tls is on or off."),
        (f"databricks://token:s3cret@{HOST}/c?{PATH}&tls=off", {}, "URL: tls=off is for a warehouse on this machine"),
        (f"databricks://{HOST}/c?{PATH}", {}, "URL has no login: set DATABRICKS_CLIENT_ID"),
        (f"databricks://:s3cret@{HOST}/c?{PATH}", {}, "URL has a secret without a user"),
        (URL, {"DATABRICKS_CLIENT_ID": "s3cret"}, "Give either a token or a client id with its secret"),
        (URL, {"DATABRICKS_CLIENT_SECRET": "s3cret"}, "Give either a token or a client id with its secret"),
        (
            f"databricks://me:s3cret@{HOST}/c?{PATH}",
            {"DATABRICKS_TOKEN": "s3cret"},
            "Give either a token or a client id",
        ),
        (f"databricks://me@{HOST}/c?{PATH}", {"DATABRICKS_CLIENT_ID": "you"}, "URL and DATABRICKS_CLIENT_ID name two"),
        (f"databricks://me@{HOST}/c?{PATH}", {}, "Set DATABRICKS_CLIENT_SECRET (or DATABRICKS_CLIENT_SECRET_FILE)."),
        (f"databricks://{HOST}/c?{PATH}", {"DATABRICKS_CLIENT_SECRET": "s3cret"}, "Set DATABRICKS_CLIENT_ID (or"),
    ],
)
def test_each_mistake_has_its_sentence(url: str, logins: dict[str, str], sentence: str) -> None:
    """What is missing or wrong is told, and no sentence repeats a secret."""
    with pytest.raises(ValueError, match=re.escape(sentence)) as caught:
        settings_of("URL", url, logins)
    assert "s3cret" not in str(caught.value)


@given(plain, plain, plain)
def test_any_secret_and_name_come_back(client: str, secret: str, catalog: str) -> None:
    """Percent-encoded, a client and a secret may hold any character, and a catalog what Unity Catalog lets it."""
    catalog = re.sub(r"[\s./]", "", catalog) or "c"
    url = (
        f"databricks://{quote('c' + client, safe='')}:{quote(secret, safe='')}@{HOST}/{quote(catalog, safe='')}?{PATH}"
    )
    found = settings_of("URL", url, {})
    assert (found["USER"], found["PASSWORD"], found["NAME"]) == ("c" + client, secret, catalog)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(rest: str) -> None:
    """Whatever stands after the scheme gives settings or a sentence."""
    try:
        found = settings_of("URL", f"databricks://{rest}", {"DATABRICKS_TOKEN": "t"})
    except ValueError as error:
        assert str(error).endswith((".", ")."))  # noqa: PT017 - both answers are right
    else:
        assert found["HOST"]
        assert found["NAME"]


def test_only_the_catalog_may_be_there() -> None:
    """DATABASE_URL takes no Databricks, WAREHOUSE_URL does, and its sentences come as ImproperlyConfigured."""
    environment = Environment({"URL": URL, "BAD": "databricks://x"})
    with pytest.raises(ImproperlyConfigured, match=r"^URL must start with sqlite:// or postgres://\.$"):
        environment.database("URL", "")
    assert environment.database("URL", "", databricks={})["ENGINE"] == "classwaves_admin.databricks"
    with pytest.raises(ImproperlyConfigured, match=r"^BAD must name one catalog"):
        environment.database("BAD", "", databricks={})
