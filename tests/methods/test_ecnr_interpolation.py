"""Prediction of a scale of ecnr from the next coarser one."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

import vcore
from vcore.entropy.rows import Bytes
from vcore.errors import FormatError
from vcore.methods.ecnr import interpolation, planning
from vcore.methods.ecnr.decoder import scales_of
from vcore.methods.ecnr.encoder import Encoder
from vcore.methods.ecnr.geometry import Scale, downsampled
from vcore.methods.ecnr.interpolation import (
    AVERAGE,
    LINEAR,
    Taps,
    details,
    doubled_axes,
    fitted_taps,
    pack_taps,
    unexplained,
    unpack_taps,
    upsampled,
)
from vcore.methods.source import VariableSource
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.regions import Region, shape_of, whole
from vcore.model.volume import Variable

RNG = np.random.default_rng(8)
OTHERS = [np.array([-0.1, 0.3, 0.9, -0.2, 0.1], "f4"), AVERAGE, LINEAR, AVERAGE[::-1]]


def smooth(shape: tuple[int, ...], sigma: float = 2.0) -> NDArray[np.float32]:
    values = gaussian_filter(np.random.default_rng(4).normal(size=shape), sigma)
    return (values - values.min()).astype("f4") / np.float32(np.ptp(values))


def two_scales(
    values: NDArray[Any], axes: str = "zyx", time: int = 0
) -> tuple[VariableSource, Scale, Scale]:
    fine, coarse = scales_of(values.shape, tuple(axes), [(0, 0), (1, time)])
    limits = float(values.min()), float(values.max())
    return (
        VariableSource(Variable("v", values, tuple(axes)), Grid(values.shape[-3:]), limits),
        coarse,
        fine,
    )


def error(source: VariableSource, coarse: Scale, fine: Scale, read: Any, taps: Taps) -> float:
    found = upsampled(read, coarse, fine, whole(fine.shape), taps)
    return float(np.mean((found - downsampled(source, fine, whole(fine.shape))) ** 2))


def interpolated(values: NDArray[Any], axis: int, length: int, taps: Any) -> NDArray[Any]:
    """Return the interpolation of docs/format.md, computed one fine index at a time."""
    radius, out = len(taps) // 2, []
    for j in range(length):
        step = -1 if j % 2 else 1
        places = np.clip(j // 2 + step * np.arange(-radius, radius + 1), 0, values.shape[axis] - 1)
        out.append(np.tensordot(taps, values.take(places, axis), ([0], [axis])))
    return np.stack(out, axis)


@pytest.mark.parametrize("shape", [(7, 1, 13, 18, 9), (4, 2, 1, 2, 3)])
def test_regions_are_cut_from_the_whole(shape: tuple[int, ...]) -> None:
    fine, coarse = scales_of(shape, tuple("tczyx"), [(0, 0), (1, 1)])
    values = RNG.random(coarse.shape).astype("f4")
    expected = values
    for axis, taps in zip(doubled_axes(coarse, fine), OTHERS, strict=True):
        expected = interpolated(expected, axis, shape[axis], taps)
    for _ in range(12):
        ends = [np.sort(RNG.choice(n + 1, 2, replace=False)) for n in shape]
        region = tuple(slice(int(a), int(b)) for a, b in ends)
        found = upsampled(values.__getitem__, coarse, fine, region, OTHERS)
        np.testing.assert_allclose(found, expected[region], atol=1e-6)


def test_means_make_the_polynomial_that_has_them() -> None:
    def integral(x: NDArray[Any]) -> NDArray[Any]:
        return x**5 / 5 - x**3 + x

    means, halves = (np.diff(integral(np.arange(-6, 6 + s, s))) / s for s in (1.0, 0.5))
    scales = scales_of((1, 1, 24), tuple("zyx"), [(0, 0), (1, 0)])
    read = means.astype("f4").reshape(1, 1, 1, 1, 12).__getitem__
    found = upsampled(read, scales[1], scales[0], whole(scales[0].shape), [AVERAGE] * 3)
    np.testing.assert_allclose(found.ravel()[4:-4], halves[4:-4], rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(
    ("shape", "axes", "time"),
    [((40, 44, 36), "zyx", 0), ((21, 9, 33), "zyx", 0), ((6, 20, 22, 24), "tzyx", 1)],
)
def test_fitted_taps_are_the_best(shape: tuple[int, ...], axes: str, time: int) -> None:
    source, coarse, fine = two_scales(smooth(shape), axes, time)
    read = partial(downsampled, source, coarse)
    taps = fitted_taps(source, coarse, fine, read, Context())
    assert len(taps) == 3 + time
    best = error(source, coarse, fine, read, taps)
    assert best < error(source, coarse, fine, read, [AVERAGE] * len(taps))
    assert best < 0.5 * error(source, coarse, fine, read, ())
    for row in taps:
        assert row.sum() == pytest.approx(1, abs=1e-6)


def test_errors_of_the_coarse_scale_are_smoothed() -> None:
    source, coarse, fine = two_scales(smooth((40, 40, 40), 4.0))
    noisy = downsampled(source, coarse, whole(coarse.shape))
    noisy += RNG.normal(0, 0.05, noisy.shape).astype("f4")
    taps = fitted_taps(source, coarse, fine, noisy.__getitem__, Context())
    best = error(source, coarse, fine, noisy.__getitem__, taps)
    assert best < 0.5 * error(source, coarse, fine, noisy.__getitem__, [AVERAGE] * 3)
    assert best < error(source, coarse, fine, noisy.__getitem__, ())


def test_an_axis_of_slices_has_taps_of_its_own() -> None:
    values = RNG.random((16, 40, 40)).astype("f4") * 0.01 + smooth((40, 40))
    values[::4] = 0
    source, coarse, fine = two_scales(values)
    taps = fitted_taps(source, coarse, fine, partial(downsampled, source, coarse), Context())
    x, y, z = (float(np.abs(row - AVERAGE).max()) for row in taps)
    assert max(x, y) < 0.1 < z


def test_constant_values_need_none() -> None:
    source, coarse, fine = two_scales(np.full((8, 1, 9), 3.0, "f4"))
    taps = fitted_taps(source, coarse, fine, partial(downsampled, source, coarse), Context())
    np.testing.assert_allclose(taps, [AVERAGE] * 3, atol=1e-4)


def test_what_taps_leave_is_measured_on_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpolation, "TILE", 4)  # 512 tiles, of which taps use 48
    values = np.zeros((32, 32, 32), "f4")
    values[9, 13, 22] = 8.0
    source, coarse, fine = two_scales(values)
    nothing = unexplained(source, fine, lambda r: np.zeros(shape_of(r), "f4"), Context())
    square = float(np.square(downsampled(source, fine, whole(fine.shape)), dtype="f8").mean())
    assert nothing == pytest.approx(square)
    assert square > 0
    assert details(source, [fine, coarse], Context())[0] > 0


def test_taps_come_back() -> None:
    source, coarse, fine = two_scales(smooth((12, 14, 16)))
    taps = fitted_taps(source, coarse, fine, partial(downsampled, source, coarse), Context())
    data = pack_taps(taps)
    assert len(data) == 1 + 3 * 8
    np.testing.assert_array_equal(unpack_taps(Bytes(data)), taps)
    assert pack_taps(()) == b"\0"
    assert unpack_taps(Bytes(b"\0")) == []
    for damaged in (data[:-1], b"\5" + bytes(40)):
        with pytest.raises(FormatError):
            unpack_taps(Bytes(damaged))


def test_taps_of_other_axes_are_refused() -> None:
    from vcore.methods.ecnr.decoder import Pyramid

    scales = scales_of((8, 8, 8), tuple("zyx"), [(0, 0), (1, 0)])
    region: Region = whole(scales[0].shape)
    with pytest.raises(FormatError, match="taps of other axes"):
        Pyramid(scales, [None, None]).prediction(0, region, [AVERAGE])


def test_a_finest_scale_without_networks_is_interpolated(monkeypatch: pytest.MonkeyPatch) -> None:
    values = smooth((18, 22, 20))
    options: Any = {
        "method": "ecnr",
        "settings": {"scales": 2, "width": 16, "steps": 400, "block": 8},
        "budget": vcore.Budget(bytes=4000),
    }
    monkeypatch.setattr(planning, "shares", lambda *_: [0.0, 1.0])
    fitted = vcore.compress(values, None, **options)
    monkeypatch.setattr(Encoder, "_interpolated", lambda _, found: found)
    linear = vcore.compress(values, None, **options)
    assert fitted.psnr > linear.psnr + 1
    assert 24 <= fitted.bytes - linear.bytes < 40


def test_networks_that_are_no_better_than_taps_are_left_out() -> None:
    report = vcore.compress(
        smooth((18, 22, 20)), None, method="ecnr",
        settings={"scales": 2, "width": 6, "steps": 2, "block": 8}, budget=vcore.Budget(bytes=4000),
    )  # fmt: skip
    assert report.bytes < 2500
