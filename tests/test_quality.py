"""Quality in the user's words: the robust range, budgets of it, and three words."""

from math import inf, log10
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import vcore
from vcore import Budget, Budgets
from vcore.engine.estimate import estimate
from vcore.evaluate.compare import compare_dataset
from vcore.metrics import Foreground
from vcore.model.volume import Variable, Volume
from vcore.noise import Detector
from vcore.zarr import VcoreCodec

SHAPE = (20, 48, 56)


def cells(noise: float = 4.0) -> NDArray[np.uint16]:
    """A cosine of 200 counts with noise, and a few voxels at 20,000 counts."""
    z, y, x = np.indices(SHAPE)
    values = 300 + 100 * np.cos(x / 5) * np.cos(y / 7) * np.cos(z / 6)
    values += np.random.default_rng(1).normal(0, noise, SHAPE)
    values[10, 20:23, 30] = 20000
    return values.round().astype("u2")


def sparse() -> NDArray[np.uint8]:
    """Two thin lines of 90 to 220 in a volume of zeros."""
    values = np.zeros(SHAPE, "u1")
    values[10, 20, 5:50] = np.linspace(90, 220, 45)
    values[4, 5:40, 30] = 150
    return values


def variable(values: NDArray[np.generic], axes: str = "zyx", **options: object) -> Variable:
    return Variable("v", values, tuple(axes), **options)  # type: ignore[arg-type]


def robust(values: NDArray[np.generic], decoded: NDArray[np.generic], found: Foreground) -> float:
    inside = values != found.background
    error = decoded[inside].astype("f8") - values[inside]
    return float(20 * log10(found.span) - 10 * log10(np.square(error).mean()))


# the robust range


def test_the_robust_range_leaves_outliers_out() -> None:
    values = cells()
    found = Foreground.of(variable(values))
    expected = np.quantile(values, [0.001, 0.999], method="inverted_cdf")
    assert (found.low, found.high) == tuple(expected)
    assert (found.background, found.share) == (None, 1.0)
    assert found.advantage(np.ptp(values)) == pytest.approx(
        20 * log10(np.ptp(values) / np.ptp(expected))
    )


def test_the_foreground_is_what_is_not_background() -> None:
    values = sparse()
    found = Foreground.of(variable(values))
    assert found.background == 0
    assert found.share == np.count_nonzero(values) / values.size
    assert (found.low, found.high) == (90, 220)


@pytest.mark.parametrize("scale", [1.0, 1e-30, 1e30])
@pytest.mark.parametrize("offset", [0.0, 101325.0, -7.0])
def test_floats_of_any_size_and_place(scale: float, offset: float) -> None:
    values = np.random.default_rng(2).standard_normal(SHAPE)
    values[0, 0, :3] = 1e6, -1e9, 5e7
    values = (values + offset) * scale
    found = Foreground.of(variable(values))
    expected = np.quantile(values, [0.001, 0.999], method="inverted_cdf")
    assert [found.low, found.high] == pytest.approx(list(expected), abs=2e-3 * np.ptp(expected))


def test_missing_values_do_not_count() -> None:
    values = cells().astype("f4")
    known = Foreground.of(variable(values))
    values[:, :5] = np.nan
    values[:, 5:9] = -9999
    values[0, 20, 0] = np.inf
    found = Foreground.of(variable(values, fill_value=-9999))
    assert [found.low, found.high] == pytest.approx([known.low, known.high], rel=0.05)
    assert found.background is None


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        (np.full(SHAPE, 7, "u2"), (7, 7)),
        (np.full(SHAPE, np.nan, "f4"), (0, 0)),
    ],
)
def test_the_peak_range_where_there_is_no_other(
    values: NDArray[np.generic], limits: tuple[float, float]
) -> None:
    found = Foreground.of(variable(values))
    assert (found.low, found.high) == limits
    assert found.share == 1


def test_the_order_of_reading_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    values = variable(np.random.default_rng(5).standard_normal((4, *SHAPE)), "tzyx")
    once = Foreground.of(values)
    monkeypatch.setattr("vcore.model.volume.BLOCK_VOXELS", 1 << 12)
    assert Foreground.of(values) == once == Foreground.of(values)


