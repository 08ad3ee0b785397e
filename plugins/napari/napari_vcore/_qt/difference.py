"""Section of the Collection dock: the difference to the original."""

from pathlib import Path

from magicgui.widgets import ComboBox
from napari.utils.notifications import show_warning
from qtpy.QtCore import QSignalBlocker, Qt, Signal
from qtpy.QtWidgets import QFileDialog, QFormLayout, QLabel, QLineEdit, QPushButton

from napari_vcore._qt.docks import Watcher, ended_well
from napari_vcore._qt.sections import Section
from napari_vcore.jobs import Job
from napari_vcore.originals import Original, open_original
from napari_vcore.shown import DECODED, ERROR, ORIGINAL, Shown
from vcore.errors import VcoreError

SIDE = "side by side"
AS = {SIDE: (DECODED, ORIGINAL, ERROR), **{kind: (kind,) for kind in (DECODED, ORIGINAL, ERROR)}}
"""What is shown, by the words of the list."""


class DifferenceSection(Section):
    """Choice of the original, what is shown, the scale of errors, and their figures."""

    changed = Signal()
    """Other layers are to be shown."""
    rescaled = Signal()
    """The scale of errors has changed."""

    def __init__(self) -> None:
        super().__init__("Difference to the original")
        self.shown: Shown | None = None
        self.channel = ""
        self.open_button = QPushButton("Choose the &original…")
        self.open_button.setToolTip(
            "a .vcore file of images, or the table of a Cinema database (data.csv in its folder)"
        )
        self.show_as = ComboBox(choices=tuple(AS), value=SIDE, tooltip="what is shown")
        self.scale = QLineEdit()
        self.scale.setToolTip("end of the scale of errors, the same for all images; Enter applies")
        self.figures = QLabel()
        self.figures.setTextFormat(Qt.PlainText)
        self.figures.setWordWrap(True)
        self.end_button = QPushButton("&End the comparison")
        self.form.setFieldGrowthPolicy(QFormLayout.AllNonFixedFieldsGrow)
        self.form.addRow(self.open_button)
        self.form.addRow("sho&w", self.show_as.native)
        self.form.addRow("errors &up to", self.scale)
        self.form.addRow(self.figures)
        self.form.addRow(self.end_button)
        self.watcher = Watcher(self, lambda _: None, self._opened)
        self.open_button.clicked.connect(self._ask)
        self.show_as.changed.connect(lambda _: self.changed.emit())
        self.scale.editingFinished.connect(self._rescale)
        self.end_button.clicked.connect(self._end)
        self.choose(None, "")

    @property
    def is_on(self) -> bool:
        """Whether there is an original of the channel."""
        shown = self.shown
        if shown is None or shown.original is None:
            return False
        return self.channel in {c.name for c in shown.original.channels}

    @property
    def kinds(self) -> tuple[str, ...]:
        """What is shown of the channel, in this order."""
        return AS[self.show_as.value] if self.is_on else (DECODED,)

    def choose(self, shown: Shown | None, channel: str) -> None:
        """Compare a channel of another collection."""
        self.shown, self.channel = shown, channel
        self.open_button.setEnabled(shown is not None and not self.watcher.busy)
        for widget in (self.show_as.native, self.scale):
            widget.setEnabled(self.is_on)
        self.end_button.setEnabled(shown is not None and shown.original is not None)
        self._tell_scale()

    def tell(self, text: str) -> None:
        """Show a line below the form, such as the figures of the picture."""
        self.figures.setText(text)
        self.figures.setVisible(bool(text))

    def compare_with(self, path: str | Path) -> None:
        """Open the original, on a thread, and show the difference to it."""
        shown = self.shown
        if shown is None or self.watcher.busy:
            return
        self.open_button.setEnabled(False)
        self.tell(f"opening {Path(path).name} …")
        source = shown.collection
        self.watcher.watch(Job(lambda _context: (shown, Original(source, open_original(path)))))

    def _opened(self, job: Job) -> None:
        self.open_button.setEnabled(True)
        self.tell("")
        if ended_well(job):
            shown, original = job.result
            shown.compare_with(original)
            self.changed.emit()

    def _ask(self) -> None:
        folder = str(Path(self.shown.path).parent) if self.shown is not None else ""
        path, _ = QFileDialog.getOpenFileName(self, "Original", folder, "Images (*.vcore *.csv)")
        if path:
            self.compare_with(path)

    def _end(self) -> None:
        if self.shown is not None:
            self.shown.compare_with(None)
            self.tell("")
            self.changed.emit()

    def _rescale(self) -> None:
        if self.shown is None or not self.scale.isModified():
            return
        try:
            self.shown.set_scale(self.channel, self.scale.text())
        except VcoreError as error:
            show_warning(str(error))
        self._tell_scale()
        self.rescaled.emit()

    def _tell_scale(self) -> None:
        with QSignalBlocker(self.scale):
            told = "" if self.shown is None else f"{self.shown.scales[self.channel]:.4g}"
            self.scale.setText(told)
            self.scale.setModified(False)
