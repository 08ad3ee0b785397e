"""Encoder of a variable with slices apart: two encoders with one step, of the content continued
through these slices, and of the slices."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.methods.base import Sink
from vcore.methods.source import VariableSource
from vcore.methods.wavelet.apart import SECTION, Apart
from vcore.methods.wavelet.encoder import Encoder
from vcore.methods.wavelet.model import JointModel
from vcore.methods.wavelet.rdo import RdoPreset
from vcore.methods.wavelet.search import power
from vcore.methods.wavelet.settings import MAX_FRAMES
from vcore.methods.wavelet.stream import Integers
from vcore.methods.wavelet.tables import Tables
from vcore.methods.wavelet.temporal import Pyramid
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.regions import Region
from vcore.model.volume import Variable

Quantised = list[list[list[Integers]]]
"""Integers of the content, then those of the slices."""


class Continued:
    """Array of a variable with the slices apart interpolated between the nearest others."""

    def __init__(self, variable: Variable, apart: Apart) -> None:
        self._variable, self._apart = variable, apart
        self.shape, self.dtype = variable.shape, variable.dtype

    def __getitem__(self, region: Region) -> NDArray[Any]:
        axis = len(self.shape) - 3 + self._apart.axis
        values = self._variable.read(region)
        places = self._apart.within(region[-3:])
        if places:
            values = values.copy()  # a view of the original, if that is in memory

        def slice_at(k: int) -> NDArray[np.float64]:
            part = (*region[:axis], slice(k, k + 1), *region[axis + 1 :])
            return self._variable.read(part).astype(np.float64).squeeze(axis)

        for number, at in places:
            k = self._apart.slices[number]
            before, after = self._nearest(k, -1), self._nearest(k, 1)
            if before < 0 or after == self.shape[axis]:
                found = slice_at(after if before < 0 else before)
            else:
                share = (k - before) / (after - before)
                found = slice_at(before) * (1 - share) + slice_at(after) * share
            if self.dtype.kind != "f":
                found = np.rint(found)
            values[(slice(None),) * axis + (at,)] = found
        return values

    def _nearest(self, k: int, step: int) -> int:
        """Return the index of the nearest slice on one side that is not apart, or one outside."""
        while k in self._apart.slices:
            k += step
        return k


def continued(source: VariableSource, apart: Apart) -> VariableSource:
    """Return the source with the slices apart replaced by a continuation of the content."""
    return replace(
        source, variable=replace(source.variable, data=Continued(source.variable, apart))
    )


def slices_of(source: VariableSource, apart: Apart) -> VariableSource:
    """Return the slices apart as the frames of a variable."""
    axis, shape = apart.axis, source.shape
    whole = [slice(0, n) for n in shape]
    frames = []
    for k in apart.slices:
        at = len(shape) - 3 + axis
        part = (*whole[:at], slice(k, k + 1), *whole[at + 1 :])
        frames.append(source.variable.read(part).reshape(apart.frame(shape[-3:])))
    variable = Variable(
        source.variable.name,
        np.stack(frames),
        ("t", "z", "y", "x"),
        fill_value=source.variable.fill_value,  # of which no voxel is, as decoded
    )
    return VariableSource(variable, Grid(variable.shape[1:]), source.range)  # type: ignore[arg-type]


class Units(Sink):
    """Sink that gathers the units of all sections in one list."""

    def __init__(self) -> None:
        self.gathered: list[bytes] = []

    def add(self, level: int, name: str, units: list[bytes]) -> None:
        self.gathered += units

    @property
    def bytes(self) -> int:
        return sum(map(len, self.gathered))


class ApartEncoder:
    """Pyramids of a variable and of its slices apart, codable at any quantiser step.

    Parameters
    ----------
    source
        The variable.
    content
        Encoder of what ``continued`` returns.
    apart
        The slices.
    """

    def __init__(
        self, source: VariableSource, content: Encoder, apart: Apart, context: Context
    ) -> None:
        self.source, self._content, self._apart = source, content, apart
        self._slices = Encoder(slices_of(source, apart), context, MAX_FRAMES)

    @property
    def preset(self) -> RdoPreset:
        return self._content.preset

    @preset.setter
    def preset(self, preset: RdoPreset) -> None:
        self._content.preset = self._slices.preset = preset

    @property
    def frames(self) -> Sequence[Pyramid]:
        return [*self._content.frames, *self._slices.frames]

    def model(self) -> JointModel:
        """Return a model of bytes and error by step."""
        voxels = math.prod(self.source.shape)
        share = math.prod(self._slices.source.shape) / voxels
        return JointModel([(self._content.model(), 1.0), (self._slices.model(), share)])

    def quantise(self, step: float, *, draft: bool = False) -> tuple[Quantised, Tables]:
        """Return the integers, valid until the next call, and the tables; see ``Encoder``."""
        content, tables = self._content.quantise(step, draft=draft)
        slices, own = self._slices.quantise(step, draft=True)
        return [content, slices], replace(tables, apart=replace(self._apart, points=own.points))

    def filtered(self, tables: Tables, step: float) -> Tables:
        """Return the tables of the last quantisation with a filter; see ``Encoder``."""
        return self._content.filtered(tables, step)

    def with_share(self, tables: Tables) -> Tables:
        """Return the tables of the last quantisation with the share that is prediction alone."""
        return self._content.with_share(tables)

    def code(self, quantised: Quantised, sink: Sink) -> int:
        """Write the sections to ``sink``, coarse to fine; return their total bytes."""
        content, slices = quantised
        units = Units()
        self._slices.code(slices, units)
        self._content.code(content, sink)
        sink.add(0, SECTION, units.gathered)
        return sink.bytes

    def measured(self, quantised: Quantised, tables: Tables, step: float) -> tuple[float, Tables]:
        """Return the PSNR in dB of the file, and the tables that give it; see ``Encoder``."""
        assert tables.apart is not None
        content, slices = quantised
        of_slices, _ = self._slices.measured(slices, Tables(tables.apart.points), step)
        psnr, tables = self._content.measured(content, tables, step)
        share = math.prod(self._slices.source.shape) / math.prod(self.source.shape)
        return -10 * math.log10(power(psnr) + share * power(of_slices)), tables
