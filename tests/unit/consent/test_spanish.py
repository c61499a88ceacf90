"""Parents' pages speak Spanish completely."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from consent.forms.answer import NEEDS
from consent.questions import QUESTIONS
from consent.vocabulary import ASKED_TYPES, Relationship

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "locale" / "es" / "LC_MESSAGES"
PLACES = (
    *sorted((ROOT / "templates" / "consent" / "parents").glob("*.html")),
    ROOT / "templates" / "base_parent.html",
    ROOT / "templates" / "_components" / "error_summary.html",
    ROOT / "templates" / "forms" / "_required.html",
    ROOT / "templates" / "_partials" / "waiting.html",
    ROOT / "templates" / "_partials" / "kept_form.html",
    ROOT / "classwaves_admin" / "lib" / "kept_form.py",
    ROOT / "templates" / "pdf" / "consent_receipt.html",
    ROOT / "consent" / "consequences.py",
    ROOT / "consent" / "forms" / "withdraw.py",
    ROOT / "consent" / "rules" / "own.py",
    ROOT / "consent" / "questions.py",
    ROOT / "consent" / "forms" / "answer.py",
    ROOT / "templates" / "pdf" / "_consent_form.html",
    ROOT / "consent" / "pdf" / "paper.py",
    ROOT / "consent" / "forms" / "links.py",
    ROOT / "consent" / "actions" / "mail.py",
    ROOT / "consent" / "notices" / "periods.py",
)
MARKED = re.compile(r"""\{% translate (?:"([^"]+)"|'([^']+)')""")
BLOCKS = re.compile(r"\{% blocktranslate\b[^%]*%\}(.*?)\{% endblocktranslate %\}", re.DOTALL)
PLURAL = re.compile(r"\{% plural %\}")
CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}


def marked_in(place: Path) -> Iterator[str]:
    """Yield every text of a file that is marked for translation, as the catalog names it."""
    source = place.read_text(encoding="utf-8")
    if place.suffix == ".py":
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                yield from (str(one.value) for one in node.args[:1] if isinstance(one, ast.Constant))
        return
    yield from (one or other for one, other in MARKED.findall(source))
    for block in BLOCKS.findall(source):
        yield re.sub(r"\{\{ (\w+) \}\}", r"%(\1)s", PLURAL.split(block)[0])


@pytest.mark.parametrize("place", PLACES, ids=lambda path: path.name)
def test_every_marked_text_has_a_translation(place: Path) -> None:
    """Nothing that a parent can read is left in English."""
    with (FOLDER / "django.mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)
    same_in_both = {"No", "No.", "no", "Error:"}
    missing = {text for text in marked_in(place) if _translated(catalog, text) == text} - same_in_both
    assert not missing


def _translated(catalog: gettext.GNUTranslations, text: str) -> str:
    """Return the Spanish of a text, of one in singular and plural too."""
    found = catalog.gettext(text)
    return found if found != text else catalog.ngettext(text, text, 1)


def test_the_compiled_catalog_is_the_written_one() -> None:
    """Who edits the .po file compiles it: `msgfmt -o django.mo django.po`."""
    source = (FOLDER / "django.po").read_text(encoding="utf-8")
    with (FOLDER / "django.mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', source, re.MULTILINE)
    assert len(pairs) > 100
    for text, translated in pairs:
        plain = translated.replace('\\"', '"')
        assert catalog.gettext(text.replace('\\"', '"')) == plain


def test_every_word_on_the_form_is_spanish() -> None:
    """Types, questions and relationships."""
    words = [*(kind.label for kind in ASKED_TYPES), *QUESTIONS.values(), *NEEDS.values()]
    words += [member.label for member in Relationship]
    for word in words:
        with translation.override("en"):
            english = str(word)
        with translation.override("es"):
            assert str(word) != english


def test_mails_exist_in_every_language_of_the_portal() -> None:
    """Subject, text and HTML of each mail, the same ones in each language."""
    folder = ROOT / "templates" / "emails" / "consent"
    files = {language: {file.name for file in (folder / language).iterdir()} for language, _ in settings.LANGUAGES}
    mails = {name.partition(".")[0] for name in files["en"]}
    assert {"invitation", "verification", "receipt", "manage", "withdrawal"} <= mails
    wanted = {f"{mail}.{part}" for mail in mails for part in ("subject.txt", "txt", "html")}
    assert all(found == wanted for found in files.values())
