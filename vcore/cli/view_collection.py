"""`vcore view` of collections of images: contact sheet, and the address of what is looked at."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from vcore.cli.output import print_figures
from vcore.errors import InputError
from vcore.opening import is_compressed

if TYPE_CHECKING:
    from vcore.collections.collection import Collection


def opened_collection(file: str) -> "Collection | None":
    """Return the open collection of a file; None for anything else."""
    if not is_compressed(file) or os.path.isdir(file):
        return None
    import vcore
    from vcore.collections.collection import Collection

    found = vcore.open(file)
    return found if isinstance(found, Collection) else None


def values_of(texts: Sequence[str], collection: "Collection") -> dict[str, Any]:
    """Parse ``--at NAME=VALUE``.

    Raises
    ------
    InputError
        A text has another form, or is no number for a parameter with numbers.
    """
    labels = {p.name for p in collection.parameters if p.is_label}
    found: dict[str, Any] = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            found[name] = value if name in labels else float(value)
        except ValueError as error:
            raise InputError(
                f"Expected --at NAME=VALUE, such as time=3. Got {text!r:.60} instead."
            ) from error
    return found


def state_of(collection: "Collection", channel: str | None, values: Mapping[str, Any]) -> str:
    """Return the part of the page's address after #, with the nearest values; "" for none.

    Raises
    ------
    InputError
        There is no such channel, parameter or label.
    """
    from vcore.evaluate.contact_sheet import position

    place = position(collection.parameters, values)
    parts = {
        f"at.{p.name}": p.values[i]
        for p, i in zip(collection.parameters, place, strict=True)
        if i is not None
    }
    if channel is not None:
        parts["channel"] = collection.channel(channel).name
    return f"#{urlencode(parts, quote_via=quote)}" if parts else ""


def draw(
    collection: "Collection",
    file: str,
    output: str | None,
    channel: str | None,
    values: Mapping[str, Any],
    *,
    force: bool,
) -> None:
    """Write the contact sheet, beside the file by default."""
    from vcore.evaluate.contact_sheet import draw_sheet

    beside = Path(file).with_suffix(".png")
    target = Path(output) if output else Path(beside.name) if "://" in file else beside
    rows, columns = draw_sheet(collection, target, channel=channel, values=values, force=force)
    print_figures(f"{file} → {target}", {"images": f"{rows} x {columns} of {len(collection)}"})
