"""Block autoencoders beside ZIP, and isosurfaces before and after a blur."""

import json
import zipfile

import numpy as np
import pytest
from volumes import blobs

from benchmarks import kristan_pictures as pictures
from benchmarks.report import Results
from vcore.model.volume import Volume


def test_the_size_of_a_zip(tmp_path) -> None:
    data = np.random.default_rng(0).integers(0, 4, 50_000).astype("u1").tobytes()
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("volume.raw", data)
    assert pictures.zip_size(data) == path.stat().st_size
    assert pictures.zip_size(bytes(50_000)) < 300 < pictures.zip_size(data) < 50_000


@pytest.mark.parametrize("radius", [2, 4])
def test_the_blur_ends_at_its_radius(radius: int) -> None:
    values = np.zeros((15, 15, 15), np.uint8)
    values[7, 7, 7] = 100
    found = pictures.blurred(values, radius)
    assert found.sum() == pytest.approx(100, rel=1e-5)
    assert found[7, 7, 7 + radius] > 0
    assert not found[..., 7 + radius + 1 :].any()
    # a Gaussian of one voxel
    assert found[7, 7, 8] / found[7, 7, 7] == pytest.approx(np.exp(-0.5), rel=1e-5)


def test_models_are_drawn_and_kept(tmp_path, monkeypatch, capsys) -> None:
    pytest.importorskip("vtkmodules")
    pytest.importorskip("matplotlib")
    values = blobs((20, 24, 28)).astype(float)
    values = np.rint(255 * (values - values.min()) / np.ptp(values)).astype("u1")
    values[values < 105] = 0
    monkeypatch.setattr(pictures.volumes, "load", lambda _: Volume.from_array(values))
    rng = np.random.default_rng(3)

    def noisy(*_) -> np.ndarray:
        return np.clip(values + rng.normal(0, 30, values.shape), 0, 255).astype("u1")

    monkeypatch.setattr(pictures, "reconstruction", noisy)
    monkeypatch.setattr(pictures, "MODELS", {"a model": ("linear1", 4, 8, 50)})
    pictures.pictures(Results(tmp_path / "r.json"), False, tmp_path)
    (row,) = json.loads((tmp_path / "r.json").read_text()).values()
    assert set(row) == {"decoded", "blurred"}
    assert row["blurred"]["mse"] < row["decoded"]["mse"]  # the blur takes noise away
    assert row["blurred"]["cieluv"] != row["decoded"]["cieluv"]
    assert (tmp_path / "blocks-pictures.png").stat().st_size > 1000
    shown = capsys.readouterr().out
    assert f"| a model | blurred | {row['blurred']['mse']:.2f} |" in shown
    monkeypatch.setattr(pictures, "reconstruction", lambda *_: pytest.fail("again"))
    pictures.pictures(Results(tmp_path / "r.json"), False, tmp_path)
    assert capsys.readouterr().out == shown
