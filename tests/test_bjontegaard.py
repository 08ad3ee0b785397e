"""Bjontegaard rate differences with known answers."""

import numpy as np
import pytest

from benchmarks.bjontegaard import envelope, monotone, rate_difference, upper_curve

CURVE = [(0.05, 30.0), (0.1, 34.0), (0.2, 37.0), (0.5, 41.0), (1.0, 46.0)]


@pytest.mark.parametrize(("factor", "percent"), [(0.5, -50), (1, 0), (2, 100), (0.7, -30)])
def test_a_curve_at_a_multiple_of_the_rate(factor, percent):
    scaled = [(factor * bpv, psnr) for bpv, psnr in CURVE]
    assert rate_difference(scaled, CURVE) == pytest.approx(percent, abs=1e-9)


def test_points_elsewhere_on_the_same_law_change_nothing():
    def law(bpv: float) -> tuple[float, float]:
        return bpv, 45 + 10 * float(np.log10(bpv))

    other = [(bpv * 0.8, psnr) for bpv, psnr in map(law, (0.06, 0.3, 1.2))]
    reference = [law(bpv) for bpv in (0.05, 0.1, 0.4, 1.0)]
    assert rate_difference(other, reference) == pytest.approx(-20, abs=1e-9)


def test_only_the_common_range_counts():
    # half the rate up to 37 dB, far worse above, where the reference has no points
    worse = [(bpv / 2, psnr) for bpv, psnr in CURVE[:3]] + [(5.0, 38.0)]
    assert rate_difference(worse, CURVE[:3]) == pytest.approx(-50, abs=2)


@pytest.mark.parametrize("other", [[], CURVE[:1], [(0.05, 50.0), (0.1, 60.0)]])
def test_without_a_common_range_there_is_none(other):
    assert rate_difference(CURVE, other) is None
    assert rate_difference(other, CURVE) is None


def test_points_that_others_beat_are_no_part_of_the_curve():
    beaten = [(0.15, 33.0), (0.2, 36.0), (0.6, 41.0)]
    assert upper_curve([*beaten, *reversed(CURVE)]) == CURVE


def test_the_envelope_is_the_better_curve_at_every_rate():
    one = [(0.1, 30.0), (0.2, 36.0), (0.4, 37.0)]
    other = [(0.11, 28.0), (0.21, 34.0), (0.39, 40.0), (0.9, 44.0)]
    assert envelope([one, other]) == [(0.1, 30.0), (0.2, 36.0), (0.39, 40.0), (0.9, 44.0)]
    near = [(bpv * 1.02, psnr + 0.1) for bpv, psnr in CURVE]
    assert len(envelope([CURVE, near])) == 2 * len(CURVE)
    assert envelope([one]) == one
    assert envelope([]) == []


def test_interpolation_goes_through_the_points_and_stays_monotone():
    x, y = np.array([0.0, 1, 2, 5, 6]), np.array([0.0, 0, 1, 1.1, 9])
    assert monotone(x, y, x) == pytest.approx(y)
    assert (np.diff(monotone(x, y, np.linspace(0, 6, 500))) >= -1e-12).all()
