"""Printable text from arbitrary file contents and names."""

import re

SURROGATES = re.compile("[\ud800-\udfff]")
"""Code points by which Python represents file name bytes that are not UTF-8."""


def shown_unit(unit: str) -> str:
    """Return a unit as it is shown after a number: that of numbers without one, "1", is not."""
    return "" if unit.strip() == "1" else unit


def printable(text: str) -> str:
    """Return ``text`` with lone surrogates (bytes that are not UTF-8) replaced by U+FFFD."""
    return SURROGATES.sub("\ufffd", text)
