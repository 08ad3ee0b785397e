"""Arrays in memory as sources, and objects that are none."""

import io
import subprocess
import sys
from fractions import Fraction
from typing import Any

import dask
import dask.array as da
import numpy as np
import pint
import pytest

import vcore
from vcore.errors import InputError
from vcore.io import read, write
from vcore.model.volume import Variable

VALUES = np.arange(3 * 4 * 5, dtype="u2").reshape(3, 4, 5)


def only(found: vcore.Volume) -> Variable:
    (variable,) = found.variables
    return variable


def decoded(source: Any) -> np.ndarray:
    return vcore.open(vcore.compress(source, None, max_error=0).data).decode()


def test_an_array_keeps_its_memory() -> None:
    found = only(read(VALUES))
    assert (found.name, found.axes, found.unit) == ("values", ("z", "y", "x"), "")
    assert np.shares_memory(found.data, VALUES)
    assert np.array_equal(decoded(VALUES), VALUES)


def test_a_memory_map_stays_one(tmp_path: Any) -> None:
    np.save(tmp_path / "a.npy", VALUES)
    assert isinstance(only(read(np.load(tmp_path / "a.npy", mmap_mode="r"))).data, np.memmap)


def test_truth_values_stay() -> None:
    assert decoded(VALUES > 30).dtype == np.bool_
    assert decoded(VALUES > 30).sum() == 29


def test_options_of_read_hold_for_objects() -> None:
    volume = read(VALUES, axes="xyz", spacing=2, unit="um", fill_value=7)
    assert volume.grid.shape == (5, 4, 3)
    assert (volume.grid.spacing, volume.grid.unit) == ((2.0, 2.0, 2.0), "micrometer")
    assert np.array_equal(only(volume).read(), VALUES.transpose(2, 1, 0))
    assert only(volume).fill_value == 7


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"])
def test_masked_values_are_missing(dtype: str) -> None:
    masked = np.ma.masked_less(VALUES.astype(dtype), 5)
    found = only(read(masked))
    assert np.array_equal(found.missing(found.read()), masked.mask)
    assert np.array_equal(found.read()[~masked.mask], masked.compressed())


def test_a_mask_takes_no_number_that_is_a_value() -> None:
    values = np.arange(256, dtype="u1").reshape(4, 8, 8)
    found = only(read(np.ma.masked_equal(values, 255, copy=True)))
    assert found.fill_value == 255
    # every other number of the type is there
    assert only(read(np.ma.masked_array(values, values == 9))).fill_value == 9
    mask = np.zeros((2, 16, 16), bool)
    mask[0, 0, 0] = True
    all_used = np.ma.masked_array(np.stack([values.reshape(16, 16)] * 2), mask)
    with pytest.raises(InputError, match="make it a float array"):
        read(all_used)


def test_own_fill_value_of_a_masked_array() -> None:
    masked = np.ma.masked_array(VALUES.astype("i2"), VALUES < 5, fill_value=-9)
    assert only(read(masked)).fill_value == -9


def test_a_quantity_keeps_its_unit() -> None:
    quantity = pint.UnitRegistry().Quantity(VALUES.astype("f4"), "m/s")
    found = only(read(quantity))
    assert found.unit == "meter / second"
    assert np.array_equal(found.read(), VALUES)


def test_dask_is_read_by_block() -> None:
    done = []

    def block(block_info: Any = None) -> np.ndarray:
        place = tuple(slice(*ends) for ends in block_info[None]["array-location"])
        done.append(place)
        return VALUES[place]

    lazy = da.map_blocks(block, chunks=((1, 2), (4,), (5,)), dtype="u2", meta=VALUES[:0])
    with dask.config.set(scheduler="synchronous"):
        found = only(read(lazy))
        assert done == []
        assert np.array_equal(found.read((slice(0, 1), slice(1, 3), slice(0, 5))), VALUES[:1, 1:3])
        assert done == [(slice(0, 1), slice(0, 4), slice(0, 5))]
        assert np.array_equal(decoded(lazy), VALUES)


def test_masked_blocks_of_dask() -> None:
    lazy = da.from_array(VALUES, chunks=2)
    found = only(read(da.ma.masked_less(lazy.astype("f4"), 3))).read()
    assert np.isnan(found).sum() == 3
    with pytest.raises(InputError, match="where some are masked"):
        only(read(da.ma.masked_less(lazy, 3))).read()


