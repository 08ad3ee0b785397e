"""Weights of NeRF networks from `.npz`, safetensors and PyTorch checkpoints, as NerfFields."""

import os
import pickle
import warnings
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io import npz_write, safetensors
from vcore.io.mapped import check_memory
from vcore.io.npz import stored_member
from vcore.io.request import check_file, need, reading
from vcore.scenes.methods.nerf.layouts import FIRST, arrays_of, network_of
from vcore.scenes.methods.nerf.network import Network

Arrays = dict[str, NDArray[Any]]
NPZ, SAFETENSORS = ".npz", ".safetensors"
TORCH = (".pt", ".pth", ".ckpt", ".tar")
"""Suffixes of PyTorch checkpoints."""
COARSE = ("coarse/", "coarse.", "model_coarse_state_dict.", "network_fn_state_dict.")
FINE = ("fine/", "fine.", "model_fine_state_dict.", "network_fine_state_dict.")
"""Prefixes of the networks' arrays; the last ones are keys of checkpoints."""
WRAPPERS = ("module.",)
"""Prefixes that DataParallel puts before names."""
MAX_BYTES = 1 << 30
"""Maximum size of a file of weights in bytes."""


def is_weights(path: str) -> bool:
    """Return whether a file has the weights of a NeRF: by its names, or as a checkpoint."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix in (SAFETENSORS, *TORCH):
        return os.path.isfile(path)
    if suffix != NPZ or not os.path.isfile(path):
        return False
    return any(n.endswith(first) for n in npz_names(path) for first in FIRST.values())


def npz_names(path: str) -> list[str]:
    """Return the names of the arrays in an `.npz`; none if it is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [n.removesuffix(".npy") for n in archive.namelist()]
    except (OSError, zipfile.BadZipFile):
        return []


def read(path: str) -> tuple[Network, Network | None, str, int]:
    """Return fine and coarse network (None if there is one only), the layout of their names, and
    the size of their weights as float32 in bytes.

    Raises
    ------
    InputError
        A damaged file, weights of other shapes, values that are not finite, or a checkpoint with
        more than weights in it.
    """
    arrays = _arrays(path)
    coarse, fine = (_named(arrays, prefixes) for prefixes in (COARSE, FINE))
    if not coarse and not fine:
        fine = _unwrapped(arrays)
    elif not fine:
        coarse, fine = {}, coarse
    with reading(path, "file of weights"):
        network = network_of(fine)
        other = network_of(coarse) if coarse else None
    from vcore.scenes.methods.nerf.layouts import layout_of

    nbytes = 4 * sum(v.size for part in (coarse, fine) for v in part.values())
    return network, other, layout_of(fine), nbytes


def write(path: str, network: Network, layout: str) -> None:
    """Write a network's weights as both the coarse and the fine one, `.npz` or `.safetensors`.

    One network does for both: the coarse one only says where to sample.
    """
    arrays = arrays_of(network, layout)
    if path.lower().endswith(NPZ):
        npz_write.write(path, {p + n: v for p in ("coarse/", "fine/") for n, v in arrays.items()})
        return
    safetensors.write(path, {p + n: v for p in ("coarse.", "fine.") for n, v in arrays.items()})


def _arrays(path: str) -> Arrays:
    size = check_file(path)
    if size > MAX_BYTES:
        raise InputError(
            f"Expected a file of weights of up to {MAX_BYTES} bytes. Got {size} in {path}."
        )
    suffix = os.path.splitext(path)[1].lower()
    if suffix == SAFETENSORS:
        return safetensors.read(path)
    if suffix == NPZ:
        return read_npz(path)
    return _checkpoint(path)


def read_npz(path: str, names: tuple[str, ...] | None = None) -> Arrays:
    """Return the arrays of an archive by name; nothing is unpickled.

    Raises
    ------
    InputError
        The archive is damaged, or has arrays of Python objects.
    """
    check_file(path)
    found = {}
    with reading(path, "NumPy archive"), zipfile.ZipFile(path) as archive:
        total = 0
        for info in archive.infolist():
            name = info.filename.removesuffix(".npy")
            if names is not None and name not in names:
                continue
            array = stored_member(path, archive, info)
            total += array.dtype.itemsize * int(np.prod(array.shape, dtype=object))
            check_memory(total, path)
            found[name] = np.asarray(array[(slice(None),) * len(array.shape)])
    return found


def _checkpoint(path: str) -> Arrays:
    """Return the tensors of a PyTorch checkpoint, flattened with dots; it runs no code."""
    torch = need("torch", "train")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickles that torch refuses in the end
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(
            f"Expected a checkpoint of nothing but weights. {path} holds other Python objects, "
            f"which could run code, and is not loaded: save its state_dict with safetensors."
        ) from error
    except Exception as error:
        raise InputError(
            f"Expected a PyTorch checkpoint at {path}. Got {type(error).__name__} instead: the "
            f"file is damaged, incomplete or of another format."
        ) from error
    found: Arrays = {}
    _flatten(torch, loaded, "", found)
    return found


def _flatten(torch: Any, value: Any, prefix: str, found: Arrays) -> None:
    if torch.is_tensor(value):
        if value.is_floating_point() and value.layout == torch.strided:
            found[prefix.removesuffix(".")] = value.detach().to(torch.float32).numpy()
    elif isinstance(value, Mapping) and prefix.count(".") < 8:
        for name, inner in value.items():
            if "optimizer" not in str(name):
                _flatten(torch, inner, f"{prefix}{name}.", found)


def _named(arrays: Arrays, prefixes: tuple[str, ...]) -> Arrays:
    """Return the arrays whose names have one of ``prefixes``, without it."""
    for prefix in prefixes:
        found = {n[len(prefix) :]: v for n, v in arrays.items() if n.startswith(prefix)}
        if found:
            return _unwrapped(found)
    return {}


def _unwrapped(arrays: Arrays) -> Arrays:
    for prefix in WRAPPERS:
        if arrays and all(n.startswith(prefix) for n in arrays):
            return {n[len(prefix) :]: v for n, v in arrays.items()}
    return arrays
