"""Explore dock: export of the chosen layer's file, and the size of its cache."""

from pathlib import Path

from magicgui.widgets import FileEdit, SpinBox
from napari.utils.notifications import show_info, show_warning
from qtpy.QtWidgets import QPushButton

from napari_vcore._qt.sections import Host, Section
from vcore import io
from vcore.model.context import Context


class FileSection(Section):
    """Copies the file of the chosen layer, or exports a level of it."""

    def __init__(self, dock: Host) -> None:
        super().__init__("File", opened=False)
        self._dock = dock
        self.cache = SpinBox(
            value=256, min=0, max=1 << 20, step=64, tooltip="cache of decoded chunks, in MiB"
        )
        self.path = FileEdit(
            mode="w",
            filter="*.vcore *.zarr *.tif *.nrrd *.vti",
            tooltip=".vcore: copied; .zarr (OME-Zarr), .tif, .nrrd, .vti: decoded at the level",
        )
        self.level = SpinBox(value=0, min=0, max=0, tooltip="0: full resolution")
        self.button = QPushButton("E&xport")
        self.form.addRow("cache &MiB", self.cache.native)
        self.form.addRow("at level", self.level.native)
        self.form.addRow("&to", self.path.native)
        self.form.addRow("", self.button)
        self.cache.changed.connect(self._resize_cache)
        self.button.clicked.connect(self._export)

    def _resize_cache(self) -> None:
        link = self._dock.link
        if link is not None:
            link.dataset.resize_cache(self.cache.value << 20)

    def _export(self) -> None:
        link, path, level = self._dock.link, str(self.path.value), self.level.value
        if link is None or path in ("", "."):
            show_warning("Expected a file to export to. Choose a name first.")
            return

        def work(context: Context) -> str:
            if Path(path).suffix.lower() == ".vcore":
                link.file.save(path)
            else:
                volume = link.dataset.volume(link.variable, level=level)
                io.write(volume, path, progress=lambda n, of: context.report("writing", n / of))
            return path

        self._dock.start(work, lambda found: show_info(f"Wrote {found}."))
