"""The Collection dock: sliders, play, channels, comparison and pixels of a collection of images."""

import html
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import napari
import numpy as np
from magicgui.widgets import CheckBox, ComboBox, SpinBox
from napari.utils.notifications import show_info, show_warning
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QGridLayout,
    QLabel,
)

from napari_vcore._qt.collection_layers import CollectionLayers
from napari_vcore._qt.collection_picture import PictureSection, text_label
from napari_vcore._qt.difference import DifferenceSection
from napari_vcore._qt.docks import Column
from napari_vcore._qt.parameters import ParameterRow
from napari_vcore._qt.player import FASTEST, SPEED, Player
from napari_vcore._qt.sections import Section, in_a_row
from napari_vcore.collections import keep_fresh, tie_of
from napari_vcore.pictures import Array
from napari_vcore.playing import LOOP, MODES, turned
from napari_vcore.saving import FILTERS, save_picture
from napari_vcore.shown import (
    Place,
    Shown,
    View,
)
from vcore.errors import VcoreError

HALF_TURN = 180.0
"""Degrees by which dragging across the whole picture turns."""
AMBER = "#c67c00"
"""Colour of notes, readable on dark and on light themes."""


class CollectionDock(Column):
    """Dock for exploring a collection of images."""

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__()
        self.viewer = napari_viewer
        # napari 0.9 moved it
        self._camera = getattr(napari_viewer, "scene", napari_viewer).camera
        self._left = False
        self.layers = CollectionLayers(napari_viewer)
        self.rows: dict[int, ParameterRow] = {}
        self.player = Player(self, self._visible)
        self._build()
        self.player.placed.connect(self._placed)
        self.player.made.connect(self._put)
        self.player.failed.connect(self._note)
        self.player.delayed.connect(partial(self._note, "decoding …"))
        self.player.stopped.connect(self._stopped)
        self.player.reached.connect(lambda rate: self.rate.setText(f"images/s ({rate:.0f})"))
        self.viewer.layers.events.inserted.connect(self._inserted)
        self.viewer.layers.events.removed.connect(self._removed)
        self.viewer.mouse_move_callbacks.append(self.picture.pointed)
        self.viewer.mouse_drag_callbacks.append(self._dragged)
        self.destroyed.connect(self._leave)
        for layer in self.viewer.layers:
            keep_fresh(layer)
        self._choose()

    @property
    def shown(self) -> Shown | None:
        """The chosen collection."""
        return self.player.shown

    # building

    def _build(self) -> None:
        self.box = ComboBox(choices=lambda _: self.layers.collections())
        form = QFormLayout()
        form.addRow("co&llection", self.box.native)
        self.info = text_label()
        self.column.addLayout(form)
        self.column.addWidget(self.info)
        self._table = QGridLayout()
        self._table.setColumnStretch(2, 1)
        self.column.addWidget(Column.body_of(self._table))
        self._build_play()
        self.notes = text_label()
        self.notes.setStyleSheet(f"color: {AMBER}")
        self.column.addWidget(self.notes)
        self.picture = PictureSection(self.layers)
        self.column.addWidget(self.picture)
        self.difference = DifferenceSection()
        self.column.addWidget(self.difference)
        self._build_cache()
        self.column.addStretch()
        self.box.changed.connect(self._choose)
        self.difference.changed.connect(self._show_layers)
        self.difference.rescaled.connect(lambda: self.layers.rescale(self.shown))
        self.picture.channel.changed.connect(self._show_layers)
        self.picture.backdrop.changed.connect(self._behind)
        self.picture.save_button.clicked.connect(self._save)

    def _build_play(self) -> None:
        self.speed = SpinBox(value=SPEED, min=1, max=FASTEST, tooltip="images a second")
        self.mode = ComboBox(choices=MODES, value=LOOP, tooltip="what happens at the end")
        self.rate = QLabel("images/s")
        self.blend = CheckBox(
            text="&blend between images", tooltip="also between the values that there are"
        )
        playing = (QLabel("play"), self.speed.native, self.rate, self.mode.native)
        self.column.addWidget(in_a_row(*playing))
        self.turn = CheckBox(text="&turn by dragging", tooltip="in place of moving the picture")
        self.column.addWidget(in_a_row(self.blend.native, self.turn.native))
        self.speed.changed.connect(lambda value: setattr(self.player, "speed", value))
        self.mode.changed.connect(lambda value: setattr(self.player, "mode", value))
        self.blend.changed.connect(self._blend)
        self.turn.changed.connect(self._turn)

    def _build_cache(self) -> None:
        section = Section("Cache", opened=False)
        self.cache = SpinBox(min=1, max=1 << 20, step=64, tooltip="decoded images, in MiB")
        section.form.addRow("cache &MiB", self.cache.native)
        self.column.addWidget(section)
        self.cache.changed.connect(self._resize)

    # the collection

    def _inserted(self, event: Any) -> None:
        tie = tie_of(event.value)
        if tie is None:
            return
        keep_fresh(event.value)
        self.box.reset_choices()
        if tie.shown is not self.shown:
            self.box.value = tie.shown

    def _removed(self, event: Any) -> None:
        tie = tie_of(event.value)
        if tie is not None and not self.layers.of(tie.shown):
            tie.shown.close()
        self.box.reset_choices()
        self._choose()

    def _choose(self, _: Any = None) -> None:
        """Show the controls of the collection chosen in the list."""
        shown = self.box.value
        if shown is not None and shown is self.shown:
            return
        self.player.stop()
        if self.shown is not None:
            self.shown.follower = None
        self.player.shown = shown
        self._fill_rows()
        self.picture.choose(shown)
        self.blend.native.setEnabled(shown is not None)
        self.turn.enabled = shown is not None and bool(shown.angles)
        self.turn.value = self.turn.value and self.turn.enabled
        self._note("")
        if shown is None:
            self.difference.choose(None, "")
            self.layers.side_by_side(None, False)
            self.info.setText("Open a .vcore file of images.")
            return
        shown.follower = self._seen
        self.info.setText(shown.described())
        self.info.setToolTip(html.escape(shown.path))
        with ExitStack() as quiet:
            for box in (self.blend, self.cache):
                quiet.enter_context(box.changed.blocked())
            self.blend.value = shown.blend
            self.cache.value = shown.pictures.max_bytes >> 20
        self._show_layers()

    def _fill_rows(self) -> None:
        while (item := self._table.takeAt(0)) is not None:
            item.widget().deleteLater()
        for row in self.rows.values():
            row.deleteLater()
        self.rows = {}
        parameters = self.shown.collection.parameters if self.shown is not None else ()
        for axis, parameter in enumerate(parameters):
            if len(parameter) > 1:
                row = ParameterRow(parameter, self._table, axis)
                row.moved.connect(partial(self.player.move, axis))
                row.played.connect(partial(self._played, axis))
                self.rows[axis] = row

    # moving

    def _played(self, axis: int, on: bool) -> None:
        self.player.stop()
        if on:
            self.rows[axis].set_playing(True)
            self.player.play(axis)

    def _stopped(self) -> None:
        self.rate.setText("images/s")
        for row in self.rows.values():
            row.set_playing(False)

    def _blend(self, on: bool) -> None:
        if self.shown is not None:
            self.shown.set_blend(on)
            self.player.refresh()

    def _turn(self, on: bool) -> None:
        self._camera.mouse_pan = not on

    def _dragged(self, _viewer: Any, event: Any) -> Iterator[None]:
        """Turn the camera while the mouse is dragged: half a turn across the picture."""
        shown = self.shown
        if not self.turn.value or shown is None:
            return
        start, begin = np.array(event.position[-2:]), list(shown.positions)
        yield
        while event.type == "mouse_move":
            moved = (np.array(event.position[-2:]) - start) / shown.collection.size
            for by, angle in zip(-HALF_TURN * moved, ("theta", "phi"), strict=True):
                axis = shown.angles.get(angle)
                if axis is not None:
                    parameter = shown.collection.parameters[axis]
                    at = turned(parameter, begin[axis], float(by), blend=shown.blend)
                    shown.positions[axis] = at
            self.player.refresh()
            yield

    def _placed(self, place: Place) -> None:
        shown = self.shown
        if shown is None:
            return
        for axis, row in self.rows.items():
            row.show(shown.positions[axis], blend=shown.blend)
        self._note("\n".join(place.notes))

    def _note(self, text: str) -> None:
        self.notes.setText(text)
        self.notes.setVisible(bool(text))

    def _visible(self) -> tuple[list[View], str]:
        """Return what is visible, and the chosen channel."""
        layers = self.layers.of(self.shown).items()
        return [view for layer, view in layers if layer.visible], self.picture.channel.value

    def _put(self, place: Place, pictures: dict[View, Array], figures: str) -> None:
        for layer, view in self.layers.of(self.shown).items():
            if view in pictures:
                layer.data = pictures[view]
        self.picture.place = place
        self._note("\n".join(place.notes))
        self.difference.tell(figures)
        self.picture.tell_pixel()

    # layers

    def _show_layers(self, _: Any = None) -> None:
        """Show the layers of the chosen channel, and of its comparison."""
        shown = self.shown
        if shown is None:
            return
        channel = shown.channel_shown = self.picture.channel.value
        self.difference.choose(shown, channel)
        self.picture.backdrop.enabled = channel == "rgba"
        self.layers.show(shown, channel, self.difference.kinds)
        self.player.refresh()

    def _seen(self) -> None:
        if not self.layers.arranging:
            self.player.refresh()

    def _behind(self, name: str) -> None:
        if self.shown is not None:
            self.shown.backdrop = name
            self.player.refresh()

    def _resize(self, size: int) -> None:
        if self.shown is not None:
            self.shown.resize_cache(size << 20)

    def _save(self) -> None:
        shown = self.shown
        if shown is None:
            return
        view = View(self.difference.kinds[0], self.picture.channel.value)
        place = shown.place()
        start = str(Path.cwd() / shown.file_name(view, place))
        path, _ = QFileDialog.getSaveFileName(self, "Save picture", start, FILTERS)
        if not path:
            return
        layer = self.layers.layer_of(shown, view)
        if layer is None:  # the user removed it
            self._show_layers()
            layer = self.layers.layer_of(shown, view)
        try:
            save_picture(path, shown.picture(view, place), layer)
        except VcoreError as error:
            show_warning(str(error))
            return
        show_info(f"{path} was saved.")

    # ending

    def hideEvent(self, event: Any) -> None:
        """Stop playing and decoding ahead when the dock is closed or covered."""
        super().hideEvent(event)
        self.player.stop()
        if self.shown is not None:
            self.shown.pictures.prefetch(())

    def event(self, event: Any) -> bool:
        """Let go of the viewer when napari removes the dock, which does not delete it."""
        if event.type() == QEvent.ParentChange and self.parentWidget() is None:
            self._leave()
        return bool(super().event(event))

    def _leave(self) -> None:
        if self._left:
            return
        self._left = True
        self.player.stop()
        if self.shown is not None:
            self.shown.follower = None
        self.viewer.layers.events.inserted.disconnect(self._inserted)
        self.viewer.layers.events.removed.disconnect(self._removed)
        self.viewer.mouse_move_callbacks.remove(self.picture.pointed)
        self.viewer.mouse_drag_callbacks.remove(self._dragged)
        self._turn(False)
