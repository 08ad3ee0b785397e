"""Writing a path through the parameters of a collection as a movie (H.264 in MP4)."""

import logging
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from vcore.collections.images import Images
from vcore.collections.paths import Point, shown
from vcore.errors import InputError
from vcore.io.request import need

logger = logging.getLogger(__name__)

CODEC = "libx264"
QUALITY = 16
"""Constant rate factor of H.264: 0 lossless, 51 worst; 16 is hard to tell from the images."""
BT709 = 1
"""Number of ITU-R BT.709 as matrix, primaries and transfer of colours (ITU-T H.273)."""
MAX_FPS = 1000


def write_mp4(
    images: Images,
    path: str,
    points: Sequence[Point],
    tick: Callable[[int], None],
    *,
    fps: float = 25,
    blend: bool | str = False,
    under: tuple[int, int, int] | None = None,
) -> int:
    """Write a frame for each point, and return their number; points without an image are left out,
    with a warning.

    Parameters
    ----------
    images
        The collection; transparent pixels lie over ``under``.
    path
        The file, which is created.
    points
        Values of all parameters (see ``vcore.collections.paths``).
    tick
        Called with 1 for each point.
    fps
        Frames per second.
    blend
        How images between those of the grid are made, as in ``Collection.image``.
    under
        Red, green and blue; by default the background of the images, or white.

    Raises
    ------
    InputError
        No point has an image, the images have no colour, or ``fps`` is no rate.
    MissingExtraError
        The package `av` is not installed.
    """
    if not 0 < fps <= MAX_FPS:
        raise InputError(f"Expected `fps` of at most {MAX_FPS} frames a second. Got {fps} instead.")
    av = need("av", "images")
    height, width = (n + n % 2 for n in images.size)  # H.264 halves the colours' resolution
    missing = 0
    with av.open(path, "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream(CODEC, rate=Fraction(fps).limit_denominator(1000))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": str(QUALITY)}
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = BT709
        converter = av.video.reformatter.VideoReformatter()
        for point in points:
            pixels = shown(images, point, blend=blend, under=under)
            tick(1)
            if pixels is None:
                missing += 1
                continue
            frame = av.VideoFrame.from_ndarray(_even(pixels), format="rgb24")
            frame = converter.reformat(frame, format="yuv420p", dst_colorspace="ITU709")
            container.mux(stream.encode(frame))
        if missing == len(points):
            raise InputError("Expected images along the path. Got none: they are holes.")
        container.mux(stream.encode())
    if missing:
        logger.warning("left out %d of %d frames, where there is no image", missing, len(points))
    return len(points) - missing


def _even(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image of even height and width, its last row and column repeated if needed."""
    odd = [(0, n % 2) for n in pixels.shape[:2]]
    return np.ascontiguousarray(np.pad(pixels, (*odd, (0, 0)), mode="edge"))
