"""Table of budgets, one row per layer of a joint compression."""

from collections.abc import Mapping
from typing import Any

import napari
from magicgui.widgets import ComboBox, LineEdit
from napari.layers import Image, Labels
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from napari_vcore.choices import BUDGETS, LOSSLESS, budgets_of
from vcore.model.budgets import Budgets

HEAD = ("variable", "budget", "value")
VALUE_WIDTH = 60
"""Width of the value column, in pixels."""


class BudgetTable(QTableWidget):
    """Budgets of the selected layers, hidden for a single layer; labels are always lossless.

    Parameters
    ----------
    chosen
        Layer box with the first layer; others are added while selected together with it.
    texts
        Initial kind of budget and value, by layer name.

    Attributes
    ----------
    layers
        Layers of the rows; empty for a single layer.
    fields
        Kind of budget and value of each row, by layer name.
    """

    changed = Signal()

    def __init__(
        self, viewer: napari.Viewer, chosen: ComboBox, texts: dict[str, tuple[str, str]]
    ) -> None:
        super().__init__(0, len(HEAD))
        self._viewer, self._chosen, self.texts = viewer, chosen, texts
        self.layers: list[Image | Labels] = []
        self.fields: dict[str, tuple[ComboBox, LineEdit]] = {}
        self.setHorizontalHeaderLabels(HEAD)
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.Stretch)
        self.setColumnWidth(2, VALUE_WIDTH)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setToolTip("layers selected together become variables of one file")
        self._event = viewer.layers.selection.events.changed
        self._event.connect(self.refresh)
        chosen.changed.connect(self.refresh)
        self.destroyed.connect(self._forget)
        self.hide()
        self.refresh()

    def refresh(self, _event: Any = None) -> None:
        """List the layers selected together with the chosen one."""
        first = self._chosen.value
        selected = [la for la in self._viewer.layers if la in self._viewer.layers.selection]
        others = [la for la in selected if isinstance(la, Image | Labels) and la is not first]
        together = [first, *others] if first in selected and others else []
        if together == self.layers:
            return
        self.layers, self.fields = together, {}
        self.setRowCount(len(together))
        for row, layer in enumerate(together):
            self._fill(row, layer.name, is_label=isinstance(layer, Labels))
        self.setVisible(bool(together))
        height = self.horizontalHeader().height() + self.verticalHeader().length() + 4
        self.setFixedHeight(height)
        self.changed.emit()

    def _fill(self, row: int, name: str, *, is_label: bool) -> None:
        item = QTableWidgetItem(name)
        item.setFlags(Qt.ItemIsEnabled)
        self.setItem(row, 0, item)
        kind, value = (LOSSLESS, "") if is_label else self.texts.get(name, (LOSSLESS, ""))
        known = [LOSSLESS] if is_label else [LOSSLESS, *(b.label for b in BUDGETS)]
        kinds = ComboBox(choices=known, value=kind)
        field = LineEdit(value=value, enabled=kind != LOSSLESS)

        def kind_changed(label: str) -> None:
            field.enabled = label != LOSSLESS
            found = next((b for b in BUDGETS if b.label == label), None)
            field.value = "" if found is None else found.text
            remember()

        def remember() -> None:
            self.texts[name] = kinds.value, field.value
            self.changed.emit()

        kinds.changed.connect(kind_changed)
        field.changed.connect(remember)
        self.setCellWidget(row, 1, kinds.native)
        self.setCellWidget(row, 2, field.native)
        self.fields[name] = kinds, field

    def budgets(self, detector: Mapping[str, float]) -> Budgets:
        """Return the budgets of the table; raises BudgetError.

        ``detector`` are the known parameters, for the budgets of the noise.
        """
        images = (la for la in self.layers if not isinstance(la, Labels))
        rows = {la.name: self.texts.get(la.name, (LOSSLESS, "")) for la in images}
        return budgets_of(rows, detector)

    def _forget(self) -> None:
        self._event.disconnect(self.refresh)
