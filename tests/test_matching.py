"""Originals and decoded variables on common axes."""

import numpy as np
import pytest

from vcore.engine.matching import matched
from vcore.errors import InputError
from vcore.model.volume import Variable

FRAMES = np.arange(3 * 2 * 4 * 5, dtype="f4").reshape(3, 1, 2, 4, 5)


def _variable(values: np.ndarray, axes: str) -> Variable:
    return Variable("v", values, tuple(axes))


SERIES, STEP = _variable(FRAMES[:, 0], "tzyx"), _variable(FRAMES[1, 0], "zyx")


@pytest.mark.parametrize(
    "other",
    [
        _variable(FRAMES[1, 0], "zyx"),
        _variable(FRAMES[1], "tzyx"),
        _variable(FRAMES[1], "czyx"),
        _variable(FRAMES[1:2], "tczyx"),
    ],
)
def test_axes_of_length_one_are_no_difference(other: Variable) -> None:
    for pair in (matched(STEP, other), matched(other, STEP), matched(STEP, other, 0)):
        assert pair[0].axes == pair[1].axes == tuple("zyx")
        for found in pair:
            assert np.array_equal(found.read(), FRAMES[1, 0])
            assert np.array_equal(found.read((slice(1, 2),) * 3), FRAMES[1, 0][1:2, 1:2, 1:2])
    assert matched(other, other)[0].axes == other.axes


def test_a_frame_of_a_series() -> None:
    for pair in (matched(SERIES, STEP, 1), matched(STEP, SERIES, 1), matched(SERIES, SERIES, 1)):
        assert all(np.array_equal(found.read(), FRAMES[1, 0]) for found in pair)
    channels = _variable(FRAMES[:, [0, 0]], "tczyx")
    assert matched(channels, channels, 2)[0].shape == (2, 2, 4, 5)


def test_what_does_not_match() -> None:
    with pytest.raises(InputError, match=r"Got 3 in the original and 1 .*with `frame`"):
        matched(SERIES, STEP)
    with pytest.raises(InputError, match=r"Got 1 in the original and 3 .*with `frame`"):
        matched(STEP, SERIES)
    with pytest.raises(InputError, match=r"a frame in 0\.\.2"):
        matched(STEP, SERIES, 3)
    with pytest.raises(InputError, match="`frame` 0 for a single frame"):
        matched(STEP, STEP, 1)
    with pytest.raises(InputError, match=r"of shape \(2, 4, 5\)"):
        matched(_variable(FRAMES[1, 0][:, :3], "zyx"), STEP)
    with pytest.raises(InputError, match=r"of shape \(2, 2, 4, 5\)"):
        matched(STEP, _variable(FRAMES[:2, 0], "czyx"))
