"""Quantised splats as bytes."""

from dataclasses import fields, replace

import numpy as np
import pytest
from made_splats import shell

from vcore.errors import FormatError
from vcore.methods.gaussian.quantise import morton
from vcore.scenes.methods.splats import coding
from vcore.scenes.methods.splats.model import Splats
from vcore.scenes.methods.splats.quantise import Lattice, Quantised, dequantised, quantised

LATTICE = Lattice(0.05, 0.004, (-40, -40, -40), -4)


def integers(splats: Splats, lattice: Lattice = LATTICE, seed: int = 0) -> Quantised:
    levels = np.random.default_rng(seed).integers(-3, 6, len(splats))
    found = quantised(splats, levels, lattice)
    return found[np.argsort(morton(found.cells.astype(np.int32)), kind="stable")]


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_blocks_come_back_bit_by_bit(degree: int) -> None:
    want = integers(shell(700, degree))
    data = coding.pack(want, LATTICE)
    got = coding.unpack(data, len(want), (degree + 1) ** 2, LATTICE)
    for f in fields(want):
        assert np.array_equal(getattr(got, f.name), getattr(want, f.name)), f.name
    assert len(data) < 700 * (10 + 2 * (degree + 1) ** 2)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_blocks_of_few_splats(count: int) -> None:
    want = integers(shell(50, 2)[:count])
    got = coding.unpack(coding.pack(want, LATTICE), count, 9, LATTICE)
    assert np.array_equal(got.colours, want.colours)
    assert np.array_equal(got.inner, want.inner)


def test_large_values_come_back() -> None:
    want = integers(shell(60, 1))
    far = replace(want, colours=want.colours * 100_000, alphas=want.alphas + 5_000_000)
    got = coding.unpack(coding.pack(far, LATTICE), 60, 4, LATTICE)
    assert np.array_equal(got.colours, far.colours)
    assert np.array_equal(got.alphas, far.alphas)


def test_finer_steps_come_closer() -> None:
    splats = shell(500, 2)
    levels = np.zeros(len(splats), np.int64)
    before = None
    for step in (0.2, 0.05, 0.0125, 0.003):
        lattice = replace(LATTICE, step=step, footprint=1e-4)
        back = dequantised(quantised(splats, levels, lattice), lattice)
        errors = [
            np.linalg.norm(back.positions - splats.positions, axis=1).mean(),
            np.abs(back.covariances() - splats.covariances()).max((1, 2)).mean(),
            np.abs(back.alphas - splats.alphas).mean(),
            np.abs(back.sh - splats.sh).mean(),
        ]
        if before is not None:
            assert all(e < 0.45 * b for e, b in zip(errors, before, strict=True))
        before = errors
    assert np.abs(back.sh - splats.sh).max() < 0.003 * 1.5


def test_important_splats_are_quantised_more_finely() -> None:
    splats = shell(400, 1)
    errors = []
    for level in (-2, 2):
        back = dequantised(quantised(splats, np.full(400, level), LATTICE), LATTICE)
        errors.append(np.abs(back.sh - splats.sh).mean())
    assert errors[1] < errors[0] / 4


def test_axes_are_rotations_whatever_the_order_of_the_scales() -> None:
    splats = shell(300, 0)
    rng = np.random.default_rng(2)
    mixed = replace(splats, scales=rng.permuted(splats.scales, axis=1))
    lattice = replace(LATTICE, step=0.002)
    back = dequantised(quantised(mixed, np.zeros(300, np.int64), lattice), lattice)
    scale = np.abs(mixed.covariances()).max((1, 2))
    assert (np.abs(back.covariances() - mixed.covariances()).max((1, 2)) / scale).max() < 0.05


def test_round_splats_need_no_rotation() -> None:
    splats = shell(300, 0)
    round_ones = replace(splats, scales=np.full((300, 3), -2.0, np.float32))
    assert not integers(round_ones).turns.any()


def test_damaged_blocks_are_refused_or_give_finite_splats() -> None:
    want = integers(shell(300, 1))
    data = coding.pack(want, LATTICE)
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(60):
        broken = bytearray(data)
        place = rng.integers(0, len(data), 3)
        for p in place:
            broken[p] = rng.integers(0, 256)
        try:
            found = coding.unpack(bytes(broken), 300, 4, LATTICE)
            assert np.isfinite(dequantised(found, LATTICE).covariances()).all()
        except FormatError:
            refused += 1
    assert refused
    for cut in (0, 1, 10, len(data) // 2):
        with pytest.raises(FormatError):
            coding.unpack(data[:cut], 300, 4, LATTICE)
    with pytest.raises(FormatError):
        coding.unpack(data + b"more", 300, 4, LATTICE)
    with pytest.raises(FormatError):
        coding.unpack(data, coding.MAX_BLOCK + 1, 4, LATTICE)
