"""Records of the chunks, stored in their array's folder (docs/hierarchies.md).

Every writing process appends to its own journal; once all chunks of an array are stored, its
journals are merged to one file, in the order of the chunks; a last line has figures that are
measured over the whole array.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from vcore.io.tidy import number
from vcore.runtime.atomic import replacing

RECORDS = "vcore-records.jsonl"
JOURNALS = "vcore-journal-*.jsonl"


@dataclass(frozen=True)
class Record:
    """Record of one chunk.

    Parameters
    ----------
    chunk
        Index along each axis.
    source
        Checksum of its values in the source.
    bytes, crc32c
        Size and checksum of the stored chunk; both 0 if it holds only the fill value and is not
        stored.
    voxels
        Number of present values.
    squared_error, max_error
        Sum of squared errors and maximum absolute error over present values, in data units.
    """

    chunk: tuple[int, ...]
    source: str
    bytes: int
    crc32c: int
    voxels: int
    squared_error: float
    max_error: float

    def to_line(self) -> str:
        """Return the record as a line of JSON."""
        return json.dumps(asdict(self), separators=(",", ":")) + "\n"


class Journal:
    """Journal of one process; a line is appended after a chunk is stored."""

    def __init__(self, out: str, part: str) -> None:
        self._out, self._name = Path(out), JOURNALS.replace("*", part)

    def add(self, array: str, record: Record) -> None:
        """Append a record of a chunk of ``array``."""
        path = self._out / array / self._name
        with path.open("a", encoding="utf-8") as file:
            file.write(record.to_line())


def read(out: str, array: str) -> dict[tuple[int, ...], Record]:
    """Return the records of an array, finished or not; incomplete lines are ignored."""
    folder = Path(out, array)
    found: dict[tuple[int, ...], Record] = {}
    for path in [*sorted(folder.glob(JOURNALS)), folder / RECORDS]:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:  # finished meanwhile by another process
            continue
        for line in lines:
            if (record := _record(line)) is not None:
                found[record.chunk] = record
    return found


def _record(line: str) -> Record | None:
    try:
        values: dict[str, Any] = json.loads(line)
        values["chunk"] = tuple(values["chunk"])
        return Record(**values)
    except (ValueError, TypeError, KeyError):
        return None


def robust(out: str, array: str) -> dict[str, Any]:
    """Return the ``robust_psnr`` (dB) and ``robust_range`` (two values) of a finished array that
    ``finish`` was given; empty if there are none."""
    try:
        lines = Path(out, array, RECORDS).read_text(encoding="utf-8").splitlines()
        values = json.loads(lines[-1])
        decibels, (low, high) = number(values["robust_psnr"]), map(number, values["robust_range"])
    except (OSError, ValueError, TypeError, KeyError, IndexError):
        return {}
    if not (isfinite(decibels) and isfinite(low) and isfinite(high)):
        return {}
    return {"robust_psnr": decibels, "robust_range": [low, high]}


def is_finished(out: str, array: str) -> bool:
    """Return whether all chunks of an array are stored."""
    return Path(out, array, RECORDS).exists()


def fingerprint(out: str, arrays: Iterable[str]) -> str:
    """Return a checksum of the records of all arrays, "" if any array is unfinished."""
    found = hashlib.blake2b(digest_size=8)
    for array in arrays:
        if not is_finished(out, array):
            return ""
        found.update(Path(out, array, RECORDS).read_bytes())
    return f"blake2b:{found.hexdigest()}"


def finish(
    out: str, array: str, records: Iterable[Record], robust: Mapping[str, Any] | None = None
) -> None:
    """Write the records of a finished array, and its ``robust`` figures if they are known, to one
    file, and delete its journals."""
    folder = Path(out, array)
    lines = [r.to_line() for r in sorted(records, key=lambda r: r.chunk)]
    if robust:
        lines.append(json.dumps(dict(robust), separators=(",", ":")) + "\n")
    with replacing(folder / RECORDS) as part:
        part.write_text("".join(lines), encoding="utf-8")
    for path in folder.glob(JOURNALS):
        path.unlink(missing_ok=True)
