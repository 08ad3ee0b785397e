"""Original of a collection: images at the same values of the parameters, and the error. No Qt."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import vcore
from napari_vcore.pictures import Pictures, Source
from vcore.collections.collection import Collection
from vcore.collections.images import Channel, Index, foreground
from vcore.collections.parameters import Parameter
from vcore.errors import InputError
from vcore.metrics.errors import psnr

Array = NDArray[Any]
LEVELS = 255.0
COLOURS = 3
"""Components of a colour whose errors count in a PSNR, as in ``compare_images``."""
SAME = 1e-6
"""Difference of two values of a parameter that count as one, as a share of its range."""


def open_original(path: str | Path) -> Source:
    """Return the images of a `.vcore` file, a Cinema database, or a table of images.

    Raises
    ------
    VcoreError
        They cannot be read, or ``path`` holds no images.
    """
    if Path(path).suffix.lower() != ".vcore":
        images: Source = vcore.read_images(path)
        return images
    found = vcore.open(path)
    if not isinstance(found, Collection):
        raise InputError(
            f"Expected the original images. {found.identity[0]} is a volume: choose a .vcore file "
            f"of images, or a Cinema database."
        )
    return found


class Original:
    """Original images, found by the values of the parameters.

    Parameters
    ----------
    shown
        The compressed collection.
    source
        The original; it may hold more images.

    Raises
    ------
    InputError
        The two do not belong together.
    """

    def __init__(self, shown: Source, source: Source) -> None:
        if shown.size != source.size:
            raise InputError(
                f"Expected images of {shown.size[0]} x {shown.size[1]} pixels. The original has "
                f"{source.size[0]} x {source.size[1]}: choose the one that was compressed."
            )
        self.channels = tuple(
            c for c in shown.channels if c.name in {o.name for o in source.channels}
        )
        if not self.channels:
            raise InputError(
                f"Expected one of the channels {', '.join(c.name for c in shown.channels)}. The "
                f"original has {', '.join(c.name for c in source.channels)}."
            )
        ours = {p.name: p for p in shown.parameters}
        theirs = {p.name: p for p in source.parameters}
        lone = [
            p for p in (*ours.values(), *theirs.values()) if (p.name in ours) != (p.name in theirs)
        ]
        if any(len(p) > 1 for p in lone):
            raise InputError(
                f"Expected the parameters {', '.join(ours)}. The original has "
                f"{', '.join(theirs)}: choose the one that was compressed."
            )
        self._tables = [
            (list(ours).index(p.name), _matches(ours[p.name], p)) if p.name in ours else (0, None)
            for p in source.parameters
        ]
        self.pictures = Pictures(source)

    def index_of(self, index: Index) -> Index | None:
        """Return the index in the original of an image of the collection, None if it is not
        there."""
        found: list[int] = []
        for axis, table in self._tables:
            place = 0 if table is None else table[index[axis]]
            if place is None:
                return None
            found.append(place)
        present = self.pictures.source.present
        place_of_all = tuple(found)
        return place_of_all if present is None or present[place_of_all] else None


def _matches(ours: Parameter, theirs: Parameter) -> Sequence[int | None]:
    """Return the position in ``theirs`` of each value of ``ours``."""
    if ours.is_label or theirs.is_label:
        places: dict[Any, int] = {v: i for i, v in enumerate(theirs.values)}
        return [places.get(v) for v in ours.values]
    numbers = np.asarray(theirs.values, float)
    wanted = np.asarray(ours.values, float)
    nearest = np.abs(wanted[:, None] - numbers).argmin(1)
    limit = SAME * max(float(np.ptp(numbers)), abs(float(numbers[-1])), np.finfo(float).tiny)
    return [
        int(i) if abs(numbers[i] - value) <= limit else None
        for i, value in zip(nearest, wanted, strict=True)
    ]


def error_of(original: Array, decoded: Array, channel: Channel, span: float) -> NDArray[np.float32]:
    """Return the error at each pixel, (y, x) float32.

    Of a colour, the largest absolute difference of its components in levels (0 to 255); of other
    channels, decoded minus original in data units: NaN where both have no value, and ``span`` or
    -``span`` where only the decoded or only the original has one.
    """
    if channel.is_colour:
        levels: NDArray[np.float32] = np.abs(decoded.astype(np.float32) - original).max(-1)
        return levels
    with np.errstate(invalid="ignore"):
        found = decoded.astype(np.float64) - original
    if channel.dtype.kind == "f":
        before, after = np.isfinite(original), np.isfinite(decoded)
        found[after & ~before], found[before & ~after] = span, -span
    return found.astype(np.float32)


@dataclass(frozen=True)
class Figures:
    """Errors of one image.

    Parameters
    ----------
    psnr, inner
        In dB, over all pixels and over those of the foreground.
    largest
        Largest absolute error in data units, and its place y, x.
    lost
        Pixels with a value in only one of the two.
    """

    psnr: float
    inner: float
    largest: float
    place: tuple[int, int]
    lost: int = 0

    def text(self, unit: str) -> str:
        """Return them in one line."""
        inner = f" (foreground {self.inner:.1f})" if np.isfinite(self.inner) else ""
        parts = ["no error"]
        if self.largest > 0:
            y, x = self.place
            parts = [
                f"PSNR {self.psnr:.1f} dB{inner}",
                f"largest error {f'{self.largest:.4g} {unit}'.rstrip()} at y {y}, x {x}",
            ]
        if self.lost:
            parts.append(f"{self.lost} pixels have a value in only one of the two")
        return " · ".join(parts)


def figures_of(
    original: Array,
    decoded: Array,
    channel: Channel,
    span: float,
    background: tuple[int, int, int] | None,
) -> Figures:
    """Return the errors of a decoded image; ``span`` is the peak of the PSNR in data units, which
    is 255 for a colour."""
    if channel.is_colour:
        span, lost = LEVELS, 0
        inside = foreground(original, background)
        error = np.abs(decoded.astype(np.float64) - original)
        squares, largest = (error[..., :COLOURS] ** 2).mean(-1), error.max(-1)
    else:
        there, seen = np.isfinite(original), np.isfinite(decoded)
        inside, lost = there & seen, int((there != seen).sum())
        largest = np.abs(
            np.where(inside, decoded, 0).astype(np.float64) - np.where(inside, original, 0)
        )
        squares = (largest**2)[inside]
    y, x = np.unravel_index(int(largest.argmax()), largest.shape)
    inner = squares[inside].mean() if channel.is_colour and inside.any() else np.nan
    return Figures(
        psnr(span, float(squares.mean()) if squares.size else np.nan),
        psnr(span, float(inner)),
        float(largest[y, x]),
        (int(y), int(x)),
        lost,
    )
