"""Tables of images (Cinema's `data.csv`): which columns span a grid of parameters.

Cinema Spec D: https://github.com/cinemascience/cinema, specs/dietrich.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.parameters import Parameter
from vcore.errors import InputError
from vcore.io.csv_tables import Table
from vcore.model.attributes import MAX_TEXT, limited, text_size
from vcore.model.text import printable

PREFERRED = ("time", "t", "phi", "theta", "azimuth", "elevation", "isovalue", "transfer_function")
"""Names of parameters kept where other columns tell the images apart as well."""
NO_FILE = ("", "nan", "null", "none")
"""Cells, in lower case, of images that are not there."""
UNIT = re.compile(r"^(?P<name>.*\S)\s*[\[(](?P<unit>[^\])]*)[\])]$")
"""Name of a column with its unit in brackets."""
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
"""A number; Python would also take 1_2 for one."""
LONG = re.compile(r"[+-]?[0-9]{16,99}")
"""An integer that float64 may round."""
RESERVED = ("y", "x", "component")
"""Names of the axes of images."""
NUMBERED = "image"
"""Parameter of collections that are no grid: the number of the image."""
SPARSE, SMALL = 64, 1 << 12
"""Cells of a grid for each image, and in all, above which the images are a list instead."""
AZIMUTHS = ("phi", "azimuth")
"""Names of angles about the vertical axis, in degrees."""
TURN = 360.0
"""Degrees of a turn."""
MIN_TURN = 3
"""Fewest views of a turn."""


@dataclass(frozen=True)
class Arrangement:
    """Rows of a table as a grid.

    Parameters
    ----------
    parameters
        Axes of the grid.
    rows
        Number of the row in each cell of the grid, -1 in holes.
    columns
        The other columns, JSON values: ``of``, the names of the parameters that a column is a
        function of, and its ``values`` over these in C order, None in holes.
    integers
        Names of the parameters that the table writes as integers.
    texts
        Texts of the values of other parameters that are written in another way than by Python, by
        the number of the value.
    order
        Names of the parameters from slowest to fastest, as the rows lie in the table; empty if in
        another order.
    """

    parameters: tuple[Parameter, ...]
    rows: NDArray[np.int64]
    columns: dict[str, dict[str, Any]]
    integers: tuple[str, ...] = ()
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    order: tuple[str, ...] = ()


def without_duplicates(table: Table, notes: list[str]) -> Table:
    """Return the table without rows that name the same files again, and add to ``notes`` so.

    Raises
    ------
    InputError
        Rows of the same values name different files.
    """
    files = table.files
    values = [n for n in table.columns if n not in files]
    named = list(zip(*(table.columns[n] for n in files), strict=True))
    codes = [_column(table, n).codes.tolist() for n in values]  # 1 and 1.0 are the same
    keys = list(zip(*codes, strict=True)) if values else named
    first: dict[tuple[Any, ...], int] = {}
    kept = []
    for number, key in enumerate(keys):
        before = first.setdefault(key, number)
        if before == number:
            kept.append(number)
        elif named[before] != named[number]:
            told = ", ".join(f"{n}={table.columns[n][number]}" for n in values)
            raise InputError(
                f"Expected one image for each combination of values in {table.path}. Got several "
                f"for {told}: {named[before][0]} and {named[number][0]}: leave one out, or add a "
                f"column."
            )
    if len(kept) < len(table):
        notes.append(f"left out {len(table) - len(kept)} rows of {table.path}, there twice")
    return replace(table, columns={n: [c[k] for k in kept] for n, c in table.columns.items()})


def name_and_unit(column: str) -> tuple[str, str]:
    """Return the name of a parameter, and its unit if brackets behind the name tell it.

    Names of the axes of images get an end of their own.
    """
    found = UNIT.match(column)
    name, unit = (found["name"], found["unit"].strip()) if found else (column, "")
    return f"{name}_value" if name in RESERVED else name, unit


def arrange(
    table: Table,
    notes: list[str],
    *,
    wanted: Sequence[str] | None = None,
    kept: Sequence[str] = (),
    told: Mapping[str, tuple[str, float]] | None = None,
) -> Arrangement:
    """Return the grid that the rows of a table span, each of different values.

    Columns that are functions of others are no parameters: those of most values are left out
    first, as long as the others tell all rows apart. If the grid is still nearly empty, the only
    parameter is the number of the image.

    Parameters
    ----------
    table
        Rows of different values.
    notes
        Takes what the user should know.
    wanted
        Columns that are the parameters; found by default.
    kept
        Columns that are parameters in any case, even with a single value.
    told
        Unit and period of parameters by name; units in brackets behind the names by default.

    Raises
    ------
    InputError
        ``wanted`` names no column, or does not tell the rows apart.
    """
    columns = {n: _column(table, n) for n in table.columns if n not in table.files}
    chosen = _chosen(table, columns, wanted, kept)
    shape = [len(columns[n].values) for n in chosen]
    cells = int(np.prod(shape, dtype=object))
    if cells > max(SPARSE * len(table), SMALL) or not chosen:
        if chosen:
            notes.append(
                f"{', '.join(chosen)} would be a grid of {cells} cells for {len(table)} images: "
                f"they are a list, by number"
            )
        name = NUMBERED if NUMBERED not in columns else f"{NUMBERED}_number"
        columns[name] = _Column.of([str(k) for k in range(len(table))])
        chosen, shape = [name], [len(table)]
    rows = np.full(shape, -1)
    rows[tuple(columns[n].codes for n in chosen)] = np.arange(len(table))
    parameters = tuple(_parameter(n, columns[n], told or {}) for n in chosen)
    integers, texts = [], {}
    for parameter, column in zip(parameters, (columns[n] for n in chosen), strict=True):
        if not parameter.is_label and all(map(_is_integer, column.texts)):
            integers.append(parameter.name)
        elif not parameter.is_label:
            pairs = enumerate(zip(column.values, column.texts, strict=True))
            if other := {str(k): text for k, (value, text) in pairs if written(value) != text}:
                texts[parameter.name] = other
    others: dict[str, dict[str, Any]] = {
        printable(n): _function(column, {m: columns[m] for m in chosen}, parameters)
        for n, column in columns.items()
        if n not in chosen
    }
    others, dropped = limited(others, MAX_TEXT, text_size)
    if dropped:
        notes.append(f"left out the columns {', '.join(dropped)}, which are too long to keep")
    order = _order([columns[n].codes for n in chosen]) or ()
    names = tuple(parameters[k].name for k in order)
    return Arrangement(parameters, rows, others, tuple(integers), texts, names)


def written(value: Any) -> str:
    """Return a value as text of a table; "" for None."""
    return "" if value is None else str(value)


@dataclass(frozen=True)
class _Column:
    """Distinct values of a column, numbers rising, the first text of each, and rows' codes."""

    values: tuple[float, ...] | tuple[str, ...]
    texts: tuple[str, ...]
    codes: NDArray[np.int64]

    @classmethod
    def of(cls, cells: Sequence[str], *, texts: bool = False) -> "_Column":
        numbers = None if texts else numbers_of(cells)
        if numbers is not None:
            values, first, codes = np.unique(numbers, return_index=True, return_inverse=True)
            return cls(tuple(values.tolist()), tuple(cells[k] for k in first), codes.ravel())
        labels = {text: k for k, text in enumerate(dict.fromkeys(cells))}
        return cls(tuple(labels), tuple(labels), np.array([labels[c] for c in cells]))

    @property
    def written(self) -> list[Any]:
        """Values as integers where the texts are integers."""
        return [
            v if isinstance(v, str) or not _is_integer(t) else int(t)
            for v, t in zip(self.values, self.texts, strict=True)
        ]


