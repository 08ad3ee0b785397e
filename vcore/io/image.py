"""PNG, JPEG, JPEG 2000 and BMP images, decoded by imagecodecs."""

from dataclasses import replace
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.assemble import variable
from vcore.io.formats import stem_of
from vcore.io.image_header import ImageHeader, read_header
from vcore.io.lazy import Lazy
from vcore.io.request import ReadRequest, check_file, need, reading
from vcore.model.grid import Grid
from vcore.model.regions import Region
from vcore.model.volume import Volume

KIND = "image"
START_OF_SCAN, END_OF_IMAGE = b"\xff\xda", b"\xff\xd9"
"""Markers of JPEG, which cannot occur within a scan (ITU-T T.81, B.1.1.2)."""


def read(source: ReadRequest) -> Volume:
    """Read one image: grey values, or colours as components.

    Only the header is read before values are requested. Palettes give their colours, grey values of
    fewer than 8 bits are spread over 0 to 255. Sizes and orientations for printing and viewing
    (pHYs, JFIF, Exif) are not applied.

    Raises
    ------
    InputError
        A damaged file, an absurd size, or colours of printing.
    """
    check_file(source.path)
    with reading(source.path, KIND):
        header = read_header(source.path)
        if header.kind == "bmp":  # its palette decides whether it is grey
            shape = decoded(source.path, "bmp").shape
            header = replace(
                header, shape=shape, components=header.components if len(shape) > 2 else ()
            )
    data = _Image(source.path, header)
    axes = "yxc" if data.ndim > 2 else "yx"
    found = variable(source, stem_of(source.path), data, axes, components=header.components)
    return Volume(Grid(shape=found.shape[-3:]), (found,))  # type: ignore[arg-type]


class _Image(Lazy):
    """An image decoded on first read, and held until it is released."""

    def __init__(self, path: str, header: ImageHeader) -> None:
        super().__init__(header.shape, header.dtype)
        self._path, self._kind = path, header.kind
        self._values: NDArray[Any] | None = None
        self._lock = Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in vars(self).items() if k != "_lock"} | {"_values": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=Lock())

    def release(self) -> None:
        self._values = None

    def _read(self, region: Region) -> NDArray[Any]:
        with self._lock:
            values = self._values
            if values is None:
                with reading(self._path, KIND):
                    values = decoded(self._path, self._kind)
                if (values.shape, values.dtype) != (self.shape, self.dtype):
                    raise InputError(
                        f"Expected an image of shape {self.shape} and type {self.dtype} in "
                        f"{self._path}, as its header tells. Got {values.shape} and "
                        f"{values.dtype} instead: the file is damaged, or has changed."
                    )
                self._values = values
        part: NDArray[Any] = values[region]
        return part


def decoded(path: str, kind: str) -> NDArray[Any]:
    """Return the samples of an image; damaged files raise errors of many types."""
    decode = getattr(need("imagecodecs"), f"{kind}_decode")
    with open(path, "rb") as file:
        data = file.read()
    if kind == "jpeg" and data.rfind(END_OF_IMAGE) < data.rfind(START_OF_SCAN):
        raise ValueError("its last scan does not end")  # libjpeg fills the rest with grey
    return np.asarray(decode(data))
