"""Assessment of what a compression lost, against NumPy and SciPy on whole arrays."""

import json
import re

import numpy as np
import pytest
from scipy import ndimage, stats
from volumes import blobs, in_dtype

import vcore
from vcore.assess import assess
from vcore.assess.document import document, methods_paragraph, number
from vcore.assess.histograms import ErrorHistogram, RelativeErrors
from vcore.assess.losses import LAGS, LossStatistics
from vcore.assess.own_analysis import numbers_in, run_on_both
from vcore.assess.spectrum import power_spectrum
from vcore.errors import InputError
from vcore.metrics import ssim
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

SHAPE = (11, 24, 31)


@pytest.fixture
def pair():
    rng = np.random.default_rng(3)
    original = ndimage.gaussian_filter(rng.normal(size=SHAPE), 1.5) * 40 + 7
    error = ndimage.gaussian_filter(rng.normal(size=SHAPE), 0.7)
    return original, original + error


def test_figures_are_those_of_numpy(pair):
    x, y = pair
    spacing = (2.0, 0.5, 0.25)
    found = LossStatistics(7.0, spacing)
    found.add(x, y, None)
    error = y - x
    figures = found.figures()
    assert figures["nrmse"] == pytest.approx(np.sqrt(np.mean(error**2)) / np.ptp(x))
    assert figures["pearson"] == pytest.approx(stats.pearsonr(x.ravel(), y.ravel()).statistic)
    assert figures["max_error"] == np.abs(error).max()
    slopes = [
        sum(float(np.sum((np.diff(v, axis=a) / s) ** 2)) for a, s in enumerate(spacing))
        for v in (error, x)
    ]
    assert figures["gradient_error"] == pytest.approx(np.sqrt(slopes[0] / slopes[1]))
    exact = np.quantile(np.abs(error / x), [0.5, 0.9, 0.99], method="inverted_cdf")
    estimated = [figures["relative_error"][k] for k in ("50 %", "90 %", "99 %")]
    assert np.all((estimated >= exact * (1 - 1e-9)) & (estimated <= exact * 1.024))
    for axis, name in enumerate("zyx"):
        for lag, value in zip(LAGS, found.autocorrelation[name], strict=True):
            moved = [
                np.take(error, range(*r), axis)
                for r in ((0, SHAPE[axis] - lag), (lag, SHAPE[axis]))
            ]
            centred = [m - error.mean() for m in moved]
            expected = np.mean(centred[0] * centred[1]) / error.var()
            assert value == pytest.approx(expected, abs=0.02)


def test_blocks_add_up(pair):
    x, y = pair
    missing = np.zeros(SHAPE, bool)
    missing[3:5, 4:9, 2:20] = True
    x = np.where(missing, np.nan, x)
    whole, first, second = (LossStatistics(7.0, (1.0, 1.0, 1.0)) for _ in range(3))
    whole.add(x, y, None)
    first.add(x[:6], y[:6], None)
    second.add(x[6:], y[6:], None)
    first.include(second)
    assert first.errors.count == whole.errors.count == int((~missing).sum())
    assert first.pearson == pytest.approx(whole.pearson)
    assert np.array_equal(first.histogram.counts, whole.histogram.counts)
    assert np.array_equal(first.relative.counts, whole.relative.counts)
    assert first.autocorrelation["y"] == pytest.approx(whole.autocorrelation["y"])
    there = ~np.isnan(x)
    assert whole.pearson == pytest.approx(stats.pearsonr(x[there], y[there]).statistic)


def test_a_histogram_widens_and_keeps_every_error():
    histogram = ErrorHistogram()
    parts = [np.zeros(5), np.array([1e-3, -1e-3]), np.array([40.0, -7.5, 1e-3])]
    for part in parts:
        histogram.add(part)
    assert histogram.counts.sum() == 10
    expected, _ = np.histogram(np.concatenate(parts), histogram.edges)
    assert np.array_equal(histogram.counts, expected)


def test_quantiles_of_exact_values_are_zero():
    relative = RelativeErrors()
    relative.add(np.r_[np.zeros(99), 0.5])
    assert relative.quantiles([0.5, 0.99, 1.0]) == [0.0, 0.0, 0.5]


def test_a_spectrum_of_axes_without_a_common_unit_is_per_voxel():
    values = np.random.default_rng(0).normal(size=(4, 32, 32))
    pair = [Variable("v", v) for v in (values, 0.9 * values)]
    found = power_spectrum(*pair, Grid((4, 32, 32), (150.0, 1.0, 2.5)))  # as of hPa and degrees
    assert found["length"] == "voxel"
    assert 0 < found["wavenumber"][0] < found["wavenumber"][-1] < 0.5
    assert sum(power is not None for power in found["original"]) > 20


def test_a_spectrum_finds_the_wave_and_its_loss():
    x = np.arange(64) * 0.5
    wave = np.broadcast_to(np.sin(2 * np.pi * 0.25 * x), (16, 64, 64))
    a, b = (Variable("v", np.ascontiguousarray(v)) for v in (wave, 0.5 * wave))
    found = power_spectrum(a, b, Grid((16, 64, 64), (0.5, 0.5, 0.5), unit="mm"))
    assert found["blocks"] == 1
    assert found["length"] == "mm"
    power = np.array([v or 0 for v in found["original"]])
    assert found["wavenumber"][int(power.argmax())] == pytest.approx(0.25, abs=0.03)
    peak = int(power.argmax())
    assert found["decoded"][peak] == pytest.approx(0.25 * power[peak], rel=1e-6)
    assert found["error"][peak] == pytest.approx(0.25 * power[peak], rel=1e-6)
    assert found["coherence"][peak] == pytest.approx(1.0)


