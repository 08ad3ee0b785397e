"""Transfer functions: colour and opacity by value, as ParaView exports them in JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError, SourceError
from vcore.io.request import need

SPACES = {
    "RGB": "SetColorSpaceToRGB",
    "HSV": "SetColorSpaceToHSV",
    "Lab": "SetColorSpaceToLab",
    "CIELAB": "SetColorSpaceToLab",
    "Diverging": "SetColorSpaceToDiverging",
    "Lab/CIEDE2000": "SetColorSpaceToLabCIEDE2000",
    "Step": "SetColorSpaceToStep",
}
"""Method of vtkColorTransferFunction for each colour space of ParaView."""
COOL_TO_WARM = (
    (0.0, 0.231373, 0.298039, 0.752941),
    (0.5, 0.865003, 0.865003, 0.865003),
    (1.0, 0.705882, 0.0156863, 0.14902),
)
"""ParaView's default colour map, by fraction of the range."""
DENSEST = 0.3
"""Opacity of the largest values in the default transfer function, per unit distance."""
MAX_BYTES = 1 << 24
"""Maximum size of a JSON file of transfer functions."""
MAX_VALUE = 1e300
"""Largest value of a control point."""
SAMPLES = 1024
"""Number of control points that stand for a logarithmic scale."""
MAX_POINTS = 1 << 16
"""Maximum number of control points."""

Point = tuple[float, float, float, float]


@dataclass(frozen=True)
class TransferFunction:
    """Colour and opacity of every value.

    Parameters
    ----------
    name
        Name of the preset.
    colours
        Control points: value, red, green, blue (0..1), by rising value.
    opacities
        Control points: value, opacity (0..1), midpoint, sharpness, as vtkPiecewiseFunction has
        them. Opacity is that of one unit distance.
    space
        Colour space of interpolation, a key of ``SPACES``.
    log
        Whether colours are interpolated along the logarithm of the value.
    """

    name: str
    colours: tuple[Point, ...]
    opacities: tuple[Point, ...]
    space: str = "Diverging"
    log: bool = False

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest value of the control points."""
        values = [p[0] for p in (*self.colours, *self.opacities)]
        return min(values), max(values)

    def rescaled(self, low: float, high: float) -> "TransferFunction":
        """Return the function with its range mapped linearly to ``low`` .. ``high``."""
        first, last = self.range
        scale = (high - low) / ((last - first) or 1.0)

        def moved(points: Sequence[Point]) -> tuple[Point, ...]:
            return tuple((low + (p[0] - first) * scale, *p[1:]) for p in points)

        return replace(self, colours=moved(self.colours), opacities=moved(self.opacities))

    def less(self, offset: float) -> "TransferFunction":
        """Return the function of values that are smaller by ``offset``."""
        if not offset:
            return self
        colours, space = self.colours, self.space
        if self.log:  # values less an offset have no such logarithm
            values = np.linspace(colours[0][0], colours[-1][0], SAMPLES).tolist()
            rows = self.colours_of(values).tolist()
            colours = tuple((v, r, g, b) for v, (r, g, b) in zip(values, rows, strict=True))
            space = "RGB"
        return replace(
            self,
            colours=tuple((p[0] - offset, *p[1:]) for p in colours),
            opacities=tuple((p[0] - offset, *p[1:]) for p in self.opacities),
            space=space,
            log=False,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return asdict(self)

    def vtk_colours(self) -> Any:
        """Return the vtkColorTransferFunction."""
        found = need("vtkmodules.vtkRenderingCore").vtkColorTransferFunction()
        getattr(found, SPACES[self.space])()
        found.HSVWrapOff()  # these two as in ParaView
        found.SetAllowDuplicateScalars(1)
        for point in self.colours:
            found.AddRGBPoint(*point)
        if self.log:
            found.SetScaleToLog10()
        return found

    def vtk_opacities(self) -> Any:
        """Return the vtkPiecewiseFunction."""
        found = need("vtkmodules.vtkCommonDataModel").vtkPiecewiseFunction()
        found.SetAllowDuplicateScalars(1)
        for point in self.opacities:
            found.AddPoint(*point)
        return found

    def colours_of(self, values: Sequence[float]) -> NDArray[np.float64]:
        """Return red, green, blue (0..1) of each value, shape (n, 3)."""
        function = self.vtk_colours()
        return np.array([function.GetColor(float(v)) for v in values]).reshape(-1, 3)

    def opacity_table(self, count: int) -> NDArray[np.float64]:
        """Return the opacities of ``count`` evenly spaced values of ``range``."""
        function, values = self.vtk_opacities(), np.linspace(*self.range, count)
        return np.array([function.GetValue(float(v)) for v in values])


def default_function(low: float, high: float) -> TransferFunction:
    """Return ParaView's default colours, and opacity that rises from 0 at ``low``."""
    span = (high - low) or abs(high) or 1.0
    colours = tuple((low + p[0] * span, *p[1:]) for p in COOL_TO_WARM)
    opacities = ((low, 0.0, 0.5, 0.0), (low + span, DENSEST, 0.5, 0.0))
    return TransferFunction("default", colours, opacities)


