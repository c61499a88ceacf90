"""Part of a long PDF, rendered by itself so that processes can share the work, and bound by `pdf_binding`.

A sheaf's objects are numbered from 1 without gaps, and the binder moves their numbers behind those of the sheaves
before: it reads one object at a time, so a report of any length is bound in little memory. Cells of tables hold their
text directly, without the elements that the renderer puts between, and say of headers whether they head a column or a
row: half of the structure tree is gone, and readers hear the same.
"""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from itertools import count
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import weasyprint
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

__all__ = [
    "CATALOG",
    "PAGES",
    "VARIANT",
    "AddressRefused",
    "Dress",
    "OwnFonts",
    "Sheaf",
    "Sheet",
    "render",
    "renumbered",
    "scoped",
    "stream_renumbered",
]

VARIANT = "pdf/ua-1"
# What the renderer numbers first; of the first sheaf they stay.
PAGES, CATALOG = 1, 2
# A literal string, which may look like references, or a reference.
_REFERENCE = re.compile(rb"\((?:\\.|[^\\()])*\)|\b(\d+) 0 R\b", re.DOTALL)
# Elements that carry text and mean nothing by themselves.
_PLAIN = frozenset({"/Span", "/NonStruct", "/P", "/Div"})


class AddressRefused(FatalURLFetchingError):
    """A report asked for something that is not one of our fonts. Nothing was fetched and nothing was made."""


class OwnFonts(URLFetcher):
    """Answers for fonts by the addresses that it was given, and refuses the network, the disk and data addresses."""

    def __init__(self, fonts: Mapping[str, str]) -> None:
        super().__init__()
        self._fonts = fonts

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """Return the font. Raises AddressRefused, and FileNotFoundError for a font that is not there."""
        if url not in self._fonts:
            raise AddressRefused("A report may use nothing but its own fonts.")
        return URLFetcherResponse(url, Path(self._fonts[url]).read_bytes(), {"Content-Type": "font/ttf"})


