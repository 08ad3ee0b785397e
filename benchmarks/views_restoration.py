"""Taps of the restoration of `views`, learned from collections (docs/format.md, section 24).

Those that are shipped were learned on `vcore render VOLUME OUT.cdb --supersample 2` of the shared

- neghip: `--isosurface 60 --theta 60:100:20 --phi 0:99:9 --size 200`
- tooth: `--isosurface 128 --theta 60:80:20 --phi 0:150:10 --size 256`
- tooth: `--volume --theta 75 --phi 0:162:9 --size 200`
- droplet: `--isosurface 40 --time 0:9:1 --theta 60 --phi 0:54:18 --size 192`
- chris_t1: `--isosurface 60 --theta 75 --phi 0:171:9 --size 256`
- headsq: `--isosurface 1150 --theta 60:90:30 --phi 0:150:15 --size 256`
"""

import hashlib
import threading
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numba
import numpy as np
import typer

import vcore
from benchmarks.images import opaque
from vcore.collections.methods.views import restoration
from vcore.collections.methods.views.image import ImageCoder
from vcore.collections.methods.views.restoration import extended
from vcore.collections.methods.views.restoration_loops import (
    CLASSES,
    CLIPS,
    MARGIN,
    PAIRS,
    TAP_BITS,
    TURNED,
    classify,
)
from vcore.io.image_reading import read_images

STEPS = (100, 300, 600, 1200)
"""Quantiser steps at which every collection is coded."""
TAPS = len(PAIRS) * CLIPS
RIDGE = 1e-4
"""Share of the mean variance by which that of every input is raised, for classes of few pixels."""


def main(
    collections: Annotated[
        list[Path], typer.Argument(help="Cinema databases, not those of tests.")
    ],
    output: Annotated[Path, typer.Option(help="File to write.")] = Path("restoration.bin"),
    passes: Annotated[
        int, typer.Option(help="Times that all is coded, with the taps learned before.")
    ] = 3,
) -> None:
    """Learn the taps by least squares, from images of other volumes than the benchmark's."""
    restoration.FILE = output
    data = np.zeros((2, 2, CLASSES, TAPS), "<i2").tobytes()
    for turn in range(passes):
        output.write_bytes(zlib.compress(data, 9))
        restoration.CHECKSUM = zlib.crc32(output.read_bytes())
        restoration.taps.cache_clear()
        moments = np.zeros((2, 2, CLASSES, TAPS, TAPS))
        products = np.zeros((2, 2, CLASSES, TAPS))
        for path in collections:
            for step in STEPS:
                record(path, step, moments, products)
        data = solved(moments, products).tobytes()
        print(f"pass {turn + 1} of {passes}")
    output.write_bytes(zlib.compress(data, 9))
    checksum = zlib.crc32(output.read_bytes())
    print(f"{output}: CRC-32 {checksum:08x}")
    print(f"{len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}")


def record(path: Path, step: int, moments: Any, products: Any) -> None:
    """Code a collection and add what its decoded images need to the normal equations."""
    images, restored = opaque(read_images(path)), ImageCoder._restored
    lock = threading.Lock()

    def recording(planes: Any, decoded: Any, coded: Any, steps: Any) -> Any:
        classes = np.empty(decoded.shape[1:], np.int32)
        classify(extended(decoded[0]), int(steps[0]), classes)
        for c, plane in enumerate(decoded):
            k = min(c, 1)
            own = int(steps[c])
            given = extended(plane), planes[c].astype(np.int64), own, classes, coded[c]
            with lock:
                add(*given, np.array(TURNED), np.array(PAIRS), own**-1.5, moments[k], products[k])
        return restored(planes, decoded, coded, steps)

    ImageCoder._restored = staticmethod(recording)  # type: ignore[method-assign]
    try:
        colours = replace(images, channels=images.channels[:1])
        vcore.compress(colours, None, method="views", settings={"step": step})
    finally:
        ImageCoder._restored = staticmethod(restored)  # type: ignore[method-assign]


@numba.njit
def add(
    plane: Any,
    original: Any,
    step: int,
    classes: Any,
    coded: Any,
    turned: Any,
    pairs: Any,
    weight: float,
    moments: Any,
    products: Any,
) -> None:
    """Add the pixels of a component to the normal equations of their classes."""
    h, w = classes.shape
    inputs = np.empty(pairs.shape[0] * 3)
    for y in range(h):
        for x in range(w):
            known = classes[y, x]
            if known < 0:
                continue
            i, j = y + MARGIN, x + MARGIN
            centre = np.int64(plane[i, j])
            for k in range(pairs.shape[0]):
                # the tap of pair k acts on the pair that takes its place
                p = turned[known & 3, k]
                dy, dx = pairs[p]
                a, b = plane[i + dy, j + dx] - centre, plane[i - dy, j - dx] - centre
                for n in range(3):
                    limit = 4 * step if n == 0 else (step if n == 1 else max(step >> 2, 1))
                    inputs[3 * k + n] = min(max(a, -limit), limit) + min(max(b, -limit), limit)
            error = original[y, x] - centre
            m = moments[coded[y >> 2, x >> 2], known >> 2]
            v = products[coded[y >> 2, x >> 2], known >> 2]
            for a in range(inputs.size):
                v[a] += weight * inputs[a] * error
                for b in range(inputs.size):
                    m[a, b] += weight * inputs[a] * inputs[b]


def solved(moments: Any, products: Any) -> Any:
    """Return the taps of least squared error, in 1/2**TAP_BITS."""
    variance = np.trace(moments, axis1=-2, axis2=-1)[..., None, None] / TAPS
    raised = moments + (RIDGE * variance + 1e-9) * np.eye(TAPS)
    found = np.linalg.solve(raised, products[..., None])[..., 0]
    return np.rint(found * (1 << TAP_BITS)).clip(-(1 << 15), (1 << 15) - 1).astype("<i2")


if __name__ == "__main__":
    typer.run(main)
