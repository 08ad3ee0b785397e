import hashlib
import logging
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vcore.errors import InputError
from vcore.metrics import lpips
from vcore.metrics.perceptual import _missing_part, _sha256

SLICES = np.random.default_rng(4).random((2, 40, 48))


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder used by torch as its weight cache."""
    pytest.importorskip("torch")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def metric_that_must_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace torchmetrics and torchvision where they are not installed."""

    def construct(**settings: Any) -> None:
        pytest.fail("LPIPS was constructed without verified weights")

    metric = SimpleNamespace(LearnedPerceptualImagePatchSimilarity=construct)
    url = "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth"
    weights = SimpleNamespace(IMAGENET1K_V1=SimpleNamespace(url=url))
    monkeypatch.setitem(sys.modules, "torchmetrics.image.lpip", metric)
    monkeypatch.setitem(sys.modules, "torchvision.models", SimpleNamespace(AlexNet_Weights=weights))


def test_without_torchmetrics(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "torchmetrics.image.lpip", None)
    with caplog.at_level(logging.INFO, "vcore.metrics"):
        assert lpips(SLICES, SLICES) is None
    assert "cannot be imported" in caplog.text


@pytest.mark.usefixtures("metric_that_must_not_run")
def test_without_weights_nothing_is_downloaded(
    checkpoints: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "vcore.metrics"):
        assert lpips(SLICES, SLICES) is None
    assert "not on this machine" in caplog.text
    assert list(checkpoints.iterdir()) == []


@pytest.mark.usefixtures("metric_that_must_not_run")
def test_other_weights_under_the_right_name_are_refused(
    checkpoints: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (checkpoints / "alexnet-owt-7be5be79.pth").write_bytes(b"random weights")
    with caplog.at_level(logging.INFO, "vcore.metrics"):
        assert lpips(SLICES, SLICES) is None
    assert "not the published ones" in caplog.text


@pytest.mark.parametrize(
    ("original", "decoded", "reason"),
    [
        (SLICES[:, :31], SLICES[:, :31], "31 x 48 pixels are too small"),
        (np.ones((2, 40, 40)), np.ones((2, 40, 40)), "no range"),
        (np.full((2, 40, 40), np.nan), np.ones((2, 40, 40)), "no range"),
        (SLICES, np.full_like(SLICES, np.nan), "not all finite"),
    ],
)
def test_volumes_without_a_figure(
    original: Any, decoded: Any, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "vcore.metrics"):
        assert lpips(original, decoded) is None
    assert reason in caplog.text


def test_checksum(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"abc")
    assert _sha256(file, 1) == hashlib.sha256(b"abc").hexdigest()


def test_refused() -> None:
    with pytest.raises(InputError, match="one shape"):
        lpips(SLICES, SLICES[1:])
    with pytest.raises(InputError, match="alex, vgg, squeeze"):
        lpips(SLICES, SLICES, net="resnet")
    with pytest.raises(InputError, match="limits"):
        lpips(SLICES, SLICES, limits=(1.0, 0.0))


def test_with_trained_weights() -> None:
    if reason := _missing_part("alex"):
        pytest.skip(reason)
    torch = import_module("torch")
    functional = import_module("torchmetrics.functional.image.lpips")
    rng = np.random.default_rng(5)
    noisy = (SLICES + 0.2 * rng.normal(size=SLICES.shape)).clip(0, 1)
    got = lpips(SLICES, noisy, limits=(0.0, 1.0))
    images = (
        torch.tensor(v, dtype=torch.float32)[:, None].repeat(1, 3, 1, 1) for v in (SLICES, noisy)
    )
    expected = functional.learned_perceptual_image_patch_similarity(*images, normalize=True)
    assert got == pytest.approx(float(expected), rel=1e-4)
    assert lpips(SLICES, SLICES) == pytest.approx(0, abs=1e-7)
    assert lpips(10 * SLICES + 3, 10 * noisy + 3, limits=(3.0, 13.0)) == pytest.approx(
        got, rel=1e-3
    )
