"""The rate-distortion benchmark: streams near the requested sizes, with correct statistics."""

import numpy as np
import pytest

from benchmarks import peers, rd
from vcore.model.volume import Volume

pytest.importorskip("imagecodecs")
VALUES = np.random.default_rng(5).normal(size=(3, 20, 22, 24)).cumsum(2).cumsum(3)
SERIES = (VALUES / 10).astype(np.float32)


@pytest.mark.parametrize("name", ["sperr", "sz3", "zfp"])
def test_streams_are_near_the_sizes_and_decode_better_the_larger_they_are(name):
    (codec,) = rd.PEERS[name](SERIES)
    sizes = [SERIES.size * bpv / 8 for bpv in (0.5, 1.0, 2.0)]
    found = [stream for stream, _ in rd.nearest(codec, sizes)]
    assert len(found) == 3
    # the tolerances of ZFP are powers of 2
    assert [sum(map(len, s)) for s in found] == pytest.approx(sizes, rel=0.4)
    errors = [np.std(codec.decode(s).reshape(SERIES.shape) - SERIES) for s in found]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("name", ["sz3", "zfp"])
def test_series_are_coded_in_four_dimensions(name):
    (codec,) = rd.PEERS[name](SERIES)
    assert codec.decode(codec.encode(-6.0)).shape == SERIES.shape


def test_zfp_keeps_its_bound():
    codec = peers.Zfp(SERIES)
    error = np.abs(codec.decode(codec.encode(-5.0)) - SERIES).max()
    assert 0 < error <= np.ptp(SERIES) / 32


def test_a_point_counts_the_whole_file_and_clips(monkeypatch):
    monkeypatch.setattr(rd, "RATES", (4.0,))
    volume = Volume.from_array(np.rint(SERIES[0]).astype(np.int16))
    original = volume.variables[0].read()
    (point,) = rd.of_method("wavelet", volume)
    assert point["bytes"] <= original.size / 2
    assert point["bpv"] == pytest.approx(8 * point["bytes"] / original.size)
    (other,) = rd.of_peer("sperr", volume)
    assert other["bpv"] == pytest.approx(4, rel=0.1)
    far = np.where(original == original.max(), 1e4, original - 0.4)
    peak = float(np.ptp(original))
    assert rd._point(original, far, 10, 1, 1)["psnr"] == np.inf
    far[0, 0, :2] = np.where(original[0, 0, :2] > 0, original.min(), original.max())
    mse = np.mean((np.clip(np.rint(far), original.min(), original.max()) - original) ** 2.0)
    found = rd._point(original, far, 10, 1, 1)["psnr"]
    assert found == pytest.approx(10 * np.log10(peak**2 / mse))


def test_points_have_the_structural_similarity():
    original = np.rint(SERIES[0]).astype(np.int16)
    same = rd._point(original, original, 10, 1, 1)
    assert same["ssim"] == 1
    rng = np.random.default_rng(0)
    worse = [rd._point(original, original + rng.normal(0, s, original.shape), 10, 1, 1)["ssim"]
             for s in (2, 20)]  # fmt: skip
    assert 1 > worse[0] > worse[1]


def test_tthresh_is_left_out_without_its_binary(monkeypatch, tmp_path, capsys):
    monkeypatch.delenv("TTHRESH", raising=False)
    monkeypatch.setattr(rd.Case, "load", lambda _self: Volume.from_array(SERIES))
    results = rd.Results(tmp_path / "rd.json")
    rd.measure(results, rd.Case("fingers", ""), "tthresh")
    assert "fingers tthresh" not in results
    assert "environment variable TTHRESH" in capsys.readouterr().out


def test_tables_and_pictures_of_both_quantities(tmp_path, capsys):
    results, case = rd.Results(tmp_path / "rd.json"), rd.Case("tooth", "")
    points = [
        {"bpv": bpv, "psnr": 40 + 6 * bpv, "ssim": 1 - 0.1 / bpv, "encode_mvox_s": 2.0,
         "decode_mvox_s": 4.0}
        for bpv in rd.RATES
    ]  # fmt: skip
    results.add("tooth wavelet", {"shape": [3, 4, 5], "points": points})
    half = [{**p, "bpv": p["bpv"] * 1.09} for p in points]
    old = [{k: v for k, v in p.items() if k != "ssim"} for p in half]
    results.add("tooth sperr", {"shape": [3, 4, 5], "points": old})
    text = rd.tables(results, [case], ["wavelet"], ["sperr"])
    assert "| wavelet | 40.30 | 40.60 |" in text
    assert "| 0.9000 | 2.00 | 4.00 |" in text
    assert "| tooth | 3D | -8.26 | -8.26 | SPERR |" in text
    capsys.readouterr()
    for quantity in rd.QUANTITIES:
        rd.picture(results, [case], ["wavelet", "sperr"], quantity, tmp_path / f"{quantity}.png")
        assert (tmp_path / f"{quantity}.png").stat().st_size > 2000
