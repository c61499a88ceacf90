"""Tokens and codes: long, random, kept as keyed hashes alone."""

from __future__ import annotations

import re

import pytest

from classwaves_admin.lib.tokens import digits_of, keyed_hash, new_code, new_token, same


def test_tokens_have_256_random_bits() -> None:
    """43 characters of base64, never the same twice."""
    tokens = {new_token() for _ in range(200)}
    assert len(tokens) == 200
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", token) for token in tokens)


def test_codes_have_six_digits() -> None:
    """Leading zeros stay."""
    assert all(re.fullmatch(r"\d{6}", new_code()) for _ in range(200))


def test_a_hash_depends_on_secret_key_and_purpose() -> None:
    """A database without the key proves nothing, and one kind of secret never serves as another."""
    one = keyed_hash("secret", key="k", purpose="a")
    assert one == keyed_hash("secret", key="k", purpose="a")
    assert len(one) == 64
    others = {keyed_hash("Secret", key="k", purpose="a"), keyed_hash("secret", key="K", purpose="a")}
    assert one not in others | {keyed_hash("secret", key="k", purpose="b")}
    assert same(one, one)
    assert not same(one, "x" * 64)


@pytest.mark.parametrize(
    ("typed", "digits"),
    [("123456", "123456"), (" 123 456 ", "123456"), ("123-456", "123456"), ("١٢٣٤٥٦", "123456"), ("12a", "12"),
     ("²³", "")],
)  # fmt: skip
def test_a_code_is_read_as_people_type_it(typed: str, digits: str) -> None:
    """Spaces, dashes and other scripts' digits do no harm."""
    assert digits_of(typed) == digits
