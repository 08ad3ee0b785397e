"""Undeclared values that may mark missing data are reported; ordinary images are not."""

import numpy as np
import pytest

import vcore
from vcore.engine.undeclared import Ends, sentence
from vcore.model.volume import Volume

FIELD = np.random.default_rng(1).normal(size=(8, 9, 10)).astype("f4")


def told(values, pieces=4):
    ends = Ends()
    for part in np.array_split(values, pieces):
        ends |= Ends.of(part.ravel())
    return sentence("T", ends, values.dtype)


def with_fill(values, fill, share=0.1):
    values = values.copy()
    values[np.random.default_rng(2).random(values.shape) < share] = fill
    return values


@pytest.mark.parametrize("fill", [1e20, -9999, 9.96921e36, 3.4028235e38, -3.4028235e38, -999])
@pytest.mark.parametrize("share", [0.01, 0.5])
def test_of_floating_point(fill, share):
    text = told(with_fill(FIELD, fill, share))
    assert f"--fill-value {np.float32(fill)!s} " in text


@pytest.mark.parametrize(("dtype", "fill"), [("i2", -32768), ("i2", 32767), ("i4", -9999)])
def test_of_integers(dtype, fill):
    assert f"--fill-value {fill}" in told(with_fill((FIELD * 20).astype(dtype), fill))


def test_two_at_once():
    values = with_fill(with_fill(FIELD, 1e20), -1e20)
    assert "-1e+20" in told(values)
    assert "1e+20 (" in told(values)


def bright(shape, high):
    return np.random.default_rng(3).integers(0, high, shape)


@pytest.mark.parametrize(
    "values",
    [
        FIELD,
        with_fill(FIELD + 1000, 0),  # background
        with_fill(bright((8, 9, 10), 200).astype("u2"), 65535),  # saturated
        with_fill(bright((8, 9, 10), 200).astype("u2"), 4095),
        with_fill(bright((8, 9, 10), 20).astype("u1"), 255),
        with_fill(np.repeat([1, 2, 3, 5], 180).reshape(8, 9, 10).astype("u4"), 12000),  # labels
        (FIELD > 0) * np.uint16(1000),
        np.exp(4 * FIELD),  # a long tail
        np.zeros((8, 9, 10), "f4"),
    ],
)
def test_no_false_alarm(values):
    assert told(values) == ""


def test_the_note_of_a_compression():
    report = vcore.compress(
        Volume.from_array(with_fill(FIELD, 1e20), name="T"), None, budget=vcore.Budget(max_error=0)
    )
    assert len(report.notes) == 1
    assert report.notes[0].startswith("T: 1e+20 (")
