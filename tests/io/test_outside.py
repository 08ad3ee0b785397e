"""Files and links that leave the source's folder: refused unless allowed."""

import os
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
import zarr

from vcore.errors import InputError
from vcore.io import read
from vcore.io.outside import is_inside
from vcore.io.reading import images
from vcore.model.volume import Volume

VALUES = np.arange(60, dtype="f4").reshape(3, 4, 5)
NRRD = (
    "NRRD0004\ntype: float\ndimension: 3\nsizes: 5 4 3\nencoding: raw\nendian: little\n"
    "data file: {}\n"
)
MHD = "NDims = 3\nDimSize = 5 4 3\nElementType = MET_FLOAT\nElementDataFile = {}\n"
PVD = (
    '<VTKFile><Collection><DataSet timestep="0" file="{0}"/><DataSet timestep="1" file="{0}"/>'
    "</Collection></VTKFile>"
)
BDV = (
    "<SpimData><BasePath>.</BasePath><SequenceDescription>"
    '<ImageLoader format="bdv.hdf5"><hdf5>{}</hdf5></ImageLoader><ViewSetups><ViewSetup>'
    "<id>0</id></ViewSetup></ViewSetups></SequenceDescription></SpimData>"
)
RAW, NPY, H5 = "x.raw", "x.npy", "x.h5"

Make = Callable[[str], Path]


@pytest.fixture
def inner(tmp_path: Path) -> Path:
    """Return a folder inside one with private files."""
    folder = tmp_path / "inner"
    (folder / "sub").mkdir(parents=True)
    for place in (tmp_path, folder, folder / "sub"):
        VALUES.tofile(place / RAW)
        np.save(place / NPY, VALUES)
        with h5py.File(place / H5, "w") as file:
            file["v"] = VALUES
            file["s00/resolutions"] = np.ones((1, 3))
            file["s00/subdivisions"] = np.ones((1, 3))
            file["t00000/s00/0/cells"] = VALUES.astype("i2")
    return folder


