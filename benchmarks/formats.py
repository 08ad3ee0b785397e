"""The table of formats: what goes in comes out, as the formats' own libraries see it.

Each file is compressed without loss and decompressed by the command line; the reference library of
its format compares original and copy, metadata included.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import formats_across as across
from benchmarks import formats_samples as samples
from benchmarks import formats_seen as seen
from benchmarks.formats_seen import Seen
from benchmarks.report import markdown

HEAD = ("in", "sample", "out", "read by", "compared", "result")
SINGLE = 2e-6
"""Relative tolerance of formats that have geometry in single precision."""
TIGHT = 1e-12


@dataclass(frozen=True)
class Case:
    """One way through vcore.

    Parameters
    ----------
    made
        Puts the input into a folder and returns its path.
    sample
        What it is, and whose.
    out
        Name of the output; of several files, that to look at.
    library
        Name of the reference library.
    look
        What it sees in the input.
    look_out
        What it sees in the output, if of another format.
    compared
        Aspects to compare; all that are seen in the input by default.
    tolerance
        Relative, of floats among the metadata.
    options
        Of ``decompress``.
    into
        Suffix of the compressed file.
    """

    made: Callable[[Path], Path]
    sample: str
    out: str
    library: str
    look: Callable[[Path], Seen]
    look_out: Callable[[Path], Seen] | None = None
    compared: tuple[str, ...] = ()
    tolerance: float = TIGHT
    options: tuple[str, ...] = ()
    into: str = ".vcore"


def from_package(*parts: str) -> Callable[[Path], Path]:
    """Return a function that copies a file of an installed package."""
    return lambda folder: samples.packaged(folder, *parts)


NIFTI = "nibabel", "tests", "data"
ASTROPY = "astropy", "io", "fits"
OME = seen.ome_zarr
MICROSCOPY = across.microscopy
IMARIS = "h5py, zarr-python"
SLICES = "--slices", "png"
CASES = (
    Case(samples.raw, "made by NumPy", "a.raw", "NumPy", seen.raw),
    Case(samples.npy, "made by NumPy", "a.npy", "NumPy", seen.numpy),
    Case(samples.npz, "a volume, a matrix, texts", "a.npz", "NumPy", seen.numpy),
    Case(samples.nrrd_turned, "turned axes, pairs", "a.nrrd", "pynrrd", seen.nrrd),
    Case(samples.nhdr, "header beside data", "a.nrrd", "pynrrd", seen.nrrd),
    Case(samples.meta_image, "made by VTK", "a.nrrd", "VTK, pynrrd", seen.meta_image, seen.nrrd),
    Case(samples.ome_tiff, "movie, 2 channels", "a.ome.tif", "tifffile", seen.tiff),
    Case(samples.imagej_tiff, "ImageJ hyperstack", "a.ome.tif", "tifffile", seen.tiff),
    Case(
        from_package("skimage", "data", "multipage.tif"),
        "scikit-image's multipage.tif",
        "a.tif",
        "tifffile",
        seen.tiff,
    ),
    *(
        Case(
            from_package(*NIFTI, name),
            f"nibabel's {name}",
            "a.nii.gz" if name.endswith("gz") else "a.nii",
            "nibabel",
            seen.nifti,
            tolerance=SINGLE,
        )
        for name in ("anatomical.nii", "functional.nii", "example4d.nii.gz")
    ),
    Case(
        from_package(*NIFTI, "example_nifti2.nii.gz"),
        "nibabel's NIfTI-2",
        "a.nii.gz",
        "nibabel",
        seen.nifti,
        tolerance=SINGLE,
    ),
    Case(samples.nifti_pair, "a pair", "a.nii", "nibabel", seen.nifti, tolerance=SINGLE),
    Case(samples.vti, "direction, vector, time", "a.vti", "VTK", seen.vtk),
    Case(samples.pvti, "two pieces", "a.vti", "VTK", seen.vtk),
    Case(samples.vtk_legacy, "structured points", "a.vti", "VTK", seen.vtk),
    Case(across.vtkhdf, "image data", "a.vti", "VTK", seen.vtk),
    Case(across.vtk_series, "3 frames, uneven times", "a.vti", "VTK", across.seen_vtk_series),
    Case(samples.vtr, "uneven axes, vector", "a.vtr", "VTK", seen.vtk),
    Case(samples.hdf5, "groups, table, texts", "a.h5", "h5py", seen.hdf5),
    Case(samples.climate, "T, ps, bounds, texts, packed", "a.nc", "xarray", seen.dataset),
    Case(samples.climate, "the same", "a.h5", "xarray", seen.dataset),
    Case(
        partial(samples.climate, name="run.zarr"),
        "the same, by xarray",
        "a.nc",
        "xarray",
        seen.dataset,
    ),
    Case(
        from_package("xarray", "tests", "data", "example_1.nc"),
        "xarray's example_1.nc",
        "a.nc",
        "xarray",
        seen.dataset,
    ),
    Case(samples.fits_cube, "spectral cube", "a.fits", "Astropy", seen.fits),
    Case(
        from_package(*ASTROPY, "hdu", "compressed", "tests", "data", "m13_rice.fits"),
        "Astropy's m13, tile-compressed",
        "a.fits",
        "Astropy",
        seen.fits,
        compared=("values", "world coordinates"),
    ),
    Case(
        from_package(*ASTROPY, "tests", "data", "test0.fits"),
        "Astropy's test0, 4 extensions",
        "a.fits",
        "Astropy",
        seen.fits,
    ),
    Case(samples.mrc, "map with a place", "a.mrc", "mrcfile", seen.mrc, tolerance=SINGLE),
    Case(
        samples.dicom_series,
        "CT of pydicom, 5 slices",
        "a.nii",
        "pydicom, nibabel",
        seen.dicom,
        seen.rescaled,
        compared=("values", "affine"),
        tolerance=SINGLE,
    ),
    Case(
        from_package("pydicom", "data", "test_files", "MR_small.dcm"),
        "pydicom's MR_small",
        "a.nii",
        "pydicom, nibabel",
        seen.dicom,
        seen.rescaled,
        compared=("values", "affine"),
        tolerance=SINGLE,
    ),
    *(
        Case(
            samples.ome_zarr,
            "OME-Zarr 0.5, channels, times",
            out,
            "zarr-python",
            OME,
            options=("--ome-zarr", version),
        )
        for out, version in (
            ("a.zarr", "0.4"),
            ("a.zarr", "0.5"),
            ("a.zarr", "0.6"),
            ("a.ozx", "0.6"),
            ("a.zarr.zip", "0.4"),
        )
    ),
    Case(
        partial(samples.ome_zarr, labels=True),
        "with labels",
        "a.zarr",
        "zarr-python",
        OME,
    ),
    Case(
        partial(samples.ome_zarr, labels=True),
        "with labels, as a hierarchy",
        "a.zarr",
        "zarr-python",
        OME,
        into=".ome.zarr",
    ),
    Case(across.imaris, "2 channels, times", "a.zarr", IMARIS, across.seen_imaris, MICROSCOPY),
    Case(
        across.imaris,
        "the same, all levels",
        "a.zarr",
        IMARIS,
        across.seen_imaris,
        MICROSCOPY,
        into=".ome.zarr",
    ),
    Case(
        across.big_data_viewer,
        "BigDataViewer, 2 setups",
        "a.zarr",
        IMARIS,
        across.seen_big_data_viewer,
        OME,
    ),
    Case(
        samples.ome_zarr,
        "OME-Zarr 0.5, channels, times",
        "a.ome.tif",
        "zarr-python, tifffile",
        MICROSCOPY,
    ),
    Case(
        partial(samples.ome_tiff, even=True),
        "movie, 2 channels",
        "a.zarr",
        "tifffile, zarr-python",
        MICROSCOPY,
    ),
    Case(
        samples.nrrd_turned,
        "turned axes",
        "a.nii",
        "pynrrd, nibabel",
        across.anatomy,
        tolerance=SINGLE,
    ),
    Case(
        from_package(*NIFTI, "functional.nii"),
        "nibabel's functional.nii",
        "a.npy",
        "nibabel, NumPy",
        lambda path: {"values": seen.rescaled(path)["values"].T},
        seen.numpy,
    ),
    Case(
        from_package("skimage", "data", "astronaut.png"),
        "scikit-image's astronaut",
        "a.png",
        "Pillow",
        seen.png,
    ),
    Case(
        from_package("skimage", "data", "camera.png"),
        "scikit-image's camera",
        "a.png",
        "Pillow",
        seen.png,
    ),
    Case(
        samples.slices, "a folder of slices", "a", "Pillow", seen.png, options=("--slices", "png")
    ),
)


def check(case: Case, folder: Path) -> dict[str, Any]:
    """Return the row of one case."""
    source = case.made(folder)
    compressed, out = folder / f"compressed{case.into}", folder / "out" / case.out
    out.parent.mkdir()
    row = {
        "in": _format(source),
        "sample": case.sample,
        "out": _format(out) if not case.options else " ".join([_format(out), *case.options[1:]]),
        "read by": case.library,
        "compared": [],
    }
    steps = (
        ["compress", str(source), str(compressed), "--lossless", "--json"],
        ["decompress", str(compressed), str(out), *case.options, "--json"],
    )
    for step in steps:
        if told := _failure(step):
            return {**row, "result": f"{step[0]}: {told}"}
    original = case.look(source)
    if case.compared:
        original = {k: original[k] for k in case.compared}
    row["compared"] = list(original)
    try:
        copy = (case.look_out or case.look)(out)
    except Exception as error:  # any kind: the copy is not what the library takes
        return {**row, "result": f"{case.library} cannot read it: {error}"}
    found = seen.differences(original, copy, case.tolerance)
    return {**row, "result": "; ".join(found) or "same"}


def _failure(arguments: list[str]) -> str:
    """Run the command line in this process; return its sentence on a failure, "" if it is done."""
    from vcore import cli

    out, err, before = StringIO(), StringIO(), sys.argv
    sys.argv = ["vcore", *arguments]
    try:
        with redirect_stdout(out), redirect_stderr(err):
            cli.main()
    except SystemExit as stop:
        if stop.code:
            return err.getvalue().strip().splitlines()[-1].removeprefix("vcore: ")
    finally:
        sys.argv = before
    return ""


def _format(path: Path) -> str:
    """Return how the table calls a file: its suffixes, or that it is a folder."""
    kinds = [s for s in path.suffixes if not s[1:2].isdigit()]
    return "".join(kinds[-2:]) or "folder"


def rows() -> Iterator[dict[str, Any]]:
    """Yield the row of each case."""
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            yield check(case, Path(folder))


def main(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print a Markdown table, as docs/figures has it.")
    ] = False,
) -> None:
    """Compare originals and copies of every format by its own library."""
    found = []
    console = Console(stderr=True)
    with console.status("") as status:
        for row in rows():
            found.append(row)
            status.update(f"{row['in']} → {row['out']}")
            if as_json:
                print(json.dumps(row, ensure_ascii=False), flush=True)
    cells = [
        [*(row[h] for h in HEAD[:4]), ", ".join(row["compared"]), row["result"]] for row in found
    ]
    if as_markdown:
        print(markdown(HEAD, cells))
    elif not as_json:
        table = Table(*HEAD)
        for line in cells:
            good = line[-1] == "same"
            table.add_row(*line[:-1], line[-1], style="" if good else "red")
        Console().print(table)
    if any(row["result"] != "same" for row in found):
        raise typer.Exit(1)
