"""Inputs that are lossy already: what is known of their errors is kept with whatever is made of
them."""

from collections.abc import Mapping
from typing import Any

KEY = "lossy_source"
"""Attribute of a volume read from a lossy file or hierarchy of vcore."""
LOSSLESS = {"max_error": 0.0}


def of_hierarchy(note: Any) -> dict[str, Any]:
    """Return the attribute for a compressed hierarchy by its own note, empty if it is lossless or
    was made of nothing lossy."""
    if not isinstance(note, Mapping):
        return {}
    known = note.get(KEY)
    if "method" not in note or note.get("budget") == LOSSLESS:
        return {KEY: known} if isinstance(known, Mapping) else {}
    kept = {k: note[k] for k in ("encoder", "method", "budget", KEY) if k in note}
    return {KEY: kept}


def of_file(encoder: Any, guarantees: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attribute for a file, given method and guarantee of each variable by name; empty
    if all are lossless."""
    lossy = {n: g for n, g in guarantees.items() if g["guarantee"] != LOSSLESS}
    return {KEY: {"encoder": encoder, "variables": lossy}} if lossy else {}


def sentence(attributes: Mapping[str, Any]) -> str:
    """Return a warning for a volume with these attributes, "" if its source was not lossy."""
    if not isinstance(attributes.get(KEY), Mapping):
        return ""
    return (
        "The input was lossy already: its errors add up with the new ones, and bounds hold against "
        "the input, not against what it was made of."
    )
