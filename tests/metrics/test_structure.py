import sys
from collections.abc import Callable
from math import isnan, nan
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity

from vcore.errors import InputError, MissingExtraError
from vcore.metrics import ms_ssim, ssim, structure

Metric = Callable[..., float]


def pair(
    shape: tuple[int, ...], noise: float = 0.2, seed: int = 3
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    original = gaussian_filter(rng.normal(size=shape), 1.5)
    original = (original - original.min()) / np.ptp(original)
    return original, original + noise * gaussian_filter(rng.normal(size=shape), 0.5)


def reference(original: Any, decoded: Any, data_range: float = 1.0) -> float:
    return structural_similarity(
        original,
        decoded,
        data_range=data_range,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )


@pytest.mark.parametrize("shape", [(11, 11, 11), (16, 20, 31), (12, 40, 25)])
def test_agrees_with_scikit_image(shape: tuple[int, ...]) -> None:
    original, decoded = pair(shape)
    got = ssim(original, decoded, 1.0)
    assert 0.2 < got < 0.95
    assert got == pytest.approx(reference(original, decoded), rel=1e-10)


def test_agrees_with_scikit_image_across_block_borders(monkeypatch: pytest.MonkeyPatch) -> None:
    original, decoded = pair((30, 35, 41))
    monkeypatch.setattr(structure, "BLOCK", (7, 8, 9))
    assert ssim(original, decoded, 1.0) == pytest.approx(reference(original, decoded), rel=1e-10)


def test_integers_do_not_wrap_around() -> None:
    original, decoded = ((255 * v).clip(0, 255).round().astype("u1") for v in pair((14, 15, 16)))
    expected = reference(original.astype(float), decoded.astype(float), 255.0)
    assert ssim(original, decoded, 255) == pytest.approx(expected, rel=1e-10)


def test_a_single_plane_is_the_ssim_of_an_image() -> None:
    original, decoded = pair((1, 30, 40))
    assert ssim(original, decoded, 1.0) == pytest.approx(
        reference(original[0], decoded[0]), rel=1e-10
    )


def window_of(*lengths: int) -> NDArray[np.float64]:
    along = [np.exp(-0.5 * (np.arange(n) - n // 2) ** 2 / 1.5**2) for n in lengths]
    return np.einsum("i,j,k->ijk", *along)


def ssim_of_window(x: Any, y: Any, window: Any) -> float:
    """Equation 13 of Wang et al. 2004 for a data range of 1; the weights of ``window`` sum to 1."""
    ux, uy = (window * x).sum(), (window * y).sum()
    vx, vy = (window * (x - ux) ** 2).sum(), (window * (y - uy) ** 2).sum()
    vxy = (window * (x - ux) * (y - uy)).sum()
    luminance = (2 * ux * uy + 1e-4) / (ux**2 + uy**2 + 1e-4)
    return luminance * (2 * vxy + 9e-4) / (vx + vy + 9e-4)


def test_one_short_axis_against_the_definition() -> None:
    # 4 planes: windows of 3 x 11 x 11, so 2 x 1 x 1 windows in 4 x 11 x 11 voxels
    original, decoded = pair((4, 11, 11))
    window = window_of(3, 11, 11)
    window /= window.sum()
    expected = [ssim_of_window(original[z : z + 3], decoded[z : z + 3], window) for z in range(2)]
    assert ssim(original, decoded, 1.0) == pytest.approx(np.mean(expected), rel=1e-10)


@pytest.mark.parametrize("metric", [ssim, ms_ssim])
def test_equal_volumes(metric: Metric) -> None:
    original, _ = pair((24, 24, 24))
    assert metric(original, original, 1.0) == pytest.approx(1, abs=1e-12)


def test_constant_shift_by_hand() -> None:
    # no structure on either side: only the luminance term, (2 * 0.5 * 0.7 + c1) / (0.74 + c1)
    original, decoded = np.full((12, 12, 12), 0.5), np.full((12, 12, 12), 0.7)
    assert ssim(original, decoded, 1.0) == pytest.approx(0.7001 / 0.7401, rel=1e-9)
    # 12 voxels leave one scale
    assert ms_ssim(original, decoded, 1.0) == pytest.approx(0.7001 / 0.7401, rel=1e-9)


@pytest.mark.parametrize("metric", [ssim, ms_ssim])
def test_values_and_range_may_be_scaled_together(metric: Metric) -> None:
    original, decoded = pair((23, 24, 25))
    scaled = metric(1e-20 * original, 1e-20 * decoded, 1e-20)
    assert scaled == pytest.approx(metric(original, decoded, 1.0), rel=1e-9)


@pytest.mark.parametrize("metric", [ssim, ms_ssim])
def test_frames_are_averaged(metric: Metric) -> None:
    frames = [pair((12, 13, 14), noise, seed) for seed, noise in enumerate((0.05, 0.1, 0.2, 0.3))]
    original, decoded = (np.stack(v).reshape(2, 2, 12, 13, 14) for v in zip(*frames, strict=True))
    expected = np.mean([metric(a, b, 1.0) for a, b in frames])
    assert metric(original, decoded, 1.0) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("metric", [ssim, ms_ssim])
def test_missing_voxels_have_no_weight(metric: Metric) -> None:
    original, decoded = pair((24, 25, 26))
    mask = np.zeros(original.shape, bool)
    mask[8:12, 10:15, 12:20] = True
    holed = np.where(mask, nan, original)
    got = metric(holed, decoded, 1.0)
    assert 0.2 < got < 1
    # neither the values in the hole nor how it is declared matter
    assert metric(holed, np.where(mask, 1e6, decoded), 1.0) == got
    assert metric(np.where(mask, -999, original), decoded, 1.0, mask) == got
    assert metric(holed, original, 1.0) == pytest.approx(1, abs=1e-12)


def test_one_window_with_a_hole_against_the_definition() -> None:
    original, decoded = pair((11, 11, 11))
    original[3:5, :4, 6:] = nan
    weights = window_of(11, 11, 11) * np.isfinite(original)
    expected = ssim_of_window(np.nan_to_num(original), decoded, weights / weights.sum())
    assert ssim(original, decoded, 1.0) == pytest.approx(expected, rel=1e-10)


def test_windows_centred_on_missing_voxels_do_not_count() -> None:
    original, decoded = pair((12, 11, 11))  # two windows, centred on planes 5 and 6
    original[6, 5, 5] = nan
    first = ssim(original[:11], decoded[:11], 1.0)
    assert ssim(original, decoded, 1.0) == pytest.approx(first, rel=1e-12)


@pytest.mark.parametrize("metric", [ssim, ms_ssim])
def test_all_missing(metric: Metric) -> None:
    original, decoded = pair((12, 12, 12))
    assert isnan(metric(np.full_like(original, nan), decoded, 1.0))


@pytest.mark.parametrize("metric", [ssim, ms_ssim])
@pytest.mark.parametrize("bad", [nan, np.inf])
def test_non_finite_decoded_values_give_nan(metric: Metric, bad: float) -> None:
    original, decoded = pair((24, 24, 24))
    decoded[12, 12, 12] = bad
    assert isnan(metric(original, decoded, 1.0))


@pytest.mark.parametrize("metric", [ssim, ms_ssim])
def test_range_of_zero(metric: Metric) -> None:
    constant = np.full((12, 12, 12), 5.0)
    assert metric(constant, constant, 0.0) == 1
    assert isnan(metric(constant, constant + 1, 0.0))


@pytest.mark.parametrize(
    ("shape", "scales"),
    [
        ((176, 200, 176), 5),
        ((175, 200, 200), 4),
        ((44, 44, 47), 3),
        ((22, 22, 22), 2),
        ((21, 99, 99), 1),
        ((10, 44, 44), 3),
        ((1, 512, 512), 5),
        ((3, 4, 5), 1),
    ],
)
def test_scales_of_a_shape(shape: tuple[int, ...], scales: int) -> None:
    weights = structure._scale_weights(shape)
    assert len(weights) == scales
    assert weights.sum() == pytest.approx(1)
    assert weights[0] / weights[-1] == pytest.approx(0.0448 / structure.SCALE_WEIGHTS[scales - 1])


def test_ms_ssim_of_two_scales_by_its_parts() -> None:
    original, decoded = pair((23, 24, 30))  # the odd plane at the end of z is dropped
    half = [v[:22].reshape(11, 2, 12, 2, 15, 2).mean((1, 3, 5)) for v in (original, decoded)]
    _, contrast = structure._similarity(structure._Frame(original, decoded), 1.0)
    w0, w1 = 0.0448 / 0.3304, 0.2856 / 0.3304
    expected = contrast**w0 * reference(*half) ** w1
    assert ms_ssim(original, decoded, 1.0) == pytest.approx(expected, rel=1e-10)


def test_ms_ssim_does_not_depend_on_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    original, decoded = pair((26, 27, 45))
    whole = ms_ssim(original, decoded, 1.0)
    monkeypatch.setattr(structure, "BLOCK", (8, 6, 10))
    assert ms_ssim(original, decoded, 1.0) == pytest.approx(whole, rel=1e-12)


def test_ms_ssim_forgives_fine_noise_more_than_ssim() -> None:
    original, decoded = pair((48, 48, 48))
    assert ssim(original, decoded, 1.0) + 0.05 < ms_ssim(original, decoded, 1.0) < 1


def test_negative_similarity_counts_as_zero_in_ms_ssim() -> None:
    original, _ = pair((12, 12, 12))
    assert ssim(original, 1 - original, 1.0) < 0
    assert ms_ssim(original, 1 - original, 1.0) == 0


def test_volumes_are_read_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []

    class Counted:
        shape, dtype = (40, 64, 64), np.dtype("u1")

        def __getitem__(self, region: Any) -> NDArray[np.uint8]:
            values = np.zeros(self.shape, self.dtype)[region]
            reads.append(values.shape)
            return values

    monkeypatch.setattr(structure, "BLOCK", (8, 32, 32))
    ssim(Counted(), Counted(), 1.0)
    assert max(reads) == (18, 42, 42)  # a block with its halo


def test_refused() -> None:
    volume = np.zeros((4, 5, 6))
    with pytest.raises(InputError, match=r"one shape \(\.\.\., z, y, x\)"):
        ssim(volume, volume[1:], 1.0)
    with pytest.raises(InputError, match="one shape"):
        ms_ssim(volume[0], volume[0], 1.0)
    for data_range in (-1.0, nan, np.inf):
        with pytest.raises(InputError, match="finite data range"):
            ssim(volume, volume, data_range)


def test_without_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.ndimage", None)
    volume = np.zeros((4, 5, 6))
    with pytest.raises(MissingExtraError, match=r"pip install 'vcore-volumes\[metrics\]'"):
        ssim(volume, volume, 1.0)
