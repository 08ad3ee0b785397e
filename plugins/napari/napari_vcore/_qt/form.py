"""Compress dock: what to compress, how good, and where to."""

from dataclasses import replace
from typing import Any

import napari
from magicgui.widgets import CheckBox, ComboBox, FileEdit, FloatSpinBox, SpinBox
from napari.layers import Labels
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFormLayout, QSizePolicy, QWidget

from napari_vcore._qt.budgets import BudgetTable
from napari_vcore._qt.docks import Fold, LayerBox, align_labels
from napari_vcore._qt.quality import BudgetForm
from napari_vcore._qt.settings import SettingsForm
from napari_vcore.choices import (
    MethodChoice,
    has_gate,
    method_choices,
    method_for,
    method_of,
    parsed_settings,
)
from napari_vcore.runs import NOTHING, Request, is_hierarchy, with_suffix
from napari_vcore.volumes import channels_of, layered
from vcore.errors import InputError
from vcore.model.budget import Budget
from vcore.runtime.executor import threads

FIELDS = ("research", "method", "force", "limit", "workers", "channels")
"""Fields kept as they are."""


class CompressForm(QWidget):
    """Layer, method, budget and file of a compression.

    Parameters
    ----------
    texts
        Entries of an earlier form, from ``texts``.

    Attributes
    ----------
    changed
        Emitted after every change of what is asked.
    chosen
        Emitted with a hint when another method is chosen: why it cannot be used, else "".
    """

    changed = Signal()
    chosen = Signal(str)

    def __init__(self, viewer: napari.Viewer, texts: dict[str, Any]) -> None:
        super().__init__()
        self._methods = method_choices()
        self.settings: SettingsForm | None = None
        self._build(viewer, texts.get("budgets", {}))
        self._fill(texts)

    def _build(self, viewer: napari.Viewer, budgets: dict[str, tuple[str, str]]) -> None:
        self.layer = LayerBox(viewer, label="layer", tooltip="the layer to compress")
        self.method = ComboBox(
            choices=[(c.label, c.name) for c in self._methods if c.recommended], name="method"
        )
        self.research = CheckBox(text="research methods too", name="research")
        self.asked = BudgetForm()
        self.kind, self.value = self.asked.kind, self.asked.value
        self.path = FileEdit(
            mode="w",
            filter="*.vcore *.ome.zarr",
            name="path",
            tooltip=".vcore file, or .ome.zarr folder of chunks; empty: keep the result in memory",
        )
        self.force = CheckBox(text="replace an existing file", name="force")
        self.limit = FloatSpinBox(
            value=0, min=0, max=1e6, step=10, name="limit",
            tooltip="time limit for fitting, in seconds; 0: no limit",
        )  # fmt: skip
        self.workers = SpinBox(
            value=min(2, threads()), min=1, max=256, name="workers",
            tooltip="threads, or processes for hierarchies, that compress chunks of an .ome.zarr",
        )  # fmt: skip
        self.channels = CheckBox(
            text="as channels of one image",
            tooltip="one budget for all, reached by each in its own range; else they are variables",
        )
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.ExpandingFieldsGrow)
        form.addRow("&layer", self.layer.native)
        form.addRow("&method", self.method.native)
        form.addRow("", self.research.native)
        form.addRow(self.asked)
        self.budgets = BudgetTable(viewer, self.layer, budgets)
        form.addRow(self.budgets)
        form.addRow("", self.channels.native)
        form.addRow("&file", self.path.native)
        form.addRow("", self.force.native)
        form.addRow("worker&s", self.workers.native)
        self._rows = form
        form.addRow("&time limit, s", self.limit.native)
        self.settings_box = Fold("Settings")
        form.addRow(self.settings_box)
        self.method.native.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Fixed)
        self.research.changed.connect(self._list_methods)
        self.method.changed.connect(self._method_changed)
        self.asked.changed.connect(self._choose_method)
        for field in (self.layer, self.method, self.asked, self.budgets):
            field.changed.connect(self._told)
        self.budgets.changed.connect(self._together_changed)
        self.channels.changed.connect(self._together_changed)
        self.path.changed.connect(self._path_changed)
        self._together_changed()
        self._path_changed()

    def showEvent(self, event: Any) -> None:
        """Align the fields, whose labels have their font by now."""
        super().showEvent(event)
        align_labels(self._rows, self.asked.rows)

    def _list_methods(self) -> None:
        chosen = self.method.value
        listed = [c for c in self._methods if c.recommended or self.research.value]
        self.method.choices = [(c.label, c.name) for c in listed]
        names = [c.name for c in listed]
        self.method.value = chosen if chosen in names else names[0]
        items = self.method.native.model()
        for row, choice in enumerate(listed):
            items.item(row).setEnabled(choice.usable)
            self.method.native.setItemData(row, choice.tooltip, Qt.ToolTipRole)

    def _method_changed(self) -> None:
        if self.settings is not None:
            self.settings_box.content.removeWidget(self.settings.native)
            self.settings.close()
        self.settings = SettingsForm(self.method.value)
        self.settings_box.content.addWidget(self.settings.native)
        self.settings.changed.connect(self._told)
        self.asked.suit(self.method.value)
        choice = self._choice
        self.method.tooltip = choice.tooltip
        self.chosen.emit("" if choice.usable else choice.tooltip)

    @property
    def _choice(self) -> MethodChoice:
        return next(c for c in self._methods if c.name == self.method.value)

    @property
    def usable(self) -> bool:
        """Whether the chosen method can be used on this machine."""
        return self._choice.usable

    @property
    def has_gate(self) -> bool:
        """Whether the chosen method has a gate."""
        return has_gate(self.method.value)

    def _choose_method(self) -> None:
        found = method_for(self.method.value, self.kind.value, self.asked.text)
        if found != self.method.value:
            self.method.value = found

    def _together_changed(self) -> None:
        several = bool(self.budgets.layers)
        self.channels.visible = several
        self.budgets.setVisible(several and not self.channels.value)
        self.asked.enable(not several or self.channels.value)
        self.changed.emit()

    def _told(self) -> None:
        self.changed.emit()

    def _path_changed(self) -> None:
        shown = is_hierarchy(str(self.path.value))
        self.workers.native.setVisible(shown)
        self._rows.labelForField(self.workers.native).setVisible(shown)

    def request(self) -> Request:
        """Return the compression requested by the form.

        Raises
        ------
        VcoreError
            There is no layer, or an entry is invalid.
        """
        layer = self.layer.value
        if layer is None:
            raise InputError("Expected a layer to compress. There is none: open one first.")
        layers = self.budgets.layers or [layer]
        several = len(layers) > 1
        apart = several and not self.channels.value
        shared = self.shared(several=apart)
        data = [each.as_layer_data_tuple() for each in layers]
        return replace(
            shared,
            volume=layered(data) if apart or not several else channels_of(data),
            budget=self.budgets.budgets(self.asked.known) if apart else shared.budget,
            path=with_suffix(str(self.path.value)),
            exact=isinstance(layer, Labels) and not several,
        )

    def shared(self, *, several: bool = False) -> Request:
        """Return what does not depend on the layers, for any volume.

        Parameters
        ----------
        several
            Whether each of several variables has a budget.

        Raises
        ------
        VcoreError
            An entry is invalid.
        """
        texts = self.settings.texts() if self.settings is not None else {}
        settings = parsed_settings(self.method.value, texts)
        return Request(
            volume=NOTHING,
            method=method_of(self.method.value, several=several, settings=settings),
            budget=Budget() if several else self.asked.budget(),
            settings=settings,
            force=self.force.value,
            time_limit=self.limit.value or None,
            workers=self.workers.value,
        )

    def texts(self) -> dict[str, Any]:
        """Return the entries, for another form."""
        found: dict[str, Any] = {name: getattr(self, name).value for name in FIELDS}
        found["asked"] = self.asked.texts()
        found["settings"] = self.settings.texts() if self.settings is not None else {}
        return (
            found
            | {"path": self.path.value, "layer": self.layer.value}
            | {"budgets": self.budgets.texts}
        )

    def _fill(self, texts: dict[str, Any]) -> None:
        self.research.value = texts.get("research", False)
        self._list_methods()
        self.asked.fill(texts.get("asked", {}))
        for name in FIELDS:
            if name in texts:
                getattr(self, name).value = texts[name]
        if str(texts.get("path", ".")) != ".":
            self.path.value = texts["path"]
        if texts.get("layer") in self.layer.choices:
            self.layer.value = texts["layer"]
        self._method_changed()
        if self.settings is not None and "settings" in texts:
            self.settings.fill(texts["settings"])
