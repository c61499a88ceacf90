"""A child's words and address, deleted by request: no byte of them is left in databases, archives, media, exports."""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.installation import Installation

pytestmark = [pytest.mark.integration, pytest.mark.slow]


class House(Installation):
    """An installation with the sample school."""

    def program(self, *words: str) -> dict[str, Any]:
        """Run a step of leaving.py and return what it tells."""
        return dict(self.told("-m", "tests.integration.retention.leaving", *words))

    def places_of(self, text: str) -> set[str]:
        """Return the files that hold a text in any capitals: as it is, as JSON or the index writes it, compressed."""
        plain = text.lower()
        forms = {plain.encode(), json.dumps(plain)[1:-1].encode(), plain.encode("utf-16-le")}
        forms |= {one.encode().hex().encode() for one in (text, plain)}
        return {name for name, content in self._files() if any(form in content for form in forms)}

    def _files(self) -> Iterator[tuple[str, bytes]]:
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                content = path.read_bytes()
                if content.startswith(b"PAR1"):
                    content = json.dumps(pq.read_table(io.BytesIO(content)).to_pylist(), default=str).encode()
                yield path.relative_to(self.folder).parts[0] + "/" + path.name, content.lower()


def test_no_byte_is_left(tmp_path: Path) -> None:
    """Search every file before, to know that the search finds, and after the deletion and the physical removal."""
    house = House(
        tmp_path,
        CLASSWAVES_ENV="development",
        SECRET_KEY=secrets.token_urlsafe(64),
        TOKEN_KEY=secrets.token_urlsafe(64),
    )
    house.run("-m", "tools.prepare_data")
    filled = house.program("fill")
    before = {text: house.places_of(text) for text in filled["texts"]}
    kinds = {name.partition("/")[0] for names in before.values() for name in names}
    assert {"portal.sqlite3", "warehouse.sqlite3", "private"} <= {kind.removesuffix("-wal") for kind in kinds}
    assert any(name.endswith(".parquet") for name in before[filled["texts"][0]])
    assert all(before.values())
    done = house.program("delete", filled["request"])
    assert (done["state"], done["stop"], done["completed"]) == ("done", {}, True)
    assert done["archive"]["removed"] == 1
    assert house.program("remove") == {"default": True, "warehouse": True}
    assert {text: names for text in filled["texts"] if (names := house.places_of(text))} == {}
