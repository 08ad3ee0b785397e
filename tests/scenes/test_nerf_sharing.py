"""Networks whose weights share values, and networks pruned in rounds."""

import numpy as np
import pytest
from made_scenes import BOUNDS, cameras, field

import vcore
from vcore.errors import BudgetError, FormatError, InputError
from vcore.model.context import Context
from vcore.scenes.measure import rendered, view_errors
from vcore.scenes.methods.nerf import pruning, quantising, sharing
from vcore.scenes.methods.nerf.occupancy import occupancy_of

QUICK = {"cells": 24, "steps": 160}
CONTEXT = Context(device="cpu")


def books(count: int) -> tuple[sharing.Codebooks, vcore.scenes.methods.nerf.network.Network]:
    """Return shared values of the octahedron with noise, and its network."""
    network = field(noise=0.02).network
    alive = pruning.smallest_pruned(network, dict.fromkeys(network.architecture.shapes, 1.0), 0.4)
    found = {
        layer: sharing.share(quantising.joined(network, layer)[None], count, alive[layer][None])
        for layer in network.architecture.shapes
    }
    return sharing.halved(found), network


def test_shared_values_are_decoded_exactly() -> None:
    coded, network = books(5)
    shapes = network.architecture

    found = sharing.unpack(sharing.pack(coded), shapes)
    expected = sharing.restored(shapes, coded)
    for name, values in found.weights.items():
        np.testing.assert_array_equal(values, expected.weights[name])
    for layer in shapes.shapes:
        values = quantising.joined(found, layer)
        assert len(np.unique(values[values != 0])) <= 5


def test_damaged_values_are_refused_or_finite() -> None:
    coded, network = books(6)
    data = bytearray(sharing.pack(coded))
    rng = np.random.default_rng(1)
    refused = 0

    for _ in range(200):
        broken = data.copy()
        broken[int(rng.integers(0, len(data)))] ^= int(rng.integers(1, 256))
        try:
            found = sharing.unpack(bytes(broken), network.architecture)
        except FormatError:
            refused += 1
            continue
        assert all(np.isfinite(v).all() for v in found.weights.values())
    assert refused
    with pytest.raises(FormatError):
        sharing.unpack(bytes(data[:10]), network.architecture)


def test_a_file_with_shared_values() -> None:
    source = field(noise=0.02)
    few, many = (
        vcore.compress(source, None, settings={**QUICK, "share": n}, context=CONTEXT)
        for n in (4, 64)
    )

    assert few.bytes < many.bytes
    assert few.psnr < many.psnr
    opened = vcore.open(few.data)
    assert opened.info["settings"]["share"] == 4
    bias = opened.field.network.weights["trunk.0.weight"]
    assert len(np.unique(bias[bias != 0])) <= 4
    assert opened.render(cameras()[0])[0].shape == (24, 32, 3)


def test_budgets_choose_the_number_of_values() -> None:
    source, settings = field(noise=0.02), {**QUICK, "share": 64}
    told = {"settings": settings, "context": CONTEXT}
    most = vcore.compress(source, None, **told).bytes

    assert vcore.compress(source, None, **told, bytes=most - 40).bytes <= most - 40
    assert vcore.compress(source, None, **told, psnr=24).psnr >= 24
    with pytest.raises(BudgetError, match="shared values"):
        vcore.compress(source, None, **told, bytes=800)
    with pytest.raises(BudgetError, match="shared values"):
        vcore.compress(source, None, **told, psnr=70)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"share": 1}, "shared values"),
        ({"share": 1 << 20}, "shared values"),
        ({"rounds": 0}, "rounds"),
        ({"rounds": 3}, "rounds"),
        ({"rounds": 3, "prune": 0.5}, "rounds"),
        ({"rounds": 30, "prune": 0.5, "retrain": 20}, "rounds"),
    ],
)
def test_settings_are_checked(settings: dict, told: str) -> None:
    with pytest.raises(InputError, match=told):
        vcore.compress(field(), None, settings=settings)


def test_the_smallest_weights_of_their_layer_are_pruned() -> None:
    network = field(noise=0.02).network
    steps = {layer: 1.0 + k for k, layer in enumerate(network.architecture.shapes)}
    first = pruning.smallest_pruned(network, steps, 0.3)
    second = pruning.smallest_pruned(network, steps, 0.6, first)

    total = sum(m[:, :-1].size for m in first.values())
    for alive, share in ((first, 0.3), (second, 0.6)):
        gone = sum(int((~m[:, :-1]).sum()) for m in alive.values())
        assert gone == round(share * total)
        assert all(m[:, -1].all() for m in alive.values())
    sizes = {k: np.abs(quantising.joined(network, k)[:, :-1]) / steps[k] for k in steps}
    kept = min(sizes[k][m[:, :-1]].min() for k, m in first.items() if m[:, :-1].any())
    lost = max(sizes[k][~m[:, :-1]].max() for k, m in first.items() if not m[:, :-1].all())
    assert kept >= lost
    assert all((second[k] <= first[k]).all() for k in first)


def test_rounds_with_retraining_lose_less_than_one() -> None:
    pytest.importorskip("torch")
    from vcore.scenes.methods.nerf.retraining import trainer_of

    source, step = field(12, noise=0.02), 2 / 160
    occupancy = occupancy_of(source.network, BOUNDS, 24, step, CONTEXT)
    trainer = trainer_of(source, occupancy, step, CONTEXT)
    steps = dict.fromkeys(source.network.architecture.shapes, 1.0)

    def loss(network: object, alive: pruning.Alive) -> float:
        values = {k: quantising.joined(network, k) * alive[k] for k in steps}
        cut = quantising.restored(network, values, dict.fromkeys(steps, 1.0))
        views = [
            rendered(source.skipping(n, occupancy, step), cameras()[:2], CONTEXT)
            for n in (source.network, cut)
        ]
        return view_errors(*views)[1]

    once = pruning.smallest_pruned(source.network, steps, 0.9)
    network, alive = pruning.in_rounds(source.network, steps, 0.9, 4, trainer, 25, CONTEXT)
    gone = sum(int((~m).sum()) for m in alive.values())
    assert gone == sum(int((~m).sum()) for m in once.values())
    assert loss(network, alive) < 0.9 * loss(source.network, once)


def test_shared_values_are_retrained() -> None:
    pytest.importorskip("torch")
    source = field(12, noise=0.02)
    settings = {**QUICK, "share": 6}
    plain = vcore.compress(source, None, settings=settings, context=CONTEXT)
    again = vcore.compress(source, None, settings={**settings, "retrain": 30}, context=CONTEXT)

    assert again.psnr > plain.psnr + 1
    assert abs(again.bytes - plain.bytes) < 40
