"""EBCC and QPET-SPERR, from the packages numcodecs-wasm-ebcc and numcodecs-wasm-qpet-sperr.

Their times are those of WebAssembly, which is slower than machine code.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.codec import Array, Codec, Stream
from vcore.errors import MissingExtraError, VcoreError

LEAST_SIDE = 32
"""Least side of a slice in EBCC: it fails below."""


class Wasm:
    """A codec with an absolute error bound; the level is the log of the relative one.

    Parameters
    ----------
    volume
        ``(..., z, y, x)``.
    package, name
        Names of the package and of its codec.
    settings
        Function of the bound in data units that returns the arguments of the codec.
    least
        Least side of a slice; smaller ones are padded.

    Raises
    ------
    MissingExtraError
        The package is not installed.
    """

    note, steps, halving, spacing = "", 10, False, 0.0
    coarse, fine = 0.0, -14.0

    def __init__(
        self,
        volume: Array,
        package: str,
        name: str,
        settings: Callable[[float], dict[str, Any]],
        least: int = 1,
    ) -> None:
        self.made, self.settings = getattr(import_wasm(package), name), settings
        self.shape = volume.shape
        padding = [(0, max(least - n, 0)) for n in self.shape[-2:]]
        values = np.ascontiguousarray(volume, np.float32)
        self.values = np.pad(values, [(0, 0)] * (volume.ndim - 2) + padding, mode="edge")
        self.span = float(np.ptp(values)) or 1.0

    def bound(self, level: float) -> float:
        """Return the absolute tolerance at a level."""
        return float(self.span * 2**level)

    def encode(self, level: float) -> Stream:
        """Return the stream at an absolute tolerance."""
        return [bytes(self._run("encode", self.bound(level), self.values))]

    def decode(self, stream: Stream) -> Array:
        """Return float32 values."""
        decoded = np.asarray(self._run("decode", self.span, np.frombuffer(stream[0], np.uint8)))
        return decoded.reshape(self.values.shape)[tuple(slice(n) for n in self.shape)]

    def _run(self, way: str, bound: float, data: Any) -> Any:
        try:
            with _silent():
                return getattr(self.made(**self.settings(bound)), way)(data)
        except Exception as error:  # the packages raise bare ones
            raise VcoreError(f"Expected the codec to {way}. Got {error} instead.") from error


def ebcc(volume: Array) -> list[Codec]:
    """Return EBCC: JPEG2000, and what it leaves above the bound coded by wavelets."""

    def settings(bound: float) -> dict[str, Any]:
        return {"residual": "absolute", "error": bound}

    return [Wasm(volume, "numcodecs_wasm_ebcc", "Ebcc", settings, LEAST_SIDE)]


def qpet_sperr(volume: Array) -> list[Codec]:
    """Return QPET-SPERR, with the values themselves as the quantity of interest."""

    def settings(bound: float) -> dict[str, Any]:
        return {"mode": "qoi-symbolic", "qoi": "x", "qoi_pwe": bound}

    return [Wasm(volume, "numcodecs_wasm_qpet_sperr", "QpetSperr", settings)]


def import_wasm(package: str) -> Any:
    """Return a package of numcodecs-wasm.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    try:
        return import_module(package)
    except ImportError as error:
        raise MissingExtraError(
            f"Expected the package {package}: pip install {package.replace('_', '-')}."
        ) from error


@contextmanager
def _silent() -> Iterator[None]:
    """Discard what the compiled code writes to the standard output."""
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
