"""Prediction of details from the decoded low band: gain, exactness, structure, damage."""

from importlib.resources import files
from typing import Any

import numpy as np
import pytest
from headers import edited
from scipy.ndimage import gaussian_filter

import vcore
from vcore.errors import FormatError
from vcore.methods.wavelet.prediction import (
    BANDS,
    CHECKSUMS,
    NEWEST,
    Prediction,
    padded_cells,
    poses,
    prediction_of,
    surroundings,
)
from vcore.methods.wavelet.prediction_loops import LEAST_BEND, LEAST_SCALE, normalise
from vcore.model.regions import shape_of


def solids(n: int = 70, seed: int = 2) -> np.ndarray:
    """Return balls with edges of a voxel, between 0 and 1, and nothing in the first planes."""
    rng, values = np.random.default_rng(seed), np.zeros((n, n - 3, n + 5), np.float32)
    grid = np.indices(values.shape, dtype=np.float32)
    for _ in range(14):
        centre = rng.uniform((0.45 * n, 0.15 * n, 0.15 * n), 0.85 * n)
        radius = rng.uniform(0.06, 0.16) * n
        distance = np.sqrt(sum((g - c) ** 2 for g, c in zip(grid, centre, strict=True)))
        inside = 1 / (1 + np.exp(np.clip((distance - radius) / 0.4, -30, 30)))
        values = np.maximum(values, rng.uniform(0.3, 1) * inside).astype(np.float32)
    return values


def coded(values: np.ndarray, *, prediction: bool = True, **budget: Any) -> Any:
    """Return the report of a file in memory."""
    settings = {"prediction": prediction}
    return vcore.compress(values, None, method="wavelet", settings=settings, **budget)


def state_of(data: bytes) -> dict:
    """Return the state of the variable."""
    found: dict = {}
    edited(data, lambda header: found.update(header["variables"][0]["state"]))
    return found


def test_edges_take_fewer_bytes() -> None:
    values = solids()
    plain, predicted = (coded(values, prediction=p, psnr=42) for p in (False, True))
    assert predicted.bytes < 0.95 * plain.bytes
    decoded = vcore.open(predicted.data).decode()
    error = np.square(decoded.astype("f8") - values).mean()
    assert 42 <= 10 * np.log10(np.ptp(values) ** 2 / error) < 42.1
    assert state_of(predicted.data)["prediction"][0] & 1
    assert 0 <= vcore.open(predicted.data).info["variables"][0]["predicted"] < 0.9
    assert "prediction" not in state_of(plain.data)
    assert "predicted" not in vcore.open(plain.data).info["variables"][0]


def test_noise_is_not_predicted() -> None:
    noise = np.random.default_rng(1).normal(size=(40, 41, 42)).astype("f4")
    assert state_of(coded(noise, psnr=30).data)["prediction"][0] & 7 == 0


@pytest.mark.parametrize("shape", [(70, 37, 75), (66, 1, 70), (40, 5, 73)])
def test_regions_and_levels_are_those_of_the_whole(shape: tuple[int, ...]) -> None:
    values = np.ascontiguousarray(solids()[-shape[0] :, 30 : 30 + shape[1], : shape[2]])
    dataset = vcore.open(coded(values, psnr=45).data)
    for level in range(len(dataset.levels)):
        whole = dataset.decode(level=level)
        rng = np.random.default_rng(level)
        for _ in range(6):
            ends = [sorted(rng.integers(0, n + 1, 2)) for n in whole.shape]
            region = tuple(slice(a, b) for a, b in ends)
            assert np.array_equal(dataset.decode(region, level=level), whole[region])


def test_every_frame_and_channel_is_predicted() -> None:
    values = np.stack([solids(30, seed) for seed in range(3)])
    dataset = vcore.open(coded(values, psnr=45).data)
    whole = dataset.decode()
    for frame, one in zip(whole, values, strict=True):
        error = np.square(frame.astype("f8") - one).mean()
        assert 10 * np.log10(np.ptp(values) ** 2 / error) > 43
    assert np.array_equal(
        dataset.decode((slice(1, 2), slice(3, 20), slice(0, 9), slice(2, 30))),
        whole[1:2, 3:20, :9, 2:30],
    )


def test_missing_values_stay_missing() -> None:
    values = solids(40)
    values[20:24, 5:9] = np.nan
    decoded = vcore.open(coded(values, psnr=45).data).decode()
    assert np.array_equal(np.isnan(decoded), np.isnan(values))
    assert np.nanmax(np.abs(decoded - values)) < 0.2


