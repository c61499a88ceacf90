"""Fingerprints of data."""

from __future__ import annotations

import pytest

from classwaves_admin.lib.digest import canonical_json, sha256_hex


def test_equal_data_has_one_form() -> None:
    """The order of keys does not matter; any script is written as itself."""
    assert canonical_json({"b": [1, None], "a": "é"}) == canonical_json({"a": "é", "b": [1, None]})
    assert canonical_json({"b": [1, None], "a": "é"}) == '{"a":"é","b":[1,null]}'.encode()


def test_what_is_no_json_is_refused() -> None:
    """Numbers that JSON cannot write would be read differently elsewhere."""
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"a": float("nan")})


def test_the_fingerprint_is_the_usual_one() -> None:
    """SHA-256 as every other tool prints it (FIPS 180-4, example "abc")."""
    assert sha256_hex(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
