"""Coded Gaussians: exact round trips, small sizes, damage refused."""

import copy
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from gaussians import mixture
from test_fuzz import look_at, pack
from volumes import frames

from vcore.container import Container, layout
from vcore.entropy.rows import Bytes, pack_number
from vcore.errors import FormatError
from vcore.methods.gaussian import coding, gate, stream
from vcore.methods.gaussian.group import Coded, Goal, GroupEncoder
from vcore.methods.gaussian.mixture import Mixture
from vcore.methods.gaussian.quantise import Quantised, dequantised, quantise_later, quantised
from vcore.methods.gaussian.schedule import FitSchedule
from vcore.methods.gaussian.settings import GaussianSettings
from vcore.methods.gaussian.stream import corner, sorted_by_cell
from vcore.model.context import Context

DATA = Path(__file__).parents[1] / "data"
SHAPE = (24, 40, 33)
STEP = float(np.float32(0.02))


def integers(count: int, channels: int = 1, seed: int = 0) -> tuple[Quantised, np.ndarray]:
    """Return sorted integers of a mixture, and their origin."""
    first = mixture(count, SHAPE, channels=channels, scales=(0.5, 8), margin=9, seed=seed)
    first.weights *= 10 ** np.random.default_rng(seed).uniform(-3, 0, (count, 1))
    origin = corner(first)
    return sorted_by_cell(quantised(first, STEP, origin)), origin


def assert_equal(a: Quantised, b: Quantised) -> None:
    for name in (f.name for f in fields(Quantised) if not f.kw_only):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


def nudged(before: Mixture, seed: int = 0) -> Mixture:
    rng = np.random.default_rng(seed)
    return Mixture(
        before.centres + rng.normal(0, 1, before.centres.shape),
        before.factors @ (np.eye(3) + np.tril(rng.normal(0, 0.03, before.factors.shape))),
        before.weights * rng.uniform(0.5, 1.5, before.weights.shape),
    )


# round trips


