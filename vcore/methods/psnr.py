"""PSNR of a decoder before its file is written, for methods that search for a quality."""

import math

import numpy as np

from vcore.methods.base import Decoder
from vcore.methods.source import VariableSource
from vcore.model.pyramid import CHUNK
from vcore.model.regions import Region
from vcore.runtime.executor import run_all


def psnr_of(source: VariableSource, decoder: Decoder) -> float:
    """Return the PSNR in dB over the present voxels of a file with this decoder."""
    variable = source.variable

    def one(region: Region) -> tuple[float, int]:
        values = variable.read(region)
        decoded = np.clip(decoder.decode(region), *source.range)
        if values.dtype.kind != "f":
            decoded = np.rint(decoded)
        missing = variable.missing(values)
        present = slice(None) if missing is None else ~missing
        error = (decoded[present] - values[present].astype(np.float64)) / source.span
        return float(np.square(error).sum()), error.size

    parts = run_all(one, list(source.slabs(CHUNK, CHUNK**3)))
    mse = sum(e for e, _ in parts) / max(sum(n for _, n in parts), 1)
    return -10 * math.log10(max(mse, 1e-300))
