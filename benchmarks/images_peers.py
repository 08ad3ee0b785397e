"""Codecs of pictures and of videos for collections of images: a stream at any quality."""

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.codec import Codec, import_imagecodecs
from benchmarks.ecnr_peers import VARIABLE, Tthresh
from benchmarks.peers import Sz3
from benchmarks.peers_slices import without_comments
from vcore.errors import VcoreError

Array = NDArray[Any]
PASSED = ("-fps_mode", "passthrough")
"""Option of ffmpeg to keep every frame."""


@dataclass(frozen=True)
class Stream:
    """Coded images.

    Parameters
    ----------
    bytes
        Size of all of it.
    decoded
        Decoded images, (image, y, x, 3) uint8, in the order they came.
    encode_seconds, decode_seconds
        Time of all images.
    """

    bytes: int
    decoded: Array
    encode_seconds: float
    decode_seconds: float


class Peer(Protocol):
    """A codec with its levels of quality, the coarsest first."""

    name: str
    levels: tuple[float, ...]
    needs_order: bool

    def code(self, images: Array, level: float) -> Stream:
        """Return the coded images, (image, y, x, 3) uint8."""
        ...


class Pictures:
    """A codec that codes every image alone; ``level`` is the codec's quality."""

    needs_order = False

    def __init__(self, name: str, levels: tuple[float, ...]) -> None:
        self.name, self.levels, self.codecs = name, levels, import_imagecodecs()

    def code(self, images: Array, level: float) -> Stream:
        began = time.perf_counter()
        streams = [self._encode(image, level) for image in images]
        encoded = time.perf_counter()
        decoded = np.stack([self._decode(stream) for stream in streams])
        ended = time.perf_counter()
        return Stream(sum(map(len, streams)), decoded, encoded - began, ended - encoded)

    def _encode(self, image: Array, level: float) -> bytes:
        if self.name == "JPEG XL":
            found = self.codecs.jpegxl_encode(image, distance=level, effort=7, usecontainer=False)
        elif self.name == "AVIF":
            found = self.codecs.avif_encode(image, level=level, speed=4, pixelformat="yuv444")
        else:
            stream = self.codecs.jpeg2k_encode(
                image, level=level, codecformat="j2k", reversible=False, mct=True
            )
            found = without_comments(bytes(stream))
        return bytes(found)

    def _decode(self, stream: bytes) -> Array:
        decode = {
            "JPEG XL": self.codecs.jpegxl_decode,
            "AVIF": self.codecs.avif_decode,
            "JPEG 2000": self.codecs.jpeg2k_decode,
        }[self.name]
        return np.asarray(decode(stream))[..., :3]


class Video:
    """A video codec through ffmpeg, 10 bits; ``level`` is its constant rate factor.

    Parameters
    ----------
    encoder
        Encoder of ffmpeg.
    group
        Images from one key frame to the next, in closed groups; 0 for no limit.
    """

    needs_order = True
    colours = "scale=out_color_matrix=bt709:out_range=full:flags=accurate_rnd+full_chroma_int"
    back = "scale=in_color_matrix=bt709:in_range=full:flags=accurate_rnd+full_chroma_int"

    def __init__(self, name: str, encoder: str, levels: tuple[float, ...], group: int) -> None:
        told = f"closed groups of {group}" if group else "no limit"
        self.name, self.encoder, self.levels, self.group = f"{name}, {told}", encoder, levels, group

    def code(self, images: Array, level: float) -> Stream:
        height, width = images.shape[1:3]
        raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "25"]
        pixels = "yuv420p10le" if self.encoder == "libsvtav1" else "yuv444p10le"
        box = "hevc" if self.encoder == "libx265" else "ivf"
        began = time.perf_counter()
        stream = _ffmpeg(
            [
                *(*raw, "-i", "-", "-vf", self.colours, "-pix_fmt", pixels, *PASSED),
                *(*self._options(level, len(images)), "-f", box, "-"),
            ],
            images.tobytes(),
        )
        encoded = time.perf_counter()
        out = _ffmpeg(
            [
                *("-f", box, "-i", "-", *PASSED, "-vf", self.back),
                *("-f", "rawvideo", "-pix_fmt", "rgb24", "-"),
            ],
            stream,
        )
        ended = time.perf_counter()
        if len(out) != images.nbytes:
            raise VcoreError(f"Expected {images.nbytes} bytes of frames. Got {len(out)}.")
        size = len(stream) - (32 + 12 * len(images) if box == "ivf" else 0)
        decoded = np.frombuffer(out, np.uint8).reshape(images.shape)
        return Stream(size, decoded, encoded - began, ended - encoded)

    def _options(self, level: float, frames: int) -> list[str]:
        group = self.group or frames
        crf = ["-c:v", self.encoder, "-crf", f"{level:g}"]
        if self.encoder == "libx265":
            params = f"info=0:keyint={group}:min-keyint={group}:scenecut=0:open-gop=0"
            params += ":log-level=error"
            return [*crf, "-preset", "slow", "-tune", "psnr", "-x265-params", params]
        keys = ["-g", str(group)]
        if self.encoder == "libsvtav1":
            return [*crf, "-preset", "4", *keys]
        return [*crf, "-b:v", "0", "-cpu-used", "4", *keys, "-row-mt", "1"]


