"""Byte layout of a `.vcore` file: preamble, header, section index (docs/format.md, sections 1 to
3)."""

import json
import struct
import zlib
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import google_crc32c

from vcore.container.varint import ByteReader, pack_number
from vcore.errors import FormatError, TruncatedError, VersionError

MAGIC = b"\x89VCR\r\n\x1a\n"
OLD_MAGIC = b"\x89VCZ\r\n\x1a\n"
"""Magic of files from before the suffix .vcore; .vcz belongs to VCF Zarr."""
FORMAT_VERSION = (1, 0)
PREAMBLE = struct.Struct("<8sBBII")
"""Magic, version major and minor, header bytes, CRC32C of the header bytes."""

MAX_LENGTH = 7
"""Maximum bytes of a unit's LEB128 length in an index."""
MAX_HEADER_BYTES = 1 << 24
"""Maximum size of the compressed header, in bytes."""
MAX_HEADER_JSON = 1 << 26
"""Maximum size of the decompressed header, in bytes: guards against decompression bombs."""
MAX_COUNT = 1 << 48
"""Limit of every length, offset and count in a file."""

# Preset dictionary for deflating headers, which keeps headers of small files short. Part of format
# version 1: must never change. Matches near the end are cheaper, so common words come last.
HEADER_DICTIONARY = (
    b'"micrometer""millimeter""nanometer""second""times":"time_unit":"direction":"coordinates":'
    b'"axis_names":"association":"cell""fill_value":"components":"missing":"bound":{"max_error":'
    b'"gaussian""siren""ecnr""wavelet""coordvarsvd""svd1""svd2""linear2""linear1""tczyx""tzyx"'
    b'"preset":"paper""preset":"compact""epochs":"learning_rate":"overlap":"threshold":"seed":'
    b'"codes",1,"occupancy""residual""decoder","base",["ratio":"bytes":"bpv":"psnr":"max_error":'
    b'"unit":"","origin":[0.0,0.0,0.0],"spacing":[1.0,1.0,1.0],"name":"values","dtype":"f4","u2"'
    b'"u1","axes":"zyx","range":[0.0,255.0],"method":"linear1","settings":{"achieved":{"psnr":'
    b'"mse":"max_error":"state":{"source":{"name":"checksum":"crc32c:"bytes":"grid":{"shape":[256,'
    b'"kind":"volume","encoder":"0.1.0","variables":[{"sections":[[0,0,"'
)


def crc32c(data: bytes) -> int:
    """Return the CRC32C (Castagnoli) of ``data``."""
    return int(google_crc32c.value(data))


@dataclass(frozen=True)
class Section:
    """Location and checksum of a section, a run of separately readable units.

    ``index_bytes`` is 0 for a section of one unit, whose checksum is then ``crc``; otherwise the
    section starts with an index of its units (see ``pack_index``), and ``crc`` is the index's.
    """

    variable: int
    level: int
    name: str
    units: int
    index_bytes: int
    payload_bytes: int
    crc: int
    offset: int = 0

    @property
    def end(self) -> int:
        """Offset of the first byte after the section."""
        return self.offset + self.index_bytes + self.payload_bytes

    def to_json(self) -> list[int | str]:
        """Return the section's row in the header's table; offsets follow from the lengths."""
        return [
            self.variable,
            self.level,
            self.name,
            self.units,
            self.index_bytes,
            self.payload_bytes,
            self.crc,
        ]


def pack_header(header: dict[str, Any]) -> bytes:
    """Return preamble and compressed header; the sections follow immediately."""
    data = pack_json(header)
    return PREAMBLE.pack(MAGIC, *FORMAT_VERSION, len(data), crc32c(data)) + data


