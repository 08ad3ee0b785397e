"""Label images: integers that name objects, by OME-Zarr's attribute ``image-label``."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

KEY = "image-label"
"""Attribute of a label variable: colours, properties and source, as in OME-Zarr."""
FOLDER = "labels"
"""Group of an image's labels."""
SAFE = " ()+,=@"
"""Characters that names of groups keep."""


def is_label(attributes: Mapping[str, Any]) -> bool:
    """Return whether a variable with these ``attributes`` is a label image."""
    return isinstance(attributes.get(KEY), Mapping)


def split(name: str) -> tuple[str, str]:
    """Return the name of the image and the own name of labels called ``image/labels/own``,
    ``labels/own`` or ``own``; "" for an image that is not named."""
    found = re.fullmatch(rf"(?:(.*)/)?{FOLDER}/(.+)", name, re.DOTALL)
    return (found[1] or "", found[2]) if found else ("", name)


def places(labels: Iterable[str], images: Mapping[str, str]) -> dict[str, str]:
    """Return the path of the group of each label variable, below that of its image.

    Parameters
    ----------
    labels
        Names of the variables.
    images
        Path of each image by name; labels of none of these are put below the first one.
    """
    found: dict[str, str] = {}
    first = next(iter(images.values()), "")
    for name in labels:
        image, own = split(name)
        folder = f"{images.get(image, first)}/{FOLDER}".lstrip("/")
        path = f"{folder}/{quote(own, safe=SAFE)}"
        if path in found.values():  # the same name below two images, one of which is unknown
            path = f"{folder}/{quote(name, safe=SAFE)}"
        found[name] = path
    return found
