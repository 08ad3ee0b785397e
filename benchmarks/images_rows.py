"""Rows of the benchmark of image collections: a method of vcore, or a peer, at a size."""

import time
from collections.abc import Mapping
from itertools import pairwise
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

import vcore
from benchmarks.images_measures import Measures
from benchmarks.images_peers import Peer
from benchmarks.images_streams import FAR, NEAR
from vcore.collections.images import Images, foreground
from vcore.errors import BudgetError

Array = NDArray[Any]
ACCESS_SAMPLE = 24
"""Images that are decoded alone, each by a dataset that was just opened."""
HEAD = [
    *("codec", "rate", "bytes an image", "PSNR", "foreground", "MS-SSIM", "CIELUV"),
    *("encode s", "decode s", "one image s", "images touched", "bytes touched"),
]

FIGURES = ("psnr", "foreground", "ms_ssim", "cieluv", "encode", "decode")
ACCESS = ("one", "touched", "touched_bytes")


def cells(row: dict[str, Any] | None) -> list[Any]:
    if row is None:
        return [None] * (1 + len(FIGURES) + len(ACCESS))
    return [row["bytes"] / row["images"], *(row.get(k) for k in (*FIGURES, *ACCESS))]


def ours(
    images: Images,
    method: str,
    rate: float,
    settings: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> dict[str, Any] | None:
    """Return the figures of a method of vcore at a rate, None if it cannot be that small."""
    colours = len(images) * 3 * images.size[0] * images.size[1]
    try:
        return _measured(images, method, settings, seed, bytes=int(colours / rate))
    except BudgetError as error:
        print(f"{method} at {rate}: {error}")
        return None


def ours_at(images: Images, step: int, *, by_depth: bool = False) -> dict[str, Any]:
    """Return the figures of ``views`` at a quantiser step.

    Parameters
    ----------
    by_depth
        Whether to predict by the depths, the bytes of which do not count.
    """
    return _measured(images, "views", {"step": step, "depth": by_depth}, 0)


def _measured(
    images: Images,
    method: str,
    settings: Mapping[str, Any] | None,
    seed: int,
    **budget: Any,
) -> dict[str, Any]:
    context = vcore.Context(seed=seed)
    began = time.perf_counter()
    report = vcore.compress(
        images, None, method=method, settings=settings, context=context, **budget
    )
    encoded = time.perf_counter() - began
    measures, found = Measures(), vcore.open(report.data)
    began = time.perf_counter()
    decoded = [found.read(index) for index in images.indices()]
    seconds = time.perf_counter() - began
    for index, image in zip(images.indices(), decoded, strict=True):
        original = images.read(index, "rgb")
        measures.add(original, image, foreground(original, images.background))
    places = list(images.indices())
    chosen = places[:: max(1, len(places) // ACCESS_SAMPLE)]
    times, touched = [], [found.touched(index) for index in places]
    for index in chosen:
        alone = vcore.open(report.data)
        began = time.perf_counter()
        alone.read(index)
        times.append(time.perf_counter() - began)
    _, *others = found.info["channels"]
    return {
        "bytes": report.bytes - sum(channel["bytes"] for channel in others),
        "images": len(images),
        **measures.figures(),
        "encode": encoded,
        "decode": seconds,
        "one": float(np.median(times)),
        "touched": float(np.mean([n for n, _ in touched])),
        "touched_bytes": float(np.mean([n for _, n in touched])),
    }


def peer_row(
    peer: Peer,
    stack: Array,
    order: Array,
    background: tuple[int, int, int] | None,
    level: float,
    group: int,
) -> dict[str, Any]:
    """Return the figures of a peer at a level of quality."""
    given = stack[order] if peer.needs_order else stack
    stream, measures = peer.code(given, level), Measures()
    for original, image in zip(given, stream.decoded, strict=True):
        measures.add(original, image, foreground(original, background))
    count = len(stack)
    length = getattr(peer, "group", 0) or count
    touched = 1.0 if not peer.needs_order else (length + 1) / 2
    return {
        "bytes": stream.bytes,
        "images": count,
        **measures.figures(),
        "encode": stream.encode_seconds,
        "decode": stream.decode_seconds,
        "one": touched * stream.decode_seconds / count,
        "touched": touched,
        "touched_bytes": touched * stream.bytes / count,
    }


def at(points: list[dict[str, Any]], limit: float) -> dict[str, Any] | None:
    """Return the figures at a size, interpolated over the logarithm of the bytes between two
    streams that are not far apart, or of one that is hardly smaller; None outside of them."""
    points = sorted(points, key=lambda p: p["bytes"])
    for low, high in pairwise(points):
        if low["bytes"] <= limit <= high["bytes"] <= FAR * low["bytes"]:
            span = log(high["bytes"] / low["bytes"]) or 1.0
            share = log(limit / low["bytes"]) / span
            mixed: dict[str, Any] = {
                k: low[k] + share * (high[k] - low[k]) for k in (*FIGURES, *ACCESS) if k in low
            }
            runs = {p.get("run", "") for p in (low, high)}
            return {
                **mixed,
                "bytes": limit,
                "images": low["images"],
                "run": " and ".join(sorted(runs)),
            }
    return next((p for p in points[::-1] if NEAR * limit <= p["bytes"] <= limit), None)
