"""XML files of strangers: limited in size, and without entities."""

import os
from xml.etree import ElementTree
from xml.parsers import expat

from vcore.errors import InputError

MAX_BYTES = 1 << 28
"""Maximum size of an XML file in bytes; each view registration takes a few hundred."""


def parsed(path: str) -> ElementTree.Element:
    """Return the root element of the XML file at ``path``; damaged files raise ParseError.

    A document type may be named, but neither it nor any entity is read: entities multiply into
    any amount of text, or name other files.

    Raises
    ------
    InputError
        The file is too large, or declares entities.
    """
    if (size := os.path.getsize(path)) > MAX_BYTES:
        raise InputError(
            f"Expected at most {MAX_BYTES} bytes of XML. Got {size} in {path} instead."
        )
    with open(path, "rb") as file:
        text = file.read()
    declared: list[str] = []
    scanner = expat.ParserCreate()
    scanner.EntityDeclHandler = lambda name, *_: declared.append(name)
    # stops before the first element, as a later one cannot declare any
    scanner.StartElementHandler = lambda *_: _stop()
    try:
        scanner.Parse(text, True)
    except StopIteration:
        pass
    except expat.ExpatError:
        pass  # told by the parser below
    if declared:
        raise InputError(
            f"Expected XML without entities at {path}. Got the entity {declared[0]!r} instead: "
            f"replace it by its text."
        )
    return ElementTree.fromstring(text)


def _stop() -> None:
    raise StopIteration
