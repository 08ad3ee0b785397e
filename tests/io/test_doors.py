"""Common to all formats: damaged files, options, missing packages, meshes."""

import sys
from pathlib import Path

import numpy as np
import pytest

from vcore.errors import InputError, MissingExtraError
from vcore.io import read, readable_suffixes, writable_suffixes
from vcore.io.formats import UNSTRUCTURED

FILES = [s for s in readable_suffixes() if s not in {".raw", ".bin", ".dat", ".zarr"}]
FILES = [s for s in FILES if not s.startswith((".raw.", ".bin.", ".dat."))]


def test_suffixes() -> None:
    assert {".raw", ".nii.gz", ".npy.gz", ".fits.gz", ".zarr", ".mhd"} <= set(readable_suffixes())
    assert set(writable_suffixes()) <= set(readable_suffixes())


@pytest.mark.parametrize("suffix", FILES)
@pytest.mark.parametrize("content", ["random", "empty", "zeros", "text", "folder"])
def test_what_is_no_volume_is_refused_with_a_sentence(
    tmp_path: Path, suffix: str, content: str
) -> None:
    path = tmp_path / f"a{suffix}"
    if content == "folder":
        path.mkdir()
    else:
        data = {
            "random": np.random.default_rng(1).bytes(5000),
            "empty": b"",
            "zeros": bytes(5000),
            "text": b"no volume, only words\n" * 99,
        }
        path.write_bytes(data[content])

    with pytest.raises(InputError, match=r"^Expected .* Got .* instead"):
        read(path)


@pytest.mark.parametrize("suffix", UNSTRUCTURED)
def test_meshes_are_refused_with_the_way_out(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mesh{suffix}"
    path.write_text("<VTKFile/>")
    for source in (path, tmp_path):
        with pytest.raises(InputError, match="Resample To Image"):
            read(source)


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_bytes(b"x")
    with pytest.raises(InputError, match=r"give `shape` and `dtype`"):
        read(tmp_path / "a.xyz")


@pytest.mark.parametrize("option", [{"shape": (1, 2, 3)}, {"dtype": "u1"}, {"offset": 3}])
def test_layout_options_are_for_headerless_files(tmp_path: Path, option: dict[str, object]) -> None:
    np.save(tmp_path / "a.npy", np.zeros((2, 3, 4), "u1"))
    with pytest.raises(InputError, match="for headerless files only"):
        read(tmp_path / "a.npy", **option)  # type: ignore[arg-type]


def test_options_win_over_the_file(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((2, 3, 4, 5), "u1"))

    volume = read(
        tmp_path / "a.npy",
        spacing=(3, 2, 1),
        origin=(1, 2, 3),
        unit="µm",
        times=[1, 2],
        time_unit="sec",
        fill_value=0,
    )

    assert volume.grid.spacing == (3.0, 2.0, 1.0)
    assert volume.grid.origin == (1.0, 2.0, 3.0)
    assert (volume.grid.unit, volume.grid.time_unit) == ("micrometer", "second")
    assert volume.grid.times == (1.0, 2.0)
    assert volume["a"].fill_value == 0
    assert volume.source == str(tmp_path / "a.npy")
    with pytest.raises(InputError, match="Expected `times` for the 2 frames, each later"):
        read(tmp_path / "a.npy", times=[1, 2, 3])
    with pytest.raises(InputError, match="above 0 for `spacing`"):
        read(tmp_path / "a.npy", spacing=0)


@pytest.mark.parametrize(
    ("suffix", "module", "package"),
    [
        (".nrrd", "nrrd", "pynrrd"),
        (".tif", "tifffile", "tifffile"),
        (".nii", "nibabel", "nibabel"),
        (".h5", "h5py", "h5py"),
        (".nc", "netCDF4", "netCDF4"),
        (".fits", "astropy.io.fits", "astropy"),
        (".vti", "vtkmodules.vtkIOXML", "vtk"),
    ],
)
def test_a_missing_package_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, module: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / f"a{suffix}").write_bytes(b"</VTKFile>")
    with pytest.raises(MissingExtraError, match=rf"package {package} .*'vcore-volumes\[io\]'"):
        read(tmp_path / f"a{suffix}")


def test_listing_formats_imports_no_reader() -> None:
    import subprocess

    code = (
        "import sys, vcore.io; vcore.io.readable_suffixes(); "
        "print([m for m in ('vtkmodules', 'tifffile', 'h5py', 'nibabel', 'netCDF4', 'astropy', "
        "'nrrd', 'torch') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
