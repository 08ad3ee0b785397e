"""Images: a collection of images over parameters, read on demand."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.camera import Turntable
from vcore.collections.parameters import Parameter
from vcore.errors import InputError

Array = NDArray[Any]
Index = tuple[int, ...]
"""Position of an image along each parameter."""

COLOURS = {"rgba": 4, "rgb": 3}
"""Components of the colour channels, by name."""
DTYPES = ("u1", "u2", "u4", "i1", "i2", "i4", "f2", "f4", "f8")
"""Value types of a channel."""
MAX_SIDE = 1 << 16
"""Maximum side of an image in pixels."""
MAX_IMAGES = 1 << 26
"""Maximum number of images of a parameter grid."""
MAX_PARAMETERS = 24
"""Maximum number of parameters; NumPy has 64 axes at most, older versions 32."""


@dataclass(frozen=True)
class Channel:
    """What each image holds at a pixel: a colour, a depth, a value of a field.

    Parameters
    ----------
    name
        "rgba" or "rgb" for the colour (sRGB), "depth" for the distance from the eye along the
        direction of view in world units (NaN where nothing is seen), else any.
    dtype
        Value type; uint8 for a colour.
    unit
        Unit of the values, empty if unknown.
    """

    name: str
    dtype: np.dtype[Any]
    unit: str = ""

    def __post_init__(self) -> None:
        dtype = np.dtype(self.dtype)
        good = bool(self.name) and dtype.str[1:] in DTYPES
        if not good or (self.is_colour and dtype != np.uint8):
            raise InputError(
                f"Expected a named channel of real numbers, of uint8 if it is a colour. Got "
                f"{self.name!r:.40} of {dtype} instead."
            )
        object.__setattr__(self, "dtype", dtype)

    @property
    def is_colour(self) -> bool:
        """Whether the values are colours."""
        return self.name in COLOURS

    @property
    def components(self) -> int:
        """Number of values a pixel; 1 for a channel without an axis of components."""
        return COLOURS.get(self.name, 1)

    def shape_of(self, size: tuple[int, int]) -> tuple[int, ...]:
        """Return the shape of an image of ``size`` y x; colours have a third axis."""
        return (*size, self.components) if self.is_colour else size


@dataclass(frozen=True)
class Images:
    """Collection of images over a grid of parameters.

    Parameters
    ----------
    parameters
        Axes of the grid.
    size
        Height and width of every image, in pixels.
    channels
        Channels of every image; the colour is the first, if there is one.
    read
        Callback that returns the image of an index and the name of a channel: (y, x) or
        (y, x, component), rows from top to bottom. Called from several threads.
    present
        Whether there is an image, of the shape of the parameters; None if the grid is full.
    background
        Colour of empty pixels, 8 bits each, where no alpha tells them; None if unknown.
    camera
        Camera of the renderings, if known.
    attributes
        Further metadata, as JSON values.
    name
        Name of the source.
    notes
        What readers have to tell the user.
    between
        Callback that returns the image at values of the parameters that need not be on the grid,
        and the name of a channel, if the images are those of a method that knows it.

    Raises
    ------
    InputError
        The description contradicts itself, or is beyond the limits of the format.
    """

    parameters: tuple[Parameter, ...]
    size: tuple[int, int]
    channels: tuple[Channel, ...]
    read: Callable[[Index, str], Array] = field(compare=False, repr=False)
    present: NDArray[np.bool_] | None = field(default=None, compare=False, repr=False)
    background: tuple[int, int, int] | None = None
    camera: Turntable | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    name: str = "images"
    notes: tuple[str, ...] = ()
    between: Callable[[Mapping[str, Any], str], Array] | None = field(
        default=None, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        names = [p.name for p in self.parameters] + [c.name for c in self.channels]
        twice = {n for n in names if names.count(n) > 1} | ({"y", "x", "component"} & set(names))
        colours = [i for i, c in enumerate(self.channels) if c.is_colour]
        if twice or not self.channels or colours not in ([], [0]):
            raise InputError(
                f"Expected channels and parameters of different names, the colour first. Got "
                f"{', '.join(names)!r:.200} instead."
            )
        height, width = self.size
        count = math.prod(self.shape)
        inside = 0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE and count <= MAX_IMAGES
        if not inside or len(self.parameters) > MAX_PARAMETERS:
            raise InputError(
                f"Expected at most {MAX_PARAMETERS} parameters, {MAX_IMAGES} images of up to "
                f"{MAX_SIDE} pixels a side. Got {len(self.parameters)} parameters, {count} images "
                f"of {height} x {width} instead."
            )
        turning = (self.camera.theta, self.camera.phi) if self.camera else ()
        for parameter in self.parameters:
            if parameter.name in turning and parameter.is_label:
                raise InputError(
                    f"Expected numbers for {parameter.name}, an angle of the camera. Got labels "
                    f"such as {parameter.values[0]!r:.40}: leave the camera out."
                )
        if self.present is not None:
            if self.present.shape != self.shape:
                raise InputError(
                    f"Expected presence of shape {self.shape}. Got {self.present.shape} instead."
                )
            if not self.present.any():
                raise InputError("Expected at least one image. Got none.")

    def without(self, names: Sequence[str]) -> "Images":
        """Return the collection without some of its channels.

        Raises
        ------
        InputError
            There is no such channel, or none is left.
        """
        for name in names:
            self.channel(name)
        kept = tuple(c for c in self.channels if c.name not in names)
        return replace(self, channels=kept)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each parameter."""
        return tuple(len(p) for p in self.parameters)

    def __len__(self) -> int:
        return math.prod(self.shape) if self.present is None else int(self.present.sum())

    def indices(self) -> Iterator[Index]:
        """Yield the index of every image, in C order."""
        for index in np.ndindex(*self.shape):
            if self.has(index):
                yield index

    def has(self, index: Index) -> bool:
        """Return whether there is an image at ``index``."""
        return self.present is None or bool(self.present[index])

    def channel(self, name: str | None = None) -> Channel:
        """Return the channel called ``name``, the first by default.

        Raises
        ------
        InputError
            There is no such channel.
        """
        return channel_of(self.channels, name)

    def values_of(self, index: Index) -> dict[str, float | str]:
        """Return the value of each parameter at ``index``."""
        return {p.name: p.values[i] for p, i in zip(self.parameters, index, strict=True)}

    def mask(self, index: Index) -> NDArray[np.bool_]:
        """Return the foreground of an image, (y, x): where alpha is not 0, or the colour is not the
        background, or the depth is finite; all of it where none is known."""
        first = self.channels[0]
        if first.is_colour:
            return foreground(self.read(index, first.name), self.background)
        if any(c.name == "depth" for c in self.channels):
            return np.isfinite(self.read(index, "depth"))
        return np.ones(self.size, bool)

    @property
    def nbytes(self) -> int:
        """Uncompressed size of all images, in bytes."""
        pixels = math.prod(self.size) * len(self)
        return pixels * sum(c.components * c.dtype.itemsize for c in self.channels)


def channel_of(channels: Sequence[Channel], name: str | None) -> Channel:
    """Return the channel called ``name``, the first by default; InputError if there is none."""
    for channel in channels:
        if name is None or channel.name == name:
            return channel
    known = ", ".join(c.name for c in channels)
    raise InputError(f"Expected one of the channels {known}. Got {name!r:.40} instead.")


def foreground(colour: Array, background: tuple[int, int, int] | None) -> NDArray[np.bool_]:
    """Return the foreground of a colour image (y, x, 3 or 4), as ``Images.mask``."""
    if colour.shape[-1] == COLOURS["rgba"] and not colour[..., 3].all():
        found: NDArray[np.bool_] = colour[..., 3] > 0
        return found
    if background is None:
        return np.ones(colour.shape[:2], bool)
    differs: NDArray[np.bool_] = (colour[..., :3] != np.array(background, np.uint8)).any(-1)
    return differs
