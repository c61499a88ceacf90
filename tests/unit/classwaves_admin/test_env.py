from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.module_loading import import_string
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.env import FALSE, MAIL_SCHEMES, TRUE, Environment, refuse_one_for_both

plain_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")).filter(
    lambda text: text.strip()
)


def trouble(**values: str) -> pytest.RaisesExc[ImproperlyConfigured]:
    """Expect the sentence `match`."""
    return pytest.raises(ImproperlyConfigured, match=values["match"])


@given(plain_text)
def test_text_comes_back_without_blanks_around_it(value: str) -> None:
    """Any text is read as it is, but for blanks at its ends."""
    assert Environment({"NAME": value}).text("NAME") == value.strip()


def test_missing_text_names_both_variables_and_the_table() -> None:
    """A required value that is missing says how it can be given and where to read on."""
    with trouble(match=r"^Set NAME \(or NAME_FILE\): see docs/configuration\.md\.$"):
        Environment({}).text("NAME")


def test_blank_text_counts_as_missing() -> None:
    """A variable that is set to blanks falls back to the default."""
    assert Environment({"NAME": "  "}).text("NAME", "default") == "default"


def test_text_can_come_from_a_file(tmp_path: Path) -> None:
    """NAME_FILE names a file with the value, and its last line break does not count."""
    (tmp_path / "secret").write_text("s3cret\n", encoding="utf-8")
    assert Environment({"NAME_FILE": str(tmp_path / "secret")}).text("NAME") == "s3cret"


def test_a_file_that_cannot_be_read_is_told_without_its_path(tmp_path: Path) -> None:
    """An unreadable NAME_FILE gives the system's reason and not the place of the secret."""
    with trouble(match=r"^NAME_FILE names a file that cannot be read: No such file or directory\.$"):
        Environment({"NAME_FILE": str(tmp_path / "none")}).text("NAME")


def test_a_file_without_text_is_told(tmp_path: Path) -> None:
    """A key store's binary file in place of a secret is one sentence."""
    (tmp_path / "secret").write_bytes(b"\x9e\xff")
    with trouble(match=r"^NAME_FILE names a file that holds no text\.$"):
        Environment({"NAME_FILE": str(tmp_path / "secret")}).text("NAME")


@pytest.mark.parametrize("word", sorted(TRUE | FALSE))
def test_flags_know_their_words_in_any_case(word: str) -> None:
    """Each word for yes and no is understood, in capitals too."""
    assert Environment({"NAME": word.upper()}).flag("NAME", default=False) is (word in TRUE)


def test_other_words_are_no_flag() -> None:
    """A word that is neither yes nor no is refused with the word."""
    with trouble(match=r"^NAME must be true or false, not 'maybe'\.$"):
        Environment({"NAME": "maybe"}).flag("NAME", default=True)


@given(st.integers(min_value=0))
def test_numbers_come_back(value: int) -> None:
    """Every whole number from 0 upward is read."""
    assert Environment({"NAME": str(value)}).number("NAME", 7) == value


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("many", r"^NAME must be a whole number, not 'many'\.$"),
        ("1.5", r"^NAME must be a whole number, not '1\.5'\.$"),
        ("0", r"^NAME must be at least 1, not 0\.$"),
        ("-3", r"^NAME must be at least 1, not -3\.$"),
    ],
)
def test_wrong_numbers_are_told(value: str, sentence: str) -> None:
    """Text, fractions and numbers below the least are refused with a sentence."""
    with trouble(match=sentence):
        Environment({"NAME": value}).number("NAME", 5, least=1)


def test_words_are_split_at_commas() -> None:
    """A list drops blanks and empty items."""
    assert Environment({"NAME": " one, two,,three "}).words("NAME") == ["one", "two", "three"]


def test_a_choice_lists_what_is_allowed() -> None:
    """A word outside the choice is refused with the words that are allowed."""
    with trouble(match=r"^NAME must be one of low, high, not 'loud'\.$"):
        Environment({"NAME": "loud"}).choice("NAME", "low", ("low", "high"))


