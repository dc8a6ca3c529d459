"""Keeps keys out of texts, and makes texts from hosts safe to print."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote, urlsplit

MARK = "[key]"
_SHORTEST_TAIL = 12
"""A key at least this long is also hidden when only its last eight characters are shown."""
_SHORTEST_SECRET = 4
_BIDI = frozenset("\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


class Redactor:
    """Replaces every known key by `[key]`: plain, URL-encoded, JSON-escaped, in base64, and its last eight characters.

    A base64 text is found at each of the three byte offsets the key can have in it (so inside the base64 of
    `Bearer <key>` too). Keys shorter than four characters are not looked for: they would blank out ordinary text.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        whole: set[str] = set()
        tails: set[str] = set()
        for secret in secrets:
            if len(secret) < _SHORTEST_SECRET:
                continue
            whole |= {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
            whole |= _base64_forms(secret.encode())
            if len(secret) >= _SHORTEST_TAIL:
                tails.add(secret[-8:])
        self._whole = tuple(sorted(whole, key=len, reverse=True))
        self._tails = tuple(tails)

    def answer(self, text: str) -> str:
        """A model's text with whole keys hidden; everything else stays as it is."""
        for form in self._whole:
            if form in text:
                text = text.replace(form, MARK)
        return text

    def error(self, text: str, *, limit: int = 300) -> str:
        """A host's text for an error message: no key, no raw control character, at most `limit` characters."""
        text = self.answer(text)
        for tail in self._tails:
            text = text.replace(tail, MARK)
        text = " ".join(text.split())
        cut = text if len(text) <= limit else text[: limit - 1] + "…"
        return visible(cut)


def _base64_forms(secret: bytes) -> set[str]:
    forms = set()
    for offset in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * offset + secret).decode().rstrip("=")
            # the first and last character also carry bits of the neighbours
            inner = text[(0, 2, 3)[offset] :]
            forms.add(inner if (offset + len(secret)) % 3 == 0 else inner[:-1])
    return {form for form in forms if len(form) >= _SHORTEST_SECRET}


def visible(text: str) -> str:
    """The text with control, direction and unpaired surrogate characters written as escapes."""
    if text.isprintable() and text.isascii():
        return text
    return "".join(_escape(char) if _is_hidden(char) else char for char in text)


def _is_hidden(char: str) -> bool:
    code = ord(char)
    return code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or char in _BIDI


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def url_secrets(url: str) -> tuple[str, ...]:
    """The user name and password written in a URL, if any."""
    try:
        parts = urlsplit(url)
        found = (parts.password, parts.username if parts.password else None)
    except ValueError:
        return ()
    return tuple(form for text in found if text for form in (text, unquote(text)))
