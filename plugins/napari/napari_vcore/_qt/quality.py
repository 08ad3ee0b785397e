"""Fields for a budget: how good, and what is known of the detector."""

from typing import Any

from magicgui.widgets import ComboBox, LineEdit
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFormLayout, QSizePolicy, QWidget

from napari_vcore.choices import (
    BUDGETS,
    BudgetKind,
    is_of_noise,
    parsed_detector,
    reaches_quality,
)
from vcore.model.budget import Budget

DETECTOR = {
    "gain": ("&gain", "data units per count of the detector; empty: estimated from the data"),
    "offset": ("dar&k offset", "value without light, in data units; empty: estimated"),
    "read_noise": (
        "&read noise",
        "standard deviation of the noise without light, in data units; empty: estimated",
    ),
}
"""Label and tooltip of each detector parameter."""


class BudgetForm(QWidget):
    """Kind and value of a budget; parameters of the detector where the budget is of its noise.

    Attributes
    ----------
    kind, value, word
        Kind of budget, its value, and its value for a quality.
    detector
        Text of each detector parameter, by name.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.kind = ComboBox(choices=[(b.label, b.field) for b in BUDGETS], name="kind")
        self.value = LineEdit(name="value")
        self.word = ComboBox(choices=BUDGETS[0].words, value=BUDGETS[0].value, name="word")
        self.detector = {name: LineEdit(tooltip=tip) for name, (_, tip) in DETECTOR.items()}
        for field in self.detector.values():
            field.native.setPlaceholderText("estimated")
        for box in (self.kind, self.word):
            box.native.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Fixed)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setFieldGrowthPolicy(QFormLayout.ExpandingFieldsGrow)
        self._form.addRow("&budget", self.kind.native)
        self._form.addRow("", self.word.native)
        self._form.addRow("", self.value.native)
        for name, field in self.detector.items():
            self._form.addRow(DETECTOR[name][0], field.native)
        self.kind.changed.connect(self._kind_changed)
        for each in (self.value, self.word, *self.detector.values()):
            each.changed.connect(self._told)
        self._kind_changed()

    @property
    def rows(self) -> QFormLayout:
        """The rows, to be aligned with others."""
        return self._form

    @property
    def chosen(self) -> BudgetKind:
        """Kind of budget."""
        return next(kind for kind in BUDGETS if kind.field == self.kind.value)

    @property
    def text(self) -> str:
        """Value as text."""
        return str(self.word.value) if self.chosen.words else str(self.value.value)

    def budget(self) -> Budget:
        """Return the budget; raises BudgetError."""
        return self.chosen.budget(self.text, self.known)

    @property
    def known(self) -> dict[str, float]:
        """Given detector parameters; raises BudgetError."""
        return parsed_detector({name: field.value for name, field in self.detector.items()})

    def suit(self, method: str) -> None:
        """Choose a size in place of a quality if the method does not reach any."""
        if self.chosen.words and not reaches_quality(method):
            self.kind.value = "ratio"

    def texts(self) -> dict[str, Any]:
        """Return the entries, for ``fill``."""
        detector = {name: field.value for name, field in self.detector.items()}
        return {
            "kind": self.kind.value,
            "value": self.value.value,
            "word": self.word.value,
            "detector": detector,
        }

    def fill(self, texts: dict[str, Any]) -> None:
        """Set the entries."""
        for name in ("kind", "value", "word"):
            if name in texts:
                getattr(self, name).value = texts[name]
        for name, text in texts.get("detector", {}).items():
            self.detector[name].value = text

    def enable(self, enabled: bool) -> None:
        """Enable kind and value; the detector's parameters stay enabled."""
        for field in (self.kind, self.value, self.word):
            field.enabled = enabled
        self._show_fields(always=not enabled)

    def _kind_changed(self) -> None:
        kind = self.chosen
        if not kind.words:
            self.value.value = kind.text
        for field in (self.kind, self.value, self.word):
            field.tooltip = kind.tooltip
        self._told()

    def _told(self) -> None:
        self._show_fields()
        self.changed.emit()

    def _show_fields(self, *, always: bool = False) -> None:
        noisy = always or is_of_noise(self.kind.value, self.text)
        shown = {self.word: bool(self.chosen.words), self.value: not self.chosen.words}
        shown |= dict.fromkeys(self.detector.values(), noisy)
        for field, visible in shown.items():
            field.native.setVisible(visible)
            label = self._form.labelForField(field.native)
            if label is not None:
                label.setVisible(visible)
