"""Error figures and guarantees of a compressed collection of images against its original."""

import math
import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore import metrics
from vcore.collections.collection import Collection
from vcore.collections.images import Images, Index
from vcore.collections.measure import compare_images
from vcore.errors import BoundError, InputError, MissingExtraError
from vcore.metrics.errors import psnr
from vcore.model.context import Context, Progress, ignore_progress

SAME = 1e-11
"""Relative difference up to which values of a parameter are the same."""
PEAK = 255
"""Peak of the PSNR of colours."""
TOLERANCE = 1 + 1e-9
"""Rounding of errors that a bound allows."""


def compare_collection(
    original: Images,
    collection: Collection,
    channel: str | None = None,
    *,
    similarity: bool = True,
    progress: Progress = ignore_progress,
) -> dict[str, Any]:
    """Compare the images that both have.

    Parameters
    ----------
    original
        The original collection, perhaps of fewer images.
    collection
        The compressed one.
    channel
        Name of a channel; all by default.
    similarity
        Whether to add the mean SSIM of grey values (None without SciPy).

    Returns
    -------
    dict
        ``images`` (compared), ``bytes``, ``ratio``, ``decode_seconds``, ``images_per_second``, and
        ``channels``: by name psnr, robust_psnr (foreground), mse, foreground, max_error, ``worst``
        (values of the parameters and PSNR of the worst image) and perhaps ssim.

    Raises
    ------
    InputError
        Parameters, sizes or channels differ, or no image is in both.
    """
    before = aligned(original, collection)
    names = [c.name for c in collection.channels] if channel is None else [channel]
    spans = {c["name"]: c["range"] for c in collection.info["channels"]}
    found: dict[str, dict[str, Any]] = {}
    seconds, decoded = 0.0, 0
    for name in names:
        collection.channel(name)
        before.channel(name)
        low, high = spans[name]
        span = PEAK if before.channel(name).is_colour else high - low
        pairs = _Pairs(before, collection, name, span, similarity)
        context = Context(progress=lambda _, done, name=name: progress(name, done))  # type: ignore[misc]
        found[name] = compare_images(before, pairs.decode, name, span, context) | pairs.figures()
        seconds, decoded = seconds + pairs.seconds, decoded + len(before)
    return {
        "images": len(before),
        "bytes": collection.stored_bytes,
        "ratio": collection.info["ratio"],
        "decode_seconds": seconds,
        "images_per_second": decoded / seconds if seconds else math.inf,
        "channels": found,
    }


def verify_collection(
    collection: Collection,
    original: Images | None = None,
    *,
    progress: Progress = ignore_progress,
) -> dict[str, Any]:
    """Verify all checksums and, with an original, the error bound of every channel.

    Returns
    -------
    dict
        ``units``: number of verified checksums; ``images``: number of compared images;
        ``channels``: by name the guaranteed ``bound`` (None without) and, with an original,
        ``max_error``.

    Raises
    ------
    FormatError
        A checksum does not match.
    BoundError
        A bound is exceeded.
    InputError
        The original does not match.
    """
    progress("checksums", 0.0)
    result: dict[str, Any] = {"units": collection.check(), "images": 0, "channels": {}}
    bounds = {c["name"]: c.get("max_error") for c in collection.info["channels"]}
    result["channels"] = {name: {"bound": bound} for name, bound in bounds.items()}
    if original is None:
        return result
    compared = compare_collection(original, collection, similarity=False, progress=progress)
    result["images"] = compared["images"]
    for name, bound in bounds.items():
        reached = compared["channels"][name]["max_error"]
        result["channels"][name]["max_error"] = reached
        if bound is not None and reached > bound * TOLERANCE:
            raise BoundError(
                f"Expected every value of {name!r} within {bound:g} of the given original. The "
                f"largest error is {reached:g}."
            )
    return result


