"""What reaches the log: no token, no address, no row of a database."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from classwaves_admin.lib.logs import PrivateFilter, clean, formatter

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
