"""Channels coded apart: each has its own range, and its share of the error and of the bytes."""

import pickle
from math import log10

import numpy as np
import pytest
from numpy.typing import NDArray

import vcore
from vcore.evaluate.verify import verify_dataset
from vcore.metrics import Foreground
from vcore.model.volume import Variable, Volume

SHAPE = (16, 40, 48)
SCALES = 1.0, 100.0, 0.01
"""Brightness of the channels."""


def field(seed: int) -> NDArray[np.float64]:
    z, y, x = np.indices(SHAPE)
    rng = np.random.default_rng(seed)
    a, b, c = rng.uniform(4, 9, 3)
    return np.cos(x / a) * np.cos(y / b) * np.cos(z / c) + 0.02 * rng.standard_normal(SHAPE)


@pytest.fixture
def channels() -> NDArray[np.float32]:
    return np.stack([s * field(k) for k, s in enumerate(SCALES)]).astype("f4")


def volume(values: NDArray[np.generic], axes: str = "czyx", **options: object) -> Volume:
    grid = Volume.from_array(np.zeros(values.shape[-3:], "u1")).grid
    return Volume(grid, (Variable("v", values, tuple(axes), **options),))  # type: ignore[arg-type]


def peak(values: NDArray[np.generic], decoded: NDArray[np.generic]) -> float:
    error = np.square(decoded.astype("f8") - values).mean()
    return float(20 * log10(np.ptp(values.astype("f8"))) - 10 * log10(error))


@pytest.mark.parametrize("budget", [{"psnr": 40}, {"robust_psnr": 40}, {"bpv": 1.5}])
def test_a_dim_channel_is_as_good(channels: NDArray[np.float32], budget: dict[str, float]) -> None:
    report = vcore.compress(volume(channels), None, **budget)
    dataset = vcore.open(report.data)
    decoded = dataset.decode()
    found = [peak(a, b) for a, b in zip(channels, decoded, strict=True)]
    assert min(found) > 38
    assert max(found) - min(found) < 4
    told = report.variables["v"]["channels"]
    assert [row["psnr"] for row in told] == pytest.approx(found, abs=1e-3)
    assert report.psnr == pytest.approx(min(found), abs=1e-3)
    if "bpv" in budget:
        assert 0.9 * 1.5 < report.bpv <= 1.5


def test_a_share_of_the_range_is_each_channels_own(channels: NDArray[np.float32]) -> None:
    report = vcore.compress(volume(channels), None, range_error=0.01)
    dataset = vcore.open(report.data)
    off = np.abs(dataset.decode().astype("f8") - channels).max((1, 2, 3))
    spans = np.ptp(channels.astype("f8"), (1, 2, 3))
    assert (off <= 0.01 * spans).all()
    assert (off > 0.005 * spans).all()
    info = dataset.info["variables"][0]
    assert info["method"] == "bounded"
    assert info["guarantee"]["max_error"] == pytest.approx(0.01 * spans.max())
    assert [c["bound"]["max_error"] for c in info["channels"]] == pytest.approx(0.01 * spans)
    verify_dataset(dataset, volume(channels))
    other = channels.copy()
    other[2] += 0.02 * spans[2]  # far less than the bound of the brightest
    with pytest.raises(vcore.FormatError, match="channel 2, within"):
        verify_dataset(dataset, volume(other))


def test_regions_levels_and_pickles_agree(channels: NDArray[np.float32]) -> None:
    channels = np.tile(channels, (1, 2, 2, 2))
    dataset = vcore.open(vcore.compress(volume(channels), None, psnr=40).data)
    decoder, whole = dataset.decoder(), dataset.decode()
    region = (slice(1, 3), slice(2, 9), slice(7, 30), slice(0, 11))
    assert np.array_equal(decoder.decode(region), whole[region])
    assert np.array_equal(dataset.levels[0][1], whole[1])
    assert dataset.levels[1].shape == (3, *decoder.grids[1].shape)
    coarse = decoder.decode((), 1)
    box = tuple(slice(0, 2 * n) for n in (5, 10, 10))
    mean = channels[2][box].reshape(5, 2, 10, 2, 10, 2).mean((1, 3, 5))
    assert np.abs(coarse[2, :5, :10, :10] - mean).max() < 0.1 * np.ptp(channels[2])
    again = pickle.loads(pickle.dumps(dataset)).decode(region)
    assert np.array_equal(again, whole[region])


