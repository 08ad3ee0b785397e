"""``read_images``: Cinema databases, folders of images with a table, and arrays as Images."""

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

from vcore.collections.images import Images
from vcore.errors import InputError, SourceError
from vcore.io.cinema import images_of
from vcore.io.collection_json import colour_given
from vcore.io.csv_tables import FILE_COLUMN, Table, has_files, read_table
from vcore.io.formats import stem_of
from vcore.io.image_tables import written
from vcore.io.mapped import check_memory
from vcore.io.request import reading

TABLE = "data.csv"
"""Table of a Cinema database (Spec D)."""
SUFFIX = ".cdb"
"""Suffix of the folders of Cinema databases."""
INFO = ("info.json", os.path.join("image", "info.json"))
"""Description of a Cinema database of Spec A, in its folder."""
FIELD = re.compile(r"\{(\w+)\}")
"""Place of a parameter's value in the names of images of Spec A."""
ROW_BYTES = 1 << 9
"""Estimated memory of a row of a table in bytes."""


def read_images(
    source: str | os.PathLike[str] | Any,
    *,
    parameters: Sequence[str] | None = None,
    files: Sequence[str] | None = None,
    background: Sequence[int] | None = None,
    allow_outside: bool = False,
) -> Images:
    """Return a collection of images, each read when it is asked for.

    Parameters
    ----------
    source
        A Cinema database (Spec D or A): a folder; a CSV file with a column of image files, or a
        folder with one such CSV file; an xarray DataArray or Dataset with the dimensions
        (parameters …, y, x[, channel]); or Images, which are returned.
    parameters
        Columns that are the parameters. By default those of the fewest values that tell all images
        apart; other columns are kept as attributes.
    files
        Columns with names of images; by default all whose names start with FILE.
    background
        Red, green and blue of empty pixels. By default that of `vcore.json`, or of the borders of
        opaque images if it is the same all around.
    allow_outside
        Also read images outside the folder. Only for databases whose author you trust.

    Raises
    ------
    InputError
        Nothing of that kind, missing or damaged images, images of different sizes, several images
        for the same values, or paths that leave the folder.
    """
    if isinstance(source, Images):
        return source
    chosen: dict[str, Any] = {"parameters": parameters, "background": colour_given(background)}
    if not isinstance(source, str | os.PathLike):
        from vcore.io.xarray_images import images_of_xarray

        return images_of_xarray(source, **chosen)
    path = os.fspath(source)
    chosen |= {"files": files, "allow_outside": allow_outside}
    table = table_at(path)
    if table is not None:
        return images_of(read_table(table), _name(path, table), **chosen)
    for info in INFO:
        if os.path.isfile(os.path.join(path, info)):
            described = _spec_a(os.path.join(path, info))
            return images_of(described, stem_of(os.path.abspath(path)), **chosen)
    if not os.path.exists(path):
        raise SourceError(f"Expected images at {path}. Got nothing by that name: check the name.")
    raise InputError(
        f"Expected a Cinema database, or a CSV file with a column {FILE_COLUMN} of image files. "
        f"Got {path} instead, which has no {TABLE}."
    )


def table_at(path: str) -> str | None:
    """Return the table of images at ``path``, None if there is none: the file itself, `data.csv` in
    a folder, or the only CSV file there."""
    if os.path.isfile(path):
        return path if path.lower().endswith(".csv") else None
    if not os.path.isdir(path):
        return None
    table = os.path.join(path, TABLE)
    if os.path.isfile(table):
        return table
    tables = sorted(n for n in os.listdir(path) if n.lower().endswith(".csv"))
    return os.path.join(path, tables[0]) if len(tables) == 1 else None


def is_images(path: str) -> bool:
    """Return whether ``path`` is a collection of images rather than a volume: by its suffix .cdb,
    the columns of its table, or a description of Spec A."""
    if path.rstrip("/").lower().endswith(SUFFIX):
        return True
    if (table := table_at(path)) is not None:
        return has_files(table)
    return os.path.isdir(path) and any(os.path.isfile(os.path.join(path, i)) for i in INFO)


def _name(path: str, table: str) -> str:
    whole = os.path.basename(table) == TABLE or os.path.isdir(path)
    return stem_of(os.path.abspath(os.path.dirname(table) or ".") if whole else table)


def _spec_a(path: str) -> Table:
    """Return the images of a database of Spec A as a table: those of its grid that are there.

    Source: Cinema Simple Specification 1.1, ``name_pattern`` and ``arguments``.
    """
    with reading(path, "description of a Cinema database"):
        with open(path, encoding="utf-8") as file:
            info = json.load(file)
        pattern, arguments = str(info["name_pattern"]), info.get("arguments")
        arguments = info["parameter_list"] if arguments is None else arguments
        named = FIELD.findall(pattern)
        values: Mapping[str, list[Any]] = {
            str(name): list(argument["values"]) if name in named else _chosen(argument)
            for name, argument in arguments.items()
        }
        count = 1
        for each in values.values():
            count *= len(each)
        check_memory(count * ROW_BYTES, path)
        if unknown := [n for n in named if n not in values]:
            raise InputError(f"it has no values of {', '.join(unknown)}")
    rows = []
    folder = os.path.dirname(path)
    for cells in product(*values.values()):
        texts = dict(zip(values, map(written, cells), strict=True))
        name = FIELD.sub(_filled(texts), pattern)
        if os.path.exists(os.path.join(folder, name)):
            rows.append([*texts.values(), name])
    if not rows:
        raise InputError(f"Expected images named {pattern} beside {path}. Got none of them.")
    names = [*values, FILE_COLUMN]
    cells_of = {name: [row[k] for row in rows] for k, name in enumerate(names)}
    return Table(path, cells_of, frozenset(n for n in values if _is_option(arguments[n])))


def _chosen(argument: Mapping[str, Any]) -> list[Any]:
    """Return the one value of the images, of an argument that their names do not tell."""
    return [argument.get("default", argument["values"][0])]


def _is_option(argument: Mapping[str, Any]) -> bool:
    """Return whether the values are texts to choose from; those of a range may be quoted, too."""
    return argument.get("type") == "option" and all(isinstance(v, str) for v in argument["values"])


def _filled(texts: Mapping[str, str]) -> Callable[[re.Match[str]], str]:
    return lambda match: texts[match[1]]
