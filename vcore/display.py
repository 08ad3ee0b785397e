"""Display of an open dataset as text, in notebooks and in viewers."""

from abc import ABC, abstractmethod
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from vcore.engine.levels import LevelsDecoder
from vcore.errors import InputError, MissingExtraError
from vcore.model import anatomy
from vcore.model.grid import Grid
from vcore.runtime.memory import human_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vcore.evaluate.thumbnail import Thumbnail


class Displayed(ABC):
    """Base class of datasets: ``repr``, notebook table, figures, napari layers."""

    grid: Grid
    variables: "Mapping[str, LevelsDecoder]"

    @property
    @abstractmethod
    def identity(self) -> tuple[str, int]:
        """Name, and a fingerprint of the content."""

    @property
    @abstractmethod
    def info(self) -> dict[str, Any]:
        """Metadata and figures available without decoding, as JSON values."""

    @abstractmethod
    def grid_attributes(self, number: int) -> "Mapping[str, Any]":
        """Return what ``attributes`` are for the grid of a number; the main one is 0."""

    @abstractmethod
    def decoder(self, variable: str | None = None) -> LevelsDecoder:
        """Return the decoder of ``variable`` (the first by default)."""

    def plot(
        self,
        variable: str | None = None,
        *,
        projection: bool = False,
        time: float | None = None,
        frame: int | None = None,
        channel: int | str | None = None,
        level: int | None = None,
    ) -> Any:
        """Return a matplotlib figure of three slices through the middle of a variable.

        Axes are in the grid's unit; missing values are drawn in a separate colour.

        Parameters
        ----------
        variable
            The first by default.
        projection
            Draw maximum projections along each axis instead of slices.
        time, frame
            A time in ``grid.time_unit``, or a frame index from 0; the first frame by default.
        channel
            Index from 0, or name; the first by default.
        level
            0 is full resolution; by default the finest level that draws quickly.

        Raises
        ------
        InputError
            There is no such variable, time, frame, channel or level.
        MissingExtraError
            matplotlib is not installed.
        """
        from vcore.evaluate.plot import View, plot_variable

        decoder = self.decoder(variable)
        if time is not None:
            if frame is not None:
                raise InputError("Expected either `time` or `frame`. Got both: leave one out.")
            frame = decoder.grid.frame_at(time)
        if isinstance(channel, str):
            names = decoder.header.components
            if channel not in names:
                known = ", ".join(names) or "numbers only"
                raise InputError(f"Expected one of the channels {known}. Got {channel!r} instead.")
            channel = names.index(channel)
        view = View(projection, frame or 0, channel or 0, level)
        return plot_variable(decoder, view, self.identity[0], self._space(decoder))

    def to_napari(self, viewer: Any = None) -> Any:
        """Show the variables as lazy multiscale layers; return the napari viewer.

        Parameters
        ----------
        viewer
            The viewer to add the layers to; a new one by default.

        Raises
        ------
        MissingExtraError
            napari or the vcore plugin is not installed.
        """
        return add_layers("napari_vcore.layers", "layers_of", self, viewer)

    def _repr_html_(self) -> str:
        """Return a table of the variables, with a thumbnail if a coarse level is stored."""
        from vcore.evaluate.summary import summary

        return summary(type(self).__name__, self.info, self.grid, self._thumbnail)

    @cached_property
    def _thumbnail(self) -> "Thumbnail":
        from vcore.evaluate.thumbnail import Thumbnail

        decoder = self.decoder()
        sides = anatomy.ends(decoder.grid, self._space(decoder))
        return Thumbnail(decoder, upward=anatomy.runs_up(sides[1]) is True)

    def _space(self, decoder: LevelsDecoder) -> Any:
        return self.grid_attributes(decoder.header.grid_number).get("space")

    def __repr__(self) -> str:
        info = self.info
        ratio = f"{human_bytes(info['bytes'])}, {info['ratio']:.1f} : 1"
        lines = [f"<vcore.{type(self).__name__} {info['file']!r}: {ratio}>"]
        for name, decoder in self.variables.items():
            header, levels = decoder.header, len(decoder.grids)
            shape = " x ".join(map(str, header.source_shape))
            unit = f" {header.unit}" if header.unit else ""
            lines.append(
                f"  {name}: {decoder.dtype.name} {shape} ({' '.join(header.source_axes)}), "
                f"{header.range[0]:g} to {header.range[1]:g}{unit}, {header.methods}, "
                f"{levels} level{'s' if levels > 1 else ''}"
            )
        return "\n".join(lines)


def add_layers(module: str, name: str, shown: Any, viewer: Any) -> Any:
    """Add the layers of an open file to a napari viewer, a new one for None; return the viewer.

    Parameters
    ----------
    module, name
        Function of the plugin that returns the layers, as its reader uses.

    Raises
    ------
    MissingExtraError
        napari or the vcore plugin is not installed.
    """
    try:
        napari = import_module("napari")
        plugin = import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            f"Expected napari and the plugin of vcore. Got '{error}' instead: "
            f"pip install 'vcore-volumes[napari]'."
        ) from error
    layers = getattr(plugin, name)(shown)
    viewer = napari.Viewer() if viewer is None else viewer
    for data, options, kind in layers:
        viewer.add_layer(napari.layers.Layer.create(data, options, kind))
    return viewer
