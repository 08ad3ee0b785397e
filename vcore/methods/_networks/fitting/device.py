"""Import of the optional torch, and selection of the fitting device."""

import ctypes
import os
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from vcore.errors import InputError, MissingExtraError
from vcore.model.context import Context

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch


def import_torch() -> Any:
    """Import and return torch.

    Raises
    ------
    MissingExtraError
        torch is not installed.
    """
    # waiting threads must not spin: with other load on the cores that slows fits by a factor of 3
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        import torch
        import torch._dynamo  # otherwise imported by the first optimiser, seconds into the fit
    except ImportError as error:
        raise MissingExtraError(
            "Expected torch for fitting a network. It is not installed: "
            "pip install 'vcore-volumes[train]' (decoding does not need it)."
        ) from error
    return torch


def device_of(context: Context) -> "torch.device":
    """Return the device requested by the context, and seed torch.

    Raises
    ------
    InputError
        CUDA was requested and torch finds none.
    """
    module = import_torch()
    cuda = context.device != "cpu" and module.cuda.is_available()
    if context.device == "cuda" and not cuda:
        raise InputError("Expected a CUDA device. torch finds none: use `device='cpu'`.")
    module.manual_seed(context.seed)
    device: torch.device = module.device("cuda" if cuda else "cpu")
    return device


@contextmanager
def tf32(device: "torch.device") -> "Iterator[None]":
    """Allow TF32 in CUDA matrix products: factors with 10-bit mantissas, sums in float32."""
    if device.type != "cuda":
        yield
        return
    torch = import_torch()
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def wants_cuda(context: Context) -> bool:
    """Return whether to fit on CUDA; for methods that need torch for CUDA only.

    Raises
    ------
    InputError, MissingExtraError
        CUDA was requested, and torch finds none or is not installed.
    """
    if context.device == "cpu":
        return False
    # importing torch takes seconds
    if context.device == "auto" and not (_has_driver() and find_spec("torch")):
        return False
    return device_of(context).type == "cuda"


def _has_driver() -> bool:
    for name in ("libcuda.so.1", "nvcuda.dll"):
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False
