"""Nothing but a missing value decodes to the fill value."""

import numpy as np
import pytest
from volumes import blobs

import vcore
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

BUDGETS = [
    {"max_error": 2},
    {"max_error": 1},
    {"range_error": 0.05},
    {"psnr": 30},
    {"bytes": 500},
    {"max_error": 0},
]


@pytest.mark.parametrize("method", ["wavelet", "bounded"])
@pytest.mark.parametrize("budget", BUDGETS, ids=str)
@pytest.mark.parametrize("dtype", ["i2", "f4"])
@pytest.mark.parametrize("place", ["inside", "low", "high"])
def test_present_values_step_beside_it(method: str, budget: dict, dtype: str, place: str) -> None:
    if budget == {"max_error": 0}:
        method = "bounded"  # floats without loss
    values = np.rint(blobs((10, 12, 14)).astype("f8") * 60).astype(dtype)
    fill = {"inside": 7, "low": values.min(), "high": values.max()}[place]
    holes = values == fill
    values[4, 3, :9:2] = fill
    values[holes] += 1 if place != "high" else -1  # no present one is the fill value
    values[0, 0, :2] = fill - 1, fill + 1  # but the range goes beyond it
    holes = values == fill
    volume = Volume(Grid(values.shape), (Variable("v", values, fill_value=float(fill)),))
    report = vcore.compress(volume, None, method=method, budget=vcore.Budget(**budget))
    decoder = vcore.open(report.data).decoder()
    decoded = decoder.decode()
    np.testing.assert_array_equal(decoded == fill, holes)
    error = np.abs(decoded.astype("f8") - values)[~holes].max()
    if decoder.header.bound is not None:
        assert error <= decoder.header.bound["max_error"]
        assert decoder.header.bound["max_error"] == pytest.approx(
            vcore.Budget(**budget).bound(decoder.header.span) or 0
        )
    for level in range(1, len(decoder.grids)):
        missing = decoder.filled(decoder.decode(level=level), (), level)
        coarse = decoder.decode(level=level) == fill
        assert not coarse.any() if missing is None else np.array_equal(coarse, missing)
