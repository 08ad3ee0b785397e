"""The cosine transform of the wavelet method, for data without high frequencies."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import vcore
from vcore.errors import InputError
from vcore.methods.wavelet import cosine
from vcore.methods.wavelet.settings import COSINE
from vcore.model.pyramid import box_mean


def resampled(shape: tuple[int, int, int], seed: int = 0) -> NDArray[np.float32]:
    """Return noise of the lower 0.4 of the frequencies along each axis, falling with frequency."""
    noise = np.random.default_rng(seed).normal(size=shape)
    for k in np.indices(shape, sparse=True):
        noise /= 1 + 20 * k / k.size
    for axis, n in enumerate(shape):
        noise[(slice(None),) * axis + (slice(round(0.4 * n), None),)] = 0
        noise = np.moveaxis(np.tensordot(cosine.basis(n).T, noise, (1, axis)), 0, axis)
    return noise.astype("f4")


def compressed(values: NDArray[Any], psnr: float, **settings: Any) -> tuple[int, vcore.Dataset]:
    report = vcore.compress(
        values, None, method="wavelet", budget=vcore.Budget(psnr=psnr), settings=settings
    )
    assert report.data is not None
    return len(report.data), vcore.open(report.data)


def is_cosine(dataset: vcore.Dataset) -> bool:
    (decoder,) = dataset.variables.values()
    return decoder.header.settings.get("transform") == COSINE


@pytest.mark.parametrize("length", [2, 3, 64, 65, 127])
def test_matrices_are_inverse_and_keep_constants(length: int) -> None:
    basis = cosine.basis(length)
    np.testing.assert_allclose(basis @ basis.T, np.eye(length), atol=1e-14)
    angles = np.pi / length * np.arange(length)[:, None] * (np.arange(length) + 0.5)
    wanted = np.cos(angles) * np.sqrt(np.where(np.arange(length) > 0, 2, 1) / length)[:, None]
    np.testing.assert_allclose(basis, wanted, atol=1e-14)
    synthesis = cosine.synthesis_matrix(length)
    inverse = synthesis @ cosine.analysis_matrix(length)
    np.testing.assert_allclose(inverse, np.eye(length), atol=1e-6)
    np.testing.assert_allclose(synthesis[:, ::2].sum(1) * np.sqrt(2), 1, atol=1e-12)


def test_a_series_within_a_size_takes_it_too() -> None:
    """The step is estimated from the bytes of a frame."""
    one = resampled((20, 19, 34))
    moving = [one * (1 + 0.05 * t) + 0.3 * np.roll(one, t, 2) for t in range(16)]
    budget = vcore.Budget(bytes=2500)
    series = vcore.compress(np.stack(moving), None, method="wavelet", budget=budget)
    assert is_cosine(vcore.open(series.data))


def test_it_is_taken_where_it_saves_bytes() -> None:
    values = resampled((40, 37, 66))
    alone, _ = compressed(values, 55, transform="wavelet")
    size, dataset = compressed(values, 55)
    assert is_cosine(dataset)
    assert size < 0.7 * alone
    noise = np.random.default_rng(2).normal(size=(20, 24, 28)).astype("f4")
    assert not is_cosine(compressed(noise, 30)[1])


def test_regions_and_levels() -> None:
    values = resampled((30, 41, 70))
    _, dataset = compressed(values, 60, transform="cosine")
    whole = dataset.decode()
    region = (slice(3, 20), slice(17, 41), slice(0, 33))
    np.testing.assert_array_equal(dataset.decode(region), whole[region])
    for level in range(1, len(dataset.levels)):
        decoded = dataset.decode((), level)
        means = box_mean(values.astype("f8"), (1 << level,) * 3)
        assert decoded.shape == means.shape
        correlation = np.corrcoef(decoded.ravel(), means.ravel())[0, 1]
        assert correlation > 0.9
        part = tuple(slice(n // 3, n) for n in decoded.shape)
        np.testing.assert_array_equal(dataset.decode(part, level), decoded[part])


def test_series_and_backgrounds() -> None:
    frames = np.stack([resampled((20, 24, 30), seed) for seed in (0, 0, 1)])
    frames += np.linspace(0, 0.1, 3)[:, None, None, None]
    frames = np.pad(frames, ((0, 0), (0, 0), (5, 5), (3, 0)), constant_values=-9).astype("f4")
    _, dataset = compressed(frames, 50, transform="cosine")
    decoded = dataset.decode()
    assert (decoded[:, :, :5] == -9).all()
    error = np.square(decoded - frames.astype("f8")).mean()
    assert -10 * np.log10(error / np.ptp(frames) ** 2) >= 49.99


def test_long_axes_are_refused() -> None:
    with pytest.raises(InputError, match="128"):
        compressed(np.zeros((2, 3, 129), "f4") + np.arange(129), 40, transform="cosine")
