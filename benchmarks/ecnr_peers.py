"""Codecs for series as 4D arrays: SZ3, ZFP, and TTHRESH if its binary is configured."""

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
    """ZFP with a fixed accuracy, up to 4D; the level is the log of the relative tolerance."""

    note, steps, halving, spacing = "", 14, True, 0.0
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
    """TTHRESH at a given PSNR, run as a program; the level is the log of the relative RMS error."""

    note, steps, halving, spacing = "", 10, False, 0.0
    coarse, fine = float(np.log2(0.3)), float(np.log2(1e-5))

    def __init__(self, volume: Array) -> None:
        found = os.environ.get(VARIABLE, "")
        if not found or not Path(found).is_file():
            raise MissingExtraError(
                f"Expected the TTHRESH binary in the environment variable {VARIABLE}. "
                f"Got {found!r} instead: build github.com/rballester/tthresh and set it."
            )
        self.program = found
        self.values = np.ascontiguousarray(volume, np.float32)
        if not np.ptp(self.values):
            raise InputError("Expected varying values: TTHRESH never terminates on a constant.")

    def encode(self, level: float) -> Stream:
        """Return the stream at a PSNR as defined by TTHRESH, whose peak is half the range."""
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
    """Return the best stream of a codec of at most ``limit`` bytes, with its decoded values.

    SZ3, ZFP and TTHRESH code ``(t, z, y, x)`` directly; SPERR codes the frames stacked along z.

    Raises
    ------
    MissingExtraError
        imagecodecs or the binary is missing.
    """
    if codec == "sperr":
        return peers.code(codec, volume, limit)
    made: Any = {"sz3": Sz3, "zfp": Zfp, "tthresh": Tthresh}[codec](volume)
    return peers.best(codec, made, np.ascontiguousarray(volume), limit)
