"""Zipped hierarchies (RFC-9): layout of the archive, refusals."""

import json
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import numpy as np
import pytest
import zarr

from vcore.errors import InputError
from vcore.io import read, write
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume


def volume(*names: str) -> Volume:
    values = np.random.default_rng(1).normal(size=(130, 6, 7)).astype("f4")
    grid = Grid((130, 6, 7), spacing=(2.0, 1.0, 0.5), unit="millimeter")
    return Volume(grid, tuple(Variable(n, values) for n in names))


@pytest.mark.parametrize("version", ["0.5", "0.6"])
def test_metadata_comes_first_and_nothing_is_compressed(tmp_path: Path, version: str) -> None:
    write(volume("p", "q"), tmp_path / "a.ozx", ome_zarr=version)
    with ZipFile(tmp_path / "a.ozx") as archive:
        names = archive.namelist()
        assert {i.compress_type for i in archive.infolist()} == {ZIP_STORED}
        told = json.loads(archive.comment)["ome"]
    count = sum(n.endswith("zarr.json") for n in names)
    assert names[:2] == ["zarr.json", "0/zarr.json"]
    assert all(n.endswith("zarr.json") for n in names[:count])
    depths = [n.count("/") for n in names[:count]]
    assert depths == sorted(depths)
    assert told == {"version": version, "zipFile": {"centralDirectory": {"jsonFirst": True}}}
    with zarr.storage.ZipStore(tmp_path / "a.ozx", mode="r") as store:
        values = zarr.open_group(store, mode="r")["1/0"][...]  # type: ignore[index]
    np.testing.assert_array_equal(values, volume("q").variables[0].read())  # type: ignore[arg-type]
    again = read(tmp_path / "a.ozx")
    assert [v.name for v in again.variables] == ["p", "q"]
    assert again.grid == volume("p").grid


def test_the_same_volume_gives_the_same_bytes(tmp_path: Path) -> None:
    write(volume("p"), tmp_path / "a.ozx")
    write(volume("p"), tmp_path / "b.ozx")
    assert (tmp_path / "a.ozx").read_bytes() == (tmp_path / "b.ozx").read_bytes()


def test_zarr_v2_fits_into_a_zip_file_only(tmp_path: Path) -> None:
    write(volume("p"), tmp_path / "a.zarr.zip", ome_zarr="0.4")
    with ZipFile(tmp_path / "a.zarr.zip") as archive:
        assert archive.namelist()[0] in (".zattrs", ".zgroup")
        assert archive.comment == b""
    assert read(tmp_path / "a.zarr.zip").grid == volume("p").grid
    with pytest.raises(InputError, match=r"0\.5 or later for a \.ozx file\. Got 0\.4"):
        write(volume("p"), tmp_path / "a.ozx", ome_zarr="0.4")
    with pytest.raises(InputError, match=r"0\.4, 0\.5, 0\.6 for `ome_zarr`\. Got '1\.0'"):
        write(volume("p"), tmp_path / "a.ozx", ome_zarr="1.0")
    with pytest.raises(InputError, match=r"for `ome_zarr`\. Got a\.nrrd"):
        write(volume("p"), tmp_path / "a.nrrd", ome_zarr="0.6")
    assert [p.name for p in tmp_path.iterdir()] == ["a.zarr.zip"]