class OfVolumes:
    """SZ3 or TTHRESH on the images as a volume of the colours one after another, as in the paper's
    appendix; ``level`` is the error in grey levels: the largest of SZ3, that of TTHRESH rms."""

    needs_order = True

    def __init__(
        self, name: str, codec: Callable[[Array], Codec], levels: tuple[float, ...]
    ) -> None:
        self.name, self.codec, self.levels = f"{name} on the images", codec, levels

    def code(self, images: Array, level: float) -> Stream:
        volume = np.concatenate(np.moveaxis(images, -1, 0)).astype(np.float32)
        codec = self.codec(volume)
        began = time.perf_counter()
        stream = codec.encode(float(np.log2(level / 255)))
        encoded = time.perf_counter()
        values = np.clip(np.rint(codec.decode(stream)), 0, 255).astype(np.uint8)
        ended = time.perf_counter()
        decoded = np.moveaxis(values.reshape(3, *images.shape[:3]), 0, -1)
        return Stream(sum(map(len, stream)), decoded, encoded - began, ended - encoded)


def peers(group: int) -> list[Peer]:
    """Return the peers; ``group`` is how many images the closed groups of the videos have."""
    hevc = (51.0, *range(48, 8, -3), 6.0)
    av1 = (63.0, *range(60, 4, -4), 2.0)
    videos = [
        Video(name, encoder, levels, length)
        for name, encoder, levels in (
            ("x265", "libx265", hevc),
            ("SVT-AV1", "libsvtav1", av1),
            ("libaom", "libaom-av1", av1),
        )
        for length in (group, 0)
    ]
    volumes = [
        OfVolumes("SZ3", Sz3, (128.0, 96.0, 64.0, 48.0, 32.0, 24.0, 16.0, 12.0, 8.0, 6.0, 4.0))
    ]
    if VARIABLE in os.environ:
        volumes.append(
            OfVolumes(
                "TTHRESH", Tthresh, (64.0, 48.0, 32.0, 24.0, 16.0, 12.0, 8.0, 6.0, 4.0, 3.0, 2.0)
            )
        )
    return [
        Pictures("JPEG XL", (25.0, 15.0, 10.0, 6.0, 4.0, 3.0, 2.0, 1.5)),
        Pictures("AVIF", (1.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0)),
        Pictures(
            "JPEG 2000", (8.0, 10.0, 12.0, 15.0, 18.0, 21.0, 24.0, 27.0, 30.0, 33.0, 36.0, 40.0)
        ),
        *videos,
        *volumes,
    ]


def serpentine(images: Array, shape: tuple[int, ...]) -> Array:
    """Return the numbers of the images, in C order over ``shape``, in the order of a video.

    The parameter along which neighbours differ least runs fastest, the others the slower the more
    they change the images, and each runs back and forth, so that frames in turn are neighbours.
    """
    grid = np.arange(len(images)).reshape(shape)

    def change(axis: int) -> float:
        if shape[axis] < 2:
            return np.inf
        first = np.take(grid, range(shape[axis] - 1), axis).ravel()
        second = np.take(grid, range(1, shape[axis]), axis).ravel()
        some = slice(None, None, max(1, len(first) // 50))
        pairs = zip(first[some], second[some], strict=True)
        found = [np.abs(images[a].astype(float) - images[b]).mean() for a, b in pairs]
        return float(np.mean(found))

    order = sorted(range(len(shape)), key=change, reverse=True)
    grid = grid.transpose(order)
    places = []
    for index in np.ndindex(*grid.shape):
        turned = []
        behind = 0
        for axis, k in enumerate(index):
            turned.append(grid.shape[axis] - 1 - k if behind % 2 else k)
            behind = behind * grid.shape[axis] + k
        places.append(grid[tuple(turned)])
    return np.array(places)


def _ffmpeg(arguments: list[str], data: bytes) -> bytes:
    done = subprocess.run(
        ["ffmpeg", "-hide_banner", "-v", "error", *arguments],
        input=data, capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode or not done.stdout:
        raise VcoreError(f"Expected ffmpeg to succeed. Got {done.stderr.decode()[-400:]!r}")
    return done.stdout
