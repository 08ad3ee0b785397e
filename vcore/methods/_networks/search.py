"""Search for the smallest network that reaches a PSNR, by fitting a few."""

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

from vcore.errors import BudgetError
from vcore.model.context import Context

T = TypeVar("T")
FITS = 4
"""Fits of a search, at most."""


def smallest_reaching(
    psnr: float,
    sizes: Sequence[int],
    fitted: Callable[[int, Context, float], tuple[T, float]],
    context: Context,
    time_share: float,
    refusal: str,
) -> T:
    """Return the result of the smallest size that reaches a PSNR in dB, by bisection.

    Parameters
    ----------
    sizes
        Sizes to choose from, ascending, fewer than 2**FITS.
    fitted
        Returns what is fitted with a size, and its PSNR, reporting to the given context until the
        given share of its time limit.
    time_share
        Share of the time limit by which to finish.
    refusal
        Message if no size reaches it, with places for ``psnr`` and ``best``, the best PSNR.

    Raises
    ------
    BudgetError
        No size reaches it.
    """
    found: list[T] = []
    low, high, number, best = 0, len(sizes), 0, -math.inf
    while low < high:
        middle = (low + high) // 2
        part = context.part(number / FITS, 1 / FITS)
        result, reached = fitted(sizes[middle], part, time_share * (number + 1) / FITS)
        best, number = max(best, reached), number + 1
        if reached >= psnr:
            found, high = [result], middle
        else:
            low = middle + 1
    if not found:
        raise BudgetError(refusal.format(psnr=psnr, best=best))
    return found[0]