@pytest.mark.parametrize("value", [0, 1, 127, 128, 300, 1 << 20, (1 << 62) - 1])
def test_numbers_come_back(value: int) -> None:
    data = pack_number(value)
    assert len(data) == max(-(-value.bit_length() // 7), 1)
    assert Bytes(data + b"x").number() == value


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("count", [0, 1, 2, 17, 2000])
def test_integers_come_back(count: int, channels: int) -> None:
    given, _ = integers(count, channels)
    data = coding.pack(given)
    source = Bytes(data + b"rest")
    assert_equal(coding.unpack(source, count, channels), given)
    assert source.take(4) == b"rest"


def test_gaussians_on_one_another_come_back() -> None:
    given, _ = integers(40)
    same = given[np.zeros(25, int)]
    assert_equal(coding.unpack(Bytes(coding.pack(same)), 25, 1), same)


def test_gaussians_at_the_end_of_a_huge_volume_come_back() -> None:
    """Volumes of 131,072 voxels a side: the gap along the curve nearly fills its two numbers."""
    ends = np.array([[0, 0, 0], [(1 << 17) - 1] * 3, [0, (1 << 17) - 2, 7]], float)
    far = Mixture(ends, np.tile(2 * np.eye(3), (3, 1, 1)), np.ones((3, 1)))
    given = sorted_by_cell(quantised(far, STEP, np.zeros(3, np.int64)))
    found = coding.unpack(Bytes(coding.pack(given)), 3, 1)
    assert_equal(found, given)
    places = dequantised(found, STEP, np.zeros(3, np.int64)).centres
    assert np.abs(np.sort(places, 0) - np.sort(ends, 0)).max() < 0.1


@pytest.mark.parametrize("channels", [1, 2])
def test_changes_come_back(channels: int) -> None:
    key, origin = integers(500, channels)
    before, source = key, b""
    kept = []
    for t in range(4):
        moving = nudged(dequantised(before, STEP, origin, key), t)
        after = quantise_later(moving, before, key, STEP, origin)
        assert (after.positions != before.positions).any()
        assert (after.strengths != before.strengths).any()
        source += coding.pack_changes(before, after)
        kept.append(after)
        before = after
    data, now = Bytes(source), key
    for after in kept:
        now = coding.unpack_changes(data, now, key)
        assert_equal(now, after)


def test_what_does_not_change_costs_next_to_nothing() -> None:
    key, _ = integers(2000)
    assert len(coding.pack_changes(key, key)) < 40


def test_a_group_comes_back() -> None:
    key, origin = integers(300, 2)
    after = quantise_later(nudged(dequantised(key, STEP, origin)), key, key, STEP, origin)
    head = stream.pack_head(len(key), STEP, origin)
    data = head + coding.pack(key) + coding.pack_changes(key, after)
    first, second = stream.unpack(data, 2, 2)
    for found, expected in (
        (first, dequantised(key, STEP, origin)),
        (second, dequantised(after, STEP, origin, key)),
    ):
        for name in ("centres", "factors", "weights"):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


# size and loss


@pytest.fixture(scope="module")
def coded() -> Callable[[int], Coded]:
    """Return a function that gives a crop of a real neuron, coded within a number of bytes."""
    tif = tifffile.imread(DATA / "rivulet_neuron_409x415x119_uint8.tif")
    target = tif[None, :48, 64:128, 128:192].astype("f4") / 255
    kept: dict[int, Coded] = {}

    def within(limit: int) -> Coded:
        if limit not in kept:
            settings = GaussianSettings(steps=60)
            levels = gate.worth(target, gate.automatic_threshold(target), 3.0)
            encoder = GroupEncoder([target], levels, settings, FitSchedule(Context(), 100))
            kept[limit] = encoder.encode(Goal(limit))
        return kept[limit]

    return within


@pytest.mark.parametrize("limit", [900, 2500])
def test_a_gaussian_takes_nine_bytes_at_most(coded: Callable[[int], Coded], limit: int) -> None:
    found = coded(limit)
    assert found.count == stream.unpack_head(found.data)[0] > 50
    assert len(found.data) <= 9 * found.count
    assert len(found.data) <= limit


@pytest.mark.parametrize("limit", [900, 2500])
def test_quantising_costs_little(coded: Callable[[int], Coded], limit: int) -> None:
    found = coded(limit)
    assert 10 * np.log10(found.error / found.unquantised) < 1.5


# damaged bytes


def sound(gaussians: list[Mixture]) -> bool:
    return all(
        np.isfinite(part).all() for m in gaussians for part in (m.centres, m.factors, m.weights)
    )


def refused_or_sound(data: bytes, frames_: int, channels: int) -> str:
    try:
        found = stream.unpack(data, frames_, channels)
    except FormatError:
        return "refused"
    assert len(found) == frames_
    assert sound(found)
    return "decoded"


def group_of_two() -> bytes:
    key, origin = integers(60, 2)
    after = quantise_later(nudged(dequantised(key, STEP, origin)), key, key, STEP, origin)
    head = stream.pack_head(len(key), STEP, origin)
    return head + coding.pack(key) + coding.pack_changes(key, after)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_cut_bytes_are_refused() -> None:
    whole = group_of_two()
    endings = [refused_or_sound(whole[:n], 2, 2) for n in range(len(whole))]
    # the coder drops trailing zeros, so that losing a last byte or two may go unnoticed
    assert endings.count("refused") >= len(whole) - 2


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", range(4))
def test_changed_bytes_are_refused_or_decode(seed: int) -> None:
    whole, rng = group_of_two(), np.random.default_rng(seed)
    endings = []
    for _ in range(150):
        damaged = bytearray(whole)
        for at in rng.integers(0, len(damaged), rng.integers(1, 4)):
            damaged[at] = rng.integers(0, 256)
        endings.append(refused_or_sound(bytes(damaged), 2, 2))
    assert {"refused", "decoded"} == set(endings)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", range(2))
def test_bytes_of_anything_are_refused_or_decode(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(200):
        count = pack_number(int(rng.integers(0, 40)))
        head = np.float32(rng.uniform(1e-6, 1)).tobytes() + rng.bytes(6)
        refused_or_sound(count + head + rng.bytes(int(rng.integers(0, 200))), 2, 1)


@pytest.mark.parametrize("step", [0.0, -1.0, np.nan, np.inf])
def test_an_impossible_step_is_refused(step: float) -> None:
    data = pack_number(3) + np.float32(step).tobytes() + bytes(30)
    with pytest.raises(FormatError, match="step"):
        stream.unpack(data, 1, 1)


def test_too_many_gaussians_are_refused() -> None:
    head = np.float32(1).tobytes() + bytes(6)
    for count in (coding.MAX_GAUSSIANS + 1, 1 << 62):
        with pytest.raises(FormatError, match="at most"):
            stream.unpack(pack_number(count) + head + bytes(90), 1, 1)
    with pytest.raises(FormatError, match="impossible number"):
        stream.unpack(b"\xff" * 12, 1, 1)


@pytest.mark.parametrize("name", ["gaussian", "gaussian_paper"])
def test_damaged_units_of_files_are_refused_or_decode(
    compressed: Callable[[str], bytes], name: str
) -> None:
    """As encountered by a reader: with correct checksums."""
    whole, rng = compressed(name), np.random.default_rng(3)
    container = Container(whole)
    endings = []
    for _ in range(100):
        rows, body = [], b""
        for section in container.sections:
            reader = container.sections_of(0)
            units = reader.read_units(section.level, section.name, range(section.units))
            if section.name == "gaussians":
                which = int(rng.integers(len(units)))
                units[which] = changed(units[which], rng)
            index = layout.pack_index(units) if len(units) > 1 else b""
            sizes = {"index_bytes": len(index), "payload_bytes": sum(map(len, units))}
            crc = layout.crc32c(index or units[0])
            rows.append(replace(section, **sizes, crc=crc).to_json())
            body += index + b"".join(units)
        endings.append(look_at(pack({**container.header, "sections": rows}) + body))
    assert {"refused", "decoded"} == set(endings)


def changed(unit: bytes, rng: np.random.Generator) -> bytes:
    damaged = bytearray(unit)
    for at in rng.integers(0, len(damaged), rng.integers(1, 4)):
        damaged[at] = rng.integers(0, 256)
    return bytes(damaged[: rng.integers(1, len(damaged))] if rng.random() < 0.2 else damaged)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("settings", "group"), 0),
        (("settings", "group"), -3),
        (("settings", "group"), 1 << 40),
        (("settings", "preset"), "other"),
        (("settings", "preset"), "paper"),
        (("state", "background"), 3),
        (("state", "background"), -1),
        (("state", "background"), 1.0),
        (("state", "background"), True),
        (("state", "background"), [2]),
        (("state", "background"), None),
        (("state", "shared"), True),
        (("state", "shared"), [0]),
        (("lead",), [1 << 39, 2]),
        (("lead",), [3, 1 << 20]),
    ],
    ids=str,
)
def test_hostile_headers_are_refused(
    compressed: Callable[[str], bytes], path: tuple[str, ...], value: Any
) -> None:
    whole = compressed("gaussian")
    container = Container(whole)
    header = copy.deepcopy(container.header)
    target = header["variables"][0]
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    assert look_at(pack(header) + whole[container.header_bytes :]) == "refused"


def test_a_group_of_a_trillion_empty_frames_is_refused() -> None:
    """It takes no bytes, and must not take time either."""
    values = frames((2, 5, 6, 7))
    header = {
        "kind": "volume",
        "grid": {"shape": [5, 6, 7]},
        "variables": [
            {
                "name": "v",
                "dtype": "f4",
                "axes": "tzyx",
                "range": [0.0, float(values.max())],
                "method": "gaussian",
                "lead": [1 << 35],
                "settings": {"group": 1 << 40},
                "state": {"background": 0},
            }
        ],
    }
    empty = pack_number(0) + np.float32(1).tobytes() + bytes(6)
    rows, body = [], b""
    for name, unit in (("background", bytes(4)), ("gaussians", empty)):
        rows.append([0, 0, name, 1, 0, len(unit), layout.crc32c(unit)])
        body += unit
    assert look_at(pack({**header, "sections": rows}) + body) == "refused"