def _text(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def _linked(folder: Path, target: str) -> Path:
    with h5py.File(folder / "a.h5", "w") as file:
        file["own"] = VALUES
        file.create_group("deep")["link"] = h5py.ExternalLink(target, "v")
    return folder / "a.h5"


def _virtual(folder: Path, target: str) -> Path:
    layout = h5py.VirtualLayout(VALUES.shape, "f4")
    layout[...] = h5py.VirtualSource(target, "v", VALUES.shape)
    with h5py.File(folder / "a.h5", "w") as file:
        file.create_virtual_dataset("v", layout)
    return folder / "a.h5"


def _netcdf(folder: Path, target: str) -> Path:
    return _linked(folder, target).rename(folder / "a.nc")


HEADERS: dict[str, tuple[str, Callable[[Path, str], Path]]] = {
    "nhdr": (RAW, lambda folder, name: _text(folder, "a.nhdr", NRRD.format(name))),
    "mhd": (RAW, lambda folder, name: _text(folder, "a.mhd", MHD.format(name))),
    "pvd": (NPY, lambda folder, name: _text(folder, "a.pvd", PVD.format(name))),
    "bdv": (H5, lambda folder, name: _text(folder, "a.xml", BDV.format(name))),
    "hdf5 link": (H5, _linked),
    "virtual dataset": (H5, _virtual),
    "netCDF-4 link": (H5, _netcdf),
}


@pytest.mark.parametrize("kind", HEADERS)
def test_what_a_header_names_lies_in_its_folder(
    inner: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, make = HEADERS[kind]
    outside = f"..{os.sep}{data}"
    for name in (data, f"sub/{data}", f"sub/../{data}"):
        assert read(make(inner, name)).variables[0].read().shape[-3:] == VALUES.shape, name
    link = f"link{Path(data).suffix}"
    (inner / link).symlink_to(inner.parent / data)
    for name in (outside, str(inner.parent / data), "sub/../../" + data, link):
        path = make(inner, name)
        with pytest.raises(InputError, match=r"instead, which lies outside.*`allow_outside=True`"):
            read(path)
        assert read(path, allow_outside=True).variables[0].shape[-3:] == VALUES.shape
    monkeypatch.chdir(inner)
    make(Path(), outside)
    with pytest.raises(InputError, match="lies outside"):
        read(path.name)


def test_a_linked_header_has_the_folder_of_its_file(inner: Path, tmp_path: Path) -> None:
    path = _text(inner, "a.nhdr", NRRD.format(RAW))
    elsewhere = tmp_path / "job"
    elsewhere.mkdir()
    for name in ("a.nhdr", RAW):  # as workflow managers lay out their inputs
        (elsewhere / name).symlink_to(inner / name)
    assert path.exists()
    assert np.array_equal(read(elsewhere / "a.nhdr").variables[0].read(), VALUES)


def test_hdf5_leads_out_through_a_file_inside(inner: Path) -> None:
    with h5py.File(inner / "between.h5", "w") as file:
        file["v"] = h5py.ExternalLink("../x.h5", "v")
    for make in (_linked, _virtual):
        with pytest.raises(InputError, match=r"x\.h5 instead, which lies outside"):
            read(make(inner, "between.h5"))


def test_hdf5_behind_a_large_user_block_is_looked_at(inner: Path) -> None:
    with h5py.File(inner / "a.h5", "w", userblock_size=2 << 20) as file:
        file["v"] = h5py.ExternalLink(f"../{H5}", "/v")
    with pytest.raises(InputError, match="Expected files only inside"):
        read(inner / "a.h5")


def test_raw_values_of_hdf5(inner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, inside in ((str(inner / RAW), True), (str(inner.parent / RAW), False), (RAW, False)):
        with h5py.File(inner / "a.h5", "w") as file:
            file.create_dataset("v", VALUES.shape, "f4", external=[(name, 0, VALUES.nbytes)])
        monkeypatch.chdir(inner.parent)  # where HDF5 looks up a bare name
        if inside:
            assert np.array_equal(read(inner / "a.h5").variables[0].read(), VALUES)
            continue
        with pytest.raises(InputError, match="lies outside"):
            read(inner / "a.h5")


def test_numbered_sources_of_a_virtual_dataset(inner: Path) -> None:
    os.rename(inner.parent / H5, inner.parent / "n7.h5")
    layout = h5py.VirtualLayout((8, *VALUES.shape), "f4", maxshape=(None, *VALUES.shape))
    source = h5py.VirtualSource("../n%b.h5", "v", (1, *VALUES.shape))
    layout[0 : h5py.h5s.UNLIMITED : 1] = source
    with h5py.File(inner / "a.h5", "w") as file:
        file.create_virtual_dataset("v", layout)
    with pytest.raises(InputError, match=r"n7\.h5 instead, which lies outside"):
        read(inner / "a.h5")


def test_links_of_hdf5_that_lead_nowhere_keep_nobody_out(inner: Path) -> None:
    assert np.array_equal(read(_linked(inner, "/not/there.h5"))["own"].read(), VALUES)


def test_levels_of_bigdataviewer(inner: Path) -> None:
    path = str(_text(inner, "a.xml", BDV.format("../x.h5")))
    with pytest.raises(InputError, match="lies outside"):
        images(path)
    assert images(path, allow_outside=True)[0].levels[0].shape == VALUES.shape


def _ome(path: Path, other: str) -> Path:
    ids = [f"urn:uuid:00000000-0000-0000-0000-00000000000{i}" for i in range(2)]
    planes = "".join(
        f'<TiffData FirstZ="{i}" IFD="0" PlaneCount="1"><UUID FileName="{name}">{ids[i]}</UUID>'
        "</TiffData>"
        for i, name in enumerate((path.name, other))
    )
    xml = (
        f'<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="{ids[0]}">'
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="8" '
        f'SizeY="6" SizeZ="2" SizeC="1" SizeT="1">{planes}</Pixels></Image></OME>'
    )
    tifffile.imwrite(path, np.full((6, 8), 1, "u1"), description=xml, metadata=None)
    return path


@pytest.mark.filterwarnings("ignore:.*closed file")
def test_planes_of_an_ome_tiff(inner: Path) -> None:
    for folder in (inner, inner.parent):
        tifffile.imwrite(folder / "b.ome.tif", np.full((6, 8), 5, "u1"), metadata=None)
    found = read(_ome(inner / "a.ome.tif", "b.ome.tif")).variables[0].read()
    assert found.tolist()[1] == [[5] * 8] * 6
    for name in ("../b.ome.tif", "&#46;&#46;/b.ome.tif", str(inner.parent / "b.ome.tif")):
        path = _ome(inner / "a.ome.tif", name)
        with pytest.raises(InputError, match="lies outside"):
            read(path)
        assert read(path, allow_outside=True).variables[0].read()[1].max() == 5


def test_links_of_a_zarr(tmp_path: Path) -> None:
    for version in (2, 3):
        path = tmp_path / f"v{version}.zarr"
        array = zarr.create_array(
            path, shape=VALUES.shape, chunks=VALUES.shape, dtype="f4", zarr_format=version
        )
        array[...] = VALUES
        chunk = next(p for p in path.rglob("*0") if p.is_file())
        chunk.rename(path / "moved")
        chunk.symlink_to(path / "moved")
        (tmp_path / f"to{version}").symlink_to(path)  # links to folders are created by the caller
        for known in (path, tmp_path / f"to{version}"):
            assert np.array_equal(read(known).variables[0].read(), VALUES)
        (path / "moved").rename(tmp_path / "secret")
        chunk.unlink()
        chunk.symlink_to(tmp_path / "secret")
        with pytest.raises(InputError, match=r"a link to .*secret instead, which lies outside"):
            read(path).variables[0].read()
        assert np.array_equal(read(path, allow_outside=True).variables[0].read(), VALUES)


def test_groups_of_a_zarr_that_are_links(tmp_path: Path) -> None:
    zarr.create_array(tmp_path / "out.zarr" / "a", shape=(2, 3, 4), dtype="u1")
    zarr.create_group(tmp_path / "in.zarr")
    (tmp_path / "in.zarr" / "a").symlink_to(tmp_path / "out.zarr" / "a")
    with pytest.raises(InputError, match="lies outside"):
        read(tmp_path / "in.zarr")


def test_links_in_a_folder_of_frames(inner: Path) -> None:
    frames = inner / "frames"
    frames.mkdir()
    np.save(frames / "f1.npy", VALUES)
    (frames / "f2.npy").symlink_to(frames / "f1.npy")
    assert read(frames).variables[0].shape == (2, *VALUES.shape)
    (frames / "f3.npy").symlink_to(inner / NPY)
    with pytest.raises(InputError, match=r"f3\.npy, a link to .* lies outside"):
        read(frames)
    # files named explicitly are the caller's
    for known in (str(frames / "f*.npy"), sorted(frames.iterdir())):
        assert isinstance(read(known), Volume)
    assert read(frames, allow_outside=True).variables[0].shape[0] == 3


def test_is_inside(tmp_path: Path) -> None:
    (tmp_path / "ab").mkdir()
    assert is_inside(tmp_path / "a" / "b", tmp_path / "a")
    assert is_inside(tmp_path / "a", tmp_path / "a")
    assert not is_inside(tmp_path / "ab", tmp_path / "a")
    assert not is_inside(tmp_path / "a" / ".." / "b", tmp_path / "a")


def test_links_of_hdf5_within_the_folder(inner: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Detector master files (h5py issue 671): data behind external links, including groups."""
    with h5py.File(inner / "sub" / "frames.h5", "w") as file:
        file["data/a"], file["data/deep/b"] = VALUES, VALUES + 1
    with h5py.File(inner / "master.h5", "w") as file:
        file["entry/number"] = 7
        file["entry/data_000001"] = h5py.ExternalLink("sub/frames.h5", "data/a")
        file["entry/all"] = h5py.ExternalLink("sub/frames.h5", "data")
        file["entry/data_000009"] = h5py.ExternalLink("sub/absent.h5", "data")
        file["soft"] = h5py.SoftLink("/entry/data_000001")
    found = read(inner / "master.h5")
    names = ["entry/all/a", "entry/all/deep/b", "entry/data_000001"]
    assert sorted(v.name for v in found.variables) == names
    assert np.array_equal(found[names[1]].read(), VALUES + 1)
    assert "skipped entry/data_000009: sub/absent.h5 has no such dataset" in caplog.text
    for name in (names[2], "soft"):
        assert np.array_equal(read(f"{inner}/master.h5::{name}").variables[0].read(), VALUES)
    with pytest.raises(InputError, match="Expected a dataset 'entry/data_000009'"):
        read(f"{inner}/master.h5::entry/data_000009")
