"""Images at values of the parameters: the nearest one, or those around with their weights."""

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.images import COLOURS, Index
from vcore.collections.parameters import Parameter
from vcore.errors import InputError

CLEAR = 1e-4
"""Weight of the colour of a pixel without opacity, in grey levels of alpha: it counts only where no
pixel has any."""

Present = NDArray[np.bool_] | None
NEAREST, LINEAR, METHOD = BLENDS = ("nearest", "linear", "method")
"""Ways to an image between those of the grid."""


def way_of(blend: bool | str) -> str:
    """Return one of ``BLENDS``; False is the nearest image, True a linear blend.

    Raises
    ------
    InputError
        It is none.
    """
    way = {False: NEAREST, True: LINEAR}.get(blend, blend) if isinstance(blend, bool) else blend
    if way not in BLENDS:
        raise InputError(
            f"Expected `blend` nearest, linear (or True) or method. Got {blend!r:.40} instead."
        )
    return way


def inside(values: Mapping[str, Any], parameters: Sequence[Parameter]) -> dict[str, Any]:
    """Return the value of each parameter, numbers beyond both ends as the end, with the warnings
    and errors of ``around``."""
    around(values, parameters, None, blend=False)
    found = {p.name: values.get(p.name, p.values[0]) for p in parameters}
    for p in parameters:
        if not p.is_label:
            found[p.name] = p.within(found[p.name])
    return found


def around(
    values: Mapping[str, Any], parameters: Sequence[Parameter], present: Present, *, blend: bool
) -> list[tuple[Index, float]]:
    """Return indices of the images around ``values`` with their weights, or of the nearest alone.

    Raises
    ------
    InputError
        A parameter is unknown or missing, or has no such label.
    """
    unknown = [name for name in values if name not in {p.name for p in parameters}]
    missing = [p.name for p in parameters if p.name not in values and len(p) > 1]
    if unknown or missing:
        raise InputError(
            f"Expected values of {', '.join(p.name for p in parameters)}. Got "
            f"{', '.join(values) or 'none'} instead."
        )
    sides = [p.neighbours(values.get(p.name, p.values[0])) for p in parameters]
    corners = []
    for chosen in product(*(((low, 1 - w), (high, w)) for low, high, w in sides)) if blend else ():
        index = tuple(i for i, _ in chosen)
        weight = math.prod(w for _, w in chosen)
        if weight > 0 and (present is None or present[index]):
            corners.append((index, weight))
    if corners:
        return corners
    wanted = tuple(high if w > 0.5 else low for low, high, w in sides)
    return [(_nearest(wanted, parameters, present), 1.0)]


def _nearest(wanted: Index, parameters: Sequence[Parameter], present: Present) -> Index:
    """Return the index of the image nearest to ``wanted`` in steps, also over the seam of a period,
    with a warning if that is another one."""
    if present is None or present[wanted]:
        return wanted
    there = np.argwhere(present)
    steps = np.zeros(len(there))
    for axis, (parameter, at) in enumerate(zip(parameters, wanted, strict=True)):
        steps += _steps(parameter, at, there[:, axis])
    found = tuple(int(i) for i in there[int(steps.argmin())])
    told = ", ".join(f"{p.name} = {p.values[i]}" for p, i in zip(parameters, found, strict=True))
    warnings.warn(f"The collection has a hole at these values: {told} is shown.", stacklevel=4)
    return found


def _steps(parameter: Parameter, start: int, ends: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the numbers of steps from one value to others."""
    steps = np.abs(ends - start).astype(np.float64)
    if parameter.period and len(parameter) > 1:
        last = len(parameter) - 1
        length = float(parameter.values[-1]) - float(parameter.values[0])
        turn = parameter.period / (length / last)  # in steps of the mean width
        steps = np.minimum(steps, turn - steps)
    return steps


def blended(
    corners: Sequence[tuple[Index, float]],
    read: Callable[[Index], NDArray[Any]],
    dtype: np.dtype[Any],
) -> NDArray[Any]:
    """Return the weighted mean of images; values that are not finite have no weight, and colours
    that of their alpha."""
    total: Any = 0.0
    weights: Any = 0.0
    for index, weight in corners:
        image = read(index)
        there = np.isfinite(image) if dtype.kind == "f" else np.ones(image.shape)
        if image.ndim == 3 and image.shape[2] == COLOURS["rgba"]:
            there[..., :3] = np.maximum(image[..., 3:], CLEAR)
        total = total + weight * there * np.where(there, image, 0.0)
        weights = weights + weight * there
    with np.errstate(invalid="ignore"):
        mean = total / weights
    return np.asarray(mean if dtype.kind == "f" else np.rint(mean), dtype)
