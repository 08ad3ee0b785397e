"""The layers of a viewer that show collections, and their arrangement."""

from collections.abc import Sequence
from typing import Any

import napari

from napari_vcore.collections import options_of, tie_of
from napari_vcore.shown import DECODED, ERROR, Shown, View


class CollectionLayers:
    """Layers of a viewer that show collections of images.

    Attributes
    ----------
    arranging
        Whether layers are being shown and moved, so that what they tell need not be followed.
    """

    def __init__(self, viewer: napari.Viewer) -> None:
        self._viewer = viewer
        # napari 0.9 moved it
        self._grid = getattr(viewer, "canvas", viewer).grid
        self._in_grid = self.arranging = False
        self._hidden: list[Any] = []

    def collections(self) -> list[tuple[str, Shown]]:
        """Return the collections of all layers, by name."""
        ties = (tie_of(layer) for layer in self._viewer.layers)
        found = dict.fromkeys(tie.shown for tie in ties if tie is not None)
        return [(shown.stem, shown) for shown in found]

    def of(self, shown: Shown | None) -> dict[Any, View]:
        """Return the layers of a collection, from the bottom, and what each shows."""
        ties = ((layer, tie_of(layer)) for layer in self._viewer.layers)
        return {x: tie.view for x, tie in ties if tie is not None and tie.shown is shown}

    def layer_of(self, shown: Shown, view: View) -> Any | None:
        """Return the layer of a collection that shows ``view``, None if there is none."""
        return next((x for x, v in self.of(shown).items() if v == view), None)

    def show(self, shown: Shown, channel: str, kinds: Sequence[str]) -> None:
        """Show the layers of a channel, add those that are missing, and remove those of a
        comparison that has ended."""
        layers = self._viewer.layers
        self.arranging = True
        for layer, view in self.of(shown).items():
            if view.kind != DECODED and shown.original is None:
                layers.remove(layer)
        for kind in kinds:  # napari's grid begins with the lowest layer
            view = View(kind, channel)
            if self.layer_of(shown, view) is None:
                self._viewer.add_image(shown.blank(view), **options_of(shown, view))
            layers.move(layers.index(self.layer_of(shown, view)), len(layers))
        for layer, view in self.of(shown).items():
            layer.visible = view.channel == channel and view.kind in kinds
            if view == View(kinds[0], channel):
                layers.selection.active = layer
        self.side_by_side(shown, len(kinds) > 1)
        self.arranging = False

    def side_by_side(self, shown: Shown | None, on: bool) -> None:
        """Show the layers of a collection alone and beside each other, or all as before."""
        if on == self._in_grid:
            return
        self._in_grid = on
        if on:
            ours = self.of(shown)
            self._hidden = [x for x in self._viewer.layers if x.visible and x not in ours]
            self._grid.stride, self._grid.shape = 1, (1, -1)
        for layer in self._hidden:
            layer.visible = not on
        self._grid.enabled = on
        self._viewer.reset_view()

    def rescale(self, shown: Shown | None) -> None:
        """Set the contrast of the layers of differences."""
        for layer, view in self.of(shown).items():
            if view.kind == ERROR and shown is not None:
                layer.contrast_limits = shown.error_limits(view.channel)
