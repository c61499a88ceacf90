"""What reaches the log: no token, no address, no row of a database."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.lib.logs import PrivateFilter, clean, formatter
from classwaves_admin.lib.tokens import TOKEN_BYTES

TOKEN = "Vw0f3kq-3yJ_mZ9xTq1l8h2n5b7c4d6e8f0a1b3c5d7"


@pytest.fixture
def console() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """Return a logger whose handler is set up as in settings.LOGGING, and what it wrote."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(PrivateFilter())
    handler.setFormatter(formatter())
    logger = logging.getLogger("tests.console")
    logger.addHandler(handler)
    yield logger, written
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    "path",
    [
        "/c/{}/",
        "/c/{}/thanks/?lang=es",
        "/c/v/{}/",
        "https://portal.example/c/v/{}",
        "/c/m/{}/",
        "/c/m/{}/withdraw/",
    ],
)
def test_no_path_of_a_parents_page_shows_its_token(path: str) -> None:
    """Links to answer and links to verify alike."""
    assert TOKEN not in clean(f"Not Found: {path.format(TOKEN)}")


TOKENS = st.binary(min_size=TOKEN_BYTES, max_size=TOKEN_BYTES).map(
    lambda random: base64.urlsafe_b64encode(random).rstrip(b"=").decode()
)
DOORS = st.sampled_from(
    ["/c/", "/c//", "//c/", "/c/v/", "/c/v//", "/c/m/", "/c/s/", "/C/", "%2Fc%2F", "https://portal.example/c/"]
)
# What mail programs, scanners and people put around a link.
JUNK = st.sampled_from(["", '"', "'", "%22", "%27", "&quot;", "<", ">", "(", ".", "=3D", "3D", "%20", "\\"])


@given(DOORS, JUNK, TOKENS, JUNK, st.sampled_from(["", "/", "/thanks/?lang=es", " HTTP/1.1", "\n"]))
def test_no_spelling_of_a_path_brings_a_token_into_the_log(
    door: str, before: str, token: str, behind: str, rest: str
) -> None:
    """Quoted, encoded, with slashes too many: nothing of the token is left."""
    said = clean(f"Not Found: {door}{before}{token}{behind}{rest}")
    assert not any(token[at : at + 8] in said for at in range(len(token) - 7))
    assert said.startswith("Not Found: ")


@given(TOKENS, st.text(max_size=9), st.text(max_size=9))
def test_a_whole_token_is_blanked_wherever_it_stands(token: str, before: str, behind: str) -> None:
    """In no path at all, too."""
    assert token not in clean(f"{before}{token}{behind}")


@given(DOORS, TOKENS, st.integers(8, 35), st.sampled_from(["\n", "=\n", "=\r\n", "%0A", "=0A", "\\n", "%3D%0A", '"']))
def test_no_piece_of_a_broken_token_is_left(door: str, token: str, at: int, gap: str) -> None:
    """A mail program that breaks a link over two lines sends both parts to the portal."""
    said = clean(f"Not Found: {door}{token[:at]}{gap}{token[at:]}/")
    assert token[:at] not in said
    assert token[at:] not in said


def test_what_is_no_token_stays_readable() -> None:
    """Names of functions, ids of requests and paths of files are what a log is read for."""
    line = "worker 3f2b6c1e-8a57-4d0b-9a55-2f6d0c6c1d11 /srv/consent/actions/campaigns.py in ask_portion_of_a_campaign"
    assert clean(line) == line


def test_a_password_reset_link_is_blanked() -> None:
    """The key in the address of a reset signs a person in."""
    assert "abc123-deadbeef" not in clean("Not Found: /accounts/password/reset/key/abc123-deadbeef/")


def test_the_text_of_an_exception_is_cleaned_too(console: tuple[logging.Logger, io.StringIO]) -> None:
    """A driver quotes the row that it refuses; a traceback quotes addresses and paths."""
    logger, written = console
    detail = (
        'new row for relation "guardian" violates a check\n'
        "DETAIL:  Failing row contains (1, Rosa Lopez, rosa@home.example).\nCONTEXT:  none"
    )
    try:
        raise ValueError(f"/c/v/{TOKEN}/ rosa@home.example {detail}")
    except ValueError:
        logger.exception("Internal Server Error: %s", f"/c/{TOKEN}/")
    told = written.getvalue()
    assert "ValueError" in told
    assert "test_logs.py" in told
    for private in (TOKEN, "rosa@home.example", "Rosa Lopez"):
        assert private not in told
