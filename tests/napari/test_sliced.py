"""Slices of compressed arrays, read when their values are asked for."""

from itertools import product
from typing import Any

import numpy as np
import pytest
import zarr
from napari_vcore.layers import lazy
from napari_vcore.sliced import Sliced
from numpy.typing import NDArray

from vcore.model.axes import AxisMap, SourceAxis

KEYS: tuple[Any, ...] = (
    (),
    0,
    -1,
    np.int64(1),
    slice(1, 3),
    slice(None, None, 2),
    slice(None, None, -1),
    slice(3, 3),
    Ellipsis,
    (Ellipsis, 1),
    (0, Ellipsis, slice(2, 4)),
    (slice(1, 2), 1, Ellipsis, slice(None, None, -2)),
)


def named(axes: str) -> tuple[SourceAxis, ...]:
    return tuple(SourceAxis(a, a) for a in axes)


def ramp(shape: tuple[int, ...]) -> NDArray[Any]:
    return np.arange(np.prod(shape), dtype=np.int16).reshape(shape)


def sliced(
    values: NDArray[Any], axes: str, outer: tuple[SourceAxis, ...], fill: float | None = None
) -> tuple[Sliced, NDArray[Any]]:
    """Return a view of a Zarr array with the values, and what it shows."""
    mapped = AxisMap(tuple(axes), outer)
    source = zarr.create_array({}, data=values, chunks=(2,) * values.ndim)
    shape = mapped.inward_shape(values.shape)
    return Sliced(source, mapped, shape, fill), values.transpose(mapped.order).reshape(shape)


CASES = {
    "as it is": ("zyx", named("zyx")),
    "turned": ("zyx", named("xzy")),
    "flat": ("zyx", named("yx")),
    "two axes in one": (
        "tzyx",
        (SourceAxis("run", "t", 4), SourceAxis("y", "y"), SourceAxis("t", "t", 3), *named("x")),
    ),
}
SHAPES = {"flat": (5, 6), "two axes in one": (4, 5, 3, 6)}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("key", KEYS, ids=str)
def test_parts_are_those_of_the_whole_array(name: str, key: Any) -> None:
    axes, outer = CASES[name]
    view, expected = sliced(ramp(SHAPES.get(name, (4, 5, 6))), axes, outer)
    try:
        wanted = expected[key]
    except IndexError:
        with pytest.raises(IndexError):
            view[key]
        return
    part = view[key]
    assert part.shape == wanted.shape
    np.testing.assert_array_equal(np.asarray(part), wanted)


@pytest.mark.parametrize(("first", "second"), [*product(KEYS[1:7], KEYS[:8])], ids=str)
def test_parts_of_parts(first: Any, second: Any) -> None:
    view, expected = sliced(ramp((4, 5, 6)), *CASES["turned"])
    np.testing.assert_array_equal(np.asarray(view[first][second]), expected[first][second])


def test_nothing_is_read_before_values_are_asked_for() -> None:
    class Source:
        shape, dtype, chunks = (1000, 1000, 1000), np.dtype(np.uint8), (64, 64, 64)
        read: tuple[Any, ...] = ()

        def __getitem__(self, key: tuple[Any, ...]) -> NDArray[Any]:
            self.read = key
            return np.zeros((10, 20), np.uint8)

    source = Source()
    view = Sliced(source, AxisMap(tuple("zyx"), named("zyx")), source.shape)
    part = view[:, 5:15, 40:60][7]
    assert not source.read
    assert part.shape == (10, 20)
    np.asarray(part)
    assert source.read == (7, slice(5, 15, 1), slice(40, 60, 1))


def test_dask_computes_with_it() -> None:
    view, expected = sliced(ramp((4, 5, 6)), *CASES["turned"])
    found = lazy(view)
    assert found.chunksize == (2, 2, 2)
    assert float(found[1:3].mean().compute()) == expected[1:3].mean()


def test_fill_values_are_missing() -> None:
    values = ramp((4, 5, 6))
    view, _ = sliced(values, *CASES["as it is"], fill=7)
    assert view.dtype == np.float32
    found = np.asarray(view)
    assert np.isnan(found).sum() == 1
    assert np.isnan(found.ravel()[7])


@pytest.mark.parametrize("key", [4, -5, (0, 0, 0, 0), [1, 2], None, 1.5], ids=str)
def test_other_indices_are_refused(key: Any) -> None:
    view, _ = sliced(ramp((4, 5, 6)), *CASES["as it is"])
    with pytest.raises(IndexError):
        view[key]