def test_folders_are_made_for_this_user_alone(tmp_path: Path) -> None:
    """The folder and those inside it are made with mode 700."""
    folder = Environment({"NAME": str(tmp_path / "data")}).folder("NAME", tmp_path, inside=("mail", "a/b"))
    assert [(folder / part).stat().st_mode & 0o777 for part in (".", "mail", "a/b")] == [0o700] * 3


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A path below a plain file is refused with the system's reason."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with trouble(match=r"^NAME names a folder that cannot be made: Not a directory\.$"):
        Environment({"NAME": str(tmp_path / "file" / "data")}).folder("NAME", tmp_path)


def test_database_urls_become_settings() -> None:
    """PostgreSQL and SQLite are understood."""
    config = Environment({"NAME": "postgres://ann:pw@db:6543/portal"}).database("NAME", "")
    assert config["ENGINE"] == "django.db.backends.postgresql"
    assert (config["USER"], config["PASSWORD"], config["HOST"], config["PORT"], config["NAME"]) == (
        "ann",
        "pw",
        "db",
        6543,
        "portal",
    )
    assert Environment({}).database("NAME", "sqlite:////tmp/x.sqlite3")["NAME"] == "/tmp/x.sqlite3"  # noqa: S108


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://ann:s3cret@db/portal", r"^NAME must start with sqlite:// or postgres://\.$"),
        ("postgres://ann:s3cret@db:port/portal", r"^NAME cannot be read as a database URL\.$"),
        ("postgres://ann:s3cret@db", r"^NAME names no database\.$"),
        ("sqlite://", r"^NAME names no database\.$"),
    ],
)
def test_wrong_database_urls_are_told_without_the_password(url: str, sentence: str) -> None:
    """Other engines, broken URLs and databases without a name or file are refused."""
    with trouble(match=sentence):
        Environment({"NAME": url}).database("NAME", "")


@pytest.mark.parametrize("scheme", sorted(MAIL_SCHEMES))
def test_each_mail_scheme_has_its_backend_and_port(scheme: str) -> None:
    """A URL without a port gets the usual one of its scheme."""
    mail = Environment({"NAME": f"{scheme}://mail.example.org"}).email("NAME")
    module, port, starttls, tls = MAIL_SCHEMES[scheme]
    assert mail.backend == f"{module}.EmailBackend"
    assert issubclass(import_string(mail.backend), BaseEmailBackend)
    assert (mail.port, mail.starttls, mail.tls) == (port, starttls, tls)


def test_mail_credentials_may_hold_any_character() -> None:
    """User and password are percent-decoded, and a port of one's own wins."""
    mail = Environment({"NAME": "smtp+ssl://ann%40x.org:p%2Fw%3A@mail:2465"}).email("NAME")
    assert (mail.host, mail.port, mail.user, mail.password) == ("mail", 2465, "ann@x.org", "p/w:")
    assert "p/w:" not in repr(mail)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("imap://ann:s3cret@mail", r"^NAME cannot be read as a mail URL such as smtp\+tls://"),
        ("smtp://mail:port", r"^NAME cannot be read as a mail URL such as "),
        ("smtp+tls://", r"^NAME names no mail server: write it like smtp\+tls://"),
    ],
)
def test_wrong_mail_urls_are_told_without_the_password(url: str, sentence: str) -> None:
    """Other schemes, broken ports and missing servers are refused with an example."""
    with trouble(match=sentence) as caught:
        Environment({"NAME": url}).email("NAME")
    assert "s3cret" not in str(caught.value)


