"""Without the optional packages: features that need one name the extra, the rest works."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

BLOCKED = (
    *("torch", "tifffile", "matplotlib", "scipy", "skimage", "nrrd", "vtk", "vtkmodules"),
    *("h5py", "netCDF4", "nibabel", "astropy", "imagecodecs", "dask", "torchmetrics"),
)

SITE = f"""
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {BLOCKED!r}:
            raise ModuleNotFoundError("No module named " + repr(name), name=name)

sys.meta_path.insert(0, Blocked())
"""

SEVERAL = """
import sys
from vcore import cli
for line in sys.argv[1].splitlines():
    sys.argv = ["vcore", *line.split()]
    code = 0
    try:
        cli.main()
    except SystemExit as end:
        code = end.code or 0
    print("code", code, flush=True)
    print("end", file=sys.stderr, flush=True)
"""


@pytest.fixture
def bare(shell: Callable, tmp_path: Path) -> Callable[..., list[tuple[int, str, str]]]:
    """Return a function that runs commands in a process that lacks the optional packages."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(SITE)
    (tmp_path / "site" / "several.py").write_text(SEVERAL)

    def run_lines(*lines: str) -> list[tuple[int, str, str]]:
        text = "\n".join(lines)
        result = shell(
            f"python site/several.py '{text}'", env={"PYTHONPATH": str(tmp_path / "site")}
        )
        assert result.code == 0, result.err
        outs, errs = result.out.split("code "), result.err.split("end\n")
        printed = [outs[0]] + [part.partition("\n")[2] for part in outs[1:]]
        codes = [int(part.split()[0]) for part in outs[1:]]
        assert len(codes) == len(lines)
        return list(zip(codes, printed, errs, strict=False))

    return run_lines


NEEDS = {
    "compress volume.npy new.vcore -m linear1 --range-error 0.05": (
        "torch",
        "vcore-volumes[train]",
    ),
    "compress volume.npy new.vcore -m linear1 --range-error 0.05 --estimate": (
        "torch",
        "vcore-volumes[train]",
    ),
    "compress volume.tif new.vcore --range-error 0.05": ("tifffile", "vcore-volumes[io]"),
    "compress volume.h5 new.vcore --range-error 0.05": ("h5py", "vcore-volumes[io]"),
    "compress volume.nrrd new.vcore --range-error 0.05": ("nrrd", "vcore-volumes[io]"),
    "decompress volume.vcore new.tif": ("tifffile", "vcore-volumes[io]"),
    "decompress volume.vcore new.vti": ("vtk", "vcore-volumes[io]"),
    "view volume.vcore": ("matplotlib", "vcore-volumes[view]"),
    "compare volume.npy volume.vcore --isovalue 0.5": ("vcore-volumes[metrics]",),
}
WORKS = (
    "info volume.vcore",
    "verify volume.vcore volume.npy",
    "compare volume.npy volume.vcore",
    "compare volume.npy volume.vcore --foreground auto",
    "decompress volume.vcore new.npy",
    "decompress volume.vcore new.raw",
    "decompress volume.vcore new.zarr",
    "methods",
    "compress flat.npy flat.vcore --bytes 500",
    "compress volume.npy wavelet.vcore --range-error 0.05",
)


def test_what_needs_an_extra_names_it(
    bare: Callable, source: Path, packed: Path, tmp_path: Path
) -> None:
    for name in ("volume.tif", "volume.h5", "volume.nrrd"):
        (tmp_path / name).write_bytes(b"anything")
    before = sorted(p.name for p in tmp_path.iterdir())

    for (line, words), (code, out, err) in zip(NEEDS.items(), bare(*NEEDS), strict=True):
        assert "Traceback" not in err, err
        assert code == 2, (line, out, err)
        assert out == "", line
        assert err.startswith("vcore: "), err
        assert err.count("\n") == 1, err
        for word in words:
            assert word in err, (line, err)

    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_the_rest_works(bare: Callable, source: Path, packed: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "flat.npy", np.full((4, 5, 6), 3, "f4"))

    results = bare(*WORKS)

    for line, (code, out, err) in zip(WORKS, results, strict=True):
        assert code == 0, (line, err)
        assert "Traceback" not in err
        assert "Warning" not in err
        assert out
    assert "not available" in results[2][1]
    assert np.load(tmp_path / "new.npy").shape == (16, 20, 24)
