"""NRRD."""

from pathlib import Path

import nrrd
import numpy as np
import pytest

from vcore.errors import InputError
from vcore.io import read, write
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

VALUES = np.arange(24, dtype=np.int16).reshape(2, 3, 4)


@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2", "ascii"])
@pytest.mark.parametrize("name", ["a.nrrd", "a.nhdr"])
def test_encodings_and_detached_headers(tmp_path: Path, encoding: str, name: str) -> None:
    header = {
        "encoding": encoding,
        "space": "left-posterior-superior",
        "space directions": np.diag([0.5, 1.5, 2.5]),
        "space origin": np.array([1.0, 2.0, 3.0]),
        "space units": ["mm", "mm", "mm"],
    }
    nrrd.write(str(tmp_path / name), VALUES, header, index_order="C")

    volume = read(tmp_path / name)

    np.testing.assert_array_equal(volume["a"].read(), VALUES)
    assert isinstance(volume["a"].data, np.memmap) == (encoding == "raw")
    assert volume.grid.spacing == (2.5, 1.5, 0.5)
    assert volume.grid.origin == (3.0, 2.0, 1.0)
    assert volume.grid.unit == "millimeter"
    assert volume.attributes["space"] == "left-posterior-superior"


def test_an_oblique_direction(tmp_path: Path) -> None:
    # x runs along the world's y, y along the world's -x
    directions = np.array([[0.0, 2.0, 0.0], [-3.0, 0.0, 0.0], [0.0, 0.0, 4.0]])
    header = {"space dimension": 3, "space directions": directions}
    nrrd.write(str(tmp_path / "a.nrrd"), VALUES, header, index_order="C")

    grid = read(tmp_path / "a.nrrd").grid

    assert grid.spacing == (4.0, 3.0, 2.0)
    # one step of x, world coordinates in z y x order
    np.testing.assert_allclose(grid.affine[:3, 2], [0.0, 2.0, 0.0])
    np.testing.assert_allclose(grid.affine[:3, 1], [0.0, 0.0, -3.0])


def test_interleaved_components_and_time(tmp_path: Path) -> None:
    values = np.arange(5 * 24 * 3, dtype=np.float32).reshape(5, 2, 3, 4, 3)
    header = {
        "kinds": ["vector", "domain", "domain", "domain", "time"],
        "spacings": [np.nan, 0.5, 0.6, 0.7, 2.0],
        "units": ["", "um", "um", "um", "s"],
    }
    nrrd.write(str(tmp_path / "v.nrrd"), values, header, index_order="C")

    volume = read(tmp_path / "v.nrrd")

    assert volume["v"].axes == ("t", "c", "z", "y", "x")
    np.testing.assert_array_equal(volume["v"].read(), np.moveaxis(values, -1, 1))
    assert volume.grid.times == (0.0, 2.0, 4.0, 6.0, 8.0)
    assert (volume.grid.unit, volume.grid.time_unit) == ("micrometer", "second")
    assert volume.grid.spacing == (0.7, 0.6, 0.5)


def test_skipped_bytes_and_lines_and_byte_order(tmp_path: Path) -> None:
    (tmp_path / "d.raw").write_bytes(b"a line\nxy" + VALUES.astype(">i2").tobytes())
    (tmp_path / "d.nhdr").write_text(
        "NRRD0004\ntype: short\ndimension: 3\nsizes: 4 3 2\nendian: big\nencoding: raw\n"
        "line skip: 1\nbyte skip: 2\ndata file: d.raw\n\n"
    )
    np.testing.assert_array_equal(read(tmp_path / "d.nhdr")["d"].read(), VALUES)

    text = (tmp_path / "d.nhdr").read_text().replace("line skip: 1\nbyte skip: 2", "byte skip: -1")
    (tmp_path / "d.nhdr").write_text(text)
    np.testing.assert_array_equal(read(tmp_path / "d.nhdr")["d"].read(), VALUES)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("type: short\ndimension: 1\nsizes: 24\nencoding: raw", "at least two axes"),
        ("type: short\ndimension: 3\nsizes: 400 3 2\nencoding: raw", "cut off"),
        ("type: block\ndimension: 3\nsizes: 4 3 2\nencoding: raw", "numbers only"),
        ("type: short\ndimension: 3\nsizes: 4 3 2\nencoding: lzma", "one of the encodings"),
        ("type: short\ndimension: 3\nsizes: 4 3 2\nencoding: gzip", "readable gzip stream"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, header: str, message: str) -> None:
    text = f"NRRD0004\n{header}\nendian: little\n\n"
    (tmp_path / "a.nrrd").write_bytes(text.encode() + VALUES.tobytes())

    with pytest.raises(InputError, match=message):
        read(tmp_path / "a.nrrd")