def pack_json(value: Any) -> bytes:
    """Return a JSON value, compressed like a header."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    press = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=HEADER_DICTIONARY)
    # lone surrogates in names must not make a finished compression fail
    return press.compress(text.encode(errors="replace")) + press.flush()


def unpack_preamble(data: bytes, name: str) -> tuple[int, int]:
    """Return length and CRC32C of the header.

    Raises
    ------
    FormatError
        The data is no `.vcore` file, or one of another major version.
    """
    if len(data) < PREAMBLE.size or not data.startswith(MAGIC):
        if MAGIC.startswith(data[: len(MAGIC)]) and data:
            raise TruncatedError(f"Expected a .vcore file. {name} ends after {len(data)} bytes.")
        if data.startswith(OLD_MAGIC):
            raise FormatError(
                f"Expected a .vcore file. {name} was written by a vcore from before its first "
                f"release, as .vcz: compress the original again."
            )
        raise FormatError(
            f"Expected a .vcore file. {name} does not start like one: it may be damaged, "
            f"or another kind of file."
        )
    _, major, minor, length, crc = PREAMBLE.unpack(data[: PREAMBLE.size])
    if major != FORMAT_VERSION[0]:
        raise VersionError(
            f"Expected format version {FORMAT_VERSION[0]}. {name} has version {major}.{minor}: "
            f"install a newer vcore-volumes."
        )
    if not 2 <= length <= MAX_HEADER_BYTES:
        raise FormatError(
            f"Expected a header of at most {MAX_HEADER_BYTES} bytes. {name} claims {length}: "
            f"the file is damaged."
        )
    return length, crc


def unpack_header(data: bytes, crc: int, name: str) -> dict[str, Any]:
    """Return the header's JSON object after a check of its CRC32C.

    Raises
    ------
    FormatError
        The header is damaged, or decompresses to more than MAX_HEADER_JSON bytes.
    """
    if crc32c(data) != crc:
        raise FormatError(f"The header of {name} is damaged: its checksum does not match.")
    header = unpack_json(data, name)
    if not isinstance(header, dict):
        raise FormatError(f"The header of {name} is damaged: it is not a JSON object.")
    return header


def unpack_json(data: bytes, name: str) -> Any:
    """Return the JSON value packed by ``pack_json``, the header of ``name``.

    Raises
    ------
    FormatError
        The data is damaged, or decompresses to more than MAX_HEADER_JSON bytes.
    """
    try:
        press = zlib.decompressobj(-15, zdict=HEADER_DICTIONARY)
        text = press.decompress(data, MAX_HEADER_JSON)
        if press.unconsumed_tail:
            raise FormatError(f"The header of {name} is larger than {MAX_HEADER_JSON} bytes.")
        if press.unused_data or not press.eof:
            raise FormatError(f"The header of {name} is damaged: its length is wrong.")
        return json.loads(text, parse_constant=_no_constant)
    except (zlib.error, ValueError, RecursionError) as error:
        raise FormatError(f"The header of {name} is damaged: {error}.") from error


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON number")


def section_table(rows: Any, start: int, name: str) -> tuple[Section, ...]:
    """Parse the header's section table, with the first section at offset ``start``.

    Raises
    ------
    FormatError
        A row is invalid.
    """
    sections = []
    if not isinstance(rows, list):
        raise FormatError(f"The section table of {name} is damaged.")
    for row in rows:
        whole_numbers = isinstance(row, list) and len(row) == 7 and isinstance(row[2], str)
        if not whole_numbers or not all(
            type(n) is int and 0 <= n < MAX_COUNT for n in row[:2] + row[3:]
        ):
            raise FormatError(f"The section table of {name} is damaged: {row!r:.80}.")
        section = replace(Section(*row), offset=start)
        one = section.units == 1
        if one != (section.index_bytes == 0) or section.units > max(section.index_bytes, 1):
            raise FormatError(f"The section table of {name} is damaged: {row!r:.80}.")
        sections.append(section)
        start = section.end
    if len({(s.variable, s.level, s.name) for s in sections}) != len(sections):
        raise FormatError(f"The section table of {name} is damaged: it names a section twice.")
    return tuple(sections)


def pack_index(units: list[bytes]) -> bytes:
    """Return the index of a section: lengths as LEB128, then the CRC32C of every non-empty unit."""
    lengths = b"".join(pack_number(len(unit)) for unit in units)
    return lengths + b"".join(struct.pack("<I", crc32c(u)) for u in units if u)


def unpack_index(data: bytes, units: int, payload_bytes: int) -> tuple[list[int], list[int]]:
    """Return payload offsets (``units + 1`` of them) and checksums of a section's units.

    Raises
    ------
    FormatError
        The lengths do not add up to the payload or the index.
    """
    reader = ByteReader(data, "A section index")
    lengths, crcs = read_index(reader, units)
    offsets = list(accumulate(lengths, initial=0))
    if offsets[-1] != payload_bytes or reader.left:
        raise FormatError("A section index is damaged: its lengths do not add up.")
    return offsets, crcs


def read_index(reader: ByteReader, units: int) -> tuple[list[int], list[int]]:
    """Return lengths and checksums of a section's units; 0 for empty ones."""
    lengths = [reader.number(MAX_LENGTH) for _ in range(units)]
    filled = sum(n > 0 for n in lengths)
    stored = iter(struct.unpack(f"<{filled}I", reader.take(4 * filled)))
    return lengths, [next(stored) if n else 0 for n in lengths]
