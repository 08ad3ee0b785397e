"""PLY files of Gaussian splats, as written by 3DGS: read with any order of properties, and written.

Only the packed form of PlayCanvas is left to a library: gsply reads no other order of properties
than the usual one, and a hostile header has to be checked before anything is allocated anyway.
"""

import logging
import os
import re
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from vcore.errors import InputError
from vcore.io.mapped import check_memory
from vcore.io.request import check_file, reading
from vcore.scenes.methods.splats.harmonics import MAX_DEGREE, coefficients
from vcore.scenes.methods.splats.model import MAX_SPLATS, Splats

logger = logging.getLogger(__name__)

MAX_HEADER = 1 << 16
"""Longest header in bytes."""
TYPES = {
    **{"char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4"},
    **{"int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4"},
    **{"float": "f4", "double": "f8", "float32": "f4", "float64": "f8"},
}
POSITIONS = ("x", "y", "z")
SCALES = ("scale_0", "scale_1", "scale_2")
ROTATIONS = ("rot_0", "rot_1", "rot_2", "rot_3")
COLOURS = ("f_dc_0", "f_dc_1", "f_dc_2")
NEEDED = (*POSITIONS, *COLOURS, "opacity", *SCALES, *ROTATIONS)
REST = re.compile(r"f_rest_\d+")
UNUSED = ("nx", "ny", "nz")
"""Properties that 3DGS writes as zeros."""
SMOOTHED = "filter_3D"
"""Property of Mip-Splatting: a standard deviation that widens a splat and makes it fainter."""
PACKED = ("packed_position", "packed_rotation", "packed_scale", "packed_color")
PACKED_ROWS = 256
"""Splats per chunk of the packed form."""


@dataclass(frozen=True)
class PlyHeader:
    """Header of a PLY file: name, number of rows and row dtype of each element, and the offset of
    the first."""

    elements: dict[str, tuple[int, np.dtype[Any]]]
    offset: int

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self.offset + sum(n * row.itemsize for n, row in self.elements.values())

    def start(self, name: str) -> int:
        """Return the offset of an element's first row."""
        found = self.offset
        for other, (count, row) in self.elements.items():
            if other == name:
                return found
            found += count * row.itemsize
        raise KeyError(name)


