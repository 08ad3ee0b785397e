"""Writing NRRD with attached header and raw values, which are mapped when read."""

import numpy as np

from vcore.io import extras
from vcore.io.streams import Tick, only_variable, write_values
from vcore.io.units import SYMBOLS
from vcore.volume import Volume

TYPES = {
    "u1": "uint8",
    "i1": "int8",
    "u2": "uint16",
    "i2": "int16",
    "u4": "uint32",
    "i4": "int32",
    "f2": "half",
    "f4": "float",
    "f8": "double",
}
SPACES = {
    "right-anterior-superior",
    "left-anterior-superior",
    "left-posterior-superior",
    "scanner-xyz",
    "3D-right-handed",
    "3D-left-handed",
}
KINDS = {"x": "domain", "y": "domain", "z": "domain", "c": "list", "t": "time"}


def write(volume: Volume, path: str, tick: Tick) -> list[str]:
    """Write the only variable and its grid."""
    variable = only_variable(volume, "a .nrrd file")
    header = "\n".join(_header(volume))
    with open(path, "wb") as file:
        file.write(header.encode("ascii", "backslashreplace") + b"\n\n")
        write_values(file, variable, tick)
    return [path]


def _header(volume: Volume) -> list[str]:
    variable, grid = volume.variables[0], volume.grid
    axes = variable.axes[::-1]  # NRRD names the fastest first
    names = dict(zip("zyx", grid.axis_names, strict=True))
    space = volume.attributes.get("space")
    # the columns of Grid.direction, each as an x y z vector
    columns = (np.asarray(grid.direction, float) * grid.spacing)[::-1, ::-1].T
    vectors = [f"({_numbers(column, ',')})" for column in columns]
    lines = [
        "NRRD0005",
        f"type: {TYPES[variable.dtype.str[1:]]}",
        f"dimension: {len(axes)}",
        f"space: {space}" if space in SPACES else "space dimension: 3",
        f"sizes: {_numbers(variable.shape[::-1])}",
        f"space directions: {' '.join([*vectors, *['none'] * (len(axes) - 3)])}",
        f"kinds: {' '.join(KINDS[a] for a in axes)}",
        f"labels: {' '.join(_quoted(names.get(a, a)) for a in axes)}",
        "endian: little",
        "encoding: raw",
        f"space origin: ({_numbers(grid.origin[::-1], ',')})",
        f"content: {_one_line(variable.name)}",
    ]
    if grid.unit:
        lines.append(f"space units: {' '.join([_quoted(_symbol(grid.unit))] * 3)}")
    if variable.unit:
        lines.append(f"sample units: {_one_line(variable.unit)}")
    kept = ["coordinates", "times", "time_unit"]
    kept += ["unit"] if not _symbol(grid.unit).isascii() else []
    known = extras.describe(volume, kept)
    if not variable.name.isascii() or _one_line(variable.name) != variable.name:
        known["name"] = variable.name
    if known:
        # NRRD escapes backslashes in values, its readers do not agree on it: \u00b5 stays as it is
        lines.append(f"{extras.KEY}:={extras.dumps(known)}")
    return lines


def _numbers(values: object, separator: str = " ") -> str:
    items = np.asarray(values).tolist()
    return separator.join(repr(v) for v in items)


def _quoted(text: str) -> str:
    return '"' + _one_line(text).replace('"', "'") + '"'


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _symbol(unit: str) -> str:
    return SYMBOLS.get(unit, unit)