def test_the_process_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` completes the environment and never overrides it."""
    dotenv = tmp_path / ".env"
    dotenv.write_text("CW_ONE=file\nCW_TWO=file\n", encoding="utf-8")
    monkeypatch.setenv("CW_ONE", "process")
    monkeypatch.delenv("CW_TWO", raising=False)
    monkeypatch.delenv("ENV_FILE", raising=False)
    environment = Environment.load(dotenv)
    assert (environment.text("CW_ONE"), environment.text("CW_TWO")) == ("process", "file")


def test_env_file_names_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ENV_FILE replaces `.env`, and a null device means no file."""
    (tmp_path / ".env").write_text("CW_THREE=file\n", encoding="utf-8")
    monkeypatch.setenv("ENV_FILE", os.devnull)
    assert Environment.load(tmp_path / ".env").text("CW_THREE", "none") == "none"


@pytest.mark.parametrize(
    ("portal", "warehouse", "same"),
    [
        ("postgres://ann:s3cret@db:5432/one", "postgresql://bob:other@DB/one", True),
        ("postgres://ann:s3cret@localhost/one", "postgres://ann:s3cret@127.0.0.1:5432/one", True),
        ("sqlite:////srv/one.sqlite3", "sqlite:////srv/two/../one.sqlite3", True),
        ("postgres://ann:s3cret@db/one", "postgres://ann:s3cret@db/two", False),
        ("postgres://ann:s3cret@db:5432/one", "postgres://ann:s3cret@db:5433/one", False),
        ("sqlite:////srv/one.sqlite3", "sqlite:////srv/two.sqlite3", False),
        ("sqlite:////srv/one.sqlite3", "postgres://ann:s3cret@db/one", False),
    ],
)
def test_portal_and_catalog_have_a_database_each(portal: str, warehouse: str, *, same: bool) -> None:
    """One for both is refused at the start: the catalog's migrations would be taken for done there."""
    configs = [Environment({"NAME": url}).database("NAME", "") for url in (portal, warehouse)]
    if not same:
        refuse_one_for_both(*configs)
        return
    with trouble(match="^DATABASE_URL and WAREHOUSE_URL name the same database") as told:
        refuse_one_for_both(*configs)
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize(
    ("value", "numbers"), [("7,14,21", (7, 14, 21)), (" 30, 7 ,7", (7, 30)), ("none", ()), ("", (1, 2))]
)
def test_numbers_come_sorted_and_once(value: str, numbers: tuple[int, ...]) -> None:
    """Days are written in any order; `none` means none of them, and nothing means the default."""
    assert Environment({"DAYS": value}).numbers("DAYS", "2,1") == numbers


@pytest.mark.parametrize("value", ["7,x", "0", "-7", "7;14", "1.5", "none,7", "²"])
def test_what_is_no_number_of_days_is_told(value: str) -> None:
    """The sentence shows how it is written."""
    with trouble(match=r"^DAYS must be whole numbers of at least 1, such as 7,14, or none\.$"):
        Environment({"DAYS": value}).numbers("DAYS", "7,14")


@pytest.mark.parametrize(("value", "day"), [("06-12", (6, 12)), ("02-29", (2, 29)), ("", None)])
def test_a_day_of_every_year(value: str, day: tuple[int, int] | None) -> None:
    """Month and day; 29 February is one."""
    assert Environment({"ENDS": value}).month_day("ENDS") == day


@pytest.mark.parametrize("value", ["6-12", "12.06.", "02-30", "13-01", "2025-06-12", "June"])
def test_what_is_no_day_of_a_year_is_told(value: str) -> None:
    """The sentence shows how it is written."""
    with trouble(match=r"^ENDS must be a month and a day such as 06-12, not "):
        Environment({"ENDS": value}).month_day("ENDS")


def test_a_storage_is_a_folder_or_a_class(tmp_path: Path) -> None:
    """A folder is private to this user; a class takes its options; anything else is refused with a sentence."""
    reader = Environment(
        {"NAME": "storages.backends.s3.S3Storage", "OPTIONS": '{"bucket_name": "audio"}', "BAD": "[1]"}
    )
    options = reader.options("OPTIONS")
    assert reader.storage("NAME", tmp_path, options) == {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": "audio"},
    }
    assert reader.storage("MISSING", tmp_path, {})["OPTIONS"]["location"] == str(tmp_path)
    assert reader.options("MISSING") == {}
    with trouble(match=r"^NAME must be a folder such as /srv/files, or the path of a storage class\.$"):
        Environment({"NAME": "some/folder"}).storage("NAME", tmp_path, {})
    with trouble(match=r'^BAD must be JSON such as {"bucket_name": "recordings"}\.$'):
        reader.options("BAD")
