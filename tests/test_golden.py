"""Files of every version of the format decode permanently, as specified in docs/format.md."""

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import reference_reader
from golden.make import EDITED, FILES, FOLDER, expected, without_objects
from numpy.typing import NDArray

import vcore
from vcore.container import FORMAT_VERSION
from vcore.container.layout import HEADER_DICTIONARY, crc32c
from vcore.entropy import encode_lattice
from vcore.evaluate.verify import verify_dataset

DOCUMENT = (Path(__file__).parents[1] / "docs" / "format.md").read_text(encoding="utf-8")
NAMES = sorted(path.stem for path in FOLDER.glob("*.vcore"))
TOLERANCE = 2e-5
"""Fraction of the data range by which matrix products may differ between machines."""
OFF_BY_ONE = 0.005
"""Fraction of an integer variable's voxels that may round the other way for the same reason."""

NOISY = ["noise", "noise_residual"]
EXACT = ("constant", "plain", "gaussian", "wavelet", "bounded", "channels", "grids")
"""Methods whose values are bit-identical in every reader."""
BOUNDED = [
    "constant",
    "linear1",
    "linear2_series",
    "coordvarsvd_bound",
    "coordvarsvd_position",
    "wavelet_series",
    "bounded",
]

Expected = dict[str, NDArray]


@pytest.fixture(params=NAMES)
def golden(request: pytest.FixtureRequest) -> tuple[bytes, Expected]:
    """Return a file's bytes and its expected contents."""
    with np.load(FOLDER / f"{request.param}.npz") as values:
        return (FOLDER / f"{request.param}.vcore").read_bytes(), dict(values)


def assert_alike(values: NDArray, wanted: NDArray, limits: tuple[float, float]) -> None:
    assert values.dtype == wanted.dtype
    assert values.shape == wanted.shape
    finite = np.isfinite(wanted)
    np.testing.assert_array_equal(values[~finite], wanted[~finite])
    difference = np.abs(values[finite].astype("f8") - wanted[finite].astype("f8"))
    if wanted.dtype.kind == "f":
        rounding = float(np.spacing(np.abs(wanted[finite]).max()))  # relevant in half precision
        assert difference.max() <= TOLERANCE * (limits[1] - limits[0]) + rounding
    else:
        assert difference.max() <= 1
        assert np.count_nonzero(difference) <= OFF_BY_ONE * wanted.size


def test_there_is_a_file_for_every_case() -> None:
    assert sorted([*FILES, *EDITED]) == NAMES
    sizes = [path.stat().st_size for path in FOLDER.glob("*.*z")]
    assert max(sizes) < 8000
    assert sum(sizes) < 200_000


def test_vcore_decodes(golden: tuple[bytes, Expected]) -> None:
    data, wanted = golden
    found = expected(data)
    assert found.keys() == wanted.keys()
    variables = list(vcore.open(data).variables.values())
    for key, value in wanted.items():
        if key.startswith("crc_"):
            assert found[key] == value, key
        elif key.startswith("carried_"):
            assert (found[key].dtype, found[key].tobytes()) == (value.dtype, value.tobytes()), key
        else:
            assert_alike(found[key], value, variables[int(key[0])].header.range)


def test_levels_without_matrix_products_are_exact(golden: tuple[bytes, Expected]) -> None:
    data, wanted = golden
    for number, decoder in enumerate(vcore.open(data).variables.values()):
        for level in range(len(decoder.grids)):
            if decoder.exact or decoder.reader.has(level, "base"):
                np.testing.assert_array_equal(
                    decoder.decode(level=level), wanted[f"{number}_{level}"]
                )


def test_the_reference_reader_decodes(golden: tuple[bytes, Expected]) -> None:
    data, wanted = golden
    file = reference_reader.File(data)
    seen = set()
    for variable in file.variables.values():
        for level in range(variable.levels):
            key = f"{variable.number}_{level}"
            found = variable.decode(level)
            assert_alike(found, wanted[key], variable.fields["range"])
            if variable.method in EXACT:
                np.testing.assert_array_equal(found, wanted[key])
            seen.add(key)
    for name, values in file.carried().items():
        value = wanted[f"carried_{name}"]
        assert without_objects(values).tobytes() == value.tobytes(), name
        seen.add(f"carried_{name}")
    assert seen == {key for key in wanted if not key.startswith("crc_")}


def test_flat_variables_are_shown_without_z() -> None:
    data = (FOLDER / "flat.vcore").read_bytes()
    file, dataset = reference_reader.File(data), vcore.open(data)
    for name, shape in (("movie", (3, 9, 7)), ("slice", (1, 9, 7))):
        (array,) = dataset.levels_of(name)
        assert array.shape == shape
        np.testing.assert_array_equal(array[...], file.variables[name].shown())


def test_variables_are_shown_along_the_axes_of_their_source() -> None:
    data = (FOLDER / "folded.vcore").read_bytes()
    file, dataset = reference_reader.File(data), vcore.open(data)
    assert dataset.array.metadata.dimension_names == ("model", "run", "t", "z", "y", "x")
    assert dataset.shape == (2, 2, 2, 3, 9, 7)
    np.testing.assert_array_equal(dataset[...], file.variables["values"].shown())


def test_the_reference_reader_finds_the_same_integers(golden: tuple[bytes, Expected]) -> None:
    data, wanted = golden
    file = reference_reader.File(data)
    variables = list(file.variables.values())
    for key, value in wanted.items():
        if key.startswith("crc_"):
            _, number, level, name = key.split("_")
            assert checksum_of(lattices(variables[int(number)], int(level), name)) == value, key


