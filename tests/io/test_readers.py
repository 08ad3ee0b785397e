"""Readers: vcore's own keep their contract; those of other packages are found by suffix."""

import importlib
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import astropy.io.fits
import h5py
import nibabel
import numpy as np
import packages
import pytest

from vcore import io
from vcore.errors import InputError
from vcore.io import formats
from vcore.io.readers import MultilevelReader, OutsideReader, OwnReader, reader_of
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume
from vcore.testing.readers import ReaderContract
from vcore.testing.volumes import blobs, frames

SHAPE = (7, 9, 8)
READER = """
from vcore.model.volume import Volume
import numpy as np
def sniff(path):
    with open(path, "rb") as file:
        return file.read(4) == b"MINE"
def read(request):
    return Volume.from_array(np.full((2, 3, 4), 7, "u1"))
"""


class TestNumpy(ReaderContract):
    suffix = ".npy"

    def example(self, folder: Path) -> tuple[Path, Volume]:
        np.save(folder / "a.npy", frames((3, *SHAPE)))
        variable = Variable("a", frames((3, *SHAPE)), tuple("tzyx"))
        return folder / "a.npy", Volume(Grid(SHAPE), (variable,))


class TestNrrd(ReaderContract):
    suffix = ".nrrd"

    def example(self, folder: Path) -> tuple[Path, Volume]:
        values = np.stack([blobs(SHAPE), -blobs(SHAPE)])
        grid = Grid(SHAPE, (2.0, 0.5, 0.25), (1.0, 2.0, 3.0), unit="micrometer")
        volume = Volume(grid, (Variable("v", values, tuple("czyx"), "m/s", ("u", "w")),))
        io.write(volume, folder / "a.nrrd")
        return folder / "a.nrrd", volume


class TestNifti(ReaderContract):
    suffix = ".nii.gz"
    at_once = "gzip cannot be read in part"

    def example(self, folder: Path) -> tuple[Path, Volume]:
        image = nibabel.Nifti1Image(blobs(SHAPE).T, np.diag([0.25, 0.5, 2.0, 1.0]))
        image.header.set_xyzt_units("mm")
        image.to_filename(folder / "a.nii.gz")
        found = io.read(folder / "a.nii.gz").grid
        assert found.spacing == (2.0, 0.5, 0.25)
        return folder / "a.nii.gz", Volume(found, (Variable("a", blobs(SHAPE)),))


class TestFits(ReaderContract):
    suffix = ".fits"

    def example(self, folder: Path) -> tuple[Path, Volume]:
        astropy.io.fits.PrimaryHDU(blobs((16, 30, 24))).writeto(folder / "a.fits")
        found = io.read(folder / "a.fits")
        return folder / "a.fits", Volume(
            found.grid, (Variable(found.variables[0].name, blobs((16, 30, 24))),)
        )


class TestHdf5(ReaderContract):
    suffix = ".h5"

    def example(self, folder: Path) -> tuple[Path, Volume]:
        with h5py.File(folder / "a.h5", "w") as file:
            stored = file.create_dataset("density", data=blobs((40, 30, 20)), chunks=(10, 30, 20))
            stored.attrs["element_size_um"] = (2.0, 0.5, 0.25)
        grid = Grid((40, 30, 20), (2.0, 0.5, 0.25), unit="micrometer")
        return folder / "a.h5", Volume(grid, (Variable("density", blobs((40, 30, 20))),))


