"""Cinema databases (Spec D), and folders of images with a table, as ``Images``."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.images import Images
from vcore.collections.parameters import Parameter
from vcore.errors import InputError
from vcore.io.collection_json import Description, read_description
from vcore.io.colour_images import as_colour, guess_background
from vcore.io.csv_tables import FILE_COLUMN, Table
from vcore.io.image_channels import Place, fits, places_of, unequal
from vcore.io.image_files import is_image_file, layers_of, read_layer
from vcore.io.image_tables import NO_FILE, Arrangement, arrange, name_and_unit, without_duplicates
from vcore.io.outside import check_inside
from vcore.model.text import printable

NAMED = 3
"""Maximum number of missing files named in a message."""


def images_of(
    table: Table,
    name: str,
    *,
    parameters: Sequence[str] | None = None,
    files: Sequence[str] | None = None,
    background: tuple[int, int, int] | None = None,
    allow_outside: bool = False,
) -> Images:
    """Return the images that a table names, each read when asked for.

    Parameters
    ----------
    table
        Names of images are relative to the folder of its file.
    name
        Name of the collection.
    parameters, files, background, allow_outside
        As in ``read_images``.

    Raises
    ------
    InputError
        A damaged table, images that are missing, damaged, of different sizes or kinds, or outside
        the folder.
    """
    folder = os.path.dirname(table.path) or "."
    notes: list[str] = []
    described = read_description(folder)
    table = _with_labels(_with_files(table, files), described.labels)
    table = without_duplicates(table, notes)
    found = arrange(
        table,
        notes,
        wanted=parameters,
        kept=(*described.angles, *described.parameters),
        told=described.parameters,
    )
    paths = _paths(table, folder, notes, allow_outside)
    images = _images(table, found, paths, described, notes, allow_outside)
    return guess_background(
        replace(images, name=name, background=background or described.background)
    )


def _with_files(table: Table, files: Sequence[str] | None) -> Table:
    """Return the table with the chosen columns of files only.

    Raises
    ------
    InputError
        There is no such column, or none at all.
    """
    if not table.files:
        raise InputError(
            f"Expected a column {FILE_COLUMN} with the names of images in {table.path}. Got "
            f"{', '.join(table.columns)} instead."
        )
    if files is None:
        return table
    if unknown := [name for name in files if name not in table.files]:
        raise InputError(
            f"Expected columns out of {', '.join(table.files)} for `files`. Got "
            f"{', '.join(unknown)} instead."
        )
    left_out = {*table.files} - {*files}
    return replace(table, columns={n: c for n, c in table.columns.items() if n not in left_out})


def _with_labels(table: Table, names: Sequence[str]) -> Table:
    """Return the table with the columns of these parameters as labels."""
    found = {n for n in table.columns if {n, printable(name_and_unit(n)[0])} & {*names}}
    return replace(table, labels=table.labels | found)


def _paths(
    table: Table, folder: str, notes: list[str], allow_outside: bool
) -> dict[str, list[str]]:
    """Return the path of each image by column, "" where there is none.

    Raises
    ------
    InputError
        A file is missing, or outside the folder.
    """
    found: dict[str, list[str]] = {}
    missing: list[str] = []
    inside: set[str] = set()
    for column in table.files:
        cells = table.columns[column]
        named = [cell for cell in cells if cell.lower() not in NO_FILE]
        if not named or not any(map(is_image_file, named)):
            notes.append(f"left out the column {column} of {table.path}, which has no images")
            continue
        found[column] = paths = []
        for cell in cells:
            path = "" if cell.lower() in NO_FILE else os.path.join(folder, cell)
            if "\\" in cell and not os.path.lexists(path):  # written on Windows
                path = os.path.join(folder, cell.replace("\\", "/"))
            if path:
                if os.path.dirname(path) not in inside or os.path.islink(path):
                    check_inside(table.path, path, allowed=allow_outside)
                    inside.add(os.path.dirname(path))
                if not os.path.isfile(path):
                    missing.append(cell)
            paths.append(path)
    if missing:
        raise InputError(
            f"Expected all images that {table.path} names. Got no file for {len(missing)} of them, "
            f"such as {', '.join(missing[:NAMED])}: put them there, or leave their rows out."
        )
    if not found:
        raise InputError(
            f"Expected images in the columns {', '.join(table.files)} of {table.path}. Got none: "
            f"name files that end with .png, .jpg, .tif, .exr, .npz, .vti or .h5."
        )
    return found


def _images(
    table: Table,
    found: Arrangement,
    paths: Mapping[str, list[str]],
    described: Description,
    notes: list[str],
    allow_outside: bool,
) -> Images:
    """Return the images; several columns of colours alone are labels along one more axis."""
    names = [p.name for p in found.parameters]
    size, places = places_of(paths, described, names, notes, allow_outside=allow_outside)
    colours = [place for place in places if place.channel.is_colour]
    parameters, rows = found.parameters, found.rows
    present = _present(table, paths, rows)
    several = len(colours) > 1
    if several:
        if len(places) > len(colours):
            raise InputError(
                f"Expected one column of colours beside those of other values in {table.path}. Got "
                f"{', '.join(p.column for p in colours)} instead: choose columns with `files`."
            )
        count = max(p.channel.components for p in colours)
        channel = next(p.channel for p in colours if p.channel.components == count)
        axis = Parameter(FILE_COLUMN, tuple(printable(p.column) for p in colours))
        parameters = (*parameters, axis)
        present = None if present is None else np.stack([present] * len(colours), -1)
        channels = [channel]
    else:
        channels = [place.channel for place in (*colours, *(p for p in places if p not in colours))]
    by_name = {place.channel.name: place for place in places}

    def read(index: tuple[int, ...], name: str) -> NDArray[Any]:
        place = colours[index[-1]] if several else by_name[name]
        row = int(rows[index[: rows.ndim]])
        place = replace(place, channel=channels[0]) if several else place
        if row < 0 or not paths[place.column][row]:
            raise InputError(f"Expected an image that is there. Got {index} instead, a hole.")
        return _values(paths[place.column][row], place, size, allow_outside)

    kept = {
        "columns": [printable(n) for n in table.columns],
        "files": {
            printable(c): {
                "channels": [p.channel.name for p in places if p.column == c],
                "suffix": printable(os.path.splitext(next(filter(None, paths[c])))[1].lower()),
            }
            for c in paths
        },
        "integers": list(found.integers),
        "texts": found.texts,
        "order": list(found.order),
    }
    attributes = {
        **described.attributes,
        **({"columns": found.columns} if found.columns else {}),
        "cinema": {k: v for k, v in kept.items() if v},
    }
    return Images(
        parameters=parameters,
        size=size,
        channels=tuple(channels),
        read=read,
        present=present,
        camera=described.camera,
        attributes=attributes,
        notes=tuple(notes),
    )


def _present(
    table: Table, paths: Mapping[str, list[str]], rows: NDArray[np.int64]
) -> NDArray[np.bool_] | None:
    """Return which cells of the grid have images, None if all have.

    Raises
    ------
    InputError
        A row has an image in some of the columns only.
    """
    has = np.array([[bool(path) for path in column] for column in paths.values()])
    if (partly := np.flatnonzero(has.any(0) & ~has.all(0))).size:
        raise InputError(
            f"Expected images in all of the columns {', '.join(paths)} of {table.path}, or in none "
            f"of them. Got some in row {int(partly[0]) + 2}: choose columns with `files`."
        )
    found = (rows >= 0) & has[0][rows]
    return None if found.all() else found


def _values(path: str, place: Place, size: tuple[int, int], allow_outside: bool) -> NDArray[Any]:
    """Return the values of a channel in one image.

    Raises
    ------
    InputError
        The image is missing, damaged, of another size or of another kind.
    """
    for found in layers_of(path, allow_outside=allow_outside):  # before anything is decoded
        if found.name == place.layer and found.shape[:2] != size:
            raise unequal(path, found.shape[:2], size)
    values = read_layer(path, place.layer, allow_outside=allow_outside)
    channel = place.channel
    if channel.is_colour:
        return as_colour(values, channel.components, path)
    if place.component is not None and values.ndim == 3 and values.shape[2] > place.component:
        values = values[..., place.component]
    if values.shape != size or not fits(values, channel.dtype):
        raise InputError(
            f"Expected values of {channel.dtype.name} and shape {size} for {channel.name!r} in "
            f"{path}, as in the first image. Got {values.dtype.name} and {values.shape} instead."
        )
    return np.ascontiguousarray(values, channel.dtype)
