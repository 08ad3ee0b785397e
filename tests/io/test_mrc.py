"""MRC maps: values, sizes of voxels, origins and the order of axes, as mrcfile writes them."""

from pathlib import Path

import numpy as np
import pytest

from vcore.errors import InputError
from vcore.io import read
from vcore.model.volume import Volume

mrcfile = pytest.importorskip("mrcfile")

RNG = np.random.default_rng(2)


def written(path: Path, values: np.ndarray, **header: object) -> Volume:
    with mrcfile.new(path, overwrite=True) as file:
        file.set_data(values)
        file.voxel_size = (1.1, 2.2, 3.3)
        for name, value in header.items():
            if name.startswith("is_"):
                getattr(file, f"set_{name[3:]}")()
            else:
                file.header[name] = value
        file.add_label("of a test")
    return read(path)


@pytest.mark.parametrize("dtype", ["i1", "i2", "u2", "f4", "f2"])
def test_values_and_places(tmp_path: Path, dtype: str) -> None:
    values = (RNG.normal(size=(4, 5, 6)) * 100).astype(dtype)
    volume = written(tmp_path / "a.mrc", values, origin=(10, 20, 30))
    assert np.array_equal(volume.variables[0].read(), values)
    assert volume.variables[0].name == "a"
    assert volume.grid.spacing == (3.3, 2.2, 1.1)
    assert volume.grid.origin == (30, 20, 10)
    assert volume.grid.unit == "angstrom"
    assert "of a test" in volume.attributes["mrc"]["labels"][1]


def test_first_sections_give_the_origin_where_there_is_none(tmp_path: Path) -> None:
    values = RNG.normal(size=(4, 5, 6)).astype("f4")
    volume = written(tmp_path / "a.map", values, nxstart=-2, nystart=3, nzstart=1)
    assert volume.grid.origin == pytest.approx((3.3, 6.6, -2.2))


def test_other_orders_of_axes(tmp_path: Path) -> None:
    values = RNG.normal(size=(4, 5, 6)).astype("f4")
    volume = written(tmp_path / "a.map", values, mapc=3, mapr=1, maps=2, mx=5, my=4, mz=6)
    # columns run along z, rows along x, sections along y
    assert np.array_equal(volume.variables[0].read(), values.transpose(2, 0, 1))
    with pytest.raises(InputError, match="MAPC, MAPR, MAPS"):
        written(tmp_path / "b.map", values, mapc=1, mapr=1, maps=2)


def test_stacks(tmp_path: Path) -> None:
    values = RNG.normal(size=(2, 4, 5, 6)).astype("f4")
    volume = written(tmp_path / "a.mrc", values)
    assert volume.variables[0].axes == tuple("tzyx")
    images = written(tmp_path / "a.mrcs", values[0], is_image_stack=True)
    assert images.variables[0].shape == (4, 5, 6)


@pytest.mark.parametrize("codec", ["gzip", "bzip2"])
def test_compressed_maps(tmp_path: Path, codec: str) -> None:
    values = RNG.normal(size=(4, 5, 6)).astype("f4")
    path = tmp_path / {"gzip": "a.map.gz", "bzip2": "a.map.bz2"}[codec]
    with mrcfile.new(path, values, compression=codec) as file:
        file.set_extended_header(np.zeros(80, "V1"))
    found = read(path).variables[0]
    assert found.name == "a"
    assert np.array_equal(found.read(), values)


def test_values_of_either_byte_order_are_mapped(tmp_path: Path) -> None:
    values = RNG.normal(size=(4, 5, 6)).astype("f4")
    written(tmp_path / "a.mrc", values)
    with mrcfile.open(tmp_path / "a.mrc", "r+") as file:
        file.set_data(values.astype(">f4"))
    found = read(tmp_path / "a.mrc").variables[0]
    assert np.array_equal(found.data[1:3, 2, 1:], values[1:3, 2, 1:])


def test_headerless_files_of_these_suffixes(tmp_path: Path) -> None:
    values = RNG.integers(0, 9, (4, 5, 6)).astype("u1")
    values.tofile(tmp_path / "a.rec")
    assert np.array_equal(
        read(tmp_path / "a.rec", shape=(4, 5, 6), dtype="u1").variables[0].read(), values
    )
    written(tmp_path / "b.rec", values.astype("i2"))
    with pytest.raises(InputError, match="which tells its layout itself"):
        read(tmp_path / "b.rec", shape=(4, 5, 6), dtype="u1")


def test_modes_without_a_dtype_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mode 101 instead: convert"):
        written(tmp_path / "a.mrc", RNG.normal(size=(4, 5, 6)).astype("f4"), mode=101)


def test_damaged_and_complex_files(tmp_path: Path) -> None:
    written(tmp_path / "a.mrc", RNG.normal(size=(4, 5, 6)).astype("f4"))
    data = (tmp_path / "a.mrc").read_bytes()
    for length in (10, 700, len(data) - 8):
        (tmp_path / "b.mrc").write_bytes(data[:length])
        with pytest.raises(InputError, match=r"b\.mrc"):
            read(tmp_path / "b.mrc")
    with pytest.raises(InputError, match="real and imaginary"):
        written(tmp_path / "c.mrc", np.ones((4, 5, 6), "c8"))
