"""Fitting of a scale's assigned blocks: fit, quantise, fine-tune, fill the budget."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.methods.ecnr.geometry import Array
from vcore.methods.ecnr.head import (
    DELTAS,
    DOUBLE,
    FLOAT_CODES,
    LINES,
    LOCAL,
    RAW,
    SHARED_MAP,
    EcnrHead,
    Sizes,
)
from vcore.methods.ecnr.quantising import (
    choose_codes_step,
    on_lines,
    quantised,
    tuned,
    tuned_on_lines,
)
from vcore.methods.ecnr.stopping import fit_until
from vcore.methods.ecnr.stored import code_bytes, pack
from vcore.methods.ecnr.training import Fitted, Trainer

CODES_TOLERANCE = 0.02
"""Maximum relative increase of the squared error by quantising the latent codes."""
BITS = 6
"""Default bits of an index, if neither settings nor bytes determine them."""
LINE_BITS, LINE_TRIES = (1.0, 8.0), 6
"""Search range of log2(spread of a layer's weights / step), and number of bisections."""
CODE_BITS = 5
"""log2(spread of the latent codes / step)."""
FIT_TIME, ALL_TIME = 0.8, 0.95
"""Shares of the time by which the fit and its fine-tuning end; packing takes the rest."""


@dataclass(frozen=True)
class FittedScale:
    """Fitted scale.

    Parameters
    ----------
    head, units, sizes
        Head, coded units and their breakdown.
    parameters
        Parameters of its networks.
    error
        Mean squared error after quantisation, in squared units.
    """

    head: EcnrHead
    units: list[bytes]
    sizes: Sizes
    parameters: dict[str, Array]
    error: float


def fit_scale(
    trainer: Trainer,
    head: EcnrHead,
    components: int,
    first: dict[str, Array] | None,
    bits: int | None,
    limit: float | None,
) -> FittedScale:
    """Return the scale, fitted and packed."""
    settings = trainer.settings
    codes = int((head.blocks > 0).sum())
    start = trainer.start(codes, components, first)
    if settings.preset == "miner":
        target = ((settings.threshold or 0.0) / head.unit) ** 2
        fitted = fit_until(trainer, start, target, FIT_TIME)
    else:
        fitted = trainer.fit(start, FIT_TIME)
    flags = SHARED_MAP if components else 0
    paper = settings.preset == "paper"
    if settings.latents == "float":
        flags |= FLOAT_CODES
    if bits is None and settings.quantisation == "global":
        return _on_lines(trainer, replace(head, flags=flags), fitted, limit)
    bits = BITS if bits is None else bits
    step, integers = 1.0, None
    if settings.latents == "coded" and fitted.codes.size:
        step, integers = choose_codes_step(trainer, fitted, CODES_TOLERANCE)
        fitted.codes = (integers * np.float64(step)).astype(np.float32)
    head = replace(head, flags=flags, step=step, variables=fitted.variables)
    stored: NDArray[Any] = fitted.codes if integers is None else integers
    if bits == 0:
        head = replace(head, flags=flags | RAW)
        raw = {
            n: np.where(fitted.masks[n], v, np.nan) if n in fitted.masks else v
            for n, v in fitted.parameters.items()
        }
        head = _better_codes(head, stored)
        units, sizes = pack(head, raw, stored)
        error = trainer.error(fitted.parameters, fitted.codes, fitted.variables)
        return FittedScale(head, units, sizes, fitted.parameters, error)
    if paper:
        head = replace(head, flags=head.flags | DOUBLE)
    if settings.quantisation == "local":
        head = replace(head, flags=head.flags | LOCAL)
    shared = quantised(trainer, fitted, 1 << bits)
    better = tuned(trainer, shared, ALL_TIME)
    before = trainer.error(shared.parameters, shared.codes, shared.variables)
    after = trainer.error(better.parameters, better.codes, better.variables)
    if after > before:
        better = shared
    head, units, sizes = _packed(head, better, stored)
    return FittedScale(head, units, sizes, better.parameters, min(before, after))


def _on_lines(trainer: Trainer, head: EcnrHead, fitted: Fitted, limit: float | None) -> FittedScale:
    """Return the scale with uniformly quantised parameters, as fine as the bytes allow,
    fine-tuned."""
    codes_step = 0.0
    if not head.flags & FLOAT_CODES and fitted.codes.size:
        spread = float(np.sqrt(np.mean(np.square(fitted.codes, dtype=np.float64)))) or 1.0
        codes_step = float(np.float32(spread / 2**CODE_BITS))
    low, high = LINE_BITS
    best = on_lines(trainer, fitted, low if limit else BITS - 2, codes_step)
    if limit is not None:
        for _ in range(LINE_TRIES):
            middle = (low + high) / 2
            found = on_lines(trainer, fitted, middle, codes_step)
            if _packed_lines(head, found)[2].total <= limit:
                best, low = found, middle
            else:
                high = middle
    better = tuned_on_lines(trainer, fitted, best, ALL_TIME)
    # with little time, fine-tuning may make a converged fit worse
    error, better = min(
        ((trainer.error(f.parameters, f.codes, f.variables), f) for f in (better, best)),
        key=lambda pair: pair[0],
    )
    head, units, sizes = _packed_lines(head, better)
    return FittedScale(head, units, sizes, better.parameters, error)


def _packed_lines(head: EcnrHead, fitted: Fitted) -> tuple[EcnrHead, list[bytes], Sizes]:
    head = replace(
        head,
        flags=head.flags | LINES,
        steps=fitted.steps,
        step=fitted.codes_step or 1.0,
        variables=fitted.variables,
    )
    stored = fitted.codes if fitted.integers is None else fitted.integers
    return _packed(head, fitted, stored)


def _packed(
    head: EcnrHead, fitted: Fitted, stored: NDArray[Any]
) -> tuple[EcnrHead, list[bytes], Sizes]:
    indices: dict[str, Any] = fitted.shared
    if not head.flags & LOCAL:
        head = replace(head, values=tuple(s.values for s in fitted.shared.values()))
        indices = {n: s.indices for n, s in fitted.shared.items()}
    head = _better_codes(head, stored)
    units, sizes = pack(head, indices, stored)
    return head, units, sizes


def _better_codes(head: EcnrHead, codes: NDArray[Any]) -> EcnrHead:
    """Return the head with differential coding of the latent codes if that takes fewer bytes."""
    if head.flags & FLOAT_CODES:
        return head
    plain, other = (
        replace(head, flags=head.flags & ~DELTAS),
        replace(head, flags=head.flags | DELTAS),
    )
    sizes = [code_bytes(h, codes) for h in (plain, other)]
    return plain if sizes[0] <= sizes[1] else other
