"""Alignment of an original and a decoded variable to common axes for comparison."""

from dataclasses import replace

from vcore.errors import InputError
from vcore.io.lazy import CallbackArray, TransposedArray
from vcore.model.volume import Variable


def matched(
    original: Variable, decoded: Variable, frame: int | None = None
) -> tuple[Variable, Variable]:
    """Return both variables over common axes; t and c of length 1 are dropped if only one has them.

    Parameters
    ----------
    frame
        Index of the frame to compare, from 0.

    Raises
    ------
    InputError
        The shapes differ, the frame does not exist, or one variable has several frames and none was
        chosen.
    """
    if frame is not None:
        if max(original.length("t"), decoded.length("t")) == 1 and frame != 0:
            raise InputError(f"Expected `frame` 0 for a single frame. Got {frame} instead.")
        original, decoded = _frame(original, frame), _frame(decoded, frame)
    counts = original.length("t"), decoded.length("t")
    if counts[0] != counts[1] and 1 in counts:
        raise InputError(
            f"Expected the same number of frames. Got {counts[0]} in the original and {counts[1]} "
            f"in the compressed file instead: choose the frame to compare with `frame`, from 0."
        )
    for axis in "tc":
        if (axis in original.axes) != (axis in decoded.axes):
            original, decoded = _without(original, axis), _without(decoded, axis)
    if original.shape != decoded.shape:
        raise InputError(
            f"Expected an original of shape {decoded.shape}, as in the compressed file. "
            f"Got {original.shape} instead."
        )
    return original, decoded


def _frame(variable: Variable, frame: int) -> Variable:
    frames = variable.length("t")
    if frames == 1:
        return variable
    if not 0 <= frame < frames:
        raise InputError(f"Expected a frame in 0..{frames - 1}. Got {frame} instead.")
    data = CallbackArray(
        variable.shape[1:],
        variable.dtype,
        lambda region: variable.read((slice(frame, frame + 1), *region)),
    )
    return replace(variable, data=data, axes=variable.axes[1:], outer=())


def _without(variable: Variable, axis: str) -> Variable:
    if axis not in variable.axes or variable.length(axis) > 1:
        return variable
    stored = "".join(variable.axes)
    wanted = stored.replace(axis, "")
    data = TransposedArray(variable.data, stored, wanted)
    return replace(variable, data=data, axes=tuple(wanted), components=(), outer=())
