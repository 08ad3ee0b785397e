"""Tests of encoding: types, shapes, figures, progress, settings."""

import json
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vcore
from vcore import methods
from vcore.errors import Cancelled, InputError
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume
from vcore.testing.measures import Recorder, figures
from vcore.testing.methods_case import SHAPE, VOLUMES, Case, encoded
from vcore.testing.volumes import blobs, holes, in_dtype

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


class EncodingContract:
    """Volumes round-trip, and the encoder reports progress and can be cancelled."""

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
        assert header.methods == case.method
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
        # methods that need longer fitting do not have to beat the mean here
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

    def test_all_missing_is_kept(self, case: Case) -> None:
        report = case.compress(np.full(SHAPE, np.nan, "f4"))
        assert np.isnan(vcore.open(report.data).decode()).all()

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

    @pytest.mark.parametrize("bound", [None, 0.01])
    def test_cancel_at_every_stage(
        self, case: Case, bound: float | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scratch = tmp_path / "scratch"  # temporary files must go here and be removed
        scratch.mkdir()
        monkeypatch.chdir(scratch)
        monkeypatch.setattr(tempfile, "tempdir", str(scratch))
        volume = VOLUMES["holes"]()
        options: dict[str, Any] = (
            {} if bound is None else {"budget": vcore.Budget(range_error=bound)}
        )
        recorder = Recorder()
        case.compress(volume, context=recorder.context, **options)
        for stage in dict(recorder.calls):
            cancelling = Recorder(stage)
            with pytest.raises(Cancelled):
                case.compress(volume, tmp_path / "x.vcore", context=cancelling.context, **options)
            left = [*tmp_path.iterdir(), *scratch.iterdir()]
            assert left == [scratch], f"cancelled at {stage}"

    def test_failing_progress_leaves_no_file(self, case: Case, tmp_path: Path) -> None:
        def fail(stage: str, share: float) -> None:
            if stage == "checking":
                raise RuntimeError("the caller's own")

        with pytest.raises(RuntimeError, match="the caller's own"):
            case.compress(blobs(SHAPE), tmp_path / "x.vcore", context=Context(progress=fail))
        assert list(tmp_path.iterdir()) == []

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
            wrongs: tuple[Any, ...] = ([], {}, "a word", float("nan"))
            for wrong in wrongs:
                if isinstance(wrong, str) and isinstance(each.default, str):
                    continue
                with pytest.raises(InputError, match=each.name):
                    kind.from_json({each.name: wrong})
