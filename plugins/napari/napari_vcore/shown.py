"""What is shown of a collection of images: where, which channel, and how it compares. No Qt."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from napari_vcore.originals import Original, error_of, figures_of
from napari_vcore.pictures import CACHE_BYTES, Key, Pictures
from napari_vcore.playing import told, value_at
from vcore.collections.collection import Collection
from vcore.collections.images import Channel, Index
from vcore.collections.lookup import around, blended
from vcore.errors import InputError
from vcore.runtime.memory import human_bytes

Array = NDArray[Any]
DECODED, ORIGINAL, ERROR = "decoded", "original", "error"
LEVELS = 16.0
"""Default end of the scale of a colour's error, in levels of 255."""
SHARE = 2e-3
"""Default end of the scale of other errors, as a share of the channel's range: twice the error
that is allowed by default."""
NAME = 120
"""Longest name of a file that is proposed, in characters."""
TRANSPARENT, STORED = "transparent", "the collection's"
BACKDROPS = {"black": (0, 0, 0), "white": (255, 255, 255), "grey": (128, 128, 128)}


@dataclass(frozen=True)
class View:
    """What a layer shows of a channel: its decoded picture, the original, or the error."""

    kind: str
    channel: str


@dataclass(frozen=True)
class Place:
    """Where a collection is looked at.

    Parameters
    ----------
    corners
        Indices of the images that are shown or blended, with their weights.
    notes
        What the user should know, as that the nearest image is shown in place of a hole.
    """

    corners: tuple[tuple[Index, float], ...]
    notes: tuple[str, ...] = ()

    @property
    def index(self) -> Index:
        """Index of the nearest image."""
        return max(self.corners, key=lambda corner: corner[1])[0]


