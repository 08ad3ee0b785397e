"""Sizes of PNG, JPEG, JPEG 2000 and BMP images, read from their headers before decoding.

PNG: https://www.w3.org/TR/png-3, sections 11.2 and 11.3; JPEG: ITU-T T.81, annex B; JPEG 2000:
ITU-T T.800, annexes A and I; BMP: BITMAPINFOHEADER.
"""

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from vcore.errors import InputError
from vcore.io.mapped import nbytes_of
from vcore.io.request import check_file
from vcore.runtime.memory import available_bytes

KINDS = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"\0\0\0\x0cjP  ": "jpeg2k",
    b"\xff\x4f\xff\x51": "jpeg2k",
    b"BM": "bmp",
}
"""Names of imagecodecs' decoders by the first bytes of a file."""
COMPONENTS = {1: (), 2: ("L", "A"), 3: ("R", "G", "B"), 4: ("R", "G", "B", "A")}
"""Channel names by their number, as Pillow abbreviates them."""
PNG_SAMPLES = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
"""Samples of a pixel for each colour type of PNG; a palette gives its colours."""
DEFLATE_RATIO = 1100
"""Maximum expansion of a deflate stream (1032)."""
SEARCHED = 1 << 20
"""Number of bytes at the start of a JPEG 2000 file searched for its code stream."""
FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
"""Markers of JPEG that start a frame and tell its size."""


@dataclass(frozen=True)
class ImageHeader:
    """Layout of an image.

    Parameters
    ----------
    kind
        Name of imagecodecs' decoder.
    shape
        Rows and columns, then samples if there are several.
    dtype
        Type of the decoded samples.
    components
        Channel names, if known.
    bits
        Bits of an unsigned sample, if fewer than of the type; 0 otherwise.
    """

    kind: str
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    components: tuple[str, ...] = ()
    bits: int = 0


def read_header(path: str) -> ImageHeader:
    """Return the layout of the image at ``path``; damaged files raise errors of many types.

    Raises
    ------
    InputError
        No image, one of print colours (CMYK) or of luma and chroma, or a size that the file cannot
        hold or that exceeds the available memory.
    """
    size = check_file(path)
    with open(path, "rb") as file:
        start = file.read(12)
        kind = next((kind for mark, kind in KINDS.items() if start.startswith(mark)), "")
        if not kind:
            raise InputError(
                f"Expected a PNG, JPEG, JPEG 2000 or BMP image at {path}. Got something else "
                f"instead: the file is damaged or of another format."
            )
        header = {"png": _png, "jpeg": _jpeg, "jpeg2k": _jpeg2000, "bmp": _bmp}[kind](path, file)
    nbytes, most = nbytes_of(header.shape, header.dtype), available_bytes()
    if kind == "png":  # a pixel takes a bit at least, and up to 8 bytes when decoded
        most = min(most, size * DEFLATE_RATIO * 64)
    if min(header.shape) < 1 or nbytes > most:
        raise InputError(
            f"Expected an image of at most {most} bytes, as the file and the available memory can "
            f"hold. Got {' x '.join(map(str, header.shape))} samples of {header.dtype.name} in "
            f"{path} instead: the file is damaged, or too large for this machine."
        )
    return header


def _png(path: str, file: BinaryIO) -> ImageHeader:
    file.seek(16)
    columns, rows, depth, colour = struct.unpack(">IIBB", file.read(10))
    samples = PNG_SAMPLES[colour]
    file.seek(33)  # behind the first chunk, IHDR
    while len(chunk := file.read(8)) == 8:
        length, name = struct.unpack(">I4s", chunk)
        if name == b"IDAT":
            break
        if name == b"tRNS":  # one transparent colour, or the alpha of a palette
            samples += 1
        file.seek(length + 4, os.SEEK_CUR)
    return _header("png", rows, columns, samples, "u2" if depth == 16 else "u1")


def _jpeg(path: str, file: BinaryIO) -> ImageHeader:
    file.seek(2)
    while True:
        mark, code = file.read(1), 0xFF
        while mark and code == 0xFF:
            code = file.read(1)[0]
        (length,) = struct.unpack(">H", file.read(2))
        if code in FRAMES:
            break
        file.seek(length - 2, os.SEEK_CUR)
    depth, rows, columns, samples = struct.unpack(">BHHB", file.read(6))
    if samples not in (1, 3):
        raise InputError(
            f"Expected grey values or colours (RGB) in {path}. Got {samples} print colours (CMYK) "
            f"instead: convert it to PNG first."
        )
    return _header("jpeg", rows, columns, samples, "u1" if depth <= 8 else "u2", bits=depth)


def _jpeg2000(path: str, file: BinaryIO) -> ImageHeader:
    file.seek(0)
    start = file.read(SEARCHED)
    at = start.index(b"\xff\x4f\xff\x51")  # the code stream begins with its sizes (SIZ)
    x1, y1, x0, y0 = struct.unpack(">4I", start[at + 8 : at + 24])
    (samples,) = struct.unpack(">H", start[at + 40 : at + 42])
    parts = start[at + 42 : at + 42 + 3 * samples]
    boxes = start[:at]
    colour = boxes.find(b"colr\1")
    space = boxes[colour + 7 : colour + 11] if colour >= 0 else b""
    if len({*parts[::3]}) != 1 or {*parts[1::3], *parts[2::3]} != {1}:
        what = "samples of several depths or sizes"
    elif b"pclr" in boxes:
        what = "a palette"
    elif space == b"\0\0\0\x12":
        what = "luma and chroma (sYCC)"
    else:
        depth, signed = (parts[0] & 0x7F) + 1, parts[0] & 0x80
        dtype = f"{'i' if signed else 'u'}{1 if depth <= 8 else 2 if depth <= 16 else 4}"
        named = samples > 2 and space == b"\0\0\0\x10"  # sRGB
        bits = 0 if signed else depth
        return _header("jpeg2k", y1 - y0, x1 - x0, samples, dtype, named=named, bits=bits)
    raise InputError(
        f"Expected grey values, colours or bands of one size in {path}. Got {what} instead: "
        f"convert it to TIFF or PNG first."
    )


def _bmp(path: str, file: BinaryIO) -> ImageHeader:
    file.seek(18)
    columns, rows, _, bits = struct.unpack("<iiHH", file.read(12))
    if abs(rows) * columns * bits // 8 > os.fstat(file.fileno()).st_size or bits not in (8, 24, 32):
        raise InputError(
            f"Expected a whole, uncompressed BMP image of 8, 24 or 32 bits at {path}. Got {bits} "
            f"bits, {columns} x {rows} pixels instead: convert it to PNG first."
        )
    return _header("bmp", abs(rows), columns, 3, "u1")


def _header(
    kind: str,
    rows: int,
    columns: int,
    samples: int,
    dtype: str,
    *,
    named: bool = True,
    bits: int = 0,
) -> ImageHeader:
    shape = (rows, columns) if samples == 1 else (rows, columns, samples)
    components = COMPONENTS.get(samples, ()) if named else ()
    return ImageHeader(kind, shape, np.dtype(dtype), components, bits)
