"""DICOM: series sorted by position, rescaled, placed in the body; patients left out."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from vcore.errors import InputError
from vcore.io import read
from vcore.model.volume import Volume

pydicom = pytest.importorskip("pydicom")

SAMPLES = Path(pydicom.__file__).parent / "data" / "test_files"


def series(folder: Path, inside: str = "") -> Volume:
    return read(f"{folder}::{inside}" if inside else folder)


def test_a_series_is_sorted_by_position_and_rescaled() -> None:
    folder = SAMPLES / "dicomdirtests" / "98892001" / "CT5N"
    volume = series(folder)
    headers = [pydicom.dcmread(p) for p in folder.iterdir()]
    headers.sort(key=lambda h: h.ImagePositionPatient[2])
    values = volume.variables[0].read()
    assert values.shape == (5, 16, 16)
    assert volume.variables[0].unit == "HU"
    for k, header in enumerate(headers):
        wanted = header.pixel_array * int(header.RescaleSlope) + int(header.RescaleIntercept)
        assert np.array_equal(values[k], wanted)
    assert volume.grid.spacing == pytest.approx((2.5, *headers[0].PixelSpacing))
    assert volume.grid.origin == pytest.approx(headers[0].ImagePositionPatient[::-1])
    assert np.allclose(volume.grid.direction, np.eye(3))
    assert volume.grid.unit == "millimeter"
    assert volume.attributes["space"] == "left-posterior-superior"
    assert "Patient" not in json.dumps(volume.attributes)
    assert str(headers[0].PatientName) not in json.dumps(volume.attributes)


def tilted(folder: Path, shift: float) -> list[np.ndarray]:
    """Write a stack of turned slices, each moved by ``shift`` mm along its columns."""
    header = pydicom.dcmread(SAMPLES / "MR_small.dcm")
    rows, columns = np.array([0, 1.0, 0]), np.array([0, 0, -1.0])
    values = [np.roll(header.pixel_array, k, 0) for k in range(4)]
    for k, value in enumerate(values):
        header.ImageOrientationPatient = [*rows, *columns]
        place = np.array([10.0, 20, 30]) + k * (2 * np.cross(rows, columns) + shift * columns)
        header.ImagePositionPatient = [f"{v:g}" for v in place]
        header.SOPInstanceUID = f"1.2.3.{k}"
        header.PixelData = value.astype("<i2").tobytes()
        header.save_as(folder / f"s{9 - k}")
    return values


def test_slices_that_lie_in_another_plane(tmp_path: Path) -> None:
    values = tilted(tmp_path, 0.0)
    volume = series(tmp_path)
    assert np.array_equal(volume.variables[0].read(), np.stack(values))
    assert volume.grid.spacing == (2, 0.3125, 0.3125)
    assert volume.grid.origin == (30, 20, 10)
    # rows along y, columns along -z, slices along -x; both sides z y x
    assert np.allclose(volume.grid.direction, [[0, -1, 0], [0, 0, 1], [-1, 0, 0]])


def test_slices_of_a_tilted_gantry_and_of_a_localiser(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tilted(tmp_path, 0.5)
    volume = series(tmp_path)
    assert np.array(volume.attributes["registration"])[:, 2] == pytest.approx([-2, 0, -0.5])
    assert "sheared" in caplog.text
    tilted(tmp_path, 3.0)
    with pytest.raises(InputError, match="lie over each other"):
        series(tmp_path)
    with pytest.raises(InputError, match="lie over each other"):
        series(SAMPLES / "dicomdirtests" / "98892003" / "MR700")


def test_only_the_slices_that_are_read_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    volume = series(SAMPLES / "dicomdirtests" / "98892001" / "CT5N")
    read: list[str] = []
    decode = pydicom.pixels.pixel_array
    monkeypatch.setattr(
        pydicom.pixels, "pixel_array", lambda path, **k: read.append(path) or decode(path, **k)
    )
    whole = volume.variables[0].read()
    read.clear()
    part = volume.variables[0].data[2:4, 3:5, 1]
    assert np.array_equal(part, whole[2:4, 3:5, 1])
    assert len(read) == 2


def test_several_series_are_told_apart() -> None:
    folder = SAMPLES / "dicomdirtests" / "98892003" / "MR2"
    with pytest.raises(InputError, match=r"Expected one series.*3 files.*MR2::1\.3\.6"):
        series(folder)
    with pytest.raises(InputError, match=r"Expected one series 2 .*3 files"):
        series(folder, "2")
    header = pydicom.dcmread(folder / "15970")
    found = series(folder, header.SeriesInstanceUID).variables[0].read()
    assert np.array_equal(found[0], header.pixel_array)


def test_a_series_by_its_number(tmp_path: Path) -> None:
    for name in ("98892001/CT5N", "98892003/MR700"):
        for path in (SAMPLES / "dicomdirtests" / name).iterdir():
            shutil.copy(path, tmp_path / f"1.2.{path.parent.name}.{path.name}")
    with pytest.raises(InputError, match=r"Got .*5 \(5 files\).* instead: choose one"):
        series(tmp_path)
    assert series(tmp_path, "5").variables[0].shape == (5, 16, 16)


def test_an_index_names_the_folders_beside_it() -> None:
    with pytest.raises(InputError, match=r"Got .*DICOMDIR instead, an index .*98892001/CT2N"):
        read(SAMPLES / "dicomdirtests")


@pytest.mark.parametrize(
    ("name", "axes", "shape"),
    [
        ("MR_small.dcm", "zyx", (1, 64, 64)),
        ("MR_small_bigendian.dcm", "zyx", (1, 64, 64)),
        ("MR_small_RLE.dcm", "zyx", (1, 64, 64)),
        ("examples_rgb_color.dcm", "czyx", (3, 1, 240, 320)),
        ("examples_ybr_color.dcm", "tczyx", (30, 3, 1, 240, 320)),
        ("rtdose.dcm", "zyx", (15, 10, 10)),
    ],
)
def test_single_files(name: str, axes: str, shape: tuple[int, ...]) -> None:
    volume = read(SAMPLES / name)
    variable = volume.variables[0]
    assert ("".join(variable.axes), variable.shape) == (axes, shape)


def test_doses_lie_at_their_offsets() -> None:
    volume = read(SAMPLES / "rtdose.dcm")
    header = pydicom.dcmread(SAMPLES / "rtdose.dcm")
    scaled = header.pixel_array * float(header.DoseGridScaling)
    assert np.array_equal(volume.variables[0].read(), scaled)
    assert volume.grid.spacing[0] == header.GridFrameOffsetVector[1]


def test_pixels_that_cannot_be_decoded_say_what_to_install() -> None:
    volume = read(SAMPLES / "JPEGLSNearLossless_16.dcm")
    with pytest.raises(InputError, match="pip install pylibjpeg"):
        volume.variables[0].read()


def test_missing_and_repeated_slices(tmp_path: Path) -> None:
    folder = SAMPLES / "dicomdirtests" / "98892001" / "CT5N"
    paths = sorted(folder.iterdir())
    for k, path in enumerate(paths):
        header = pydicom.dcmread(path)
        header.save_as(tmp_path / f"a{k}")
        header.InstanceNumber = int(header.InstanceNumber) + 100
        header.PixelData = (header.pixel_array + 1).astype("<i2").tobytes()
        header.save_as(tmp_path / f"b{k}")
    twice = series(tmp_path).variables[0]
    assert twice.axes == tuple("tzyx")
    values = twice.read()
    assert np.array_equal(values[1], values[0] + 1)
    (tmp_path / "b0").unlink()
    with pytest.raises(InputError, match="from 1 to 2"):
        series(tmp_path)