def test_constant_and_missing_channels() -> None:
    values = np.stack([field(0), np.full(SHAPE, 5.0), field(1), np.full(SHAPE, np.nan)])
    values = values.astype("f4")
    values[2, :3] = np.nan
    values[0, 4, 5] = -99
    report = vcore.compress(volume(values, fill_value=-99), None, quality="good")
    dataset = vcore.open(report.data)
    decoded = dataset.decode()
    assert np.array_equal(np.isnan(decoded), np.isnan(values))
    assert np.array_equal(decoded == -99, values == -99)
    assert (decoded[1] == 5).all()
    assert peak(values[2, 3:], decoded[2, 3:]) > 40
    assert dataset.decoder().filled(decoded, (slice(None),) * 4).sum() == 48
    assert [c["method"] for c in dataset.info["variables"][0]["channels"]] == [
        *("wavelet", "constant", "wavelet", "constant"),
    ]


def test_series_of_integer_channels() -> None:
    values = np.stack(
        [np.stack([1000 + 900 * field(k), 20 + 9 * field(k + 5)]) for k in range(3)]
    ).round()
    values = np.clip(values, 0, None).astype("u2")
    report = vcore.compress(volume(values, "tczyx"), None, robust_psnr=28)
    decoded = vcore.open(report.data).decode()
    for c in range(2):
        found = Foreground.of(Variable("v", values[:, c], ("t", "z", "y", "x")))
        error = np.square(decoded[:, c].astype("f8") - values[:, c]).mean()
        assert 20 * log10(found.span) - 10 * log10(error) >= 28 - 0.005
    assert len(report.variables["v"]["frames"]) == 3


def test_the_noise_is_each_channels_own() -> None:
    rng = np.random.default_rng(4)
    clean = np.broadcast_to(np.linspace(50, 1500, 160), (6, 120, 160))
    values = np.stack([rng.poisson(clean), 100 + 5 * rng.poisson(clean)]).astype("u2")
    report = vcore.compress(volume(values), None, quality="below-noise")
    noise = [c["noise"] for c in vcore.open(report.data).info["variables"][0]["channels"]]
    assert noise[1]["gain"] == pytest.approx(5, rel=0.4)
    assert noise[0]["gain"] == pytest.approx(1, rel=0.4)
    assert all(c["noise"]["sigmas"] <= 1 for c in report.variables["v"]["channels"])
    checked = verify_dataset(vcore.open(report.data), volume(values))["variables"]["v"]
    assert checked["noise_bound"] == 1
    assert 0.5 < checked["noise"]["sigmas"] <= 1


def test_bounds_in_data_units_and_small_files_keep_channels_together(
    channels: NDArray[np.float32],
) -> None:
    for budget in ({"max_error": 0.5}, {"max_error": 0}, {"bytes": 6000}):
        report = vcore.compress(volume(channels), None, **budget)
        assert not vcore.open(report.data).info["variables"][0]["channels"]
        assert len(report.variables["v"]["channels"]) == 3  # the figures are there


def test_a_damaged_header_of_channels(channels: NDArray[np.float32]) -> None:
    from vcore.container.header import VariableHeader

    dataset = vcore.open(vcore.compress(volume(channels), None, psnr=30).data)
    good = dataset.decoder().header.to_json()
    assert VariableHeader.from_json(good, dataset.grid) == dataset.decoder().header
    parts = good["channels"]
    for wrong in (
        {**good, "channels": parts[:2]},
        {**good, "channels": [*parts[:2], 7]},
        {**good, "channels": [*parts[:2], {**parts[2], "method": "channels"}]},
        {**good, "channels": [*parts[:2], {**parts[2], "name": "other"}]},
        {**good, "channels": [*parts[:2], {**parts[2], "range": [2, 1]}]},
        {k: v for k, v in good.items() if k != "channels"},
    ):
        with pytest.raises(vcore.FormatError):
            VariableHeader.from_json(wrong, dataset.grid)
