"""The torch renderer: residuals, gradients and sums equal those of the compiled one."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from gaussians import beads, compress
from volumes import noise

import vcore
from vcore.errors import InputError
from vcore.methods.gaussian import decoder, method, resample
from vcore.methods.gaussian.mixture import Mixture, Sampled
from vcore.methods.gaussian.renderer import Renderer, inner
from vcore.model.context import Context
from vcore.model.regions import whole

torch = pytest.importorskip("torch")

from vcore.methods.gaussian import renderer_torch, splat_torch  # noqa: E402
from vcore.methods.gaussian.renderer_torch import TorchRenderer, doubled, halved, sums  # noqa: E402

CUDA = torch.cuda.is_available()
DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not CUDA, reason="no CUDA"))]
CASES = {
    "narrow": ((33, 47, 29), 1, 400, 3.0),
    "wide": ((41, 30, 52), 1, 60, 25.0),
    "channels": ((20, 21, 22), 3, 100, 8.0),
    "flat": ((2, 3, 70), 2, 60, 9.0),
    "one": ((17, 9, 5), 1, 1, 2.0),
}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Small operations on threads that share cores with others take 30 times as long."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def mixture(
    shape: tuple[int, ...], channels: int = 1, count: int = 100, widest: float = 3.0
) -> Mixture:
    """Return elongated Gaussians, scales from about 0.8, centres up to 10 voxels outside."""
    rng = np.random.default_rng(7)
    factors = np.tril(rng.normal(0, 0.3, (count, 3, 3)))
    factors[:, [0, 1, 2], [0, 1, 2]] = rng.uniform(0.7, 1.4, (count, 3))
    factors *= np.exp(rng.uniform(np.log(0.8), np.log(widest), (count, 1, 1)))
    centres = rng.uniform(-10, np.array(shape) + 10, (count, 3))
    centres[0] = np.array(shape) / 2
    return Mixture(centres, factors, rng.normal(size=(count, channels)))


def assert_same(renderer: TorchRenderer, reference: Renderer, gaussians: Mixture) -> None:
    """Check residuals to 1e-5 of their range, gradients to 1e-4 or 1e-6 of the largest."""
    classes = reference.classes(gaussians)
    np.testing.assert_array_equal(renderer.classes(gaussians), classes)
    done, wanted = renderer.render(gaussians, classes), reference.render(gaussians, classes)
    limit = 1e-5 * np.ptp(inner(reference.residual))
    np.testing.assert_allclose(renderer.residual, reference.residual, rtol=0, atol=limit)
    assert renderer.error() == pytest.approx(reference.error(), rel=1e-5)
    for full in (False, True):
        found = renderer.backward(gaussians, done, full=full)
        right = reference.backward(gaussians, wanted, full=full)
        for name in [f.name for f in fields(found)] if full else ["shift", "stretch", "weights"]:
            a, b = getattr(found, name), getattr(right, name)
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6 * np.abs(b).max())


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("device", DEVICES)
def test_engines_agree(device: str, case: str, exact: bool) -> None:
    shape, channels, count, widest = CASES[case]
    target = noise((channels, *shape))
    gaussians = mixture(shape, channels, count, widest)
    reference = Renderer(target, exact=exact)
    assert_same(TorchRenderer(target, device, exact=exact), reference, gaussians)
    if case == "wide":
        levels = len(np.unique(reference.classes(gaussians)))
        assert levels == (1 if exact else 4)


def test_pieces_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gaussians whose rows are computed in many chunks, some split within a row."""
    monkeypatch.setattr(splat_torch, "ROWS_AT_ONCE", 100)
    monkeypatch.setattr(splat_torch, "VOXELS_AT_ONCE", 200)
    target = noise((2, 15, 16, 17))
    assert_same(TorchRenderer(target, "cpu"), Renderer(target), mixture((15, 16, 17), 2, 20, 5.0))


def test_no_gaussians() -> None:
    target = noise((2, 9, 10, 11))
    renderer = TorchRenderer(target, "cpu")
    nothing = Mixture.empty(2)
    found = renderer.backward(
        nothing, renderer.render(nothing, renderer.classes(nothing)), full=True
    )
    np.testing.assert_array_equal(inner(renderer.residual), -target)
    assert found.shift.shape == (0, 3)
    assert found.removal.shape == (0,)


def test_another_target() -> None:
    first, second = noise((1, 9, 10, 11)), noise((1, 9, 10, 11), seed=6)
    renderer = TorchRenderer(first, "cpu")
    renderer.target = second
    assert renderer.target is second
    assert_same(renderer, Renderer(second), mixture(second.shape[1:], 1, 10))


