"""Writing: what survives a round trip, and what is left after a failure."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vcore.errors import Cancelled, InputError, OutputError, OutputExistsError
from vcore.io import read, writable_suffixes, write
from vcore.io.lazy import CallbackArray
from vcore.model.grid import IDENTITY, Grid
from vcore.model.volume import Variable, Volume

Make = Callable[..., Volume]
RICH = (".nrrd", ".tif", ".ome.tif", ".vti", ".vtr", ".zarr")
ARRAYS = (".nc", ".h5")
PLAIN = (".raw", ".bin", ".dat", ".npy")


def assert_same_grid(found: Grid, expected: Grid) -> None:
    assert found.shape == expected.shape
    for name in ("unit", "axis_names", "time_unit"):
        assert getattr(found, name) == getattr(expected, name)
    for name in ("spacing", "origin", "direction"):
        np.testing.assert_allclose(
            getattr(found, name), getattr(expected, name), rtol=1e-12, atol=1e-12
        )
    assert found.times == expected.times
    assert found.coordinates == expected.coordinates


def trip(volume: Volume, folder: Path, suffix: str) -> Volume:
    write(volume, folder / f"out{suffix}")
    return read(folder if (folder / "out.pvd").exists() else folder / f"out{suffix}")


SUFFIXES = [s for s in writable_suffixes() if s != ".png"]
"""All but that of images, which test_png_write.py writes."""


@pytest.mark.parametrize("suffix", RICH)
@pytest.mark.parametrize("axes", ["zyx", "tzyx", "czyx", "tczyx"])
def test_everything_survives(tmp_path: Path, make: Make, suffix: str, axes: str) -> None:
    names = ("density",) if suffix == ".nrrd" else ("density", "heat flux/x")
    volume = make(axes, names=names)

    found = trip(volume, tmp_path, suffix)

    assert_same_grid(found.grid, volume.grid)
    for expected in volume.variables:
        variable = found[expected.name]
        for name in ("axes", "shape", "dtype", "unit", "components", "association", "fill_value"):
            assert getattr(variable, name) == getattr(expected, name)
        np.testing.assert_array_equal(variable.read(), expected.read())


@pytest.mark.parametrize("suffix", [*RICH, *ARRAYS, *PLAIN])
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f2", "f4", "f8"])
def test_dtypes_survive(tmp_path: Path, make: Make, suffix: str, dtype: str) -> None:
    volume = make(dtype=dtype)
    path = tmp_path / f"out{suffix}"
    if dtype == "f2" and "tif" in suffix:
        with pytest.raises(InputError, match="Got float16"):
            write(volume, path)
        return
    write(volume, path)

    headerless = {"shape": (5, 6, 7), "dtype": dtype} if suffix in PLAIN[:3] else {}
    variable = read(path, **headerless).variables[0]  # type: ignore[arg-type]

    wider = dtype == "f2" and suffix in {".vti", ".vtr", *ARRAYS}
    assert variable.dtype == np.dtype("f4" if wider else dtype)
    np.testing.assert_array_equal(variable.read(), volume["density"].read())


@pytest.mark.parametrize("suffix", [*RICH, *ARRAYS])
def test_a_plain_volume_stays_plain(tmp_path: Path, suffix: str) -> None:
    volume = Volume.from_array(np.arange(24, dtype="u1").reshape(2, 3, 4), name="a")

    found = trip(volume, tmp_path, suffix)

    assert found.grid == volume.grid
    assert found["a"].unit == ""
    assert found["a"].fill_value is None


@pytest.mark.parametrize("suffix", [*RICH, ".h5"])
@pytest.mark.parametrize("unit", ["millimeter", "degree", "Å"])
def test_units_survive(tmp_path: Path, make: Make, suffix: str, unit: str) -> None:
    volume = make("tzyx", unit=unit, time_unit="fortnight")
    found = trip(volume, tmp_path, suffix)
    assert found.grid.unit == {"Å": "angstrom"}.get(unit, unit) or found.grid.unit == unit
    assert found.grid.time_unit == "fortnight"


@pytest.mark.parametrize("suffix", [*RICH, *ARRAYS])
def test_times_survive(tmp_path: Path, make: Make, suffix: str) -> None:
    for i, times in enumerate([(0.0, 0.5, 1.0), (7.0, 7.5, 8.0), (0.0, 1.0, 2.0)]):
        folder = tmp_path / str(i)
        folder.mkdir()
        for unit in ("second", ""):
            sub = folder / (unit or "none")
            sub.mkdir()
            found = trip(make("tzyx", times=times, time_unit=unit), sub, suffix).grid
            assert (found.times, found.time_unit) == (times, unit)


@pytest.mark.parametrize("suffix", RICH)
@pytest.mark.parametrize("shape", [(1, 6, 7), (5, 1, 7), (5, 6, 1), (1, 1, 1)])
@pytest.mark.parametrize("lead", ["", "t", "c"])
def test_axes_of_length_one_survive(
    tmp_path: Path, suffix: str, shape: tuple[int, ...], lead: str
) -> None:
    full = (1,) * len(lead) + shape
    values = np.arange(np.prod(full), dtype="i2").reshape(full)
    if lead == "c" and suffix in {".vti", ".vtr"}:
        pytest.skip("VTK does not tell one component from none")
    found = trip(Volume.from_array(values, f"{lead}zyx", name="a"), tmp_path, suffix)
    assert found["a"].shape == full
    np.testing.assert_array_equal(found["a"].read(), values)


@pytest.mark.parametrize("suffix", [".nrrd", ".tif", ".vtr", ".zarr", *ARRAYS])
@pytest.mark.parametrize("association", ["point", "cell"])
def test_rectilinear_grids_survive(tmp_path: Path, suffix: str, association: str) -> None:
    grid = Grid.from_coordinates([[0, 1, 5], [1, 2, 4, 8], [0, 1, 2, 3, 9]], unit="meter")
    if suffix in ARRAYS and association == "cell":
        pytest.skip("CF conventions do not tell cells from points")
    variable = Variable("a", np.ones((3, 4, 5), "f4"), association=association)  # type: ignore[arg-type]

    found = trip(Volume(grid, (variable,)), tmp_path, suffix)

    assert found.grid == grid
    assert found["a"].association == association


@pytest.mark.parametrize("suffix", [*RICH, *ARRAYS, *PLAIN])
def test_values_are_read_block_by_block_with_progress(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vcore.io.write_slabs.SLAB_VOXELS", 1000)
    monkeypatch.setattr("vcore.io.omezarr_write.CHUNK", 8)
    monkeypatch.setattr("vcore.model.volume.BLOCK_VOXELS", 1000)
    values = np.arange(4 * 40 * 20 * 10, dtype="i4").reshape(4, 40, 20, 10)
    largest = 0

    def fetch(region: tuple[slice, ...]) -> np.ndarray:
        nonlocal largest
        largest = max(largest, values[region].size)
        return values[region]

    variable = Variable("a", CallbackArray(values.shape, values.dtype, fetch), tuple("tzyx"))
    steps: list[tuple[int, int]] = []
    write(
        Volume(Grid((40, 20, 10)), (variable,)),
        tmp_path / f"out{suffix}",
        progress=lambda done, total: steps.append((done, total)),
    )

    assert largest <= 8000  # one frame
    assert steps[-1] == (values.size, values.size)
    assert [d for d, _ in steps] == sorted(d for d, _ in steps)
    assert len(steps) >= 4


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_existing_output_needs_force(tmp_path: Path, make: Make, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    write(make(direction=IDENTITY), path)
    with pytest.raises(OutputExistsError, match="replace it with `force=True`"):
        write(make(direction=IDENTITY), path)

    write(make(dtype="i2", direction=IDENTITY), path, force=True)

    headerless = {"shape": (5, 6, 7), "dtype": "i2"} if suffix in PLAIN[:3] else {}
    assert read(path, **headerless).variables[0].dtype == np.int16  # type: ignore[arg-type]
    assert os.listdir(tmp_path) == [path.name]


def test_a_frame_in_the_way_needs_force_too(tmp_path: Path, make: Make) -> None:
    (tmp_path / "out_0001.vti").write_text("mine")
    with pytest.raises(OutputExistsError, match=r"out_0001\.vti"):
        write(make("tzyx"), tmp_path / "out.vti")
    assert os.listdir(tmp_path) == ["out_0001.vti"]


def test_a_folder_that_is_no_zarr_is_never_replaced(tmp_path: Path, make: Make) -> None:
    (tmp_path / "out.zarr").mkdir()
    (tmp_path / "out.zarr" / "thesis.tex").write_text("mine")
    with pytest.raises(OutputExistsError, match="not a Zarr hierarchy"):
        write(make(), tmp_path / "out.zarr", force=True)
    assert (tmp_path / "out.zarr" / "thesis.tex").read_text() == "mine"


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("error", [Cancelled, KeyboardInterrupt])
def test_a_cancelled_write_leaves_nothing_and_keeps_the_old(
    tmp_path: Path, make: Make, suffix: str, error: type[BaseException]
) -> None:
    def cancel(done: int, total: int) -> None:
        raise error

    with pytest.raises(error):
        write(make("zyx", direction=IDENTITY), tmp_path / f"out{suffix}", progress=cancel)
    assert os.listdir(tmp_path) == []

    write(make(direction=IDENTITY), tmp_path / f"out{suffix}")
    before = sorted(p.name for p in tmp_path.rglob("*"))
    with pytest.raises(error):
        write(
            make(dtype="u1", direction=IDENTITY),
            tmp_path / f"out{suffix}",
            force=True,
            progress=cancel,
        )
    assert sorted(p.name for p in tmp_path.rglob("*")) == before


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_leaves_nothing(
    tmp_path: Path, make: Make, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"No space left on device. Nothing was left"):
        write(make(direction=IDENTITY), tmp_path / f"out{suffix}", progress=full)
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_not_there(tmp_path: Path, make: Make) -> None:
    with pytest.raises(OutputError, match="No such file or directory"):
        write(make(), tmp_path / "gone" / "out.nrrd")


@pytest.mark.parametrize("suffix", [".raw", ".npy", ".nrrd"])
def test_formats_of_one_array_refuse_several(tmp_path: Path, make: Make, suffix: str) -> None:
    with pytest.raises(InputError, match=r"volume\.select"):
        write(make(names=("a", "b")), tmp_path / f"out{suffix}")
    assert os.listdir(tmp_path) == []


def test_points_and_cells_do_not_go_into_one_vti(tmp_path: Path, make: Make) -> None:
    volume = make(names=("a", "b"))
    mixed = (volume.variables[0], replace(volume.variables[1], association="cell"))
    with pytest.raises(InputError, match="on the points or on the cells"):
        write(Volume(volume.grid, mixed), tmp_path / "out.vti")


def test_an_unknown_suffix(tmp_path: Path, make: Make) -> None:
    with pytest.raises(InputError, match=r"ends with one of .* \.zarr"):
        write(make(), tmp_path / "out.xyz")