def save(path: Path, lines: str, values: np.ndarray = VALUES) -> Path:
    sizes = " ".join(map(str, values.shape[::-1]))
    head = f"NRRD0005\ntype: short\ndimension: {values.ndim}\nsizes: {sizes}\nendian: little\n"
    head = f"{head}encoding: raw\n{lines}\n\n"
    path.write_bytes(head.encode() + values.tobytes())
    return path


# (x y z) origin, spacing, and direction of x as in ITK 5.4
@pytest.mark.parametrize(
    ("lines", "origin", "spacing", "x"),
    [
        ("axis mins: 10 20 30", (10.25, 20.5, 31), (0.5, 1, 2), 1),
        ("axis mins: 10 20 30\ncenters: cell cell cell", (10.25, 20.5, 31), (0.5, 1, 2), 1),
        ("axis mins: 10 20 30\ncenters: node node node", (10, 20, 30), (0.5, 1, 2), 1),
        ("axis mins: 10 20 30\ncenters: cell node cell", (10.25, 20, 31), (0.5, 1, 2), 1),
    ],
)
def test_edges_and_centres_are_those_of_itk(
    tmp_path: Path, lines: str, origin: tuple[float, ...], spacing: tuple[float, ...], x: float
) -> None:
    grid = read(save(tmp_path / "a.nrrd", f"spacings: 0.5 1 2\n{lines}")).grid
    assert (grid.origin[::-1], grid.spacing[::-1], grid.direction[2][2]) == (origin, spacing, x)


def test_spacings_below_0_turn_the_axis_as_in_itk(tmp_path: Path) -> None:
    grid = read(save(tmp_path / "a.nrrd", "spacings: -0.5 1 2\naxis mins: 10 20 30")).grid
    assert (grid.origin, grid.spacing) == ((31.0, 20.5, 9.75), (2.0, 1.0, 0.5))
    assert grid.direction == ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0))


def test_spacings_out_of_both_ends(tmp_path: Path) -> None:
    ends = "axis mins: 10 20 30\naxis maxs: 12 23 34\ncenters: cell cell cell"
    assert read(save(tmp_path / "a.nrrd", ends)).grid.spacing == (2.0, 1.0, 0.5)


