"""Layers of image networks in NumPy, against torch."""

import math

import numpy as np
import pytest

from vcore.collections.methods import _image_ops as ops

torch = pytest.importorskip("torch")


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)


def planes(image: np.ndarray):
    """Return an image (y, x, channel) as torch has it."""
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None]


def image_of(tensor) -> np.ndarray:
    return tensor[0].numpy().transpose(1, 2, 0)


@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("scale", [1, 2, 4])
@pytest.mark.parametrize("size", [(2, 2), (1, 7), (13, 4)])
def test_convolutions_are_those_of_torch(kernel: int, scale: int, size: tuple[int, int]) -> None:
    inputs, outputs = 5, 3
    image = normal(*size, inputs)
    weights = normal(outputs * scale**2, inputs, kernel, kernel)
    bias = normal(outputs * scale**2)
    convolution = ops.Convolution.of(weights, bias, scale)
    found = ops.convolve(image, convolution, ops.gelu)
    features = torch.nn.functional.conv2d(
        planes(image), torch.from_numpy(weights), torch.from_numpy(bias), padding=kernel // 2
    )
    wanted = image_of(torch.nn.functional.gelu(torch.nn.functional.pixel_shuffle(features, scale)))
    assert found.shape == (size[0] * scale, size[1] * scale, outputs)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_blocks_of_rows_are_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    image, weights = normal(37, 20, 6), normal(16, 6, 3, 3)
    convolution = ops.Convolution.of(weights, normal(16), 2)
    whole = ops.convolve(image, convolution)
    monkeypatch.setattr(ops, "PATCH_BYTES", 4 * 20 * 54 * 5)
    np.testing.assert_allclose(ops.convolve(image, convolution), whole, atol=1e-5)
    cropped = ops.convolve(image, convolution, size=(71, 33))
    np.testing.assert_allclose(cropped, whole[:71, :33], atol=1e-5)


@pytest.mark.parametrize("kernel", [1, 3])
def test_a_part_of_an_image_is_convolved_alone(kernel: int) -> None:
    image, weights = normal(9, 8, 4), normal(2, 4, kernel, kernel)
    convolution = ops.Convolution.of(weights, np.zeros(2, np.float32))
    part = image[1:6, 2:7]
    np.testing.assert_array_equal(
        ops.convolve(part, convolution), ops.convolve(part.copy(), convolution)
    )


def test_activations() -> None:
    values = np.linspace(-12, 12, 20_001, dtype=np.float32)
    found = values.copy()
    ops.gelu(found)
    exact = [0.5 * v * (1 + math.erf(v / math.sqrt(2))) for v in values.astype(float)]
    np.testing.assert_allclose(found, exact, atol=2e-6)
    ops.sigmoid(found := values.copy())
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-values.astype(float))), atol=1e-6)
    ops.relu(found := values.copy())
    np.testing.assert_array_equal(found, np.maximum(values, 0))
    ops.sigmoid(far := np.float32([-1e30, 1e30]))
    np.testing.assert_allclose(far, [0, 1], atol=1e-30)


@pytest.mark.parametrize("size", [(7, 5), (14, 10), (3, 17), (1, 1), (15, 2)])
def test_resampling_is_that_of_torch(size: tuple[int, int]) -> None:
    image = normal(7, 5, 3)
    wanted = torch.nn.functional.interpolate(planes(image), size, mode="bilinear")
    np.testing.assert_allclose(ops.bilinear(image, size), image_of(wanted), atol=1e-5)
    twice = torch.nn.functional.interpolate(planes(image), scale_factor=2, mode="nearest")
    np.testing.assert_array_equal(ops.doubled(image), image_of(twice))
