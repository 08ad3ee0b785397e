"""The mixing coder: exact round trips at about the expected size."""

import numba as nb
import numpy as np
import pytest

from vcore.entropy import mixing
from vcore.entropy.rangecoder import DECODE, ENCODE, stream


@nb.njit
def code(encoding, coder, data, bits, classes, counters, weights, singles, single):
    slots, logits = np.zeros(8, np.int64), np.zeros(8, np.int64)
    for k in range(bits.size):
        for i in range(8):
            slots[i] = classes[k] if i < 4 else 0
        if single:
            bits[k] = mixing.code_single(encoding, coder, data, singles, classes[k], bits[k])
        else:
            bits[k] = mixing.code_mixed(
                encoding, coder, data, counters, slots, 0, weights, 0, 1, logits, bits[k]
            )
    return True


def state():
    return mixing.new_counters(4), mixing.new_weights(2), mixing.new_singles(4)


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("chances", [(0.5, 0.5, 0.5, 0.5), (0.02, 0.3, 0.9, 0.995), (0, 1, 0, 1)])
def test_bits_come_back_at_their_worth(chances, single) -> None:
    rng = np.random.default_rng(4)
    classes = rng.integers(0, 4, 40_000)
    p = np.array(chances, float)[classes]
    bits = (rng.random(classes.size) < p).astype(np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = -np.nansum(p * np.log2(p) + (1 - p) * np.log2(1 - p)) / 8
    data = np.empty(classes.size, np.uint8)
    length = stream(code, ENCODE, data, bits.copy(), classes, *state(), single)
    assert length <= 1.03 * worth + 60
    found = np.zeros_like(bits)
    stream(code, DECODE, data[1:length].copy(), found, classes, *state(), single)
    assert np.array_equal(found, bits)


def test_tables_are_what_the_format_says() -> None:
    logits = np.arange(-mixing.REACH, mixing.REACH + 1) / 256
    exact = 65536 / (1 + np.exp(-logits))
    assert np.abs(mixing.SQUASH - exact).max() <= 0.5 + 1e-6
    assert np.array_equal(mixing.SQUASH + mixing.SQUASH[::-1], np.full(4095, 65536))
    assert (np.diff(mixing.STRETCH) >= 0).all()
    back = mixing.SQUASH[mixing.STRETCH + mixing.REACH]
    assert np.abs(back - (np.arange(4096) * 16 + 8))[30:-30].max() <= 64


def test_a_restarted_state_keeps_what_it_learnt() -> None:
    counters = mixing.new_counters(2)
    counters[:, 1] = (7 << 29) | 100
    again = mixing.restarted_counters(counters)
    assert np.array_equal(again >> 10, counters >> 10)
    assert (again & 1023).max() == mixing.RESTART_COUNT
    assert (again[:, 0] == counters[:, 0]).all()
