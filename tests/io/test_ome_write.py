"""OME-XML of a source, written back with different pixels."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import tifffile

from vcore.io import read, write
from vcore.io.ome_xml import limited, parsed
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

SCHEMA = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
VALUES = np.arange(2 * 2 * 3 * 5 * 6, dtype="u2").reshape(2, 2, 3, 5, 6)
PLANES = "".join(
    f'<Plane TheZ="{z}" TheT="{t}" TheC="{c}" DeltaT="{1.5 * t}" PositionX="12.5" '
    f'PositionXUnit="µm" PositionY="3" PositionYUnit="µm" PositionZ="{1 + z / 2}" '
    f'PositionZUnit="µm" ExposureTime="0.1"/>'
    for t in range(2)
    for c in range(2)
    for z in range(3)
)
XML = f"""<?xml version="1.0" encoding="UTF-8"?><OME xmlns="{SCHEMA}" Creator="acme">
<Dataset ID="Dataset:0"><ImageRef ID="Image:7"/><ImageRef ID="Image:9"/></Dataset>
<Instrument ID="Instrument:0"><Objective ID="Objective:0" LensNA="1.4"/></Instrument>
<Image ID="Image:7" Name="label"><Pixels ID="Pixels:7" DimensionOrder="XYZCT" Type="uint8" SizeX="4"
SizeY="4" SizeZ="1" SizeC="1" SizeT="1"><Channel ID="Channel:7:0" SamplesPerPixel="1"/>
<TiffData IFD="0" PlaneCount="1"/></Pixels></Image>
<Image ID="Image:9" Name="cells"><AcquisitionDate>2020-01-02T03:04:05</AcquisitionDate>
<Description>my cells</Description><InstrumentRef ID="Instrument:0"/>
<ObjectiveSettings ID="Objective:0"/>
<Pixels ID="Pixels:9" DimensionOrder="XYZCT" Type="uint16" SizeX="6" SizeY="5" SizeZ="3" SizeC="2"
SizeT="2" SignificantBits="12" PhysicalSizeX="100" PhysicalSizeXUnit="nm" PhysicalSizeY="100"
PhysicalSizeYUnit="nm" PhysicalSizeZ="0.5" PhysicalSizeZUnit="µm">
<Channel ID="Channel:9:0" Name="DAPI" Color="65535" EmissionWavelength="461" SamplesPerPixel="1"/>
<Channel ID="Channel:9:1" Name="GFP" Color="16711935" EmissionWavelength="509" SamplesPerPixel="1"/>
<TiffData IFD="1" PlaneCount="12"/>{PLANES}</Pixels><AnnotationRef ID="Annotation:1"/></Image>
<StructuredAnnotations><XMLAnnotation ID="Annotation:1" Namespace="acme"><Value>
<a:b xmlns:a="http://acme">kept</a:b></Value></XMLAnnotation></StructuredAnnotations></OME>"""


@pytest.fixture
def source(tmp_path: Path) -> Volume:
    with tifffile.TiffWriter(tmp_path / "cells.ome.tif", ome=False) as tif:
        tif.write(np.zeros((4, 4), "u1"), description=XML.encode(), metadata=None)
        tif.write(VALUES.reshape(-1, 5, 6), photometric="minisblack", metadata=None)
    return read(tmp_path / "cells.ome.tif")


def written(volume: Volume, path: Path) -> ElementTree.Element:
    write(volume, path)
    with tifffile.TiffFile(path) as tif:
        assert tif.is_ome
        assert tif.ome_metadata is not None
        return parsed(tif.ome_metadata)


def test_what_the_source_says(source: Volume) -> None:
    assert source["cells"].components == ("DAPI", "GFP")
    grid = source.grid
    assert (grid.spacing, grid.unit) == ((500.0, 100.0, 100.0), "nanometer")
    assert grid.origin == (1000.0, 3000.0, 12500.0)
    assert (grid.times, grid.time_unit) == ((0.0, 1.5), "second")


@pytest.mark.parametrize(
    ("unit", "times", "told"),
    [("month", (0.0, 1.0), True), ("", (0.0, 2.5), True), ("", (0.0, 1.0), False)],
)
def test_times_that_ome_cannot_say_are_not_seconds(
    tmp_path: Path,
    unit: str,
    times: tuple[float, ...],
    told: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    values = np.zeros((2, 2, 3, 4), "u1")
    grid = Grid((2, 3, 4), times=times, time_unit=unit)
    volume = Volume(grid, (Variable("cells", values, ("t", "z", "y", "x")),))
    xml = ElementTree.tostring(written(volume, tmp_path / "b.ome.tif"), "unicode")
    assert "TimeIncrement" not in xml
    assert "DeltaT" not in xml
    assert ("kept for vcore alone" in caplog.text) == told
    found = read(tmp_path / "b.ome.tif").grid
    assert (found.times, found.time_unit) == (times, unit)


def test_it_agrees_with_its_source(source: Volume, tmp_path: Path) -> None:
    root = written(source, tmp_path / "b.ome.tif")

    before, after = parsed(XML).findall("Image")[1], root.findall("Image")
    assert len(after) == 1
    for name in ("AcquisitionDate", "Description", "InstrumentRef", "ObjectiveSettings"):
        old, new = before.find(name), after[0].find(name)
        assert old is not None
        assert new is not None
        assert (new.text, new.attrib) == (old.text, old.attrib)
    for name in ("Pixels/Channel", "Pixels/Plane"):
        expected = [e.attrib for e in before.findall(name)]
        assert [e.attrib for e in after[0].findall(name)] == expected
    pixels = after[0].find("Pixels")
    assert pixels is not None
    assert pixels.get("SignificantBits") == "12"
    assert root.find("Instrument/Objective") is not None
    assert [e.get("ID") for e in root.iter("ImageRef")] == ["Image:9"]
    assert root.findtext(".//{http://acme}b") == "kept"
    order = [e.tag for e in pixels]
    assert order == sorted(order, key=["Channel", "TiffData", "Plane"].index)

    again = read(tmp_path / "b.ome.tif")
    assert again.grid == source.grid
    assert again["cells"].components == ("DAPI", "GFP")
    np.testing.assert_array_equal(again["cells"].read(), VALUES)
    # and again: vcore's annotation is replaced, not duplicated
    root = written(again, tmp_path / "c.ome.tif")
    assert sum(a.get("Namespace") == "vcore" for a in root.iter("CommentAnnotation")) <= 1


def test_planes_of_another_grid_are_not_taken(source: Volume, tmp_path: Path) -> None:
    region = (slice(1, 3), slice(0, 5), slice(0, 6))
    part = replace(
        source["cells"], data=VALUES[:, :, 1:3], attributes=dict(source["cells"].attributes)
    )
    volume = Volume(source.grid.cropped(region), (part,), attributes=source.attributes)

    root = written(volume, tmp_path / "b.ome.tif")

    planes = root.findall("Image/Pixels/Plane")
    assert len(planes) == 8
    assert {p.get("PositionZ") for p in planes} == {"1500.0"}
    assert read(tmp_path / "b.ome.tif").grid == volume.grid


def test_other_channels_and_types(source: Volume, tmp_path: Path) -> None:
    first = Variable(
        "cells", VALUES[:, 0].astype("f4"), tuple("tzyx"), attributes=source["cells"].attributes
    )
    root = written(
        Volume(source.grid, (first,), attributes=source.attributes), tmp_path / "b.ome.tif"
    )
    pixels = root.find("Image/Pixels")
    assert pixels is not None
    assert (pixels.get("Type"), pixels.get("SizeC")) == ("float", "1")
    assert pixels.get("SignificantBits") is None
    assert len(pixels.findall("Channel")) == 1
    np.testing.assert_array_equal(read(tmp_path / "b.ome.tif")["cells"].read(), VALUES[:, 0])


@pytest.mark.parametrize("xml", ["<OME", "<Other/>", 7])
def test_a_damaged_document_is_left_out(tmp_path: Path, xml: object) -> None:
    variable = Variable("a", VALUES[0, 0], attributes={"ome_image": 5})
    volume = Volume(Grid((3, 5, 6)), (variable,), attributes={"ome_xml": xml})
    assert len(written(volume, tmp_path / "a.ome.tif").findall("Image")) == 1
    np.testing.assert_array_equal(read(tmp_path / "a.ome.tif")["a"].read(), VALUES[0, 0])


def test_long_documents_are_kept_without_planes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert limited("a.tif", XML) == XML
    monkeypatch.setattr("vcore.io.ome_xml.MAX_TEXT", 3000)
    short = limited("a.tif", XML)
    assert "Plane " not in short
    assert 'LensNA="1.4"' in short
    assert "without each Plane" in caplog.text
    monkeypatch.setattr("vcore.io.ome_xml.MAX_TEXT", 100)
    assert limited("a.tif", XML) == ""
