"""What every method keeps, as a suite: subclass MethodContract and give it the fixture ``case``."""

import json
import pickle
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from volumes import blobs, frames, holes, in_dtype, ramp

import vcore
from vcore import methods
from vcore.container import Container
from vcore.engine.decoder import VariableDecoder
from vcore.errors import BudgetError, Cancelled, InputError, TruncatedError
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.pyramid import box_mean
from vcore.model.volume import Variable, Volume
from vcore.noise import Detector

SAME = 1e-5
"""Share of the data range by which an inexact decoder may differ from itself."""
SHAPE = (13, 17, 9)
AMPLE = vcore.Budget(bytes=60_000)
ODD_SHAPES = ((13, 17, 9), (5, 70, 3), (1, 20, 30), (3, 1, 40), (7, 1, 1), (2, 2, 2))
DTYPE_RANGES = (
    ("u1", 0, 255),
    ("i1", -128, 127),
    ("u2", 60_000, 60_100),
    ("i2", -32_768, 32_767),
    ("u4", 4_294_960_000, 4_294_967_295),
    ("i4", -(2**31), 2**31 - 1),
    ("f2", -6.0e4, 6.0e4),
    ("f4", 1.0e6, 1.0e6 + 10),
    ("f4", -3.0e38, 3.0e38),
    ("f8", 1.0e12, 1.0e12 + 5),
    ("f8", -1.0e-140, 3.0e-140),
)


@dataclass(frozen=True)
class Case:
    """A method with settings that encode a small volume in a fraction of a second.

    Parameters
    ----------
    method, settings
        As for ``vcore.compress``.
    training
        Settings with which its error is that of a fitted method.
    budget
        A budget that it meets on every volume of this suite.
    flat
        Whether it takes volumes of one voxel along an axis.
    level_error
        How many times the error of level 0 a coarse level may have; more than 1.5 for methods that
        code coarse levels for themselves and correct their errors in the finer ones.
    """

    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    budget: vcore.Budget = AMPLE
    flat: bool = True
    level_error: float = 1.5

    def __str__(self) -> str:
        variant = [str(self.settings[key]) for key in ("preset", "effort") if key in self.settings]
        return "-".join([self.method, *variant])

    def __hash__(self) -> int:
        return hash((self.method, json.dumps(dict(self.settings)), self.budget))

    def compress(self, source: Any, path: Path | None = None, **options: Any) -> vcore.Report:
        """Compress with this method; ``options`` go before the case's own."""
        mine = {"method": self.method, "settings": self.settings, "budget": self.budget}
        return vcore.compress(source, path, **{**mine, **options})

    @property
    def exact(self) -> bool:
        """Whether the decoder gives the same values everywhere."""
        return methods.get(self.method).exact


@lru_cache(64)
def encoded(case: Case, what: str) -> tuple[Volume, bytes]:
    """Return a volume and its file, compressed once a session."""
    volume = VOLUMES[what]()
    settings = {**case.settings, **(case.training if what not in UNTRAINED else {})}
    return volume, case.compress(volume, settings=settings).data


def _lead(axes: str) -> Volume:
    values = frames((3, *SHAPE)) if "t" in axes else blobs(SHAPE)
    if "t" in axes:  # each frame at its own height, so that a wrong one is far off
        values += np.arange(3, dtype="f4").reshape(3, 1, 1, 1)
    if "c" in axes:
        values = np.stack([values, values + 4], axis=-4)
    times = (0.0, 0.25, 1.0) if "t" in axes else None
    grid = Grid(SHAPE, times=times, time_unit="second" if times else "")
    return Volume(grid, (Variable("v", values, tuple(axes)),))


def _several() -> Volume:
    variables = (
        Variable("density", blobs(SHAPE)),
        Variable("count", in_dtype(blobs(SHAPE, seed=8), "u2", 3, 900), unit="1"),
        Variable("velocity", _lead("czyx")["v"].data, tuple("czyx"), "m/s", ("u", "v")),
    )
    return Volume(Grid(SHAPE), variables)


