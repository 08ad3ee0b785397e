"""A row for each parameter of a collection: play, name, slider or list, value and unit."""

import html
import warnings
from typing import Any

from napari.utils.notifications import show_warning
from qtpy.QtCore import QObject, QSignalBlocker, Qt, Signal
from qtpy.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QSlider, QToolButton

from napari_vcore.playing import UNITS, last_position, position_of, value_at
from vcore.collections.parameters import Parameter
from vcore.errors import InputError

FINE = 16
"""Positions of a slider between two values that are blended."""
PLAY, PAUSE = "▶", "❚❚"
NAME = 110
"""Largest width of a name or unit, in pixels; all of it is in the tip."""
FIELD = 72
"""Width of the field of a value, in pixels."""


class ParameterRow(QObject):
    """Widgets of one parameter in a row of a grid.

    Parameters
    ----------
    parameter
        Parameter of more than one value.
    grid, row
        Where the widgets are placed.
    """

    moved = Signal(float)
    """The user chose a position."""
    played = Signal(bool)
    """The user started or stopped playing along the parameter."""

    def __init__(self, parameter: Parameter, grid: QGridLayout, row: int) -> None:
        super().__init__(grid.parentWidget())
        self.parameter, self._fine = parameter, 1
        self.play = QToolButton()
        self.play.setText(PLAY)
        self.play.setCheckable(True)
        self.play.setToolTip(html.escape(f"play along {parameter.name}"))
        self.play.toggled.connect(self.played)
        self.name = _plain(parameter.name)
        grid.addWidget(self.play, row, 0)
        grid.addWidget(self.name, row, 1)
        if parameter.is_label:
            self.labels = QComboBox()
            self.labels.addItems([str(v) for v in parameter.values])
            self.labels.currentIndexChanged.connect(lambda i: self.moved.emit(float(i)))
            grid.addWidget(self.labels, row, 2, 1, 3)
            return
        self.slider = QSlider(Qt.Horizontal)
        self.slider.setPageStep(1)
        self.slider.setMinimumWidth(80)
        self.slider.valueChanged.connect(self._slid)
        self.field = QLineEdit()
        self.field.setFixedWidth(FIELD)
        self.field.setAlignment(Qt.AlignRight)
        first, last = parameter.values[0], parameter.values[-1]
        self.field.setToolTip(f"{len(parameter)} values from {first:g} to {last:g}")
        self.field.editingFinished.connect(self._typed)
        grid.addWidget(self.slider, row, 2)
        grid.addWidget(self.field, row, 3)
        grid.addWidget(_plain(UNITS.get(parameter.unit, parameter.unit)), row, 4)

    def show(self, position: float, *, blend: bool) -> None:
        """Show a position."""
        if self.parameter.is_label:
            with QSignalBlocker(self.labels):
                self.labels.setCurrentIndex(int(position))
            return
        self._fine = FINE if blend else 1
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, round(last_position(self.parameter, blend=blend) * self._fine))
            self.slider.setSingleStep(1)
            self.slider.setValue(round(position * self._fine))
        self.field.setText(f"{value_at(self.parameter, position):g}")
        self.field.setModified(False)

    def set_playing(self, on: bool) -> None:
        """Show whether it is played along the parameter, without a signal."""
        with QSignalBlocker(self.play):
            self.play.setChecked(on)
        self.play.setText(PAUSE if on else PLAY)

    def _slid(self, step: int) -> None:
        self.moved.emit(step / self._fine)

    def _typed(self) -> None:
        if not self.field.isModified():  # it only lost the focus
            return
        self.field.setModified(False)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                position = position_of(self.parameter, _number(self.field), blend=self._fine > 1)
            except InputError as error:
                show_warning(str(error))
                self._slid(self.slider.value())
                return
        for warning in caught:
            show_warning(str(warning.message))
        self.moved.emit(position)


def _plain(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.PlainText)  # names in files are not trusted
    label.setMaximumWidth(NAME)
    label.setToolTip(html.escape(text))
    return label


def _number(field: QLineEdit) -> Any:
    return field.text().strip().rstrip("°").replace(",", ".")
