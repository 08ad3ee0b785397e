"""Collections of images as napari layers: the picture at the present values of the parameters.

A layer is a picture (y, x), whose data is replaced: napari's own sliders over the whole array would
count indices instead of values, show holes as black pictures, and could not blend.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from napari_vcore.layers import ERROR_COLOURS, LayerData
from napari_vcore.shown import DECODED, ERROR, Shown, View
from vcore.collections.collection import Collection

KEY = "vcore_collection"
"""Metadata key of a layer's ``Tie``."""


@dataclass(frozen=True)
class Tie:
    """Source of a layer."""

    shown: Shown
    view: View


def options_of(shown: Shown, view: View) -> dict[str, Any]:
    """Return the options of a layer."""
    channel = shown.channel(view.channel)
    found: dict[str, Any] = {
        "name": shown.title(view),
        "rgb": channel.is_colour and view.kind != ERROR,
        "metadata": {KEY: Tie(shown, view)},
    }
    if found["rgb"]:
        return found
    if view.kind == ERROR:
        colours = "inferno" if channel.is_colour else ERROR_COLOURS
        return found | {
            "colormap": colours,
            "contrast_limits": shown.error_limits(channel.name),
        }
    low, high = shown.limits(channel.name)
    return found | {
        "colormap": "viridis",
        "contrast_limits": (low, high if high > low else low + 1),
    }


def tie_of(layer: Any) -> Tie | None:
    """Return the tie of a napari layer, None if it shows no collection."""
    tie = getattr(layer, "metadata", {}).get(KEY)
    return tie if isinstance(tie, Tie) else None


def collection_of(options: Sequence[Mapping[str, Any]]) -> Collection | None:
    """Return the collection that all layers with these options show, None if there is none."""
    ties = [o.get("metadata", {}).get(KEY) for o in options]
    shown = {tie.shown if isinstance(tie, Tie) else None for tie in ties}
    found = shown.pop() if len(shown) == 1 else None
    return found.collection if found is not None else None


def collection_layers(collection: Collection, path: str) -> list[LayerData]:
    """Return a layer of the first channel, at the first image.

    Raises
    ------
    VcoreError
        The image cannot be decoded.
    """
    shown = Shown(collection, path)
    view = View(DECODED, collection.channels[0].name)
    return [(shown.picture(view, shown.place()), options_of(shown, view), "image")]


def keep_fresh(layer: Any) -> None:
    """Let a layer that was hidden show the present picture when it becomes visible: only visible
    ones follow the sliders."""
    tie = tie_of(layer)
    if tie is None or layer in tie.shown.fresh:
        return
    shown, view = tie.shown, tie.view
    shown.fresh.add(layer)

    def freshen(_: Any) -> None:
        if not layer.visible:
            return
        if shown.follower is not None:
            shown.follower()
        else:
            layer.data = shown.picture(view, shown.place())

    layer.events.visible.connect(freshen)
