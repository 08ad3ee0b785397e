"""HDF5 chunks of filters that are not built in, and links within a file."""

import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from vcore.errors import InputError
from vcore.io import read

VALUES = np.arange(3 * 4 * 5, dtype="u2").reshape(3, 4, 5)


def coded(path: Path, code: int) -> Path:
    """Write chunks that claim a filter."""
    with h5py.File(path, "w") as file:
        found = file.create_dataset(
            "v",
            VALUES.shape,
            "u2",
            chunks=VALUES.shape,
            compression=code,
            allow_unknown_filter=True,
        )
        found.id.write_direct_chunk((0, 0, 0), b"x" * 50)
        for number, axis in enumerate("zyx"):
            scale = file.create_dataset(axis, data=np.arange(float(VALUES.shape[number])))
            scale.make_scale(axis)
            found.dims[number].attach_scale(scale)
    return path


def test_the_package_with_the_filter_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "hdf5plugin", None)
    with pytest.raises(InputError, match=r"filter 32008 \(Bitshuffle\).*package hdf5plugin"):
        read(coded(tmp_path / "a.h5", 32008))
    with pytest.raises(InputError, match=r"filter 32100 instead: rewrite them"):
        read(coded(tmp_path / "b.h5", 32100))
    volume = read(coded(tmp_path / "c.nc", 32008))
    with pytest.raises(InputError, match=r"hdf5plugin, and read the file under .*\.h5"):
        volume.variables[0].read()


def test_a_filter_of_hdf5plugin(tmp_path: Path) -> None:
    hdf5plugin = pytest.importorskip("hdf5plugin")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name, filter_ in {
            "blosc": hdf5plugin.Blosc(),
            "zstd": hdf5plugin.Zstd(),
            "lz4": hdf5plugin.LZ4(),
        }.items():
            file.create_dataset(name, data=VALUES, **filter_)
    for variable in read(tmp_path / "a.h5").variables:
        np.testing.assert_array_equal(variable.read(), VALUES)


def test_soft_links(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["run/1/rho"] = VALUES
        file["latest"] = h5py.SoftLink("/run/1")
        file["density"] = h5py.SoftLink("run/1/rho")
        file["gone"] = h5py.SoftLink("/run/2")
    assert [v.name for v in read(tmp_path / "a.h5").variables] == ["run/1/rho"]
    for inside in ("density", "latest/rho", "latest"):
        (found,) = read(f"{tmp_path}/a.h5::{inside}").variables
        np.testing.assert_array_equal(found.read(), VALUES)
    with pytest.raises(InputError, match="Expected a dataset 'gone'"):
        read(f"{tmp_path}/a.h5::gone")
