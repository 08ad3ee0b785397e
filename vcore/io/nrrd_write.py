"""Writing NRRD with attached header and raw values, which can be memory-mapped."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from vcore.io import sidecar as extras
from vcore.io.nrrd_grid import SPACES
from vcore.io.units import SYMBOLS, length_unit
from vcore.io.write_slabs import Tick, only_variable, write_values
from vcore.model.grid import Grid
from vcore.model.volume import Volume

TYPES = {
    "u1": "uint8",
    "i1": "int8",
    "u2": "uint16",
    "i2": "int16",
    "u4": "uint32",
    "i4": "int32",
    "u8": "uint64",
    "i8": "int64",
    "f2": "half",
    "f4": "float",
    "f8": "double",
}
"""NRRD type for each dtype."""
KINDS = {"x": "domain", "y": "domain", "z": "domain", "c": "list", "t": "time"}
"""NRRD kind for each axis."""


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
    axes = variable.axes[::-1]  # NRRD lists the fastest axis first
    names = dict(zip("zyx", grid.axis_names, strict=True))
    space = volume.attributes.get("space")
    # the columns of Grid.direction, each as an x y z vector
    columns = (np.asarray(grid.direction, float) * grid.spacing)[::-1, ::-1].T
    vectors = [_vector(column) for column in columns]
    lines = [
        "NRRD0005",
        f"type: {TYPES[variable.dtype.str[1:]]}",
        f"dimension: {len(axes)}",
        f"space: {space}" if space in SPACES.values() else "space dimension: 3",
        f"sizes: {_numbers(variable.shape[::-1])}",
        f"space directions: {' '.join([*vectors, *['none'] * (len(axes) - 3)])}",
        f"kinds: {' '.join(KINDS[a] for a in axes)}",
        f"labels: {' '.join(_quoted(names.get(a, a)) for a in axes)}",
        "endian: little",
        "encoding: raw",
        f"space origin: {_vector(grid.origin[::-1])}",
        f"content: {_one_line(variable.name)}",
    ]
    if "t" in variable.axes:
        lines += _times(grid, axes)
    if grid.unit:
        lines.append(f"space units: {' '.join([_quoted(_symbol(grid.unit))] * 3)}")
    if np.shape(frame := volume.attributes.get("measurement_frame", ())) == (3, 3):
        lines.append(f"measurement frame: {' '.join(_vector(row) for row in frame)}")
    if variable.unit:
        lines.append(f"sample units: {_one_line(variable.unit)}")
    kept = ["coordinates", "times", "time_unit"]
    kept += ["unit"] if length_unit(_symbol(grid.unit)) != grid.unit else []
    own = {"space", "measurement_frame"} if space in SPACES.values() else {"measurement_frame"}
    pairs = _pairs(volume.attributes.get("key_values"))
    rest = {k: v for k, v in volume.attributes.items() if k not in own}
    if pairs == rest.get("key_values"):
        del rest["key_values"]
    known = extras.describe(replace(volume, attributes=rest), kept)
    lines += [f"{key}:={value}" for key, value in pairs.items()]
    if not variable.name.isascii() or _one_line(variable.name) != variable.name:
        known["name"] = variable.name
    if known:
        # readers disagree on NRRD's escaping of backslashes in values: leave \u00b5 as it is
        lines.append(f"{extras.KEY}:={extras.dumps(known)}")
    return lines


def _times(grid: Grid, axes: Sequence[str]) -> list[str]:
    """Return the fields of evenly spaced times; others are told to vcore alone."""
    times = [float(t) for t in grid.times or ()]
    if len(times) < 2 or not np.allclose(np.diff(times), times[1] - times[0], rtol=1e-6, atol=0):
        return []
    step = (times[-1] - times[0]) / (len(times) - 1)
    if not step:
        return []
    fields = {"spacings": repr(step), "axis mins": repr(times[0]), "centers": "node"}
    lines = []
    for field, value in fields.items():
        other = "???" if field == "centers" else "nan"
        lines.append(f"{field}: {' '.join(value if a == 't' else other for a in axes)}")
    if grid.time_unit:
        symbol = _quoted(_symbol(grid.time_unit))
        lines.append(f"units: {' '.join(symbol if a == 't' else _quoted('') for a in axes)}")
    return lines


def _numbers(values: object, separator: str = " ") -> str:
    items = np.asarray(values).tolist()
    return separator.join(repr(v) for v in items)


def _vector(values: object) -> str:
    return f"({_numbers(values, ',')})"


def _quoted(text: str) -> str:
    return '"' + _one_line(text).replace('"', "'") + '"'


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _symbol(unit: str) -> str:
    """Return ``unit`` in ASCII, the only characters on which all NRRD readers agree."""
    symbol = SYMBOLS.get(unit, unit).replace("µ", "u")
    return symbol if symbol.isascii() else unit


def _pairs(found: object) -> dict[str, str]:
    """Return the key/value pairs that a header can hold unescaped."""
    pairs = found if isinstance(found, Mapping) else {}
    return {
        key: value
        for key, value in pairs.items()
        if isinstance(value, str) and key and value and ":" not in key and key != extras.KEY
        if (key + value).isascii() and (key + value).isprintable() and "\\" not in value
        if key.strip() == key and value.strip() == value and not key.startswith("#")
    }
