"""Section with the channel, the background and the pixel of the picture of a collection."""

from contextlib import ExitStack
from typing import Any

import numpy as np
from magicgui.widgets import ComboBox
from napari.utils.notifications import show_info
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QFormLayout, QLabel, QPushButton

from napari_vcore._qt.collection_layers import CollectionLayers
from napari_vcore._qt.sections import Section, in_a_row
from napari_vcore.shown import BACKDROPS, STORED, TRANSPARENT, Place, Shown


class PictureSection(Section):
    """Section of the picture that is shown.

    Attributes
    ----------
    place
        What is shown, None before it has been decoded.
    """

    def __init__(self, layers: CollectionLayers) -> None:
        super().__init__("Picture")
        self._layers = layers
        self._shown: Shown | None = None
        self._cursor: tuple[float, ...] | None = None
        self.place: Place | None = None
        self.form.setFieldGrowthPolicy(QFormLayout.AllNonFixedFieldsGrow)
        self.channel = ComboBox(choices=(), tooltip="contrast and colormap: in the layer controls")
        self.backdrop = ComboBox(choices=(), tooltip="what lies behind transparent pixels")
        self.pixel = text_label()
        self.save_button = QPushButton("&Save picture…")
        self.copy_button = QPushButton("Copy P&ython line")
        self.copy_button.setToolTip("copy the line of Python that returns this picture")
        self.form.addRow("cha&nnel", self.channel.native)
        self.form.addRow("back&ground", self.backdrop.native)
        self.form.addRow(self.pixel)
        self.form.addRow(in_a_row(self.save_button, self.copy_button))
        self.copy_button.clicked.connect(self._copy)

    def choose(self, shown: Shown | None) -> None:
        """Show the controls of a collection, without telling that they changed."""
        self._shown, self.place = shown, None
        for button in (self.save_button, self.copy_button):
            button.setEnabled(shown is not None)
        self.pixel.setText("")
        if shown is None:
            return
        with ExitStack() as quiet:
            for box in (self.channel, self.backdrop):
                quiet.enter_context(box.changed.blocked())
            self.channel.choices = [c.name for c in shown.collection.channels]
            self.channel.value = shown.channel_shown
            known = [STORED] if shown.collection.background is not None else []
            self.backdrop.choices = [*known, TRANSPARENT, *BACKDROPS]
            self.backdrop.value = shown.backdrop
        lines = 1 + len(shown.collection.channels)
        self.pixel.setMinimumHeight(lines * self.pixel.fontMetrics().lineSpacing())

    def pointed(self, _viewer: Any, event: Any) -> None:
        """Tell the pixel below the mouse."""
        self._cursor = tuple(event.position)
        self.tell_pixel()

    def tell_pixel(self) -> None:
        """Tell the values of the pixel that the mouse is at."""
        shown, layers = self._shown, self._layers.of(self._shown)
        if shown is None or self._cursor is None or self.place is None or not layers:
            return
        at = next(iter(layers)).world_to_data(self._cursor)[-2:]
        y, x = (int(np.floor(v + 0.5)) for v in at)
        self.pixel.setText(shown.pixel(self.place, y, x))

    def _copy(self) -> None:
        if self._shown is None:
            return
        line = self._shown.python_line(self.channel.value, self._shown.place())
        QApplication.clipboard().setText(line)
        show_info(f"copied: {line}")


def text_label() -> QLabel:
    """Return a label of plain text that wraps and can be selected."""
    label = QLabel()
    label.setTextFormat(Qt.PlainText)  # names in files are not trusted
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextSelectableByMouse)
    return label
