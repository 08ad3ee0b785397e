"""Arrays stored without loss beside the volumes: every type, lazily, and hostile headers."""

import json
import zlib

import numpy as np
import pytest
from numpy.typing import NDArray

from vcore.container import Container, Writer
from vcore.container.carried import SECTION, CarriedHeader, DeflatedArray
from vcore.errors import FormatError, InputError
from vcore.model.volume import CarriedArray

RNG = np.random.default_rng(0)
RECORD = np.dtype([("id", "<i4"), ("place", "<f8", (3,)), ("name", "S5"), ("in", [("a", "u1")])])


def records() -> NDArray[np.void]:
    found = np.zeros(7, RECORD)
    found["id"], found["place"] = np.arange(7), RNG.normal(size=(7, 3))
    found["name"], found["in"]["a"] = b"ab", 3
    return found


VALUES = {
    "scalar": np.array(3.5),
    "float64": RNG.normal(size=(3, 50, 70)),
    "nan": np.array([np.nan, -0.0, np.inf, 1e-320]),
    "float16": RNG.normal(size=9).astype("f2"),
    "int64": RNG.integers(-(2**62), 2**62, (5, 4)),
    "big endian": np.arange(5, dtype=">i4"),
    "bool": RNG.random((4, 5)) > 0.5,
    "complex": RNG.normal(size=4) + 1j,
    "dates": np.array(["2000-01-01", "NaT"], "M8[ns]"),
    "steps": np.array([1, 2], "m8[s]"),
    "bytes": np.array([b"a", b"bc\x00d"], "S5"),
    "unicode": np.array([["ä", "βγ"]]),
    "texts": np.array(["ä", "", None, "\udcff"], object),
    "strings of bytes": np.array([b"\xff\x00", b""], object),
    "records": records(),
    "empty texts": np.array(["", ""]),
    "nothing": np.zeros((0, 3), "f4"),
}


def written(array: CarriedArray) -> tuple[dict[str, object], DeflatedArray]:
    """Return the header as JSON, and the array as a file has it."""
    header = CarriedHeader.of(array)
    with Writer(None) as writer:
        units = [header.pack(np.asarray(array.data[region])) for region in header.chunks()]
        if units:
            writer.add(0, 0, SECTION, units)
        writer.commit({"carried": [header.to_json()]})
    file = Container(writer.data)
    values = file.header["carried"][0]
    return values, DeflatedArray(CarriedHeader.from_json(values), file.sections_of(0))


@pytest.mark.parametrize("name", VALUES)
def test_every_type_comes_back(name: str) -> None:
    array = CarriedArray(name, VALUES[name], tuple(f"d{i}" for i in range(VALUES[name].ndim)))
    _, stored = written(array)
    found, wanted = stored[...], VALUES[name]
    assert found.shape == wanted.shape
    if wanted.dtype.kind == "O":
        assert found.tolist() == wanted.tolist()
    else:
        assert found.dtype == wanted.dtype.newbyteorder("<")
        assert found.tobytes() == wanted.astype(found.dtype).tobytes()


def test_regions_read_their_chunks_only(monkeypatch: pytest.MonkeyPatch) -> None:
    values = RNG.integers(0, 9, (40, 300, 500), dtype="i4")
    _, stored = written(CarriedArray("v", values, ("a", "b", "c")))
    assert stored.header.units > 20
    read: list[int] = []
    units = stored.reader.read_units
    monkeypatch.setattr(stored.reader, "read_units", lambda *a: read.extend(a[2]) or units(*a))
    assert np.array_equal(stored[7:9, 10:20, 3], values[7:9, 10:20, 3])
    assert len(read) <= 3
    assert np.array_equal(stored[...], values)


def test_python_objects_are_refused() -> None:
    with pytest.raises(InputError, match="Expected numbers, texts, dates or records in v"):
        CarriedHeader.of(CarriedArray("v", np.array([{}, 1], object), ("x",)))


@pytest.mark.parametrize(
    "change",
    [
        {"dtype": "|O"},
        {"dtype": [["a", "|O"]]},
        {"dtype": "<f8, <f8"},
        {"dtype": None},
        {"shape": [1 << 60]},
        {"shape": [-1]},
        {"shape": [True]},
        {"chunk": [0]},
        {"chunk": [1 << 40]},
        {"dims": ["x", "y"]},
        {"dims": [3]},
        {"name": ""},
        {"attributes": []},
    ],
    ids=json.dumps,
)
def test_headers_are_checked(change: dict[str, object]) -> None:
    good, _ = written(CarriedArray("v", np.arange(4.0), ("x",)))
    with pytest.raises(FormatError):
        CarriedHeader.from_json({**good, **change})


def test_damaged_values_are_refused() -> None:
    header = CarriedHeader.of(CarriedArray("v", np.arange(4.0), ("x",)))
    good = header.pack(np.arange(4.0))
    for bad in (b"", good[:-1], good[:9], header.pack(np.arange(5.0)), b"x" + good):
        with pytest.raises(FormatError, match="damaged"):
            header.unpack(bad, (4,))
    texts = CarriedHeader("t", ("x",), "text", (2,), (2,))
    for made in ('["a"]', '["a", 3]', "{}", "["):
        with pytest.raises(FormatError, match="damaged"):
            texts.unpack(zlib.compress(made.encode()), (2,))
