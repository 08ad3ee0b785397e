"""Background of the wavelet method: blank margins, slices and masks, exact and nearly free."""

import numpy as np
import pytest
from numpy.typing import NDArray

import vcore
from vcore.errors import FormatError
from vcore.methods.wavelet.background import Background
from vcore.model.pyramid import box_mean


def scene(shape: tuple[int, ...], seed: int = 0) -> NDArray[np.uint8]:
    """Return smooth noise between 60 and 200."""
    noise = np.random.default_rng(seed).normal(size=shape)
    for axis in (-3, -2, -1):
        noise = sum(np.roll(noise, k, axis) for k in range(5))
    noise /= np.abs(noise).max()
    return np.rint(130 + 70 * noise).astype("u1")


def size_of(values: NDArray, **options: object) -> tuple[int, vcore.FileDataset]:
    report = vcore.compress(values, None, method="wavelet", settings={"step": 0.02}, **options)
    assert report.data is not None
    return len(report.data), vcore.open(report.data)


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 9, 17), (20, 24, 31)])
def test_masks_survive_coding(shape: tuple[int, int, int]) -> None:
    z, y, x = np.indices(shape)
    mask = ((y - 9) ** 2 + (x - 12) ** 2 > 60 + z) | (z == 2)
    data = Background.of(5.0, mask).pack()
    found = Background.unpack(5.0, data, shape)
    np.testing.assert_array_equal(found.mask(tuple(slice(0, n) for n in shape)), mask)
    part = tuple(slice(n // 3, n) for n in shape)
    np.testing.assert_array_equal(found.mask(part), mask[part])
    for level in range(6):
        share = box_mean(mask.astype("f8"), (1 << level,) * 3)
        whole = tuple(slice(0, n) for n in share.shape)
        np.testing.assert_allclose(found.share(whole, level), share, atol=1e-12)


def test_damaged_masks_are_refused() -> None:
    with pytest.raises(FormatError, match="blocks"):
        Background.unpack(0.0, b"", (1 << 20, 1 << 10, 1 << 10))
    with pytest.raises(FormatError, match="damaged"):
        Background.unpack(0.0, b"\xff" * 9, (20, 20, 20))


@pytest.mark.parametrize("where", ["ends", "margins", "gap", "cylinder"])
def test_blank_regions_are_exact_and_cost_little(where: str) -> None:
    inner = scene((24, 40, 48))
    if where == "cylinder":
        _, y, x = np.indices(inner.shape)
        outside = (y - 20) ** 2 + (x - 24) ** 2 > 350
        values, limit = np.where(outside, 0, inner).astype("u1"), 0.9
    else:
        pad = {"ends": ((0, 2), (0, 0), (0, 0)), "margins": ((0, 0), (9, 11), (7, 8))}
        values = np.insert(inner, 11, 0, 0) if where == "gap" else np.pad(inner, pad[where])
        outside, limit = values == 0, 1.06
    alone, _ = size_of(inner)
    padded, ds = size_of(values)
    assert padded < limit * alone
    decoded = ds[...]
    assert (decoded[outside] == 0).all()
    region = (slice(3, 20), slice(5, 30), slice(0, 29))
    np.testing.assert_array_equal(ds.decode(region), decoded[region])


def test_levels_mix_content_and_background() -> None:
    values = np.pad(scene((30, 70, 80)), ((1, 2), (3, 6), (5, 7)))
    _, ds = size_of(values)
    for level in range(1, len(ds.levels)):
        error = ds.decode((), level) - box_mean(values.astype("f8"), (1 << level,) * 3)
        border = np.ones(error.shape, bool)
        border[1:-1, 1:-1, 1:-1] = False
        assert np.sqrt((error[border] ** 2).mean()) < 8  # steps of 100 and more between them


def test_frames_share_a_background_of_floats() -> None:
    frames = np.stack([scene((12, 20, 24), seed) for seed in range(3)]).astype("f4")
    frames[:, :, :6] = frames[:, :, :, 20:] = -1000.25
    frames[1, 3, 10, 10] = np.nan
    size, ds = size_of(frames)
    assert (ds[...][:, :, :6] == -1000.25).all()
    assert np.isnan(ds[...]).sum() == 1
    assert size < 0.8 * size_of(frames[:, :, 6:, :20])[0] / 0.7


def test_backgrounds_keep_budgets() -> None:
    values = np.pad(scene((24, 40, 48)), 6)
    report = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(psnr=44))
    assert report.variables["values"]["psnr"] >= 44
    report = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(bytes=9000))
    assert report.data is not None
    assert 8800 < len(report.data) <= 9000
    report = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(max_error=3))
    assert report.variables["values"]["max_error"] <= 3
    assert report.data is not None
    assert "background" in next(iter(vcore.open(report.data).variables.values())).header.state


def test_scattered_zeros_are_no_background() -> None:
    values = scene((24, 40, 48))
    values[np.random.default_rng(1).random(values.shape) < 0.3] = 0
    _, ds = size_of(values)
    assert "background" not in next(iter(ds.variables.values())).header.state