class Shown:
    """A collection, and what is shown of it.

    Parameters
    ----------
    collection
        Open collection.
    path
        Path or URL of its file.

    Attributes
    ----------
    positions
        Position along each parameter, see ``playing``.
    blend
        Whether images are blended between values.
    channel_shown
        Name of the channel that was chosen.
    backdrop
        Key of BACKDROPS, TRANSPARENT or STORED: what lies behind transparent pixels.
    original
        The original, if it was chosen.
    fresh, follower
        Layers that are brought up to date when they become visible: by the dock, which is called
        for it, or by themselves if there is none.
    scales
        End of the scale of errors by channel, in data units.
    """

    def __init__(self, collection: Collection, path: str) -> None:
        self.collection, self.path = collection, path
        self.pictures = Pictures(collection, CACHE_BYTES)
        present = collection.present
        first = 0 if present is None else int(present.argmax())
        self.positions = [float(i) for i in np.unravel_index(first, collection.shape)]
        self.blend = False
        self.channel_shown = collection.channels[0].name
        self.backdrop = TRANSPARENT if collection.background is None else STORED
        self.original: Original | None = None
        self.fresh: WeakSet[Any] = WeakSet()
        self.follower: Callable[[], None] | None = None
        self.scales = {
            c.name: LEVELS if c.is_colour else SHARE * self.span(c.name) or 1.0
            for c in collection.channels
        }

    @property
    def stem(self) -> str:
        """Name of the file without its suffix."""
        return Path(self.collection.identity[0]).stem

    def title(self, view: View) -> str:
        """Return a name of what is shown."""
        parts = [self.stem]
        if view.channel != self.collection.channels[0].name:
            parts.append(view.channel)
        if view.kind != DECODED:
            parts.append(view.kind)
        return " ".join(parts)

    def channel(self, name: str) -> Channel:
        """Return the channel called ``name``."""
        return self.collection.channel(name)

    def limits(self, channel: str) -> tuple[float, float]:
        """Return the smallest and largest value of a channel over all images."""
        header = next(c for c in self.collection.header["channels"] if c["name"] == channel)
        low, high = (float(v) for v in header["range"])
        return low, high

    def span(self, channel: str) -> float:
        """Return the difference of the largest and smallest value of a channel."""
        low, high = self.limits(channel)
        return high - low

    # where

    @property
    def angles(self) -> dict[str, int]:
        """Axes of the polar angle and the azimuth of the camera, as far as they vary: "theta" and
        "phi"."""
        camera = self.collection.camera
        names = {"theta": camera.theta, "phi": camera.phi} if camera is not None else {}
        axes = {p.name: axis for axis, p in enumerate(self.collection.parameters) if len(p) > 1}
        return {angle: axes[name] for angle, name in names.items() if name in axes}

    @property
    def values(self) -> dict[str, Any]:
        """Present value of each parameter."""
        axes = zip(self.collection.parameters, self.positions, strict=True)
        return {p.name: value_at(p, position) for p, position in axes}

    def set_blend(self, on: bool) -> None:
        """Blend images between values, or show the nearest ones."""
        self.blend = on
        if not on:
            parameters = self.collection.parameters
            axes = zip(parameters, self.positions, strict=True)
            self.positions = [float(round(at) % len(p)) for p, at in axes]

    def place(self) -> Place:
        """Return the images to show at the present values."""
        parameters, present = self.collection.parameters, self.collection.present
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            corners = around(self.values, parameters, present, blend=self.blend)
        notes = [str(w.message) for w in caught]
        weight = sum(w for _, w in corners)
        if weight < 1 - 1e-6:
            notes.append("The collection has a hole here: only the images beside it are blended.")
        return Place(tuple(corners), tuple(notes))

    def place_of(self, index: Index) -> Place:
        """Return the place of one image."""
        return Place(((index, 1.0),))

    # what

    def needs(self, view: View, place: Place) -> Iterator[tuple[Pictures, Key]]:
        """Yield what is decoded for a picture."""
        indices = [i for i, _ in place.corners] if view.kind == DECODED else [place.index]
        if view.kind != ORIGINAL:
            yield from ((self.pictures, (view.channel, index)) for index in indices)
        if view.kind != DECODED and self.original is not None:
            there = self.original.index_of(place.index)
            if there is not None:
                yield self.original.pictures, (view.channel, there)

    def is_ready(self, view: View, place: Place) -> bool:
        """Return whether all that a picture needs is cached."""
        return all(pictures.kept(*key) is not None for pictures, key in self.needs(view, place))

    def values_at(self, view: View, place: Place) -> Array:
        """Return the values of a picture, (y, x) or (y, x, component): decoded unless they are
        cached; NaN, or 0 for a colour, where there is no original.

        Raises
        ------
        VcoreError
            They cannot be decoded.
        """
        channel = self.channel(view.channel)
        if view.kind == DECODED:
            if len(place.corners) == 1:
                return self.pictures.get(channel.name, place.index)
            read = self.pictures.get
            return blended(place.corners, lambda i: read(channel.name, i), channel.dtype)
        original = self.original_at(channel.name, place)
        if view.kind == ORIGINAL:
            return self.blank(view) if original is None else original
        if original is None:
            return self.blank(view)
        decoded = self.pictures.get(channel.name, place.index)
        return error_of(original, decoded, channel, self.span(channel.name))

    def picture(self, view: View, place: Place) -> Array:
        """Return the data of a layer: as ``values_at``, colours on their background."""
        found = self.values_at(view, place)
        if view.kind != ERROR and view.channel == "rgba":
            behind = self.behind
            return found if behind is None else over(found, behind)
        return found

    @property
    def behind(self) -> tuple[int, int, int] | None:
        """Colour behind transparent pixels, None for none."""
        if self.backdrop == STORED:
            return self.collection.background
        return BACKDROPS.get(self.backdrop)

    def original_at(self, channel: str, place: Place) -> Array | None:
        """Return the original of the nearest image, None if there is none."""
        there = self.original.index_of(place.index) if self.original is not None else None
        if self.original is None or there is None:
            return None
        return self.original.pictures.get(channel, there)

    # in words

    def figures(self, channel: str, place: Place) -> str:
        """Return the errors of the nearest image in a line, "" without an original."""
        if self.original is None:
            return ""
        original = self.original_at(channel, place)
        if original is None:
            return "The original has no such image."
        decoded, described = self.pictures.get(channel, place.index), self.channel(channel)
        span, background = self.span(channel), self.collection.background
        found = figures_of(original, decoded, described, span, background)
        return found.text("of 255" if described.is_colour else described.unit)

    def pixel(self, place: Place, y: int, x: int) -> str:
        """Return what the cached channels hold at a pixel, a line each; "" outside of the
        pictures."""
        height, width = self.collection.size
        if not (0 <= y < height and 0 <= x < width):
            return ""
        parts = [f"y {y}, x {x}"]
        for channel in self.collection.channels:
            view = View(DECODED, channel.name)
            if self.is_ready(view, place):
                value = self.values_at(view, place)[y, x]
                if channel.is_colour:
                    text = " ".join(str(v) for v in value)
                else:
                    text = f"{value:.6g} {channel.unit}" if np.isfinite(value) else "no value"
                parts.append(f"{channel.name} {text}".rstrip())
                error = View(ERROR, channel.name)
                if self.original is not None and self.is_ready(error, place):
                    parts[-1] += f", error {self.values_at(error, place)[y, x]:.4g}"
        return "\n".join(parts)

    def python_line(self, channel: str, place: Place) -> str:
        """Return the line of Python that returns the picture."""
        values = self.values if self.blend else self.collection.values_of(place.index)
        options = f", channel={channel!r}" if channel != self.collection.channels[0].name else ""
        options += ", blend=True" if self.blend else ""
        return f"vcore.open({self.path!r}).image({values!r}{options})"

    def file_name(self, view: View, place: Place) -> str:
        """Return a name for a file with the picture."""
        values = self.values if self.blend else self.collection.values_of(place.index)
        texts = (f"{k}{v}" if isinstance(v, str) else f"{k}{v:g}" for k, v in values.items())
        name = "_".join([self.title(view).replace(" ", "_"), *texts])
        return "".join(c if c.isalnum() or c in "._-" else "-" for c in name)[:NAME] + ".png"

    def described(self) -> str:
        """Return a text summary of the file."""
        c = self.collection
        holes = int(np.prod(c.shape)) - len(c)
        size = f"{len(c):,} images of {c.size[0]} x {c.size[1]}"
        ratio = f"{human_bytes(c.stored_bytes)}, {c.nbytes / max(c.stored_bytes, 1):.0f} : 1"
        lines = [f"{size}, {ratio}" + (f", {holes:,} holes" if holes else "")]
        fixed = [f"{p.name} {told(p, p.values[0])}" for p in c.parameters if len(p) == 1]
        return "\n".join([*lines, *([", ".join(fixed)] if fixed else [])])

    # comparison

    def compare_with(self, original: Original | None) -> None:
        """Compare with these images from now on, or with none."""
        if self.original is not None:
            self.original.pictures.close()
        self.original = original
        self.resize_cache(self.pictures.max_bytes)

    def resize_cache(self, size: int) -> None:
        """Set the largest size of the caches of decoded and of original images, in bytes each."""
        self.pictures.max_bytes = size
        if self.original is not None:
            self.original.pictures.max_bytes = size

    def blank(self, view: View) -> Array:
        """Return an empty picture."""
        channel = self.channel(view.channel)
        if view.kind == ERROR:
            return np.full(self.collection.size, np.nan, np.float32)
        empty = np.nan if channel.dtype.kind == "f" else 0
        return np.full(channel.shape_of(self.collection.size), empty, channel.dtype)

    def error_limits(self, channel: str) -> tuple[float, float]:
        """Return the ends of the scale of errors, the same for all images."""
        scale = self.scales[channel]
        return (0.0 if self.channel(channel).is_colour else -scale), scale

    def set_scale(self, channel: str, text: str) -> None:
        """Set the end of the scale of errors, as the user typed it.

        Raises
        ------
        InputError
            It is no number above 0.
        """
        try:
            value = float(text.strip())
        except ValueError:
            value = np.nan
        if not 0 < value < np.inf:
            raise InputError(f"Expected a number above 0 as the largest error. Got {text!r:.40}.")
        self.scales[channel] = value

    def close(self) -> None:
        """Decode no further images ahead, and forget the original."""
        self.pictures.close()
        self.compare_with(None)


def over(image: Array, behind: tuple[int, int, int]) -> Array:
    """Return an RGBA image (y, x, 4) uint8 on a background, opaque."""
    alpha = image[..., 3:].astype(np.uint16)
    mixed = image[..., :3] * alpha + np.array(behind, np.uint16) * (255 - alpha)
    found = np.full(image.shape, 255, np.uint8)
    found[..., :3] = (mixed + 127) // 255
    return found
