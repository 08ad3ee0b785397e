"""What is known of each chunk, in its array's folder (docs/hierarchies.md).

While a hierarchy is written, every process appends to a journal of its own; when the last chunk of
an array is there, its journals become one file, in the order of the chunks.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vcore.runtime.atomic import replacing

RECORDS = "vcore-records.jsonl"
JOURNALS = "vcore-journal-*.jsonl"


@dataclass(frozen=True)
class Record:
    """One chunk.

    Parameters
    ----------
    chunk
        Its index along each axis.
    source
        Checksum of its values in the source.
    bytes, crc32c
        Size and checksum of what is stored; both 0 where nothing is: all is the fill value.
    voxels
        How many values are present.
    squared_error, max_error
        Sum over them and the largest, in data units.
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
    """The journal of one process: whole lines, appended when a chunk is in its place."""

    def __init__(self, out: str, part: str) -> None:
        self._out, self._name = Path(out), JOURNALS.replace("*", part)

    def add(self, array: str, record: Record) -> None:
        """Append a record of a chunk of ``array``."""
        path = self._out / array / self._name
        with path.open("a", encoding="utf-8") as file:
            file.write(record.to_line())


def read(out: str, array: str) -> dict[tuple[int, ...], Record]:
    """Return the records of an array, finished or not; a line that a kill cut off is none."""
    folder = Path(out, array)
    found: dict[tuple[int, ...], Record] = {}
    for path in [*sorted(folder.glob(JOURNALS)), folder / RECORDS]:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:  # finished meanwhile by another process
            continue
        for line in lines:
            try:
                values: dict[str, Any] = json.loads(line)
                values["chunk"] = tuple(values["chunk"])
                record = Record(**values)
            except (ValueError, TypeError, KeyError):
                continue
            found[record.chunk] = record
    return found


def is_finished(out: str, array: str) -> bool:
    """Return whether all chunks of an array are there."""
    return Path(out, array, RECORDS).exists()


def fingerprint(out: str, arrays: Iterable[str]) -> str:
    """Return a checksum of the records of finished arrays, "" where not all of them are."""
    found = hashlib.blake2b(digest_size=8)
    for array in arrays:
        if not is_finished(out, array):
            return ""
        found.update(Path(out, array, RECORDS).read_bytes())
    return f"blake2b:{found.hexdigest()}"


def finish(out: str, array: str, records: Iterable[Record]) -> None:
    """Put the records of a whole array into one file; its journals go."""
    folder = Path(out, array)
    lines = [r.to_line() for r in sorted(records, key=lambda r: r.chunk)]
    with replacing(folder / RECORDS) as part:
        part.write_text("".join(lines), encoding="utf-8")
    for path in folder.glob(JOURNALS):
        path.unlink(missing_ok=True)
