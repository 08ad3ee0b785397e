"""Printable text from arbitrary file contents and names."""

import re

SURROGATES = re.compile("[\ud800-\udfff]")
"""Code points by which Python represents file name bytes that are not UTF-8."""


def printable(text: str) -> str:
    """Return ``text`` with lone surrogates (bytes that are not UTF-8) replaced by U+FFFD."""
    return SURROGATES.sub("\ufffd", text)
