"""Parts of the benchmark of splats."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_splats import shell

from benchmarks import radiance_splats as benchmark
from benchmarks.radiance_results import KeptResults
from benchmarks.report import Results
from vcore.errors import InputError
from vcore.scenes.cameras import turntable
from vcore.scenes.methods.splats.field import SplatField
from vcore.scenes.methods.splats.fit import FitSettings, fit

pytest.importorskip("torch")
pytest.importorskip("gsply")


def test_files_are_compared_at_equal_quality(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = SplatField(shell(80, 0, size=0.3), background=(1, 1, 1))
    cameras = turntable(
        benchmark.BOX, [(70, 60 * k) for k in range(6)], size=(32, 32), view_angle=40
    )
    images = np.stack([field.render(c).pixels() for c in cameras])
    arrays = {"focal": np.float32(cameras[0].focal)}
    opaque = np.concatenate([images, np.full_like(images[..., :1], 255)], axis=-1)
    for part in ("train", "test"):
        arrays |= {f"images_{part}": opaque, f"poses_{part}": np.stack([c.pose for c in cameras])}
    (tmp_path / "nerf").mkdir()
    np.savez(tmp_path / benchmark.IMAGES, **arrays)
    monkeypatch.setenv("VCORE_DATA", str(tmp_path))
    monkeypatch.delenv("SPLAT_TRANSFORM", raising=False)
    monkeypatch.setattr(benchmark.shutil, "which", lambda _: None)
    monkeypatch.setattr(benchmark, "FIT", FitSettings(60, 0, 40))
    monkeypatch.setattr(benchmark, "NEAR", 0.1)
    monkeypatch.setattr(benchmark, "FAR", 20.0)
    made = replace(benchmark.SMALL, wanted=(30,))
    results = Results(tmp_path / "results.json")
    rows = {row[0]: row for row in benchmark.rows(results, tmp_path, (0, 1), made)}
    spz, ours = rows["SPZ, gsply"], rows["vcore, PSNR of SPZ, gsply"]
    assert ours[3] >= spz[3] > 30
    assert ours[1] < rows["3DGS .ply"][1]
    assert rows["vcore --psnr 30"][1] < ours[1]
    again = list(benchmark.rows(Results(tmp_path / "results.json"), tmp_path, (0, 1), made))
    assert again == list(rows.values())


def test_a_fit_starts_with_splats_that_are_there() -> None:
    start = shell(80, 1, size=0.3)
    cameras = turntable(benchmark.BOX, [(70, 60 * k) for k in range(6)], size=(24, 24))
    images = np.stack([SplatField(start).render(c).pixels() for c in cameras])
    settings = FitSettings(80, 1, 1)
    found = fit(
        cameras, images, benchmark.BOX, background=(0, 0, 0), settings=settings, start=start
    )
    assert np.abs(found.positions - start.positions).max() < 0.01
    assert 0 < np.abs(found.opacities - start.opacities).max() < 0.1
    with pytest.raises(InputError, match="degree 2"):
        fit(cameras, images, benchmark.BOX, settings=FitSettings(80, 2, 1), start=start)


def test_results_of_other_runs_stay(tmp_path: Path) -> None:
    kept = tmp_path / "results.json"
    first, second = KeptResults(kept), KeptResults(kept)
    first.add("a", {"psnr": 1.0})
    second.add("b", {"psnr": 2.0})
    assert {"a", "b"} <= set(Results(kept).rows)
    again = KeptResults(kept, fresh=True)
    assert "a" not in again
    again.add("a", {"psnr": 3.0})
    assert "a" in again
    assert "b" not in again
    assert {k: v["psnr"] for k, v in Results(kept).rows.items()} == {"a": 3.0, "b": 2.0}
    assert set(again["a"]["run"]) == {"date", "cores", "load"}