def test_a_spectrum_needs_a_block_without_missing_values():
    values = np.full((8, 8, 8), np.nan, np.float32)
    assert (
        power_spectrum(Variable("v", values), Variable("v", values), Grid(values.shape[-3:]))
        is None
    )


@pytest.fixture(scope="module")
def two_channels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("assess")
    one = in_dtype(blobs((12, 20, 18)), "u2", 0, 4000)
    data = np.stack([np.stack([one, one // 40]), np.stack([one // 2, one // 30])])
    volume = Volume.from_array(data, "tczyx", name="<cells>")
    vcore.compress(volume, folder / "c.vcore", psnr=45)
    return volume, vcore.open(folder / "c.vcore")


def test_frames_and_channels_have_figures_of_their_own(two_channels):
    volume, dataset = two_channels
    result, _ = assess(volume, dataset)
    (variable,) = result["variables"]
    original, decoded = volume.variables[0].read().astype(float), dataset.decode()
    for rows, axis in ((variable["frames"], 0), (variable["channels"], 1)):
        assert len(rows) == 2
        for number_, row in enumerate(rows):
            x, y = (v.take(number_, axis) for v in (original, decoded.astype(float)))
            assert row["max_error"] == np.abs(y - x).max()
            assert row["nrmse"] == pytest.approx(np.sqrt(np.mean((y - x) ** 2)) / np.ptp(x))
    worst = tuple(variable["worst_voxel"].values())
    assert abs(float(decoded[worst]) - original[worst]) == variable["figures"]["max_error"]


def test_the_document_holds_its_figures_and_escapes_names(two_channels):
    volume, dataset = two_channels
    result, assessed = assess(volume, dataset)
    page = document(result, assessed)
    assert "<cells>" not in page
    assert "&lt;cells&gt;" in page
    embedded = re.search(r'id="figures">(.*?)</script>', page, re.DOTALL).group(1)
    assert json.loads(embedded)["variables"][0]["figures"]["voxels"] == 2 * 2 * 12 * 20 * 18
    assert page.count("<img ") == 2
    assert "By channel" in page
    assert "By frame" in page


def test_the_paragraph_tells_what_is_lossless(tmp_path):
    volume = Volume.from_array(in_dtype(blobs((8, 9, 10)), "u1", 0, 255))
    vcore.compress(volume, tmp_path / "l.vcore", max_error=0)
    result, _ = assess(volume, vcore.open(tmp_path / "l.vcore"))
    assert "values was kept without loss." in methods_paragraph(result)


def test_numbers_are_short_and_exact():
    found = [number(v) for v in (64940.0, 0.0123456, None, float("inf"), -3.0, float("nan"))]
    assert found == ["64,940", "0.01235", "–", "∞", "-3", "–"]  # noqa: RUF001


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("17\n", {"result": 17.0}),
        ("cells: 12\nmean area = 3.5\n", {"cells": 12.0, "mean area": 3.5}),
        ('{"cells": 4, "size": {"mean": 2.5}, "ok": true}', {"cells": 4.0, "size.mean": 2.5}),
        ("name,value\ncells,5\n", {"cells": 5.0}),
        ("nothing here\n", {}),
    ],
)
def test_numbers_of_a_program(text, found):
    assert numbers_in(text) == found


@pytest.mark.parametrize(
    ("command", "part"),
    [
        ("count.py", "in place of the file"),
        ("'open {}", "Expected a command"),
        ("/nowhere/program {}", "Expected a program that runs"),
        ("python -c 'raise SystemExit(3)' {}", "Got 3 instead"),
        ("python -c 'print(1 == 1)' {}", "Expected numbers"),
    ],
)
def test_commands_that_fail_are_refused(tmp_path, command, part):
    source = tmp_path / "a.npy"
    np.save(source, np.ones(3))
    with pytest.raises(InputError, match=re.escape(part)):
        run_on_both(command, str(source), lambda path: np.save(path, np.ones(3)))


def test_similarity_of_channels_is_that_of_the_worst():
    rng = np.random.default_rng(5)
    bright = in_dtype(blobs((16, 24, 22)), "u2", 0, 40000)
    dim = (
        in_dtype(blobs((16, 24, 22), seed=4), "u2", 0, 60) + rng.integers(0, 9, bright.shape)
    ).astype("u2")
    volume = Volume.from_array(np.stack([bright, dim]), "czyx")
    dataset = vcore.open(vcore.compress(volume, None, psnr=25).data)
    result, _ = assess(volume, dataset)
    decoded = dataset.decode()
    own = [
        ssim(v.astype(float), decoded[c].astype(float), float(np.ptp(v)))
        for c, v in enumerate((bright, dim))
    ]
    assert result["variables"][0]["figures"]["ssim"] == pytest.approx(min(own))
    assert vcore.compare(volume, dataset)["ssim"] == pytest.approx(min(own))
