"""Search for the stream that fills a number of bytes, from the sizes of all streams made so far."""

import time
from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.codec import Codec, Stream

MIN_FILL = 0.94
"""Fraction of the bytes at which a search ends."""
MIN_FILL_APART = 0.9
"""The same for codecs whose levels lie apart: a step of AV1 is 6 to 9 % of the bytes."""
MIN_GAP = 1e-3
"""Distance of levels at which a search ends, as a fraction of their range."""
MAX_ENCODINGS = 6
"""Maximum number of encodings for a number of bytes."""
WHOLE_RANGE = 8.0
"""Natural logarithm of the sizes' ratio over the range of levels, before any is known."""


def next_level(codec: Codec, sizes: Mapping[float, int], limit: float) -> float | None:
    """Return the level to try next for the finest stream of at most ``limit`` bytes.

    Between known levels the logarithm of the size is interpolated, with bisection every second
    time for codecs whose sizes are stepwise. The finest is not always the largest: of SZ3, streams
    at half the tolerance can be smaller.

    Parameters
    ----------
    codec
        The codec; only its levels are looked at.
    sizes
        Bytes by level of the streams made so far.
    limit
        In bytes.

    Returns
    -------
    level
        None if the finest stream within the limit fills it, or no other level is worth an encoding.
    """
    way, length = float(np.sign(codec.fine - codec.coarse)), abs(codec.fine - codec.coarse)
    fill = MIN_FILL_APART if codec.spacing else MIN_FILL
    margin = -float(np.log(fill)) / 2  # the middle of what fills the limit is aimed at
    rooms = {way * (k - codec.coarse): float(np.log(limit / n)) for k, n in sizes.items()}
    within = [place for place, room in rooms.items() if room >= 0]
    low = max(within, default=None)
    if low is not None and rooms[low] <= 2 * margin:
        return None
    high = min((p for p in rooms if p not in within and (low is None or p > low)), default=None)
    if low is not None and high is not None:
        share = (rooms[low] - margin) / (rooms[low] - rooms[high])
        halved = codec.halving and len(rooms) % 2
        place = low + (0.5 if halved else float(np.clip(share, 0.05, 0.95))) * (high - low)
    elif rooms:
        known = max(rooms) if high is None else min(rooms)
        step = (rooms[known] - margin) / _slope(rooms, known, WHOLE_RANGE / length)
        place = known + float(np.copysign(np.clip(abs(step), 0.02 * length, length / 4), step))
    else:
        place = length / 2
    gap = codec.spacing or MIN_GAP * length
    first, last = (0.0 if low is None else low + gap), (length if high is None else high - gap)
    if first > last + 1e-9:
        return None
    if codec.spacing:
        place = float(np.floor(place / codec.spacing)) * codec.spacing
    return codec.coarse + way * min(max(place, first), last)


def _slope(rooms: Mapping[float, float], end: float, usual: float) -> float:
    """Return how fast the logarithm of the size rises with the level, at the end of the known."""
    others = [place for place in rooms if place != end]
    if not others:
        return usual
    nearest = min(others, key=lambda place: abs(place - end))
    return max((rooms[nearest] - rooms[end]) / (end - nearest), usual / 4)


def levels(codec: Codec, limits: Sequence[float]) -> list[tuple[float, Stream, float]]:
    """Return the finest streams of at most each of ``limits`` bytes, with levels and seconds.

    A limit below the smallest stream is left out.
    """
    made: dict[float, tuple[Stream, float]] = {}
    sizes: dict[float, int] = {}
    kept: list[float] = []
    for limit in limits:
        for _ in range(MAX_ENCODINGS):
            level = next_level(codec, sizes, limit)
            if level is None:
                break
            began = time.perf_counter()
            stream = codec.encode(level)
            made[level] = stream, time.perf_counter() - began
            sizes[level] = sum(map(len, stream))
        within = [k for k in sizes if sizes[k] <= limit]
        if within:
            kept.append(min(within, key=lambda k: abs(k - codec.fine)))
    return [(level, *made[level]) for level in dict.fromkeys(kept)]