def lattices(
    variable: reference_reader.Variable, level: int, name: str
) -> Iterator[reference_reader.Array]:
    """Yield the integers of each unit of a section, decoded by the reference reader."""
    variable = variable.coded or variable
    if name == "decoder":
        (data,) = variable.units(0, name, 1)
        count = sum(a.size for a in variable.network())
        yield reference_reader.decode_lattice(data[44:], (1, 1, 1, count))
    elif name == "codes":
        for frame in np.ndindex(*variable.lead):
            for _, counts, data in variable.code_tiles(frame):
                shape = (1 + variable.state["values"], *counts)
                yield reference_reader.decode_lattice(data, shape, gated=True)
    else:
        values = variable.tiled(level, name)
        tile = [1] * len(variable.lead) + [64] * 3
        for corner in np.ndindex(*(-(-n // t) for n, t in zip(values.shape, tile, strict=True))):
            yield values[tuple(slice(c * t, c * t + t) for c, t in zip(corner, tile, strict=True))]


def checksum_of(integers: Iterator[reference_reader.Array]) -> int:
    return zlib.crc32(b"".join(a.astype("<i4").tobytes() for a in integers))


def test_checksums_hold(golden: tuple[bytes, Expected]) -> None:
    data, _ = golden
    dataset = vcore.open(data)
    units = sum(row[3] for row in reference_reader.File(data).header["sections"])
    assert dataset.check() == units
    assert verify_dataset(dataset)["units"] == units


@pytest.mark.parametrize("name", BOUNDED)
def test_the_bound_still_holds(name: str) -> None:
    volume, _ = FILES[name]()
    dataset = vcore.open(FOLDER / f"{name}.vcore")
    (figures,) = verify_dataset(dataset, volume)["variables"].values()
    assert figures["max_error"] <= (figures["bound"] or 0)


@pytest.mark.parametrize("name", NOISY)
def test_the_share_of_the_noise_still_holds(name: str) -> None:
    volume, _ = FILES[name]()
    dataset = vcore.open(FOLDER / f"{name}.vcore")
    (figures,) = verify_dataset(dataset, volume)["variables"].values()
    assert 0 < figures["noise"]["sigmas"] <= figures["noise_bound"]


def test_the_reference_reader_keeps_the_bound() -> None:
    volume, _ = FILES["coordvarsvd_bound"]()
    file = reference_reader.File((FOLDER / "coordvarsvd_bound.vcore").read_bytes())
    (variable,) = file.variables.values()
    original, decoded = volume.variables[0].read(), variable.decode()
    present = np.isfinite(original) & (original != -999)
    np.testing.assert_array_equal(decoded[~present], original[~present])
    error = np.abs(original[present].astype("f8") - decoded[present].astype("f8"))
    assert 0 < error.max() <= variable.fields["bound"]["max_error"]


@pytest.mark.parametrize("place", [5, 8, 30, 100, -1])
def test_the_reference_reader_refuses_a_damaged_file(place: int) -> None:
    data = bytearray((FOLDER / "linear1.vcore").read_bytes())
    data[place] ^= 4
    with pytest.raises(ValueError, match=r"\w"):
        reference_reader.File(bytes(data))


@pytest.mark.parametrize("gated", [False, True])
def test_the_reference_reader_decodes_what_vcore_encodes(gated: bool) -> None:
    """Every context, bin and escape: magnitudes from 0 to the maximum, both signs."""
    rng = np.random.default_rng(7)
    sizes = rng.integers(0, 12, (3, 4, 5, 60)) * rng.integers(0, 2, (3, 4, 5, 60))
    values = np.rint(rng.laplace(0, 1, sizes.shape) * 2.0**sizes * (sizes > 0))
    values[2] *= 1000
    values[0, 3, 2, ::9] = [2**31 - 1, 1 - 2**31, 2**30, 14, 15, -15, 16]
    values[1:] *= values[0] != 0
    data = encode_lattice(values.astype("i4"), gated=gated)
    found = reference_reader.decode_lattice(data, values.shape, gated=gated)
    np.testing.assert_array_equal(found, values)


def test_the_document_holds_the_dictionary() -> None:
    (lines,) = re.findall(r"<!-- dictionary -->\n```\n(.*?)\n```", DOCUMENT, re.DOTALL)
    assert lines.replace("\n", "").encode() == HEADER_DICTIONARY
    assert f"these {len(HEADER_DICTIONARY)} bytes" in DOCUMENT
    assert f"CRC32C 0x{crc32c(HEADER_DICTIONARY):08X}" in DOCUMENT


def test_the_document_and_the_files_have_the_version() -> None:
    major, minor = FORMAT_VERSION
    assert DOCUMENT.startswith(f"# The `.vcore` format, version {major}.{minor}\n")
    assert f"\n| {major}.{minor} | " in DOCUMENT
    for name in NAMES:
        data = (FOLDER / f"{name}.vcore").read_bytes()
        assert data[8:10] == bytes([1, 0]), name


def test_the_examples_of_the_document_decode() -> None:
    rows = re.findall(r"\| \((\d), (\d), (\d), (\d)\) \| (yes|no) \| (.*?) \| `(.*?)` \|", DOCUMENT)
    assert len(rows) == 3
    for *shape, gated, values, stream in rows:
        wanted = [int(v) for v in re.findall(r"-?\d+", values)]
        size = tuple(map(int, shape))
        found = reference_reader.decode_lattice(bytes.fromhex(stream), size, gated=gated == "yes")
        assert found.ravel().tolist() == wanted
