"""Arrays of xarray as collections of images."""

import numpy as np
import pytest
import xarray
from image_sets import PHIS, SIZE, TIMES, depth, on_white, picture

import vcore
from vcore.errors import InputError
from vcore.io.image_reading import read_images

COLOURS = np.array([[picture(t, p) for p in PHIS] for t in TIMES])
DEPTHS = np.array([[depth(t, p) for p in PHIS] for t in TIMES])
DIMS = ("time", "phi", "y", "x", "channel")


def array(values: np.ndarray = COLOURS, **coordinates: object) -> xarray.DataArray:
    found = xarray.DataArray(
        values, dims=DIMS[: values.ndim], coords={"time": list(TIMES), "phi": list(PHIS)}
    ).assign_coords(coordinates)
    found["time"].attrs["units"] = "second"
    return found


def test_coordinates_are_the_values_of_parameters() -> None:
    images = read_images(array())
    assert [(p.name, p.values, p.unit) for p in images.parameters] == [
        ("time", TIMES, "second"),
        ("phi", PHIS, ""),
    ]
    assert (images.size, [c.name for c in images.channels]) == (SIZE, ["rgba"])
    for index in images.indices():
        np.testing.assert_array_equal(images.read(index, "rgba"), COLOURS[index])


def test_a_dataset_has_channels() -> None:
    depths = array(DEPTHS).assign_attrs(units="mm")
    images = read_images(xarray.Dataset({"depth": depths, "picture": array()}))
    assert [(c.name, c.unit) for c in images.channels] == [("rgba", ""), ("depth", "mm")]
    np.testing.assert_array_equal(images.read((1, 2), "depth"), DEPTHS[1, 2])


def test_falling_coordinates_are_turned_and_texts_are_labels() -> None:
    images = read_images(array(time=[2.0, 0.5, 0.0], phi=["a", "d", "c", "b"]))
    assert images.parameters[0].values == (0.0, 0.5, 2.0)
    assert images.parameters[1].values == ("a", "d", "c", "b")
    np.testing.assert_array_equal(images.read((0, 1), "rgba"), COLOURS[2, 1])


def test_dimensions_in_another_order() -> None:
    turned = array(DEPTHS).transpose("y", "phi", "x", "time")
    images = read_images(turned)
    assert [p.name for p in images.parameters] == ["phi", "time"]
    np.testing.assert_array_equal(images.read((2, 1), "value"), DEPTHS[1, 2])
    asked = read_images(turned, parameters=["time", "phi"])
    np.testing.assert_array_equal(asked.read((1, 2), "value"), DEPTHS[1, 2])


def test_dimensions_without_coordinates_are_numbered() -> None:
    images = read_images(xarray.DataArray(DEPTHS[0], dims=("k", "rows", "columns"), name="d"))
    assert (images.parameters[0].name, images.parameters[0].values) == ("k", (0, 1, 2, 3))
    assert images.channels[0].name == "d"


def test_values_are_read_when_they_are_asked_for() -> None:
    import dask.array

    reads = []

    def block(block_id: tuple[int, ...] = ()) -> np.ndarray:
        reads.append(block_id)
        return COLOURS[block_id[:2]][None, None]

    chunks = ((1,) * 3, (1,) * 4, SIZE[:1], SIZE[1:], (4,))
    lazy = dask.array.map_blocks(block, chunks=chunks, dtype="u1", meta=np.empty(0, "u1"))
    images = read_images(array().copy(data=lazy), background=(0, 0, 0))
    assert reads == []
    np.testing.assert_array_equal(images.read((2, 1), "rgba"), COLOURS[2, 1])
    assert reads == [(2, 1, 0, 0, 0)]


def test_a_compressed_collection_goes_there_and_back() -> None:
    images = read_images(xarray.Dataset({"picture": array(), "depth": array(DEPTHS)}))
    found = vcore.open(vcore.compress(images, None, max_error=0).data)
    again = read_images(found.to_xarray())
    assert again.parameters == images.parameters
    for index in images.indices():
        for channel in images.channels:
            np.testing.assert_array_equal(
                again.read(index, channel.name), images.read(index, channel.name)
            )


