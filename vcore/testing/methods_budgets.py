"""Tests of the budgets that every method must keep and reach."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

import vcore
from vcore.errors import BudgetError
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume
from vcore.noise import Detector
from vcore.testing.measures import distance, figures, random_regions, tolerance
from vcore.testing.methods_case import (
    FINE,
    LONG_NAMES,
    REACHED,
    SHAPE,
    Case,
    frames_and_channels,
    label,
)
from vcore.testing.volumes import blobs, frames, holes, in_dtype


class BudgetContract:
    """Every budget is kept, and every budget that the case does not list as refused is reached."""

    @pytest.mark.parametrize("budget", REACHED, ids=label)
    def test_budget_is_reached(self, case: Case, budget: vcore.Budget, tmp_path: Path) -> None:
        original = blobs(SHAPE)
        path = tmp_path / "small.vcore"
        report = case.within(original, budget, path)
        if report is None:
            assert not list(tmp_path.iterdir())
            return
        assert report.bytes == path.stat().st_size
        limit = budget.limit_bytes(original.nbytes, original.size)
        if limit is not None:
            assert report.bytes <= limit
        rms, _ = figures(original, vcore.open(path).decode())
        reached = 20 * np.log10(float(np.ptp(original)) / max(rms, 1e-30))
        if budget.psnr is not None:
            assert reached >= budget.psnr - 0.01
        if rms > 0:
            assert report.psnr == pytest.approx(reached, abs=1e-3)

    def test_size_is_kept_with_long_names_and_several_variables(self, case: Case) -> None:
        rng = np.random.default_rng(1)
        names = ["".join(map(chr, rng.integers(0x4E00, 0x9000, 400))) for _ in range(2)]
        parts = tuple("".join(map(chr, rng.integers(0x4E00, 0x9000, 20))) for _ in range(2))
        values = frames_and_channels("czyx")["v"].data
        variables = tuple(Variable(n, values, tuple("czyx"), components=parts) for n in names)
        volume = Volume(Grid(SHAPE), variables)
        report = case.within(volume, LONG_NAMES)
        assert report is None or report.bytes <= (LONG_NAMES.bytes or 0)
        with suppress(BudgetError):  # header and names take most of the budget
            assert case.compress(volume, budget=vcore.Budget(bytes=8000)).bytes <= 8000

    @pytest.mark.parametrize(
        ("dtype", "low", "high", "budget", "bound"),
        [
            ("f4", 0, 1, vcore.Budget(max_error=0.01), 0.01),
            ("f4", 1000, 1100, vcore.Budget(range_error=0.002), 0.2),
            ("f8", -1e9, 1e9, vcore.Budget(range_error=0.0005), 1e6),
            ("f2", 0, 10, vcore.Budget(max_error=0.05), 0.05),
            ("u1", 0, 255, vcore.Budget(max_error=1), 1),
            ("u2", 0, 60_000, vcore.Budget(max_error=60.7), 60.7),
            ("i4", -(2**31), 2**31 - 1, vcore.Budget(range_error=0.001), 0.001 * (2**32 - 1)),
        ],
    )
    def test_bound_is_kept(
        self, case: Case, dtype: str, low: float, high: float, budget: vcore.Budget, bound: float
    ) -> None:
        original = in_dtype(blobs(SHAPE), dtype, low, high)
        report = case.compress(original, budget=budget)
        ds = vcore.open(report.data)
        assert figures(original, ds.decode())[1] <= bound * (1 + 1e-12)
        assert ds.info["variables"][0]["guarantee"]["max_error"] == pytest.approx(bound)
        for region in random_regions(SHAPE, 8):
            assert figures(original[region], ds.decode(region))[1] <= bound * (1 + 1e-12)

    def test_share_of_the_noise_is_kept(self, case: Case) -> None:
        rng = np.random.default_rng(4)
        signal = 400 * blobs(SHAPE).astype("f8")
        original = np.rint(rng.poisson(signal) * 2.0 + rng.normal(100, 5, SHAPE)).astype("u2")
        budget = vcore.Budget(noise_sigma=2, gain=2, offset=100, read_noise=5)
        report = case.compress(original, budget=budget)
        detector = Detector(2, 100, 5)
        ds = vcore.open(report.data)
        decoded = ds.decode()
        off = np.abs(detector.stabilise(decoded) - detector.stabilise(original))
        assert 0 < off.max() <= 2
        assert report.variables["values"]["noise"]["sigmas"] == pytest.approx(off.max())
        for region in random_regions(SHAPE, 4):
            assert distance(ds.decode(region), decoded[region]) <= tolerance(ds.decoder())

    def test_bound_is_kept_with_holes_in_every_frame(self, case: Case) -> None:
        original = holes(frames((3, 9, 11, 10)))
        data = case.compress(original, budget=vcore.Budget(max_error=0.02)).data
        decoded = vcore.open(data).decode()
        here = np.isfinite(original)
        assert np.array_equal(decoded[~here], original[~here], equal_nan=True)
        assert figures(original, decoded)[1] <= 0.02

    @pytest.mark.parametrize("budget", FINE, ids=label)
    def test_fine_bounds_need_an_exact_method(self, case: Case, budget: vcore.Budget) -> None:
        for original in (blobs(SHAPE), in_dtype(blobs(SHAPE), "u2", 0, 60_000)):
            beyond = original.dtype.kind == "f" and budget.max_error == 0 and not case.keeps_bounds
            if beyond or not case.exact:
                match = "what float32 can resolve" if case.exact else "exact method"
                with pytest.raises(BudgetError, match=match):
                    case.compress(original, budget=budget)
                continue
            report = case.within(original, budget)
            if report is None:
                continue
            decoded = vcore.open(report.data).decode()
            span = float(original.max()) - float(original.min())
            assert figures(original, decoded)[1] <= (budget.bound(span) or 0)