class TestVtk(ReaderContract):
    suffix = ".vti"
    spare = 1  # the end of the last line

    def example(self, folder: Path) -> tuple[Path, Volume]:
        grid = Grid(SHAPE, (2.0, 0.5, 0.25), (1.0, 2.0, 3.0))
        variables = (Variable("rho", blobs(SHAPE)), Variable("p", blobs(SHAPE, seed=9)))
        io.write(Volume(grid, variables), folder / "a.vti")
        return folder / "a.vti", Volume(grid, variables)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Return a function that installs readers, by suffix, for the time of a test."""
    place = tmp_path / "installed"
    place.mkdir()
    monkeypatch.syspath_prepend(str(place))

    def add(name: str, text: str, *suffixes: str) -> None:
        packages.install(
            place, name, {name: text}, {"vcore.readers": dict.fromkeys(suffixes, name)}
        )
        importlib.invalidate_caches()
        formats.outside_readers.cache_clear()

    yield add
    formats.outside_readers.cache_clear()
    for path in place.glob("*.py"):
        sys.modules.pop(path.stem, None)


def test_a_suffix_brings_its_reader(tmp_path: Path, install: Callable[..., None]) -> None:
    install("mine", READER, ".mine")
    (tmp_path / "a.MINE").write_bytes(b"MINE")
    assert ".mine" in io.readable_suffixes()
    assert "mine" not in sys.modules
    assert io.read(tmp_path / "a.MINE").variables[0].read().sum() == 7 * 24
    with pytest.raises(InputError, match="for headerless files only"):
        io.read(tmp_path / "a.MINE", offset=3)


def test_files_in_a_folder_are_frames(tmp_path: Path, install: Callable[..., None]) -> None:
    install("mine", READER, ".mine")
    folder = tmp_path / "run"
    folder.mkdir()
    for n in range(3):
        (folder / f"f{n}.mine").write_bytes(b"MINE")
    assert io.read(folder).variables[0].shape == (3, 2, 3, 4)
    np.save(folder / "a.npy", np.zeros((2, 3, 4)))
    with pytest.raises(InputError, match="files of one format"):
        io.read(folder)


def test_content_decides_between_readers_of_a_suffix(
    tmp_path: Path, install: Callable[..., None]
) -> None:
    install("mine", READER, ".npy", ".dat")
    np.save(tmp_path / "own.npy", np.zeros((2, 3, 4)))
    (tmp_path / "other.npy").write_bytes(b"MINE")
    (tmp_path / "neither.npy").write_bytes(b"nothing")
    (tmp_path / "some.dat").write_bytes(b"MINE")
    assert isinstance(reader_of(str(tmp_path / "own.npy")), OwnReader)
    assert isinstance(reader_of(str(tmp_path / "other.npy")), OutsideReader)
    assert isinstance(reader_of(str(tmp_path / "neither.npy")), OwnReader)
    assert isinstance(reader_of(str(tmp_path / "some.dat")), OutsideReader)


def test_of_two_that_know_a_file_vcores_own_reads_it(
    tmp_path: Path, install: Callable[..., None]
) -> None:
    install("greedy", READER.replace('file.read(4) == b"MINE"', "True"), ".npy")
    np.save(tmp_path / "a.npy", np.zeros((2, 3, 4)))
    assert isinstance(reader_of(str(tmp_path / "a.npy")), OwnReader)


@pytest.mark.parametrize("text", ["import no_such_package", "x = 1", "1 / 0"])
def test_a_reader_that_cannot_be_used_is_named(
    tmp_path: Path, install: Callable[..., None], text: str, caplog: pytest.LogCaptureFixture
) -> None:
    name = f"broken{len(text)}"
    install(name, text, ".mine", ".npy")
    (tmp_path / "a.mine").write_bytes(b"MINE")
    with pytest.raises(InputError, match=rf"of {name} for \.mine.* Got .* instead"):
        io.read(tmp_path / "a.mine")
    np.save(tmp_path / "a.npy", np.zeros((2, 3, 4), "u1"))
    with caplog.at_level(logging.WARNING):
        assert io.read(tmp_path / "a.npy").grid.shape == (2, 3, 4)
    assert f"of {name} for .npy" in caplog.text


@pytest.mark.parametrize("result", ["1 / 0", "None", "Volume.from_array([[1]])"])
def test_what_a_reader_raises_becomes_a_sentence(
    tmp_path: Path, install: Callable[..., None], result: str
) -> None:
    install(f"bad{len(result)}", READER.replace("return Volume", f"return {result} #"), ".mine")
    (tmp_path / "a.mine").write_bytes(b"MINE")
    with pytest.raises(InputError, match=r"^Expected .* Got .* instead"):
        io.read(tmp_path / "a.mine")


def test_names_that_are_no_suffix_are_left_out(
    install: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    install("mine", READER, "mine", ".a.b", ".")
    with caplog.at_level(logging.WARNING):
        assert formats.outside_readers() == {}
    assert caplog.text.count("Expected a suffix") == 3


LEVELS = """
from vcore.io.multilevel import MultiscaleImage
def images(request):
    values = np.arange(64, dtype="u1").reshape(4, 4, 4)
    levels = (values, values[::2, ::2, ::2])
    return [MultiscaleImage(Volume.from_array(values), levels, ((1.0,) * 3, (2.0,) * 3))]
"""


def test_levels_of_a_reader_become_a_hierarchy(
    tmp_path: Path, install: Callable[..., None]
) -> None:
    from vcore.hierarchy.virtual_source import is_foreign, node_of

    install("many", READER + LEVELS, ".many")
    install("mine", READER, ".mine")
    for name in ("a.many", "a.mine"):
        (tmp_path / name).write_bytes(b"MINE")
    assert isinstance(reader_of(str(tmp_path / "a.many")), MultilevelReader)
    assert is_foreign(str(tmp_path / "a.many"))
    assert not is_foreign(str(tmp_path / "a.mine"))
    assert node_of(str(tmp_path / "a.many"))["1"].shape == (2, 2, 2)
    with pytest.raises(InputError, match="Expected a file that ends with one of"):
        io.images(str(tmp_path / "a.mine"))


def test_own_signatures_are_those_of_written_files(tmp_path: Path) -> None:
    volume = Volume(Grid(SHAPE), (Variable("v", blobs(SHAPE)),))
    for suffix in (".npy", ".nrrd", ".tif", ".vti", ".vtr", ".zarr"):
        io.write(volume, tmp_path / f"a{suffix}")
        assert reader_of(str(tmp_path / f"a{suffix}")).sniff(str(tmp_path / f"a{suffix}")), suffix


def test_listing_imports_no_outside_reader(tmp_path: Path) -> None:
    packages.install(tmp_path, "mine", {"mine": READER}, {"vcore.readers": {".mine": "mine"}})
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import vcore.io; "
        "print('.mine' in vcore.io.readable_suffixes(), 'mine' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["True", "False"]