@pytest.mark.parametrize("device", DEVICES)
def test_the_same_each_time(device: str) -> None:
    target = noise((1, 40, 40, 40))
    gaussians = mixture((40, 40, 40), 1, 500, 6.0)
    found: list[Any] = []
    for _ in range(2):
        renderer = TorchRenderer(target, device)
        done = renderer.render(gaussians, renderer.classes(gaussians))
        found.append((renderer.residual, renderer.backward(gaussians, done).stretch))
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("shape", [(7, 9, 1), (8, 2, 5), (1, 16, 33), (12, 6, 3)])
def test_doubling_and_halving(shape: tuple[int, ...]) -> None:
    fine = noise((2, *shape))
    coarse = noise((2, *(-(-n // 2) for n in shape)), seed=6)
    wanted = np.zeros_like(fine)
    for a, b in zip(coarse, wanted, strict=True):
        resample.add_doubled(a, b)
    np.testing.assert_allclose(doubled(torch.tensor(coarse), fine.shape), wanted, atol=1e-6)
    wanted = np.stack([resample.halved(f) for f in fine])
    np.testing.assert_allclose(halved(torch.tensor(fine)), wanted, atol=4e-6)


@pytest.mark.parametrize("spacing", [1.0, (2.0, 1.0, 0.5), 7.3])
@pytest.mark.parametrize("device", DEVICES)
def test_decoded_regions(device: str, spacing: Any) -> None:
    shape = (30, 41, 52)
    size = np.ceil(np.array(shape) / spacing).astype(int).tolist()
    region = tuple(slice(n // 4, n) for n in size)
    sampled = mixture(shape, 3, 500, 6.0).sampled(spacing, footprint=True)
    found = sums(sampled, (2, 0), region, device)
    wanted = decoder._rendered(sampled, (2, 0), region)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5 * np.ptp(wanted))
    of_whole = sums(sampled, (0, 1, 2), whole(size), device)[(slice(None), *region)]
    np.testing.assert_array_equal(found, of_whole[[2, 0]])


def test_impossible_gaussians_are_no_indices() -> None:
    """A damaged file's Gaussians may have any extent; the others are unaffected."""
    region = whole((8, 9, 10))
    sampled = mixture((8, 9, 10), 1, 30).sampled(1.0)
    others = Sampled(*(a[6:] for a in sampled.arrays), spacing=1.0)
    wanted = sums(others, (0,), region, "cpu")
    sampled.shapes[0], sampled.shapes[1, 6:] = np.nan, np.inf
    sampled.shapes[2, :6] = np.nan
    sampled.shapes[3, :6] = 1, 1, -1e-300, 0, 1, 0
    sampled.weights[4], sampled.weights[5] = np.inf, -1e300
    found = sums(sampled, (0,), region, "cpu")
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    np.testing.assert_allclose(decoder._rendered(sampled, (0,), region), wanted, atol=1e-5)


def test_a_fit_on_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CUDA path, run on the CPU by torch: a file as good as with the compiled sums."""
    values = beads((20, 26, 24), 20)
    budget = vcore.Budget(bytes=1500)
    expected = compress(values, budget, steps=20)
    used: list[str] = []

    class OnCpu(TorchRenderer):
        def __init__(self, target: Any, device: str) -> None:
            used.append(device)
            super().__init__(target, "cpu")

    monkeypatch.setattr(renderer_torch, "TorchRenderer", OnCpu)
    monkeypatch.setattr(method, "wants_cuda", lambda _context: True)
    report = compress(values, budget, steps=20)
    assert used == ["cuda"]
    assert report.bytes <= 1500
    assert abs(report.psnr - expected.psnr) < 0.5


def test_decoding_on_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    values = beads((20, 26, 24), 20)
    report = compress(values, vcore.Budget(bytes=1500), steps=10)
    bounded = compress(values, vcore.Budget(range_error=0.05), steps=10)
    expected = vcore.open(report.data).decode()
    exact = vcore.open(bounded.data).decode()
    used: list[str] = []

    def on_cpu(sampled: Sampled, columns: Any, region: Any, device: str) -> Any:
        used.append(device)
        return sums(sampled, columns, region, "cpu")

    monkeypatch.setenv("VCORE_DEVICE", "cuda")
    monkeypatch.setattr(renderer_torch, "sums", on_cpu)
    data = vcore.open(report.data)
    assert not data.decoder().exact
    np.testing.assert_allclose(data.decode(), expected, atol=1e-5 * np.ptp(expected))
    assert set(used) == {"cuda"}
    used.clear()
    # a residual that satisfies a bound fits only exact values
    np.testing.assert_array_equal(vcore.open(bounded.data).decode(), exact)
    assert not used


@pytest.mark.skipif(CUDA, reason="there is CUDA")
def test_cuda_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="Expected a CUDA device"):
        vcore.compress(beads((8, 8, 8), 2), None, method="gaussian", context=Context(device="cuda"))


@pytest.mark.skipif(CUDA, reason="there is CUDA")
def test_decoding_on_cuda_needs_it() -> None:
    sampled = mixture((4, 4, 4), 1, 1).sampled(1.0)
    with pytest.raises(InputError, match="Expected a CUDA device"):
        sums(sampled, (0,), whole((4, 4, 4)), "cuda")


def test_the_method_imports_no_torch() -> None:
    code = "import sys, vcore.methods.gaussian.method; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
