"""`vcore compress --noise-sigma`, and how other commands report a fraction of the noise."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from volumes import blobs

import vcore
from vcore.noise import Detector

CAMERA = ("--gain", "2.2", "--dark-offset", "100", "--read-noise", "3")


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    """Return a file of camera counts."""
    rng = np.random.default_rng(1)
    counts = rng.poisson(30 + 300 * blobs((10, 64, 70)))
    path = tmp_path / "cells.npy"
    np.save(path, np.rint(100 + 2.2 * counts + rng.normal(0, 3, counts.shape)).astype("u2"))
    return path


def test_a_share_of_the_noise_is_kept_and_shown(run: Callable, cells: Path) -> None:
    done = run("compress", cells, "out.vcore", "--noise-sigma", "1", *CAMERA)
    done.assert_done()
    assert "gain 2.2, offset 100, read noise 3" in done.err
    assert "bias" in done.err

    original = np.load(cells)
    decoded = vcore.open(Path("out.vcore")).decode()
    camera = Detector(2.2, 100, 3)
    assert np.abs(camera.stabilise(decoded) - camera.stabilise(original)).max() <= 1

    told = run("info", "out.vcore", "--verbose")
    assert "1 sigma of the noise" in told.out
    assert "gain 2.2, offset 100, read noise 3" in told.out
    assert "correlation of neighbouring errors" in told.out
    assert "bias" in run("compare", cells, "out.vcore").out
    figures = run("compare", cells, "out.vcore", "--json").json["noise"]
    assert 0.5 < figures["sigmas"] <= 1
    assert len(figures["correlation"]) == 3
    assert sum(share for _, _, share, _ in figures["bias_by_value"]) == pytest.approx(1)
    assert "1 sigma of the noise" in run("verify", cells, "out.vcore").out


def test_what_is_estimated_is_told(run: Callable, cells: Path) -> None:
    done = run("compress", cells, "out.vcore", "--noise-sigma", "1", "--json")
    done.assert_done()
    assert "(gain, offset, read noise estimated)" in done.json["notes"][0]
    noise = run("info", "out.vcore", "--json").json["variables"][0]["noise"]
    assert noise["gain"] == pytest.approx(2.2, rel=0.3)  # few blocks are flat
    predicted = run("compress", cells, "x.vcore", "--noise-sigma", "1", "--estimate", "--json").json
    assert predicted["bytes"] == pytest.approx(Path("out.vcore").stat().st_size, rel=0.1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--noise-sigma", "0"), ("noise",)),
        (("--noise-sigma", "1", "--gain", "0"), ("gain",)),
        (("--gain", "2"), ("noise",)),
        (("--noise-sigma", "1", "--psnr", "40"), ("PSNR",)),
        (("--noise-sigma", "1", "--dark-offset", "1e6"), ("offset",)),
    ],
    ids=str,
)
def test_noise_that_makes_no_sense(
    run: Callable, cells: Path, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    run("compress", cells, "out.vcore", *options).assert_refused(*words)
    assert not Path("out.vcore").exists()


def test_values_without_noise(run: Callable, tmp_path: Path) -> None:
    np.save(tmp_path / "smooth.npy", blobs((8, 64, 64)))
    run("compress", tmp_path / "smooth.npy", "out.vcore", "--noise-sigma", "1").assert_refused(
        "simulation"
    )
