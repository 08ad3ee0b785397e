"""Formats known by their suffix that vcore does not read: what they are, and what to do."""

from vcore.errors import InputError

BIOFORMATS = "export it as OME-TIFF or OME-Zarr, such as with bioformats2raw"
PARAVIEW = "in ParaView apply the filter Resample To Image and save it as .vti"
PYTHON = "load it in Python and give its arrays to vcore.compress"
IMAGE = "save it as PNG or TIFF first"

KNOWN = {
    ".xlef": ("a Leica project", BIOFORMATS),
    ".lof": ("a Leica LOF file", BIOFORMATS),
    ".oib": ("an Olympus OIB file", f"{BIOFORMATS}, or read it with the package oiffile"),
    ".oif": ("an Olympus OIF file", f"{BIOFORMATS}, or read it with the package oiffile"),
    ".oir": ("an Olympus OIR file", BIOFORMATS),
    ".vsi": ("an Olympus VSI file", BIOFORMATS),
    ".dv": ("a DeltaVision file", f"{BIOFORMATS}, or read it with the package mrc"),
    ".stk": ("a MetaMorph stack", "save it as .tif, such as with tifffile or ImageJ"),
    ".ids": ("an ICS header", BIOFORMATS),
    ".ics": ("an ICS file", BIOFORMATS),
    ".mnc": ("a MINC file", "convert it to .nii with mnc2nii or nibabel"),
    ".mgz": ("a FreeSurfer volume", "convert it to .nii with mri_convert or nibabel"),
    ".mgh": ("a FreeSurfer volume", "convert it to .nii with mri_convert or nibabel"),
    ".par": ("a Philips PAR/REC header", "convert it to .nii with nibabel's parrec2nii"),
    ".gif": ("a GIF image", IMAGE),
    ".webp": ("a WebP image", IMAGE),
    ".grib": ("a GRIB file", "convert it to .nc with the package cfgrib (cfgrib to_netcdf)"),
    ".grb": ("a GRIB file", "convert it to .nc with the package cfgrib (cfgrib to_netcdf)"),
    ".grib2": ("a GRIB file", "convert it to .nc with the package cfgrib (cfgrib to_netcdf)"),
    ".grb2": ("a GRIB file", "convert it to .nc with the package cfgrib (cfgrib to_netcdf)"),
    ".hdf": ("an HDF4 file, by its name", "convert it to .h5 with h4toh5; name HDF5 files .h5"),
    ".bp": ("an ADIOS file", f"with the package adios2, {PYTHON}"),
    ".bp4": ("an ADIOS file", f"with the package adios2, {PYTHON}"),
    ".bp5": ("an ADIOS file", f"with the package adios2, {PYTHON}"),
    ".cgns": ("a CGNS file", PARAVIEW),
    ".exo": ("an Exodus mesh", PARAVIEW),
    ".e": ("an Exodus mesh", PARAVIEW),
    ".ex2": ("an Exodus mesh", PARAVIEW),
    ".case": ("an EnSight case", PARAVIEW),
    ".foam": ("an OpenFOAM case", PARAVIEW),
    ".msh": ("a mesh", PARAVIEW),
    ".vdb": ("an OpenVDB file", "copy its grid to a dense array with pyopenvdb"),
    ".mat": ("a MATLAB file", f"with scipy.io.loadmat, or h5py for version 7.3, {PYTHON}"),
    ".pkl": ("a Python pickle", f"it may run code; if you trust its author, {PYTHON}"),
    ".pickle": ("a Python pickle", f"it may run code; if you trust its author, {PYTHON}"),
    ".pt": ("a PyTorch file", f"it may run code; if you trust its author, {PYTHON}"),
    ".pth": ("a PyTorch file", f"it may run code; if you trust its author, {PYTHON}"),
    ".safetensors": ("a safetensors file", f"with the package safetensors, {PYTHON}"),
    ".n5": ("an N5 container", "convert it to OME-Zarr, such as with n5-to-zarr or Fiji"),
    ".parquet": ("a table", "vcore compresses volumes only"),
    ".csv": ("a table", "vcore compresses volumes only"),
    ".zip": ("an archive", "unpack it first; name a zipped Zarr hierarchy .zarr.zip"),
    ".tar": ("an archive", "unpack it first"),
    ".tgz": ("an archive", "unpack it first"),
    ".7z": ("an archive", "unpack it first"),
    ".zst": ("a compressed file", "unpack it first"),
    ".xz": ("a compressed file", "unpack it first"),
}
"""What the files of a suffix are, and what to do with them."""


def refused(path: str, suffix: str) -> InputError | None:
    """Return the error for a known format, None for any other suffix."""
    if suffix not in KNOWN:
        return None
    what, advice = KNOWN[suffix]
    return InputError(f"Expected a format that vcore reads. Got {what}, {path}, instead: {advice}.")
