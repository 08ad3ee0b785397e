"""Search for the narrowest network that reaches a PSNR, by fitting a few."""

from vcore.methods._networks.search import smallest_reaching
from vcore.methods.psnr import psnr_of
from vcore.methods.siren.decoder import SirenDecoder
from vcore.methods.siren.layout import Layout
from vcore.methods.siren.network import Shape
from vcore.methods.siren.settings import SirenSettings
from vcore.methods.siren.stored import unpack
from vcore.methods.siren.training import fitted_bytes, read_samples
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context

WIDTHS = (8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256)
"""Candidate widths, each with about twice the weights of the previous one: finer steps would be
within the spread of two fits from different initial weights."""
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
    samples = read_samples(source, layout, context)
    sizes = len(layout.lengths), layout.outputs, settings.depth

    def fitted(width: int, part: Context, share: float) -> tuple[tuple[Shape, bytes], float]:
        shape = Shape(*sizes, width, settings.residual)
        weights = fitted_bytes(samples, layout, shape, settings, part, share)
        parameters = unpack(weights, shape)
        decoder = SirenDecoder(
            layout, shape, settings.omega, source.range, source.grid, lambda: parameters
        )
        return (shape, weights), psnr_of(source, decoder)

    refusal = (
        "Expected a PSNR that siren can reach on this volume. {psnr:g} dB is more than the "
        f"{{best:.2f}} dB of networks up to a width of {WIDTHS[-1]}: ask for less, set a larger "
        "width or more steps, or choose another method."
    )
    return smallest_reaching(budget.psnr or 0.0, WIDTHS, fitted, context, TIME_SHARE, refusal)
