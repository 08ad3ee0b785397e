"""The benchmark of Gaussians: JPEG2000 in three dimensions, ZFP, the dynamics of a training."""

import numpy as np
import pytest
from volumes import blobs

from benchmarks import gaussian_peers, gaussian_training, peers
from benchmarks.gaussian_peers import forward, inverse, levels_of
from benchmarks.quality import Judge
from benchmarks.report import Results


@pytest.mark.parametrize("slices", [1, 3, 4, 7, 26, 119])
def test_the_wavelet_along_z_is_inverted(slices: int) -> None:
    values = np.random.default_rng(1).normal(size=(slices, 5, 6))
    found = forward(values, levels_of(slices))
    np.testing.assert_allclose(inverse(found, levels_of(slices)), values, atol=1e-12)
    # nearly orthonormal
    assert np.square(found).sum() == pytest.approx(np.square(values).sum(), rel=0.3)


def test_the_wavelet_along_z_gathers_what_is_smooth() -> None:
    z = np.cos(np.pi * np.arange(64) / 63)[:, None, None]
    found = forward(np.broadcast_to(z, (64, 4, 4)), 4)
    assert np.square(found[4:]).sum() < 0.01 * np.square(found[:4]).sum()


def test_jpeg2000_in_3d_gains_where_slices_are_alike() -> None:
    pytest.importorskip("imagecodecs")
    values = np.repeat(blobs((6, 40, 48)), 8, axis=0).astype(np.float32)
    values += np.random.default_rng(2).normal(0, 1e-3, values.shape).astype(np.float32)
    limit = 1500
    by_slice, whole = (gaussian_peers.code(c, values, limit) for c in ("jpeg2000", "jpeg2000-3d"))
    assert isinstance(by_slice, peers.Coded)
    assert isinstance(whole, peers.Coded)
    assert 0.9 * limit < whole.bytes <= limit
    assert whole.decoded.shape == values.shape
    errors = [peers.mean_squared_error(values, c.decoded) for c in (by_slice, whole)]
    assert errors[1] < 0.6 * errors[0]


def test_zfp_within_bytes_or_its_smallest_size() -> None:
    pytest.importorskip("imagecodecs")
    values = blobs((24, 40, 48)).astype(np.float32)
    found = gaussian_peers.code("zfp", values, 20_000)
    assert isinstance(found, peers.Coded)
    assert found.bytes <= 20_000
    assert peers.mean_squared_error(values, found.decoded) < 1e-3 * values.var()
    assert isinstance(gaussian_peers.code("zfp", values, 10), peers.OverLimit)


def test_a_training_is_traced_drawn_and_kept(tmp_path, capsys, monkeypatch) -> None:
    pytest.importorskip("matplotlib")
    values = blobs((16, 20, 24)).astype(np.float32)
    results, target = Results(tmp_path / "r.json"), tmp_path / "t.png"
    arguments = ("blobs", Judge(values), 1200, 120, 60.0, target)
    gaussian_training.training(results, *arguments)
    (row,) = results.rows.values()
    steps, objectives, decibels, errors, counts = zip(*row["rows"], strict=True)
    assert steps == tuple(range(0, 120, 10))
    assert objectives[-1] < objectives[0]
    assert max(counts) > counts[-1]
    np.testing.assert_allclose(decibels, -10 * np.log10(errors))  # errors are of values 0 to 1
    assert row["psnr"] == pytest.approx(decibels[-1], abs=1.5)
    assert target.stat().st_size > 1000
    shown = capsys.readouterr().out
    assert f"{row['bytes']:,} bytes, 110 steps" in shown
    monkeypatch.setattr(gaussian_training.vcore, "compress", lambda *_, **__: pytest.fail("again"))
    gaussian_training.training(Results(tmp_path / "r.json"), *arguments)
    assert capsys.readouterr().out == shown
