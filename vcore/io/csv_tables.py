"""CSV tables that name image files, such as Cinema's `data.csv`."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vcore.errors import InputError
from vcore.io.mapped import check_memory
from vcore.io.request import check_file, reading

FILE_COLUMN = "FILE"
"""Start of the names of columns that name files."""
ALSO_FILES = ("file", "filename", "file_name", "path", "image")
"""Names of the column of files, in lower case, in tables without one that starts with FILE."""
SEMICOLON = ";"
DECIMAL = re.compile(r"[+-]?[0-9]*[,.]?[0-9]+([eE][+-]?[0-9]+)?")
"""A number, perhaps with a decimal comma."""
TEXT_PER_CHARACTER = 8
"""Estimated memory of a character of a table in bytes."""


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Parameters
    ----------
    path
        Its file.
    columns
        Cells of each column by its name, all of the same number.
    labels
        Columns whose cells are texts, also where they look like numbers.
    """

    path: str
    columns: Mapping[str, Sequence[str]]
    labels: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @property
    def files(self) -> tuple[str, ...]:
        """Columns that name files."""
        found = tuple(name for name in self.columns if name.startswith(FILE_COLUMN))
        return found or tuple(n for n in self.columns if n.lower() in ALSO_FILES)[:1]


def read_table(path: str) -> Table:
    """Read a CSV file whose first row names its columns.

    Raises
    ------
    InputError
        No such file, no rows, rows of different lengths, or columns of the same name.
    """
    check_memory(check_file(path) * TEXT_PER_CHARACTER, path)
    with reading(path, "table"):
        separator = _separator(path)
        lines = list(_lines(path))
        if any("\0" in cell for line in lines for cell in line):
            raise ValueError("it has bytes of 0")
    if len(lines) < 2:
        raise InputError(
            f"Expected a row of names and a row for each image in {path}. Got {len(lines)} rows "
            f"instead."
        )
    names, *rows = lines
    names = [name or f"column {number}" for number, name in enumerate(names)]
    for number, row in enumerate(rows, 2):
        if len(row) != len(names):
            raise InputError(
                f"Expected {len(names)} cells in every row of {path}, as in its first. Got "
                f"{len(row)} in row {number} instead."
            )
    if twice := next((n for n in names if names.count(n) > 1), None):
        raise InputError(f"Expected columns of different names in {path}. Got {twice!r} twice.")
    columns = {name: [row[k] for row in rows] for k, name in enumerate(names)}
    if separator == SEMICOLON:
        columns = {name: _with_points(cells) for name, cells in columns.items()}
    return Table(path, columns)


def _with_points(cells: list[str]) -> list[str]:
    """Return numbers with decimal commas, which go with semicolons, with points; texts as they
    are."""
    if not all(map(DECIMAL.fullmatch, cells)):
        return cells
    return [cell.replace(",", ".") for cell in cells]


def has_files(path: str) -> bool:
    """Return whether the first row of a CSV file names a column of files."""
    try:
        names = next(_lines(path), [])
    except (OSError, csv.Error):
        return False
    return bool(names) and bool(Table(path, dict.fromkeys(names, ())).files)


def _lines(path: str) -> Iterator[list[str]]:
    """Yield the rows of a CSV file that are not empty."""
    # bytes of file names that are no UTF-8 stay as they are
    separator = _separator(path)
    with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        for line in csv.reader(file, delimiter=separator, skipinitialspace=True):
            if any(cell.strip() for cell in line):
                yield [cell.strip() for cell in line]


def _separator(path: str) -> str:
    """Return what separates the cells of the first row of a CSV file."""
    with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        first = file.readline()
    return next((s for s in (",", SEMICOLON, "\t") if s in first), ",")
