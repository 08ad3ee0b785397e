"""``splats``: Gaussian splats, quantised by importance and entropy coded block by block."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.errors import FormatError
from vcore.methods.base import Achieved, Settings, Sink
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.runtime.executor import run_all
from vcore.runtime.single_flight import once_cache
from vcore.scenes.cameras import Camera
from vcore.scenes.methods.base import CodedScene, SceneMethod
from vcore.scenes.methods.splats import coding
from vcore.scenes.methods.splats.encoding import MIN_FOOTPRINT, Encoding
from vcore.scenes.methods.splats.field import SplatField
from vcore.scenes.methods.splats.harmonics import MAX_DEGREE, coefficients
from vcore.scenes.methods.splats.model import MAX_SPLATS, Splats
from vcore.scenes.methods.splats.quantise import Lattice, dequantised
from vcore.scenes.methods.splats.settings import SplatsSettings

SPLATS, BOXES = "splats", "boxes"
MAX_PER_BYTE = 64
"""Most splats per byte of a block."""
MAX_CELL = 58
"""Largest magnitude of the binary logarithm of a cell's side."""
JOINED = 2
"""Sets of blocks whose splats are kept together."""


class SplatsMethod(SceneMethod):
    """Gaussian splats, coded without retraining.

    Steps follow the energy of each splat in rendered views; blocks along a Morton curve decode
    alone.
    """

    name = "splats"
    summary = "Gaussian splats, without retraining; a region decodes alone"
    field = SplatField
    Settings: ClassVar[type[Settings]] = SplatsSettings

    def encode(
        self,
        source: SplatField,
        budget: Budget,
        settings: SplatsSettings,
        context: Context,
        sink: Sink,
    ) -> Achieved:
        encoding = Encoding(source, settings.block, context)
        found = encoding.within(budget)
        sink.add(0, BOXES, [found.boxes.astype("<f4").tobytes()])
        sink.add(0, SPLATS, found.blocks)
        lattice = found.lattice
        state: dict[str, Any] = {
            "splats": len(encoding.splats),
            "degree": source.degree,
            "step": lattice.step,
            "footprint": lattice.footprint,
            "cell": lattice.cell,
            "first": list(lattice.first),
        }
        if encoding.dropped:
            state["dropped"] = encoding.dropped
        return Achieved(settings, state)

    def open(
        self,
        coded: CodedScene,
        settings: SplatsSettings,
        state: Mapping[str, Any],
        reader: SectionReader,
    ) -> "StoredSplats":
        return StoredSplats(coded, settings, state, reader)


class StoredSplats(SplatField):
    """Splats of a file, decoded block by block."""

    def __init__(
        self,
        coded: CodedScene,
        settings: SplatsSettings,
        state: Mapping[str, Any],
        reader: SectionReader,
    ) -> None:
        self._count, self._degree, self._lattice = _described(state)
        self._block, self._reader = settings.block, reader
        blocks = -(-self._count // self._block) if self._block > 0 else 0
        if not 0 < self._block <= coding.MAX_BLOCK or reader.units(0, SPLATS) != blocks:
            raise FormatError("The header is damaged: splats and blocks do not match.")
        boxes = reader.read(0, BOXES)
        if len(boxes) != 24 * blocks:
            raise FormatError("The boxes of the splats are damaged.")
        self._boxes = np.frombuffer(boxes, "<f4").reshape(blocks, 2, 3)
        if not np.isfinite(self._boxes).all():
            raise FormatError("The boxes of the splats are damaged.")
        self.bounds, self.background = coded.bounds, coded.background
        self.cameras, self.name = coded.cameras, coded.name
        self.nbytes, self.attributes = coded.nbytes, coded.attributes
        self.notes = ()
        self._seen: set[int] = set()
        self._decoded = once_cache(blocks)(self._decode)
        self._joined = once_cache(JOINED)(self._join)

    def __len__(self) -> int:
        return self._count

    @property
    def degree(self) -> int:
        return self._degree

    @property
    def splats(self) -> Splats:
        return self._joined(tuple(range(len(self._boxes))))

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return len(self._boxes)

    @property
    def decoded_blocks(self) -> int:
        """Number of blocks decoded so far."""
        return len(self._seen)

    def _near(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> Splats:
        inside = (self._boxes[:, 1] >= low) & (self._boxes[:, 0] <= high)
        return self._joined(tuple(np.flatnonzero(inside.all(1)).tolist()))

    def _ahead(self, camera: Camera) -> Splats:
        """Return the splats of the blocks that are not wholly behind the camera."""
        toward = -camera.pose[:3, 2]
        corners = np.where(toward > 0, self._boxes[:, 1], self._boxes[:, 0])
        furthest = (corners - camera.eye) @ toward
        return self._joined(tuple(np.flatnonzero(furthest > camera.near).tolist()))

    def _join(self, numbers: tuple[int, ...]) -> Splats:
        parts = run_all(self._decoded, numbers)
        return Splats.joined(parts) if parts else Splats.empty(self._degree)

    def _decode(self, number: int) -> Splats:
        (data,) = self._reader.read_units(0, SPLATS, [number])
        count = min(self._block, self._count - number * self._block)
        if count > MAX_PER_BYTE * len(data):
            raise FormatError(f"The splats are damaged: {count} of them in {len(data)} bytes.")
        found = coding.unpack(data, count, coefficients(self._degree), self._lattice)
        self._seen.add(number)
        return dequantised(found, self._lattice)


def _described(state: Mapping[str, Any]) -> tuple[int, int, Lattice]:
    """Return number, degree and quantisers of the splats of a file."""
    try:
        count, degree, cell = (state[k] for k in ("splats", "degree", "cell"))
        step, footprint = float(state["step"]), float(state["footprint"])
        x, y, z = state["first"]
        whole = all(type(n) is int for n in (count, degree, cell, x, y, z))
        good = whole and 0 < count <= MAX_SPLATS and 0 <= degree <= MAX_DEGREE
        good = good and abs(cell) <= MAX_CELL and max(abs(x), abs(y), abs(z)) < 1 << 40
        good = good and 1e-30 < step < 1e30
        good = good and MIN_FOOTPRINT <= footprint <= 1 / MIN_FOOTPRINT
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"The header is damaged: its splats are {error!r:.160}.") from error
    if not good:
        raise FormatError(
            f"The header is damaged: {count!r:.20} splats of degree {degree!r:.20}, or their steps."
        )
    return count, degree, Lattice(step, footprint, (x, y, z), cell)