# budgets


def test_a_sparse_mask_is_no_noise() -> None:
    values = np.zeros(SHAPE, "u1")
    values[10, 20:22, 30] = 200  # 0.004 % of the voxels: 45 dB if they were lost
    found = Foreground.of(variable(values))
    assert (found.low, found.high, found.background) == (0, 200, 0)
    with vcore.open(vcore.compress(values, None, quality="preview").data) as dataset:
        assert np.array_equal(dataset[...], values)


def test_a_peak_psnr_warns_where_it_says_little() -> None:
    values = cells()
    report = vcore.compress(values, None, psnr=45)
    assert report.psnr >= 44.99
    assert report.robust_psnr < 25
    (told,) = [note for note in report.notes if "robust range" in note]
    assert f"{report.robust_psnr:.1f} dB of the robust range" in told
    smooth = vcore.compress(np.linspace(0, 1, 20**3, dtype="f4").reshape(20, 20, 20), None, psnr=45)
    assert not any("robust" in note for note in smooth.notes)


@pytest.mark.parametrize("make", [cells, sparse])
def test_a_robust_psnr_is_kept(make: object) -> None:
    values = make()  # type: ignore[operator]
    report = vcore.compress(values, None, robust_psnr=40)
    decoded = vcore.open(report.data).decode()
    found = Foreground.of(variable(values))
    if report.max_error:
        assert robust(values, decoded, found) >= 40 - 0.005
        assert report.robust_psnr == pytest.approx(robust(values, decoded, found))
    else:
        assert report.robust_psnr == inf
    assert report.variables["values"]["robust_range"] == [found.low, found.high]


def test_the_structure_of_sparse_data_is_kept() -> None:
    values = sparse()
    decoded = vcore.open(vcore.compress(values, None, quality="preview").data).decode()
    lines = values > 0
    assert np.abs(decoded[lines].astype("f8") - values[lines]).mean() < 4
    assert decoded[~lines].max() < 90


def test_the_words_mean_numbers() -> None:
    values = cells().astype("f4")
    sizes = {}
    for word, decibels in {"good": 42, "preview": 34}.items():
        report = vcore.compress(values, None, quality=word)
        sizes[word] = report.bytes
        assert decibels - 0.005 <= report.robust_psnr < decibels + 1
        assert report.variables["values"]["budget"] == {"quality": word}
        assert any("standard deviations of the noise, RMS" in note for note in report.notes)
        info = vcore.open(report.data).info["variables"][0]
        assert info["quality"] == word
        assert info["achieved"]["robust_psnr"] == pytest.approx(report.robust_psnr, abs=0.01)
    assert sizes["preview"] < sizes["good"]


def test_notes_name_the_channels() -> None:
    values = np.stack([cells(), cells(9.0)])
    variable = vcore.Variable("v", values, tuple("czyx"), components=("DAPI", "GFP"))
    volume = vcore.Volume(vcore.Grid(values.shape[1:]), (variable,))
    notes = " ".join(vcore.compress(volume, None, quality="good").notes)
    assert "v, channel DAPI: errors up to" in notes
    assert "v, channel GFP: errors up to" in notes
    assert "channel 0" not in notes


