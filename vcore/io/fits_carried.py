"""Tables and further images of FITS files, carried beside the images that are read."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.io.lazy import CallbackArray
from vcore.io.request import need, reading
from vcore.model.regions import Region
from vcore.model.volume import CarriedArray

LETTERS = "tczyx"
"""Ends of the names of an image's dimensions, the last ones for fewer axes."""


def carried_hdus(
    path: str, hdus: Any, images: Mapping[int, str], cards: Mapping[int, Mapping[str, Any]]
) -> tuple[tuple[CarriedArray, ...], tuple[str, ...]]:
    """Return tables as records and images as arrays, and what cannot be carried, with the reason.

    Values are those of astropy: scaled, with text of a fixed number of bytes.

    Parameters
    ----------
    path
        The file.
    hdus
        Its opened list of HDUs.
    images
        Names of the images to carry, by number.
    cards
        Header cards to keep as the attribute ``fits``, by number.
    """
    found, left_out = [], []
    for number, hdu in enumerate(hdus):
        if number in images:
            name, read = images[number], _image
        elif hdu.is_image or "XTENSION" not in hdu.header:
            continue
        else:
            name, read = str(hdu.name or f"extension_{number}"), _table
        try:
            values = read(path, number)
        except (TypeError, ValueError, NotImplementedError) as error:
            left_out.append(f"{name} ({error})")
            continue
        if not values.size:
            left_out.append(f"{name} (empty)")
            continue
        dims: tuple[str, ...] = (f"{name}_row",)
        if number in images:
            dims = tuple(f"{name}_{a}" for a in LETTERS[-values.ndim :])
        fetch = partial(_fetch, read, path, number)
        data = CallbackArray(values.shape, values.dtype, fetch)
        attributes = {"fits": dict(cards[number])} if cards.get(number) else {}
        found.append(CarriedArray(name, data, dims, attributes))
    return tuple(found), tuple(left_out)


def _fetch(read: Any, path: str, number: int, region: Region) -> NDArray[Any]:
    values: NDArray[Any] = read(path, number)[region]
    return values


def _image(path: str, number: int) -> NDArray[Any]:
    with reading(path, "FITS file"), need("astropy.io.fits").open(path, memmap=False) as hdus:
        values = np.asarray(hdus[number].data)
    if values.ndim > len(LETTERS):
        raise ValueError(f"{values.ndim} axes")
    return values.astype(values.dtype.newbyteorder("="))


def _table(path: str, number: int) -> NDArray[Any]:
    """Return a table as records, with texts as bytes."""
    with reading(path, "FITS file"), need("astropy.io.fits").open(path, memmap=False) as hdus:
        rows = hdus[number].data
        columns = {name: _column(np.asarray(rows[name])) for name in hdus[number].columns.names}
    if odd := [name for name, values in columns.items() if values.dtype.hasobject]:
        raise ValueError(f"lists of any length in {', '.join(odd)}")
    fields: Any = [(n, v.dtype, v.shape[1:]) for n, v in columns.items()]
    table: NDArray[Any] = np.empty(len(rows), np.dtype(fields))
    for name, values in columns.items():
        table[name] = values
    return table


def _column(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype.kind == "U":
        return np.char.encode(values, "utf-8")
    return values.astype(values.dtype.newbyteorder("="))
