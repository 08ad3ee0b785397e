"""Search for the step of a PSNR on a sample of tiles, checked on all voxels."""

import math

import numpy as np

from vcore.methods.wavelet.fast.encoder import FastEncoder
from vcore.methods.wavelet.fast.synthesis import Floats
from vcore.methods.wavelet.search import MAX_FALL, MIN_FALL, NEAR_PSNR, Coded
from vcore.methods.wavelet.settings import MAX_STEP, MIN_STEP
from vcore.model.context import Context
from vcore.runtime.executor import run_all

TRIES = 3
"""Checks on all voxels; mostly two suffice, the first of which tells how far off the model is."""
TILES = 6
"""Tiles sampled per level, over all frames."""
NEWTON, NEAR_MODEL = 12, 0.003
"""Newton steps of the model at most, and its accuracy in dB."""


def for_psnr(encoder: FastEncoder, psnr: float, context: Context) -> Coded | None:
    """Return the coarsest step that reaches ``psnr`` dB; None if the model of the error does not
    hold, as near no loss, where rounding to integers or to float32 counts."""
    model, offset = ErrorModel(encoder), 0.0
    step = 4 * 10 ** (-psnr / 20)
    for number in range(TRIES):
        context.report("searching", number / TRIES)
        step = model.step_for(psnr + NEAR_PSNR / 2 - offset, step)
        quantised, tables = encoder.quantise(step)
        reached, _ = encoder.measured(quantised, tables, step)
        if psnr <= reached <= psnr + NEAR_PSNR:
            return step, quantised, tables
        offset = reached - model.psnr(step)
    return None


class ErrorModel:
    """PSNR by step, from the errors of the coefficients of a sample of tiles; the transform is near
    orthonormal."""

    def __init__(self, encoder: FastEncoder) -> None:
        self._voxels = math.prod(encoder.source.shape)
        self._tiles = []
        for level in range(len(encoder.shapes) - 1):
            tiles = [tile for frame in encoder.frames for tile in frame.tiles(level)]
            sample = tiles[:: -(-len(tiles) // TILES)]
            weight = sum(tile.size for tile in tiles) / sum(tile.size for tile in sample)
            self._tiles += [(tile, weight) for tile in sample]

    def psnr(self, step: float) -> float:
        """Return the PSNR in dB at a step."""
        from vcore.methods.wavelet.fast import quantiser

        scale = np.float32(1 / step)

        def error(job: tuple[Floats, float]) -> float:
            values, weight = job
            out = np.empty(values.shape, np.int32)
            quantiser.quantise(values, scale, out)
            return weight * float(np.square(values * scale - out).sum(dtype=np.float64))

        total = sum(run_all(error, self._tiles)) * step**2 / self._voxels
        return -10 * math.log10(max(total, 1e-300))

    def step_for(self, psnr: float, step: float) -> float:
        """Return the step with a modelled PSNR of ``psnr`` dB, starting from ``step``."""
        step, fall = min(max(step, MIN_STEP), MAX_STEP), MAX_FALL
        reached = self.psnr(step)
        for _ in range(NEWTON):
            if abs(reached - psnr) < NEAR_MODEL:
                break
            last, before = step, reached
            # in logarithms: a sample without any error has a PSNR of thousands of dB
            wanted = math.log(step) + (reached - psnr) / fall
            step = math.exp(min(max(wanted, math.log(MIN_STEP)), math.log(MAX_STEP)))
            if step == last:
                break
            reached = self.psnr(step)
            fall = min(max((before - reached) / math.log(step / last), MIN_FALL), MAX_FALL)
        return step
