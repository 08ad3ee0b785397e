"""`vcore info`, `compare`, `verify`, `methods`: output for people and as JSON."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import vcore
from vcore import hierarchy, methods
from vcore.model.volume import Variable, Volume

Values = NDArray[np.float32]


def test_info_json(run: Callable, packed: Path, values: Values) -> None:
    result = run("info", packed, "--json")

    result.assert_done()
    assert result.err == ""
    found, size = result.json, packed.stat().st_size
    assert found["bytes"] == size
    assert found["ratio"] == pytest.approx(values.nbytes / size)
    assert found["bpv"] == pytest.approx(8 * size / values.size)
    assert found["truncated"] is False
    (variable,) = found["variables"]
    assert variable["shape"] == [16, 20, 24]
    assert variable["range"] == pytest.approx([float(values.min()), float(values.max())])
    assert variable["guarantee"]["max_error"] == pytest.approx(0.02 * float(np.ptp(values)))
    assert variable["levels"][:2] == [[16, 20, 24], [8, 10, 12]]
    assert sum(variable["sections"].values()) < size
    assert variable["method"] == "linear2"


def test_info_for_people(run: Callable, series: Path) -> None:
    result = run("info", series)

    result.assert_done()
    for text in (
        f"{series.stat().st_size:,} bytes",
        "2 x 0.5 x 0.25 micrometer",
        "24 x 5 x 3.5 micrometer (z y x)",
        "3, 0 to 2",
    ):
        assert text in result.out
    rows = {line.split()[0]: line for line in result.out.splitlines() if line}
    for text in ("3 x 12 x 10 x 14 (t z y x)", "linear2", "kilogram"):
        assert text in rows["density"]
    assert "uint16" in rows["heat"]
    assert "k=4" not in result.out
    assert "k=4" in run("info", series, "--verbose").out


def test_channels_are_named_and_the_worst_frames_called_so(
    run: Callable, tmp_path: Path, values: Values
) -> None:
    frames = np.stack([np.stack([values, 1000 * values])] * 2)
    variable = Variable("cells", frames, tuple("tczyx"), components=("[b]DAPI", "[b]DAPI"))
    np.save(tmp_path / "cells.npy", frames)
    vcore.compress(Volume(vcore.Grid(values.shape), (variable,)), tmp_path / "a.vcore", psnr=40)
    for command in (["info"], ["compare", "cells.npy"]):
        out = run(*command, "a.vcore").out
        assert sum(line.startswith("[b]DAPI") for line in out.splitlines()) == 2
        assert ("worst frames" in out) == (command != ["info"])


def test_units_are_told_where_they_are_known(run: Callable, tmp_path: Path, values: Values) -> None:
    for spacing, text in (((1.0, 1.0, 1.0), " voxels (z y x)"), ((2.0, 1.0, 1.0), " (z y x)")):
        grid = vcore.Grid(values.shape, spacing)
        volume = Volume(grid, (Variable("a", values),))
        vcore.compress(volume, tmp_path / "a.vcore", max_error=0, force=True)
        lengths = " x ".join(f"{n * s:g}" for n, s in zip(grid.shape, spacing, strict=True))
        assert f"{lengths}{text}" in run("info", "a.vcore").out


def test_a_table_too_wide_for_the_terminal_is_turned(
    run: Callable, series: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    lines = [line.split() for line in run("info", series).out.splitlines()]
    assert ["variable", "density"] in lines
    assert ["variable", "heat"] in lines
    assert ["unit", "kilogram"] in lines


def test_info_names_attributes_and_what_is_lossless(run: Callable, tmp_path: Path) -> None:
    known = dict.fromkeys(("space", "axes", "title", "history", "a", "b"), 1)
    volume = vcore.Volume.from_array(np.arange(24, dtype="u1").reshape(2, 3, 4))
    vcore.compress(replace(volume, attributes=known), "a.vcore", budget=vcore.Budget(max_error=0))
    lines = run("info", "a.vcore").out.splitlines()
    assert [x.split(maxsplit=1)[1].strip() for x in lines if x.startswith("attributes")] == [
        "space, axes, title, history (+2)"
    ]
    assert lines[-1].split()[0] == "values"
    assert lines[-1].split()[-1] == "lossless"
    assert "history, a, b" in run("info", "a.vcore", "--verbose").out
    assert json.loads(run("info", "a.vcore", "--json").out)["attributes"] == known


def test_info_of_a_hierarchy(run: Callable, tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(100, 10, (16, 24, 24)).astype("f4")
    image = vcore.Variable("a", values)
    cells = (values > 100).astype("u2")
    objects = vcore.Variable("labels/cells", cells, attributes={"image-label": {}})
    volume = vcore.Volume(vcore.Grid(values.shape), (image, objects))
    report = hierarchy.compress(volume, tmp_path / "a.zarr", chunks=16)
    found = json.loads(run("info", "a.zarr", "--json").out)["variables"]
    robust = report.arrays["0"]["robust_psnr"]
    assert found[0]["achieved"]["robust_psnr"] == robust == pytest.approx(42, abs=1)
    assert (found[0]["range"] is None, found[1]["range"]) == (False, None)
    out = run("info", "a.zarr").out
    assert f"{robust:.4g} dB" in out
    assert "65535" not in out


def test_info_decodes_nothing(run: Callable, packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vcore.engine.decoder import VariableDecoder

    def decode(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(VariableDecoder, "decode", decode)

    run("info", packed).assert_done()


def test_compare_json_is_what_numpy_finds(
    run: Callable, source: Path, packed: Path, values: Values
) -> None:
    result = run("compare", source, packed, "--json")

    result.assert_done()
    assert result.err == ""
    found = result.json
    error = vcore.open(packed).array[...].astype("f8") - values.astype("f8")
    mse = float(np.mean(error**2))
    assert found["mse"] == pytest.approx(mse, rel=1e-6)
    assert found["psnr"] == pytest.approx(10 * np.log10(float(np.ptp(values)) ** 2 / mse))
    assert found["max_error"] == pytest.approx(float(np.abs(error).max()))
    assert found["bias"] == pytest.approx(float(error.mean()), rel=1e-5)
    assert found["bytes"] == packed.stat().st_size
    assert found["ratio"] == pytest.approx(values.nbytes / packed.stat().st_size)
    assert 0.8 < found["ssim"] <= 1
    assert found["decode_seconds"] > 0
    assert found["decode_mvox_s"] == pytest.approx(values.size / found["decode_seconds"] / 1e6)
    assert found["threshold"] is None


def test_compare_for_people(run: Callable, source: Path, packed: Path) -> None:
    figures = run("compare", source, packed, "--json").json

    result = run("compare", source, packed)

    result.assert_done()
    assert f"{figures['psnr']:.2f} dB" in result.out
    assert f"{figures['max_error']:.6g}" in result.out
    for name in ("PSNR", "SSIM", "MSE", "largest error", "bytes", "ratio", "rate", "decoding"):
        assert name in result.out


def test_compare_foreground(run: Callable, source: Path, packed: Path, values: Values) -> None:
    error = vcore.open(packed).array[...].astype("f8") - values.astype("f8")
    mse = float(np.mean(error[values > 0.5] ** 2))

    found = run("compare", source, packed, "--foreground", 0.5, "--json").json
    assert found["foreground_threshold"] == 0.5
    assert found["foreground_psnr"] == pytest.approx(
        10 * np.log10(float(np.ptp(values)) ** 2 / mse), abs=1e-3
    )
    auto = run("compare", source, packed, "--foreground", "auto", "--isovalue", 0.5, "--json").json
    assert values.min() < auto["foreground_threshold"] < values.max()
    assert 0 <= auto["chamfer_distance"] < 1
    text = run("compare", source, packed, "--foreground", "auto", "--isovalue", 0.5).out
    assert "foreground PSNR" in text
    assert "chamfer distance" in text


def test_compare_a_variable_of_a_series(run: Callable, series: Path, series_source: Path) -> None:
    found = run("compare", series_source, series, "--variable", "heat", "--json")

    found.assert_done()
    assert 0 < found.json["max_error"] <= 0.05 * 900


def test_compare_with_a_wrong_original(
    run: Callable, packed: Path, series_source: Path, tmp_path: Path
) -> None:
    np.save("small.npy", np.zeros((16, 20, 23), "f4"))

    run("compare", "small.npy", packed).assert_refused("(16, 20, 24)", "(16, 20, 23)")
    run("compare", series_source, packed).assert_refused()
    run("compare", "absent.npy", packed).assert_refused("absent.npy")
    run("compare", packed, packed).assert_refused()
    run("verify", "small.npy", packed).assert_refused("(16, 20, 24)", "(16, 20, 23)")


def test_compare_refuses_strange_thresholds(run: Callable, source: Path, packed: Path) -> None:
    run("compare", source, packed, "--foreground", "bright").assert_refused("bright")
    run("compare", source, packed, "--foreground", "nan").assert_refused("auto")
    run("compare", source, packed, "--isovalue", "nan").assert_refused("isovalue")
    run("compare", source, packed, "--variable", "colour").assert_refused("colour")


def test_compare_where_there_is_no_surface(run: Callable, source: Path, packed: Path) -> None:
    found = run("compare", source, packed, "--isovalue", 7, "--json")
    found.assert_done()
    assert found.json["chamfer_distance"] is None
    text = run("compare", source, packed, "--isovalue", 7)
    assert "no surface" in text.out
    assert "nan" not in text.out


def test_verify_json(run: Callable, source: Path, packed: Path, values: Values) -> None:
    plain = run("verify", packed, "--json")
    plain.assert_done()
    assert plain.json["units"] > 0
    assert plain.json["variables"]["volume"]["bound"] == pytest.approx(0.02 * float(np.ptp(values)))

    against = run("verify", source, packed, "--json").json["variables"]["volume"]
    error = np.abs(vcore.open(packed).array[...] - values)
    assert against["max_error"] == pytest.approx(float(error.max()))
    assert against["same_source"] is True


def test_verify_for_people(run: Callable, source: Path, packed: Path) -> None:
    result = run("verify", source, packed)

    result.assert_done()
    assert "all match" in result.out
    assert result.out.splitlines()[-1].split()[:2] == ["volume", "0.0199981"]


def test_verify_finds_any_flipped_byte(run: Callable, packed: Path) -> None:
    data = packed.read_bytes()
    for position in range(0, len(data), max(len(data) // 60, 1)):
        damaged = bytearray(data)
        damaged[position] ^= 0x10
        packed.write_bytes(damaged)
        if position == 9:  # the minor version, which readers may ignore
            continue

        result = run("verify", packed, "--json")

        if position < 9:  # without the magic or of another version
            result.assert_refused()
            continue
        result.assert_broken()
        error = result.json["error"]
        assert (error["kind"], error["exit_code"]) == ("damaged", 4)


def test_verify_finds_a_broken_bound(run: Callable, packed: Path, values: Values) -> None:
    changed = values.copy()
    changed[3, 4, 5] += 0.1
    np.save("changed.npy", changed)

    run("verify", "changed.npy", packed).assert_broken("within 0.0199981")


def test_verify_says_when_the_original_is_another(
    run: Callable, packed: Path, values: Values
) -> None:
    changed = values.copy()
    changed[3, 4, 5] += 1e-6
    np.save("changed.npy", changed)

    assert run("verify", "changed.npy", packed, "--json").json["variables"]["volume"][
        "same_source"
    ] is False  # fmt: skip
    assert run("verify", "changed.npy", packed).out.split()[-1] == "another"


def test_files_in_the_other_order_are_noticed(
    run: Callable, source: Path, packed: Path, tmp_path: Path
) -> None:
    hierarchy.compress(
        np.load(source), str(tmp_path / "h.zarr"), budget=vcore.Budget(max_error=0.02)
    )
    for file in (packed, tmp_path / "h.zarr"):
        for command, figure in (("compare", "max_error"), ("verify", "variables")):
            right = run(command, source, file, "--json")
            swapped = run(command, file, source, "--json")
            right.assert_done()
            swapped.assert_done()
            assert right.err == ""
            assert swapped.json[figure] == right.json[figure]
            assert f"{file} is the compressed one" in swapped.err
    run("verify", source, packed, packed).assert_refused("ORIGINAL FILE")


def test_methods(run: Callable) -> None:
    result = run("methods", "--json")

    result.assert_done()
    rows = {row["name"]: row for row in result.json["methods"]}
    assert set(rows) == set(methods.names())
    for row in rows.values():
        assert row["summary"]
        for setting in row["settings"].values():
            assert setting["help"]
            assert "default" in setting
    text, every = run("methods"), run("methods", "--all")
    text.assert_done()
    for name in methods.names():
        assert name in every.out
        assert (name in text.out) == rows[name]["recommended"]
