"""Files of microscopes through bioio: its interface, and its readers where they are installed."""

import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import dask.array
import numpy as np
import pytest
import xarray as xr

from vcore.errors import InputError, MissingExtraError
from vcore.io import read
from vcore.io.bioio import volume_of
from vcore.io.request import ReadRequest

VALUES = np.random.default_rng(8).integers(0, 4000, (2, 3, 4, 20, 24)).astype("u2")
SUFFIXES = {".czi": b"ZISRAWFILE", ".nd2": b"\xda\xce\xbe\n", ".lif": b"p\0\0\0"}


class Image:
    """As much of ``bioio.BioImage`` as is read."""

    def __init__(self, scenes: dict[str, tuple[str, np.ndarray]], **told: Any) -> None:
        self.scenes = tuple(scenes)
        self._scenes, self.current = scenes, 0
        self.physical_pixel_sizes = SimpleNamespace(Z=0.5, Y=0.1, X=0.1)
        self.channel_names = ["DAPI", "GFP", "RFP"]
        self.time_interval = datetime.timedelta(milliseconds=1500)
        self.dimension_properties = SimpleNamespace(X=SimpleNamespace(unit=None))
        vars(self).update(told)

    def set_scene(self, number: int) -> None:
        self.current = number

    @property
    def xarray_dask_data(self) -> xr.DataArray:
        dims, values = self._scenes[self.scenes[self.current]]
        chunks = (1,) * (values.ndim - 2) + values.shape[-2:]
        xml = ElementTree.fromstring("<Metadata><Objective>40x</Objective></Metadata>")
        data = dask.array.from_array(values, chunks=chunks)
        return xr.DataArray(data, dims=list(dims), attrs={"unprocessed": xml})


def test_values_places_times_and_names() -> None:
    volume = volume_of(ReadRequest("a.czi"), Image({"Image:0": ("TCZYX", VALUES)}))
    (found,) = volume.variables
    assert (found.name, "".join(found.axes)) == ("a", "tczyx")
    assert found.components == ("DAPI", "GFP", "RFP")
    assert (volume.grid.spacing, volume.grid.unit) == ((0.5, 0.1, 0.1), "micrometer")
    assert (volume.grid.times, volume.grid.time_unit) == ((0, 1.5), "second")
    assert "40x" in volume.attributes["microscope_xml"]
    np.testing.assert_array_equal(found.read(), VALUES)
    np.testing.assert_array_equal(found.data[1, 2, 1:3, 5:, 7], VALUES[1, 2, 1:3, 5:, 7])


def test_scenes_are_a_choice() -> None:
    image = Image({"left": ("CZYX", VALUES[0]), "right": ("CZYX", VALUES[1])})
    with pytest.raises(InputError, match=r"Got 2 instead: 0 \(left\), 1 \(right\).*a\.lif::left"):
        volume_of(ReadRequest("a.lif"), image)
    for inside in ("right", "1"):
        volume = volume_of(ReadRequest("a.lif", inside), image)
        assert volume.attributes["scene"] == "right"
        np.testing.assert_array_equal(volume["right"].read(), VALUES[1])
    with pytest.raises(InputError, match="scene 'up'"):
        volume_of(ReadRequest("a.lif", "up"), image)


def test_axes_of_one_step_and_colours() -> None:
    flat = volume_of(ReadRequest("a.czi"), Image({"s": ("TCZYX", VALUES[:1, :1, :1])}))
    assert flat.variables[0].axes == ("z", "y", "x")
    image = Image({"s": ("TCZYXS", np.moveaxis(VALUES[:1], 1, -1)[:, None])}, channel_names=["A"])
    (found,) = volume_of(ReadRequest("a.czi"), image).variables
    assert (found.axes, found.components) == (("c", "z", "y", "x"), ())
    np.testing.assert_array_equal(found.read(), VALUES[0])
    six = Image({"s": ("CZYXS", np.zeros((2, 1, 3, 4, 3), "u1"))})
    with pytest.raises(InputError, match="2 channels of 3 colours"):
        volume_of(ReadRequest("a.czi"), six)
    tiles = Image({"s": ("MZYX", VALUES[0])})
    (found,) = volume_of(ReadRequest("a.czi"), tiles).variables
    assert (found.source_axes, found.source_shape) == (tuple("mzyx"), VALUES[0].shape)


def test_unknown_sizes(caplog: pytest.LogCaptureFixture) -> None:
    sizes = SimpleNamespace(Z=None, Y=None, X=None)
    image = Image({"s": ("ZYX", VALUES[0, 0])}, physical_pixel_sizes=sizes, time_interval=None)
    volume = volume_of(ReadRequest("a.nd2"), image)
    assert (volume.grid.spacing, volume.grid.unit) == ((1, 1, 1), "")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_to_install_is_told(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(SUFFIXES[suffix] + bytes(100))
    monkeypatch.setitem(__import__("sys").modules, "bioio", None)
    with pytest.raises(MissingExtraError, match=rf"pip install bioio bioio-{suffix[1:]}, or"):
        read(path)
    path.write_bytes(b"no microscope" * 9)
    with pytest.raises(InputError, match="Got something else"):
        read(path)


def test_a_file_that_zeiss_wrote(tmp_path: Path) -> None:
    czi = pytest.importorskip("pylibCZIrw.czi")
    pytest.importorskip("bioio_czi")
    with czi.create_czi(str(tmp_path / "a.czi")) as writer:
        for t, c, z in np.ndindex(VALUES.shape[:3]):
            writer.write(VALUES[t, c, z][..., None], plane={"T": t, "C": c, "Z": z}, scene=0)
        names = dict(enumerate(("DAPI", "GFP", "RFP")))
        writer.write_metadata("a", channel_names=names, scale_x=1e-7, scale_y=1e-7, scale_z=5e-7)
    volume = read(tmp_path / "a.czi")
    (found,) = volume.variables
    np.testing.assert_array_equal(found.read(), VALUES)
    np.testing.assert_allclose(volume.grid.spacing, (0.5, 0.1, 0.1))
    assert (volume.grid.unit, found.components) == ("micrometer", ("DAPI", "GFP", "RFP"))


def test_an_object_of_bioio(tmp_path: Path) -> None:
    bioio = pytest.importorskip("bioio")
    reader = pytest.importorskip("bioio_ome_tiff").Reader
    import tifffile

    tifffile.imwrite(
        tmp_path / "a.ome.tif",
        VALUES,
        metadata={
            "axes": "TCZYX",
            "PhysicalSizeX": 0.1,
            "PhysicalSizeXUnit": "µm",
            "Channel": {"Name": ["a", "b", "c"]},
        },
        photometric="minisblack",
    )
    image = bioio.BioImage(tmp_path / "a.ome.tif", reader=reader)
    volume = volume_of(ReadRequest(str(tmp_path / "a.ome.tif")), image)
    np.testing.assert_array_equal(volume.variables[0].read(), VALUES)
    assert volume.variables[0].components == ("a", "b", "c")
    assert volume.grid.spacing[2] == 0.1
