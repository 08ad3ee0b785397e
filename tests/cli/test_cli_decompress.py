"""`vcore decompress`: a whole file or a part in every format, with its metadata."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vcore
from vcore import io

SPACING, ORIGIN, TIMES = (2.0, 0.5, 0.25), (1.0, 2.0, 3.0), (0.0, 0.5, 2.0)
FORMATS = ("npy", "nrrd", "tif", "vti", "raw", "zarr")
RICH = ("nrrd", "tif", "vti", "zarr")

PARTS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "frame": (("--frame", "2"), {"time": 2}),
    "region": (
        ("--frame", "1", "--region", "2:9,:7,4:"),
        {"time": 1, "region": (slice(2, 9), slice(0, 7), slice(4, 14))},
    ),
    "level": (("--frame", "0", "--level", "1"), {"time": 0, "level": 1}),
    "region_of_level": (
        ("--frame", "0", "--level", "1", "--region", "1:5,0:3,2:-1"),
        {"time": 0, "level": 1, "region": (slice(1, 5), slice(0, 3), slice(2, 6))},
    ),
}


def expected(dataset: vcore.Dataset, name: str, part: dict[str, Any]) -> np.ndarray:
    """Return the part decoded directly."""
    frame = slice(part["time"], part["time"] + 1)
    region = part.get("region", (slice(None),) * 3)
    return dataset.decoder(name).decode((frame, *region), part.get("level", 0))[0]


def read_back(name: str, shape: tuple[int, ...], dtype: str) -> vcore.Volume:
    headerless = {"shape": shape, "dtype": dtype} if name.endswith("raw") else {}
    return io.read(name, **headerless)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("variable", ["density", "heat"])
def test_part_in_every_format(
    run: Callable, series: Path, suffix: str, part: str, variable: str
) -> None:
    options, asked = PARTS[part]
    values = expected(vcore.open(series), variable, asked)

    result = run("decompress", series, f"out.{suffix}", "--variable", variable, *options)

    result.assert_done()
    assert " x ".join(map(str, values.shape)) in result.out
    found = read_back(f"out.{suffix}", values.shape, values.dtype.str)
    np.testing.assert_array_equal(found.variables[0].read(), values)
    assert found.variables[0].dtype == values.dtype
    if suffix not in RICH:
        return
    scale = 2.0 ** asked.get("level", 0)
    start = [s.start for s in asked.get("region", (slice(0, 0),) * 3)]
    grid = found.grid
    assert grid.unit == "micrometer"
    np.testing.assert_allclose(grid.spacing, np.multiply(SPACING, scale), rtol=1e-12)
    corner = np.add(ORIGIN, np.multiply(SPACING, (scale - 1) / 2))  # centre of the first box
    np.testing.assert_allclose(grid.origin, corner + np.multiply(start, grid.spacing), rtol=1e-12)
    assert found.variables[0].name == variable
    assert found.variables[0].unit == ("kilogram" if variable == "density" else "")


@pytest.mark.parametrize("suffix", FORMATS)
def test_whole_series(run: Callable, series: Path, suffix: str) -> None:
    values = vcore.open(series).decoder("density").decode((slice(None),) * 4)

    run("decompress", series, f"out.{suffix}", "--variable", "density").assert_done()

    name = "out.pvd" if suffix == "vti" else f"out.{suffix}"
    found = read_back(name, values.shape, "<f4")
    np.testing.assert_array_equal(found.variables[0].read(), values)
    if suffix in RICH:
        assert found.grid.times == pytest.approx(TIMES)
        assert found.grid.time_unit == "second"


@pytest.mark.parametrize("suffix", ["tif", "vti", "zarr"])
def test_all_variables_where_the_format_holds_them(
    run: Callable, series: Path, suffix: str
) -> None:
    run("decompress", series, f"out.{suffix}", "--frame", 1).assert_done()

    found = io.read(f"out.{suffix}")
    assert [v.name for v in found.variables] == ["density", "heat"]
    for variable in found.variables:
        np.testing.assert_array_equal(
            variable.read(), expected(vcore.open(series), variable.name, {"time": 1})
        )


@pytest.mark.parametrize("suffix", ["npy", "nrrd", "raw"])
def test_one_variable_formats_ask_for_one(
    run: Callable, series: Path, nothing_new: Callable[[], None], suffix: str
) -> None:
    nothing_new()

    run("decompress", series, f"out.{suffix}").assert_refused("density", "heat")

    nothing_new()


def test_values_are_those_of_the_array(run: Callable, packed: Path) -> None:
    run("decompress", packed, "out.npy").assert_done()

    np.testing.assert_array_equal(np.load("out.npy"), vcore.open(packed).array[...])


@pytest.mark.parametrize("suffix", FORMATS)
def test_existing_output_needs_force(run: Callable, packed: Path, suffix: str) -> None:
    name = f"out.{suffix}"
    run("decompress", packed, name, "--level", 1).assert_done()

    run("decompress", packed, name).assert_refused("exists", "--force")
    run("decompress", packed, name, "--force").assert_done()

    found = read_back(name, (16, 20, 24), "<f4")
    np.testing.assert_array_equal(found.variables[0].read(), vcore.open(packed).array[...])


REFUSED = {
    "region outside": (("--region", "0:4,0:4,0:99"), ("99",)),
    "region beyond": (("--region", "30:40,0:4,0:4"), ("30",)),
    "region backwards": (("--region", "4:2,0:4,0:4"), ("4:2",)),
    "region empty": (("--region", "3:3,0:4,0:4"), ()),
    "region of words": (("--region", "all"), ("--region", "all")),
    "region with a step": (("--region", "0:4:2,:,:"), ("0:4:2",)),
    "region of one axis": (("--region", "0:4"), ("z0:z1,y0:y1,x0:x1",)),
    "region of four axes": (("--region", "0:1,0:4,0:4,0:4"), ()),
    "level too high": (("--level", "9"), ("9",)),
    "level negative": (("--level", "-1"), ("-1",)),
    "frame outside": (("--frame", "3"), ("3", "0..2")),
    "frame negative": (("--frame", "-1"), ("-1",)),
    "time after the last": (("--time", "2.8"), ("0..2 second", "2.8", "--frame in 0..2")),
    "time before the first": (("--time", "-0.3"), ("0..2 second", "-0.3")),
    "time nan": (("--time", "nan"), ("0..2 second", "nan")),
    "time and frame": (("--time", "0.5", "--frame", "1"), ("--time", "--frame")),
    "unknown variable": (("--variable", "colour"), ("density, heat", "colour")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_there_is_refused(
    run: Callable, series: Path, nothing_new: Callable[[], None], case: str
) -> None:
    options, words = REFUSED[case]
    nothing_new()

    run("decompress", series, "out.zarr", *options).assert_refused(*words)

    nothing_new()


@pytest.mark.parametrize(
    ("time", "frame", "told"),
    [(0.5, 1, ""), (0.7, 1, "frame 1, at 0.5 second"), (2.7, 2, "at 2 second"), (-0.25, 0, "at 0")],
)
def test_a_time_is_that_of_the_nearest_frame(
    run: Callable, series: Path, time: float, frame: int, told: str
) -> None:
    result = run("decompress", series, "out.npy", "--variable", "heat", "--time", time)

    result.assert_done()
    assert told in result.err
    assert bool(told) == bool(result.err)
    np.testing.assert_array_equal(
        np.load("out.npy"), vcore.open(series).volume("heat", frame=frame)["heat"].read()
    )


def test_time_of_a_still_volume(run: Callable, packed: Path) -> None:
    run("decompress", packed, "a.npy", "--time", 0).assert_refused("times", "--frame")
    run("decompress", packed, "a.npy", "--frame", 1).assert_refused("0..0")


def test_the_real_command(shell: Callable, packed: Path, tmp_path: Path) -> None:
    result = shell("vcore decompress volume.vcore out.nrrd --region 2:8,:,:")

    result.assert_done()
    assert result.err == ""
    np.testing.assert_array_equal(
        io.read(tmp_path / "out.nrrd").variables[0].read(), vcore.open(packed).array[2:8]
    )
