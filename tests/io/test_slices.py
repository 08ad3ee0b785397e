"""Files of one image each: slices of a volume, or frames where they have times."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
import xarray as xr

import vcore
from vcore.errors import InputError
from vcore.io import read

VALUES = np.random.default_rng(4).integers(0, 4000, (11, 20, 24)).astype("u2")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for k, image in enumerate(VALUES):
        tifffile.imwrite(tmp_path / f"slice_{k}.tif", image)
    return tmp_path


def test_images_are_slices_in_natural_order(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    for source in (folder, str(folder / "*.tif"), sorted(folder.iterdir())):
        (variable,) = read(source).variables
        assert ("".join(variable.axes), variable.flat) == ("zyx", False)
        assert np.array_equal(variable.read(), VALUES)
        assert np.array_equal(variable.data[2:9, 3, 5:7], VALUES[2:9, 3, 5:7])
    assert "their distance is assumed to be 1" in caplog.text


def test_the_distance_of_slices_and_frames_on_request(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert read(folder, spacing=(2.0, 0.5, 0.5)).grid.spacing == (2, 0.5, 0.5)
    assert "distance" not in caplog.text
    frames = read(folder, stack="t").variables[0]
    assert ("".join(frames.axes), frames.flat) == ("tzyx", True)
    assert np.array_equal(frames.read()[:, 0], VALUES)
    movie = vcore.open(vcore.compress(read(folder, stack="t"), None, max_error=0).data)
    assert movie.shape == VALUES.shape
    assert np.array_equal(movie[3:7, 2], VALUES[3:7, 2])
    assert "".join(read(folder, times=range(11)).variables[0].axes) == "tzyx"


def test_colours_of_slices(tmp_path: Path) -> None:
    for k in range(3):
        tifffile.imwrite(
            tmp_path / f"{k}.tif", np.stack([VALUES[k].astype("u1")] * 3, -1), photometric="rgb"
        )
    (variable,) = read(tmp_path).variables
    assert "".join(variable.axes) == "czyx"
    assert np.array_equal(variable.read()[1], VALUES[:3].astype("u1"))


def test_maps_with_times_are_frames(tmp_path: Path) -> None:
    for k in range(3):
        xr.Dataset(
            {"sst": (("time", "lat", "lon"), VALUES[k : k + 1].astype("f4"))},
            {"time": ("time", [float(k)], {"units": "days since 2000-01-01"})},
        ).to_netcdf(tmp_path / f"{k}.nc")
    vcore.compress(tmp_path, tmp_path / "sst.vcore", max_error=0)
    with xr.open_dataset(tmp_path / "sst.vcore") as found:
        assert found["sst"].dims == ("time", "lat", "lon")
        assert np.array_equal(found["sst"], VALUES[:3])


def test_what_cannot_be_stacked(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(InputError, match="Expected z or t"):
        read(folder, stack="c")  # type: ignore[arg-type]
    np.save(tmp_path / "a1.npy", VALUES)
    np.save(tmp_path / "a2.npy", VALUES)
    with pytest.raises(InputError, match="one image each"):
        read(str(tmp_path / "a*.npy"), stack="z")
