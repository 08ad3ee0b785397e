"""Search for the narrowest network that reaches a PSNR, by fitting a few."""

import math
from functools import partial

from vcore.errors import BudgetError
from vcore.methods.psnr import psnr_of
from vcore.methods.siren import neurcomp
from vcore.methods.siren.decoder import SirenDecoder
from vcore.methods.siren.layout import Layout
from vcore.methods.siren.network import Parameters, Shape, unpack
from vcore.methods.siren.settings import SirenSettings
from vcore.methods.siren.training import fitted_bytes, part_of, read_samples
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context

WIDTHS = (8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256)
"""Candidate widths, each with about twice the weights of the previous one: finer steps would be
within the spread of two fits from different initial weights."""
MAX_FITS = 4
TIME_SHARE = 0.8


def narrowest(
    source: VariableSource,
    layout: Layout,
    budget: Budget,
    settings: SirenSettings,
    context: Context,
) -> tuple[Shape, bytes]:
    """Return the narrowest of a few networks that reaches the budget's PSNR, and its weights.

    Raises
    ------
    BudgetError
        No width reaches it; the message tells the best PSNR.
    """
    wanted = budget.psnr or 0.0
    samples = read_samples(source, layout, context)
    found: tuple[Shape, bytes] | None = None
    low, high, number, best = 0, len(WIDTHS), 0, -math.inf
    while low < high:
        middle = (low + high) // 2
        sizes = len(layout.lengths), layout.outputs, settings.depth
        shape = Shape(*sizes, WIDTHS[middle], settings.residual)
        share = TIME_SHARE * (number + 1) / MAX_FITS
        part = part_of(context, number, MAX_FITS)
        weights = fitted_bytes(samples, layout, shape, settings, part, share)
        parameters = (neurcomp.unpack if shape.residual else unpack)(weights, shape)
        decoder = SirenDecoder(
            layout, shape, settings.omega, source.range, source.grid, partial(_same, parameters)
        )
        reached = psnr_of(source, decoder)
        best, number = max(best, reached), number + 1
        if reached >= wanted:
            found, high = (shape, weights), middle
        else:
            low = middle + 1
    if found is None:
        raise BudgetError(
            f"Expected a PSNR that siren can reach on this volume. {wanted:g} dB is more than the "
            f"{best:.2f} dB of networks up to a width of {WIDTHS[-1]}: ask for less, set a larger "
            f"width or more steps, or choose another method."
        )
    return found


def _same(parameters: Parameters) -> Parameters:
    return parameters