def test_dask_of_unknown_shape() -> None:
    lazy = da.from_array(VALUES, chunks=2)
    with pytest.raises(InputError, match="compute_chunk_sizes"):
        read(lazy[lazy[:, 0, 0] > 1])


class Lookalike:
    """Reads by region as an array does; what it returns is ``made`` of the values."""

    shape, dtype = VALUES.shape, VALUES.dtype

    def __init__(self, made: Any, **more: Any) -> None:
        self.made = made
        vars(self).update(more)

    def __getitem__(self, region: Any) -> Any:
        return self.made(VALUES[region])


def test_other_arrays_are_read_by_region() -> None:
    assert np.array_equal(decoded(Lookalike(np.copy)), VALUES)


@pytest.mark.parametrize("made", [lambda _: object(), lambda part: part.astype("f4"), np.ravel])
def test_arrays_of_which_numpy_makes_others(made: Any) -> None:
    with pytest.raises(InputError, match=r"Got 'a .* instead: see whether its values"):
        read(Lookalike(made))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (None, "NoneType"),
        (3, "int"),
        ({"a": VALUES}, "dict"),
        (Fraction(1, 2), r"fractions\.Fraction"),
        (io.BytesIO(b"VCORE"), r"_io\.BytesIO"),
        (Lookalike(np.copy, spacing=(1, 2, 3)), r"test_objects\.Lookalike"),
        (Lookalike(np.copy, dims="zyx"), r"test_objects\.Lookalike"),
        (np.float32, "type"),
    ],
)
def test_what_is_not_understood_is_refused_by_its_type(given: Any, name: str) -> None:
    with pytest.raises(InputError, match=f"DataArray or Dataset of xarray.* Got {name} instead"):
        vcore.compress(given, None)


def test_a_tensor_is_refused_by_its_type() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(InputError, match=r"Got torch\.Tensor instead.*numpy\.asarray"):
        vcore.compress(torch.zeros(3, 4, 5), None)


@pytest.mark.parametrize(
    ("dtype", "why"),
    [("O", "numbers only"), ("U3", "numbers only"), ("c8", "real and imaginary")],
)
def test_types_that_are_not_kept(dtype: str, why: str) -> None:
    with pytest.raises(InputError, match=rf"Got .* in the numpy\.ndarray instead: .*{why}"):
        vcore.compress(VALUES.astype(dtype), None)


def test_a_row_is_refused() -> None:
    with pytest.raises(InputError, match=r"shape \(5,\) in the numpy\.ndarray"):
        vcore.compress(VALUES[0, 0], None)


def test_a_list_of_arrays_is_no_list_of_paths() -> None:
    with pytest.raises(InputError, match=r"paths in the list. Got numpy\.ndarray among them"):
        read([VALUES, VALUES])


def test_axes_of_a_volume_are_known() -> None:
    with pytest.raises(InputError, match=r"`axes` for arrays alone\. Got 'xyz' for the vcore"):
        read(read(VALUES), axes="xyz")


def test_layout_options_are_of_files() -> None:
    with pytest.raises(InputError, match=r"Expected `shape` and `dtype` for headerless files"):
        read(VALUES, shape=VALUES.shape, dtype="u2")


def test_every_door_takes_objects(tmp_path: Any) -> None:
    report = vcore.compress(VALUES, tmp_path / "a.vcore", max_error=0)
    assert report.bytes == (tmp_path / "a.vcore").stat().st_size
    ds = vcore.open(tmp_path / "a.vcore")
    assert vcore.compare(da.from_array(VALUES), ds)["max_error"] == 0
    assert vcore.estimate(VALUES, budget=vcore.Budget(max_error=0)).bytes > 0
    write(VALUES, tmp_path / "a.npy")
    assert np.array_equal(np.load(tmp_path / "a.npy"), VALUES)
    # an open file, and its Zarr array and group
    for source in (ds, ds.array, ds.group):
        assert np.array_equal(decoded(source), VALUES)


def test_no_library_is_imported_to_know_its_objects() -> None:
    script = (
        "import sys, numpy, vcore\n"
        "vcore.compress(numpy.zeros((3, 4, 5), 'f4'), None)\n"
        "print(*(m for m in ('xarray', 'dask', 'h5py', 'vtkmodules', 'pint') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.strip() == b""
