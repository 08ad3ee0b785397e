"""Legacy VTK files (.vtk) of regular and rectilinear grids.

https://docs.vtk.org/en/latest/vtk_file_formats/vtk_legacy_file_format.html
"""

import mmap
import os
import re
from math import prod

from vcore.errors import InputError
from vcore.io import vtk
from vcore.io.request import ReadRequest, check_file, need, reading
from vcore.model.volume import Volume

READERS = {
    "STRUCTURED_POINTS": "vtkStructuredPointsReader",
    "RECTILINEAR_GRID": "vtkRectilinearGridReader",
}
"""VTK reader class by dataset type."""
HEAD = 4096
"""Number of bytes searched for the dataset type and its dimensions."""
TYPE = re.compile(rb"^\s*DATASET\s+(\w+)", re.IGNORECASE | re.MULTILINE)
DIMENSIONS = re.compile(rb"^\s*DIMENSIONS\s+(\d+)\s+(\d+)\s+(\d+)", re.IGNORECASE | re.MULTILINE)
ARRAY = re.compile(
    rb"^(\S{1,200}) (\d+) (\d+) (?:unsigned_)?(?:char|short|int|long|float|double)\b", re.MULTILINE
)
"""Line in front of an array of a field: name, components, tuples, type."""


def read(source: ReadRequest) -> Volume:
    """Read the whole file into memory; its arrays become variables as those of a .vti.

    Raises
    ------
    InputError
        Another dataset type, or sizes that the file cannot hold.
    """
    size = check_file(source.path)
    need("vtkmodules.vtkIOLegacy")
    kind = _checked(source.path, size)
    with reading(source.path, "VTK file"):
        reader = getattr(need("vtkmodules.vtkIOLegacy"), READERS[kind])()
        errors: list[str] = []

        def report(_object: object, _event: str, message: str) -> None:
            errors.append(message)

        report.CallDataType = "string0"  # type: ignore[attr-defined]
        reader.AddObserver("ErrorEvent", report)
        reader.SetFileName(os.fsencode(source.path))
        for choice in ("Scalars", "Vectors", "Normals", "Tensors", "TCoords", "ColorScalars"):
            getattr(reader, f"ReadAll{choice}On")()
        reader.ReadAllFieldsOn()
        # that values are cut off is no error to VTK, and a warning of no object
        window = need("vtkmodules.vtkCommonCore").vtkOutputWindow.GetInstance()
        tag = window.AddObserver("WarningEvent", report)
        try:
            reader.Update()
        finally:
            window.RemoveObserver(tag)
        if errors:
            lines = [line for line in errors[0].splitlines() if line.strip()]
            raise ValueError(lines[-1].rpartition("): ")[2])
        return vtk.read_object(source, reader.GetOutput())


def _checked(path: str, size: int) -> str:
    """Return the dataset type; refuse sizes beyond the file, on which VTK ends the process."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        head = data[:HEAD]
        kind = TYPE.search(head)
        name = kind[1].decode("ascii").upper() if kind else "none"
        if name not in READERS:
            raise InputError(
                f"Expected voxels on a regular or rectilinear grid, of the dataset type "
                f"{' or '.join(READERS)}. Got {name} in {path} instead: in ParaView apply the "
                f"filter Resample To Image and save it as .vti."
            )
        counts = DIMENSIONS.search(head)
        points = prod(int(n) for n in counts.groups()) if counts else 0
        tuples = [int(a[2]) * int(a[3]) for a in ARRAY.finditer(data)]
        # a bit is the smallest value
        if not 0 < points <= 8 * size or max(tuples, default=0) > size:
            raise InputError(
                f"Expected a whole VTK file at {path}. Got sizes beyond its {size} bytes instead: "
                f"the file is damaged, cut off or of another format."
            )
        return name
