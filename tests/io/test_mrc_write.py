"""Writing MRC maps: what mrcfile reads, and what vcore reads again."""

from pathlib import Path

import numpy as np
import pytest

import vcore
from vcore.errors import InputError
from vcore.io import read, write
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

mrcfile = pytest.importorskip("mrcfile")

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "u2", "f2", "f4"])
@pytest.mark.parametrize("shape", [(4, 5, 6), (2, 4, 5, 6)])
def test_mrcfile_and_vcore_read_what_was_written(
    tmp_path: Path, dtype: str, shape: tuple[int, ...]
) -> None:
    values = (RNG.random(shape) * 20).astype(dtype)
    volume = Volume.from_array(
        values, spacing=(0.33, 0.22, 0.11), origin=(3, -2, 1), unit="nanometer"
    )
    write(volume, tmp_path / "a.mrc")
    assert mrcfile.validate(tmp_path / "a.mrc")
    with mrcfile.open(tmp_path / "a.mrc") as file:
        np.testing.assert_array_equal(file.data, values)
        assert file.data.dtype == np.dtype("u2" if dtype == "u1" else dtype)
        assert file.voxel_size.item() == pytest.approx((1.1, 2.2, 3.3))
        assert file.header.origin.item() == (10, -20, 30)
        assert float(file.header.dmean) == pytest.approx(values.mean(dtype="f8"))
        assert float(file.header.rms) == pytest.approx(values.std(dtype="f8"), rel=1e-5)
        assert file.is_volume_stack() == (len(shape) == 4)
    found = read(tmp_path / "a.mrc")
    assert found.variables[0].axes == volume.variables[0].axes
    np.testing.assert_array_equal(found.variables[0].read(), values)
    assert (found.grid.spacing, found.grid.origin) == ((3.3, 2.2, 1.1), (30, -20, 10))
    assert found.grid.unit == "angstrom"


def test_a_copy_of_a_map_has_its_labels(tmp_path: Path) -> None:
    values = RNG.normal(size=(4, 5, 6)).astype("f4")
    with mrcfile.new(tmp_path / "a.mrc") as file:
        file.set_data(values)
        file.voxel_size = 1.7
        file.add_label("of a test")
        labels = file.get_labels()
    vcore.compress(tmp_path / "a.mrc", tmp_path / "a.vcore", max_error=0)
    write(vcore.open(tmp_path / "a.vcore").volume(), tmp_path / "b.mrc")
    with mrcfile.open(tmp_path / "b.mrc") as file:
        np.testing.assert_array_equal(file.data, values)
        assert file.get_labels() == [label.rstrip() for label in labels]
        assert float(file.voxel_size.x) == pytest.approx(1.7)


def test_missing_values_are_not_in_the_statistics(tmp_path: Path) -> None:
    values = np.array([1, 3, np.nan, np.nan], "f4").reshape(1, 2, 2)
    write(Volume.from_array(values), tmp_path / "a.mrc")
    with mrcfile.open(tmp_path / "a.mrc") as file:
        np.testing.assert_array_equal(file.data, values)
        assert (float(file.header.dmin), float(file.header.dmax)) == (1, 3)
        assert float(file.header.dmean) == 2


def test_what_mrc_cannot_say_is_refused(tmp_path: Path) -> None:
    for volume, message in (
        (Volume.from_array(np.zeros((2, 3, 4))), "Got float64"),
        (Volume.from_array(np.zeros((2, 3, 4), "i4")), "Got int32"),
        (Volume.from_array(np.zeros((2, 2, 3, 4), "i2"), "czyx"), "one channel"),
        (
            Volume(
                Grid.from_coordinates([[0, 1, 5], [0, 1], [0, 1]]),
                (Variable("a", np.zeros((3, 2, 2), "i2")),),
            ),
            "evenly spaced",
        ),
    ):
        with pytest.raises(InputError, match=message):
            write(volume, tmp_path / "a.mrc")
    assert not list(tmp_path.iterdir())
