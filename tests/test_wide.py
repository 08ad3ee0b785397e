"""64-bit integers and truth values: coded as integers of at most 32 bits, or stored as they are."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import xarray as xr
from astropy.io import fits
from numpy.typing import NDArray

import vcore
from vcore.engine.layers.wide import coded_dtype
from vcore.io import read, write
from vcore.model.volume import Volume

RNG = np.random.default_rng(8)
SHAPE = (9, 10, 70)


def integers(low: int, high: int, dtype: Any = "i8") -> NDArray[Any]:
    return RNG.integers(low, high, SHAPE, dtype=dtype)


CASES = {
    "small": integers(-1000, 1000),
    "swapped": integers(-1000, 1000).astype(">i8"),
    "int32": integers(-(1 << 31), 1 << 31),
    "uint32": integers(0, 1 << 32, "u8"),
    "signed": integers(-1, 1 << 32),
    "far": integers(-(1 << 63), 1 << 63),
    "unsigned": integers(0, (1 << 64) - 1, "u8"),
    "constant": np.full((3, 4, 5), (1 << 62) + 1),
    "close": (1 << 60) + np.indices((5, 6, 7))[2],
    "truth": RNG.random(SHAPE) > 0.5,
    "true": np.ones((3, 4, 5), bool),
}


@pytest.mark.parametrize("name", CASES)
def test_values_come_back_in_their_dtype(name: str) -> None:
    values = CASES[name]
    ds = vcore.open(vcore.compress(values, None).data)
    dtype = values.dtype.newbyteorder("=")
    assert ds.dtype == ds[...].dtype == ds.array.dtype == dtype
    np.testing.assert_array_equal(ds[...], values)
    np.testing.assert_array_equal(ds.array[...], values)
    np.testing.assert_array_equal(ds.to_xarray()["values"], values)
    np.testing.assert_array_equal(ds[2, 3:5, ::2], values[2, 3:5, ::2])
    ds.check()


@pytest.mark.parametrize("name", ["far", "unsigned"])
def test_coarser_levels_are_means(name: str) -> None:
    values = CASES[name]
    coarse = vcore.open(vcore.compress(values, None).data).decode(level=1)
    assert coarse.dtype == values.dtype
    parts = values[:8, :, :].astype("f8").reshape(4, 2, 5, 2, 35, 2)
    means = parts.mean(axis=(1, 3, 5))
    assert np.abs(coarse[:4].astype("f8") - means).max() <= max(1, 1e-6 * np.abs(means).max())


def test_coded_dtypes() -> None:
    assert coded_dtype("i8", (0, (1 << 32) - 1)) == "u4"
    assert coded_dtype("i8", (-1, (1 << 31) - 1)) == "i4"
    assert coded_dtype("i8", (-1, 1 << 31)) is None
    assert coded_dtype("u8", (0, 1 << 32)) is None
    assert coded_dtype("b1", (0, 1)) == "u1"
    assert coded_dtype("f4", (0, 1)) == "f4"


def test_missing_ones_are_kept() -> None:
    for low, high, fill in ((-50, 50, -(1 << 63)), (0, 1 << 62, (1 << 62) + 7), (0, 50, 20)):
        values = integers(low, high)
        values[3, 2:5] = fill
        volume = read(values, fill_value=fill)
        ds = vcore.open(vcore.compress(volume, None).data)
        np.testing.assert_array_equal(ds[...], values)
        header = ds.decoder().header
        assert header.fill_value == fill
        assert header.missing
        assert low <= header.range[0] <= header.range[1] < high


def test_a_budget_holds_within_32_bits() -> None:
    values = integers(-1000, 1000)
    report = vcore.compress(values, None, max_error=10)
    assert 0 < report.max_error <= 10
    decoded = vcore.open(report.data)[...]
    assert decoded.dtype == np.int64
    assert np.abs(decoded - values).max() == report.max_error
    assert vcore.compress(integers(0, 1 << 60), None, max_error=10).max_error == 0


def test_masks_beside_other_variables_are_lossless() -> None:
    values = RNG.normal(size=SHAPE).astype("f4")
    volume = read(xr.Dataset({"v": (("z", "y", "x"), values), "m": (("z", "y", "x"), values > 0)}))
    assert [v.name for v in volume.variables] == ["v", "m"]
    report = vcore.compress(volume, None, psnr=20)
    ds = vcore.open(report.data)
    np.testing.assert_array_equal(ds["m"][...], values > 0)
    assert report.variables["v"]["psnr"] < 40
    assert report.variables["m"]["max_error"] == 0
    named = vcore.compress(volume, None, psnr={"v": 20, "m": 5})
    assert named.variables["m"]["budget"] == {"psnr": 5}


@pytest.mark.parametrize("suffix", ["npy", "npz", "h5", "nc", "zarr", "nrrd", "fits", "nii", "vti"])
@pytest.mark.parametrize("name", ["small", "uint32", "far", "truth"])
def test_files_give_them_back(name: str, suffix: str, tmp_path: Path) -> None:
    values = CASES[name]
    ds = vcore.open(vcore.compress(values, None).data)
    write(ds.volume(), tmp_path / f"a.{suffix}")
    (found,) = read(tmp_path / f"a.{suffix}").variables
    np.testing.assert_array_equal(found.read().reshape(SHAPE), values)
    kept = {"npy", "npz", "h5", "zarr"}
    assert found.dtype == values.dtype or (name == "truth" and suffix not in kept)
    if suffix == "nc" and name == "truth":
        with xr.open_dataset(tmp_path / "a.nc") as opened:
            assert opened["values"].dtype == np.bool_


def test_tiff_refuses_them(tmp_path: Path) -> None:
    with pytest.raises(vcore.InputError, match="Got int64 for 'values' instead"):
        write(Volume.from_array(CASES["small"]), tmp_path / "a.tif")


@pytest.mark.parametrize("dtype", ["i8", "u8"])
def test_fits_of_64_bits(tmp_path: Path, dtype: str) -> None:
    values = CASES["far"] if dtype == "i8" else CASES["unsigned"]
    fits.PrimaryHDU(values).writeto(tmp_path / "a.fits")
    np.testing.assert_array_equal(fits.getdata(tmp_path / "a.fits"), values)
    vcore.compress(tmp_path / "a.fits", tmp_path / "a.vcore")
    ds = vcore.open(tmp_path / "a.vcore")
    np.testing.assert_array_equal(ds[...], values)
    write(ds.volume(), tmp_path / "b.fits")
    np.testing.assert_array_equal(fits.getdata(tmp_path / "b.fits"), values)


def test_what_cannot_be_coded_does_not_stop_the_rest(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["wave"] = CASES["small"] * 1j
        file["labels"] = CASES["small"]
        file["table"] = np.zeros(SHAPE, [("a", "i4"), ("b", "f8")])
    vcore.compress(tmp_path / "a.h5", tmp_path / "a.vcore")
    ds = vcore.open(tmp_path / "a.vcore")
    assert list(ds.variables) == ["labels"]
    carried = {a.name: a.read() for a in ds.carried}
    np.testing.assert_array_equal(carried["wave"], CASES["small"] * 1j)
    assert carried["table"].dtype.names == ("a", "b")


def test_damaged_headers_are_refused() -> None:
    from vcore.container.header import parse_header

    for values in (CASES["truth"], CASES["small"]):
        header = vcore.open(vcore.compress(values, None).data).header
        parse_header(header)
        for change in ({"range": [-1, 2]}, {"fill_value": 0.5}, {"dtype": "b1", "fill_value": 1}):
            if values.dtype == np.int64 and "range" in change:
                continue
            with pytest.raises(vcore.FormatError):
                parse_header({**header, "variables": [{**header["variables"][0], **change}]})
    data = vcore.compress(CASES["small"], None)
    ds = vcore.open(data.data)
    wide = {**ds.header["variables"][0], "range": [0, 1 << 40]}
    from vcore.container.header import VariableHeader
    from vcore.engine.decoder import VariableDecoder

    decoder = ds.decoder()
    broken = VariableHeader.from_json(wide, ds.grid)
    with pytest.raises(vcore.FormatError, match="beyond 32 bits"):
        VariableDecoder(broken, ds.grid, decoder.reader)  # type: ignore[attr-defined]
