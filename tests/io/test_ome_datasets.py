"""OME-TIFF datasets of several files: read once, with the OME-XML of a companion or main file."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile

from vcore.errors import InputError
from vcore.io import read
from vcore.io.ome_datasets import described
from vcore.io.request import ReadRequest
from vcore.model.volume import Volume

CASE = Path(__file__).parents[1] / "data" / "cases" / "10-ome-tiff-folder-n-squared" / "multi"
VALUES = np.arange(3 * 5 * 6, dtype="u2").reshape(3, 5, 6)
HEAD = '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="{}/2016-06">'.format(
    "http://www.openmicroscopy.org/Schemas/OME"
)
IDS = [f"urn:uuid:0000000{k}-0000-0000-0000-000000000000" for k in range(3)]


def only(volume: Volume) -> np.ndarray:
    return volume.variables[0].read()


def document(own: str = "", stem: str = "p") -> str:
    """Return OME-XML whose planes lie in files in reversed order."""
    blocks = "".join(
        f'<TiffData FirstZ="{2 - k}" FirstC="0" FirstT="0" IFD="0" PlaneCount="1">'
        f'<UUID FileName="{stem}{k}.ome.tif">{IDS[k]}</UUID></TiffData>'
        for k in range(3)
    )
    return (
        f"{HEAD[:-1]}{own}>"
        '<Image ID="Image:0" Name="cells"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" '
        'Type="uint16" SizeX="6" SizeY="5" SizeZ="3" SizeC="1" SizeT="1" PhysicalSizeX="0.1" '
        'PhysicalSizeY="0.2" PhysicalSizeZ="0.5"><Channel ID="Channel:0:0" SamplesPerPixel="1"/>'
        f"{blocks}</Pixels></Image></OME>"
    )


def write(folder: Path, metadata: str, *, main: bool, stem: str = "p") -> None:
    """Write a plane per file, each a BinaryOnly file of ``metadata``; ``main`` is the first one."""
    for k in range(3):
        xml = (
            f'{HEAD[:-1]} UUID="{IDS[k]}"><BinaryOnly MetadataFile="{metadata}" UUID="{IDS[0]}"/>'
            "</OME>"
        )
        if main and k == 0:
            xml = document(f' UUID="{IDS[0]}"', stem)
        path = folder / f"{stem}{k}.ome.tif"
        tifffile.imwrite(path, VALUES[2 - k], description=xml.encode(), metadata=None)


@pytest.mark.parametrize("name", ["", "*.tif", "s_z[1-5].ome.tif", "s_z3.ome.tif"])
def test_files_of_one_dataset_are_read_once(name: str) -> None:
    volume = read(f"{CASE}/{name}".rstrip("/"))
    assert volume.variables[0].name == "s"
    assert volume.grid.spacing == (0.5, 0.1, 0.1)
    assert np.array_equal(only(volume), tifffile.imread(CASE / "s_z0.ome.tif"))
    assert np.array_equal(volume.variables[0].data[3:5, 2, 4:], only(volume)[3:5, 2, 4:])


def test_files_beyond_the_pattern_are_named(caplog: pytest.LogCaptureFixture) -> None:
    read(f"{CASE}/s_z[0-4].ome.tif")
    assert "read s_z5.ome.tif too" in caplog.text


@pytest.mark.parametrize("name", ["", "p0.ome.tif", "p2.ome.tif", "*.tif"])
def test_planes_lie_where_the_main_file_says(tmp_path: Path, name: str) -> None:
    write(tmp_path, "p0.ome.tif", main=True)
    volume = read(f"{tmp_path}/{name}".rstrip("/"))
    assert np.array_equal(only(volume), VALUES)
    assert volume.grid.spacing == (0.5, 0.2, 0.1)


@pytest.mark.parametrize("name", ["", "all.companion.ome", "p2.ome.tif", "*.tif"])
def test_companion_files(tmp_path: Path, name: str) -> None:
    write(tmp_path, "all.companion.ome", main=False)
    (tmp_path / "all.companion.ome").write_text(document(), encoding="utf-8")
    volume = read(f"{tmp_path}/{name}".rstrip("/"))
    assert volume.variables[0].name == "cells"
    assert np.array_equal(only(volume), VALUES)
    assert volume.grid.spacing == (0.5, 0.2, 0.1)


def test_several_datasets_are_a_series(tmp_path: Path) -> None:
    for stem in ("a", "b"):
        write(tmp_path, f"{stem}0.ome.tif", main=True, stem=stem)
    volume = read(tmp_path)
    assert volume.variables[0].shape == (2, 3, 5, 6)
    assert np.array_equal(only(volume), [VALUES, VALUES])


def test_files_that_are_missing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path, "none.companion.ome", main=False)
    path = str(tmp_path / "p0.ome.tif")
    assert described(ReadRequest(path)) == (path, None)
    assert "none.companion.ome, is missing" in caplog.text
    (tmp_path / "all.companion.ome").write_text(document(stem="q"), encoding="utf-8")
    with pytest.raises(InputError, match=r"Expected TIFF files that .*all\.companion\.ome names"):
        read(tmp_path / "all.companion.ome")


def test_files_outside_the_folder_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    write(folder, "../all.companion.ome", main=False)
    (tmp_path / "all.companion.ome").write_text(document(), encoding="utf-8")
    with pytest.raises(InputError, match="only inside"):
        read(folder / "p0.ome.tif")
    shutil.copy(tmp_path / "all.companion.ome", folder)
    text = document(stem="../p")
    (folder / "all.companion.ome").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="only inside"):
        read(folder / "all.companion.ome")
