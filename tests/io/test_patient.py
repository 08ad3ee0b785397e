"""What DICOM files tell of a patient: left out unless asked for."""

import json
from pathlib import Path

import pytest

from vcore.cli.inputs import _reading
from vcore.io import read

pydicom = pytest.importorskip("pydicom")

FOLDER = Path(pydicom.__file__).parent / "data" / "test_files" / "dicomdirtests/98892001/CT5N"


def test_the_patient_is_kept_on_request_alone() -> None:
    header = pydicom.dcmread(sorted(FOLDER.iterdir())[0])
    left = read(FOLDER).attributes
    assert "Patient" not in json.dumps(left)
    kept = read(FOLDER, patient=True).attributes["dicom"]
    assert kept["PatientName"] == str(header.PatientName)
    assert kept["PatientID"] == header.PatientID
    assert kept["StudyInstanceUID"] == header.StudyInstanceUID
    assert kept["StudyDate"] == header.StudyDate
    assert kept["Modality"] == "CT"
    assert left["dicom"].items() <= kept.items()
    assert not {"SOPInstanceUID", "InstanceNumber", "SliceLocation", "PixelData"} & kept.keys()
    json.dumps(kept)


@pytest.mark.parametrize("name", ["MR_small.dcm", "rtdose.dcm", "examples_rgb_color.dcm"])
def test_kept_elements_of_other_files_are_texts_and_numbers(name: str) -> None:
    path = FOLDER.parents[2] / name
    kept = read(path, patient=True).attributes["dicom"]
    header = pydicom.dcmread(path)
    assert kept["StudyInstanceUID"] == header.StudyInstanceUID
    json.dumps(kept)


def test_the_option_of_the_command_line() -> None:
    assert _reading(keep_patient=True) == {"patient": True}
    assert _reading() == {}
