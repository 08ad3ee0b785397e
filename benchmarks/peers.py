"""Classical codecs at a given file size: SZ3 and SPERR in 3D, JPEG2000 and HEVC by slices."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from benchmarks.codec import Array, Codec, Stream, import_imagecodecs
from vcore.errors import InputError

MIN_FILL = 0.998
"""Fraction of the limit at which the search stops: within 0.01 dB at 6 dB per bit."""
MIN_BRACKET = 1e-4
"""Fraction of the level range at which the search stops: sizes are stepwise at low rates."""


@dataclass(frozen=True)
class Coded:
    """The best stream within a limit, and its decoded values.

    Parameters
    ----------
    codec, note
        Name of the codec, and remarks on how it was used.
    bytes
        Size of the whole stream.
    decoded
        Decoded values, in shape and dtype of the volume.
    encode_seconds, decode_seconds
        Times of this stream alone, without the search.
    """

    codec: str
    note: str
    bytes: int
    decoded: Array = field(repr=False)
    encode_seconds: float
    decode_seconds: float


@dataclass(frozen=True)
class OverLimit:
    """No stream within the limit, with the smallest size the codec writes."""

    codec: str
    note: str
    smallest: int


@dataclass(frozen=True)
class PeerResult:
    """Result of a codec: stream size in bytes, PSNR in dB (peak = data range), MSE, seconds."""

    codec: str
    bytes: int
    psnr: float
    mse: float
    encode_seconds: float
    decode_seconds: float


def at_bytes(codec: str, volume: Array, limit: int) -> PeerResult | None:
    """Return the statistics of ``code``, None if no stream is small enough."""
    coded = code(codec, volume, limit)
    if isinstance(coded, OverLimit):
        return None
    mse = mean_squared_error(volume, coded.decoded)
    psnr = float(10 * np.log10(float(np.ptp(volume)) ** 2 / mse)) if mse else float("inf")
    return PeerResult(codec, coded.bytes, psnr, mse, coded.encode_seconds, coded.decode_seconds)


def code(codec: str, volume: Array, limit: int) -> Coded | OverLimit:
    """Return the best stream of ``codec`` of at most ``limit`` bytes, with its decoded values.

    Parameters
    ----------
    codec
        One of ``NAMES``.
    volume
        ``(z, y, x)``, or ``(..., z, y, x)`` with frames stacked along z. Decoded values are clipped
        to its range, and rounded for integer data, as in vcore.

    Raises
    ------
    InputError
        Unknown codec, or the volume has non-finite values.
    MissingExtraError
        imagecodecs, or ffmpeg with libx265, is not installed.
    """
    if codec not in NAMES:
        raise InputError(f"Expected one of the codecs {', '.join(NAMES)}. Got {codec!r} instead.")
    if not np.isfinite(volume).all():
        raise InputError(f"Expected finite values for {codec}. Got NaN or infinities instead.")
    slices = np.ascontiguousarray(volume).reshape(-1, *volume.shape[-2:])
    results = [best(codec, c, slices, limit) for c in _codecs(codec)(slices)]
    reached = [r for r in results if isinstance(r, Coded)]
    if not reached:
        return min((r for r in results if isinstance(r, OverLimit)), key=lambda r: r.smallest)
    chosen = min(reached, key=lambda r: mean_squared_error(slices, r.decoded))
    return Coded(
        codec, chosen.note, chosen.bytes, chosen.decoded.reshape(volume.shape),
        chosen.encode_seconds, chosen.decode_seconds,
    )  # fmt: skip


def mean_squared_error(volume: Array, decoded: Array) -> float:
    """Return the MSE in squared data units, computed by slice in float64."""
    pairs = zip(volume.reshape(-1, *volume.shape[-2:]), decoded.reshape(-1, *volume.shape[-2:]),
                strict=True)  # fmt: skip
    return float(np.mean([np.mean((b.astype(np.float64) - a) ** 2) for a, b in pairs]))


def best(name: str, codec: Codec, volume: Array, limit: int) -> Coded | OverLimit:
    """Return the best stream of one codec within ``limit`` bytes, with its decoded values."""
    found = _search(codec, limit)
    if isinstance(found, int):
        return OverLimit(name, codec.note, found)
    stream, encode_seconds = found
    began = time.perf_counter()
    decoded = codec.decode(stream)
    decode_seconds = time.perf_counter() - began
    decoded = np.clip(decoded, volume.min(), volume.max())
    if volume.dtype.kind != "f":
        decoded = np.rint(decoded)
    size = _size(stream)
    return Coded(
        name, codec.note, size, decoded.astype(volume.dtype), encode_seconds, decode_seconds
    )


def _search(codec: Codec, limit: int) -> tuple[Stream, float] | int:
    """Return the largest stream within the limit and its seconds, or the smallest size possible.

    Sizes are roughly exponential in the level: their logarithms are interpolated by the Illinois
    rule, which halves the weight of a retained end, with bisection every third step.
    """

    def encode(share: float) -> tuple[Stream, float]:
        began = time.perf_counter()
        stream = codec.encode(codec.coarse + share * (codec.fine - codec.coarse))
        return stream, time.perf_counter() - began

    best = encode(0.0)
    size = _size(best[0])
    if size > limit:
        return size
    low, high = 0.0, 1.0
    room, excess = float(np.log(limit / size)), 0.0
    within = None
    for step in range(1, codec.steps + 1):
        halved = codec.halving or step % 3 == 0 or not excess
        share = 0.5 if halved else np.clip(room / (room + excess), 0.02, 0.98)
        middle = low + float(share) * (high - low)
        stream, seconds = encode(middle)
        size = _size(stream)
        stays = within == (size <= limit)
        within = size <= limit
        if within:
            low, room = middle, float(np.log(limit / size))
            excess /= 2 if stays else 1
            if size > _size(best[0]):
                best = stream, seconds
        else:
            high, excess = middle, float(np.log(size / limit))
            room /= 2 if stays else 1
        if not codec.halving and (MIN_FILL * limit <= size <= limit or high - low < MIN_BRACKET):
            break
    return best


def _size(stream: Stream) -> int:
    return sum(map(len, stream))


class _ErrorBounded:
    """A 3D codec of float32 values with a tolerance; the level is the log of the relative one."""

    # SZ3 on integers: half the tolerance can take fewer bytes (tooth at 50 kB: 5 dB difference)
    note, steps, halving, spacing = "", 14, True, 0.0
    coarse, fine = 0.0, float(np.log2(1e-6))

    def __init__(self, volume: Array) -> None:
        self.imagecodecs = import_imagecodecs()
        self.values = np.ascontiguousarray(volume, np.float32)
        self.span = float(np.ptp(self.values)) or 1.0


class Sz3(_ErrorBounded):
    """SZ3 with an absolute error bound."""

    def bound(self, level: float) -> float:
        """Return the absolute tolerance at a level."""
        return float(self.span * 2**level)

    def encode(self, level: float) -> Stream:
        """Return the stream at an absolute tolerance."""
        tolerance = self.bound(level)
        return [bytes(self.imagecodecs.sz3_encode(self.values, mode="abs", abs=tolerance))]

    def decode(self, stream: Stream) -> Array:
        """Return float32 values."""
        decoded = self.imagecodecs.sz3_decode(stream[0], self.values.shape, self.values.dtype)
        return np.asarray(decoded).reshape(self.values.shape)


class Sperr(_ErrorBounded):
    """SPERR at a PSNR, for the best rate allocation; the level is the log of the RMS error."""

    def encode(self, level: float) -> Stream:
        """Return the stream at a root-mean-square error."""
        decibels = max(-20 * level * np.log10(2), 0.01)  # SPERR rejects a PSNR of 0
        return [bytes(self.imagecodecs.sperr_encode(self.values, mode="psnr", level=decibels))]

    def decode(self, stream: Stream) -> Array:
        """Return float32 values."""
        decoded = self.imagecodecs.sperr_decode(stream[0])
        return np.asarray(decoded).reshape(self.values.shape)


class Zfp(_ErrorBounded):
    """ZFP with an absolute error bound, rounded down to a power of 2 and far from exhausted."""

    coarse = 8.0

    def bound(self, level: float) -> float:
        """Return the absolute tolerance at a level."""
        return float(self.span * 2**level)

    def encode(self, level: float) -> Stream:
        """Return the stream at an absolute tolerance."""
        tolerance = self.bound(level)
        return [bytes(self.imagecodecs.zfp_encode(self.values, level=tolerance, mode="a"))]

    def decode(self, stream: Stream) -> Array:
        """Return float32 values."""
        decoded = self.imagecodecs.zfp_decode(stream[0])
        return np.asarray(decoded).reshape(self.values.shape)


NAMES = ("sperr", "sz3", "jpeg2000", "hevc")


def _codecs(name: str) -> Callable[[Array], list[Codec]]:
    """Return a factory of codec variants, of which the best counts."""
    from benchmarks import peers_slices, peers_video

    makers: dict[str, Callable[[Array], list[Codec]]] = {
        "sperr": lambda volume: [Sperr(volume)],
        "sz3": lambda volume: [Sz3(volume)],
        "jpeg2000": peers_slices.jpeg2000,
        "hevc": peers_video.hevc,
    }
    return makers[name]
