"""HEVC, AV1 and VVC through ffmpeg: the slices along the best axis as frames of one grey stream.

Film codecs know integers of 8, 10 or 12 bits: values are rounded to these over their range. What
they lack is not counted against them: regions, levels, error bounds, 16 bits, floats.
"""

import re
import subprocess
import zlib
from dataclasses import dataclass

import numpy as np

from benchmarks import ffmpeg
from benchmarks.codec import Array, Codec, Stream
from benchmarks.peers_slices import Mapping
from vcore.errors import VcoreError

PASSED = ("-fps_mode", "passthrough")
"""Option of ffmpeg to keep every frame."""
JUDGED = (20.0, 32.0)
"""Rate factors at which the axis of the slices is chosen."""


@dataclass(frozen=True)
class Encoder:
    """An encoder of ffmpeg.

    Parameters
    ----------
    name
        Name in ffmpeg.
    options, quality
        Options, and the option of the quality: a constant rate factor or quantiser.
    box
        Format of the raw stream in ffmpeg.
    grey
        Whether it takes grey frames; others get a constant chroma.
    multiple, least
        Multiple and least of frame sides in pixels; frames are padded.
    coarsest, spacing
        Highest value of the quality, and the distance of the values.
    reading
        Options of the decoder.
    """

    name: str
    options: tuple[str, ...]
    quality: str
    box: str
    grey: bool
    multiple: int
    least: int
    coarsest: float
    spacing: float
    reading: tuple[str, ...] = ()

    def pixels(self, bits: int) -> str:
        """Return ffmpeg's name of the pixel format."""
        return ("gray" if self.grey else "yuv420p") + ("" if bits == 8 else f"{bits}le")


def _x265(preset: str) -> Encoder:
    # no encoder description in the stream; key frames only at scene cuts; frames of 40 x 40 and
    # 40 x 48 make x265 3.5 and 4.3 crash
    params = "info=0:keyint=-1:log-level=error"
    options = ("-preset", preset, "-tune", "psnr", "-x265-params", params)
    return Encoder("libx265", options, "-crf", "hevc", True, 32, 32, 51.0, 0.0)


X265 = _x265("slow")
SVT = Encoder("libsvtav1", ("-preset", "4", "-g", "-1"), "-crf", "obu", False, 8, 64, 63.0, 1.0)
AOM = Encoder(
    "libaom-av1",
    ("-cpu-used", "2", "-b:v", "0", "-g", "9999", "-row-mt", "1", "-tune", "psnr"),
    "-crf", "obu", True, 8, 16, 63.0, 1.0,
)  # fmt: skip
# no adaptation to what is seen, and one period of the whole stream; decoded by one thread, as with
# more ffmpeg 9.0.2 now and then decodes the same stream to other values (3 dB worse, or 16)
VVENC = Encoder(
    "libvvenc",
    ("-preset", "medium", "-qpa", "0", "-vvenc-params", "intraperiod=9984:refreshsec=0"),
    "-qp", "vvc", False, 8, 16, 63.0, 1.0, ("-threads", "1"),
)  # fmt: skip
VERSIONS = {
    "libx265": ("x265", r"HEVC encoder version (\S+)"),
    "libsvtav1": ("SVT-AV1", r"SVT-AV1 Encoder Lib v?(\S+)"),
    "libaom-av1": ("libaom", r"\[libaom-av1 @ \w+\] v?(\d\S+)"),
    "libvvenc": ("VVenC", r"libvvenc version: (\S+)"),
}
"""Label of an encoder, and where its version stands in what ffmpeg says."""
LIMITS_OF_X265 = {8: 51.0, 10: 51.0, 12: 46.0}
"""Maximum rate factor by bit depth. Above 46, 12-bit x265 3.5 writes corrupt pictures (15 dB worse
than 8-bit ones of the same size, on the droplet of napari-stress)."""


