"""Budgets by name on the command line: `--max-error T=0.01 --psnr p=60`."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import vcore

SHAPE = (10, 16, 20)


@pytest.fixture
def weather(tmp_path: Path) -> xr.Dataset:
    """Return T, p and q, which are in weather.nc too; q has missing values."""
    random = np.random.default_rng(3)
    z, _, x = np.mgrid[tuple(slice(n) for n in SHAPE)]
    t = (280 + 10 * np.sin(z / 5) + 5 * np.cos(x / 7)).astype("f4")
    p = (1e5 - 50 * z + 20 * random.normal(size=SHAPE)).astype("f4")
    q = random.random(SHAPE).astype("f4")
    q[0, 0, :3], q[2, 2, 2] = np.nan, -0.0
    dims = ("z", "y", "x")
    found = xr.Dataset(
        {"T": (dims, t, {"units": "K"}), "p": (dims, p, {"units": "Pa"}), "q": (dims, q)}
    )
    found.to_netcdf(tmp_path / "weather.nc")
    return found


@pytest.mark.slow
def test_each_variable_keeps_its_own(run: Callable, weather: xr.Dataset) -> None:
    done = run("compress", "weather.nc", "out.vcore", "--max-error", "T=0.01", "--psnr", "p=60")
    done.assert_done()
    rows = [line.split() for line in done.out.splitlines()]
    head = ["variable", "budget", "method", "bytes", "robust", "PSNR", "PSNR", "largest", "error"]
    assert head in rows
    texts = {row[0]: " ".join(row[1:6]) for row in rows if row and row[0] in "Tpq"}
    assert texts["T"].startswith("max error 0.01 K bounded")
    assert texts["p"].startswith("PSNR 60 dB wavelet")
    assert texts["q"].startswith("lossless bounded")

    dataset = vcore.open("out.vcore")
    assert dataset.decode(variable="q").tobytes() == weather["q"].values.tobytes()
    off = np.abs(dataset.decode(variable="T").astype("f8") - weather["T"].values)
    assert 0.001 < off.max() <= 0.01
    p = weather["p"].values.astype("f8")
    mse = np.mean(np.square(dataset.decode(variable="p") - p))
    assert 60 <= 20 * np.log10(np.ptp(p)) - 10 * np.log10(mse) < 61
    told = run("info", "out.vcore").out
    rows = [line.rstrip() for line in told.splitlines()[-3:]]
    assert rows[0].endswith("  0.01 K")
    assert "lossless" not in rows[1]
    assert rows[2].endswith("  lossless")


def test_a_plain_budget_is_that_of_the_rest(run: Callable, weather: xr.Dataset) -> None:
    found = run(
        *("compress", "weather.nc", "out.vcore", "--json"),
        *("--max-error", "T=0.01", "--max-error", "20", "--psnr", "T=70"),
    ).json["variables"]
    assert {name: row["budget"] for name, row in found.items()} == {
        "T": {"max_error": 0.01, "psnr": 70},
        "p": {"max_error": 20},
        "q": {"max_error": 20},
    }
    assert found["T"]["max_error"] <= 0.01
    assert found["T"]["psnr"] >= 70
    assert 1 < found["p"]["max_error"] <= 20
    lossless = run(
        *("compress", "weather.nc", "two.vcore", "--json", "--lossless", "--max-error", "T=1")
    ).json["variables"]
    assert [lossless[name]["max_error"] for name in "pq"] == [0, 0]
    assert 0 < lossless["T"]["max_error"] <= 1


def test_names_may_have_equals_signs(run: Callable, weather: xr.Dataset) -> None:
    weather.rename(T="a=b").to_netcdf("equals.nc")
    found = run("compress", "equals.nc", "out.vcore", "--max-error", "a=b=0.5", "--json").json
    assert found["variables"]["a=b"]["budget"] == {"max_error": 0.5}
    assert found["variables"]["p"]["max_error"] == 0


def test_an_estimate_takes_the_same(run: Callable, weather: xr.Dataset) -> None:
    found = run("compress", "weather.nc", "out.vcore", "--bytes", "T=900", "--estimate", "--json")
    loose = run(
        "compress", "weather.nc", "out.vcore", "--max-error", "T=1e6", "--estimate", "--json"
    )
    assert found.json["bytes"] - loose.json["bytes"] == pytest.approx(900, abs=50)
    assert not Path("out.vcore").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--max-error", "t=1"), ("'T', 'p', 'q'", "'t'")),
        (("--max-error", "T=wide"), ("--max-error as a number", "NAME=NUMBER", "'T=wide'")),
        (("--max-error", "wide"), ("--max-error as a number", "'wide'")),
        (("--bytes", "T=1e3"), ("--bytes as a whole number", "T=50000")),
        (("--dark-offset", "x"), ("--dark-offset as a number",)),
        (("--psnr", "T=40", "--psnr", "T=50"), ("--psnr once for variable 'T'", "40 and 50")),
        (("--psnr", "40", "--psnr", "50"), ("--psnr once for all variables",)),
        (("--psnr", "T=40", "--ratio", "T=9"), ("Variable 'T'", "--ratio, --psnr")),
        (("--max-error", "T=nan"), ("Variable 'T'", "positive number for --max-error")),
        (("--psnr", "T=40", "--variable", "T", "--ratio", "9"), ("without a name",)),
        (("--psnr", "T=40", "--max-error", "p=1", "--effort", "max"), ("beside bounded",)),
        (("--psnr", "T=40", "--max-error", "p=1", "--set", "step=1"), ("wavelet and bounded",)),
    ],
)
def test_impossible_budgets(
    run: Callable, weather: xr.Dataset, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    run("compress", "weather.nc", "out.vcore", *options).assert_refused(*words)
    assert not Path("out.vcore").exists()


def test_float64_without_a_budget(run: Callable, weather: xr.Dataset) -> None:
    weather.assign(h=weather["T"].astype("f8")).to_netcdf("double.nc")
    run("compress", "double.nc", "out.vcore", "--max-error", "T=1").assert_done()
    with xr.open_dataset("double.nc") as original, xr.open_dataset("out.vcore") as copy:
        xr.testing.assert_identical(copy["h"], original["h"])


def test_a_hierarchy_has_budgets_by_image(run: Callable, weather: xr.Dataset) -> None:
    run("compress", "weather.nc", "out.zarr", "--psnr", "none=40").assert_refused("none", code=2)
    run("compress", "weather.nc", "out.zarr", "--psnr", "T=40").assert_done()