VOLUMES = {
    "blobs": lambda: Volume.from_array(blobs(SHAPE)),
    "bytes": lambda: Volume.from_array(in_dtype(blobs((20, 70, 66)), "u1", 0, 255)),
    "ramp": lambda: Volume(
        Grid((29, 34, 27), (2.0, 0.5, 0.25), (10.0, -5.0, 3.0)),
        (Variable("ramp", ramp((29, 34, 27))),),
    ),
    "holes": lambda: Volume.from_array(holes(blobs((9, 11, 10)))),
    "tzyx": lambda: _lead("tzyx"),
    "czyx": lambda: _lead("czyx"),
    "tczyx": lambda: _lead("tczyx"),
    "several": _several,
}


UNTRAINED = ("bytes", "holes")
"""Volumes on which nothing depends on how well the method was fitted."""


def tolerance(decoder: VariableDecoder) -> float:
    """Return how far two decodings of the same voxel may lie apart, in data units."""
    low, high = map(float, decoder.header.range)
    if decoder.exact:
        return 0.0
    if decoder.dtype.kind != "f":
        return 1.0
    rounding = 2 * max(abs(low), abs(high)) * float(np.finfo(decoder.dtype).eps)
    return SAME * (high - low) + rounding


def distance(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Return the largest difference; missing values must be missing in both."""
    a, b = a.astype("f8"), b.astype("f8")
    assert a.shape == b.shape
    here = np.isfinite(a)
    assert np.array_equal(a[~here], b[~here], equal_nan=True)
    return float(np.abs(a[here] - b[here]).max(initial=0))


def random_regions(shape: tuple[int, ...], count: int, seed: int = 0) -> list[tuple[slice, ...]]:
    """Return regions of an array of ``shape``, single voxels and the whole among them."""
    rng = np.random.default_rng(seed)
    found = [tuple(slice(0, n) for n in shape), tuple(slice(n - 1, n) for n in shape)]
    while len(found) < count:
        ends = [np.sort(rng.choice(n + 1, 2, replace=False)) for n in shape]
        found.append(tuple(slice(int(a), int(b)) for a, b in ends))
    return found


def figures(original: NDArray[Any], decoded: NDArray[Any]) -> tuple[float, float]:
    """Return the root mean square error and the largest error over the finite voxels."""
    here = np.isfinite(original.astype("f8"))
    error = decoded.astype("f8")[here] - original.astype("f8")[here]
    scale = np.abs(error).max(initial=0)  # squares of large errors overflow
    return float(scale * np.sqrt(np.mean((error / (scale or 1)) ** 2))), float(scale)


def fine_of(region: tuple[slice, ...], level: int) -> tuple[slice, ...]:
    """Return the voxels of level 0 whose boxes are ``region`` of ``level``."""
    return tuple(slice(s.start << level, s.stop << level) for s in region)


class Recorder:
    """A progress callback that remembers, and can cancel when a stage begins."""

    def __init__(self, cancel_at: str | None = None) -> None:
        self.calls: list[tuple[str, float]] = []
        self.cancel_at = cancel_at
        self.context = Context(progress=self, cancelled=threading.Event())

    def __call__(self, stage: str, share: float) -> None:
        self.calls.append((stage, share))
        if stage == self.cancel_at:
            self.context.cancelled.set()


class MethodContract:
    """The promises that DESIGN.md makes for every method."""

    @pytest.fixture
    def case(self) -> Case:
        """Return the method under test."""
        raise NotImplementedError

    # round trip

    def test_round_trip(self, case: Case) -> None:
        volume = Volume.from_array(in_dtype(blobs((20, 33, 30)), "u1", 0, 255))
        report = case.compress(volume, settings={**case.settings, **case.training})
        original = volume.variables[0].read()
        decoded = vcore.open(report.data).decode()
        assert decoded.shape == original.shape
        assert decoded.dtype == original.dtype
        rms, largest = figures(original, decoded)
        assert rms < original.std()
        assert report.mse == pytest.approx(rms**2, rel=1e-6)
        assert report.max_error == pytest.approx(largest)
        if rms > 0:
            assert report.psnr == pytest.approx(20 * np.log10(255 / rms), abs=1e-3)
        else:
            assert report.psnr == np.inf
        assert report.bytes == len(report.data)
        assert report.ratio == pytest.approx(original.nbytes / report.bytes)
        assert report.bpv == pytest.approx(8 * report.bytes / original.size)

    def test_header_survives(self, case: Case) -> None:
        grid = Grid(SHAPE, (3.0, 0.5, 0.25), (1.0, 2.0, 3.0), unit="micrometer")
        variable = Variable("r/ho", blobs(SHAPE), unit="kg/m³", association="cell")
        data = case.compress(Volume(grid, (variable,))).data
        ds = vcore.open(data)
        assert ds.grid == grid
        header = ds.decoder().header
        assert (header.name, header.unit, header.association) == ("r/ho", "kg/m³", "cell")
        assert header.method == case.method
        assert header.range == (float(variable.read().min()), 1.0)
        assert ds.check() > 0

    @pytest.mark.parametrize(("dtype", "low", "high"), DTYPE_RANGES)
    def test_dtype(self, case: Case, dtype: str, low: float, high: float) -> None:
        original = in_dtype(blobs(SHAPE), dtype, low, high)
        report = case.compress(original)
        decoded = vcore.open(report.data).decode()
        assert decoded.dtype == original.dtype
        assert decoded.min() >= original.min()
        assert decoded.max() <= original.max()
        rms, _ = figures(original, decoded)
        assert rms < 0.5 * (float(original.max()) - float(original.min()))
        assert np.isfinite(report.psnr) or (rms == 0 and report.psnr == np.inf)

    @pytest.mark.parametrize(("low", "high"), [(0, 1e-300), (0, 1.7e308), (-1e308, 1e308)])
    def test_ranges_beyond_float64_squares_are_refused(
        self, case: Case, low: float, high: float
    ) -> None:
        original = np.where(blobs(SHAPE) < 0.5, low, high)
        with pytest.raises(InputError, match="scale it first"):
            case.compress(original)

    def test_byte_order(self, case: Case) -> None:
        original = in_dtype(blobs(SHAPE), "i2", -900, 900)
        big = case.compress(original.astype(">i2")).data
        assert vcore.open(big).decode().dtype == np.dtype("i2")
        assert big == case.compress(original).data

    @pytest.mark.parametrize("shape", ODD_SHAPES, ids=str)
    def test_odd_shape(self, case: Case, shape: tuple[int, int, int]) -> None:
        original = in_dtype(blobs(shape), "f4", -1, 1)
        if min(shape) == 1 and not case.flat:
            with pytest.raises(InputError, match="at least two voxels along each axis"):
                case.compress(original)
            return
        report = case.compress(original)
        ds = vcore.open(report.data)
        decoded = ds.decode()
        assert decoded.shape == shape
        rms, largest = figures(original, decoded)
        assert report.max_error == pytest.approx(largest)
        # a method that has to be fitted for longer need not beat the mean here
        assert rms < (np.ptp(original) if case.training else original.std())
        for level, grid in enumerate(ds.grid_levels):
            assert grid.shape == tuple(-(-n // 2**level) for n in shape)
            assert ds.decode(level=level).shape == grid.shape

    @pytest.mark.parametrize(
        ("dtype", "value"), [("u1", 255), ("i4", -7), ("f2", 0.5), ("f8", 1e300)]
    )
    def test_constant(self, case: Case, dtype: str, value: float) -> None:
        original = np.full(SHAPE, value, dtype)
        report = case.compress(original)
        assert np.array_equal(vcore.open(report.data).decode(), original)
        assert report.bytes < 400
        assert report.max_error == 0

    # regions and levels

    @pytest.mark.parametrize("what", ["bytes", "holes", "tczyx"])
    def test_regions_are_crops(self, case: Case, what: str) -> None:
        ds = vcore.open(encoded(case, what)[1])
        decoder = ds.decoder()
        for level in range(len(decoder.grids)):
            whole = ds.decode(level=level)
            assert whole.shape == decoder.shape(level)
            for region in random_regions(whole.shape, 12, seed=level):
                part = ds.decode(region, level)
                assert distance(part, whole[region]) <= tolerance(decoder)

    def test_chunks_are_crops(self, case: Case) -> None:
        ds = vcore.open(encoded(case, "bytes")[1])
        for level, array in enumerate(ds.levels):
            assert distance(array[...], ds.decode(level=level)) <= tolerance(ds.decoder())

    def test_levels_are_means(self, case: Case) -> None:
        volume, data = encoded(case, "ramp")
        ds = vcore.open(data)
        original = volume.variables[0].read().astype("f8")
        span = original.max() - original.min()
        rms = figures(original, ds.decode())[0]
        for level in range(1, len(ds.grid_levels)):
            mean = box_mean(original, (2**level,) * 3)
            error = figures(mean, ds.decode(level=level))[0]
            assert error <= case.level_error * rms + SAME * span

    def test_levels_line_up(self, case: Case) -> None:
        volume, data = encoded(case, "ramp")
        ds = vcore.open(data)
        spacing, origin = np.array(volume.grid.spacing), np.array(volume.grid.origin)
        original = volume.variables[0].read()
        rms, largest = figures(original, ds.decode())
        rms, largest = (v * max(case.level_error / 1.5, 1) for v in (rms, largest))
        for level, grid in enumerate(ds.grid_levels):
            assert grid.shape == tuple(-(-n // 2**level) for n in volume.grid.shape)
            assert grid.spacing == pytest.approx(spacing * 2**level)
            assert grid.origin == pytest.approx(origin + spacing * (2**level - 1) / 2)
            values = ds.decode(level=level)
            inside = tuple(slice(0, n // 2**level) for n in volume.grid.shape)
            axes = [
                (o + s * np.arange(n) - first) / fine * slope
                for o, s, n, first, fine, slope in zip(
                    grid.origin,
                    grid.spacing,
                    grid.shape,
                    origin,
                    spacing,
                    (1, 0.5, 0.25),
                    strict=True,
                )
            ]
            expected = sum(np.meshgrid(*axes, indexing="ij", sparse=True))
            own_bias = np.mean(ds.decode(fine_of(inside, level)) - original[fine_of(inside, level)])
            bias = np.mean(values[inside] - expected[inside])
            assert abs(bias) <= abs(own_bias) + 0.1 * rms + 1e-4
            assert figures(expected[inside], values[inside])[1] <= largest + 1e-4

    def test_region_outside_is_refused(self, case: Case) -> None:
        ds = vcore.open(encoded(case, "blobs")[1])
        outside = (
            (slice(0, 14), slice(None), slice(None)),
            (0, 0, 0, 0),
            (slice(3, 2),),
            (slice(0, 4, 2),),
            9,
        )
        for region in outside:
            with pytest.raises(InputError, match="Expected"):
                ds.decode(region)
        for level in (-1, len(ds.grid_levels)):
            with pytest.raises(InputError, match="level"):
                ds.decode(level=level)

    # missing values

    def test_missing_values_are_kept(self, case: Case) -> None:
        volume, data = encoded(case, "holes")
        original = volume.variables[0].read()
        ds = vcore.open(data)
        decoded = ds.decode()
        here = np.isfinite(original)
        assert np.array_equal(np.isfinite(decoded), here)
        assert np.array_equal(decoded[~here], original[~here], equal_nan=True)
        for level in range(1, len(ds.grid_levels)):
            share = box_mean(here.astype("f8"), (2**level,) * 3)
            assert np.array_equal(np.isfinite(ds.decode(level=level)), share > 0)

    def test_figures_cover_present_voxels(self, case: Case) -> None:
        original = holes(blobs((9, 11, 10)))
        report = case.compress(original)
        rms, largest = figures(original, vcore.open(report.data).decode())
        assert report.mse == pytest.approx(rms**2, rel=1e-5)
        assert report.max_error == pytest.approx(largest, rel=1e-6)

    @pytest.mark.parametrize(("dtype", "fill"), [("i2", -999), ("u1", 0), ("f4", -1e30)])
    def test_fill_value(self, case: Case, dtype: str, fill: float) -> None:
        values = in_dtype(blobs(SHAPE), dtype, 20, 120)
        absent = np.zeros(SHAPE, bool)
        absent[3:7, :5, 2:] = absent[-1, -1, -1] = True
        values[absent] = fill
        volume = Volume(Grid(SHAPE), (Variable("v", values, fill_value=fill),))
        report = case.compress(volume)
        decoded = vcore.open(report.data).decode()
        assert np.array_equal(decoded == values.dtype.type(fill), absent)
        assert decoded[~absent].min() >= 20
        error = np.abs(decoded.astype("f8") - values)[~absent].max()
        assert report.max_error == pytest.approx(error)

    def test_all_missing_is_refused(self, case: Case) -> None:
        with pytest.raises(InputError, match="nothing to compress"):
            case.compress(np.full(SHAPE, np.nan, "f4"))

    # axes and variables

    @pytest.mark.parametrize("axes", ["tzyx", "czyx", "tczyx"])
    def test_leading_axes(self, case: Case, axes: str) -> None:
        volume, data = encoded(case, axes)
        original = volume.variables[0].read()
        ds = vcore.open(data)
        assert ds.decoder().header.axes == tuple(axes)
        assert ds.grid.times == volume.grid.times
        decoded = ds.decode()
        assert decoded.shape == original.shape
        for index in np.ndindex(*original.shape[:-3]):
            # a frame must be itself: nearer to its own original than to any other
            errors = {
                other: figures(original[other], decoded[index])[0]
                for other in np.ndindex(*original.shape[:-3])
            }
            assert min(errors, key=lambda k: errors[k]) == index
        for level in range(len(ds.grid_levels)):
            assert ds.decode(level=level).shape[:-3] == original.shape[:-3]

    def test_several_variables(self, case: Case) -> None:
        volume, data = encoded(case, "several")
        ds = vcore.open(data)
        assert list(ds.variables) == ["density", "count", "velocity"]
        for variable in volume.variables:
            decoded = ds.decode(variable=variable.name)
            assert decoded.shape == variable.shape
            assert decoded.dtype == variable.dtype
            header = ds.decoder(variable.name).header
            assert (header.unit, header.components) == (variable.unit, variable.components)
            original = variable.read()
            span = float(original.max()) - float(original.min())
            assert figures(original, decoded)[0] < 0.5 * span
        with pytest.raises(InputError, match="density, count, velocity"):
            ds.decode(variable="pressure")

    # budgets

    @pytest.mark.parametrize(
        "budget",
        [
            vcore.Budget(bytes=1500),
            vcore.Budget(bytes=2500),
            vcore.Budget(bytes=6000),
            vcore.Budget(ratio=1.5),
            vcore.Budget(ratio=4),
            vcore.Budget(bpv=2),
            vcore.Budget(bpv=12),
        ],
        ids=str,
    )
    def test_size_is_kept(self, case: Case, budget: vcore.Budget, tmp_path: Path) -> None:
        original = blobs(SHAPE)
        path = tmp_path / "small.vcore"
        limit = budget.limit_bytes(original.nbytes, original.size)
        try:
            report = case.compress(original, path, budget=budget)
        except BudgetError:
            assert not list(tmp_path.iterdir())
            return
        assert report.bytes == path.stat().st_size
        assert report.bytes <= limit

    def test_size_is_kept_with_long_names_and_several_variables(self, case: Case) -> None:
        rng = np.random.default_rng(1)
        names = ["".join(map(chr, rng.integers(0x4E00, 0x9000, 400))) for _ in range(2)]
        parts = tuple("".join(map(chr, rng.integers(0x4E00, 0x9000, 20))) for _ in range(2))
        values = _lead("czyx")["v"].data
        variables = tuple(Variable(n, values, tuple("czyx"), components=parts) for n in names)
        volume = Volume(Grid(SHAPE), variables)
        for limit in (8000, 16_000):
            try:
                report = case.compress(volume, budget=vcore.Budget(bytes=limit))
            except BudgetError:
                continue
            assert report.bytes <= limit

    @pytest.mark.parametrize("psnr", [12, 25, 60])
    def test_psnr_is_reached(self, case: Case, psnr: float) -> None:
        original = blobs(SHAPE)
        try:
            report = case.compress(original, budget=vcore.Budget(psnr=psnr))
        except BudgetError as error:
            refusal = str(error)
        else:
            refusal = ""
        if refusal:
            assert f"{psnr} dB" in refusal
            return
        rms, _ = figures(original, vcore.open(report.data).decode())
        reached = 20 * np.log10(float(np.ptp(original)) / max(rms, 1e-30))
        assert reached >= psnr - 0.01
        assert report.psnr == pytest.approx(reached, abs=1e-3)

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

    @pytest.mark.parametrize(
        "budget", [vcore.Budget(max_error=0), vcore.Budget(range_error=0.9e-4)], ids=str
    )
    def test_fine_bounds_need_an_exact_method(self, case: Case, budget: vcore.Budget) -> None:
        for original in (blobs(SHAPE), in_dtype(blobs(SHAPE), "u2", 0, 60_000)):
            if not case.exact:
                with pytest.raises(BudgetError, match="exact method"):
                    case.compress(original, budget=budget)
                continue
            try:
                decoded = vcore.open(case.compress(original, budget=budget).data).decode()
            except BudgetError:
                continue
            span = float(original.max()) - float(original.min())
            assert figures(original, decoded)[1] <= budget.bound(span)

    # progress and cancel

    def test_progress_is_monotone(self, case: Case) -> None:
        recorder = Recorder()
        case.compress(VOLUMES["bytes"](), context=recorder.context)
        assert recorder.calls
        last: dict[str, float] = {}
        for stage, share in recorder.calls:
            assert 0 <= share <= 1
            assert share >= last.get(stage, 0.0), f"{stage} went back to {share}"
            last[stage] = share
        assert {"scanning", "checking"} <= set(last)

    @pytest.mark.parametrize("budget", [None, vcore.Budget(range_error=0.01)], ids=str)
    def test_cancel_at_every_stage(
        self, case: Case, budget: vcore.Budget | None, tmp_path: Path
    ) -> None:
        volume = VOLUMES["holes"]()
        options = {} if budget is None else {"budget": budget}
        recorder = Recorder()
        case.compress(volume, context=recorder.context, **options)
        for stage in dict(recorder.calls):
            cancelling = Recorder(stage)
            with pytest.raises(Cancelled):
                case.compress(volume, tmp_path / "x.vcore", context=cancelling.context, **options)
            assert list(tmp_path.iterdir()) == [], f"cancelled at {stage}"

    def test_failing_progress_leaves_no_file(self, case: Case, tmp_path: Path) -> None:
        def fail(stage: str, share: float) -> None:
            if stage == "checking":
                raise RuntimeError("the caller's own")

        with pytest.raises(RuntimeError, match="the caller's own"):
            case.compress(blobs(SHAPE), tmp_path / "x.vcore", context=Context(progress=fail))
        assert list(tmp_path.iterdir()) == []

    # determinism, settings

    def test_same_seed_same_bytes(self, case: Case) -> None:
        volume = VOLUMES["tczyx"]()
        first = case.compress(volume, context=Context(seed=11)).data
        again = case.compress(volume, context=Context(seed=11)).data
        assert first == again

    def test_settings_survive_json(self, case: Case) -> None:
        kind = methods.get(case.method).Settings
        settings = kind.from_json(case.settings)
        for each in (settings, kind(), kind.smallest()):
            assert kind.from_json(json.loads(json.dumps(each.to_json()))) == each
            text = {f.name: str(getattr(each, f.name)) for f in fields(each)}
            text = {name: "auto" if value == "None" else value for name, value in text.items()}
            assert kind.from_json(text) == each
        stored = vcore.open(encoded(case, "blobs")[1]).decoder().header.settings
        used = kind.from_json(stored)
        for name, value in {**case.settings, **case.training}.items():
            assert getattr(used, name) == value

    def test_wrong_settings_are_refused(self, case: Case) -> None:
        with pytest.raises(InputError, match="Expected one of the settings"):
            case.compress(blobs(SHAPE), settings={"no_such_setting": 1})
        kind = methods.get(case.method).Settings
        for each in fields(kind):
            assert each.metadata.get("help"), f"{each.name} is not described"
            for wrong in ([], {}, "a word", float("nan")):
                if isinstance(wrong, str) and isinstance(each.default, str):
                    continue
                with pytest.raises(InputError, match=each.name):
                    kind.from_json({each.name: wrong})

    # files that are not whole, threads, pickles

    def test_prefix_opens_coarse(self, case: Case) -> None:
        for what in ("bytes", "holes"):
            _, data = encoded(case, what)
            whole = vcore.open(data)
            levels = range(len(whole.grid_levels))
            values = [whole.decode(level=level) for level in levels]
            assert whole.decoder().available_levels == tuple(levels)
            ends = [s.end for s in Container(data).sections]
            seen: list[tuple[int, ...]] = []
            for end in [Container(data).header_bytes, *ends]:
                for cut in sorted({end - 1, end, min(end + 1, len(data))}):
                    if cut < Container(data).header_bytes:
                        with pytest.raises(TruncatedError):
                            vcore.open(data[:cut])
                        continue
                    part = vcore.open(data[:cut])
                    available = part.decoder().available_levels
                    seen.append(available)
                    for level in levels:
                        if level in available:
                            limit = tolerance(whole.decoder())
                            assert distance(part.decode(level=level), values[level]) <= limit
                        else:
                            with pytest.raises(TruncatedError):
                                part.decode(level=level)
            assert seen[0] == ()
            assert all(set(a) <= set(b) for a, b in pairwise(seen))
            assert seen[-1] == tuple(levels)

    def test_every_short_file_is_refused_or_coarse(self, case: Case) -> None:
        _, data = encoded(case, "blobs")
        size = Container(data).header_bytes
        for cut in {*range(0, size, 7), size - 1}:
            with pytest.raises(vcore.VcoreError):
                vcore.open(data[:cut])
        assert vcore.open(data[: len(data) - 1]).info["truncated"]

    def test_threads_decode_alike(self, case: Case) -> None:
        _, data = encoded(case, "bytes")
        shared = vcore.open(data)
        regions = random_regions(shared.shape, 24, seed=5)
        expected = [vcore.open(data).decode(region) for region in regions]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(shared.decode, regions))
        for a, b in zip(found, expected, strict=True):
            assert np.array_equal(a, b)

    def test_pickles(self, case: Case, tmp_path: Path) -> None:
        _, data = encoded(case, "tzyx")
        path = tmp_path / "v.vcore"
        path.write_bytes(data)
        for ds in (vcore.open(path), vcore.open(data)):
            expected = ds.decode()
            copy = pickle.loads(pickle.dumps(ds))
            assert np.array_equal(copy.decode(), expected)
            assert np.array_equal(pickle.loads(pickle.dumps(ds.decoder())).decode(), expected)
            assert len(pickle.dumps(vcore.open(path))) < 500
