"""Errors of decoded images, over all pixels and over the foreground."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.images import Images, Index
from vcore.metrics.errors import psnr
from vcore.model.context import Context

Array = NDArray[Any]
COLOURS = 3
"""Components whose errors count in a PSNR; alpha has figures of its own."""


def compare_images(
    original: Images,
    decode: Callable[[Index], Array],
    channel: str,
    span: float,
    context: Context | None = None,
) -> dict[str, Any]:
    """Return the errors of a channel's decoded images.

    Parameters
    ----------
    original
        The original collection.
    decode
        Callback that returns the decoded image of an index.
    channel
        Name of the channel.
    span
        Peak of the PSNR in data units: 255 for colours.
    context
        Progress and cancellation.

    Returns
    -------
    dict
        ``psnr`` over all pixels and ``robust_psnr`` over those of the foreground, in dB, ``mse``
        over all pixels, ``foreground`` (share of the pixels), ``max_error`` (infinite where a
        value is missing in one of them only), in data units. Where alpha is not exact,
        ``alpha_psnr`` over all pixels and ``alpha_max_error`` (which counts in ``max_error``, too).
    """
    context = context or Context()
    total = inner = largest = opacity = opacity_largest = 0.0
    count = inner_count = 0
    for done, index in enumerate(original.indices()):
        context.report("comparing", done / len(original))
        before, mask = original.read(index, channel), original.mask(index)
        after = decode(index)
        there = np.isfinite(before) if before.dtype.kind == "f" else np.ones(before.shape, bool)
        if before.dtype.kind == "f" and not np.array_equal(there, np.isfinite(after)):
            largest = math.inf
            there &= np.isfinite(after)
        error = np.abs(np.where(there, before, 0).astype(np.float64) - np.where(there, after, 0))
        largest = max(largest, float(error.max()))
        if error.ndim > 2 and error.shape[2] > COLOURS:
            alpha = error[..., COLOURS]
            opacity += float(np.square(alpha).mean()) / len(original)
            opacity_largest = max(opacity_largest, float(alpha.max()))
        squares = error[..., :COLOURS] ** 2 if error.ndim > 2 else error[..., None] ** 2
        counted = there[..., :COLOURS] if there.ndim > 2 else there[..., None]
        total, count = total + float(squares.sum()), count + int(counted.sum())
        inner += float(squares[mask].sum())
        inner_count += int(counted[mask].sum())
    mse = total / count if count else math.nan
    of_alpha = {"alpha_psnr": psnr(span, opacity), "alpha_max_error": opacity_largest}
    return {
        "psnr": psnr(span, mse),
        "robust_psnr": psnr(span, inner / inner_count) if inner_count else math.nan,
        "mse": mse,
        "foreground": inner_count / count if count else 0.0,
        "max_error": largest,
        **(of_alpha if opacity_largest else {}),
    }
