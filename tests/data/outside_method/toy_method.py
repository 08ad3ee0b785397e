"""A toy method: values rounded to a few bits, deflated by slabs of planes."""

import math
import zlib
from dataclasses import dataclass, field

import numpy as np

from vcore.errors import BudgetError, FormatError
from vcore.methods.base import Achieved, Decoder, Method, Settings
from vcore.model.pyramid import chunk_shape, level_grids
from vcore.model.regions import blocks, shape_of

PLANES, MAX_BITS = 16, 16


@dataclass(frozen=True)
class ToySettings(Settings):
    effort: int = field(default=6, metadata={"help": "Effort of deflate, 1 to 9."})


class Toy(Method):
    name, summary = "toy", "a few bits of each value, deflated"
    exact = True  # integers, then float64 operations in a fixed order
    Settings = ToySettings

    def encode(self, source, budget, settings, context, sink):
        choices = range(MAX_BITS, 0, -1) if budget.bytes else [bits_for(budget, source.span)]
        slabs = list(blocks(source.shape, [1] * len(source.frames) + [PLANES, *source.shape[-2:]]))
        for bits in choices:
            units = []
            for slab in slabs:
                context.report(f"{bits} bits", len(units) / len(slabs))
                steps = (source.read(slab) - source.range[0]) * ((2**bits - 1) / source.span)
                units.append(zlib.compress(np.rint(steps).astype("<u2").tobytes(), settings.effort))
            sink.add(0, "slabs", units)
            if not budget.bytes or sink.bytes <= budget.bytes:
                return Achieved(settings, {"bits": bits})
        raise BudgetError(f"Expected at least {sink.bytes} bytes for toy.", sink.bytes)

    def open(self, header, grid, reader):
        return ToyDecoder(header, grid, reader)


def bits_for(budget, span):
    """Return the bits with which rounding alone keeps a PSNR or an error bound."""
    share = 10 ** (-budget.psnr / 20) if budget.psnr else max(budget.bound(span) / span, 1e-9)
    bits = math.ceil(math.log2(0.5 / share + 1))
    if bits > MAX_BITS and budget.psnr:
        raise BudgetError(f"Expected at most 100 dB for toy. Got {budget.psnr:g} dB instead.")
    return min(bits, MAX_BITS)  # the engine codes what a bound needs beyond


class ToyDecoder(Decoder):
    exact = True

    def __init__(self, header, grid, reader):
        self.grids = level_grids(grid)
        self.chunks = tuple(chunk_shape(g, k, 0) for k, g in enumerate(self.grids))
        self.levels = (0,) if reader.is_available(0, "slabs") else ()
        self.header, self.reader = header, reader

    def decode(self, region, level=0):
        *lead, planes, rows, columns = self.header.shape
        *outer, z, y, x = region
        first, last = z.start // PLANES, (z.stop - 1) // PLANES + 1
        out = []
        for frame in np.arange(math.prod(lead)).reshape(lead)[tuple(outer)].ravel():
            start = frame * -(-planes // PLANES)
            units = self.reader.read_units(0, "slabs", range(start + first, start + last))
            try:
                values = np.frombuffer(b"".join(map(zlib.decompress, units)), "<u2")
                values = values.reshape(-1, rows, columns)
            except (zlib.error, ValueError) as error:
                raise FormatError(f"The slabs are damaged: {error}.") from error
            out.append(values[z.start - first * PLANES : z.stop - first * PLANES, y, x])
        step = self.header.span / (2 ** self.header.state["bits"] - 1)
        return np.reshape(out, shape_of(region)) * step + self.header.range[0]
