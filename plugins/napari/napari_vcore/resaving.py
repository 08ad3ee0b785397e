"""Layers of a compressed file that are saved again: the file as it is, with the look they have now.

No Qt.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from napari_vcore.display import blending_of, omero_channel
from napari_vcore.layers import KEY, Link, layers_of
from vcore.engine.shown import NAPARI, displays
from vcore.file_dataset import FileDataset
from vcore.model import labels
from vcore.model.attributes import from_json

LOOK = ("name", "contrast_limits", "colormap", "gamma", "opacity", "blending")
FIRST_BLENDING = "translucent_no_depth"
"""What napari makes of "translucent" for the first layer of a viewer."""
LABELS_LOOK = {"opacity": 0.7, "blending": "translucent"}
"""What napari gives to labels layers that have no settings of their own."""
Options = Mapping[str, Any]


def links_of(layers: Sequence[Options]) -> list[Link] | None:
    """Return the links of layers that show all variables of one compressed file, else None.

    Parameters
    ----------
    layers
        Options of each, as returned by ``as_layer_data_tuple``.
    """
    links = [options.get("metadata", {}).get(KEY) for options in layers]
    found = [link for link in links if isinstance(link, Link)]
    if not found or len(found) < len(layers):
        return None
    dataset = found[0].dataset
    is_one = all(link.dataset is dataset for link in found)
    shown = {link.variable for link in found}
    return found if is_one and shown == set(dataset.variables) else None


def changed_looks(dataset: FileDataset, layers: Sequence[Options]) -> dict[str, dict[str, Any]]:
    """Return the attributes of those variables that look other than when they were opened.

    Parameters
    ----------
    layers
        Options of layers of ``dataset``.
    """
    opened = {_key(o["metadata"][KEY]): (o, kind) for _, o, kind in layers_of(dataset)}
    found: dict[str, dict[str, Any]] = {}
    for options in layers:
        link = options["metadata"][KEY]
        if _key(link) not in opened:
            continue
        before, kind = opened[_key(link)]
        if kind == "labels":
            own = from_json(link.decoder.header.attributes)[labels.KEY]
            blending = {NAPARI: blending_of(options)}
            if _told(blending) != _told({NAPARI: blending_of({**LABELS_LOOK, **before})}):
                found[link.variable] = {labels.KEY: {**own, **blending}}
            continue
        now = omero_channel(options, link.decoder.dtype)
        if now is None or _told(now) == _told(_as_opened(before, link)):
            continue
        told = found.setdefault(link.variable, {"omero": _omero(dataset, link)})
        channels = told["omero"]["channels"]
        number = link.channel or 0
        channels[number] = now | {"active": channels[number].get("active", True)}
    return found


def _key(link: Link) -> tuple[str, int | None]:
    return link.variable, link.channel


def _as_opened(options: Options, link: Link) -> dict[str, Any] | None:
    """Return the display settings of the layer when it was opened."""
    from napari.layers import Image

    shown = {name: options[name] for name in LOOK if name in options}
    layer = Image(np.zeros((2, 2), link.decoder.dtype), **shown)
    return omero_channel(layer.as_layer_data_tuple()[1], link.decoder.dtype)


def _told(channel: Mapping[str, Any] | None) -> dict[str, Any]:
    told = {name: value for name, value in (channel or {}).items() if name != "active"}
    own = told.get(NAPARI, {})
    if own.get("blending") == FIRST_BLENDING:
        told[NAPARI] = {**own, "blending": "translucent"}
    return told


def _omero(dataset: FileDataset, link: Link) -> dict[str, Any]:
    """Return the display settings of all channels of a variable, as other viewers get them."""
    header = link.decoder.header
    own = from_json(header.attributes).get("omero")
    shown = displays(header, dataset.grid_attributes(header.grid_number), link.decoder)
    known = own.get("channels") if isinstance(own, Mapping) else None
    if isinstance(own, Mapping) and isinstance(known, list) and len(known) == len(shown):
        return {**own, "channels": [dict(channel) for channel in known]}
    return {"channels": [each.omero(each.label, "FFFFFF") for each in shown]}
