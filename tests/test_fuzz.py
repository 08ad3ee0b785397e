"""Damaged and hostile files: a VcoreError or a result of the right shape, nothing else."""

import contextlib
import copy
import json
import resource
import signal
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from types import FrameType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import vcore
from vcore.container import Container, layout

# overflow in a hostile file's arithmetic is allowed: the results are clipped to the range
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

Files = Callable[[str], bytes]
NAMES = (
    "constant",
    "compact",
    "paper",
    "siren",
    "ecnr",
    "ecnr_tables",
    "gaussian",
    "gaussian_paper",
    "bound",
    "vectors",
    "several",
)
ORIGINALS: dict[str, bytes] = {}
"""Valid files by name, filled when the first test runs."""
HEADROOM = 2 << 30
"""Address space in bytes available for decoding a few voxels of a hostile file."""
SECONDS = 10.0
"""Maximum duration of an example in seconds; on an idle machine they take milliseconds."""


def fuzz(examples: int) -> settings:
    """Return settings for ``examples`` reproducible examples."""
    return settings(
        max_examples=examples,
        deadline=None,  # an alarm stops hanging examples, see ``limits``
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )


@contextlib.contextmanager
def limits() -> Iterator[None]:
    """Interrupt slow examples."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"no answer after {SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module", autouse=True)
def little_memory() -> Iterator[None]:
    """Let the process grow by at most HEADROOM, so that an absurd allocation fails at once."""
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + HEADROOM, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@pytest.fixture(scope="module", autouse=True)
def valid_files(compressed: Files) -> None:
    """Fill ORIGINALS; as an argument, hypothesis would report tests as flaky when printing it."""
    ORIGINALS.update({name: compressed(name) for name in NAMES})


def corners(shape: tuple[int, ...]) -> list[tuple[slice, ...]]:
    """Return the first and the last few voxels of an array, at most 8."""
    sides = [1] * (len(shape) - 3) + [2, 2, 2]
    first = tuple(slice(0, min(n, side)) for n, side in zip(shape, sides, strict=True))
    last = tuple(slice(max(n - side, 0), n) for n, side in zip(shape, sides, strict=True))
    return [first, last]


def look_at(data: bytes) -> str:
    """Open ``data`` and decode a little of it; return the outcome.

    Anything other than a VcoreError or values of the right shape and dtype is raised.
    """
    with limits():
        try:
            ds = vcore.open(data)
            json.dumps(ds.info)
            for decoder in ds.variables.values():
                levels = {0, 1, len(decoder.grids) - 1} & set(range(len(decoder.grids)))
                assert set(decoder.available_levels) <= set(range(len(decoder.grids)))
                for level in levels:
                    for region in corners(decoder.shape(level)):
                        values = decoder.decode(region, level)
                        assert values.shape == tuple(s.stop - s.start for s in region)
                        assert values.dtype == np.dtype(decoder.header.dtype)
                        if not decoder.header.missing:
                            low, high = decoder.header.range
                            assert not np.isnan(values.astype("f8")).any()
                            assert (values >= values.dtype.type(low)).all()
                            assert (values <= values.dtype.type(high)).all()
        except vcore.VcoreError as error:
            assert str(error)  # noqa: PT017
            return "refused"
    return "decoded"


def pack(header: Any, minor: int = 0) -> bytes:
    """Return a preamble and header with a correct checksum; NaN and infinity are allowed."""
    text = json.dumps(header, separators=(",", ":"))
    press = zlib.compressobj(1, zlib.DEFLATED, -15, 9, zdict=layout.HEADER_DICTIONARY)
    data = press.compress(text.encode("utf-8", "surrogatepass")) + press.flush()
    return layout.PREAMBLE.pack(layout.MAGIC, 1, minor, len(data), layout.crc32c(data)) + data


@lru_cache
def places(text: str) -> list[tuple[Any, ...]]:
    """Return the paths of all values inside a JSON document."""

    def walk(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        if path:
            yield path
        items: Any = value.items() if isinstance(value, dict) else ()
        for key, inner in enumerate(value) if isinstance(value, list) else items:
            yield from walk(inner, (*path, key))

    return list(walk(json.loads(text), ()))


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 20),
    st.sampled_from(
        [1 << 31, -(1 << 31), (1 << 40) - 1, 1 << 44, (1 << 48) - 1, 1 << 63, 1 << 64, 10**400]
    ),
    st.floats(),
    st.sampled_from([1e-300, 1e300, 1e-45, 0.5, -0.0]),
    st.text(max_size=6),
    st.sampled_from(
        ["zyx", "tczyx", "xyz", "u1", "f8", "f2", "constant", "linear1", "svd2", "paper", "codes"]
    ),
)
values = st.one_of(
    scalars,
    st.lists(scalars, max_size=4),
    st.dictionaries(
        st.sampled_from(["shape", "k", "s", "step", "values", "x"]), scalars, max_size=3
    ),
)


def test_the_originals_decode() -> None:
    for data in ORIGINALS.values():
        assert look_at(data) == "decoded"
        header = Container(data).header
        length = Container(data).header_bytes
        assert look_at(pack(header) + data[length:]) == "decoded"


@given(data=st.data())
@fuzz(300)
def test_truncated_files(data: st.DataObject) -> None:
    whole = ORIGINALS[data.draw(st.sampled_from(NAMES))]
    look_at(whole[: data.draw(st.integers(0, len(whole) - 1))])


@given(data=st.data())
@fuzz(500)
def test_flipped_bits(data: st.DataObject) -> None:
    damaged = bytearray(ORIGINALS[data.draw(st.sampled_from(NAMES))])
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(
            st.one_of(st.integers(0, len(damaged) - 1), st.integers(0, min(400, len(damaged) - 1)))
        )
        damaged[position] ^= 1 << data.draw(st.integers(0, 7))
    look_at(bytes(damaged))


@given(data=st.data())
@fuzz(150)
def test_inserted_and_removed_bytes(data: st.DataObject) -> None:
    damaged = bytearray(ORIGINALS[data.draw(st.sampled_from(NAMES))])
    position = data.draw(st.integers(0, len(damaged)))
    if data.draw(st.booleans()):
        damaged[position:position] = data.draw(st.binary(min_size=1, max_size=40))
    else:
        del damaged[position : position + data.draw(st.integers(1, 40))]
    look_at(bytes(damaged))


@given(data=st.binary(max_size=200), magic=st.booleans())
@fuzz(100)
def test_other_files(data: bytes, magic: bool) -> None:
    assert look_at((layout.MAGIC + b"\x01\x00" if magic else b"") + data) == "refused"


@pytest.mark.slow
@given(data=st.data())
@fuzz(2500)
def test_rewritten_headers(data: st.DataObject) -> None:
    whole = ORIGINALS[data.draw(st.sampled_from(NAMES))]
    container = Container(whole)
    header = copy.deepcopy(container.header)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(json.dumps(header))))
        target = header
        for key in path[:-1]:
            target = target[key]
        action = data.draw(st.sampled_from(["set", "set", "set", "scale", "delete", "add"]))
        old = target[path[-1]]
        if action == "delete":
            del target[path[-1]]
        elif action == "add" and isinstance(old, list):
            old.append(data.draw(values))
        elif action == "add" and isinstance(old, dict):
            old[data.draw(st.text(max_size=5))] = data.draw(values)
        elif action == "scale" and type(old) in (int, float):
            target[path[-1]] = old * data.draw(st.sampled_from([-1, 0, 2, 16, 1 << 20]))
        else:
            target[path[-1]] = data.draw(values)
    look_at(pack(header) + whole[container.header_bytes :])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("grid", "times"), 0),
        (("grid", "times"), False),
        (("grid", "spacing"), [2.0, 0.5, 1 << 63]),
        (("grid", "shape"), [1 << 40, 1 << 40, 1 << 40]),
        (("grid", "axis_names"), ["z"]),
        (("variables", 0, "settings", "k"), 10**400),
        (("variables", 0, "settings", "k"), 3),
        (("variables", 0, "settings", "s"), 1 << 40),
        (("variables", 0, "range"), [0, 10**400]),
        (("variables", 0, "range"), [1.0, 0.0]),
        (("variables", 0, "range"), [float("nan"), 1.0]),
        (("variables", 0, "components"), ["u", "v"]),
        (("variables", 0, "lead"), [1 << 39]),
        (("variables", 0, "state", "values"), 1 << 40),
        (("variables", 0, "state", "unit"), 0),
        (("variables", 0, "method"), "no such method"),
        (("variables", 0, "missing"), True),
        (("sections", 0, 5), 1 << 45),
        (("sections", 0, 3), 1 << 47),
        (("sections", 0, 0), 7),
    ],
    ids=str,
)
def test_known_hostile_headers_are_refused(path: tuple[Any, ...], value: Any) -> None:
    whole = ORIGINALS["compact"]
    container = Container(whole)
    header = copy.deepcopy(container.header)
    target: Any = header
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    ending = look_at(pack(header) + whole[container.header_bytes :])
    # a large spacing is unusual, not invalid
    assert ending == ("decoded" if path == ("grid", "spacing") else "refused")


@given(header=values)
@fuzz(100)
def test_headers_of_anything(header: Any) -> None:
    assert look_at(pack(header)) == "refused"


@given(data=st.data())
@fuzz(500)
def test_damaged_units_with_right_checksums(data: st.DataObject) -> None:
    whole = ORIGINALS[data.draw(st.sampled_from(NAMES[1:]))]
    container = Container(whole)
    chosen = data.draw(st.integers(0, len(container.sections) - 1))
    rows, body = [], b""
    for number, section in enumerate(container.sections):
        reader = container.sections_of(section.variable)
        units = reader.read_units(section.level, section.name, range(section.units))
        if number == chosen:
            which = data.draw(st.integers(0, len(units) - 1))
            units[which] = data.draw(damage(units[which]))
        index = layout.pack_index(units) if len(units) > 1 else b""
        payload = sum(map(len, units))
        crc = layout.crc32c(index or units[0])
        rows.append(
            replace(section, index_bytes=len(index), payload_bytes=payload, crc=crc).to_json()
        )
        body += index + b"".join(units)
    look_at(pack({**container.header, "sections": rows}) + body)


@st.composite
def damage(draw: st.DrawFn, unit: bytes) -> bytes:
    """Return a unit that is truncated, extended, or has changed bytes."""
    changed = bytearray(unit)
    match draw(st.integers(0, 3)):
        case 0:
            return bytes(changed[: draw(st.integers(0, len(changed)))])
        case 1:
            return bytes(changed) + draw(st.binary(min_size=1, max_size=20))
        case 2:
            return draw(st.binary(max_size=60))
    for _ in range(draw(st.integers(1, 5)) if changed else 0):
        changed[draw(st.integers(0, len(changed) - 1))] = draw(st.integers(0, 255))
    return bytes(changed)
