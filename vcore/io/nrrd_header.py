"""Headers of NRRD: fields and key/value pairs, http://teem.sourceforge.net/nrrd/format.html."""

import logging
from typing import Any

from vcore.errors import InputError
from vcore.io.request import need

logger = logging.getLogger(__name__)

HEADER_LIMIT = 1 << 24
"""Maximum size of the header in bytes."""
NAMES = {
    "centerings": "centers",
    "axismins": "axis mins",
    "axismaxs": "axis maxs",
    "datafile": "data file",
    "lineskip": "line skip",
    "byteskip": "byte skip",
    "sampleunits": "sample units",
}
"""Canonical names for alternative spellings that the format allows."""
REQUIRED_FIELDS = {"type", "dimension", "sizes", "encoding", "endian", "line skip", "byte skip"}
"""Fields required to read any value."""
TEXT_FIELDS = {
    "centers",
    "content",
    "data file",
    "encoding",
    "endian",
    "space",
    "type",
    "sample units",
}
"""Fields whose text is kept as written."""
FILES = "files"
"""Key of the names of data files, which follow a field ``data file: LIST``."""


def read_header(path: str) -> tuple[dict[str, Any], dict[str, str], int]:
    """Return fields by lower-case name, key/value pairs, and the size of the header in bytes.

    The first of duplicate fields is used, and invalid fields are dropped, both with a warning.
    Text is UTF-8, since units often contain a µ.
    """
    fields: dict[str, Any] = {}
    pairs: dict[str, str] = {}
    with open(path, "rb") as file:
        if not file.readline(1 << 10).startswith(b"NRRD"):
            raise InputError(
                f"Expected an NRRD file at {path}. Got something else instead: the file is damaged "
                f"or of another format."
            )
        while file.tell() < HEADER_LIMIT and (line := file.readline(HEADER_LIMIT)):
            text = _decoded(line).rstrip()
            if not text:
                break
            key, _, value = text.partition(":")
            if text.startswith("#") or not value:
                continue
            if value.startswith("="):
                pairs.setdefault(key.strip(), value[1:].strip())
                continue
            name = key.strip().lower()
            _add(fields, NAMES.get(name, name), value.strip(), path)
            if str(fields.get("data file", "")).startswith("LIST"):  # the last field
                lines = _decoded(file.read(HEADER_LIMIT)).splitlines()
                fields[FILES] = [line.strip() for line in lines if line.strip()]
                break
        end = file.tell()
    if missing := {"type", "dimension", "sizes", "encoding"} - set(fields):
        raise InputError(
            f"Expected the fields {', '.join(sorted(missing))} in the header of {path}. Got none "
            f"of these instead: the file is damaged."
        )
    return fields, pairs, end


def _add(fields: dict[str, Any], name: str, value: str, path: str) -> None:
    if name in fields:
        if name in REQUIRED_FIELDS and _parsed(name, value) != fields[name]:
            raise InputError(
                f"Expected one {name} in the header of {path}. Got two that differ instead: "
                f"remove the wrong one."
            )
        logger.warning("%s: the field %r occurs twice; used the first one", path, name)
        return
    try:
        fields[name] = _parsed(name, value)
    except Exception:  # pynrrd raises many kinds on damaged values
        if name in REQUIRED_FIELDS:
            raise
        logger.warning("%s: ignored the field %r, whose value is invalid: %s", path, name, value)


def _parsed(name: str, value: str) -> Any:
    reader = need("nrrd.reader")
    if name in TEXT_FIELDS:
        return value
    return reader._parse_field_value(value, reader._get_field_type(name, None))


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")
