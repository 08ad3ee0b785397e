"""Codecs that take a series as one 4D array: SZ3, ZFP, and TTHRESH where its binary is named."""

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import peers
from benchmarks.codec import Stream, import_imagecodecs
from benchmarks.peers import Coded, OverLimit, Sz3
from vcore.errors import InputError, MissingExtraError

Array = NDArray[Any]
NAMES = ("sz3", "sperr", "zfp", "tthresh")
VARIABLE = "TTHRESH"
"""Environment variable with the path of the binary (github.com/rballester/tthresh)."""


class Zfp:
    """ZFP at a fixed accuracy, up to 4D; the level is the logarithm of the tolerance's share."""

    note, steps, halving = "", 14, True
    coarse, fine = 0.0, float(np.log2(1e-6))

    def __init__(self, volume: Array) -> None:
        self.imagecodecs = import_imagecodecs()
        self.values = np.ascontiguousarray(volume, np.float32)
        self.span = float(np.ptp(self.values)) or 1.0

    def encode(self, level: float) -> Stream:
        """Return the stream at an absolute tolerance."""
        tolerance = self.span * 2**level
        return [bytes(self.imagecodecs.zfp_encode(self.values, tolerance, mode="accuracy"))]

    def decode(self, stream: Stream) -> Array:
        """Return float32 values."""
        return np.asarray(self.imagecodecs.zfp_decode(stream[0])).reshape(self.values.shape)


class Tthresh:
    """TTHRESH with a PSNR, run as a program; the level is the root mean square error's."""

    note, steps, halving = "", 10, False
    coarse, fine = float(np.log2(0.3)), float(np.log2(1e-5))

    def __init__(self, volume: Array) -> None:
        found = os.environ.get(VARIABLE, "")
        if not found or not Path(found).is_file():
            raise MissingExtraError(
                f"Expected the binary of TTHRESH in the environment variable {VARIABLE}. "
                f"Got {found!r} instead: build github.com/rballester/tthresh and name it there."
            )
        self.program = found
        self.values = np.ascontiguousarray(volume, np.float32)
        if not np.ptp(self.values):
            raise InputError("Expected values that differ: TTHRESH never ends on a constant.")

    def encode(self, level: float) -> Stream:
        """Return the stream at a PSNR as TTHRESH counts it: its peak is half the range."""
        decibels = -20 * level * np.log10(2) - 20 * np.log10(2)
        sizes = [str(n) for n in reversed(self.values.shape)]
        with tempfile.TemporaryDirectory() as folder:
            raw, coded = Path(folder) / "v.raw", Path(folder) / "v.tt"
            raw.write_bytes(self.values.tobytes())
            self._run(
                "-i", str(raw), "-t", "float", "-s", *sizes, "-p", f"{decibels:.4f}", "-c",
                str(coded),
            )  # fmt: skip
            return [coded.read_bytes()]

    def decode(self, stream: Stream) -> Array:
        """Return float32 values."""
        with tempfile.TemporaryDirectory() as folder:
            raw, coded = Path(folder) / "v.raw", Path(folder) / "v.tt"
            coded.write_bytes(stream[0])
            self._run("-c", str(coded), "-o", str(raw))
            return np.fromfile(raw, np.float32).reshape(self.values.shape)

    def _run(self, *arguments: str) -> None:
        subprocess.run([self.program, *arguments], check=True, capture_output=True)


def code(codec: str, volume: Array, limit: int) -> Coded | OverLimit:
    """Return the best stream of a codec of at most ``limit`` bytes, decoded.

    SZ3, ZFP and TTHRESH take ``(t, z, y, x)`` as it is; SPERR takes the frames stacked along z.

    Raises
    ------
    MissingExtraError
        imagecodecs or the binary is missing.
    """
    if codec == "sperr":
        return peers.code(codec, volume, limit)
    made: Any = {"sz3": Sz3, "zfp": Zfp, "tthresh": Tthresh}[codec](volume)
    return peers.best(codec, made, np.ascontiguousarray(volume), limit)
