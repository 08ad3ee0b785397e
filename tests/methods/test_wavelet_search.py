"""The search for a step: its model of a sample, and how few passes over everything it takes."""

import math

import numpy as np
import pytest

import vcore
from vcore.methods.source import VariableSource
from vcore.methods.wavelet import quantiser
from vcore.methods.wavelet.contexts import CLASS, CLASSES
from vcore.methods.wavelet.encoder import Encoder
from vcore.methods.wavelet.model import solved
from vcore.methods.wavelet.settings import MAX_STEP, MIN_STEP
from vcore.model.context import Context
from vcore.model.volume import Volume


def structured(shape: tuple[int, int, int]) -> np.ndarray:
    """Return blobs with sharp borders and noise that grows along x, uint8."""
    random = np.random.default_rng(5)
    z, y, x = np.meshgrid(*(np.linspace(0, 6, n) for n in shape), indexing="ij")
    values = 80 + 60 * np.sin(2 * z + np.sin(y)) * np.cos(x) + 40 * (np.sin(3 * y + x) > 0.3)
    values += random.normal(size=shape) * (2 + 6 * x / 6)
    return np.rint(values.clip(0, 255)).astype(np.uint8)


@pytest.fixture(scope="module")
def volume() -> Volume:
    return Volume.from_array(structured((66, 80, 84)))


def counts_of(q: np.ndarray, parent: np.ndarray) -> np.ndarray:
    """Return what ``count_magnitudes`` does, coefficient by coefficient."""
    counts = np.zeros(quantiser.COUNTS)
    far = np.pad(q.astype(int), 2)
    cells = np.pad(q.astype(int), [(0, n % 2) for n in q.shape])
    for z, y, x in np.ndindex(*q.shape):
        if not (z | y | x) & 1:
            continue
        at = z + 2, y + 2, x + 2
        near = sum(
            far[tuple(a + side * (axis == k) for k, a in enumerate(at))]
            for axis in range(3)
            for side in (-2, 2)
        )
        beside = cells[z & ~1 : (z | 1) + 1, y & ~1 : (y | 1) + 1, x & ~1 : (x | 1) + 1].sum()
        over = tuple(((i >> 2) << 1) | (i & 1) for i in (z, y, x))
        own = parent[over] if all(i < n for i, n in zip(over, parent.shape, strict=True)) else 0
        total = 10 * near + 6 * (beside - cells[z, y, x]) + 10 * int(own)
        if total < 1024:
            k = CLASS[total]
        elif total < 16384:
            k = CLASS[total >> 4] + 8
        else:
            k = min(CLASS[min(total >> 8, 1023)] + 16, CLASSES - 1)
        counts[k, min(q[z, y, x], quantiser.KINDS - 1)] += 1
    return counts


@pytest.mark.parametrize("shape", [(6, 7, 9), (1, 5, 4), (5, 1, 1), (1, 1, 1), (4, 2, 3)])
def test_magnitudes_are_counted_by_their_surroundings(shape):
    random = np.random.default_rng(1)
    q = np.where(random.random(shape) < 0.3, random.geometric(0.1, shape), 0).clip(0, 255)
    parent = random.integers(0, 6, tuple(-(-n // 2) for n in shape)).astype(np.uint8)
    q = q.astype(np.uint8)
    found = quantiser.count_magnitudes(q, parent, 0, shape[0])
    np.testing.assert_array_equal(found, counts_of(q, parent))


def test_a_target_is_solved_for_on_both_sides():
    for target in (0.9, 7.0, 300.0):
        assert 3 * solved(lambda s: 3 / s, target, 0.01) ** -1 == pytest.approx(target, rel=2e-3)
    step = solved(lambda s: s**1.8 + 1e-9, 1e-4, 0.5, 1.6)
    assert step == pytest.approx(1e-4 ** (1 / 1.8), rel=2e-3)
    # nearly nothing is left beyond a step, as with noise
    steep = solved(lambda s: 5e5 / (1 + (s / 0.5) ** 8) + 1e-9, 4e4, 0.01)
    assert steep == pytest.approx(0.5 * 11.5 ** (1 / 8), rel=2e-3)
    assert solved(lambda s: 3 / s, 1e300, 0.01) == MIN_STEP  # not below, by rounding
    assert solved(lambda s: 3 / s, 1e-300, 0.01) == MAX_STEP


def test_the_model_tells_how_bytes_and_error_change(volume):
    source = VariableSource(volume.variables[0], volume.grid, (0, 255))
    encoder = Encoder(source, Context())
    model = encoder.model()
    sampled = sum(b - a for a, b in model._slabs[0])
    assert sampled < encoder.shapes[0][0] / 3
    bits, errors = [], []
    for step in (0.05, 0.06):
        settings = {"step": step}
        data = vcore.compress(volume, None, method="wavelet", settings=settings).data
        decoded = vcore.open(data).decode().astype(float)
        error = np.square((decoded - volume.variables[0].read()) / 255).mean()
        bits.append(len(data) / model.bytes_of(step))
        errors.append(error / model.power_of(step))
    assert 0.5 < bits[0] < 1.5
    assert bits[1] / bits[0] == pytest.approx(1, abs=0.03)
    assert 10 * abs(math.log10(errors[1] / errors[0])) < 0.3


@pytest.mark.parametrize("budget", [{"psnr": 34.0}, {"psnr": 44.0}, {"bpv": 0.3}, {"bpv": 1.0}])
def test_the_search_comes_near_in_few_passes(volume, budget, monkeypatch):
    steps = []
    quantise = Encoder.quantise

    def counted(self, step, **given):
        steps.append(step)
        return quantise(self, step, **given)

    monkeypatch.setattr(Encoder, "quantise", counted)
    data = vcore.compress(volume, None, method="wavelet", budget=vcore.Budget(**budget)).data
    if "bpv" in budget:
        assert 0.98 < 8 * len(data) / volume.variables[0].read().size / budget["bpv"] <= 1
    else:
        assert len(steps) <= 4
        error = vcore.open(data).decode().astype(float) - volume.variables[0].read()
        span = np.ptp(volume.variables[0].read().astype(float))
        psnr = -10 * math.log10(np.square(error / span).mean())
        assert budget["psnr"] <= psnr <= budget["psnr"] + 0.05


@pytest.mark.parametrize("bpv", [0.2, 1.0, 3.0])
def test_a_budget_for_noise_is_used(bpv):
    values = np.random.default_rng(2).integers(0, 200, (70, 70, 70)).astype("u1")
    report = vcore.compress(values, None, method="wavelet", bpv=bpv)
    assert 0.98 < 8 * report.bytes / values.size / bpv <= 1


def test_a_psnr_beyond_all_floats_is_refused():
    values = np.random.default_rng(2).standard_normal((12, 14, 16)).astype("f4")
    with pytest.raises(vcore.BudgetError, match="4000 dB"):
        vcore.compress(values, None, method="wavelet", psnr=4000)