@dataclass(frozen=True, slots=True)
class Dress:
    """What documents wear: paths of stylesheets, and fonts by the addresses that stylesheets know them by."""

    stylesheets: tuple[str, ...]
    fonts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page without its place in the whole: its entries as written, its number, its content, the map of that.

    `width` is in points.
    """

    number: int
    entries: str
    content: int
    map: int
    width: float


@dataclass(slots=True)
class Sheaf:
    """What the binder knows of a part beside its file, in numbers of the part's own: 1 to `size`.

    `streams` and `small` are its objects as (number, length), in the order of the file: first the streams, then what
    fits into object streams. `element` is the root of its structure; `fonts` the dictionary of its fonts, which the
    binder completes. `catalog`, `info` and `root` count of the first part alone.
    """

    size: int = 0
    sheets: list[Sheet] = field(default_factory=list)
    streams: list[tuple[int, int]] = field(default_factory=list)
    small: list[tuple[int, int]] = field(default_factory=list)
    element: int = 0
    parts: str = ""
    fonts: tuple[int, str] = (0, "")
    catalog: str = ""
    info: str = ""
    root: int = 0

    def save(self, path: Path) -> None:
        """Keep it beside its file."""
        plain = {name.name: getattr(self, name.name) for name in fields(self)}
        path.write_text(json.dumps(plain | {"sheets": [asdict(sheet) for sheet in self.sheets]}))

    @classmethod
    def load(cls, path: Path) -> Sheaf:
        """Return what was kept."""
        kept = json.loads(path.read_text())
        return cls(**kept | {"sheets": [Sheet(**one) for one in kept["sheets"]]})


def render(html: str, dress: Dress, *, target: Path, body: Iterable[Element] = ()) -> Sheaf:
    """Render a document as a part into `target`; return what the binder needs of it.

    Elements of `body` are put at the end of the HTML's body: a long table is made of them, since parsing it takes
    longer than building it. Title, language and outline of the first part become those of the whole. Raises
    AddressRefused.
    """
    fonts, fetcher = FontConfiguration(), OwnFonts(dress.fonts)
    found: list[Sheaf] = []

    def take(_document: Any, pdf: Any) -> None:
        found.append(_written(pdf, target))
        del pdf.objects[CATALOG + 1 :]  # nothing is left for the renderer to write

    was_on = gc.isenabled()
    gc.disable()  # it would walk the growing document again and again, and take half of the time
    try:
        styles = [weasyprint.CSS(filename=path, url_fetcher=fetcher, font_config=fonts) for path in dress.stylesheets]
        document = weasyprint.HTML(string=html, url_fetcher=fetcher)
        document.etree_element.find("body").extend(body)
        document.write_pdf(stylesheets=styles, font_config=fonts, pdf_variant=VARIANT, finisher=take)
    finally:
        if was_on:
            gc.enable()
    return found[0]


def scoped(_document: Any, pdf: Any) -> None:
    """Say of each header cell whether it heads its column or its row, which the renderer leaves out.

    A header in a table's head heads its column, any other one its row (ISO 14289-1, 7.5).
    """
    for cell in pdf.objects:
        if isinstance(cell, dict) and cell.get("S") == "/TH":
            group = _named(pdf, _named(pdf, cell["P"])["P"])
            cell["A"]["Scope"] = "/Column" if group.get("S") == "/THead" else "/Row"


def _written(pdf: Any, target: Path) -> Sheaf:
    """Write the objects of a finished document, but those that binding makes anew."""
    scoped(None, pdf)
    root = _named(pdf, pdf.catalog["StructTreeRoot"])
    tree, element = _named(pdf, root["ParentTree"]), _named(pdf, root["K"][0])
    pages = [pdf.objects[page] for page in pdf.pages["Kids"][::3]]
    if len(tree["Nums"]) != 2 * len(pages):
        raise ValueError("A part of a bound report has no links and no forms.")
    maps = tree["Nums"][1::2]
    gone = _flattened_cells(pdf, maps) | {tree.number}
    fonts = _named(pdf, _named(pdf, pages[0]["Resources"])["Font"])
    there = [one for one in pdf.objects[1:] if one.number not in gone]
    numbers = {one.number: new for new, one in enumerate(there, start=1)}
    ours = {one.number for one in (pdf.pages, pdf.catalog, pdf.info, root, element, fonts, *pages)}
    kept = [one for one in there if one.number not in ours]
    spare = count(len(there) + 1)
    small = [(numbers[one.number], renumbered(one.data, numbers.__getitem__)) for one in kept if one.compressible]
    sheets = []
    for page, its_map in zip(pages, maps, strict=True):
        sheets.append(_sheet(page, numbers, at := next(spare)))
        small.append((at, renumbered(its_map.data, numbers.__getitem__)))
    streams = []
    with target.open("wb") as out:
        for one in kept:
            if not one.compressible:
                data = stream_renumbered(one.data, numbers.__getitem__)
                streams.append((numbers[one.number], out.write(data)))
        out.writelines(data for _, data in small)
    return Sheaf(
        size=next(spare) - 1,
        sheets=sheets,
        streams=streams,
        small=[(number, len(data)) for number, data in small],
        element=numbers[element.number],
        parts=_text(element["K"], numbers),
        fonts=(numbers[fonts.number], _text(fonts, numbers)),
        catalog=_text(pdf.catalog, numbers),
        info=_text(pdf.info, numbers),
        root=numbers[root.number],
    )


def _flattened_cells(pdf: Any, maps: list[Any]) -> set[int]:
    """Let cells hold their text directly; return the numbers of the elements that are gone.

    Names of header cells go too: they would be the same in every part, and scopes say what they say.
    """
    holder: dict[bytes, bytes] = {}
    gone: set[int] = set()
    for cell in pdf.objects:
        if not _is_cell(cell):
            continue
        cell.pop("ID", None)
        cell["A"].pop("Headers", None)
        below = list(_below(pdf, cell))
        if not all(isinstance(one, int) or one["S"] in _PLAIN for one in below):
            continue
        cell["K"][:] = [one for one in below if isinstance(one, int)]
        elements = [one for one in below if not isinstance(one, int)]
        gone.update(one.number for one in elements)
        holder.update((one.reference, cell.reference) for one in elements)
    for its_map in maps:
        its_map[:] = [holder.get(bytes(one), one) for one in its_map]
    return gone


def _is_cell(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get("S") in {"/TH", "/TD"}


def _below(pdf: Any, element: Any) -> Iterator[Any]:
    """Yield the elements and the numbers of marked content below an element, in reading order."""
    for kid in element["K"]:
        if isinstance(kid, int):
            yield kid
        else:
            child = _named(pdf, kid)
            yield child
            yield from _below(pdf, child)


def _sheet(page: Any, numbers: Mapping[int, int], its_map: int) -> Sheet:
    content = numbers[_number(page.pop("Contents"))]
    for entry in ("Parent", "StructParents"):
        del page[entry]
    entries = _text(page, numbers).removesuffix(">>")
    return Sheet(numbers[page.number], entries, content, its_map, width=page["MediaBox"][2])


def renumbered(data: bytes, new: Callable[[int], int]) -> bytes:
    """Return an object with other numbers in its references."""
    return _REFERENCE.sub(lambda found: b"%d 0 R" % new(int(found[1])) if found[1] else found[0], data)


def stream_renumbered(data: bytes, new: Callable[[int], int]) -> bytes:
    """Return a stream with other numbers in the references of its dictionary; its content has none."""
    head, mark, rest = data.partition(b"stream\n")
    return renumbered(head, new) + mark + rest


def _text(entry: Any, numbers: Mapping[int, int]) -> str:
    return renumbered(entry.data, numbers.__getitem__).decode("latin-1")


def _named(pdf: Any, reference: bytes) -> Any:
    return pdf.objects[_number(reference)]


def _number(reference: bytes) -> int:
    return int(reference.split()[0])
