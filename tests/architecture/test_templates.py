"""Templates lead to addresses that exist: `{% url ... as %}` says nothing where one is gone."""

from __future__ import annotations

import re

from django.conf import settings
from django.urls import NoReverseMatch, reverse

URL = re.compile(r"""{%\s*url\s+["']([^"']+)["']""")


def exists(name: str) -> bool:
    """Tell whether an address has this name, whatever stands in it."""
    try:
        reverse(name)
    except NoReverseMatch as error:
        return "not a valid view function or pattern name" not in str(error)
    return True


def test_every_address_that_a_template_names_exists() -> None:
    """A button whose address was renamed would do nothing, and no page would fail."""
    (folder,) = settings.TEMPLATES[0]["DIRS"]
    named = {(name, path.name) for path in folder.rglob("*.*") for name in URL.findall(path.read_text())}
    assert len(named) > 100
    assert sorted((name, file) for name, file in named if not exists(name)) == []
