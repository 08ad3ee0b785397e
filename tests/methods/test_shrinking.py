"""Pruning, weight sharing, and their coding, each separately."""

import numpy as np
import pytest

from vcore.errors import FormatError
from vcore.methods._networks.fitting.device import import_torch
from vcore.methods._networks.shrinking import (
    PRUNED,
    Codebook,
    Schedule,
    guided_masks,
    importance,
    magnitude_masks,
    on_line,
    pack_shared,
    restore,
    share,
    sparsity,
    unpack_shared,
)
from vcore.methods._networks.shrinking.coding import Layout, pack_indices, unpack_indices

RNG = np.random.default_rng(4)


def stacks(networks: int = 20, side: int = 12, seed: int = 1) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {n: rng.normal(0, s, (networks, side, side)).astype("f4") for n, s in
            (("w0", 0.3), ("w1", 0.05))}  # fmt: skip


# pruning


@pytest.mark.parametrize("share_", [0.0, 0.3, 0.9])
def test_magnitude_pruning_takes_the_smallest(share_: float) -> None:
    parameters = stacks()
    masks = magnitude_masks(parameters, share_)
    assert sparsity(masks) == pytest.approx(share_, abs=1e-3)
    flat = np.concatenate([np.abs(v).ravel() for v in parameters.values()])
    kept = np.concatenate([m.ravel() for m in masks.values()])
    if share_:
        assert flat[~kept].max() <= flat[kept].min()


def test_layers_can_be_ranked_apart() -> None:
    together = magnitude_masks(stacks(), 0.5)
    apart = magnitude_masks(stacks(), 0.5, per_layer=True)
    assert 1 - together["w1"].mean() > 0.8
    for mask in apart.values():
        assert 1 - mask.mean() == pytest.approx(0.5, abs=1e-3)


def test_importance_is_equation_2() -> None:
    parameters = {"w": np.array([[[0.0, -2.0]], [[1.0, 4.0]]])}
    found = importance(parameters, np.array([3.0, 5.0]), 0.1)["w"]
    np.testing.assert_allclose(found, [[[0.0, 0.5]], [[0.25 + 0.1, 1.0 + 0.1]]])


def test_without_guidance_it_is_magnitude() -> None:
    parameters, loss = stacks(), RNG.random(20)
    plain, guided = magnitude_masks(parameters, 0.4), guided_masks(parameters, loss, 0.0, 0.4)
    for name in parameters:
        np.testing.assert_array_equal(plain[name], guided[name])


def test_networks_of_easy_blocks_lose_more() -> None:
    parameters, loss = stacks(), np.linspace(0, 1, 20)
    masks = guided_masks(parameters, loss, 0.1, 0.5)
    kept = sum(m.reshape(20, -1).sum(1) for m in masks.values())
    assert sparsity(masks) == pytest.approx(0.5, abs=1e-3)
    assert np.corrcoef(kept, loss)[0, 1] > 0.9
    assert kept[-1] > 1.2 * kept[0]


def test_what_is_pruned_stays_pruned() -> None:
    parameters = stacks()
    first = guided_masks(parameters, np.ones(20), 0.1, 0.3)
    grown = {n: np.where(first[n], v, 9.0) for n, v in parameters.items()}
    second = guided_masks(grown, np.ones(20), 0.1, 0.4, first)
    assert sparsity(second) == pytest.approx(0.4, abs=1e-3)
    for name in first:
        assert not (second[name] & ~first[name]).any()
    assert sparsity(guided_masks(grown, np.ones(20), 0.1, 0.1, first)) == sparsity(first)


def test_the_schedules_are_the_papers() -> None:
    series = Schedule.series(0.5)
    epochs = [(round(500 * at), round(100 * s)) for at, s in series.rounds]
    assert epochs == [(150, 30), (225, 40), (300, 45), (375, 50)]
    static = Schedule.static(0.3, 200)
    assert [(round(200 * at), round(100 * s)) for at, s in static.rounds] == [(75, 20), (115, 30)]
    assert series.due(0.1, 0.29) is None
    assert series.due(0.29, 0.31) == pytest.approx(0.3)
    assert series.due(0.29, 0.8) == pytest.approx(0.5)
    assert Schedule.series(0.0).due(0, 1) is None


# sharing


def test_sharing_is_as_good_as_its_number_of_values() -> None:
    values = RNG.normal(0, 0.05, (50, 24, 24))
    errors = []
    for bits in range(2, 9):
        shared = share(values, 1 << bits)
        assert len(shared.values) <= 1 << bits
        assert (np.diff(shared.values) > 0).all()
        errors.append(np.sqrt(np.mean((restore(shared.values, shared.indices) - values) ** 2)))
    # the optimal quantiser of normal values loses 1.66 / 2**bits of their spread at many bits
    # (Panter and Dite 1951: sqrt(pi sqrt(3) / 2))
    assert errors[-1] < 1.15 * 1.66 / 256 * 0.05
    assert (np.array(errors[1:]) < 0.65 * np.array(errors[:-1])).all()


def test_each_value_is_the_mean_of_its_parameters() -> None:
    values = RNG.normal(0, 1, 4000)
    shared = share(values, 16)
    for k, value in enumerate(shared.values):
        assert value == pytest.approx(
            values[shared.indices == k].mean(), abs=0.02
        )  # 0.3 of the way between two
    nearest = np.abs(values[:, None] - shared.values).argmin(1)
    np.testing.assert_array_equal(nearest, shared.indices)


