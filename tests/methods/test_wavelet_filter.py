"""The filter of level 0: fitting, storage, application, damage."""

import numpy as np
import pytest
from headers import edited
from volumes import blobs, in_dtype

import vcore
from vcore.errors import FormatError
from vcore.methods.wavelet import adaptive
from vcore.methods.wavelet.tables import CLASSES, FEATURES, FILTER_UNIT, limits_of
from vcore.methods.wavelet.transform import filtered, needed, widened
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

WHOLE = (slice(0, 9), slice(0, 8), slice(0, 7))


def edges() -> np.ndarray:
    """Return values that benefit from a filter: flat regions with edges, and a little noise."""
    z, y, x = np.ogrid[:50, :60, :70]
    inside = (z - 25) ** 2 + (y - 30) ** 2 + (x - 30) ** 2 < 400
    values = np.where(inside, 160, 60) + np.where((x > 55) & (y > 9), 50, 0)
    return (values + np.random.default_rng(5).normal(0, 1.5, (50, 60, 70))).astype("u1")


def noise() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(9, 8, 7))


def state_of(header: dict) -> dict:
    """Return the state of a header's variable, without its settings."""
    state: dict = header["variables"][0]["state"]
    return state


def test_the_moments_find_the_taps_that_made_the_errors() -> None:
    values, limits = noise(), limits_of(1.0)
    taps = np.zeros((CLASSES + 1, FEATURES))
    taps[1:] = np.random.default_rng(1).normal(size=(CLASSES, FEATURES))
    errors = filtered(values, limits, taps, WHOLE, WHOLE) - values
    errors[0, 0, 0] = np.nan  # unknown
    sums = adaptive.moments(values, errors, 4.0, limits, (0, 0, 0))
    tried = 0
    for row, of_class in zip(taps, sums, strict=True):
        products, with_error = of_class[:FEATURES, :FEATURES], of_class[:FEATURES, FEATURES]
        if np.linalg.matrix_rank(products) == FEATURES:
            assert np.allclose(np.linalg.solve(products, with_error), row)
            tried += 1
    assert tried >= 2
    assert sums[:, FEATURES, FEATURES + 1].sum() == values.size - 1  # none is below all classes


def test_a_part_is_filtered_as_the_whole() -> None:
    values = noise()
    limits, taps = limits_of(0.5), np.ones((CLASSES + 1, FEATURES)) / 8
    whole = filtered(values, limits, taps, WHOLE, WHOLE)
    for lo, hi in (((0, 0, 0), (3, 8, 2)), ((4, 3, 2), (5, 6, 7)), ((8, 7, 6), (9, 8, 7))):
        region = tuple(map(slice, lo, hi))
        there = widened(region, 2, values.shape)
        part = filtered(values[there].copy(), limits, taps, there, region)
        assert np.array_equal(part, whole[region])


def test_the_filter_pays() -> None:
    values = edges()
    data = vcore.compress(values, None, method="wavelet", settings={"step": 0.05}).data
    decoder = vcore.open(data).decoder()
    assert decoder.header.state["filter"]
    without = vcore.open(edited(data, lambda h: state_of(h).pop("filter"))).decode()
    error, other = (np.square(v - values.astype("f8")).mean() for v in (decoder.decode(), without))
    assert error < 0.97 * other


def with_and_without(data: bytes, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the squared errors of a file with its stored filter, and without."""
    decoder = vcore.open(data).decoder()
    assert decoder.header.state["filter"]
    without = vcore.open(edited(data, lambda h: state_of(h).pop("filter"))).decode()
    return tuple(np.square(v - values.astype("f8")) for v in (decoder.decode(), without))  # type: ignore[return-value]


def test_a_blank_end_is_not_harmed() -> None:
    values = edges()[:40]
    values = np.concatenate([values, np.full((2, 60, 70), values.min(), "u1")])
    data = vcore.compress(values, None, method="wavelet", settings={"step": 0.05}).data
    for slices in (slice(0, 38), slice(39, 40), slice(40, 42)):
        error, other = (v[slices].mean() for v in with_and_without(data, values))
        assert error <= 1.01 * other


def test_one_channel_teaches_nothing_that_harms_another() -> None:
    """Of 2.5 million voxels, two of four channels nearly empty: a sample could miss the rest."""
    full = np.tile(edges()[:44], (1, 2, 2))[:, :, :120]
    empty = np.zeros_like(full)
    empty[20:24, 30:36, 40:50] = edges()[20:24, 30:36, 20:30]
    values = np.stack([empty, full, empty, full])
    volume = Volume(Grid(values.shape[1:]), (Variable("v", values, ("c", "z", "y", "x")),))
    data = vcore.compress(volume, None, method="wavelet", max_error=25).data
    error, other = with_and_without(data, values)
    for channel, tolerance in enumerate((1.01, 1.0, 1.01, 1.0)):
        assert error[channel].mean() < tolerance * other[channel].mean()


def test_where_it_does_not_pay_there_is_none() -> None:
    values = in_dtype(blobs((12, 9, 14)), "u1", 0, 255)
    data = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(psnr=40)).data
    assert "filter" not in vcore.open(data).decoder().header.state


def test_the_psnr_is_met_with_the_filter() -> None:
    for values in (edges(), np.where(edges() > 190, np.nan, edges().astype("f4"))):
        report = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(psnr=36))
        assert "filter" in vcore.open(report.data).decoder().header.state
        assert 36 <= report.psnr < 36.05


def test_even_samples_reach_less_far() -> None:
    assert needed(10, 20, 100) == (4, 26)  # the last is odd
    assert needed(10, 21, 100) == (4, 26)
    assert needed(11, 22, 27) == (4, 27)


@pytest.mark.parametrize(
    "rows",
    [
        7,
        "taps",
        [[]] * 12,
        [[1] * 7] * 13,
        [[0.5] * 8] * 13,
        [[1 << 16] * 8] * 13,
        [None] * 13,
    ],
    ids=["number", "text", "few", "short", "fractions", "large", "none"],
)
def test_a_damaged_filter_is_refused(rows: object) -> None:
    values = in_dtype(blobs((12, 9, 14)), "u1", 0, 255)
    data = vcore.compress(values, None, method="wavelet", budget=vcore.Budget(psnr=40)).data
    with pytest.raises(FormatError, match="damaged"):
        vcore.open(edited(data, lambda h: state_of(h).update(filter=rows))).decode()


def test_extreme_taps_give_finite_values() -> None:
    values = edges()
    data = vcore.compress(values, None, method="wavelet", settings={"step": 0.05}).data
    rows = [[FILTER_UNIT * 8, -FILTER_UNIT * 8] * 4] * CLASSES
    found = vcore.open(edited(data, lambda h: state_of(h).update(filter=rows))).decode()
    assert found.shape == values.shape