@pytest.mark.parametrize(
    ("detector", "told"),
    [
        (Detector(0.006574, 2.4844, 0.1898), False),  # neghip, a simulation of 8 bits
        (Detector(0.1313, 1.4844, 0.513), True),  # a droplet
        (Detector(1.0, 0.0, 0.0), True),  # counted photons
    ],
)
def test_rounding_is_no_noise_of_a_detector(
    monkeypatch: pytest.MonkeyPatch, detector: Detector, told: bool
) -> None:
    monkeypatch.setattr("vcore.engine.pieces.detector_of", lambda *_: detector)
    notes = vcore.compress((cells() // 80).astype("u1"), None, quality="preview").notes
    assert any("deviations of the noise" in note for note in notes) == told


def test_no_budget_means_good() -> None:
    values = cells()
    report = vcore.compress(values, None)
    assert report.data == vcore.compress(values, None, quality="good").data
    assert report.robust_psnr >= 42 - 0.005
    assert vcore.compress(values, None, method="auto").robust_psnr >= 42 - 0.005


def test_below_noise() -> None:
    values = np.random.default_rng(3).poisson(cells(0.0)).astype("u2")
    report = vcore.compress(values, None, quality="below-noise")
    assert report.method == "bounded"
    assert report.variables["values"]["noise"]["sigmas"] <= 1
    known = vcore.compress(values, None, quality="below-noise", gain=1, offset=0, read_noise=0)
    off = np.abs(vcore.open(known.data).decode().astype("f8") - values)
    assert (off <= 2 * np.sqrt(values + 3 / 8) + 1).all()


def test_below_noise_refuses_what_has_none(tmp_path: Path) -> None:
    smooth = np.linspace(0, 1, 40**3, dtype="f4").reshape(40, 40, 40)
    with pytest.raises(vcore.BudgetError, match=r"`Budget.range_error=1e-4`"):
        vcore.compress(smooth, tmp_path / "a.vcore", quality="below-noise")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"quality": "best"}, "below-noise, good, preview"),
        ({"quality": "good", "psnr": 40}, "Expected one of"),
        ({"quality": "good", "max_error": 1}, "either a quality or an error bound"),
        ({"quality": "good", "gain": 2}, "Got them alone"),
        ({"robust_psnr": 0}, "positive number"),
        ({"robust_psnr": 40, "psnr": 40}, "Expected one of"),
        ({"robust_psnr": 40, "noise_sigma": 1}, "share of the noise or a PSNR"),
    ],
)
def test_impossible(fields: dict[str, object], message: str) -> None:
    with pytest.raises(vcore.BudgetError, match=message):
        Budget(**fields)  # type: ignore[arg-type]


def test_words_for_single_variables() -> None:
    grid = Volume.from_array(cells()).grid
    volume = Volume(grid, (Variable("a", cells()), Variable("b", sparse())))
    report = vcore.compress(volume, None, quality={"a": "preview"})
    assert report.variables["a"]["budget"] == {"quality": "preview"}
    assert report.variables["b"]["mse"] == 0
    budgets = Budgets({"a": Budget(robust_psnr=40)}, rest=Budget(quality="good"))
    assert vcore.compress(volume, None, budget=budgets).variables["a"]["robust_psnr"] >= 39.99


def test_a_codec_refuses_what_it_cannot_know() -> None:
    for budget in ({"robust_psnr": 40}, {"quality": "good"}):
        with pytest.raises(vcore.InputError, match="whole array"):
            VcoreCodec(budget=budget, range=(0, 1))


# what promises and what measures


def test_the_estimate_knows_the_whole_range() -> None:
    values = np.tile(cells(), (6, 3, 3))
    values[values > 10000] = 300
    values[0, 0, 0] = 60000  # far from the sample
    promised = estimate(values, psnr=45).bytes
    assert promised <= 2 * vcore.compress(values, None, psnr=45).bytes
    assert promised < estimate(values, robust_psnr=45).bytes / 5


def test_compare_has_both_for_every_frame() -> None:
    series = np.stack([cells(), cells() // 2, cells() * 2])
    dataset = vcore.open(vcore.compress(series, None, robust_psnr=40).data)
    figures = compare_dataset(series, dataset)
    found = Foreground.of(variable(series, "tzyx"))
    assert figures["robust_range"] == [found.low, found.high]
    assert len(figures["frames"]) == 3
    decoded = dataset.decode()
    for frame, values, seen in zip(figures["frames"], series, decoded, strict=True):
        assert frame["robust_psnr"] == pytest.approx(robust(values, seen, found))
        assert frame["psnr"] > frame["robust_psnr"] + 20
    squares = np.mean([10 ** (-f["robust_psnr"] / 10) for f in figures["frames"]])
    assert figures["robust_psnr"] == pytest.approx(-10 * log10(squares))
