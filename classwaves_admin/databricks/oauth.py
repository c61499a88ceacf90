"""Tokens of a service principal: OAuth 2.0 client credentials, asked from the workspace itself.

The connector has this flow in its Rust kernel only, and for Azure's own login; `databricks-sdk` would bring
a second HTTP library and retries of five minutes for this one request. Source: docs.databricks.com,
"Authorize service principal access to Databricks with OAuth".
"""

from __future__ import annotations

import copy
import json
import time
from http import HTTPStatus
from threading import Lock

import urllib3

from classwaves_admin.databricks.errors import TokenRefused, Told, Unreachable, WarehouseWaking
from classwaves_admin.databricks.translation import RAISED, translated

__all__ = ["Tokens", "forget", "tokens_for"]

_PATH = "/oidc/v1/token"
_SCOPE = "all-apis"
# A token counts as expired this many seconds early, or when a tenth of its life is left, whichever is later.
_EARLY = 60.0
_LATER = frozenset({429, 500, 502, 503, 504})


class Tokens:
    """The current token of one client, renewed before it ends. Threads share it."""

    def __init__(self, url: str, client: str, secret: str, *, timeout: float) -> None:
        self._url, self._client, self._secret, self._timeout = url, client, secret, timeout
        self._token, self._until = "", 0.0
        self._lock = Lock()
        self._failure: Told | None = None
        self._failed_at = 0.0

    def header(self) -> dict[str, str]:
        """Return the header of a request.

        Raises TokenRefused for a wrong client or secret, WarehouseWaking or Unreachable for a workspace that
        gives no answer.
        """
        asked_at = time.monotonic()
        with self._lock:
            if time.monotonic() >= self._until:
                self._renew_for(asked_at)
            # In lower case: the connector takes tokens under "Authorization" into a cache of its own, for an hour.
            return {"authorization": f"Bearer {self._token}"}

    def forget(self) -> None:
        """Ask for a new token next time: the warehouse refused this one."""
        with self._lock:
            self._until = 0.0

    def _renew_for(self, asked_at: float) -> None:
        """Renew the token; a failure is that of all who wait, or each would wait for a failure of its own."""
        if self._failure and self._failed_at > asked_at:
            raise copy.copy(self._failure)
        try:
            self._renew()
        except Told as failure:
            self._failure, self._failed_at = copy.copy(failure), time.monotonic()
            raise
        self._failure = None

    def _renew(self) -> None:
        answer = self._ask()
        try:
            told = json.loads(answer)
            self._token, life = str(told["access_token"]), float(told.get("expires_in", 3600))
        except (ValueError, KeyError, TypeError):
            raise Unreachable("The workspace's answer holds no token.", untouched=True) from None
        self._until = time.monotonic() + life - min(_EARLY, life / 10)

    def _ask(self) -> bytes:
        headers = urllib3.make_headers(basic_auth=f"{self._client}:{self._secret}")
        fields = {"grant_type": "client_credentials", "scope": _SCOPE}
        try:
            with urllib3.PoolManager(retries=False, timeout=self._timeout) as pool:
                answer = pool.request(
                    "POST", self._url, fields=fields, headers=headers, encode_multipart=False, redirect=False
                )
        except RAISED as error:
            failure = translated(error)
            failure.untouched = True
            raise failure from None
        if answer.status in _LATER:
            raise WarehouseWaking(f"The workspace gives no tokens now (HTTP {answer.status}).")
        if answer.status != HTTPStatus.OK:
            raise TokenRefused(f"The workspace refused the client id or its secret (HTTP {answer.status}).")
        return answer.data


class _Known:
    """One source for each client of this process, so that ten connections do not ask ten times."""

    lock = Lock()
    sources: dict[tuple[str, str, str], Tokens] = {}


def tokens_for(url: str, client: str, secret: str, *, timeout: float) -> Tokens:
    """Return the source of tokens of a client at the workspace `url`, such as https://host:443."""
    with _Known.lock:
        key = (url, client, secret)
        if key not in _Known.sources:
            _Known.sources[key] = Tokens(url + _PATH, client, secret, timeout=timeout)
        return _Known.sources[key]


def forget() -> None:
    """Forget all sources."""
    with _Known.lock:
        _Known.sources.clear()
