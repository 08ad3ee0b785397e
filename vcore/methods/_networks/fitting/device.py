"""torch, if it is there, and the device to fit on."""

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
    """Return the torch module.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    # waiting threads must not spin: beside other work on the cores that costs a factor of three
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        import torch
        import torch._dynamo  # seconds that the first optimiser would else take of a fit's time
    except ImportError as error:
        raise MissingExtraError(
            "Expected torch for fitting a network. It is not installed: "
            "pip install 'vcore-volumes[train]' (decoding does not need it)."
        ) from error
    return torch


def device_of(context: Context) -> "torch.device":
    """Return the device that the context asks for, and seed torch.

    Raises
    ------
    InputError
        CUDA was asked for and torch finds none.
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
    """Let products of matrices on CUDA take TF32 inside: factors of 10 bits, sums in float32."""
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
    """Return whether to fit on CUDA, for methods that need no torch otherwise.

    Raises
    ------
    InputError, MissingExtraError
        CUDA was asked for, and torch finds none or is not installed.
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
