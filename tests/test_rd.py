"""The rate-distortion benchmark: streams within the requested sizes, with correct statistics."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from benchmarks import ecnr_peers, peers, rd, rd_curves, rd_tables
from benchmarks.rd_peers import PEERS, Peer, missing
from benchmarks.rd_search import MIN_FILL, MIN_FILL_APART, levels, next_level
from benchmarks.report import Results
from vcore.errors import InputError, VcoreError
from vcore.model.volume import Volume

pytest.importorskip("imagecodecs")
VALUES = np.random.default_rng(5).normal(size=(3, 20, 22, 24)).cumsum(2).cumsum(3)
SERIES = (VALUES / 10).astype(np.float32)


@dataclass
class Exponential:
    """A codec whose streams halve every ``halving_levels``; its values are within 1 / bytes."""

    coarse: float = 63.0
    fine: float = 1.0
    spacing: float = 1.0
    halving_levels: float = 6.0
    values: object = None
    note: str = ""
    steps: int = 9
    halving: bool = False
    encodings: int = 0

    def encode(self, level):
        self.encodings += 1
        return [bytes(round(1e6 * 2 ** (-level / self.halving_levels)))]

    def decode(self, stream):
        return np.asarray(self.values) + np.where(np.arange(24) % 2, 1, -1) * 9 / len(stream[0])


@pytest.mark.parametrize("spacing", [0.0, 1.0])
def test_the_search_fills_a_limit_in_few_encodings(spacing):
    for limit in (2000, 30_000, 500_000):
        codec = Exponential(spacing=spacing)
        ((level, stream, _),) = levels(codec, [limit])
        step = 2 ** (-1 / 6) if spacing else 1
        assert limit * min(MIN_FILL, step) <= len(stream[0]) <= limit
        assert codec.encodings <= 5
        assert not spacing or level == round(level)


def test_the_search_goes_on_from_what_is_known():
    codec = Exponential()
    sizes = {level: len(codec.encode(level)[0]) for level in (40, 44)}
    limit = float(np.mean(list(sizes.values())))
    assert 40 < next_level(codec, sizes, limit) < 44
    assert next_level(codec, sizes, sizes[44] / MIN_FILL_APART - 1) is None
    sizes |= {level: len(codec.encode(level)[0]) for level in (41, 42, 43)}
    assert next_level(codec, sizes, limit) is None
    assert next_level(codec, {63: 9000, 32: 20_000}, 8000) is None
    assert next_level(codec, {32: 9000}, 8000) > 32
    assert next_level(codec, {1: 1000, 32: 900}, 8000) is None


def test_a_limit_below_the_smallest_stream_has_none():
    assert levels(Exponential(), [500]) == []
    assert len(levels(Exponential(), [500, 4000, 4001])) == 1


@pytest.mark.parametrize("name", ["sperr", "sz3", "zfp"])
def test_streams_are_within_the_sizes_and_decode_better_the_larger_they_are(name):
    (codec,) = PEERS[name].make(SERIES)
    sizes = [SERIES.size * bpv / 8 for bpv in (1.0, 2.0, 4.0)]
    found = [stream for _, stream, _ in levels(codec, sizes)]
    assert len(found) == 3
    # the tolerances of ZFP are powers of 2
    for stream, size in zip(found, sizes, strict=True):
        assert 0.4 * size < sum(map(len, stream)) <= size
    errors = [np.std(codec.decode(s).reshape(SERIES.shape) - SERIES) for s in found]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("name", ["sz3", "zfp"])
def test_series_are_coded_in_four_dimensions(name):
    (codec,) = PEERS[name].make(SERIES)
    assert codec.decode(codec.encode(-6.0)).shape == SERIES.shape


def test_zfp_keeps_its_bound():
    codec = peers.Zfp(SERIES)
    error = np.abs(codec.decode(codec.encode(-5.0)) - SERIES).max()
    assert 0 < error <= codec.bound(-5.0) == np.ptp(SERIES) / 32


def test_a_point_counts_the_whole_file_and_clips():
    volume = Volume.from_array(np.rint(SERIES[0]).astype(np.int16))
    original = volume.variables[0].read()
    (point,) = rd.method_points("wavelet", volume, 4.0)
    assert point["bytes"] <= original.size / 2
    assert point["bpv"] == pytest.approx(8 * point["bytes"] / original.size)
    (codec,) = PEERS["sz3"].make(original)
    others = list(rd.peer_points(codec, original, 4.0, []))
    assert max(p["bpv"] for p in others if p["bpv"] <= 4) > 3
    for other in others:  # values before rounding, as SZ3 promises
        assert 0 < other["max_error"] <= other["bound"] * (1 + 1e-6)
    assert list(rd.peer_points(codec, original, 4.0, others)) == []
    far = np.where(original == original.max(), 1e4, original - 0.4)
    peak = float(np.ptp(original))
    assert rd.point_of(original, far, 10, 1, 1)["psnr"] == np.inf
    far[0, 0, :2] = np.where(original[0, 0, :2] > 0, original.min(), original.max())
    mse = np.mean((np.clip(np.rint(far), original.min(), original.max()) - original) ** 2.0)
    found = rd.point_of(original, far, 10, 1, 1)["psnr"]
    assert found == pytest.approx(10 * np.log10(peak**2 / mse))


def test_points_have_the_structural_similarity_and_the_spectrum_of_the_error():
    original = np.rint(SERIES[0]).astype(np.int16)
    size = original.size // 16
    same = rd.point_of(original, original, size, 1, 1)
    assert same["ssim"] == 1
    rng = np.random.default_rng(0)
    worse = [
        rd.point_of(original, original + rng.normal(0, s, original.shape), size, 1, 1)["ssim"]
        for s in (2, 20)
    ]
    assert 1 > worse[0] > worse[1]
    values = (50 * SERIES[0]).astype(np.float32)
    wave = np.where(np.arange(24) % 2, 0.5, -0.5)  # of the highest wavenumber
    power = rd.point_of(values, values + wave, size, 1, 1)
    bands = [rd_curves.band(number)(power) for number in range(4)]
    assert bands[3] == min(bands) < bands[0] - 10
    assert rd.point_of(values, values + wave, 10 * size, 1, 1)["ssim"] is None


@pytest.fixture
def fake(monkeypatch):
    """A peer with exponential sizes on a series, in place of all others."""
    codec = Exponential(values=SERIES, note="fake")
    monkeypatch.setattr(rd.Case, "load", lambda _self: Volume.from_array(SERIES))
    peer = Peer("Fake", 1, lambda _values: [codec], lambda: "fake 1")
    monkeypatch.setitem(PEERS, "fake", peer)
    return codec


def test_a_run_goes_on_where_it_was_interrupted(fake, tmp_path, monkeypatch, capsys):
    results, case = Results(tmp_path / "rd.json"), rd.Case("fingers", "")
    whole = Exponential.encode

    def interrupted(codec, level):
        if codec.encodings == 2:
            raise KeyboardInterrupt
        return whole(codec, level)

    monkeypatch.setattr(Exponential, "encode", interrupted)
    with pytest.raises(KeyboardInterrupt):
        rd.measure(results, case, "fake", 1.0)
    monkeypatch.setattr(Exponential, "encode", whole)
    again = Results(tmp_path / "rd.json")
    assert len(again["fingers fake"]["points"]) == 2
    rd.measure(again, case, "fake", 1.0)
    row = json.loads((tmp_path / "rd.json").read_text())["fingers fake"]
    assert row["done"] == [1.0]
    assert len(row["points"]) == fake.encodings == len({p["level"] for p in row["points"]})
    assert 0.8 < max(p["bpv"] for p in row["points"] if p["bpv"] <= 1) <= 1
    rd.measure(again, case, "fake", 1.0)
    assert len(row["points"]) == fake.encodings
    assert "fingers fake at 1: " in capsys.readouterr().out


def test_a_failing_codec_is_named_and_left_for_another_run(fake, tmp_path, monkeypatch, capsys):
    def failing(_codec, _level):
        raise VcoreError("Expected larger frames.")

    monkeypatch.setattr(Exponential, "encode", failing)
    results = Results(tmp_path / "rd.json")
    rd.measure(results, rd.Case("fingers", ""), "fake", 1.0)
    assert "fingers fake" not in results
    assert "failed. Expected larger frames." in capsys.readouterr().out


def test_a_missing_codec_has_a_row_with_the_reason(monkeypatch, tmp_path, capsys):
    monkeypatch.delenv(ecnr_peers.VARIABLE, raising=False)
    absent = missing(["sperr", "tthresh"])
    told = capsys.readouterr().out
    assert "SPERR: sperr 0." in told
    assert "TTHRESH: not available. Expected the TTHRESH binary" in told
    assert list(absent) == ["tthresh"]
    results = Results(tmp_path / "rd.json")
    _, rows = rd_tables.of_volume(results, "tooth", ["sperr", "tthresh"], absent)
    assert len(rows) == 1
    assert rows[0][:2] == ["TTHRESH", f"not available: {absent['tthresh']}"]


def test_cheap_cells_come_first(fake):
    small, large = rd.Case("small", ""), rd.Case("large", "")
    cells = rd.in_turn([large, small], ["vvc", "sz3", "wavelet"], rd.RATES)
    assert [c for _, c, _ in cells[:4]] == ["sz3"] * 4
    assert {r for _, _, r in cells[:4]} == set(rd.FIRST_RATES)
    assert cells[-1][1] == "vvc"
    with pytest.raises(InputError, match="rate"):
        rd.among("rate", [0.3], rd.RATES)


def measured(shift, **changed):
    """Points at the rates with shifted PSNR in dB."""
    power = (np.arange(24) + 1.0) * 10 ** (-shift / 10)
    return [
        {"bpv": bpv, "psnr": 40 + 6 * np.log2(bpv) + shift, "ssim": 1 - 0.01 / bpv,
         "encode_mvox_s": 2.0, "decode_mvox_s": 4.0, "error_power": list(power / bpv), **changed}
        for bpv in rd.RATES
    ]  # fmt: skip


def test_tables_and_pictures_of_all_quantities(tmp_path, capsys):
    results = Results(tmp_path / "rd.json")
    old = [{k: v for k, v in p.items() if k != "ssim"} for p in measured(-3)]
    shown = {"wavelet": measured(0), "sperr": old, "vvc": measured(1),
             "ebcc": measured(-40, bound=2.0, max_error=2.5)}  # fmt: skip
    for codec, points in shown.items():
        results.add(f"tooth {codec}", {"shape": [3, 4, 5], "points": points})
        results.add(f"neghip {codec}", {"shape": [3, 4, 5], "points": points})
    peers_ = ["sperr", "vvc", "ebcc"]
    text = rd_tables.all_tables(results, ["tooth", "neghip"], ["wavelet"], peers_, {})
    assert "| wavelet | 14.07 | 20.07 |" in text
    assert "| 0.9000 |" in text
    assert "| tooth | -29 % | **+12 %** | 40 dB below | **+12 %** (VVC) |" in text
    assert "| median, 3D (volumes) | -29 % (2) | **+12 %** (2) | - | **+12 %** (2) |" in text
    assert "| EBCC | 1.250 | 1.250 | 10 of 10 |" in text
    assert "| VVC | -1.0 dB | -1.0 dB | -1.0 dB | -1.0 dB | 2 |" in text
    assert "3D (2): -29 % against SPERR, +12 % against the best peer of each" in text
    assert "against the best peer of each" in capsys.readouterr().out
    for quantity in rd_tables.QUANTITIES:
        target = tmp_path / f"{quantity}.png"
        rd_tables.picture(results, ["tooth"], ["wavelet", "sperr"], quantity, target)
        assert target.stat().st_size > 2000
    rd_tables.spectra(results, ["tooth"], ["wavelet", "vvc"], tmp_path / "spectra.png")
    assert (tmp_path / "spectra.png").stat().st_size > 2000


def test_the_best_peer_is_among_all_rivals(tmp_path):
    results = Results(tmp_path / "rd.json")
    for codec, shift in (("wavelet", 0), ("sperr", -3), ("vvc", 1)):
        results.add(f"tooth {codec}", {"shape": [3, 4, 5], "points": measured(shift)})
    results.add("bonsai wavelet", {"shape": [3, 4, 5], "points": measured(0)})
    head, rows = rd_tables.rates(results, ["tooth", "bonsai"], "wavelet", ["sperr"], ["vvc"])
    assert head == ["volume", "SPERR", "best peer"]
    assert rows == [["tooth", "-29 %", "**+12 %** (VVC)"]]


def test_similarities_are_compared_at_equal_bytes(tmp_path):
    results = Results(tmp_path / "rd.json")
    results.add("tooth wavelet", {"shape": [3, 4, 5], "points": measured(0)})
    head, rows = rd_tables.similarity(results, ["tooth", "bonsai"], ["wavelet", "vvc"])
    assert head == ["volume", "bits per voxel", "wavelet", "VVC"]
    assert rows == [["tooth", "0.1", "0.9000", "-"], ["tooth", "0.47", "0.9787", "-"]]


def test_curves_are_continued_a_little():
    curve = [(0.1, 30.0), (0.2, 36.0)]
    assert rd_curves.value_at(curve, 0.22) == pytest.approx(36 + 6 * np.log2(1.1))
    assert rd_curves.value_at(curve, 0.1) == 30
    assert rd_curves.value_at(curve, 0.095) == pytest.approx(30 + 6 * np.log2(0.95))
    assert rd_curves.value_at(curve, 0.25) is None
    assert rd_curves.value_at([], 0.1) is None