@dataclass(frozen=True)
class Frames:
    """How values become frames.

    Parameters
    ----------
    shape
        ``(..., z, y, x)`` of the values, at least three axes.
    order
        Axes of the values as ``(t, z, y, x)`` (series) or ``(z, y, x)``: the last two are those of
        a frame. Of the two other axes of a series, the second runs back and forth.
    """

    shape: tuple[int, ...]
    order: tuple[int, ...]

    @property
    def stacked(self) -> tuple[int, ...]:
        """Shape of the values with all axes before z as one."""
        return stacked(self.shape)

    def of(self, values: Array) -> Array:
        """Return frames, (n, height, width)."""
        moved = _turned(values.reshape(self.stacked).transpose(self.order))
        return np.ascontiguousarray(moved.reshape(-1, *moved.shape[-2:]))

    def back(self, frames: Array) -> Array:
        """Return the values of frames, in ``shape``."""
        moved = _turned(frames.reshape([self.stacked[axis] for axis in self.order]))
        return moved.transpose(np.argsort(self.order)).reshape(self.shape)

    @property
    def axis(self) -> str:
        """Name of the axes of which the frames are slices."""
        return "".join("tzyx"[axis - len(self.order)] for axis in self.order[:-2])


def stacked(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape of three axes, or of four with all before z as one."""
    return shape if len(shape) == 3 else (int(np.prod(shape[:-3])), *shape[-3:])


def _turned(values: Array) -> Array:
    """Return values with every other run of the second of four axes reversed."""
    if values.ndim == 3:
        return values
    turned = values.copy()
    turned[1::2] = values[1::2, ::-1]
    return turned


def orders(axes: int) -> list[tuple[int, ...]]:
    """Return the orders of three or four axes in which values may become frames."""
    if axes == 3:
        return [(0, 1, 2), (1, 0, 2), (2, 0, 1)]
    images = {1: (2, 3), 2: (1, 3), 3: (1, 2)}
    return [(*slow, *images[axis]) for axis in images for slow in ((0, axis), (axis, 0))]


class Film:
    """A film codec on a volume; the level is its rate factor or quantiser.

    The size is that of the raw stream, without a container; times include starting ffmpeg.

    Raises
    ------
    MissingExtraError
        There is no ffmpeg with the encoder and its pixel format.
    """

    steps, halving, fine = 10, False, 1.0

    def __init__(self, volume: Array, encoder: Encoder, bits: int, order: tuple[int, ...]) -> None:
        self.encoder, self.bits = encoder, bits
        self.program = ffmpeg.program(encoder.name, encoder.pixels(bits))
        self.frames = Frames(volume.shape, order)
        self.mapping = Mapping.spread(volume, bits)
        codes = self.frames.of(self.mapping.codes(volume))
        self.size = codes.shape[-2:]
        padding = [(0, max(encoder.least - n, -n % encoder.multiple)) for n in self.size]
        self.codes = np.pad(codes, [(0, 0), *padding], mode="edge")
        self.coarse = encoder.coarsest if encoder.name != "libx265" else LIMITS_OF_X265[bits]
        self.spacing = encoder.spacing
        self.note = f"{bits} bit, along {self.frames.axis}"

    def encode(self, level: float) -> Stream:
        """Return the raw stream at a quality."""
        encoder, (_, height, width) = self.encoder, self.codes.shape
        raw = ["-f", "rawvideo", "-pix_fmt", encoder.pixels(self.bits), "-s", f"{width}x{height}"]
        asked = [encoder.quality, f"{round(level)}" if self.spacing else f"{level:.3f}"]
        options = ["-c:v", encoder.name, *encoder.options, *asked, *PASSED, "-f", encoder.box]
        return [
            ffmpeg.run(self.program, [*raw, "-r", "25", "-i", "-", *options, "-"], self._pixels())
        ]

    def decode(self, stream: Stream) -> Array:
        """Return float64 values."""
        encoder, (count, height, width) = self.encoder, self.codes.shape
        raw = [*PASSED, "-f", "rawvideo", "-pix_fmt", encoder.pixels(self.bits)]
        read = [*encoder.reading, "-f", encoder.box, "-i", "-"]
        out = ffmpeg.run(self.program, [*read, *raw, "-"], stream[0])
        pixels = np.frombuffer(out, self.codes.dtype)
        if pixels.size != count * self._frame_pixels:
            raise VcoreError(
                f"Expected {count} frames of {self._frame_pixels} pixels from ffmpeg. Got "
                f"{pixels.size} pixels instead."
            )
        grey = pixels.reshape(count, -1)[:, : height * width].reshape(self.codes.shape)
        codes = grey[:, : self.size[0], : self.size[1]]
        return self.mapping.values(self.frames.back(codes))

    @property
    def _frame_pixels(self) -> int:
        """Number of stored pixels of a frame: with 4:2:0 chroma, half as many more."""
        area = int(np.prod(self.codes.shape[1:]))
        return area if self.encoder.grey else area + area // 2

    def _pixels(self) -> bytes:
        if self.encoder.grey:
            return self.codes.tobytes()
        count, height, width = self.codes.shape
        pixels = np.full((count, self._frame_pixels), 2 ** (self.bits - 1), self.codes.dtype)
        pixels[:, : height * width] = self.codes.reshape(count, -1)
        return pixels.tobytes()


def hevc(volume: Array) -> list[Codec]:
    """Return x265 at every suitable bit depth; the best one counts.

    For values that fit in 8 bits, all depths are: more bits help at high rates, fewer at low ones.

    Raises
    ------
    MissingExtraError
        ffmpeg is not installed, or lacks x265 for grey frames.
    """
    depths = hevc_depths()
    fits = volume.dtype.kind != "f" and float(volume.max()) - float(volume.min()) <= 255
    deep = tuple(bits for bits in depths if bits > 8)
    order = best_order(volume)
    return [Film(volume, X265, bits, order) for bits in (depths if fits or not deep else deep)]


def film(volume: Array, encoder: Encoder, bits: int) -> list[Codec]:
    """Return an encoder at a bit depth, with the slices along the best axis.

    Raises
    ------
    MissingExtraError
        There is no ffmpeg with the encoder and its pixel format.
    """
    ffmpeg.program(encoder.name, encoder.pixels(bits))  # before the axis is searched
    return [Film(volume, encoder, bits, best_order(volume))]


def hevc_depths() -> tuple[int, ...]:
    """Return the bit depths of grey frames supported by ffmpeg's x265.

    Raises
    ------
    MissingExtraError
        None is supported.
    """
    found = [b for b in LIMITS_OF_X265 if ffmpeg.programs_with("libx265", X265.pixels(b))]
    if not found:
        ffmpeg.program("libx265", X265.pixels(10))
    return tuple(found)


_ORDERS: dict[tuple[tuple[int, ...], str, int], tuple[int, ...]] = {}


def best_order(volume: Array) -> tuple[int, ...]:
    """Return the order of axes that takes the fewest bytes at equal PSNR, by x265 at its fastest.

    Without x265, slices are those along z.
    """
    found = orders(len(stacked(volume.shape)))
    if not ffmpeg.programs_with("libx265", X265.pixels(10)):
        return found[0]
    values = np.ascontiguousarray(volume)
    key = (values.shape, values.dtype.str, zlib.crc32(values.tobytes()))
    if key not in _ORDERS:
        judge = _x265("ultrafast")
        points = np.array([_points(Film(values, judge, 10, order), values) for order in found])
        sizes, psnr = points.mean(1).T
        slope = np.mean(np.diff(points[:, :, 0]) / np.diff(points[:, :, 1]))
        _ORDERS[key] = found[int(np.argmin(sizes - slope * psnr))]
    return _ORDERS[key]


def _points(codec: Film, volume: Array) -> list[tuple[float, float]]:
    """Return the logarithm of the bytes, and PSNR in dB up to a constant, at two levels."""
    points = []
    for level in JUDGED:
        stream = codec.encode(level)
        error = float(np.square(codec.decode(stream) - volume).mean())
        distortion = error + (0.01 / codec.mapping.scale) ** 2
        points.append((float(np.log(len(stream[0]))), -10 * float(np.log10(distortion))))
    return points


def version(encoder: Encoder, bits: int = 10) -> str:
    """Return the names and versions of an encoder and of its ffmpeg.

    Raises
    ------
    MissingExtraError
        It is not there.
    """
    found = ffmpeg.program(encoder.name, encoder.pixels(bits))
    source = ["-f", "lavfi", "-i", "testsrc=size=64x64:duration=0.1"]
    made = ["-pix_fmt", encoder.pixels(bits), "-c:v", encoder.name, "-f", "null", "-"]
    done = subprocess.run(
        [found, "-v", "verbose", *source, *made], capture_output=True, check=False, timeout=60
    )
    said = done.stderr.decode(errors="replace")
    label, pattern = VERSIONS[encoder.name]
    own, whole = re.search(pattern, said), re.search(r"ffmpeg version (\S+)", said)
    numbers = [match[1] if match else "of unknown version" for match in (own, whole)]
    return f"{label} {numbers[0]}, ffmpeg {numbers[1]}"
