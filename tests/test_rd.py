"""The rate-distortion benchmark: streams near the sizes asked for, and figures that are true."""

import numpy as np
import pytest

from benchmarks import peers, rd
from vcore.volume import Volume

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
