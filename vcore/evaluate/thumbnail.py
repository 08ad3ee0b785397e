"""Thumbnail of a variable, decoded within milliseconds from a stored coarse level."""

import base64
import struct
import zlib
from threading import Event, Thread
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from vcore.engine.levels import LevelsDecoder
from vcore.model.regions import shape_of, whole

SECONDS = 0.06
"""Time limit for decoding a thumbnail."""
FIRST_SECONDS = 2.0
"""Time limit for the first one of a process, which loads the compiled decoder."""
VOXELS = 1 << 18
"""Maximum number of voxels of a level decoded for a thumbnail."""
SIDE = 168
"""Longest side of the displayed picture, in pixels."""


class Thumbnail:
    """Maximum projection along z of a variable's first frame and channel.

    Decoded on a background thread. A picture that exceeds the time limit appears the next time the
    dataset is shown.

    Parameters
    ----------
    upward
        Whether y runs upward.
    """

    _loaded = Event()
    """Whether the decoder was loaded, for another picture of this process."""

    def __init__(self, decoder: LevelsDecoder, *, upward: bool = False) -> None:
        self._decoder, self._upward = decoder, upward
        self._levels = cheap_levels(decoder)
        self._image: NDArray[np.floating] | None = None
        self._found = Event()
        self._began = False

    def html(self) -> str:
        """Return an ``<img>`` with the embedded PNG, or "" if there is none (yet)."""
        if self._levels and not self._began:
            self._began = True
            Thread(target=self._decode, name="vcore-thumbnail", daemon=True).start()
            self._found.wait(SECONDS if self._loaded.is_set() else FIRST_SECONDS)
        if self._image is None:
            return ""
        spacing = self._decoder.grid.spacing
        shape = self._decoder.grid.shape
        height, width = shape[1] * spacing[1], shape[2] * spacing[2]
        scale = SIDE / max(height, width)
        sides = max(round(width * scale), 8), max(round(height * scale), 8)
        data = base64.b64encode(png(self._image[::-1] if self._upward else self._image)).decode()
        return (
            f'<img alt="maximum along {self._decoder.grid.axis_names[0]}" '
            f'title="maximum along {self._decoder.grid.axis_names[0]}" '
            f'width="{sides[0]}" height="{sides[1]}" '
            'style="border-radius:4px;background:#000;flex:none;max-width:none;margin:0" '
            f'src="data:image/png;base64,{data}">'
        )

    @property
    def pending(self) -> bool:
        """Whether the picture is still being decoded."""
        return self._began and self._image is None and not self._found.is_set()

    def _decode(self) -> None:
        """Decode the coarsest level, then finer ones while they fit the time limit."""
        left = SECONDS
        for level, finer in zip(self._levels, (*self._levels[1:], None), strict=True):
            began = perf_counter()
            try:
                self._image = projection(self._decoder, level)
            except Exception:  # whatever is damaged: the table does without a picture
                break
            took = perf_counter() - began
            left -= took
            if finer is None or took * self._growth(level, finer) > left:
                break
        self._loaded.set()
        self._found.set()

    def _growth(self, level: int, finer: int) -> float:
        return self._decoder.grids[finer].voxels / self._decoder.grids[level].voxels


def cheap_levels(decoder: LevelsDecoder) -> tuple[int, ...]:
    """Return the small, independently stored levels, coarse to fine."""
    return tuple(k for k in reversed(decoder.stored_levels) if decoder.grids[k].voxels <= VOXELS)


def projection(decoder: LevelsDecoder, level: int) -> NDArray[np.floating]:
    """Return the maximum along z of the first frame and channel, NaN where all are missing."""
    lead = len(decoder.header.shape) - 3
    region = ((slice(0, 1),) * lead) + whole(decoder.grids[level].shape)
    values = decoder.decode(region, level)
    filled = decoder.filled(values, region, level)
    shown = values.astype(np.float64)
    absent = ~np.isfinite(shown) if filled is None else ~np.isfinite(shown) | filled
    shown[absent] = -np.inf
    image: NDArray[np.floating] = shown.reshape(shape_of(region)[-3:]).max(0)
    image[np.isneginf(image)] = np.nan
    return image


def png(image: NDArray[np.floating]) -> bytes:
    """Encode an image as an 8-bit PNG from black to white, transparent where NaN."""
    there = np.isfinite(image)
    present = image[there] if there.any() else np.zeros(1)
    low, high = float(present.min()), float(present.max())
    grey = np.where(there, (np.nan_to_num(image) - low) / ((high - low) or 1.0), 0.0)
    pixels = np.stack([np.rint(255 * grey.clip(0, 1)), 255 * there], axis=-1).astype(np.uint8)
    return encode_png(pixels)


def encode_png(pixels: NDArray[np.uint8], level: int = 6) -> bytes:
    """Encode pixels of shape (height, width, 2), (…, 3) or (…, 4), grey with alpha, RGB or RGB with
    alpha, as PNG, compressed at a ``level`` of zlib."""
    height, width, samples = pixels.shape
    # filter byte 1: each pixel is stored as the difference from the one to its left
    lines = np.ones((height, 1 + samples * width), np.uint8)
    flat = pixels.reshape(height, -1)
    lines[:, 1:] = flat
    lines[:, 1 + samples :] -= flat[:, :-samples]
    size = struct.pack(">IIBBBBB", width, height, 8, {2: 4, 3: 2, 4: 6}[samples], 0, 0, 0)
    parts = ((b"IHDR", size), (b"IDAT", zlib.compress(lines.tobytes(), level)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def smaller(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return pixels as for ``encode_png`` averaged over squares, at most ``side`` along an axis;
    transparent ones have no weight."""
    factor = -(-max(pixels.shape[:2]) // side)
    if factor == 1:
        return pixels
    height, width = (max(n // factor, 1) for n in pixels.shape[:2])
    cut = pixels[: height * factor, : width * factor].astype(np.float32)
    rows, columns = (np.arange(n) * factor for n in (height, width))
    alpha = cut[..., -1:] if pixels.shape[-1] in (2, 4) else np.full_like(cut[..., :1], 255)
    colour = cut[..., :-1] if pixels.shape[-1] in (2, 4) else cut
    weighed = np.concatenate([colour * alpha, alpha, np.ones_like(alpha)], -1)
    sums = np.add.reduceat(np.add.reduceat(weighed, rows, 0), columns, 1)
    mean = sums[..., :-2] / np.maximum(sums[..., -2:-1], 1e-6)
    parts = [mean, sums[..., -2:-1] / sums[..., -1:]] if pixels.shape[-1] in (2, 4) else [mean]
    return np.rint(np.concatenate(parts, -1)).astype(np.uint8)