def aligned(original: Images, collection: Collection) -> Images:
    """Return the original on the grid of a collection, with the images that both have.

    Raises
    ------
    InputError
        Parameters, sizes or channels differ, or no image is in both.
    """
    names = [p.name for p in collection.parameters]
    own = [p.name for p in original.parameters]
    absent = [
        c.name for c in collection.channels if c.name not in {o.name for o in original.channels}
    ]
    if sorted(own) != sorted(names) or original.size != collection.size or absent:
        raise InputError(
            f"Expected the parameters {', '.join(names)}, images of {_size(collection.size)} and "
            f"the channels {', '.join(c.name for c in collection.channels)}. Got "
            f"{', '.join(own)}, {_size(original.size)} and "
            f"{', '.join(c.name for c in original.channels)} instead: this is another collection."
        )
    order = [own.index(name) for name in names]
    places: list[dict[int, int]] = []
    for parameter, axis in zip(collection.parameters, order, strict=True):
        theirs = original.parameters[axis].values
        pairs = ((k, _position(value, theirs)) for k, value in enumerate(parameter.values))
        places.append({k: found for k, found in pairs if found is not None})
    present = np.zeros(collection.shape, bool)

    def there(index: Index) -> Index | None:
        """Return the index in the original of one in the collection."""
        found = [0] * len(order)
        for axis, k, place in zip(order, index, places, strict=True):
            if k not in place:
                return None
            found[axis] = place[k]
        return tuple(found)

    for index in collection.indices():
        found = there(index)
        present[index] = found is not None and original.has(found)
    if not present.any():
        raise InputError("Expected images of the same parameters in both. Got none.")

    def read(index: Index, name: str) -> NDArray[Any]:
        found = there(index)
        if found is None:
            raise AssertionError("images are read where both have one")
        return original.read(found, name)

    return replace(
        original,
        parameters=collection.parameters,
        read=read,
        present=present,
        background=collection.background,
    )


def _position(value: Any, values: tuple[Any, ...]) -> int | None:
    """Return where a value is among others."""
    if isinstance(value, str) or isinstance(values[0], str):
        return values.index(value) if value in values else None
    numbers = np.asarray(values, np.float64)
    nearest = int(np.abs(numbers - value).argmin())
    scale = float(np.abs(numbers).max())
    return nearest if abs(numbers[nearest] - value) <= SAME * scale else None


def _size(size: tuple[int, int]) -> str:
    return f"{size[1]} x {size[0]} pixels"


class _Pairs:
    """Decoded images of a channel, timed, with the worst one and the mean of SSIM."""

    def __init__(
        self, before: Images, collection: Collection, name: str, span: float, similarity: bool
    ) -> None:
        self.seconds = 0.0
        self._before, self._collection, self._name, self._span = before, collection, name, span
        self._worst: tuple[float, Index] | None = None
        self._scores: list[float] | None = [] if similarity else None

    def decode(self, index: Index) -> NDArray[Any]:
        began = time.perf_counter()
        after = self._collection.read(index, self._name)
        self.seconds += time.perf_counter() - began
        before = self._before.read(index, self._name)
        error = (
            before[..., :3].astype(np.float64) - after[..., :3]
            if before.ndim > 2
            else (before.astype(np.float64) - after)
        )
        there = np.isfinite(error)
        mse = float(np.square(error[there]).mean()) if there.any() else 0.0
        if self._worst is None or mse > self._worst[0]:
            self._worst = (mse, index)
        if self._scores is not None:
            try:
                self._scores.append(metrics.ssim(_grey(before), _grey(after), self._span))
            except MissingExtraError:
                self._scores = None
        return after

    def figures(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self._worst is not None:
            mse, index = self._worst
            found["worst"] = {**self._before.values_of(index), "psnr": psnr(self._span, mse)}
        scores = [s for s in self._scores or [] if not math.isnan(s)]
        return {**found, "ssim": float(np.mean(scores)) if scores else None}


def _grey(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return one value a pixel, over an axis of length 1: the mean of red, green and blue."""
    plane = values[..., :3].mean(-1) if values.ndim > 2 else values.astype(np.float64)
    return plane[None]
