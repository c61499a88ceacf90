"""HTML to tagged PDF (PDF/UA-1), with nothing fetched but our own fonts."""

from __future__ import annotations

import gc
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import weasyprint
from django.conf import settings
from django.contrib.staticfiles import finders
from weasyprint.text.fonts import FontConfiguration

from classwaves_admin.lib.pdf import AttachedFile
from classwaves_admin.lib.pdf_sheaf import VARIANT, Dress, OwnFonts, scoped

__all__ = ["dress", "print_document"]

FONT_SCHEME = "font:"
# Words of a stylesheet that name a font, such as font:public-sans/PublicSans-Regular.ttf.
_FONT = re.compile(r"font:[a-z0-9-]+/[A-Za-z0-9-]+\.ttf")


def print_document(html: str, *, stylesheets: Sequence[Path], attachments: Sequence[AttachedFile] = ()) -> bytes:
    """Return the document, as `pdf.render_pdf` says. Raises AddressRefused."""
    fonts = FontConfiguration()
    worn = dress(*stylesheets)
    fetcher = OwnFonts(worn.fonts)
    with _collector_at_rest():
        document = weasyprint.HTML(string=html, url_fetcher=fetcher)
        styles = [weasyprint.CSS(filename=path, url_fetcher=fetcher, font_config=fonts) for path in stylesheets]
        files = [
            weasyprint.Attachment(string=file.content, name=file.name, description=file.description)
            for file in attachments
        ]
        made: bytes = document.write_pdf(
            stylesheets=styles,
            font_config=fonts,
            attachments=files,
            pdf_variant=VARIANT,
            finisher=scoped,
        )
    return made


def dress(*stylesheets: Path) -> Dress:
    """Return stylesheets with the fonts that they name, for a process that knows no settings."""
    names = {name for path in stylesheets for name in _FONT.findall(path.read_text())}
    return Dress(tuple(str(path) for path in stylesheets), {name: str(_font(name)) for name in sorted(names)})


def _font(address: str) -> Path:
    """Return the file of a font's address, where the sources keep it or where `collectstatic` put it."""
    name = address.removeprefix(FONT_SCHEME)
    found = finders.find(f"fonts/{name}")
    return Path(found) if found else Path(settings.STATIC_ROOT) / "fonts" / name


_rest = threading.Lock()
_resting = 0


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep the garbage collector still: it walks the growing document again and again and takes half of the time."""
    global _resting  # noqa: PLW0603 - renders run side by side in threads of one process
    with _rest:
        if not _resting:
            gc.disable()
        _resting += 1
    try:
        yield
    finally:
        with _rest:
            _resting -= 1
            if not _resting:
                gc.enable()
                gc.collect()