def read_ply(path: str) -> Splats:
    """Return the splats of a PLY file.

    Raises
    ------
    InputError
        It holds no splats, or is damaged.
    MissingExtraError
        It has the packed form, and gsply is not installed.
    """
    size = check_file(path)
    with open(path, "rb") as file, reading(path, "PLY file"):
        header = read_header(file, path)
    count, row = header.elements.get("vertex", (0, np.dtype([])))
    names = row.names or ()
    if not 0 <= count <= MAX_SPLATS:
        raise InputError(f"Expected at most {MAX_SPLATS} splats in {path}. Got {count} instead.")
    if size < header.size:
        raise InputError(
            f"Expected {header.size} bytes in {path}, for the {count} splats of its header. Got "
            f"{size} instead: the file is cut off."
        )
    if not count:
        raise InputError(f"Expected splats in {path}. Got an empty scene instead.")
    if set(PACKED) <= set(names):
        return _read_packed(path, header)
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise InputError(
            f"Expected a PLY file of Gaussian splats. Got {path} without {', '.join(missing)}: "
            f"point clouds and meshes are no splats; export the scene as 3DGS."
        )
    if SMOOTHED in names:
        raise InputError(
            f"Expected splats as they are drawn. Got {path} with {SMOOTHED}, a filter that "
            f"Mip-Splatting applies to them: write the fused scene of its create_fused_ply.py."
        )
    if size >= header.size + row.itemsize:  # not just a line's end
        raise InputError(
            f"Expected {header.size} bytes in {path}, for the {count} splats of its header. Got "
            f"{size} instead, enough for more: the header is damaged."
        )
    found = {name for name in names if REST.fullmatch(name)}
    rest = [f"f_rest_{i}" for i in range(len(found))]
    known = [3 * (coefficients(d) - 1) for d in range(MAX_DEGREE + 1)]
    if len(rest) not in known or set(rest) != found:
        raise InputError(
            f"Expected 0, 9, 24 or 45 values f_rest in {path}, numbered from 0. Got {len(rest)} "
            f"instead: the file is damaged."
        )
    if others := [n for n in names if n not in {*NEEDED, *UNUSED, *found}]:
        logger.warning(
            "Properties that vcore does not keep: %s, of %s",
            ", ".join(others[:8]) + (" …" if len(others) > 8 else ""),
            path,
        )
    check_memory(count * (4 * (len(NEEDED) + len(rest)) + row.itemsize), path)
    with reading(path, "PLY file"):
        rows = np.fromfile(path, row, count, offset=header.start("vertex"))
    sh = np.empty((count, 1 + len(rest) // 3, 3), np.float32)
    sh[:, 0] = _columns(rows, COLOURS)
    if rest:  # all of red, then green, then blue
        planes = _columns(rows, rest)
        sh[:, 1:] = planes.reshape(count, 3, -1).transpose(0, 2, 1)
    opacities = _columns(rows, ("opacity",))[:, 0]
    if opacities.min() >= 0 and opacities.max() <= 1:
        logger.warning(
            "All opacities of %s are from 0 to 1. They are taken for logits, as 3DGS writes them: "
            "if they are opacities, or scales are no logarithms, export the scene again",
            path,
        )
    return Splats(
        _columns(rows, POSITIONS),
        _columns(rows, SCALES),
        _columns(rows, ROTATIONS),
        opacities,
        sh,
    )


def read_header(file: BinaryIO, path: str) -> PlyHeader:
    """Return the header of a binary PLY file without lists.

    Raises
    ------
    InputError
        It is no such header.
    """
    text = file.read(MAX_HEADER)
    match = re.match(rb"ply\r?\n(.*?\n)?end_header\r?\n", text, re.DOTALL)
    if match is None:
        raise InputError(
            f"Expected a PLY file at {path}. Got something else, or a header without an end: the "
            f"file is damaged or of another format."
        )
    order = ""
    fields: list[tuple[str, str]] = []
    elements: dict[str, tuple[int, list[tuple[str, str]]]] = {}
    for line in match[0].decode("ascii").splitlines()[1:-1]:
        words = line.split()
        if not words or words[0] in ("comment", "obj_info"):
            continue
        if words[0] == "format":
            order = {"binary_little_endian": "<", "binary_big_endian": ">"}.get(words[1], "")
        elif words[0] == "element":
            fields = []
            elements[words[1]] = (int(words[2]), fields)
        elif words[0] == "property" and words[1] in TYPES:
            fields.append((words[2], order + TYPES[words[1]]))
        else:
            raise InputError(
                f"Expected a PLY file of splats, with plain numbers. Got {line!r:.60} in {path}: "
                f"a mesh or another kind of file."
            )
    if not order:
        raise InputError(
            f"Expected a binary PLY file. Got another form in {path}: export it as binary PLY."
        )
    if any(count < 0 for count, _ in elements.values()):
        raise InputError(f"Expected numbers of rows in {path}. Got a negative one instead.")
    rows = {name: (count, np.dtype(parts)) for name, (count, parts) in elements.items()}
    return PlyHeader(rows, match.end())


def write_ply(splats: Splats, file: BinaryIO) -> None:
    """Write splats as a binary PLY file with the properties of 3DGS."""
    count, rest = len(splats), 3 * (splats.sh.shape[1] - 1)
    names = [*POSITIONS, "nx", "ny", "nz", *COLOURS, *(f"f_rest_{i}" for i in range(rest))]
    names += ["opacity", *SCALES, *ROTATIONS]
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {count}"]
    header += [f"property float {name}" for name in names]
    file.write("\n".join([*header, "end_header", ""]).encode())
    for start in range(0, count, 1 << 16):
        part = splats[start : start + (1 << 16)]
        columns = [
            part.positions,
            np.zeros((len(part), 3), np.float32),
            part.sh[:, 0],
            part.sh[:, 1:].transpose(0, 2, 1).reshape(len(part), rest),
            part.opacities[:, None],
            part.scales,
            part.rotations,
        ]
        file.write(np.concatenate(columns, axis=1).astype("<f4").tobytes())


def _columns(rows: Any, names: Any) -> Any:
    with np.errstate(over="ignore"):  # values beyond float32 are refused as infinities
        return np.stack([rows[name].astype(np.float32) for name in names], axis=1)


def _read_packed(path: str, header: PlyHeader) -> Splats:
    """Return the splats of the packed form of PlayCanvas."""
    from vcore.io.splat_packed import from_gsply, gsply_of

    count, row = header.elements["vertex"]
    chunks, chunk = header.elements.get("chunk", (0, np.dtype([])))
    whole = chunks == -(-count // PACKED_ROWS) and row.itemsize == 16
    if not whole or len(chunk.names or ()) not in (12, 18):
        raise InputError(
            f"Expected {-(-count // PACKED_ROWS)} chunks for the {count} packed splats of {path}. "
            f"Got {chunks} instead, or other values: the file is damaged."
        )
    if "sh" in header.elements and header.elements["sh"][0] != count:
        raise InputError(f"Expected harmonics of {count} splats in {path}. Got another number.")
    check_memory(count * 500, path)
    gsply = gsply_of()
    with reading(path, "packed PLY file"):
        return from_gsply(gsply.plyread(os.fspath(path)))
