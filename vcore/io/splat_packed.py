"""SPZ, SOG and .splat files of Gaussian splats; the first two through gsply, once their counts and
sizes are checked."""

import json
import logging
import math
import os
import struct
import zipfile
import zlib
from typing import Any

import numpy as np

from vcore.errors import InputError
from vcore.io.mapped import check_memory
from vcore.io.request import check_file, need, reading
from vcore.scenes.methods.splats.harmonics import C0, MAX_DEGREE, coefficients
from vcore.scenes.methods.splats.model import MAX_SPLATS, Splats, logit

logger = logging.getLogger(__name__)

SPZ_MAGIC = 0x5053474E
SPZ_ANTIALIASED = 1
"""Flag of splats that were trained with another low-pass filter."""
ANTIALIASED = (
    "%s was trained with antialiasing (Mip-Splatting). vcore draws it as it draws others, with the "
    "low-pass filter of 3DGS: far away, small splats look too opaque"
)
SPZ_TRAILER = 1 << 20
"""Most bytes behind the splats of an SPZ file: those of extensions."""
INFLATION = 1032
"""Largest ratio of deflate."""
BYTES_PER_SPLAT = 500
"""Memory for a splat while it is read."""
SPZ_SCALES = (-10.0, 5.9375)
"""Smallest and largest logarithm of a scale in SPZ."""
TINY = 0.05
"""Share of the splats that may be smaller than SPZ can tell."""
SPZ_FRACTION = (1, 12, 24)
"""Bits behind the point of positions in SPZ: least, usual, most."""
SPZ_HARMONICS = (0.5 / 0.15, 1.0)
"""Largest magnitudes of a colour's harmonics in SPZ: of degree 0, and of the others."""
HALF_TURN = (1, *(-1, -1, 1), *(-1, 1, 1, -1, 1), *(-1, 1, -1, -1, 1, -1, 1))
"""Signs that the spherical harmonics get by half a turn about x."""
SPLAT = np.dtype([("position", "<f4", 3), ("scale", "<f4", 3), ("rgba", "u1", 4), ("q", "u1", 4)])
MAX_META = 1 << 22
CODEBOOK = 256


def gsply_of() -> Any:
    """Import and return gsply; MissingExtraError if it is missing."""
    return need("gsply", "scenes")


def from_gsply(data: Any) -> Splats:
    """Return the splats that gsply has read."""
    sh = np.asarray(data.sh0, np.float32)[:, None]
    if data.shN is not None and np.size(data.shN):
        sh = np.concatenate([sh, np.asarray(data.shN, np.float32)], axis=1)
    return Splats(data.means, data.scales, data.quats, np.ravel(data.opacities), sh)


def read_spz(path: str) -> Splats:
    """Return the splats of an SPZ file.

    Raises
    ------
    InputError
        It is damaged, or declares more than it holds.
    """
    check_file(path)
    gsply = gsply_of()
    with reading(path, "SPZ file"), open(path, "rb") as file:
        data = file.read()
        if data[:2] == b"\x1f\x8b":
            _check_gzip(data, path)
        else:
            _check_zstd(data, path)
        if _flags(data) & SPZ_ANTIALIASED:
            logger.warning(ANTIALIASED, path)
        return turned(from_gsply(gsply.read_spz(path)))


def _flags(data: bytes) -> int:
    """Return the flags of an SPZ file that was checked."""
    packed = data[:2] == b"\x1f\x8b"
    return (zlib.decompressobj(wbits=31).decompress(data, 16) if packed else data)[14]


def turned(splats: Splats) -> Splats:
    """Return splats turned by half a turn about x: from the axes of .ply files (x right, y down, z
    ahead) to those that SPZ has by definition (x right, y up, z back), or back; gsply leaves them.
    """
    return Splats(
        splats.positions * np.array([1, -1, -1], np.float32),
        splats.scales,
        splats.rotations * np.array([1, 1, -1, -1], np.float32),
        splats.opacities,
        splats.sh * np.array(HALF_TURN[: splats.sh.shape[1]], np.float32)[:, None],
    )


