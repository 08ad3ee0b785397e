"""Coding of one image from the decoded ones around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.views.colour import Transform, fraction, to_image, to_planes
from vcore.collections.methods.views.prior import State
from vcore.entropy.rangecoder import DECODE, ENCODE, begun, finished
from vcore.errors import FormatError
from vcore.runtime.executor import run_all

if TYPE_CHECKING:
    from vcore.collections.methods.views.motion import Reference

Image = NDArray[np.uint8]
GROWTH = (64, 74, 85, 97, 112, 129)
"""Quantiser step by depth, in 1/64: coarser where no other image, or few, are predicted from it.
15 % a step; 8 % and 25 % give the same quality at equal bytes."""
SQUARE = 4
"""Sides of images are extended to multiples of it."""


class Neighbours(NamedTuple):
    """Decoded images before and after one, its distance to each, the number of the pair of images
    that they are, as they are or as seen from elsewhere, and the images that are decoded for the
    pair, as far as the encoder knows."""

    before: "Reference"
    after: "Reference"
    to_before: int
    to_after: int
    pair: int = 0
    touched: frozenset[int] = frozenset()


class Prediction(NamedTuple):
    """What is derived from neighbours without any bytes: distances (pair, 2), motion (pair, block
    y, block x, 2), and classes of the mismatch."""

    far: NDArray[np.int64]
    fields: NDArray[np.int32]
    mismatch: NDArray[np.int64]


class Coded(NamedTuple):
    """Coded image: its stream, the image as it will be decoded, and the numbers of the pairs that
    it is predicted from."""

    data: bytes
    image: Image
    pairs: tuple[int, ...]


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
    ) -> Coded:
        """Return an image coded with the pairs of ``neighbours`` that are worth it, always the
        first one; updates ``state``."""
        from vcore.collections.methods.views.blocks import code_blocks
        from vcore.collections.methods.views.decisions import RATE_WEIGHT, decide
        from vcore.collections.methods.views.motion_choice import chosen
        from vcore.collections.methods.views.motion_coding import code_motion
        from vcore.collections.methods.views.motion_search import search_motion, take_over
        from vcore.collections.methods.views.rates import rates_of

        planes, steps = self._planes(image).astype(np.int32), self.steps(depth)
        found, kept = None, list(neighbours)
        pred = diff = np.zeros((self.components, 0, 0), np.int32)
        modes = offsets = np.zeros((0, 0), np.int32)
        mismatch = far = np.zeros((0, 0), np.int64)
        fields = np.zeros((0, 0, 0, 2), np.int32)
        if neighbours:
            found, coarse = self._derived(neighbours, steps), self.reference(image).scales[-1]
            searched = [
                search_motion(planes, coarse, *_images(n), *f, steps, RATE_WEIGHT)
                for n, *f in zip(neighbours, found.far, found.fields, strict=True)
            ]
            some = chosen(
                searched, [n.pair for n in neighbours], [n.touched for n in neighbours], RATE_WEIGHT
            )
            kept = [neighbours[k] for k in some.numbers]
            modes, offsets, mismatch = some.modes, some.offsets, found.mismatch
            far, fields = found.far[some.numbers], found.fields[some.numbers]
            refs = _stacked(kept)
            take_over(planes, refs, far, fields, steps, RATE_WEIGHT, some.costs, modes, offsets)
            pred, diff = self._predicted(refs, far, fields, modes, offsets)
        work, between, fill = self._work(), found is not None, self._fill()
        rates = tuple(rates_of(state))
        decide(planes, pred, between, steps, fill, self.exact, rates, *work)
        filtered = (0, 0) if self.exact else self._filtered(planes, work, steps)
        capacity = 4 * planes.size + (1 << 16)
        while True:
            data = np.empty(capacity, np.uint8)
            own = state[0].copy(), state[1].copy(), state[2].copy()
            coder: Any = begun(ENCODE, data)
            if not self.exact:
                self._code_filters(ENCODE, coder, data, own[2], filtered)
            good = found is None or code_motion(
                ENCODE, coder, data, modes, offsets, mismatch, far, fields, own
            )
            if good and code_blocks(
                ENCODE, coder, data, pred, diff, between, steps, fill, self.exact, *work, own
            ):
                break
            capacity *= 2
        for part, new in zip(state, own, strict=True):
            part[...] = new
        length = finished(ENCODE, coder, data)
        stream = data[1:length].tobytes().rstrip(b"\0")
        return Coded(stream, self._image(work[0]), tuple(sorted({n.pair for n in kept})))

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
        from vcore.collections.methods.views.motion_coding import code_motion

        steps, stream = self.steps(depth), np.frombuffer(data, np.uint8)
        coder = begun(DECODE, stream)
        good = coder is not None
        filters = (0, 0)
        if good and not self.exact:
            filters = self._code_filters(DECODE, coder, stream, state[2], filters)
        pred = diff = np.zeros((self.components, 0, 0), np.int32)
        if good and neighbours:
            found = self._derived(neighbours, steps)
            modes, offsets = _motion(found)
            good = code_motion(
                *(DECODE, coder, stream, modes, offsets, found.mismatch, found.far),
                *(found.fields, state),
            )
            if good:
                refs = _stacked(neighbours)
                pred, diff = self._predicted(refs, found.far, found.fields, modes, offsets)
        work = self._work()
        if not good or not code_blocks(
            DECODE,
            coder,
            stream,
            pred,
            diff,
            bool(neighbours),
            steps,
            self._fill(),
            self.exact,
            *work,
            state,
        ):
            raise FormatError("The stream of an image is damaged.")
        if any(filters):
            self._filter(work, steps, *filters)
        return self._image(work[0])

    @staticmethod
    def _code_filters(
        encoding: Any,
        coder: Any,
        data: NDArray[np.uint8],
        singles: NDArray[np.int32],
        filters: tuple[int, int],
    ) -> tuple[int, int]:
        """Code the strength of the filter of edges, and the level of that of all pixels."""
        from vcore.collections.methods.views.deblocking import code_strength
        from vcore.collections.methods.views.restoration_loops import code_level

        strength = code_strength(encoding, coder, data, singles, filters[0])
        return strength, code_level(encoding, coder, data, singles, filters[1])

    @staticmethod
    def _filter(
        work: tuple[NDArray[np.int32], ...], steps: NDArray[np.int64], strength: int, level: int
    ) -> None:
        """Filter the edges of blocks, then all pixels."""
        from vcore.collections.methods.views.deblocking import coded_squares, deblock
        from vcore.collections.methods.views.restoration import changes
        from vcore.collections.methods.views.restoration_loops import restored

        planes, sizes, modes, _, values = work
        coded = coded_squares(sizes, modes, values)
        if strength:
            deblock(planes, sizes, coded, steps, strength)
        if level:
            restored(planes, changes(planes, coded, steps), level, planes)

    def _filtered(
        self,
        planes: NDArray[np.int32],
        work: tuple[NDArray[np.int32], ...],
        steps: NDArray[np.int64],
    ) -> tuple[int, int]:
        """Filter with the strength and level that fit best, and return them."""
        from vcore.collections.methods.views.deblocking import STRENGTHS, coded_squares, deblock

        decoded, sizes, modes, _, values = work
        coded = coded_squares(sizes, modes, values)

        def tried(strength: int) -> NDArray[np.int32]:
            found = decoded.copy()
            deblock(found, sizes, coded, steps, strength)
            return found

        without = [(decoded.copy(), 0), *((tried(s), s) for s in range(1, STRENGTHS))]
        strength, best = _nearest(planes, without)
        level, decoded[...] = self._restored(planes, best, coded, steps)
        return strength, level

    @staticmethod
    def _restored(
        planes: NDArray[np.int32],
        decoded: NDArray[np.int32],
        coded: NDArray[np.uint8],
        steps: NDArray[np.int64],
    ) -> tuple[int, NDArray[np.int32]]:
        """Return the level of the filter of pixels that fits best, and the filtered planes."""
        from vcore.collections.methods.views.restoration import changes
        from vcore.collections.methods.views.restoration_loops import LEVELS, restored

        added = changes(decoded, coded, steps)

        def tried(level: int) -> NDArray[np.int32]:
            found = np.empty_like(decoded)
            restored(decoded, added, level, found)
            return found

        return _nearest(planes, [(decoded, 0), *((tried(k), k) for k in range(1, LEVELS))])

    def reference(self, image: Image) -> "Reference":
        """Return a decoded image as one to predict from."""
        from vcore.collections.methods.views.motion import referenced

        return referenced(self._planes(image))

    def mismatch(self, image: Image, neighbours: Neighbours) -> int:
        """Return how badly an image is predicted by its neighbours: the sum of squared errors, each
        limited, so that what is newly seen does not count too much."""
        steps = self.steps(0)
        found = self._derived([neighbours], steps)
        refs = _stacked([neighbours])
        pred, _ = self._predicted(refs, found.far, found.fields, *_motion(found))
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
        """Return zeroed planes, sizes, modes, transforms and coefficients."""
        count, h, w = self.shape
        squares = (h // SQUARE, w // SQUARE)
        return (
            np.zeros((count, h, w), np.int32),
            *np.zeros((3, *squares), np.int32),
            np.zeros((count, h, w), np.int32),
        )

    def _derived(self, neighbours: Sequence[Neighbours], steps: NDArray[np.int64]) -> Prediction:
        """Return what is derived from the decoded neighbours."""
        from vcore.collections.methods.views import motion
        from vcore.collections.methods.views.compensation import GROUP

        bits = fraction(self.transform)
        fields = run_all(lambda n: motion.derived(*n[:4], bits), neighbours)
        mismatch = np.zeros(tuple(-(-n // GROUP) for n in fields[0].shape[:2]), np.int64)
        first = neighbours[0]
        motion.mismatch(
            first.before.scales[0],
            first.after.scales[0],
            first.to_before,
            first.to_after,
            fields[0],
            GROUP,
            int(steps[0]),
            mismatch,
        )
        far = np.array([[p.to_before, p.to_after] for p in neighbours], np.int64)
        return Prediction(far, np.stack(fields), mismatch)

    def _predicted(
        self,
        refs: NDArray[np.int16],
        far: NDArray[np.int64],
        fields: NDArray[np.int32],
        modes: NDArray[np.int32],
        offsets: NDArray[np.int32],
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the prediction and the difference of the images it is the mean of."""
        from vcore.collections.methods.views.compensation import (
            SUBPIXEL,
            UNIT,
            predict,
            vectors,
        )

        moves = np.zeros((2, *fields.shape[1:]), np.int64)
        vectors(fields, far, modes, offsets * (SUBPIXEL // UNIT), moves)
        pred, diff = np.zeros((2, *self.shape), np.int32)
        predict(refs, far, modes, moves, pred, diff)
        return pred, diff


def _images(n: Neighbours) -> tuple[NDArray[np.int16], ...]:
    """Return the planes of both images of a pair, and the first plane of each at the coarsest
    scale."""
    return n.before.planes, n.after.planes, n.before.scales[-1], n.after.scales[-1]


def _stacked(neighbours: Sequence[Neighbours]) -> NDArray[np.int16]:
    """Return the planes of all neighbours, (pair, 2, component, y, x)."""
    return np.stack([[n.before.planes, n.after.planes] for n in neighbours])


def _motion(found: Prediction) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return zeroed modes and offsets."""
    return (
        np.zeros(found.mismatch.shape, np.int32),
        np.zeros((*found.mismatch.shape, 2), np.int32),
    )


def _nearest(
    planes: NDArray[np.int32], tried: Sequence[tuple[NDArray[np.int32], int]]
) -> tuple[int, NDArray[np.int32]]:
    """Return the number and the planes of the best of some."""
    found = []
    for decoded, number in tried:
        d = (planes - decoded).astype(np.int64)
        found.append((int((d * d).sum()), number, decoded))
    _, number, best = min(found, key=lambda f: f[:2])
    return number, best


def errors_of(image: Image, decoded: Image) -> Any:
    """Return the sum of squared errors of the colours."""
    d = image[..., :3].astype(np.int64) - decoded[..., :3]
    return int((d * d).sum())
