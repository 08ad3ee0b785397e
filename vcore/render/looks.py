"""How a volume is shown: by isosurfaces, by direct volume rendering, or by slices."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from vcore.collections.parameters import Parameter
from vcore.errors import InputError
from vcore.render.ranges import parse_numbers
from vcore.render.transfer import TransferFunction

Colour = tuple[float, float, float]
STEEL: Colour = (0.35, 0.6, 0.85)
"""Default colour of a single isosurface."""
AXES = ("x", "y", "z")


@dataclass(frozen=True)
class Surfaces:
    """Isosurfaces.

    Parameters
    ----------
    groups
        Isovalues that are shown in one image; one image a group.
    colours
        Function that colours surfaces by their isovalue.
    colour
        The one colour, without such a function.
    """

    groups: tuple[tuple[float, ...], ...]
    colours: TransferFunction | None = None
    colour: Colour = STEEL

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The isovalue, if it varies: numbers, or labels such as "0.2+0.5" of several in one."""
        if len(self.groups) == 1:
            return ()
        if all(len(group) == 1 for group in self.groups):
            return (Parameter("isovalue", tuple(group[0] for group in self.groups)),)
        return (
            Parameter("isovalue", tuple("+".join(map("{:.15g}".format, g)) for g in self.groups)),
        )

    def of(self, index: Sequence[int]) -> list[tuple[float, Colour]]:
        """Return isovalue and colour of each surface of an image."""
        values = self.groups[index[0] if index else 0]
        if self.colours is None:
            return [(value, self.colour) for value in values]
        rows = self.colours.colours_of(values).tolist()
        return [(v, (r, g, b)) for v, (r, g, b) in zip(values, rows, strict=True)]


@dataclass(frozen=True)
class Cloud:
    """Direct volume rendering.

    Parameters
    ----------
    functions
        Transfer functions, with distinct names; one image each.
    shade
        Whether gradients are lit.
    """

    functions: tuple[TransferFunction, ...]
    shade: bool = True

    def __post_init__(self) -> None:
        names = [f.name for f in self.functions]
        if len(set(names)) != len(names):
            raise InputError(
                f"Expected transfer functions of different names. Got {', '.join(names)} instead: "
                f"rename a file."
            )

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The name of the transfer function, if there are several."""
        names = tuple(f.name for f in self.functions)
        return (Parameter("transfer_function", names),) if len(names) > 1 else ()

    def of(self, index: Sequence[int]) -> TransferFunction:
        """Return the transfer function of an image."""
        return self.functions[index[0] if index else 0]


@dataclass(frozen=True)
class Slices:
    """Slices across the axes of the voxels, coloured by value.

    Parameters
    ----------
    positions
        For each axis shown, its name and the positions: distances from the first voxel's centre
        along the axis as fractions of its length, 0 to 1. Each image has one slice an axis.
    colours
        Function that colours values; its opacities are not used.
    """

    positions: tuple[tuple[str, tuple[float, ...]], ...]
    colours: TransferFunction

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The position along each axis that varies, in percent."""
        return tuple(
            Parameter(f"slice_{axis}", tuple(float(f"{100 * p:.10g}") for p in positions), "%")
            for axis, positions in self.positions
            if len(positions) > 1
        )

    def of(self, index: Sequence[int]) -> list[tuple[str, float]]:
        """Return axis and position of each slice of an image."""
        left = list(index)
        return [
            (axis, positions[left.pop(0)] if len(positions) > 1 else positions[0])
            for axis, positions in self.positions
        ]


Look = Surfaces | Cloud | Slices


def identity(look: Look) -> dict[str, Any]:
    """Return all settings of a look as JSON values."""
    return {"look": type(look).__name__, **asdict(look)}


def parse_isovalues(text: str) -> tuple[tuple[float, ...], ...]:
    """Parse isovalues: numbers and ranges; joined by "+" where one image shows several.

    Raises
    ------
    InputError
        The text is no such list.
    """
    if "+" not in text.replace("e+", "e"):
        return tuple((value,) for value in parse_numbers("isosurface", text))
    parts = [part.replace("e+", "e").split("+") for part in text.split(",")]
    return tuple(tuple(parse_numbers("isosurface", value)[0] for value in part) for part in parts)


def parse_slices(texts: Sequence[str]) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """Parse slices such as ``z=50`` or ``x=10:90:20``, in percent of the axis.

    Raises
    ------
    InputError
        The text is not a slice, or an axis is given twice.
    """
    found: dict[str, tuple[float, ...]] = {}
    for text in texts:
        axis, equals, rest = text.partition("=")
        percent = parse_numbers("slice", rest.replace("%", "")) if equals else ()
        if axis not in AXES or not percent or not all(0 <= p <= 100 for p in percent):
            raise InputError(
                f"Expected `slice` as an axis and positions in percent of its length, for example "
                f"z=50% or x=10:90:20%. Got {text!r} instead."
            )
        if axis in found:
            raise InputError(f"Expected `slice` once for each axis. Got {axis} twice.")
        found[axis] = tuple(float(p) for p in np.array(percent) / 100)
    return tuple(sorted(found.items()))
