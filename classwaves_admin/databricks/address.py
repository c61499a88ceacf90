"""The address of a catalog on Databricks, as one URL. Pure, and no sentence repeats a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

__all__ = ["ENGINE", "EXAMPLE", "settings_of"]

ENGINE = "classwaves_admin.databricks"
EXAMPLE = "databricks://HOST:443/CATALOG?http_path=/sql/1.0/warehouses/ID"
# Machines to which a token may travel without TLS: this one, where the local warehouse runs.
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_OPTIONS = frozenset({"http_path", "tls"})
# "HTTP path" in the connection details of a SQL warehouse, or of a cluster.
_PATH = re.compile(r"/?sql/[\w./-]+")

Logins = Mapping[str, str]


def settings_of(name: str, url: str, logins: Logins) -> dict[str, Any]:
    """Return Django's settings for `url`, which the variable `name` holds.

    `logins` has the values of DATABRICKS_TOKEN, DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET: a secret may
    come apart from the URL. Raises ValueError with one sentence otherwise.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise ValueError(f"{name} cannot be read: write it like {EXAMPLE}.") from None
    if not host:
        raise ValueError(f"{name} names no host: write it like {EXAMPLE}.")
    catalog = unquote(parts.path.strip("/"))
    if not catalog or re.search(r"[\s./]", catalog):  # what no name in Unity Catalog holds
        raise ValueError(f"{name} must name one catalog after the host: write it like {EXAMPLE}.")
    options = _options(name, pairs)
    tls = _tls(name, options.pop("tls", "on"), host)
    user, password = _login(name, unquote(parts.username or ""), unquote(parts.password or ""), logins)
    return {
        "ENGINE": ENGINE,
        "NAME": catalog,
        "HOST": host,
        "PORT": port or (443 if tls else 80),
        "USER": user,
        "PASSWORD": password,
        "OPTIONS": {**options, "tls": tls},
    }


def _options(name: str, pairs: list[tuple[str, str]]) -> dict[str, str]:
    options = dict(pairs)
    if len(options) < len(pairs):
        raise ValueError(f"{name} gives an option twice.")
    if options.keys() - _OPTIONS:
        # Not which: a secret with & or ? that is not percent-encoded would stand there.
        raise ValueError(f"{name} has an unknown option: it takes http_path and tls.")
    if not _PATH.fullmatch(options.get("http_path", "")):
        raise ValueError(f"{name} must name the SQL warehouse, as in ?http_path=/sql/1.0/warehouses/ID.")
    return options


def _tls(name: str, word: str, host: str) -> bool:
    if word not in {"on", "off"}:
        raise ValueError(f"{name}: tls is on or off.")
    if word == "off" and host not in _HERE:
        raise ValueError(f"{name}: tls=off is for a warehouse on this machine only.")
    return word == "on"


def _login(name: str, user: str, password: str, logins: Logins) -> tuple[str, str]:
    token, client, client_secret = (
        logins.get(f"DATABRICKS_{word}", "") for word in ("TOKEN", "CLIENT_ID", "CLIENT_SECRET")
    )
    if password and not user:
        raise ValueError(
            f"{name} has a secret without a user: write token:TOKEN@ or CLIENT_ID:SECRET@ before the host."
        )
    if user == "token":
        token = password or token
    elif user:
        if client and client != user:
            raise ValueError(f"{name} and DATABRICKS_CLIENT_ID name two different clients.")
        client, client_secret = user, password or client_secret
    if token and (client or client_secret):
        raise ValueError("Give either a token or a client id with its secret for the warehouse, not both.")
    if token:
        return "token", token
    if client and client_secret:
        return client, client_secret
    if client:
        raise ValueError("Set DATABRICKS_CLIENT_SECRET (or DATABRICKS_CLIENT_SECRET_FILE).")
    if client_secret:
        raise ValueError("Set DATABRICKS_CLIENT_ID (or DATABRICKS_CLIENT_ID_FILE).")
    raise ValueError(
        f"{name} has no login: set DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or DATABRICKS_TOKEN"
        " (each can end in _FILE)."
    )
