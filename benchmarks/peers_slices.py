"""JPEG2000 and HEVC, which code z slices as images or video frames."""

import functools
import re
import subprocess
from dataclasses import dataclass

import numpy as np

from benchmarks.codec import Array, Codec, Stream, import_imagecodecs
from vcore.errors import MissingExtraError, VcoreError

FRAME_MULTIPLE = 32
"""Multiple of frame sides in pixels: x265 3.5 crashes on others (48 x 80, 10 bit, 3 frames)."""
HIGHEST_CRF = {8: 51.0, 10: 51.0, 12: 46.0}
"""Maximum rate factor by bit depth. Above 46, 12-bit x265 3.5 writes corrupt pictures (15 dB worse
than 8-bit ones of the same size, on the droplet of napari-stress)."""


@dataclass(frozen=True)
class Mapping:
    """Linear mapping of values to unsigned integers, ``code = (value - low) * scale``."""

    low: float
    scale: float
    dtype: np.dtype[np.unsignedinteger]

    @classmethod
    def shifted(cls, volume: Array) -> "Mapping":
        """Return the mapping that subtracts the minimum from integers of up to 16 bits, and maps
        other values to 16 bits."""
        low, span = float(volume.min()), float(volume.max()) - float(volume.min())
        if volume.dtype.kind == "f" or span > 65535:
            return cls(low, 65535 / (span or 1.0), np.dtype("<u2"))
        return cls(low, 1.0, np.dtype("<u2" if span > 255 else "u1"))

    @classmethod
    def spread(cls, volume: Array, bits: int) -> "Mapping":
        """Return the mapping of the value range to all codes of ``bits`` bits."""
        low, span = float(volume.min()), float(volume.max()) - float(volume.min())
        return cls(low, (2**bits - 1) / (span or 1.0), np.dtype("<u2" if bits > 8 else "u1"))

    def codes(self, volume: Array) -> Array:
        """Return the volume's codes."""
        return np.rint((volume.astype(np.float64) - self.low) * self.scale).astype(self.dtype)

    def values(self, codes: Array) -> Array:
        """Return values in data units, float64."""
        return np.asarray(codes.astype(np.float64) / self.scale + self.low)


class Jpeg2000:
    """OpenJPEG, irreversible 9/7 wavelet: one codestream per slice at equal PSNR, or a single one.

    Equal PSNR is the rate allocation that minimises the squared error of the volume. Slices stacked
    vertically in a single image share its header of about 120 bytes.
    """

    steps, halving = 10, False

    def __init__(self, volume: Array, *, joined: bool = False) -> None:
        self.imagecodecs = import_imagecodecs()
        self.mapping = Mapping.shifted(volume)
        self.shape = volume.shape
        codes = self.mapping.codes(volume)
        self.images = codes.reshape(1, -1, codes.shape[-1]) if joined else codes
        bits = 8 * codes.itemsize
        self.note = f"{'joined slices' if joined else 'by slice'}, {bits} bit"
        # OpenJPEG's PSNR uses the peak of the bit depth: here 1 to 101 dB of the data range, since
        # 0 would mean lossless
        self.coarse = 1 + 20 * float(np.log10((2**bits - 1) / max(int(codes.max()), 1)))
        self.fine = self.coarse + 100

    def encode(self, level: float) -> Stream:
        """Return the codestreams at a PSNR in dB."""
        return [self._encode(image, level) for image in self.images]

    def _encode(self, image: Array, level: float) -> bytes:
        stream = self.imagecodecs.jpeg2k_encode(
            image, level=level, codecformat="j2k", reversible=False
        )
        return without_comments(bytes(stream))

    def decode(self, stream: Stream) -> Array:
        """Return float64 values."""
        images = [self.imagecodecs.jpeg2k_decode(piece) for piece in stream]
        return self.mapping.values(np.stack(images).reshape(self.shape))


def without_comments(codestream: bytes) -> bytes:
    """Return a JPEG2000 codestream without main header comments (ISO 15444-1, A.9.2).

    OpenJPEG writes its name there, a third of the size of an empty slice.
    """
    kept, at = [codestream[:2]], 2  # SOC has no length
    while codestream[at : at + 2] != b"\xff\x90":  # SOT: the first tile
        end = at + 2 + int.from_bytes(codestream[at + 2 : at + 4])
        if codestream[at : at + 2] != b"\xff\x64":
            kept.append(codestream[at:end])
        at = end
    return b"".join([*kept, codestream[at:]])


