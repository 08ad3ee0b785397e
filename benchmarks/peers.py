"""Classical codecs at a given number of bytes, through imagecodecs."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import MissingExtraError

SEARCH_STEPS = 14


@dataclass(frozen=True)
class PeerResult:
    """What a codec reached: whole stream in bytes, PSNR in dB (peak = data range), MSE, seconds."""

    codec: str
    bytes: int
    psnr: float
    mse: float
    encode_seconds: float
    decode_seconds: float


def at_bytes(codec: str, volume: NDArray[Any], limit: int) -> PeerResult | None:
    """Return the best stream of ``codec`` of at most ``limit`` bytes, None if there is none.

    Float32 input; decoded values are clipped to the data range, and rounded for integer data, as
    vcore's are.
    """
    encode, decode, coarse, fine = _codec(codec)
    values = np.ascontiguousarray(volume, np.float32)
    span = float(np.ptp(values))
    best: tuple[bytes, float] | None = None
    low, high = np.log2(coarse), np.log2(fine)
    for _ in range(SEARCH_STEPS):
        middle = (low + high) / 2
        began = time.perf_counter()
        stream = encode(values, span * 2**middle)
        seconds = time.perf_counter() - began
        if len(stream) <= limit:
            low = middle
            if best is None or len(stream) > len(best[0]):
                best = stream, seconds
        else:
            high = middle
    if best is None:
        return None
    began = time.perf_counter()
    layout = (volume.shape, values.dtype) if codec == "sz3" else ()
    decoded = np.asarray(decode(best[0], *layout)).reshape(volume.shape)
    decode_seconds = time.perf_counter() - began
    decoded = np.clip(decoded, values.min(), values.max())
    if volume.dtype.kind != "f":
        decoded = np.rint(decoded)
    mse = float(np.mean((decoded.astype(np.float64) - volume) ** 2))
    psnr = float(10 * np.log10(span**2 / mse)) if mse else float("inf")
    return PeerResult(codec, len(best[0]), psnr, mse, best[1], decode_seconds)


Encode = Callable[[NDArray[np.float32], float], bytes]
Decode = Callable[..., Any]


def _codec(name: str) -> tuple[Encode, Decode, float, float]:
    """Return encoder (volume, absolute tolerance), decoder, and the tolerances to search
    between."""
    try:
        import imagecodecs
    except ImportError as error:
        raise MissingExtraError(
            "Expected imagecodecs for the peers: pip install 'vcore-volumes[bench]'."
        ) from error

    def sz3(values: NDArray[np.float32], tolerance: float) -> bytes:
        return bytes(imagecodecs.sz3_encode(values, mode="abs", abs=tolerance))

    def sperr(values: NDArray[np.float32], tolerance: float) -> bytes:
        # a quality in dB spends bytes where they count; the tolerance is its root mean square error
        return bytes(
            imagecodecs.sperr_encode(values, mode="psnr", level=_decibels(values, tolerance))
        )

    if name == "sz3":
        return sz3, imagecodecs.sz3_decode, 1.0, 1e-6
    return sperr, imagecodecs.sperr_decode, 1.0, 1e-6


def _decibels(values: NDArray[np.float32], rms: float) -> float:
    return float(20 * np.log10(np.ptp(values) / rms))