def _column(table: Table, name: str) -> _Column:
    return _Column.of(table.columns[name], texts=name in table.labels)


def _is_integer(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d{1,15}", text)) and str(int(text)) == text


def numbers_of(cells: Sequence[str]) -> NDArray[np.float64] | None:
    """Return cells as finite numbers, None if one is none, or if integers are the same in
    float64."""
    if not all(map(NUMBER.fullmatch, cells)):
        return None
    found = np.array([float(cell) for cell in cells])
    long = {cell for cell in cells if LONG.fullmatch(cell)}
    merged = len(set(map(float, long))) < len(set(map(int, long)))
    return None if merged or not np.isfinite(found).all() else found


def _chosen(
    table: Table,
    columns: Mapping[str, _Column],
    wanted: Sequence[str] | None,
    kept: Sequence[str],
) -> list[str]:
    """Return the columns that are parameters, in the order of the table."""
    short = {name_and_unit(n)[0]: n for n in columns} | {n: n for n in columns}
    if wanted is not None:
        if unknown := [n for n in wanted if n not in short]:
            raise InputError(
                f"Expected names out of {', '.join(columns)} for `parameters`. Got "
                f"{', '.join(unknown)} instead."
            )
        chosen = [short[n] for n in wanted]
        if not _tell_apart([columns[n] for n in chosen], len(table)):
            raise InputError(
                f"Expected `parameters` that tell the images of {table.path} apart. Got several "
                f"images for the same {', '.join(wanted)}: name more of {', '.join(columns)}."
            )
        return chosen
    fixed = {short[n] for n in kept if n in short}
    chosen = [n for n, c in columns.items() if len(c.values) > 1 or n in fixed]
    names = list(columns)

    def rank(name: str) -> tuple[int, bool, bool, int]:
        """Sort key: the columns that are left out first, first."""
        column = columns[name]
        known = name_and_unit(name)[0].lower() in PREFERRED
        return (-len(column.values), known, isinstance(column.values[0], float), -names.index(name))

    for name in sorted(chosen, key=rank):
        rest = [columns[n] for n in chosen if n != name]
        if name not in fixed and rest and _tell_apart(rest, len(table)):
            chosen.remove(name)
    if not chosen and columns:  # one image: its first number, or text
        chosen = [min(columns, key=lambda n: isinstance(columns[n].values[0], str))]
    return chosen


def _tell_apart(columns: Sequence[_Column], count: int) -> bool:
    """Return whether no two of ``count`` rows have the same values in all ``columns``."""
    return len(np.unique(_groups(columns, count))) == count


def _groups(columns: Sequence[_Column], count: int) -> NDArray[np.int64]:
    """Return the number of the combination of values of each row."""
    found = np.zeros(count, np.int64)
    for column in columns:
        found = np.unique(found * len(column.values) + column.codes, return_inverse=True)[1]
    return found


def _parameter(column: str, found: _Column, told: Mapping[str, tuple[str, float]]) -> Parameter:
    name, unit = name_and_unit(column)
    values: Any = found.values
    if isinstance(values[0], str):
        values = tuple(printable(v) for v in values)
    other, period = told.get(name, ("", 0.0))
    if not period and name.lower() in AZIMUTHS and goes_around(values):
        period = TURN
    if isinstance(values[0], str) or not values[-1] - values[0] < period < math.inf:
        period = 0.0
    return Parameter(printable(name), values, printable(other or unit), period)


def goes_around(values: Sequence[Any]) -> bool:
    """Return whether numbers are evenly spread over a whole turn, whose end is not repeated."""
    if len(values) < MIN_TURN or isinstance(values[0], str):
        return False
    steps = np.diff([*map(float, values), float(values[0]) + TURN])
    return bool(np.allclose(steps, steps[0], rtol=1e-3))


def _function(
    column: _Column, chosen: Mapping[str, _Column], parameters: Sequence[Parameter]
) -> dict[str, Any]:
    """Return a column as values over none, one or two parameters if it is a function of these,
    otherwise over all."""
    count = len(column.codes)
    codes = list(chosen.values())
    each = np.array([_plain(*pair) for pair in zip(column.written, column.texts, strict=True)], "O")
    for size in sorted({0, 1, min(2, len(codes)), len(codes)}):
        for axes in combinations(range(len(codes)), size):
            groups = _groups([codes[k] for k in axes], count)
            if len(np.unique(groups * len(column.values) + column.codes)) == len(np.unique(groups)):
                shape = [len(codes[k].values) for k in axes]
                values = np.full(int(np.prod(shape)), None, object)
                cells = np.ravel_multi_index([codes[k].codes for k in axes], shape) if axes else 0
                values[cells] = each[column.codes if axes else column.codes[0]]
                of = [parameters[k].name for k in axes]
                return {"of": of, "values": values.tolist()}
    raise AssertionError("rows are told apart by all parameters")


def _plain(value: Any, text: str) -> Any:
    """Return a number if Python writes it like the table, otherwise its text."""
    return value if not isinstance(value, str) and written(value) == text else printable(text)


def _order(codes: Sequence[NDArray[np.int64]]) -> list[int] | None:
    """Return the axes from slowest to fastest if the rows lie in such an order."""
    changes = [int(np.count_nonzero(np.diff(c))) for c in codes]
    axes = sorted(range(len(codes)), key=lambda k: changes[k])
    found = np.lexsort([codes[k] for k in reversed(axes)])
    return axes if np.array_equal(found, np.arange(len(found))) else None