def test_few_values_are_kept_as_they_are() -> None:
    values = np.array([0.5, -1.0, 0.5, 2.0], "f4")
    shared = share(values, 256)
    np.testing.assert_array_equal(shared.values, [-1, 0.5, 2])
    np.testing.assert_array_equal(restore(shared.values, shared.indices), values)


def test_pruned_parameters_are_zero() -> None:
    values, alive = RNG.normal(0, 1, (5, 6)), RNG.random((5, 6)) < 0.5
    for shared in (share(values, 8, alive), on_line(values, 0.1, alive)):
        found = restore(shared.values, shared.indices)
        assert (found[~alive] == 0).all()
        assert (shared.indices[~alive] == PRUNED).all()
    nothing = share(values, 8, np.zeros_like(alive))
    assert (restore(nothing.values, nothing.indices) == 0).all()


def test_a_line_rounds_to_its_step() -> None:
    values = RNG.normal(0, 1, 3000)
    for alive in (None, np.ones(3000, bool)):
        shared = on_line(values, 0.05, alive)
        found = restore(shared.values, shared.indices)
        assert np.abs(found - values).max() <= 0.025 + 1e-6
    assert (shared.indices == PRUNED).sum() == np.count_nonzero(np.rint(values / 0.05) == 0)


def test_the_gradient_of_a_value_is_the_sum_over_its_parameters() -> None:
    torch = import_torch()
    shared = share(RNG.normal(0, 1, (3, 40)), 8, RNG.random((3, 40)) < 0.7)
    leaf = torch.from_numpy(shared.values).requires_grad_()
    weights = torch.arange(120.0).reshape(3, 40)
    (restore(leaf, torch.from_numpy(shared.indices.astype("i8"))) * weights).sum().backward()
    for k in range(len(shared.values)):
        expected = weights.numpy()[shared.indices == k].sum()
        assert float(leaf.grad[k]) == pytest.approx(expected)


# coding


@pytest.mark.parametrize("pruned", [0.0, 0.5, 0.95])
@pytest.mark.parametrize("precision", [2, 4])
def test_coded_parameters_come_back(pruned: float, precision: int) -> None:
    arrays = [
        share(RNG.normal(0, 1, (7, 9, 11)), 64, RNG.random((7, 9, 11)) >= pruned),
        share(RNG.normal(0, 1, (7, 1, 11)), 16),
        Codebook(np.zeros(0, "f4"), np.full((7, 3, 2), PRUNED, "i4")),
    ]
    masked = [True, False, True]
    data, sizes = pack_shared(arrays, masked, precision)
    assert sizes.total == len(data)
    assert sizes.values == precision * sum(len(a.values) for a in arrays) + len(arrays)
    found = unpack_shared(data, [a.indices.shape for a in arrays], masked, precision)
    for a, b in zip(arrays, found, strict=True):
        np.testing.assert_array_equal(a.indices, b.indices)
        np.testing.assert_array_equal(a.values.astype(f"f{precision}"), b.values)


def test_masks_and_indices_take_no_more_than_their_entropy() -> None:
    alive = RNG.random((100, 24, 24)) < 0.6
    shared = share(RNG.normal(0, 1, alive.shape), 32, alive)
    _, sizes = pack_shared([shared], [True])
    mask_entropy = -(0.6 * np.log2(0.6) + 0.4 * np.log2(0.4)) * alive.size / 8
    used = np.bincount(shared.indices[alive], minlength=32) / alive.sum()
    index_entropy = -(used * np.log2(used)).sum() * alive.sum() / 8
    assert mask_entropy <= sizes.masks < 1.03 * mask_entropy
    assert index_entropy <= sizes.indices < 1.03 * index_entropy


def test_neurons_that_are_gone_cost_little() -> None:
    """Mask contexts use rows and columns: structure is cheaper than noise."""
    alive = np.ones((100, 24, 24), bool)
    alive[:, RNG.random(24) < 0.5] = False
    scattered = RNG.permutation(alive.ravel()).reshape(alive.shape)
    sizes = [pack_shared([share(RNG.normal(0, 1, m.shape), 4, m)], [True])[1] for m in
             (alive, scattered)]  # fmt: skip
    assert sizes[0].masks < 0.2 * sizes[1].masks


def test_damaged_indices_are_refused() -> None:
    with pytest.raises(FormatError, match="no shared value"):
        unpack_indices(b"\xff\xfe\xfd\xfc\xaa" * 20, [Layout((3, 30, 30), 5, False)])
    with pytest.raises(FormatError, match="impossible"):
        unpack_indices(b"", [Layout((1 << 10, 1 << 10, 1 << 10), 5, False)])
    with pytest.raises(FormatError, match="impossible"):
        unpack_indices(b"", [Layout((1, 2, 2), 0, False)])
    data, _ = pack_shared([share(RNG.normal(0, 1, (1, 8, 8)), 16)], [False])
    for broken in (data[:5], b"\xff" * 8 + data, b""):
        with pytest.raises(FormatError):
            unpack_shared(broken, [(1, 8, 8)], [False])


def test_an_empty_list_is_nothing() -> None:
    assert pack_indices([], []) == b""
    assert unpack_indices(b"", []) == []
