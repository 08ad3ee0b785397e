"""Budgets in standard deviations of detector noise: model, estimate, bound, statistics."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from volumes import blobs, frames, ramp

import vcore
from vcore.container.header import VariableHeader
from vcore.engine.estimate import estimate
from vcore.engine.layers.stabilised import REACH, NoiseQuantiser, lattice_of
from vcore.engine.scan import scan
from vcore.errors import BudgetError, FormatError, InputError
from vcore.evaluate.verify import verify_dataset
from vcore.metrics.noise import NoiseStatistics
from vcore.model.context import Context
from vcore.model.volume import Variable, Volume
from vcore.noise import Detector, detector_of

CAMERA = Detector(2.2, 100.0, 3.0)
GIVEN = CAMERA.to_json()
quick = settings(max_examples=150, deadline=None, derandomize=True)


def counted(
    shape: tuple[int, ...], detector: Detector = CAMERA, *, brightest: float = 300, seed: int = 2
) -> np.ndarray:
    """Return the counts of blobs, float64, on a background of 20."""
    rng = np.random.default_rng(seed)
    lead = shape[:-3]
    light = 20 + brightest * (frames(shape) if lead else blobs(shape))
    noise = rng.normal(0, detector.read_noise, shape)
    return np.rint(detector.offset + detector.gain * rng.poisson(light) + noise)


def found_in(values: np.ndarray, **given: float) -> Detector:
    volume = Volume.from_array(values)
    source, _ = scan(volume.variables[0], volume.grid, Context())
    return detector_of(source, Context(), **given)


# the transform


@pytest.mark.parametrize("detector", [CAMERA, Detector(0, -5, 2), Detector(1, 0, 0)], ids=str)
def test_restoring_undoes_stabilising(detector: Detector) -> None:
    values = detector.offset + np.linspace(-50, 60_000, 5001)
    np.testing.assert_allclose(detector.restore(detector.stabilise(values)), values, rtol=1e-12)
    assert detector.stabilise(np.array(detector.offset)) == 0


@pytest.mark.parametrize("light", [15, 100, 3000])
def test_stabilised_noise_is_one(light: float) -> None:
    rng = np.random.default_rng(0)
    values = 100 + 2.2 * rng.poisson(light, 200_000) + rng.normal(0, 3, 200_000)
    assert CAMERA.stabilise(values).std() == pytest.approx(1, abs=0.02)
    assert CAMERA.deviation(100 + 2.2 * light) == pytest.approx(values.std(), rel=0.02)


def test_without_gain_it_is_a_line() -> None:
    values = np.linspace(-10, 10, 9)
    np.testing.assert_allclose(Detector(0, 2, 4).stabilise(values), (values - 2) / 4, rtol=1e-15)


# the lattice


@given(
    st.floats(0.001, 50), st.floats(-300, 300), st.floats(0, 20), st.floats(0.02, 30),
    st.integers(-200, 200), st.integers(1, 3000),
)  # fmt: skip
@quick
def test_integers_stay_within_the_bound_after_rounding(
    gain: float, offset: float, read: float, sigmas: float, low: int, span: int
) -> None:
    detector = Detector(gain, offset, read)
    lattice = lattice_of(detector, sigmas, (low, low + span), np.dtype("i4"))
    values = np.arange(low, low + span + 1)
    coded = lattice.integers(values)
    for off in (-REACH, REACH, 1):
        decoded = np.clip(np.rint(lattice.values(coded + off)), low, low + span)
        error = np.abs(detector.stabilise(decoded) - detector.stabilise(values))
        assert error.max() <= sigmas


def test_the_lattice_is_as_coarse_as_it_can_be() -> None:
    lattice = lattice_of(CAMERA, 1.5, (0.0, 1e4), np.dtype("f8"))
    assert lattice.unit * (REACH + 0.5) == pytest.approx(1.5)
    wide = lattice_of(Detector(0, 0, 1000), 1.5, (0, 60_000), np.dtype("u2"))
    assert wide.unit * (REACH + 0.5) == pytest.approx(1.5, rel=1e-3)


def test_what_floats_cannot_resolve_is_refused() -> None:
    with pytest.raises(BudgetError, match="float32 can resolve"):
        lattice_of(Detector(0, 0, 1e-3), 1, (0, 1e5), np.dtype("f4"))


# the estimate


@pytest.mark.parametrize(
    "detector", [CAMERA, Detector(0.5, 100, 1.6), Detector(10, 400, 25), Detector(1, 0, 0)], ids=str
)
def test_noise_is_estimated(detector: Detector) -> None:
    found = found_in(counted((16, 96, 96), detector).astype("u2"))
    levels = detector.offset + detector.gain * np.array([20, 80, 250])
    np.testing.assert_allclose(found.deviation(levels), detector.deviation(levels), rtol=0.08)
    assert found.gain == pytest.approx(detector.gain, rel=0.15)


def test_what_is_given_is_not_estimated() -> None:
    values = counted((16, 96, 96)).astype("u2")
    assert found_in(values, **GIVEN) == CAMERA
    found = found_in(values, offset=100.0)
    assert found.offset == 100
    assert found.read_noise == pytest.approx(3, abs=3)
    found = found_in(values, gain=2.2, read_noise=3.0)
    assert found.offset == pytest.approx(100, abs=8)


def test_noise_that_does_not_grow_has_no_gain() -> None:
    rng = np.random.default_rng(1)
    values = 500 * blobs((16, 96, 96)) + rng.normal(0, 7, (16, 96, 96)).astype("f4")
    found = found_in(values)
    assert found.gain == 0
    assert found.read_noise == pytest.approx(7, rel=0.05)


def test_noise_smoothed_within_planes_is_found_between_them() -> None:
    values = counted((24, 96, 96), Detector(8, 50, 10))
    for axis in (1, 2):
        values = (2 * values + np.roll(values, 1, axis) + np.roll(values, -1, axis)) / 4
    found = found_in(np.rint(values).astype("u2"))
    assert found.gain == pytest.approx(8 * 0.375**2, rel=0.2)


def test_missing_voxels_do_not_count() -> None:
    values = counted((16, 96, 96)).astype("f4")
    values[:, 5:90:31, 3::43] = np.nan
    assert found_in(values).gain == pytest.approx(2.2, rel=0.15)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (ramp((8, 64, 64)) ** 2, "smooth as those of a simulation"),
        (blobs((8, 64, 64)) * 50, "smooth as those of a simulation"),
        (np.random.default_rng(0).poisson(50, (4, 20, 20)).astype("u2"), "at least 24 blocks"),
        (np.random.default_rng(0).poisson(50, (9, 1, 1)).astype("u2"), "at least 24 blocks"),
        (np.rint(3 * ramp((8, 64, 64), (0.1, 0.13, 0.17))).astype("u2"), "rounding to integers"),
        (np.where(blobs((8, 64, 64)) > 0.9, 200, 0).astype("u1"), "at least 24 blocks"),
    ],
    ids=["ramp", "smooth", "few voxels", "line", "rounding", "two values"],
)
def test_what_has_no_noise_is_refused(values: np.ndarray, words: str) -> None:
    with pytest.raises(InputError, match=words):
        vcore.compress(values, None, budget=vcore.Budget(noise_sigma=1))


# files


@pytest.mark.parametrize("sigmas", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_every_voxel_is_within_the_noise(sigmas: float, dtype: str) -> None:
    detector = Detector(0.4, 12, 1.1) if dtype == "u1" else CAMERA
    original = counted((12, 40, 70), detector).astype(dtype)
    budget = vcore.Budget(noise_sigma=sigmas, **detector.to_json())
    report = vcore.compress(original, None, budget=budget)
    ds = vcore.open(report.data)
    decoded = ds.decode()
    assert decoded.dtype == original.dtype
    off = np.abs(detector.stabilise(decoded) - detector.stabilise(original))
    assert 0.5 * sigmas < off.max() <= sigmas
    figures = report.variables["values"]["noise"]
    assert figures["sigmas"] == pytest.approx(off.max())
    # errors of three deviations are correlated over many voxels: few count towards their mean
    assert abs(figures["bias"]) < 0.05 * max(sigmas, 2)
    assert ds.info["variables"][0]["noise"]["sigmas"] == sigmas
    region = (slice(3, 9), slice(5, 33), slice(20, 66))
    np.testing.assert_array_equal(ds.decode(region), decoded[region])
    # level 1: stabilised values interpolated a quarter of the way to the next kept voxel
    kept, shares = detector.stabilise(decoded[:3:2, :3:2, :3:2]), (0.75, 0.25)
    wanted = np.einsum("zyx,z,y,x", kept, shares, shares, shares)
    found = ds.decode((0, 0, 0), 1)
    rounding = np.ptp(detector.stabilise(np.array([found.item(), found.item() + 1])))
    assert detector.stabilise(found).item() == pytest.approx(wanted, abs=rounding + 0.1 * sigmas)


def test_an_estimated_detector_is_told() -> None:
    report = vcore.compress(
        counted((8, 64, 64)).astype("u2"), None, budget=vcore.Budget(noise_sigma=1, offset=100)
    )
    told, reached = report.notes
    assert "gain 2." in told
    assert "offset 100, " in told
    assert "(gain, read noise estimated)" in told
    assert "bias" in reached
    assert "correlation of neighbouring errors: z " in reached


def test_series_with_missing_values_keep_it() -> None:
    original = counted((3, 6, 20, 30)).astype("u2")
    original[1, :, 4:9, ::3] = 0
    volume = Volume.from_array(original)
    variable = replace(volume.variables[0], fill_value=0)
    report = vcore.compress(
        Volume(volume.grid, (variable,)), None, budget=vcore.Budget(noise_sigma=1, **GIVEN)
    )
    decoded = vcore.open(report.data).decode()
    here = original > 0
    np.testing.assert_array_equal(decoded[~here], 0)
    off = CAMERA.stabilise(decoded[here]) - CAMERA.stabilise(original[here])
    assert np.abs(off).max() <= 1


def test_values_within_one_step_are_constant() -> None:
    original = np.full((4, 5, 6), 1000, "u2")
    original[2, 2, 2] = 1001
    report = vcore.compress(original, None, budget=vcore.Budget(noise_sigma=4, **GIVEN))
    assert report.method in ("bounded", "constant", "wavelet")
    assert report.max_error <= 1


def test_constant_volumes_need_no_noise() -> None:
    report = vcore.compress(np.full((4, 5, 6), 9, "u2"), None, budget=vcore.Budget(noise_sigma=1))
    assert report.method == "constant"
    np.testing.assert_array_equal(vcore.open(report.data).decode(), 9)


def test_primitives_of_stabilised_values_are_refused() -> None:
    report = vcore.compress(
        counted((8, 16, 16)).astype("u2"), None, method="gaussian", settings={"steps": 5},
        budget=vcore.Budget(noise_sigma=3, **GIVEN),
    )  # fmt: skip
    ds = vcore.open(report.data)
    with pytest.raises(InputError, match="share of the noise"):
        _ = ds.primitives
    assert ds.resample(0.5).variables[0].shape == (16, 32, 32)


def test_verify_finds_a_broken_share() -> None:
    original = counted((8, 20, 20)).astype("u2")
    report = vcore.compress(original, None, budget=vcore.Budget(noise_sigma=1, **GIVEN))
    ds = vcore.open(report.data)
    (figures,) = verify_dataset(ds, Volume.from_array(original))["variables"].values()
    assert 0 < figures["noise"]["sigmas"] <= figures["noise_bound"] == 1
    original[3, 4, 5] += 200
    with pytest.raises(FormatError, match="1 standard deviations of the noise of another original"):
        verify_dataset(ds, Volume.from_array(original))


@pytest.mark.parametrize(
    "wrong",
    [{"unit": 0}, {"unit": 1e-12}, {"gain": -1}, {"gain": 0, "read_noise": 0}, {"offset": 1e308}],
    ids=str,
)
def test_impossible_noise_is_refused(wrong: dict[str, float]) -> None:
    noise = {"sigmas": 1.0, "unit": 0.1, **GIVEN, **wrong}
    with pytest.raises(FormatError, match="noise is impossible"):
        NoiseQuantiser.from_json(noise, (0.0, 60_000.0))


def test_a_header_with_half_a_noise_is_refused() -> None:
    volume = Volume.from_array(counted((4, 5, 6)).astype("u2"))
    data = vcore.compress(volume, None, budget=vcore.Budget(noise_sigma=1, **GIVEN)).data
    fields = vcore.open(data).header["variables"][0]
    del fields["noise"]["gain"]
    with pytest.raises(FormatError, match="damaged"):
        VariableHeader.from_json(fields, volume.grid)


def test_estimates_count_the_noise() -> None:
    volume = Volume.from_array(counted((16, 64, 64)).astype("u2"))
    budget = vcore.Budget(noise_sigma=1)
    size = vcore.compress(volume, None, budget=budget).bytes
    assert estimate(volume, budget=budget).bytes == pytest.approx(size, rel=0.1)


# budgets


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"noise_sigma": 0}, "positive number for `Budget.noise_sigma`"),
        ({"noise_sigma": -1.0}, "positive number for `Budget.noise_sigma`"),
        ({"noise_sigma": 1, "gain": 0}, "positive number for `Budget.gain`"),
        ({"noise_sigma": 1, "gain": -2.0}, "positive number for `Budget.gain`"),
        ({"noise_sigma": 1, "read_noise": -1}, "positive number for `Budget.read_noise`"),
        ({"noise_sigma": 1, "offset": float("nan")}, "`Budget.offset`"),
        ({"gain": 2}, "give `Budget.noise_sigma` too"),
        ({"noise_sigma": 1, "psnr": 40}, "or a PSNR"),
        ({"noise_sigma": 1, "bytes": 400}, "either a size or an error bound"),
        ({"noise_sigma": 1, "max_error": 4}, "Got several"),
    ],
    ids=str,
)
def test_budgets_that_make_no_sense_are_refused(values: dict[str, float], words: str) -> None:
    with pytest.raises(BudgetError, match=words):
        vcore.Budget(**values)  # type: ignore[arg-type]


def test_an_offset_above_all_values_is_refused() -> None:
    budget = vcore.Budget(noise_sigma=1, gain=1, offset=1000, read_noise=1)
    with pytest.raises(InputError, match="above the detector's offset"):
        vcore.compress(counted((4, 5, 6)).astype("u2"), None, budget=budget)


@pytest.mark.parametrize("values", [-500 * blobs((8, 16, 16)) - 50, blobs((8, 16, 16)) - 400])
def test_negative_values_are_no_counts(values: np.ndarray) -> None:
    values[0, 0, 0] = 300
    with pytest.raises(InputError, match="far below it, possibly negative ones"):
        vcore.compress(
            values, None, budget=vcore.Budget(noise_sigma=1, gain=1, offset=0, read_noise=2)
        )


# figures


def test_bias_and_structure_are_measured() -> None:
    rng = np.random.default_rng(3)
    original = np.full((20, 30, 40), 300.0)
    detector = Detector(0, 0, 2)
    white, planes = rng.normal(0, 1, original.shape), rng.normal(0, 1, (20, 1, 1))
    statistics = NoiseStatistics(detector, (0.0, 650.0))
    statistics.add(original, original + 0.5 + white)
    figures = statistics.figures()
    assert figures["bias"] == pytest.approx(0.25, abs=0.02)
    assert figures["rms"] == pytest.approx(np.hypot(0.25, 0.5), rel=0.02)
    assert np.allclose(figures["correlation"], 0.2, atol=0.03)  # from the bias alone
    ((low, high, share, bias),) = figures["bias_by_value"]
    assert low < 300 < high
    assert share == 1
    assert bias == figures["bias"]
    statistics = NoiseStatistics(detector, (0.0, 600.0))
    statistics.add(original, original + planes)
    assert statistics.figures()["correlation"][1:] == [pytest.approx(1), pytest.approx(1)]


def test_missing_voxels_have_no_errors() -> None:
    original = np.full((3, 4, 5), 100.0)
    original[1, 1, 1] = np.nan
    decoded = original.copy()
    mask = np.zeros(original.shape, bool)
    mask[0, 0, 0], decoded[0, 0, 0] = True, 900
    statistics = NoiseStatistics(Detector(1, 0, 1), (0.0, 900.0))
    statistics.add(original, decoded, mask)
    assert statistics.figures()["sigmas"] == 0
    assert statistics.figures()["rms"] == 0


def test_variables_of_a_volume_have_a_detector_each() -> None:
    first, second = counted((8, 64, 64)), counted((8, 64, 64), Detector(10, 400, 25), seed=9)
    volume = Volume.from_array(first.astype("u2"))
    variables = (*volume.variables, Variable("b", second.astype("u2")))
    report = vcore.compress(
        Volume(volume.grid, variables), None, budget=vcore.Budget(noise_sigma=1)
    )
    gains = [v["noise"]["gain"] for v in vcore.open(report.data).info["variables"]]
    assert gains == [pytest.approx(2.2, rel=0.2), pytest.approx(10, rel=0.2)]
