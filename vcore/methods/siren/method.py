"""The ``siren`` method: network sizes, budgets, decoding."""

from dataclasses import replace
from typing import Any

from vcore.container import SectionReader
from vcore.container.header import VariableHeader
from vcore.errors import BudgetError, FormatError
from vcore.methods.base import Achieved, Decoder, Method, Sink
from vcore.methods.siren.decoder import SECTION, SirenDecoder
from vcore.methods.siren.layout import Layout
from vcore.methods.siren.network import Shape
from vcore.methods.siren.settings import SirenSettings
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.grid import Grid

LIBRARIES_BYTES = 1 << 29
"""Memory of torch and its buffers in bytes; measured 0.4 GB."""
DEFAULT_RATIO = 20
"""Ratio of uncompressed bytes to network bytes if neither a size nor a PSNR is given but an error
bound; the residual does the rest."""
TIME_SHARE = 0.9
ESTIMATE_DIVISOR = 100
"""Divisor of the number of steps for an estimate."""


class Siren(Method):
    """One network from coordinates to values, fitted to one variable.

    COIN (Dupont, Golinski, Alizadeh, Teh, Doucet: COIN: COmpression with Implicit Neural
    representations, 2021, arXiv:2103.03123) with the layers of SIREN (Sitzmann, Martel, Bergman,
    Lindell, Wetzstein: Implicit Neural Representations with Periodic Activation Functions, 2020,
    arXiv:2006.09661). Inputs are x, y, z, and t for a variable with time; outputs are its
    components. The width follows from the budget; the depth is that of COIN's networks for the two
    lowest rates (appendix A: 5 sine layers and a linear one; see docs/methods.md for why not 10).
    The preset ``neurcomp`` uses residual blocks with weights shared by k-means (Lu, Jiang, Levine,
    Berger: Compressive Neural Representations of Volumetric Scalar Fields, 2021, arXiv:2104.04523).
    """

    name = "siren"
    summary = "one sine network from coordinates to values (COIN, neurcomp)"
    needs_torch = True
    one_model = True
    Settings = SirenSettings

    def encode(
        self, source: VariableSource, budget: Budget, settings: Any, context: Context, sink: Sink
    ) -> Achieved:
        from vcore.methods.siren import search, training

        settings.check()
        layout = Layout(source.variable.axes, source.shape)
        shape = self.shape_for(layout, source.variable.nbytes, budget, settings)
        if shape is None:
            shape, weights = search.narrowest(source, layout, budget, settings, context)
        else:
            samples = training.read_samples(source, layout, context)
            weights = training.fitted_bytes(samples, layout, shape, settings, context, TIME_SHARE)
        sink.add(0, SECTION, [weights])
        return Achieved(replace(settings, width=shape.width))

    def shape_for(
        self, layout: Layout, nbytes: int, budget: Budget, settings: SirenSettings
    ) -> Shape | None:
        """Return the network architecture for a budget; None if it has to be found by fitting.

        Raises
        ------
        BudgetError
            The requested network, or the narrowest one, exceeds the budget.
        """
        sizes = len(layout.lengths), layout.outputs, settings.depth
        if settings.width is not None:
            shape = Shape(*sizes, settings.width, settings.residual)
        elif budget.bytes is not None:
            shape = Shape.widest(*sizes, budget.bytes, residual=settings.residual)
        elif budget.psnr is not None:
            return None
        else:
            shape = Shape.widest(*sizes, nbytes // DEFAULT_RATIO, residual=settings.residual)
        if budget.bytes is not None and shape.bytes > budget.bytes:
            raise BudgetError(
                f"Expected at least {shape.bytes} bytes for {self.name} with {shape.layers} "
                f"layers of {shape.width} units. Got a budget of {budget.bytes}: allow more, or "
                f"choose a smaller width, fewer layers, or another method.",
                shape.bytes,
            )
        return shape

    def open(self, header: VariableHeader, grid: Grid, reader: SectionReader) -> Decoder:
        settings: SirenSettings = self.settings_of(header)
        if settings.width is None:
            raise FormatError("The header is damaged: it lacks the network's width.")
        layout = Layout(header.axes, header.shape)
        shape = Shape(
            len(layout.lengths), layout.outputs, settings.depth, settings.width, settings.residual
        )
        return SirenDecoder.of_section(layout, shape, settings.omega, header.range, grid, reader)

    def trial_settings(self, settings: SirenSettings, ratio: float) -> tuple[SirenSettings, float]:
        return settings.shortened(ESTIMATE_DIVISOR)

    def peak_memory(self, source: VariableSource, settings: SirenSettings) -> int:
        from vcore.methods.siren.training import ACTIVATION_BYTES, MAX_SAMPLES

        layout = Layout(source.variable.axes, source.shape)
        samples = min(layout.count, MAX_SAMPLES)
        return 2 * samples * (4 * layout.outputs + 8) + ACTIVATION_BYTES + LIBRARIES_BYTES
