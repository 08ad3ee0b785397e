"""ECNR's benchmark by renderings: rows kept, shares of a file, scales, MINER."""

import json
from dataclasses import replace

import numpy as np
import pytest
from volumes import blobs

pytest.importorskip("vtkmodules")
pytest.importorskip("matplotlib")
pytest.importorskip("torch")

from benchmarks import ecnr_renderings as page
from benchmarks.ecnr_cases import CASES
from benchmarks.report import Results

pytestmark = pytest.mark.slow
LIMIT = page.Limit(60.0, 40)
SERIES = np.stack([blobs((16, 18, 20), seed=n) for n in (1, 1, 2)]).astype(np.float32)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Results of three codecs on a small series, and the folder with the pictures."""
    case = replace(CASES[0], name="blobs_3", isovalue=0.5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(case), "load", lambda *_: SERIES)
        patch.setattr(page, "RATIO", 12)
        patch.setattr(page, "FITTED", {"ecnr": ("ecnr", {"batch": 64})})
        patch.setattr(page, "STEPPED", ("ecnr",))
        patch.setattr(page, "UNTIMED", ("wavelet", "zfp"))
        patch.setattr(page, "SHOWN", ("ecnr", "wavelet", "zfp"))
        out = tmp_path_factory.mktemp("renderings")
        page.renderings(Results(out / "r.json"), [case], False, LIMIT, out)
        patch.setattr(page, "coded", lambda *_: pytest.fail("measured again"))
        page.renderings(Results(out / "r.json"), [case], False, LIMIT, out)
        yield case, json.loads((out / "r.json").read_text()), out


def test_rows_have_figures_of_voxels_and_of_pictures(measured) -> None:
    _, rows, _ = measured
    assert set(rows) == {f"renderings blobs_3 {c}" for c in ("ecnr 40 steps", "wavelet", "zfp")}
    for row in (rows["renderings blobs_3 ecnr 40 steps"], rows["renderings blobs_3 wavelet"]):
        assert 0 < row["bytes"] <= SERIES.nbytes / 12
        assert row["steps"] == [0, 1, 2]
        errors = 10 ** (-np.array(row["psnr_steps"]) / 10)
        assert row["psnr"] == pytest.approx(-10 * np.log10(errors.mean()), abs=1e-6)
        assert len(row["pictures"]) == len(row["cd"]) == 3
        for frame in row["pictures"]:
            assert set(frame) == set(page.LOOKS)
            assert 0 < frame["volume"]["ssim"] <= 1
            assert frame["volume"]["cieluv"] >= 0
    good, poor = rows["renderings blobs_3 wavelet"], rows["renderings blobs_3 ecnr 40 steps"]
    assert good["psnr"] > poor["psnr"]
    assert page.mean_of(good, "volume", "cieluv") < page.mean_of(poor, "volume", "cieluv")


def test_bytes_and_time_of_scales(measured) -> None:
    case, rows, out = measured
    row = rows["renderings blobs_3 ecnr 40 steps"]
    for scale in row["scales"]:
        assert sum(scale["sizes"].values()) == scale["bytes"]
        assert 0 <= scale["effective"] <= scale["blocks"]
    total = sum(s["bytes"] for s in row["scales"])
    assert total < row["bytes"] < total + 1000
    assert [s["number"] for s in row["scales"]] == sorted(
        (s["number"] for s in row["scales"]), reverse=True
    )
    assert row["scales"][0]["seconds"] > 0
    results = Results(out / "r.json")
    head, lines = page.storage_table(results, [case], LIMIT)
    assert head[2:4] == ["bytes of scales", "latent codes %"]
    (line,) = lines
    assert line[2] == f"{total:,}"
    assert sum(map(float, line[3:])) == pytest.approx(100, abs=0.3)
    assert len(page.scales_table(results, [case], LIMIT)[1]) == len(row["scales"])
    (miner,) = page.miner_table(results, [case], LIMIT)[1]
    assert miner[3] == f"{sum(s['effective'] for s in row['scales']):,}"


def test_a_size_that_cannot_be_reached_is_told(measured) -> None:
    case, rows, out = measured
    row = rows["renderings blobs_3 zfp"]
    assert set(row) == {"smallest"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "UNTIMED", ("zfp",))
        lines = page.quality_table(Results(out / "r.json"), [case], LIMIT)[1]
    assert lines[-1][2] == f"- (at least {row['smallest']:,})"


def test_pictures_are_drawn(measured) -> None:
    _, _, out = measured
    for name in ("ecnr-steps.png", "ecnr-renderings.png"):
        assert (out / name).stat().st_size > 1000
