"""Text that can be written, whatever a file or its name holds."""

import re

SURROGATES = re.compile("[\ud800-\udfff]")
"""What Python makes of the bytes of a file's name that are no UTF-8."""


def printable(text: str) -> str:
    """Return ``text`` with U+FFFD in place of bytes that were no UTF-8 (lone surrogates)."""
    return SURROGATES.sub("\ufffd", text)