def test_dates_are_numbers_and_come_back_as_dates() -> None:
    dates = np.array(["2020-01-01T12", "2020-01-01T06", "2020-01-03T00"], "M8[ns]")
    images = read_images(array(DEPTHS, time=dates))
    time = images.parameters[0]
    assert np.diff(time.values).tolist() == [6, 36]
    assert time.unit.startswith("hours since 2020-01-01")
    np.testing.assert_array_equal(images.read((0, 1), "value"), DEPTHS[1, 1])
    found = vcore.open(vcore.compress(images, None, max_error=0).data).to_xarray()
    np.testing.assert_array_equal(found.time.values, np.sort(dates))
    np.testing.assert_array_equal(found["value"].sel(time="2020-01-03T00")[2], DEPTHS[2, 2])


def test_durations_have_a_unit() -> None:
    hours = np.array([0, 6, 36], "m8[h]").astype("m8[ns]")
    time = read_images(array(time=hours)).parameters[0]
    assert (time.values, time.unit) == ((0, 6, 36), "hours")


def test_dates_of_which_one_is_missing_are_labels() -> None:
    dates = np.array(["2020-01-01", "NaT", "2020-01-03"], "M8[ns]")
    assert read_images(array(time=dates)).parameters[0].values[1] == "NaT"


@pytest.mark.parametrize("unit", ["days since the start", "hours since 0000-99-99"])
def test_units_that_are_no_dates_stay_numbers(unit: str) -> None:
    given = array(DEPTHS).assign_attrs(units=unit)
    given["time"].attrs["units"] = unit
    found = vcore.open(vcore.compress(read_images(given), None, max_error=0).data).to_xarray()
    assert found.time.values.tolist() == list(TIMES)
    assert found.time.attrs["units"] == found["value"].attrs["units"] == unit


def test_colours_before_rows_are_colours() -> None:
    first = array(COLOURS[..., :3]).transpose("time", "phi", "channel", "y", "x")
    images = read_images(first)
    assert [p.name for p in images.parameters] == ["time", "phi"]
    np.testing.assert_array_equal(images.read((1, 2), "rgb"), COLOURS[1, 2, ..., :3])


@pytest.mark.parametrize(("dtype", "stored"), [("i8", "i4"), ("u8", "u4"), ("?", "u1")])
def test_integers_of_64_bits_and_masks_are_read_if_they_fit(dtype: str, stored: str) -> None:
    values = (np.nan_to_num(DEPTHS) * 100).astype(dtype)
    images = read_images(array(values))
    found = images.read((1, 2), "value")
    assert found.dtype == stored
    np.testing.assert_array_equal(found, values[1, 2])


def test_integers_beyond_32_bits_are_refused() -> None:
    images = read_images(array(np.full(DEPTHS.shape, 1 << 40)))
    with pytest.raises(InputError, match="that fit int32"):
        images.read((0, 0), "value")


def test_the_background_of_opaque_colours() -> None:
    values = np.array([[on_white(t, p) for p in PHIS] for t in TIMES])
    images = read_images(array(values))
    assert images.background == (255, 255, 255)
    assert "as the borders" in images.notes[0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (xarray.DataArray(np.zeros(SIZE), dims=("y", "x")), "add a dimension"),
        (array(phi=[0, 1, 1, 2]), "distinct coordinates along 'phi'"),
        (array(COLOURS.astype("f4")), "make an array of each"),
        (array(DEPTHS.astype("c8")), "Expected numbers"),
        (array().isel(time=slice(0, 0)), "values along 'time'"),
        (xarray.Dataset(), "Expected arrays"),
        (xarray.Dataset({"a": array(), "b": array(DEPTHS).isel(time=0)}), "choose arrays"),
    ],
)
def test_arrays_that_are_no_images(given: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_images(given)