def _spz_sections(head: bytes, path: str) -> list[int]:
    """Return the bytes of each section of the splats that an SPZ header declares."""
    magic, version, count, degree = struct.unpack_from("<IIIB", head.ljust(13, b"\0"))
    if magic != SPZ_MAGIC or len(head) < 16:
        raise InputError(f"Expected an SPZ file at {path}. Got something else instead.")
    if degree > MAX_DEGREE:
        raise InputError(f"Expected harmonics of degree 0 to 3 in {path}. Got {degree} instead.")
    _check_count(count, path)
    turn = 3 if version < 3 else 4
    rows = [9, 1, 3, 3, turn, 3 * (coefficients(degree) - 1)]
    return [count * n for n in rows if n]


def _check_count(count: Any, path: str) -> None:
    if type(count) is not int or not 0 < count <= MAX_SPLATS:
        raise InputError(
            f"Expected 1 to {MAX_SPLATS} splats in {path}. Got {count!r:.20} instead: an empty "
            f"scene, or a damaged file."
        )
    check_memory(count * BYTES_PER_SPLAT, path)


def _check_gzip(data: bytes, path: str) -> None:
    head = zlib.decompressobj(wbits=31).decompress(data, 16)
    wanted = 16 + sum(_spz_sections(head, path))
    if wanted <= INFLATION * len(data):
        inflate = zlib.decompressobj(wbits=31)
        found = len(inflate.decompress(data, wanted + SPZ_TRAILER))
        if found >= wanted and not inflate.unconsumed_tail:
            return
    raise InputError(
        f"Expected {wanted} bytes in {path}, for the splats of its header. Got another number "
        f"instead: the file is damaged or cut off."
    )


def _check_zstd(data: bytes, path: str) -> None:
    sections = _spz_sections(data[:32], path)
    zstandard = need("zstandard", "scenes")
    (start,) = struct.unpack_from("<I", data, 16)
    place = start + 16 * len(sections)
    for number, wanted in enumerate(sections):
        stored, size = struct.unpack_from("<QQ", data, start + 16 * number)
        frame = data[place : place + stored]
        # the size that a frame declares is allocated, whatever the limit is
        if size != wanted or len(frame) < stored or zstandard.frame_content_size(frame) > wanted:
            raise InputError(
                f"Expected {wanted} bytes in section {number} of {path}, for the splats of its "
                f"header. Got another number instead: the file is damaged or cut off."
            )
        place += stored


def write_spz(splats: Splats, path: str) -> None:
    """Write splats as an SPZ file, which rounds them (position, scale, colour).

    Raises
    ------
    InputError
        The format cannot hold them: scales or positions are out of its range.
    """
    low, high = SPZ_SCALES
    if not len(splats):
        raise InputError("Expected splats for SPZ. Got an empty scene instead.")
    extent = float(np.abs(splats.positions).max())
    # thin splats may become thicker, but not most of them larger
    largest = splats.scales.max(1)
    if largest.max() > high or np.quantile(largest, TINY) < low:
        raise InputError(
            f"Expected splats of {math.exp(low):.3g} to {math.exp(high):.3g} world units for SPZ. "
            f"Got {math.exp(float(largest.min())):.3g} to {math.exp(float(largest.max())):.3g}: "
            f"write a .ply instead."
        )
    least, usual, most = SPZ_FRACTION
    size = math.exp(float(np.median(splats.scales.mean(1))))
    wanted = math.ceil(math.log2(16 / size))
    room = math.floor(math.log2((1 << 23) / max(extent, 1e-6)) - 1e-9)
    bits = min(max(wanted, usual), room, most)
    if bits < least:
        raise InputError(
            f"Expected positions within {1 << 22} world units for SPZ. Got {extent:.3g}: write a "
            f".ply instead."
        )
    limits = np.repeat(SPZ_HARMONICS, (1, splats.sh.shape[1] - 1))
    cut = np.mean((np.abs(splats.sh) > limits[:, None]).any((1, 2)))
    if cut:
        logger.warning(
            "SPZ cuts off the brightest colours of %.2g %% of the splats: a .ply keeps them",
            100 * cut,
        )
    gsply = gsply_of()
    splats = turned(splats)
    data = gsply.GSData.from_arrays(
        means=splats.positions,
        scales=splats.scales,
        quats=splats.rotations,
        opacities=splats.opacities,
        sh0=splats.sh[:, 0],
        shN=splats.sh[:, 1:] if splats.degree else None,
        format="ply",
    )
    gsply.write_spz(path, data, fractional_bits=bits)


