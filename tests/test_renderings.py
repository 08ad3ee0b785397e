"""Pictures of decoded volumes beside those of the original, and their differences."""

import numpy as np
import pytest
from volumes import blobs

pytest.importorskip("vtkmodules")
pytest.importorskip("skimage")

from benchmarks.renderings import LOOKS, SIZE, Stage, cropped, differences, distances

SHAPE = (20, 24, 28)
ORIGINAL = blobs(SHAPE).astype(np.float32)
LEVEL = float(ORIGINAL.min() + 0.5 * np.ptp(ORIGINAL))


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage.of(ORIGINAL, LEVEL)


def test_the_original_looks_as_itself(stage: Stage) -> None:
    for look in LOOKS:
        (picture,) = stage.pictures(look, ORIGINAL)
        assert picture.shape == (*SIZE, 3)
        assert 0.02 < (picture < 255).any(-1).mean() < 0.9
        assert differences(picture, picture) == {"ssim": 1.0, "cieluv": 0.0}


def test_a_decoded_volume_has_the_look_of_the_original(stage: Stage) -> None:
    """Colours follow the values, not the range of what is rendered."""
    fainter = (ORIGINAL.min() + 0.6 * (ORIGINAL - ORIGINAL.min())).astype(np.float32)
    for look in LOOKS:
        (original,), (picture,) = (stage.pictures(look, v) for v in (ORIGINAL, fainter))
        found = differences(original, picture)
        assert found["ssim"] < 0.99
        assert found["cieluv"] > 3
    (own,) = Stage.of(fainter, LEVEL).pictures("volume", fainter)
    assert differences(picture, own)["cieluv"] > 3


def test_less_noise_is_less_difference(stage: Stage) -> None:
    rng, span = np.random.default_rng(0), float(np.ptp(ORIGINAL))
    noise = rng.normal(size=SHAPE).astype(np.float32) * span
    (original,) = stage.pictures("volume", ORIGINAL)
    found = [
        differences(original, stage.pictures("volume", ORIGINAL + np.float32(s) * noise)[0])
        for s in (0.01, 0.05)
    ]
    assert found[0]["ssim"] > found[1]["ssim"]
    assert found[0]["cieluv"] < found[1]["cieluv"]


def test_frames_of_a_series_have_pictures_each() -> None:
    series = np.stack([ORIGINAL, ORIGINAL[::-1], ORIGINAL])
    stage = Stage.of(series, LEVEL)
    first, second, third = stage.pictures("isosurface", series)
    np.testing.assert_array_equal(first, third)
    assert differences(first, second)["cieluv"] > 1


def test_cieluv_of_black_and_white() -> None:
    white = np.full((16, 16, 3), 255, np.uint8)
    black = white.copy()
    black[:, :8] = 0
    np.testing.assert_allclose(distances(white, black)[:, :8], 100, atol=0.1)
    assert not distances(white, black)[:, 8:].any()
    assert differences(white, black)["cieluv"] == pytest.approx(100, abs=0.1)
    assert differences(white, white)["cieluv"] == 0
    assert cropped(white, black).shape == (16, 8, 3)