class Hevc:
    """x265 through ffmpeg: grey frames, ``slow``, tuned for PSNR, constant rate factor.

    The size is that of the raw elementary stream; times include starting ffmpeg.
    """

    steps, halving = 10, False

    def __init__(self, volume: Array, bits: int) -> None:
        self.mapping = Mapping.spread(volume, bits)
        self.height, self.width = volume.shape[-2:]
        padding = [(0, -n % FRAME_MULTIPLE) for n in volume.shape[-2:]]
        frames = self.mapping.codes(volume)
        self.frames = np.pad(frames, [(0, 0), *padding], mode="edge")
        self.format = "gray" if bits == 8 else f"gray{bits}le"
        self.note = f"x265, {bits} bit"
        self.coarse, self.fine = HIGHEST_CRF[bits], 0.0

    def encode(self, level: float) -> Stream:
        """Return the elementary stream at a constant rate factor."""
        _, height, width = self.frames.shape
        raw = ["-f", "rawvideo", "-pix_fmt", self.format, "-s", f"{width}x{height}", "-r", "25"]
        x265 = ["-c:v", "libx265", "-preset", "slow", "-tune", "psnr", "-crf", f"{level:.3f}"]
        # no encoder description in the stream; key frames only at scene cuts
        options = ["-x265-params", "info=0:keyint=-1:log-level=error"]
        return [_ffmpeg([*raw, "-i", "-", *x265, *options, "-f", "hevc", "-"],
                        self.frames.tobytes())]  # fmt: skip

    def decode(self, stream: Stream) -> Array:
        """Return float64 values."""
        raw = ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", self.format]
        out = _ffmpeg(["-f", "hevc", "-i", "-", *raw, "-"], stream[0])
        if len(out) != self.frames.nbytes:
            raise VcoreError(
                f"Expected {self.frames.nbytes} bytes of frames from ffmpeg. Got {len(out)} "
                f"instead."
            )
        frames = np.frombuffer(out, self.frames.dtype).reshape(self.frames.shape)
        return self.mapping.values(frames[:, : self.height, : self.width])


def jpeg2000(volume: Array) -> list[Codec]:
    """Return JPEG2000 by slice and with all slices in one image; the better one counts."""
    return [Jpeg2000(volume), Jpeg2000(volume, joined=True)]


def hevc(volume: Array) -> list[Codec]:
    """Return HEVC at every suitable bit depth of the installed x265; the best one counts.

    For values that fit in 8 bits, all depths are: more bits help at high rates, fewer at low ones.

    Raises
    ------
    MissingExtraError
        ffmpeg is not installed, or lacks x265 for grey frames.
    """
    depths = hevc_depths()
    fits = volume.dtype.kind != "f" and float(volume.max()) - float(volume.min()) <= 255
    deep = tuple(bits for bits in depths if bits > 8)
    return [Hevc(volume, bits) for bits in (depths if fits or not deep else deep)]


@functools.cache
def hevc_depths() -> tuple[int, ...]:
    """Return the bit depths of grey frames supported by ffmpeg's x265.

    Raises
    ------
    MissingExtraError
        None is supported.
    """
    try:
        shown = _ffmpeg(["-h", "encoder=libx265"], b"").decode()
    except (OSError, VcoreError):
        shown = ""
    formats = set(re.findall(r"\bgray(?:\d+le)?\b", shown))
    depths = tuple(b for b in HIGHEST_CRF if ("gray" if b == 8 else f"gray{b}le") in formats)
    if not depths:
        raise MissingExtraError("Expected the program ffmpeg with libx265 (apt install ffmpeg).")
    return depths


def _ffmpeg(arguments: list[str], data: bytes) -> bytes:
    done = subprocess.run(
        ["ffmpeg", "-hide_banner", "-v", "error", *arguments],
        input=data, capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise VcoreError(f"Expected ffmpeg to succeed. Got {done.stderr.decode()[-400:]!r}")
    return done.stdout
