"""`vcore compress`: statistics, budgets and options."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zarr
from numpy.typing import NDArray

import vcore

QUICK = ("--method", "linear2", "--set", "steps=10", "--set", "k=4", "--set", "s=3")
BOUND = ("--range-error", "0.05")
Values = NDArray[np.float32]


def figures_of(original: Values, path: Path) -> dict[str, float]:
    """Return statistics of a file computed by NumPy."""
    decoded = vcore.open(path).array[...]
    assert decoded.shape == original.shape
    assert decoded.dtype == original.dtype
    error = decoded.astype("f8") - original.astype("f8")
    mse, size = float(np.mean(error**2)), path.stat().st_size
    return {
        "bytes": size,
        "ratio": original.nbytes / size,
        "bpv": 8 * size / original.size,
        "psnr": 10 * np.log10(float(np.ptp(original)) ** 2 / mse),
        "mse": mse,
        "max_error": float(np.abs(error).max()),
    }


SHORT = ("--set", "steps=10", "--set", "k=4")


@pytest.mark.parametrize(
    "method", [(), ("-m", "linear2", "--set", "s=3", *SHORT), ("-m", "svd2", *SHORT)]
)
def test_json_is_what_numpy_finds(
    run: Callable, source: Path, values: Values, tmp_path: Path, method: tuple[str, ...]
) -> None:
    began = time.monotonic()
    result = run(
        "compress", source, "out.vcore", "--bpv", 16, *method,
        "--json",
    )  # fmt: skip
    took = time.monotonic() - began

    result.assert_done()
    assert result.err == ""
    found = result.json
    for name, value in figures_of(values, tmp_path / "out.vcore").items():
        assert found[name] == pytest.approx(value, rel=1e-5), name
    assert found["method"] == (method[1] if method else "wavelet")
    assert 0 < found["seconds"] <= took
    assert found["path"] == "out.vcore"
    assert set(found["variables"]) == {"volume"}
    assert found["notes"] == []


def test_text_tells_the_same_figures(run: Callable, source: Path, values: Values) -> None:
    result = run("compress", source, "out.vcore", "--range-error", 0.02, *QUICK)

    result.assert_done()
    found = figures_of(values, source.with_name("out.vcore"))
    rows = dict(line.split(None, 1) for line in result.out.splitlines()[1:])
    assert result.out.startswith(f"{source} → out.vcore\n")
    assert rows["method"].strip() == "linear2"
    assert rows["bytes"].split()[0] == f"{found['bytes']:,}"
    assert float(rows["ratio"].split()[0]) == pytest.approx(found["ratio"], abs=0.06)
    assert float(rows["rate"].split()[0]) == pytest.approx(found["bpv"], rel=1e-3)
    assert float(rows["PSNR"].split()[0]) == pytest.approx(found["psnr"], abs=0.006)
    assert float(rows["largest"].split()[1]) == pytest.approx(found["max_error"], rel=1e-5)
    assert float(rows["seconds"]) > 0


BUDGETS = {
    "bytes": 4000,
    "ratio": 6.0,
    "bpv": 4.5,
    "psnr": 33.0,
    "max_error": 0.03,
    "range_error": 0.01,
}


@pytest.mark.parametrize(("name", "value"), BUDGETS.items())
def test_budget_is_kept(
    run: Callable, source: Path, values: Values, tmp_path: Path, name: str, value: float
) -> None:
    result = run(
        "compress", source, "out.vcore", f"--{name.replace('_', '-')}", value, *QUICK, "--json"
    )

    result.assert_done()
    found = figures_of(values, tmp_path / "out.vcore")
    kept = {
        "bytes": found["bytes"] <= value,
        "ratio": found["ratio"] >= value,
        "bpv": found["bpv"] <= value,
        "psnr": found["psnr"] >= value - 0.005,
        "max_error": found["max_error"] <= value,
        "range_error": found["max_error"] <= value * float(np.ptp(values)),
    }
    assert kept[name], found


def test_psnr_beside_a_bound(run: Callable, source: Path, values: Values, tmp_path: Path) -> None:
    result = run(
        "compress", source, "out.vcore", "--psnr", 30, "--range-error", 0.05, *QUICK, "--json"
    )

    result.assert_done()
    found = figures_of(values, tmp_path / "out.vcore")
    assert found["psnr"] >= 30 - 0.005
    assert found["max_error"] <= 0.05 * float(np.ptp(values))


def test_the_default_budget_is_a_twentieth(run: Callable, tmp_path: Path) -> None:
    big = np.repeat(np.arange(24, dtype="f4"), 24 * 24).reshape(24, 24, 24)
    np.save("big.npy", big)

    result = run("compress", "big.npy", "out.vcore", *QUICK, "--json")

    result.assert_done()
    assert result.json["ratio"] >= 20


def test_set_reaches_the_file(run: Callable, source: Path) -> None:
    run("compress", source, "out.vcore", "--range-error", 0.1, *QUICK).assert_done()

    settings = run("info", "out.vcore", "--json").json["variables"][0]["settings"]
    assert (settings["k"], settings["s"], settings["steps"]) == (4, 3, 10)


@pytest.mark.slow
@pytest.mark.parametrize("out", ["out.vcore", "out.zarr"])
@pytest.mark.parametrize("given", [("--effort", "fast"), ("--set", "effort=fast")])
def test_effort_is_that_of_the_method(
    run: Callable, values: Values, out: str, given: tuple[str, str], tmp_path: Path
) -> None:
    zarr.save(tmp_path / "in.zarr", values)

    run("compress", "in.zarr", out, "--psnr", 25, *given).assert_done()

    assert vcore.open(tmp_path / out).info["variables"][0]["settings"]["effort"] == "fast"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--effort", "good"), ("fast, default, max", "good")),
        (("--effort", "max", "--max-error", "1"), ("wavelet", "bounded")),
        (("--effort", "max", "-m", "auto"), ("wavelet", "auto")),
        (("--effort", "max", "-m", "nothing"), ("nothing",)),
        (("--effort", "max", "--set", "effort=fast"), ("max", "fast")),
        (("--no-prediction", "--max-error", "1"), ("wavelet", "bounded")),
        (("--no-prediction", "--set", "prediction=true"), ("--no-prediction", "prediction=true")),
    ],
)
def test_an_effort_that_cannot_be(
    run: Callable, source: Path, given: tuple[str, ...], told: tuple[str, ...]
) -> None:
    run("compress", source, "out.vcore", *given).assert_refused(*told)


def test_lossless_loses_nothing(run: Callable, source: Path, values: Values) -> None:
    run("compress", source, "out.vcore", "--lossless").assert_done()

    assert np.array_equal(vcore.open("out.vcore").decode(), values)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (("--max-error", "1"), "--max-error"),
        (("--bytes", "9000"), "size"),
        (("--range-error", "0.1"), "--range-error"),
    ],
)
def test_lossless_is_the_only_bound(
    run: Callable, source: Path, other: tuple[str, str], told: str
) -> None:
    run("compress", source, "out.vcore", "--lossless", *other).assert_refused(told)


def test_raw_needs_shape_and_dtype(run: Callable, source: Path, values: Values) -> None:
    values.tofile("values.bin")

    result = run(
        "compress", "values.bin", "out.vcore", "--shape", "16,20,24", "--dtype", "float32",
        "--range-error", 0.05, *QUICK, "--json",
    )  # fmt: skip

    result.assert_done()
    assert result.json["max_error"] == pytest.approx(
        figures_of(values, Path("out.vcore"))["max_error"]
    )


def test_spacing_and_unit_of_a_raw_file_are_kept(run: Callable, values: Values) -> None:
    values.tofile("blobs_24x20x16_float32.raw")

    run(
        "compress", "blobs_24x20x16_float32.raw", "out.vcore", "--spacing", "2,0.5,0.25",
        "--unit", "micrometer", *BOUND, *QUICK,
    ).assert_done()  # fmt: skip

    grid = vcore.open("out.vcore").grid
    assert grid.spacing == (2.0, 0.5, 0.25)
    assert grid.unit == "micrometer"


def test_shape_may_be_written_with_x(run: Callable, source: Path, values: Values) -> None:
    values.astype(">f4").tofile("values.bin")

    run(
        "compress", "values.bin", "out.vcore", "--shape", "16x20x24", "--dtype", ">f4",
        "--range-error", 0.05, *QUICK,
    ).assert_done()  # fmt: skip

    assert figures_of(values, Path("out.vcore"))["max_error"] <= 0.05


def test_raw_whose_name_tells_needs_nothing(run: Callable, tmp_path: Path, values: Values) -> None:
    values.tofile(tmp_path / "blobs_24x20x16_float32.raw")

    run("compress", "blobs_24x20x16_float32.raw", "out.vcore", "--range-error", 0.05, *QUICK)

    assert figures_of(values, Path("out.vcore"))["max_error"] <= 0.05


def test_threshold_is_applied_said_and_kept(run: Callable, source: Path, values: Values) -> None:
    cut = np.where(values < 0.4, np.float32(0), values)

    result = run(
        "compress",
        source,
        "out.vcore",
        "--zero-below",
        0.4,
        "--range-error",
        0.05,
        *QUICK,
        "--json",
    )

    result.assert_done()
    found = result.json
    for name, value in figures_of(cut, Path("out.vcore")).items():
        assert found[name] == pytest.approx(value, rel=1e-5), name
    assert figures_of(values, Path("out.vcore"))["max_error"] > 0.3
    assert "0.4" in result.err
    assert "0.4" in " ".join(found["notes"])

    compared = run("compare", source, "out.vcore", "--json")
    assert compared.json["max_error"] == pytest.approx(found["max_error"])
    assert compared.json["threshold"] == 0.4
    assert "0.4" in compared.err
    run("verify", source, "out.vcore").assert_done()
    assert "0.4" in run("info", "out.vcore").out


def test_time_limit_ends_a_long_fit(run: Callable, source: Path, values: Values) -> None:
    began = time.monotonic()
    result = run(
        "compress", source, "out.vcore", "-m", "linear2", "--set", "k=4", "--set", "steps=1000000",
        "--time-limit", 2, "--bytes", 6000, "--json",
    )  # fmt: skip
    took = time.monotonic() - began

    result.assert_done()
    assert took < 60  # hours if ignored
    assert figures_of(values, Path("out.vcore"))["psnr"] > 15


def test_seed_makes_the_bytes(run: Callable, source: Path) -> None:
    made = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run("compress", source, f"{name}.vcore", "--seed", seed, *BOUND, *QUICK).assert_done()
        made.append(Path(f"{name}.vcore").read_bytes())

    assert made[0] == made[1]
    assert made[0] != made[2]


@pytest.mark.parametrize("seed", [-1, 2**63, 10**30])
def test_any_seed_works_or_is_refused(
    run: Callable, source: Path, nothing_new: Callable[[], None], seed: int
) -> None:
    nothing_new()
    result = run("compress", source, "out.vcore", "--seed", seed, *BOUND, *QUICK)

    if result.code == 0:
        return
    result.assert_refused("seed")
    nothing_new()


def test_force_replaces(run: Callable, source: Path) -> None:
    Path("out.vcore").write_bytes(b"old")

    run("compress", source, "out.vcore", *BOUND, *QUICK, "--force").assert_done()

    assert vcore.open("out.vcore").shape == (16, 20, 24)


@pytest.mark.parametrize(
    "budget", [("--bytes", 2400), ("--range-error", 0.05), ("--range-error", 0.001), ("--psnr", 33)]
)
def test_estimate_predicts_and_writes_nothing(
    run: Callable, source: Path, nothing_new: Callable[[], None], budget: tuple[str, float]
) -> None:
    arguments = ("compress", source, "out.vcore", *budget, *QUICK, "--json")
    nothing_new()

    predicted = run(*arguments, "--estimate")

    predicted.assert_done()
    nothing_new()
    assert set(predicted.json) == {"seconds", "memory", "bytes"}
    made = run(*arguments).json
    assert predicted.json["bytes"] == pytest.approx(made["bytes"], rel=0.5)
    assert 0 < predicted.json["seconds"] < 20 * made["seconds"]
    assert predicted.json["memory"] > 0


def test_estimate_for_people(run: Callable, source: Path) -> None:
    result = run("compress", source, "out.vcore", "--bytes", 5000, *QUICK, "--estimate")

    result.assert_done()
    for word in ("seconds", "memory", "bytes", "about 5 kB"):
        assert word in result.out
    assert not Path("out.vcore").exists()


def test_variables_are_chosen(run: Callable, series_source: Path) -> None:
    base = (
        "compress",
        series_source,
        "out.vcore",
        "--range-error",
        0.1,
        *QUICK,
        "--json",
        "--force",
    )

    both = run(*base)
    both.assert_done()
    assert set(both.json["variables"]) == {"density", "heat"}
    one = run(*base, "--variable", "heat")
    one.assert_done()
    assert set(one.json["variables"]) == {"heat"}


@pytest.mark.parametrize("inputs", [("steps",), ("steps/t2.npy", "steps/t10.npy", "steps/t1.npy")])
def test_a_folder_or_a_list_is_a_time_series(
    run: Callable, values: Values, tmp_path: Path, inputs: tuple[str, ...]
) -> None:
    (tmp_path / "steps").mkdir()
    for number, scale in ((2, 0.5), (10, 0.25), (1, 1.0)):
        np.save(tmp_path / "steps" / f"t{number}.npy", values * np.float32(scale))
    stack = np.stack([values, values * np.float32(0.5), values * np.float32(0.25)])

    run("compress", *inputs, "out.vcore", "--range-error", 0.05, *QUICK).assert_done()

    assert figures_of(stack, Path("out.vcore"))["max_error"] <= 0.05


def test_a_list_without_an_output_loses_nothing(run: Callable, values: Values) -> None:
    for number in range(3):
        np.save(f"t{number}.npy", values)

    run("compress", "t0.npy", "t1.npy", "t2.npy", "--force").assert_refused(".vcore or .zarr", "t2")

    assert np.array_equal(np.load("t2.npy"), values)


def test_constant_is_stored_exactly_with_a_note(run: Callable, tmp_path: Path) -> None:
    np.save("flat.npy", np.full((8, 9, 10), 7, "u2"))

    result = run("compress", "flat.npy", "out.vcore", "--json")

    result.assert_done()
    assert result.err.startswith("note: ")
    assert "7 everywhere" in result.err
    assert result.json["max_error"] == 0
    assert result.json["bytes"] < 400
    np.testing.assert_array_equal(vcore.open("out.vcore").array[...], np.full((8, 9, 10), 7))
    assert run("info", "out.vcore").out
    assert run("compare", "flat.npy", "out.vcore", "--json").json["max_error"] == 0
    run("verify", "flat.npy", "out.vcore").assert_done()
    run("view", "out.vcore").assert_done()


def test_constant_meets_any_budget(run: Callable) -> None:
    np.save("flat.npy", np.full((8, 9, 10), -2.5, "f4"))
    for budget in (
        ("--psnr", 80),
        ("--max-error", 1e-9),
        ("--range-error", 0.01),
        ("--bytes", 500),
    ):
        run("compress", "flat.npy", "out.vcore", *budget, "--force").assert_done()


def test_missing_voxels_are_kept(run: Callable, values: Values) -> None:
    holed = values.copy()
    holed[:4, 3, 5] = np.nan
    np.save("holed.npy", holed)

    result = run("compress", "holed.npy", "out.vcore", "--range-error", 0.05, *QUICK, "--json")

    result.assert_done()
    decoded = vcore.open("out.vcore").array[...]
    np.testing.assert_array_equal(np.isnan(decoded), np.isnan(holed))
    assert np.nanmax(np.abs(decoded - holed)) == pytest.approx(result.json["max_error"])
    assert "missing" in run("info", "out.vcore").out


@pytest.mark.parametrize("name", ["a[b]", "x[bold]y", "[blue]", "ü→"])
def test_names_are_printed_as_they_are(run: Callable, name: str) -> None:
    np.save(f"{name}.npy", np.full((4, 5, 6), 7, "u1"))

    result = run("compress", f"{name}.npy", f"{name}.vcore")

    result.assert_done()
    assert f"{name} is 7 everywhere" in result.err
    assert f"{name}.npy → {name}.vcore" in result.out
    assert f"{name} " in run("verify", f"{name}.vcore").out
    assert name in run("info", f"{name}.vcore").out


def test_the_real_command(shell: Callable, source: Path, values: Values, tmp_path: Path) -> None:
    result = shell(
        "vcore compress volume.npy out.vcore --max-error 0.05 --json",
    )

    result.assert_done()
    assert result.err == ""
    assert result.json["max_error"] == pytest.approx(
        figures_of(values, tmp_path / "out.vcore")["max_error"]
    )
    assert sorted(os.listdir(tmp_path)) == ["out.vcore", "volume.npy"]


def test_method_auto_says_why(run: Callable, source: Path) -> None:
    done = run("compress", source, "out.vcore", "-m", "auto", "--range-error", "0.01")
    done.assert_done()
    chosen = vcore.open("out.vcore").decoder().header.method
    assert f"Chosen: {chosen}, as it takes" in done.err
    other = {"bounded": "wavelet", "wavelet": "bounded"}[chosen]

    again = run("compress", source, "again.vcore", "-m", "auto", "--range-error", "0.01", "--json")
    assert f"fewer bytes than {other}" in again.json["reason"]
    run(
        "compress", source, "x.vcore", "-m", "auto", "--range-error", "0.01", "--set", "k=4"
    ).assert_refused("auto", "name the method")
