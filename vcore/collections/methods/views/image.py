"""Coding of one image from the decoded ones around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.views.colour import Transform, fraction, to_image, to_planes
from vcore.collections.methods.views.prior import State
from vcore.entropy.rangecoder import DECODE, ENCODE, begun, finished
from vcore.errors import FormatError
from vcore.runtime.executor import run_all

Image = NDArray[np.uint8]
GROWTH = (64, 74, 85, 97, 112, 129)
"""Quantiser step by depth, in 1/64: coarser where no other image, or few, are predicted from it.
15 % a step; 8 % and 25 % give the same quality at equal bytes."""
SQUARE = 4
"""Sides of images are extended to multiples of it."""


class Neighbours(NamedTuple):
    """Decoded images before and after one, and its distance to each."""

    before: Image
    after: Image
    to_before: int
    to_after: int


class Prediction(NamedTuple):
    """What is derived from neighbours without any bytes: extended planes (pair, 2, component, y,
    x), distances (pair, 2), motion (pair, block y, block x, 2), and classes of the mismatch."""

    refs: NDArray[np.int16]
    far: NDArray[np.int64]
    fields: NDArray[np.int32]
    mismatch: NDArray[np.int64]


@dataclass(frozen=True)
class ImageCoder:
    """Coder of the images of one channel.

    Parameters
    ----------
    size
        Height and width in pixels.
    components
        Components that are coded.
    transform
        Colour transform.
    fill
        Colour of unknown pixels, one value a component.
    step
        Quantiser step of independent images, in units of the planes.
    exact
        Whether differences of pixels are coded, each within half a step, instead of coefficients.
    """

    size: tuple[int, int]
    components: int
    transform: Transform
    fill: tuple[int, ...]
    step: int
    exact: bool

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of the planes, with sides extended."""
        h, w = (-(-n // SQUARE) * SQUARE for n in self.size)
        return self.components, h, w

    def steps(self, depth: int) -> NDArray[np.int64]:
        """Return the quantiser step of each component."""
        grown = (self.step * GROWTH[min(depth, len(GROWTH) - 1)] + 32) >> 6
        step = self.step if self.exact else max(grown, 1)
        return np.full(self.components, step, np.int64)

    def encode(
        self, image: Image, neighbours: Sequence[Neighbours], depth: int, state: State
    ) -> tuple[bytes, Image]:
        """Return the stream of an image, and the image as it will be decoded; updates ``state``."""
        from vcore.collections.methods.views.blocks import code_blocks
        from vcore.collections.methods.views.decisions import RATE_WEIGHT, decide
        from vcore.collections.methods.views.motion_search import search_motion
        from vcore.collections.methods.views.symbols import code_motion

        planes, steps = self._planes(image).astype(np.int32), self.steps(depth)
        work = self._work()
        capacity = 4 * planes.size + (1 << 16)
        while True:
            data, own = np.empty(capacity, np.uint8), tuple(part.copy() for part in state)
            coder: Any = begun(ENCODE, data)
            found = self._prediction(neighbours, steps)
            pred = diff = np.zeros((self.components, 0, 0), np.int32)
            good = True
            if found is not None:
                modes, offsets = _motion(found)
                search_motion(
                    planes, found.refs, found.far, found.fields, steps, RATE_WEIGHT, modes, offsets
                )
                kinds = 3 * len(found.refs)
                good = code_motion(
                    ENCODE, coder, data, modes, offsets, found.mismatch, kinds, own[2]
                )
                pred, diff = self._predicted(found, modes, offsets)
            between, fill = found is not None, self._fill()
            decide(planes, pred, between, steps, fill, self.exact, *work)
            if good and code_blocks(
                ENCODE, coder, data, pred, diff, between, steps, fill, self.exact, *work, own
            ):
                break
            capacity *= 2
        for part, new in zip(state, own, strict=True):
            part[...] = new
        length = finished(ENCODE, coder, data)
        return data[1:length].tobytes().rstrip(b"\0"), self._image(work[0])

    def decode(
        self, data: bytes, neighbours: Sequence[Neighbours], depth: int, state: State
    ) -> Image:
        """Return the image of a stream; updates ``state``.

        Raises
        ------
        FormatError
            The stream is damaged.
        """
        from vcore.collections.methods.views.blocks import code_blocks
        from vcore.collections.methods.views.symbols import code_motion

        steps, stream = self.steps(depth), np.frombuffer(data, np.uint8)
        coder = begun(DECODE, stream)
        good = coder is not None
        found = self._prediction(neighbours, steps)
        pred = diff = np.zeros((self.components, 0, 0), np.int32)
        if good and found is not None:
            modes, offsets = _motion(found)
            kinds = 3 * len(found.refs)
            good = code_motion(
                DECODE, coder, stream, modes, offsets, found.mismatch, kinds, state[2]
            )
            if good:
                pred, diff = self._predicted(found, modes, offsets)
        work = self._work()
        if not good or not code_blocks(
            DECODE,
            coder,
            stream,
            pred,
            diff,
            found is not None,
            steps,
            self._fill(),
            self.exact,
            *work,
            state,
        ):
            raise FormatError("The stream of an image is damaged.")
        return self._image(work[0])

    def mismatch(self, image: Image, neighbours: Neighbours) -> int:
        """Return how badly an image is predicted by its neighbours: the sum of squared errors, each
        limited, so that what is newly seen does not count too much."""
        steps = self.steps(0)
        found = self._derived([neighbours], steps)
        pred, _ = self._predicted(found, *_motion(found))
        d = np.minimum(np.abs(self._planes(image) - pred), 4 * int(steps[0])).astype(np.int64)
        return int((d * d).sum())

    def _planes(self, image: Image) -> NDArray[np.int16]:
        _, h, w = self.shape
        sides = ((0, h - self.size[0]), (0, w - self.size[1]), (0, 0))
        return to_planes(np.pad(image[..., : self.components], sides, mode="edge"), self.transform)

    def _image(self, planes: NDArray[np.int32]) -> Image:
        image: Image = to_image(planes, self.transform)[: self.size[0], : self.size[1]]
        return np.ascontiguousarray(image)

    def _fill(self) -> NDArray[np.int64]:
        colour = np.array(self.fill, np.uint8).reshape(1, 1, -1)
        return to_planes(colour, self.transform)[:, 0, 0].astype(np.int64)

    def _work(self) -> tuple[NDArray[np.int32], ...]:
        """Return zeroed planes, sizes, modes and coefficients."""
        count, h, w = self.shape
        squares = (h // SQUARE, w // SQUARE)
        return (
            np.zeros((count, h, w), np.int32),
            *np.zeros((2, *squares), np.int32),
            np.zeros((count, h, w), np.int32),
        )

    def _prediction(
        self, neighbours: Sequence[Neighbours], steps: NDArray[np.int64]
    ) -> Prediction | None:
        """Return what is derived from the decoded neighbours; None without any."""
        return self._derived(neighbours, steps) if neighbours else None

    def _derived(self, neighbours: Sequence[Neighbours], steps: NDArray[np.int64]) -> Prediction:
        from vcore.collections.methods.views import motion
        from vcore.collections.methods.views.compensation import GROUP

        bits = fraction(self.transform)

        def one(pair: Neighbours) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
            a = self._planes(pair.before)
            b = a if pair.after is pair.before else self._planes(pair.after)
            field = motion.derived(a[0], b[0], pair.to_before, pair.to_after, bits)
            return np.stack([motion.padded(a), motion.padded(b)]), field

        refs, fields = zip(*run_all(one, neighbours), strict=True)
        mismatch = np.zeros(tuple(-(-n // GROUP) for n in fields[0].shape[:2]), np.int64)
        first = neighbours[0]
        motion.mismatch(
            refs[0][0, 0],
            refs[0][1, 0],
            first.to_before,
            first.to_after,
            fields[0],
            GROUP,
            int(steps[0]),
            mismatch,
        )
        far = np.array([[p.to_before, p.to_after] for p in neighbours], np.int64)
        return Prediction(np.stack(refs), far, np.stack(fields), mismatch)

    def _predicted(
        self, found: Prediction, modes: NDArray[np.int32], offsets: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the prediction and the difference of the images it is the mean of."""
        from vcore.collections.methods.views.compensation import (
            SUBPIXEL,
            UNIT,
            predict,
            vectors,
        )

        moves = np.zeros((2, *found.fields.shape[1:]), np.int64)
        vectors(found.fields, found.far, modes, offsets * (SUBPIXEL // UNIT), moves)
        pred, diff = np.zeros((2, *self.shape), np.int32)
        predict(found.refs, found.far, modes, moves, pred, diff)
        return pred, diff


def _motion(found: Prediction) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return zeroed modes and offsets."""
    return (
        np.zeros(found.mismatch.shape, np.int32),
        np.zeros((*found.mismatch.shape, 2), np.int32),
    )


def errors_of(image: Image, decoded: Image) -> Any:
    """Return the sum of squared errors of the colours."""
    d = image[..., :3].astype(np.int64) - decoded[..., :3]
    return int((d * d).sum())
