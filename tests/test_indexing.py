"""Indexing of datasets, volumes and lazy arrays: as in NumPy, or an error message."""

from types import EllipsisType

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import vcore
from vcore import hierarchy
from vcore.errors import InputError, RegionError
from vcore.io.lazy import CallbackArray
from vcore.model.indexing import indexed
from vcore.model.regions import normalise

SHAPE = (3, 4, 6, 5)
VALUES = np.arange(np.prod(SHAPE)).reshape(SHAPE).astype("i2")
EXACT = vcore.Budget(max_error=0)
quick = settings(max_examples=150, deadline=None, derandomize=True)

bounds = st.none() | st.integers(-9, 9)
steps = st.none() | st.sampled_from([-7, -3, -2, -1, 1, 2, 3, 9])
integers = st.integers(-7, 7)
parts = st.one_of(
    st.builds(slice, bounds, bounds, steps),
    integers,
    integers.map(np.int16),
    st.just(None),
    st.just(Ellipsis),
    st.lists(st.integers(-3, 2), max_size=4),
    hnp.arrays(np.int8, hnp.array_shapes(max_dims=2, max_side=3), elements=st.integers(-4, 3)),
    hnp.arrays(np.bool_, st.sampled_from([3, 4, (3, 4), (4, 6), 6])),
)
keys = st.one_of(
    hnp.basic_indices(SHAPE, allow_newaxis=True),
    hnp.integer_array_indices(SHAPE),
    parts,
    st.lists(parts, max_size=6).map(tuple),
)


def same(read, values, key):
    """Compare the result of a key with NumPy's: the same values, or the same kind of error."""
    try:
        wanted = values[key]
    except IndexError:
        with pytest.raises(IndexError, match="Expected an index that NumPy accepts"):
            read(key)
        return
    found = read(key)
    assert np.shape(found) == np.shape(wanted)
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found, wanted)


@given(keys)
@settings(max_examples=600, deadline=None, derandomize=True)
def test_it_is_numpys(key):
    same(lambda k: indexed(k, SHAPE, VALUES.dtype, VALUES.__getitem__), VALUES, key)


@given(keys)
@quick
def test_the_smallest_box_is_read(key):
    boxes = []

    def read(box):
        boxes.append(box)
        return VALUES[box]

    try:
        found = indexed(key, SHAPE, VALUES.dtype, read)
    except IndexError:
        return
    assert len(boxes) == (np.size(found) > 0)
    for box in boxes:
        places = np.stack(np.unravel_index(np.ravel(found), SHAPE))  # values are their own indices
        assert [s.start for s in box] == places.min(axis=1).tolist()
        assert [s.stop - 1 for s in box] == places.max(axis=1).tolist()


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Return objects that decode or read VALUES on indexing, by name."""
    folder = tmp_path_factory.mktemp("indexing")
    dataset = vcore.open(vcore.compress(VALUES, None, method="bounded", budget=EXACT).data)
    source, out = str(folder / "in.zarr"), str(folder / "out.zarr")
    names = ("t", "z", "y", "x")
    zarr.create_array(source, data=VALUES, chunks=(1, 4, 6, 5), dimension_names=names)
    hierarchy.compress(source, out, method="bounded", budget=EXACT)
    frame = dataset.volume(frame=2, region=(slice(1, 4), slice(0, 6), slice(2, 5)))
    return {
        "dataset": (dataset, VALUES),
        "hierarchy": (vcore.open(out), VALUES),
        "volume": (dataset.volume().variables[0].data, VALUES),
        "part of a volume": (frame.variables[0].data, VALUES[2, 1:4, :, 2:5]),
        "lazy": (CallbackArray(SHAPE, VALUES.dtype, lambda region: VALUES[region]), VALUES),
    }


@pytest.mark.parametrize("name", ["dataset", "hierarchy", "volume", "part of a volume", "lazy"])
def test_what_is_decoded_is_indexed_like_an_array(opened, name):
    array, values = opened[name]

    @given(keys)
    @settings(max_examples=40, deadline=None, derandomize=True)
    def check(key):
        same(array.__getitem__, values, key)

    check()
    assert array.shape == values.shape
    if name not in ("dataset", "hierarchy"):
        np.testing.assert_array_equal(np.asarray(array), values)
    assert sum(1 for _ in array) == len(values)  # IndexError ends the iteration


@pytest.mark.parametrize("key", ["z", 1.5, (0, "x"), True, (Ellipsis, np.False_), [0.5]])
def test_what_numpy_does_not_take_is_refused_with_a_sentence(key):
    with pytest.raises(RegionError, match=r"Expected .* Got") as found:
        indexed(key, SHAPE, "u1", VALUES.__getitem__)
    assert isinstance(found.value, InputError)
    assert isinstance(found.value, IndexError)


regions = st.lists(
    st.one_of(
        st.builds(slice, bounds, bounds, st.sampled_from([None, None, 1, 2, -1])),
        integers,
        st.none(),
        st.just(Ellipsis),
    ),
    max_size=5,
).map(tuple)


@given(regions)
@quick
def test_regions_select_what_slices_select_or_are_refused(region):
    try:
        found = normalise(region, SHAPE)
    except RegionError:
        return
    places = [p for p in region if not isinstance(p, EllipsisType)]
    if not any(isinstance(p, EllipsisType) for p in region):
        region = (Ellipsis, *places)
    alike = tuple(
        slice(None) if p is None else slice(p, p + 1 or None) if isinstance(p, int) else p
        for p in region
    )
    np.testing.assert_array_equal(VALUES[found], VALUES[alike])


@pytest.mark.parametrize(
    ("region", "words"),
    [
        ((slice(0, 9),), "within 0:5"),
        ((slice(None, None, 2),), r"step 2 .*ds\[::2\]"),
        (([0, 1],), "a slice or an integer"),
        (("x",), "a slice or an integer"),
        ((slice("a", 2),), "a slice or an integer"),
        ((7,), r"0\.\.4"),
        ((Ellipsis, Ellipsis), "at most 4 axes"),
        ((0,) * 5, "at most 4 axes"),
    ],
)
def test_regions_that_are_none(region, words):
    with pytest.raises(RegionError, match=words):
        normalise(region, SHAPE)
