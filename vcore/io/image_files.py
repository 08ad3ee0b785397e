"""Image files of collections: their layers by header, and the values of one layer.

PNG, JPEG, JPEG 2000, BMP, TIFF, OpenEXR, `.npy`, `.npz`, `.vti` and HDF5 (pycinema's layout, or
arrays of one image). Rows run from top to bottom; those of `.vti`, which run upward, are turned.
"""

import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError, MemoryLimitError
from vcore.io import exr, image, npy
from vcore.io.colour_images import is_shown, spread
from vcore.io.formats import READERS
from vcore.io.hdf5_filters import check_filters
from vcore.io.hdf5_links import check_virtual
from vcore.io.image_header import read_header
from vcore.io.mapped import nbytes_of
from vcore.io.npz import stored_member
from vcore.io.outside import check_hdf5
from vcore.io.request import ReadRequest, check_file, need, reading
from vcore.io.tiff_images import Picture, picture_of
from vcore.model.volume import Variable
from vcore.runtime.memory import available_bytes

CHANNELS = "channels"
"""Group of an HDF5 image that holds its channels, as pycinema writes it."""
MAX_COMPONENTS = 4
"""Maximum number of components of an image; arrays of more are none."""
GENERIC = ("data", "array", "values", "arr_0", "image")
"""Names that arrays have where nobody has named them."""