@pytest.mark.parametrize("step", [0.004, 0.02, 0.08])
def test_no_structure_is_invented(step: float) -> None:
    """Where the original is flat, nothing beyond the error of plain coding appears, and faint spots
    around and below the step are kept as plain coding keeps them."""
    values = solids()
    faint = np.zeros_like(values)
    for k, contrast in enumerate((0.5, 1, 2, 4, 8)):
        faint[8, 10 + 12 * k, 20:60:8] = contrast * step * 4
    values += gaussian_filter(faint, 1)
    plain, predicted = (
        vcore.open(
            vcore.compress(
                values, None, method="wavelet", settings={"prediction": p, "step": step}
            ).data
        ).decode()
        for p in (False, True)
    )
    flat = gaussian_filter(np.abs(values - np.median(values)), 4) < 1e-6
    assert flat.sum() > 1000
    for error in (predicted - values, plain - values):
        assert np.abs(error[flat]).max() < 2 * step
    spots = faint > 0
    kept = np.abs(plain - np.median(values)) > 0.5 * np.abs(values - np.median(values))
    lost = kept & ~(np.abs(predicted - np.median(values)) > 0.3 * values) & spots
    assert not lost[values > 2 * step].any()
    assert np.abs(predicted - values).max() < 1.3 * np.abs(plain - values).max() + step


def test_a_part_is_predicted_as_the_whole() -> None:
    low, shape = 40 * solids(24).astype("f8"), (47, 42, 58)
    network, whole = prediction_of(NEWEST), np.zeros(shape)
    network.add(low, (0, 0, 0), 1, 1.0, whole)
    assert whole.any()
    for start, stop in (((0, 0, 0), (9, 42, 5)), ((12, 6, 20), (31, 19, 58))):
        region = tuple(map(slice, start, stop))
        there = surroundings(region, shape)
        part = np.zeros(shape_of(region))
        at = [a.start - b.start // 2 for a, b in zip(there, region, strict=True)]
        network.add(low[there], at, 1, 1.0, part)
        assert np.array_equal(part, whole[region])


def test_what_is_flat_is_predicted_as_zero() -> None:
    z, y, x = np.mgrid[:9, :10, :11]
    ramp = 3.0 * z + 2.0 * y - x
    for low in (np.full((9, 10, 11), 7.0), ramp):
        out = np.zeros((18, 20, 22))
        prediction_of(NEWEST).add(low, (0, 0, 0), 0, 1.0, out)
        assert not out[4:-6, 4:-6, 4:-6].any()
    assert LEAST_BEND < 2 < 2.1 * LEAST_SCALE


def test_an_inverted_volume_has_the_inverted_prediction() -> None:
    low = 30 * gaussian_filter(np.random.default_rng(4).normal(size=(11, 11, 11)), 1.5)
    found = np.zeros((2, 22, 22, 22))
    for sign, out in zip((1.0, -1.0), found, strict=True):
        prediction_of(NEWEST).add(sign * low, (0, 0, 0), 0, 1.0, out)
    assert found[0].any()
    assert np.array_equal(found[0], -found[1])


def test_windows_are_normalised() -> None:
    low = np.random.default_rng(5).normal(3, 4, (8, 9, 10))
    padded = padded_cells(low, (0, 0, 0), low.shape)
    means, scales = np.empty((2, *low.shape))
    normalise(padded, means, scales)
    window = padded[2:8, 3:9, 4:10]
    assert means[2, 3, 4] == pytest.approx(window.mean())
    assert scales[2, 3, 4] == pytest.approx(np.sqrt(window.var() + 1))


def test_weights_that_are_not_the_published_ones_are_refused(monkeypatch: Any) -> None:
    monkeypatch.setitem(CHECKSUMS, NEWEST, 1)
    with pytest.raises(FormatError, match="install"):
        Prediction(NEWEST)


def test_every_pose_sees_the_same_number_of_samples() -> None:
    for band in BANDS:
        samples = poses(band)
        assert samples.shape == (32, 60, 3)
        assert samples.min() >= 0
        assert samples.max() < 6
        assert all(len(np.unique(pose, axis=0)) == 60 for pose in samples)


def test_sums_of_products_are_exact() -> None:
    """All partial sums, in any order, stay below 2**24."""
    path = files("vcore.methods.wavelet") / "weights"
    for number in range(1, NEWEST + 1):
        with (path / f"details-{number}.npz").open("rb") as stream, np.load(stream) as stored:
            for weights, biases in (("w1", "b1"), ("w2", "b2"), ("w3", "b3")):
                sums = 1023 * np.abs(stored[weights].astype(np.int64)).sum(0)
                assert (sums + np.abs(stored[biases])).max() < 1 << 24
            assert stored["w1"].shape[1] % 4 == stored["w1"].shape[0] % 4 == 0


@pytest.mark.parametrize(
    ("prediction", "message"),
    [
        ([8 * NEWEST + 9, 0], "update vcore"),
        ([1, 0], "update vcore"),
        ([8 * NEWEST + 1], "damaged"),
        ([-8, 0], "damaged"),
        ("details", "damaged"),
        ([1 << 40, 0], "damaged"),
        ([8 * NEWEST + 4, 0], "damaged"),  # a level that such a small volume has not
        (0, "damaged"),
        ({}, "damaged"),
    ],
)
def test_damaged_predictions_are_refused(prediction: Any, message: str) -> None:
    data = coded(solids(30), psnr=40).data

    def change(header: dict) -> None:
        header["variables"][0]["state"]["prediction"] = prediction

    with pytest.raises(FormatError, match=message):
        vcore.open(edited(data, change)).decode()
