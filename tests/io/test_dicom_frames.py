"""DICOM files of several frames, with functional groups of their own."""

from pathlib import Path

import numpy as np
import pytest

from vcore.io import read

pydicom = pytest.importorskip("pydicom")

SAMPLES = Path(pydicom.__file__).parent / "data" / "test_files"
VALUES = np.random.default_rng(4).integers(0, 4000, (4, 6, 5)).astype("<u2")
HEIGHTS = (9.0, 0.0, 3.0, 6.0)
"""Position of each frame along z, in the order of the file."""


def group(**items: object) -> "pydicom.Dataset":
    """Return a dataset of one sequence for each name, with one item each."""
    found = pydicom.Dataset()
    for name, fields in items.items():
        item = pydicom.Dataset()
        for key, value in fields.items():  # type: ignore[attr-defined]
            setattr(item, key, value)
        setattr(found, name, pydicom.Sequence([item]))
    return found


def test_frames_lie_where_their_groups_say(tmp_path: Path) -> None:
    header = pydicom.dcmread(SAMPLES / "MR_small.dcm")
    for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        delattr(header, name)
    header.Rows, header.Columns = VALUES.shape[1:]
    header.NumberOfFrames, header.PixelRepresentation = len(VALUES), 0
    header.BitsStored, header.HighBit = 12, 11
    header.PixelData = VALUES.tobytes()
    header.SharedFunctionalGroupsSequence = pydicom.Sequence(
        [
            group(
                PixelMeasuresSequence={"PixelSpacing": [0.5, 0.25], "SliceThickness": 3},
                PlaneOrientationSequence={"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]},
                PixelValueTransformationSequence={"RescaleSlope": 2, "RescaleIntercept": -10},
            )
        ]
    )
    header.PerFrameFunctionalGroupsSequence = pydicom.Sequence(
        [group(PlanePositionSequence={"ImagePositionPatient": [1, 2, z]}) for z in HEIGHTS]
    )
    header.save_as(tmp_path / "a.dcm")

    volume = read(tmp_path / "a.dcm")

    expected = VALUES[np.argsort(HEIGHTS)].astype(int) * 2 - 10
    np.testing.assert_array_equal(volume.variables[0].read(), expected)
    np.testing.assert_array_equal(volume.variables[0].data[1:3, 2], expected[1:3, 2])
    assert volume.grid.spacing == (3, 0.5, 0.25)
    assert volume.grid.origin == (0, 2, 1)
    assert volume.grid.unit == "millimeter"