def read_splat(path: str) -> Splats:
    """Return the splats of a .splat file: 32 bytes each, without a header."""
    size = check_file(path)
    count, rest = divmod(size, SPLAT.itemsize)
    if rest:
        raise InputError(
            f"Expected a multiple of {SPLAT.itemsize} bytes in {path}. Got {size} instead: the "
            f"file is cut off or of another format."
        )
    _check_count(count, path)
    with reading(path, "file of splats"):
        rows = np.fromfile(path, SPLAT, count)
    scales = rows["scale"]
    if not (np.isfinite(scales).all() and scales.min() >= 0):
        raise InputError(
            f"Expected scales of 0 or more in {path}. Got others: the file is damaged or of "
            f"another format."
        )
    rgba = rows["rgba"].astype(np.float32) / np.float32(255)
    rotations = (rows["q"].astype(np.float32) - np.float32(128)) / np.float32(128)
    rotations[(rows["q"] == 128).all(1), 0] = 1  # none: every direction does
    return Splats(
        rows["position"],
        np.log(np.maximum(scales, np.float32(1e-12))).astype(np.float32),
        rotations,
        logit(rgba[:, 3]),
        ((rgba[:, :3] - np.float32(0.5)) / np.float32(C0))[:, None],
    )


def read_sog(path: str) -> Splats:
    """Return the splats of a SOG file: a .sog bundle, or a meta.json with images beside it.

    Raises
    ------
    InputError
        It is damaged, or declares more than it holds.
    """
    check_file(path)
    gsply = gsply_of()
    need("imagecodecs", "scenes")
    with reading(path, "SOG file"):
        _check_sog(path)
        return from_gsply(gsply.sogread(path))


def _check_sog(path: str) -> None:
    """Check the numbers by which gsply allocates and indexes."""
    bundle = zipfile.ZipFile(path) if path.lower().endswith(".sog") else None
    folder = os.path.dirname(os.path.abspath(path))

    def load(name: str, limit: int) -> bytes:
        if bundle is None:
            if os.path.basename(name) != name:
                raise InputError(f"Expected images beside {path}. Got {name!r:.80} instead.")
            with open(os.path.join(folder, name), "rb") as file:
                found = file.read(limit + 1)
        else:
            with bundle.open(name) as file:
                found = file.read(limit + 1)
        if len(found) > limit:
            raise InputError(f"Expected at most {limit} bytes of {name} in {path}. Got more.")
        return found

    if bundle is not None:
        check_memory(sum(entry.file_size for entry in bundle.infolist()), path)
    meta = json.loads(load("meta.json", MAX_META))
    version = meta.get("version")
    if meta.get("antialias"):
        logger.warning(ANTIALIASED, path)
    count = meta["count"] if version is not None else meta["means"]["shape"][0]
    _check_count(count, path)
    for part in ("means", "quats", "scales", "sh0", "shN"):
        if part == "shN" and part not in meta:
            continue
        described = meta[part]
        limits = {"means": 3, "scales": 3, "sh0": 4}.get(part, 0)
        lengths = [len(described[k]) for k in ("mins", "maxs") if limits and k in described]
        if "codebook" in described:
            lengths.append(len(described["codebook"]) - CODEBOOK + limits)
        if any(n != limits for n in lengths):
            raise InputError(f"Expected a table of {CODEBOOK} values for {part} in {path}.")
        for number, name in enumerate(described["files"]):
            height, width = webp_size(load(name, 8 * count + (1 << 24)))
            palette = part == "shN" and number == 0
            least = 1 if palette else count
            if not least <= height * width <= max(2 * count, 1 << 22):
                raise InputError(
                    f"Expected an image of {count} pixels or more for {part} in {path}. Got "
                    f"{width} x {height} instead: the file is damaged."
                )


def webp_size(data: bytes) -> tuple[int, int]:
    """Return height and width of a lossless WebP image, from its header.

    Source: WebP Lossless Bitstream Specification, RIFF header; WebP Container Specification, VP8X.
    """
    kind = data[12:16]
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) >= 30:
        if kind == b"VP8L" and data[20] == 0x2F:
            bits = int.from_bytes(data[21:25], "little")
            return (bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1
        if kind == b"VP8X":
            width, height = (int.from_bytes(data[k : k + 3], "little") + 1 for k in (24, 27))
            return height, width
    raise InputError("Expected lossless WebP images. Got another format: the file is damaged.")
