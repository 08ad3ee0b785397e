"""Display settings between napari's layers and files: OME-Zarr's ``omero``, by channel."""

from collections.abc import Mapping
from contextlib import suppress
from math import isfinite
from typing import Any

import numpy as np

from vcore.engine.shown import NAPARI, Display
from vcore.io.ome_metadata import VERSION
from vcore.io.tidy import number

COLOURS = ("cyan", "magenta", "yellow", "green", "red", "blue")
"""Colormaps of channels without a colour, used cyclically."""
NAMED = {
    "FFFFFF": "gray",
    "00FFFF": "cyan",
    "FF00FF": "magenta",
    "FFFF00": "yellow",
    "00FF00": "green",
    "FF0000": "red",
    "0000FF": "blue",
}
"""Colormaps of napari from black to a colour."""
BLENDINGS = (
    "opaque",
    "translucent",
    "translucent_no_depth",
    "additive",
    "minimum",
    "multiplicative",
)
GAMMAS = (0.01, 10.0)
"""Range of usable gammas."""


def layer_options(shown: Display, index: int = 0, *, several: bool = False) -> dict[str, Any]:
    """Return limits, colormap, gamma, opacity and blending of the layer of a channel.

    Parameters
    ----------
    index
        Number of the channel, for its default colour.
    several
        Whether it is one of several, which are then added up.
    """
    options: dict[str, Any] = {"contrast_limits": shown.limits, "colormap": "gray"}
    if not shown.active:
        options["visible"] = False
    if several:
        options["blending"] = "additive"
    known = bool(shown.napari)
    if shown.colour and shown.colour != "000000":
        options["colormap"] = NAMED.get(shown.colour, f"#{shown.colour.lower()}")
    if several and not known and options["colormap"] == "gray":
        options["colormap"] = COLOURS[index % len(COLOURS)]
    if GAMMAS[0] <= shown.gamma <= GAMMAS[1] and shown.gamma != 1:
        options["gamma"] = shown.gamma
    name = shown.napari.get("colormap")
    if isinstance(name, str) and _is_colormap(name):
        options["colormap"] = name
    return options | blended(shown.napari)


def blended(told: Any) -> dict[str, Any]:
    """Return the valid opacity and blending of a layer among settings that only napari has."""
    settings = told if isinstance(told, Mapping) else {}
    opacity, blending = number(settings.get("opacity")), settings.get("blending")
    found: dict[str, Any] = {"opacity": opacity} if 0 <= opacity <= 1 else {}
    return found | ({"blending": blending} if blending in BLENDINGS else {})


def _is_colormap(name: str) -> bool:
    with suppress(ImportError):
        from napari.utils.colormaps import AVAILABLE_COLORMAPS

        return name in AVAILABLE_COLORMAPS
    return False


def omero_channel(options: Mapping[str, Any], dtype: np.dtype[Any]) -> dict[str, Any] | None:
    """Return the display settings of an image layer as a channel of ``omero``; None if the layer
    has no limits.

    Parameters
    ----------
    options
        Of the layer, as returned by ``as_layer_data_tuple``.
    dtype
        Of its values.
    """
    limits = [number(v) for v in options.get("contrast_limits") or ()]
    if len(limits) != 2 or not all(map(isfinite, limits)):
        return None
    whole = limits
    if dtype.kind in "iu":
        whole = [float(np.iinfo(dtype).min), float(np.iinfo(dtype).max)]
    known = blending_of(options)
    map_ = options.get("colormap")
    if isinstance(map_, Mapping) and isinstance(map_.get("name"), str):
        known["colormap"] = map_["name"]
    shown = Display(
        (limits[0], limits[1]),
        (whole[0], whole[1]),
        _brightest(map_),
        gamma=float(options.get("gamma", 1.0)),
        napari=known,
    )
    found = shown.omero(str(options.get("name") or ""), "FFFFFF")
    return found | {"active": bool(options.get("visible", True)), NAPARI: dict(shown.napari)}


def blending_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return opacity and blending of a layer, as ``blended`` takes them."""
    found = {name: options[name] for name in ("opacity", "blending") if name in options}
    return {name: str(v) if name == "blending" else v for name, v in found.items()}


def _brightest(map_: Any) -> str:
    """Return the colour (RRGGBB) of the largest values in a colormap."""
    if not isinstance(map_, Mapping) or not len(map_.get("colors", ())):
        return ""
    rgb = np.clip(np.asarray(map_["colors"], float)[-1][:3], 0, 1)
    return "".join(f"{round(255 * v):02X}" for v in rgb)


def omero(channels: list[dict[str, Any] | None]) -> dict[str, Any]:
    """Return the attribute of a variable with these channels; empty if one has no settings."""
    return {"omero": {"channels": channels}} if all(channels) else {}


def image_label(options: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return OME-Zarr's ``image-label`` of a labels layer: colours that were chosen for single
    labels, the table of their properties, and opacity and blending as for images.

    Parameters
    ----------
    options
        Of the layer, as returned by ``as_layer_data_tuple``.
    source
        Path from the labels to their image, "" if there is none.
    """
    found: dict[str, Any] = {"version": VERSION}
    chosen = getattr(options.get("colormap"), "color_dict", None) or {}
    colours = [
        {"label-value": int(value), "rgba": [round(255 * float(c)) for c in rgba]}
        for value, rgba in chosen.items()
        if value is not None and int(value) != 0
    ]
    if colours:
        found["colors"] = colours
    table = options.get("properties")
    if isinstance(table, Mapping) and "index" in table:
        names = [name for name in table if name != "index"]
        found["properties"] = [
            {"label-value": int(value), **{str(n): _plain(table[n][row]) for n in names}}
            for row, value in enumerate(table["index"])
        ]
    if known := blending_of(options):
        found[NAPARI] = known
    return found | ({"source": {"image": source}} if source else {})


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