@pytest.mark.parametrize(
    ("lines", "spacing", "origin", "words"),
    [
        (
            "space: LPS\nspace directions: (0.5,0,0) (0,0.5,0) (0,0.8,2)\nspace origin: (1,2,3)",
            (2.1540659228538, 0.5, 0.5),
            (3.0, 2.0, 1.0),
            "sheared",
        ),
        (
            "space: LPS\nspace directions: (0.5,0,0) (0,0.5,0) (0,0,0)\nspace origin: (1,2,3)",
            (1.0, 0.5, 0.5),
            (3.0, 2.0, 1.0),
            "along z is 0.0",
        ),
        ("spacings: 0 1 2", (2.0, 1.0, 1.0), (0.0, 0.0, 0.0), "along x is 0.0"),
        (
            "space: LPS\nspace directions: (2,0,0) (0,3,0) none\nspace origin: (1,2,3)",
            (1.0, 3.0, 2.0),
            (3.0, 2.0, 1.0),
            "along z is nan",
        ),
        (
            "space dimension: 2\nspace directions: (2,0) (0,3) none\nspace origin: (1,2)",
            (1.0, 1.0, 1.0),
            (0.0, 0.0, 0.0),
            "not three-dimensional",
        ),
        ("spacings: 1 1 nan", (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), "along z is missing"),
        ("spacings: 1 2 3\nspacings: 4 5 6", (3.0, 2.0, 1.0), (0.0, 0.0, 0.0), "occurs twice"),
        ("space directions: (1,0) what\nspacings: 1 2 3", (3.0, 2.0, 1.0), (0.0,) * 3, "odd"),
        (
            "space dimension: 3\nspace directions: (1,0,0) (0,2,0) (0,0,3)\nspace origin: (1,x,3)",
            (3.0, 2.0, 1.0),
            (0.0, 0.0, 0.0),
            "odd",
        ),
    ],
)
def test_odd_geometry_is_said_and_values_are_read(
    tmp_path: Path,
    lines: str,
    spacing: tuple[float, ...],
    origin: tuple[float, ...],
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    volume = read(save(tmp_path / "a.nrrd", lines))
    np.testing.assert_allclose(volume.grid.spacing, spacing)
    assert volume.grid.origin == origin
    assert "a.nrrd: " in caplog.text
    assert words in caplog.text
    np.testing.assert_array_equal(volume["a"].read(), VALUES)


@pytest.mark.parametrize(
    "lines",
    [
        'spacings: 100 100 2\nunits: "nm" "nm" "um"',
        'spacings: 100 100 2\nunits: "nm" "nm" "µm"',
        "space dimension: 3\nspace directions: (100,0,0) (0,100,0) (0,0,2)\n"
        'space units: "nm" "nm" "um"',
    ],
)
def test_units_are_brought_to_one(tmp_path: Path, lines: str) -> None:
    grid = read(save(tmp_path / "a.nrrd", lines)).grid
    assert (grid.spacing, grid.unit) == ((2000.0, 100.0, 100.0), "nanometer")


@pytest.mark.parametrize(
    ("kinds", "shape", "axis"),
    [
        ("kinds: RGB-color domain domain domain", (2, 3, 4, 3), 3),
        ("kinds: 3-vector space space space", (2, 3, 4, 3), 3),
        ("kinds: domain domain domain vector", (3, 2, 3, 4), 0),
        ("spacings: nan 1 1 1", (2, 3, 4, 3), 3),
    ],
)
def test_vectors_are_components(
    tmp_path: Path, kinds: str, shape: tuple[int, ...], axis: int
) -> None:
    values = np.arange(72, dtype=np.int16).reshape(shape)
    variable = read(save(tmp_path / "a.nrrd", kinds, values))["a"]
    assert variable.axes == ("c", "z", "y", "x")
    np.testing.assert_array_equal(variable.read(), np.moveaxis(values, axis, 0))


def test_four_dimensions_of_space_and_time(tmp_path: Path) -> None:
    values = np.arange(48, dtype=np.int16).reshape(2, 2, 3, 4)
    lines = (
        "space: RAST\nspace directions: (0.5,0,0,0) (0,1,0,0) (0,0,2,0) (0,0,0,3)\n"
        'space origin: (1,2,3,4)\nspace units: "mm" "mm" "mm" "s"'
    )
    volume = read(save(tmp_path / "a.nrrd", lines, values))
    assert volume["a"].axes == ("t", "z", "y", "x")
    assert (volume.grid.spacing, volume.grid.origin) == ((2.0, 1.0, 0.5), (3.0, 2.0, 1.0))
    assert (volume.grid.times, volume.grid.time_unit) == ((4.0, 7.0), "second")
    assert volume.grid.unit == "millimeter"
    assert volume.attributes["space"] == "right-anterior-superior"


@pytest.mark.parametrize(
    ("text", "space"),
    [("RAS", "right-anterior-superior"), ("Left-Posterior-Superior", "left-posterior-superior")],
)
def test_what_is_known_comes_back_out(tmp_path: Path, text: str, space: str) -> None:
    lines = (
        f"space: {text}\nspace directions: (0.5,0,0) (0,1,0) (0,0,2)\nspace origin: (1,2,3)\n"
        'space units: "µm" "µm" "µm"\nmeasurement frame: (1,0,0) (0,1,0) (0,0,-1)\n'
        "modality:=DWMRI\nnote:=Größe"
    )
    volume = read(save(tmp_path / "a.nrrd", lines))
    assert volume.attributes["key_values"] == {"modality": "DWMRI", "note": "Größe"}
    write(volume, tmp_path / "b.nrrd")

    header = nrrd.read_header(str(tmp_path / "b.nrrd"))
    assert header["space"] == space
    assert header["space units"] == ["um", "um", "um"]
    assert header["modality"] == "DWMRI"
    assert header["measurement frame"][2][2] == -1
    again = read(tmp_path / "b.nrrd")
    assert again.grid == volume.grid
    assert dict(again.attributes) == dict(volume.attributes)


def test_a_nifti_image_keeps_its_frame_as_nrrd(tmp_path: Path) -> None:
    import nibabel

    affine = np.diag([0.5, 0.6, 2.0, 1.0])
    affine[:3, 3] = 10, 20, -30
    nibabel.Nifti1Image(VALUES.T, affine).to_filename(tmp_path / "a.nii")
    write(read(tmp_path / "a.nii"), tmp_path / "a.nrrd")

    header = nrrd.read_header(str(tmp_path / "a.nrrd"))
    assert header["space"] == "right-anterior-superior"
    np.testing.assert_allclose(header["space directions"], affine[:3, :3])
    np.testing.assert_allclose(header["space origin"], affine[:3, 3])


def test_other_readers_see_evenly_spaced_times(tmp_path: Path) -> None:
    values = np.arange(3 * 2 * 4 * 5, dtype="u2").reshape(3, 2, 4, 5)
    times = tuple(np.array([7.0, 9.5, 12.0]))
    grid = Grid((2, 4, 5), spacing=(3, 2, 1), times=times, time_unit="second")
    write(Volume(grid, (Variable("a", values, ("t", "z", "y", "x")),)), tmp_path / "a.nrrd")
    head, _, rest = (tmp_path / "a.nrrd").read_bytes().partition(b"\n\n")
    lines = [line for line in head.split(b"\n") if not line.startswith(b"vcore:=")]
    (tmp_path / "b.nrrd").write_bytes(b"\n".join(lines) + b"\n\n" + rest)
    found = read(tmp_path / "b.nrrd").grid
    assert (found.times, found.time_unit, found.spacing) == (grid.times, "second", grid.spacing)
