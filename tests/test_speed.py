"""The benchmarks of speed, memory and laziness measure what they claim."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import vcore
from benchmarks import lazy, rd, speed
from benchmarks.report import Results
from vcore.container import Container
from vcore.model.volume import Volume

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
VALUES = np.random.default_rng(5).normal(size=(20, 70, 24)).cumsum(1).cumsum(2).astype("f4")
FIGURES = (
    "bpv", "mse", "search_mvox_s", "encode_mvox_s", "decode_mvox_s", "encode_bytes_per_voxel",
    "decode_bytes_per_voxel", "region_seconds", "first_region_seconds",
)  # fmt: skip


@pytest.fixture(autouse=True)
def denser(monkeypatch: pytest.MonkeyPatch) -> None:
    """The header is a large part of such a small file."""
    monkeypatch.setattr(speed, "BPV", 2.0)


def test_peak_memory_is_that_of_the_work() -> None:
    script = (  # threads of other tests would free and take memory meanwhile
        "import numpy as np\n"
        "from benchmarks.peak import peak_of\n"
        "print(*peak_of(lambda: np.ones(5_000_000).size), peak_of(lambda: None)[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    size, peak, nothing = map(int, done.stdout.split())
    assert size == 5_000_000
    assert 39e6 < peak < 60e6  # 40 MB
    assert nothing < 4e6


@pytest.mark.parametrize("codec", [*speed.METHODS, "sperr", "sz3"])
def test_every_codec_is_measured_near_the_rate(codec: str) -> None:
    if codec not in speed.METHODS:
        pytest.importorskip("imagecodecs")
    figures = speed.measure(Volume.from_array(VALUES), codec, 1)
    assert figures["bpv"] == pytest.approx(2, rel=0.2)
    assert 0 < figures["mse"] < VALUES.var() / 80
    assert (figures["search_mvox_s"] is None) == (codec not in speed.METHODS)
    assert all(figures[name] >= 0 for name in FIGURES if figures[name] is not None)
    assert figures["voxels"] == VALUES.size


@pytest.mark.parametrize("method", speed.METHODS)
@pytest.mark.parametrize("dtype", ["f4", "i2"])
def test_the_known_level_gives_the_file_of_the_search(method: str, dtype: str) -> None:
    work = speed._method(method, Volume.from_array(np.rint(VALUES).astype(dtype)))
    assert work.search is not None
    assert len(work.encode()) == pytest.approx(len(work.search()), rel=0.01)


def test_a_codec_that_is_missing_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TTHRESH", raising=False)
    monkeypatch.setattr(rd.Case, "load", lambda _self: Volume.from_array(VALUES))
    with pytest.raises(SystemExit) as stop:
        speed._child("neghip", "tthresh", "1")
    assert stop.value.code == speed.MISSING
    assert "environment variable TTHRESH" in capsys.readouterr().err


def test_tables_show_ratios_of_the_same_run(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    results = Results(tmp_path / "speed.json")
    row = dict.fromkeys(FIGURES, 2.0) | {"threads": 2}
    results.add("tooth wavelet", row | {"encode_mvox_s": 3.0})
    results.add("tooth sperr", row | {"search_mvox_s": None, "decode_mvox_s": 8.0})
    text = speed.tables(results, ["tooth"], ["wavelet", "sperr"])
    assert text == capsys.readouterr().out.rstrip("\n") + "\n"
    assert (
        "| wavelet | 2.00 | 2.00 | 3.00 | 2.00 | 2000 | 2.00 | 1.50 | 0.25 | 2.00 | 2.00 |" in text
    )
    assert "| SPERR | 2.00 | - | 2.00 | 8.00 | 2000 | 2.00 | 1.00 | 1.00 | 2.00 | 2.00 |" in text


@pytest.mark.parametrize("method", lazy.METHODS)
def test_what_looking_takes_is_counted(method: str) -> None:
    values = np.concatenate([VALUES] * 4)  # 80 x 70 x 24: four chunks
    data = vcore.compress(values, None, method=method, budget=vcore.Budget(range_error=0.01)).data
    found = lazy.measured_access(data, 1)
    chunks = {name: found[name]["chunks"] for name in lazy.OPERATIONS}
    read = {name: found[name]["bytes"] for name in lazy.OPERATIONS}
    assert chunks["open"] == 0
    assert chunks["chunk"] == 1
    assert chunks["region"] == chunks["whole"] == 4
    assert Container(data).header_bytes <= read["open"] <= read["coarse"] <= read["whole"]
    assert read["open"] < read["chunk"] < read["whole"]
    assert found["file_bytes"] == len(data)
    assert all(found[name]["ms"] > 0 for name in lazy.OPERATIONS)
    assert "open, everything" in lazy.table("v", found)
