"""Parts of the benchmark of splats."""

from pathlib import Path

import numpy as np
import pytest
from made_splats import shell

from benchmarks import radiance_splats as benchmark
from benchmarks.report import Results
from vcore.scenes.cameras import turntable
from vcore.scenes.methods.splats.field import SplatField
from vcore.scenes.methods.splats.fit import FitSettings

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
    monkeypatch.setattr(benchmark, "PSNRS", (30,))
    results = Results(tmp_path / "results.json")
    rows = {row[0]: row for row in benchmark.rows(results, tmp_path, (0, 1))}
    spz, ours = rows["SPZ, gsply"], rows["vcore, PSNR of SPZ, gsply"]
    assert ours[3] >= spz[3] > 30
    assert ours[1] < rows["3DGS .ply"][1]
    assert rows["vcore --psnr 30"][1] < ours[1]
    again = list(benchmark.rows(Results(tmp_path / "results.json"), tmp_path, (0, 1)))
    assert again == list(rows.values())
