"""The Explore dock: file contents, decoding boxes, comparison, Gaussians, export."""

from pathlib import Path
from typing import Any

import napari
import numpy as np
from magicgui.widgets import FileEdit, FloatSlider, Label, SpinBox
from napari.layers import Image, Labels, Points, Shapes
from napari.utils.notifications import show_info, show_warning
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
)
from superqt import QCollapsible

from napari_vcore import boxes, comparing, gaussians
from napari_vcore._qt.docks import Column, LayerBox, Watcher, ended_well
from napari_vcore.jobs import Job, Status
from napari_vcore.layers import KEY, Link, described, link_of, place, relinked
from vcore import io
from vcore.dataset import Dataset
from vcore.errors import InputError, VcoreError
from vcore.model.context import Context

GAUSSIANS = "vcore_gaussians"
SETTLE_MS = 300
BLINK_MS = 700
"""Time for which each of two layers is shown when they blink, in milliseconds."""
ZOOM = 4.0
"""Screen pixels of a voxel at which the worst one is shown, at least."""


class ExploreDock(Column):
    """Dock for exploring the compressed file of a layer."""

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__()
        self.viewer = napari_viewer
        # napari 0.9 moved it
        self._grid = getattr(napari_viewer, "canvas", napari_viewer).grid
        self.layer = LayerBox(
            napari_viewer, wanted=lambda layer: link_of(layer) is not None, label="layer"
        )
        self.info = QPlainTextEdit()
        self.info.setReadOnly(True)
        self.info.setMinimumHeight(140)
        self.status = Label(value="")
        self.status.native.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 100)
        self.bar.setVisible(False)
        self.cancel = QPushButton("Cance&l")
        self.cancel.setVisible(False)
        form = QFormLayout()
        form.addRow("&layer", self.layer.native)
        self.column.addLayout(form)
        self.column.addWidget(self.info)
        self._build_box()
        self._build_comparison()
        self._build_gaussians()
        self._build_file()
        for widget in (self.bar, self.status.native, self.cancel):
            self.column.addWidget(widget)
        self.column.addStretch()
        self._watcher = Watcher(self, self._told, self._ended)
        self._then: Any = None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._apply_points)
        self._points: Points | None = None
        self.cancel.clicked.connect(self._cancel)
        self.layer.changed.connect(self._chosen)
        self.viewer.layers.selection.events.active.connect(self._follow)
        self.viewer.layers.events.removed.connect(self._chosen)
        self.destroyed.connect(self._forget)
        self._follow()
        self._chosen()

    # building

    def _section(self, title: str, *, opened: bool = True) -> QFormLayout:
        box = QCollapsible(title)
        self.column.addWidget(box)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.ExpandingFieldsGrow)
        body = Column.body_of(form)
        box.addWidget(body)
        if opened:
            box.expand(animate=False)
        return form

    def _build_box(self) -> None:
        form = self._section("Decode a box")
        self.level = SpinBox(value=0, min=0, max=0, tooltip="0: full resolution")
        self.box = LayerBox(
            self.viewer,
            wanted=lambda layer: isinstance(layer, Shapes),
            optional=True,
            tooltip="Shapes layer whose last rectangle defines the box; (none): the visible part",
        )
        self.decode_button = QPushButton("&Decode")
        form.addRow("at le&vel", self.level.native)
        form.addRow("&box", self.box.native)
        form.addRow("", self.decode_button)
        self.decode_button.clicked.connect(self._decode)

    def _build_comparison(self) -> None:
        form = self._section("Compare")
        self.other = LayerBox(
            self.viewer, wanted=self._comparable, optional=True, tooltip="usually the original"
        )
        self.side = QPushButton("&Side by side")
        self.side.setCheckable(True)
        self.side.setToolTip("show both layers side by side with linked views; again to undo")
        self.blink = QPushButton("Bli&nk")
        self.blink.setCheckable(True)
        self.blink.setToolTip("show both layers in turn, with the same contrast; again to stop")
        self.worst = QPushButton("&Go to the worst voxel")
        self.worst.setToolTip("find the largest error, and show it in the centre of the view")
        row = QHBoxLayout()
        row.addWidget(self.side)
        row.addWidget(self.blink)
        form.addRow("&with", self.other.native)
        form.addRow("", Column.body_of(row))
        form.addRow("", self.worst)
        self._blinking = QTimer(self)
        self._blinking.setInterval(BLINK_MS)
        self._blinking.timeout.connect(self._turn)
        self.side.toggled.connect(self._side_by_side)
        self.blink.toggled.connect(self._blink)
        self.worst.clicked.connect(self._go_to_worst)
        self._pair: tuple[Any, ...] = ()
        self._hidden: list[Any] = []

    def _build_gaussians(self) -> None:
        form = self._section("Gaussians", opened=False)
        self.points_button = QPushButton("as &points")
        self.axes_button = QPushButton("as a&xes")
        row = QHBoxLayout()
        row.addWidget(self.points_button)
        row.addWidget(self.axes_button)
        self.least = FloatSlider(
            value=0, min=0, max=1, readout=True,
            tooltip="hide points of lower absolute intensity",
        )  # fmt: skip
        self.remove_button = QPushButton("&Remove hidden")
        self.remove_button.setToolTip(
            "remove hidden Gaussians from the decoded layer; deleting points does the same"
        )
        form.addRow("", Column.body_of(row))
        form.addRow("&intensity from", self.least.native)
        form.addRow("", self.remove_button)
        self.points_button.clicked.connect(lambda: self._show_gaussians(points=True))
        self.axes_button.clicked.connect(lambda: self._show_gaussians(points=False))
        self.least.changed.connect(self._filter)
        self.remove_button.clicked.connect(self._remove_hidden)

    def _build_file(self) -> None:
        form = self._section("File", opened=False)
        self.cache = SpinBox(
            value=256, min=0, max=1 << 20, step=64, tooltip="cache of decoded chunks, in MiB"
        )
        self.path = FileEdit(
            mode="w",
            filter="*.vcore *.zarr *.tif *.nrrd *.vti",
            tooltip=".vcore: copied; .zarr (OME-Zarr), .tif, .nrrd, .vti: decoded at the level",
        )
        self.save_button = QPushButton("E&xport")
        form.addRow("cache &MiB", self.cache.native)
        form.addRow("&to", self.path.native)
        form.addRow("", self.save_button)
        self.cache.changed.connect(self._resize_cache)
        self.save_button.clicked.connect(self._export)

    # the chosen layer

    @property
    def link(self) -> Link | None:
        """The link of the chosen layer."""
        return link_of(self.layer.value)

    def _comparable(self, layer: Any) -> bool:
        chosen = self.layer.value
        return isinstance(layer, Image) and layer is not chosen

    def _follow(self, event: Any = None) -> None:
        active = self.viewer.layers.selection.active
        if link_of(active) is not None and active in self.layer.choices:
            self.layer.value = active

    def _chosen(self, event: Any = None) -> None:
        link = self.link
        able = link is not None
        for button in (self.decode_button, self.side, self.blink, self.worst, self.save_button):
            button.setEnabled(able)
        mixture = link is not None and link.decoder.has_primitives
        for button in (self.points_button, self.axes_button):
            button.setEnabled(mixture)
        self.other.reset_choices()
        if link is None:
            self.info.setPlainText("Select a layer of a compressed file.")
            return
        self.level.max = len(link.decoder.grids) - 1
        self.cache.value = link.dataset.cache_bytes >> 20
        self.info.setPlainText(described(link))

    # boxes

    def _decode(self) -> None:
        link, layer = self.link, self.layer.value
        if link is None:
            return
        level = self.level.value
        try:
            low, high = self._world_box(layer)
            region = boxes.region(link, layer, low, high, level)
            boxes.check(link, region, boxes.texture_limit(self.viewer.dims.ndisplay == 3))
        except VcoreError as error:
            show_warning(str(error))
            return

        def show(values: Any) -> None:
            header = link.decoder.header
            time = region[0].start if "t" in header.axes else None
            grid = link.decoder.grids[level].cropped(region[-3:])
            options = place(grid, time is not None, flat=header.axis_map.is_flat)
            if time and "translate" in options:
                start, step = options["translate"][0], options["scale"][0]
                options["translate"] = (start + step * time, *options["translate"][1:])
            shown = boxes.without_channel(values, link)
            options |= {"name": f"{layer.name} level {level}", "colormap": layer.colormap}
            if isinstance(layer, Labels):
                self.viewer.add_labels(shown, **options)
                return
            limits = layer.contrast_limits
            self.viewer.add_image(shown, rgb=False, contrast_limits=limits, **options)

        self._start(lambda _context: link.dataset.decode(region, level, link.variable), show)

    def _world_box(self, layer: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return the corners of the box in world coordinates, for all axes."""
        shapes = self.box.value
        if shapes is not None:
            if not len(shapes.data):
                raise InputError(f"Expected a rectangle in {shapes.name!r}. It is empty: draw one.")
            corners = np.array([shapes.data_to_world(p) for p in shapes.data[-1]])
            low, high = corners.min(0), corners.max(0)
        else:
            corners = np.asarray(layer.corner_pixels, float)
            factor = np.asarray(layer.downsample_factors[layer.data_level], float)
            low, high = (np.array(layer.data_to_world(c * factor)) for c in corners)
            hidden = [a - self.viewer.dims.ndim for a in self.viewer.dims.not_displayed]
            point = np.array(self.viewer.dims.point, float)
            for axis in (a for a in hidden if a >= -layer.ndim):
                low[axis] = high[axis] = point[axis]
        return low, high

    # comparison

    def _side_by_side(self, on: bool) -> None:
        first, second = self.layer.value, self.other.value
        if on and second is None:
            show_warning("Expected a layer to compare with. Choose one first.")
            self.side.setChecked(False)
            return
        if on:
            self._hidden = [x for x in self.viewer.layers if x.visible and x not in (first, second)]
            for layer in self._hidden:
                layer.visible = False
            first.visible = second.visible = True
            self.viewer.layers.move(self.viewer.layers.index(second), len(self.viewer.layers))
            self.viewer.layers.move(self.viewer.layers.index(first), len(self.viewer.layers))
            self._grid.stride, self._grid.shape = 1, (1, 2)
        else:
            for layer in self._hidden:
                layer.visible = layer in self.viewer.layers
        self._grid.enabled = on
        self.viewer.reset_view()

    def _blink(self, on: bool) -> None:
        first, second = self.layer.value, self.other.value
        if on and second is None:
            show_warning("Expected a layer to compare with. Choose one first.")
            self.blink.setChecked(False)
            return
        if on:
            self._pair = (first, second)
            if isinstance(first, Image):
                first.contrast_limits, first.gamma = second.contrast_limits, second.gamma
            self._turn()
            self._blinking.start()
            return
        self._blinking.stop()
        for layer in self._pair:
            layer.visible = True
        self._pair = ()

    def _turn(self) -> None:
        if not all(layer in self.viewer.layers for layer in self._pair):
            self.blink.setChecked(False)
            return
        first, second = self._pair
        first.visible, second.visible = not first.visible, first.visible

    def _go_to_worst(self) -> None:
        layer, other = self.layer.value, self.other.value
        if other is None:
            show_warning("Expected the original to compare with. Choose its layer first.")
            return
        decoded, original = (x.data[0] if x.multiscale else x.data for x in (layer, other))
        link = link_of(layer)
        axes = () if link is None else link.decoder.header.source_axes
        names = tuple(a for a in axes if a != "c" or layer.ndim == len(axes))

        def show(found: comparing.Worst) -> None:
            world = np.array(layer.data_to_world(found.index))
            lead = self.viewer.dims.ndim - layer.ndim
            for axis in (a for a in self.viewer.dims.not_displayed if a >= lead):
                self.viewer.dims.set_point(axis, world[axis - lead])
            camera = getattr(self.viewer, "scene", self.viewer).camera  # napari 0.9 moved it
            camera.center = tuple(world[-3:]) if layer.ndim > 2 else (0.0, *world)
            camera.zoom = max(camera.zoom, ZOOM / float(np.abs(layer.scale[-1])))
            self.status.value = found.text(names)

        self._start(lambda context: comparing.worst_voxel(original, decoded, context), show)

    # Gaussians

    def _show_gaussians(self, *, points: bool) -> None:
        link, layer = self.link, self.layer.value
        if link is None:
            return
        make = gaussians.points_layer if points else gaussians.vectors_layer

        def show(data: Any) -> None:
            values, options, kind = data
            added = getattr(self.viewer, f"add_{kind}")(values, **options)
            if points:
                self._points = added
                intensity = np.abs(added.features["intensity"].to_numpy())
                self.least.max = float(intensity.max(initial=0)) or 1.0
                self.least.value = 0
                added.events.data.connect(self._points_changed)

        self._start(lambda _context: make(link, layer.name), show)

    def _filter(self) -> None:
        if self._points is not None and self._points in self.viewer.layers:
            intensity = np.abs(self._points.features["intensity"].to_numpy())
            self._points.shown = intensity >= self.least.value

    def _remove_hidden(self) -> None:
        points = self._points
        if points is not None and points in self.viewer.layers:
            points.selected_data = set(np.flatnonzero(~points.shown).tolist())
            points.remove_selected()

    def _points_changed(self, event: Any) -> None:
        if str(getattr(event, "action", "")).endswith("removed"):
            self._settle.start()

    def _apply_points(self) -> None:
        """Decode without the Gaussians whose points were deleted."""
        points = self._points
        if points is None:
            return
        if self._watcher.busy:
            self._settle.start()
            return
        link, table = points.metadata[GAUSSIANS]
        rows = points.features["row"].to_numpy()
        shown = [x for x in self.viewer.layers if _shows(x, link)]

        def show(dataset: Dataset) -> None:
            for layer in shown:
                if layer in self.viewer.layers:
                    layer.data, layer.metadata[KEY] = relinked(layer.metadata[KEY], dataset)
                    layer.metadata["vcore_origin"] = layer.metadata.get("vcore_origin", link)
            self._chosen()
            self.status.value = f"{len(rows):,} of {len(table):,} Gaussians are left"

        self._start(lambda _context: gaussians.edited(link, table, rows), show)

    # the file

    def _resize_cache(self) -> None:
        if self.link is not None:
            self.link.dataset.resize_cache(self.cache.value << 20)

    def _export(self) -> None:
        link, path, level = self.link, str(self.path.value), self.level.value
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

        self._start(work, lambda found: show_info(f"Wrote {found}."))

    # jobs

    def _start(self, work: Any, then: Any) -> None:
        if self._watcher.busy:
            show_warning("Expected one task at a time. Wait for the one under way, or cancel it.")
            return
        self._then = then
        self._watcher.watch(Job(work))
        self.bar.setVisible(True)
        self.cancel.setVisible(True)

    def _told(self, status: Status) -> None:
        self.bar.setValue(int(100 * status.share))
        self.status.value = str(status)

    def _ended(self, job: Job) -> None:
        self.bar.setVisible(False)
        self.cancel.setVisible(False)
        self.status.value = ""
        if ended_well(job):
            self._then(job.result)

    def _cancel(self) -> None:
        if self._watcher.job is not None:
            self._watcher.job.cancel()

    def _forget(self) -> None:
        self.viewer.layers.selection.events.active.disconnect(self._follow)
        self.viewer.layers.events.removed.disconnect(self._chosen)


def _shows(layer: Any, link: Link) -> bool:
    """Return whether a layer shows the variable of ``link``, original or edited."""
    found = link_of(layer)
    if found is None:
        return False
    origin = layer.metadata.get("vcore_origin", found)
    return origin.dataset is link.dataset and found.variable == link.variable