@dataclass(frozen=True)
class Layer:
    """An array in an image file.

    Parameters
    ----------
    name
        Name in the file, "" if it tells none.
    shape
        y, x, and components if there are several.
    dtype
        Type of the values.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def is_image(self) -> bool:
        """Whether the array is one of numbers over y, x and perhaps a few components."""
        few = len(self.shape) == 2 or (len(self.shape) == 3 and self.shape[2] <= MAX_COMPONENTS)
        return few and self.dtype.kind in "biuf"

    @property
    def is_colour(self) -> bool:
        """Whether the values are those of a colour: 3 or 4 bytes, or grey and opacity."""
        return self.dtype == np.uint8 and len(self.shape) == 3 and self.shape[2] in (2, 3, 4)


UPWARD = Picture(orientation=4, associated=False, bits=0)
"""How `.vti` is seen."""
Layers = Callable[[ReadRequest], tuple[Layer, ...]]
Values = Callable[[ReadRequest, str], NDArray[Any]]


def is_image_file(path: str) -> bool:
    """Return whether the suffix of ``path`` is that of an image file of collections."""
    return _suffix(path) in FORMATS


def is_picture(path: str) -> bool:
    """Return whether the header of ``path`` is read in an instant: PNG, JPEG, JPEG 2000, BMP."""
    return READERS.get(_suffix(path)) == "image"


def has_names(path: str) -> bool:
    """Return whether a file of that suffix has layers with names: `.npz`, `.vti`, EXR, HDF5."""
    return _suffix(path) in (".npz", ".vti", ".exr", ".h5", ".hdf5")


def layers_of(path: str, *, allow_outside: bool = False) -> tuple[Layer, ...]:
    """Return the layers of an image file, read from its header.

    Raises
    ------
    InputError
        A missing or damaged file, one of an unknown format, without an image, or of a declared
        size that the available memory cannot hold.
    """
    found, others = arrays_of(path, allow_outside=allow_outside)
    if not found:
        told = ", ".join(f"{o.name or 'one'} of {o.dtype} {o.shape}" for o in others)
        raise InputError(
            f"Expected an image of y, x and at most {MAX_COMPONENTS} components in {path}. Got "
            f"{f'the arrays {told:.200}' if others else 'no such array'} instead."
        )
    return found


def arrays_of(
    path: str, *, allow_outside: bool = False
) -> tuple[tuple[Layer, ...], tuple[Layer, ...]]:
    """Return the layers of an image file as ``layers_of``, and its arrays that are no images."""
    check_file(path)
    list_layers, _ = _format(path)
    with reading(path, "image"):
        found = list_layers(ReadRequest(path=path, allow_outside=allow_outside))
        for layer in found:
            if layer.is_image:
                _check_size(layer.shape, layer.dtype, path)
    images = tuple(layer for layer in found if layer.is_image)
    return images, tuple(layer for layer in found if not layer.is_image)


def read_layer(path: str, name: str, *, allow_outside: bool = False) -> NDArray[Any]:
    """Return the values of a layer: y, x, and components if there are several.

    Raises
    ------
    InputError
        The file has no such layer, or is missing or damaged.
    """
    check_file(path)
    _, read = _format(path)
    with reading(path, "image"):
        return read(ReadRequest(path=path, allow_outside=allow_outside), name)


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _format(path: str) -> tuple[Layers, Values]:
    found = FORMATS.get(_suffix(path))
    if found is None:
        raise InputError(
            f"Expected an image that ends with one of {' '.join(sorted(FORMATS))}. Got {path} "
            f"instead."
        )
    return found


def _check_size(shape: Sequence[int], dtype: np.dtype[Any], path: str) -> None:
    """Refuse an image that declares more values than the memory holds."""
    nbytes, most = nbytes_of(shape, dtype), available_bytes()
    if nbytes > most:
        raise MemoryLimitError(
            f"Expected an image of at most {most} bytes, the memory available. Got "
            f"{' x '.join(map(str, shape))} values of {dtype.name} in {path} instead: the file is "
            f"damaged, or too large for this machine."
        )


def _missing(path: str, name: str) -> InputError:
    return InputError(
        f"Expected the channel {name!r} in {path}, as in the first image. Got none of that name "
        f"instead."
    )


def _picture_layers(source: ReadRequest) -> tuple[Layer, ...]:
    header = read_header(source.path)
    return (Layer("", header.shape, header.dtype),)


def _picture(source: ReadRequest, _: str) -> NDArray[Any]:
    header = read_header(source.path)
    values = image.decoded(source.path, header.kind)
    return spread(values, header.bits) if header.bits and is_shown(values) else values


def _volume_layers(source: ReadRequest) -> tuple[Layer, ...]:
    picture = _picture_of(source)
    found = []
    for name, variable in _volume(source).items():
        height, width = _plane(variable)
        shape = (*picture.size((height, width)), *_components(variable))
        found.append(Layer(name, shape, variable.dtype))
    return tuple(found)


def _volume_values(source: ReadRequest, name: str) -> NDArray[Any]:
    variables = _volume(source)
    if name not in variables:
        raise _missing(source.path, name)
    variable = variables[name]
    *_, height, width = _plane(variable)
    values = variable.read()
    if "c" in variable.axes:
        count = variable.length("c")
        values = np.moveaxis(values.reshape(count, height, width), 0, -1)
    else:
        values = values.reshape(height, width)
    return _picture_of(source).seen(values)


def _picture_of(source: ReadRequest) -> Picture:
    """Return how the values of a file are seen; the rows of `.vti` run upward."""
    if READERS[_suffix(source.path)] == "tiff":
        return picture_of(source.path)
    return UPWARD


def _volume(source: ReadRequest) -> Mapping[str, Variable]:
    """Return the variables of a file of one plane by name, "" if it has only one without a name."""
    module = READERS[_suffix(source.path)]
    volume = import_module(f"vcore.io.{module}").read(source)
    for variable in volume.every:
        if len(_plane(variable)) != 2 or variable.length("t") > 1:
            raise InputError(
                f"Expected one image in {source.path}. Got values of shape "
                f"{' x '.join(map(str, variable.shape))} ({' '.join(variable.axes)}) instead."
            )
    if _suffix(source.path) == ".vti":
        return {v.name: v for v in volume.every}
    return {"" if n == 0 else v.name: v for n, v in enumerate(volume.every)}


def _plane(variable: Variable) -> tuple[int, ...]:
    """Return the lengths of the axes in space that are longer than a voxel; y and x of images."""
    shape = variable.shape[-3:]
    if shape[0] == 1:
        return shape[1:]
    return tuple(n for n in shape if n > 1)


def _components(variable: Variable) -> tuple[int, ...]:
    count = variable.length("c")
    return (count,) if count > 1 else ()


def _exr_layers(source: ReadRequest) -> tuple[Layer, ...]:
    header = exr.read_header(source.path)
    for dtype in header.channels.values():
        _check_size(header.stored_size, dtype, source.path)
    return tuple(
        Layer(name, header.size, _native_dtype(dtype)) for name, dtype in header.channels.items()
    )


def _exr(source: ReadRequest, name: str) -> NDArray[Any]:
    for layer in _exr_layers(source):  # declared sizes, before values are decoded
        _check_size(layer.shape, layer.dtype, source.path)
    values = exr.read_channel(source.path, name)
    if values is None:
        raise _missing(source.path, name)
    return _native(values)


def _npy_layers(source: ReadRequest) -> tuple[Layer, ...]:
    with open(source.path, "rb") as file:
        shape, _, dtype = npy.read_header(file, source.path)
    return _arrays({"": (shape, dtype)})


def _npy(source: ReadRequest, _: str) -> NDArray[Any]:
    ((layer),) = _npy_layers(source)
    _check_size(layer.shape, layer.dtype, source.path)
    with open(source.path, "rb") as file:
        shape, fortran, dtype = npy.read_header(file, source.path)
        values = np.fromfile(file, dtype, int(np.prod(shape)))
    return _native(values.reshape(shape, order="F" if fortran else "C"))


def _npz_layers(source: ReadRequest) -> tuple[Layer, ...]:
    heads = {}
    with zipfile.ZipFile(source.path) as archive:
        for info in archive.infolist():
            with archive.open(info) as file:
                shape, _, dtype = npy.read_header(file, source.path)  # type: ignore[arg-type]
            heads[info.filename.removesuffix(".npy")] = (shape, dtype)
    return _arrays(heads)


def _npz(source: ReadRequest, name: str) -> NDArray[Any]:
    with zipfile.ZipFile(source.path) as archive:
        member = next(
            (i for i in archive.infolist() if i.filename.removesuffix(".npy") == name), None
        )
        if member is None:
            raise _missing(source.path, name)
        found = stored_member(source.path, archive, member)
    return _native(np.array(found[...]))


def _hdf5_layers(source: ReadRequest) -> tuple[Layer, ...]:
    check_hdf5(source)
    with need("h5py").File(source.path, "r") as file:
        return _arrays({n: (d.shape, d.dtype) for n, d in _hdf5_images(file).items()})


def _hdf5(source: ReadRequest, name: str) -> NDArray[Any]:
    check_hdf5(source)
    with need("h5py").File(source.path, "r") as file:
        dataset = _hdf5_images(file).get(name)
        if dataset is None:
            raise _missing(source.path, name)
        _check_size(dataset.shape, dataset.dtype, source.path)
        check_virtual(source.path, dataset)
        check_filters(source.path, dataset)
        return _native(dataset[...])


def _hdf5_images(file: Any) -> dict[str, Any]:
    """Return the datasets of the group of channels by name, of the file itself without it."""
    h5py = need("h5py")
    group = file.get(CHANNELS, file)
    if not isinstance(group, h5py.Group):
        return {}
    members = {str(name): group.get(name) for name in group}
    return {
        name: member
        for name, member in members.items()
        if isinstance(member, h5py.Dataset) and member.shape is not None
    }


def _arrays(heads: Mapping[str, tuple[tuple[int, ...], np.dtype[Any]]]) -> tuple[Layer, ...]:
    return tuple(
        Layer(name, _image_shape(shape), _native_dtype(dtype))
        for name, (shape, dtype) in heads.items()
    )


def _image_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape without the axes of length 1 that are not y, x."""
    while len(shape) > 3 and shape[0] == 1:
        shape = shape[1:]
    while len(shape) > 2 and shape[-1] == 1:
        shape = shape[:-1]
    return shape[1:] if len(shape) == 3 and shape[0] == 1 and shape[2] > MAX_COMPONENTS else shape


def _native_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return dtype.newbyteorder("=")


def _native(values: NDArray[Any]) -> NDArray[Any]:
    values = values.reshape(_image_shape(values.shape))
    return np.ascontiguousarray(values, _native_dtype(values.dtype))


_PICTURE: tuple[Layers, Values] = (_picture_layers, _picture)
_VOLUME: tuple[Layers, Values] = (_volume_layers, _volume_values)
_HDF5: tuple[Layers, Values] = (_hdf5_layers, _hdf5)
FORMATS: dict[str, tuple[Layers, Values]] = {
    **{suffix: _PICTURE for suffix, module in READERS.items() if module == "image"},
    **dict.fromkeys((".tif", ".tiff", ".vti"), _VOLUME),
    **dict.fromkeys((".h5", ".hdf5"), _HDF5),
    ".exr": (_exr_layers, _exr),
    ".npy": (_npy_layers, _npy),
    ".npz": (_npz_layers, _npz),
}
"""Functions that read an image file, by suffix."""