def read_functions(path: str) -> tuple[TransferFunction, ...]:
    """Read the transfer functions of a JSON file of ParaView.

    Raises
    ------
    SourceError
        The file cannot be read.
    InputError
        The file is no export of colour maps, or holds categories only.
    """
    try:
        with open(path, "rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SourceError(
            f"Expected a JSON file of a transfer function at {path}. Got '{error.strerror}' "
            f"instead: check the path."
        ) from error
    try:
        found = json.loads(text) if len(text) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        found = None
    presets: list[Any] = found if isinstance(found, list) else [found]
    if not presets or not all(isinstance(p, dict) and "RGBPoints" in p for p in presets):
        raise InputError(
            f"Expected a colour map of ParaView with RGBPoints in {path}. Got something else "
            f"instead: in ParaView's Color Map Editor save it as a preset, with opacities, and "
            f"export that preset as JSON."
        )
    several = len(presets) > 1
    return tuple(_function(preset, Path(path), several) for preset in presets)


def _function(preset: dict[str, Any], path: Path, several: bool) -> TransferFunction:
    name = str(preset.get("Name") or path.stem) if several else path.stem
    colours = _points(preset, "RGBPoints", path)
    low, high = colours[0][0], colours[-1][0]
    if "Points" in preset:
        opacities = _points(preset, "Points", path)
    else:  # as ParaView: a ramp
        opacities = ((low, 0.0, 0.5, 0.0), (high, 1.0, 0.5, 0.0))
    space = str(preset.get("ColorSpace", "RGB"))
    if space not in SPACES:
        raise InputError(
            f"Expected one of the colour spaces {', '.join(SPACES)} in {path}. Got {space!r} "
            f"instead."
        )
    log = bool(preset.get("UseLogScale", 0))
    if log and low <= 0:
        raise InputError(
            f"Expected positive values for the log scale of {path}. Got {low:g} instead: turn the "
            f"log scale off, or rescale the colour map in ParaView."
        )
    return TransferFunction(name, colours, opacities, space, log)


def _points(preset: dict[str, Any], key: str, path: Path) -> tuple[Point, ...]:
    """Return the control points of four numbers each, by rising value."""
    values = preset[key]
    numbers = isinstance(values, list) and all(
        isinstance(v, int | float) and not isinstance(v, bool) and abs(v) <= MAX_VALUE
        for v in values
    )
    if not numbers or len(values) % 4 or not 8 <= len(values) <= 4 * MAX_POINTS:
        raise InputError(
            f"Expected {key} of {path} as a list of two or more points of four finite numbers. Got "
            f"something else instead: export the colour map again."
        )
    points = sorted(zip(*[iter(map(float, values))] * 4, strict=True), key=lambda p: p[0])
    if not all(0 <= v <= 1 for point in points for v in point[1:]):
        raise InputError(
            f"Expected colours and opacities in 0..1 among {key} of {path}. Got others instead: "
            f"export the colour map again."
        )
    return tuple(points)
