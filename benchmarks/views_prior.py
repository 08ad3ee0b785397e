"""Initial state of the coder of `views`, learned from collections (docs/format.md, section 24)."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

import vcore
from benchmarks.images import opaque
from vcore.collections.methods.views import prior
from vcore.collections.methods.views.contexts import KINDS, SETS, SINGLES, SLOTS
from vcore.collections.methods.views.image import ImageCoder, Neighbours
from vcore.entropy.mixing import new_counters, new_singles, new_weights
from vcore.io.image_reading import read_images

STEPS = (100, 300, 900)
"""Quantiser steps at which every collection is coded."""
Call = tuple[ImageCoder, Any, Sequence[Neighbours], int]
"""Coding of one image: the coder, and what it is given but for the state."""


def main(
    collections: Annotated[
        list[Path], typer.Argument(help="Cinema databases, not those of tests.")
    ],
    output: Annotated[Path, typer.Option(help="File to write.")] = Path("prior.bin"),
    passes: Annotated[int, typer.Option(help="Times that every image is coded.")] = 2,
) -> None:
    """Learn the initial state of `views` from images of other volumes than the benchmark's."""
    prior._learned = blank  # type: ignore[assignment]
    calls = [call for path in collections for step in STEPS for call in recorded(path, step)]
    state, rng = blank(), np.random.default_rng(0)
    for _ in range(passes):
        for k in rng.permutation(len(calls)):
            coder, image, neighbours, grade = calls[k]
            state = prior.next_state(state)
            coder.encode(image, neighbours, grade, state)
    data = packed(state)
    output.write_bytes(zlib.compress(data, 9))
    checksum = zlib.crc32(output.read_bytes())
    print(f"{output}: CRC-32 {checksum:08x}")
    print(f"{len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}")


def blank() -> prior.State:
    """Return a state that has learned nothing."""
    return new_counters(KINDS * SLOTS), new_weights(KINDS * SETS), new_singles(SINGLES)


def recorded(path: Path, step: int) -> list[Call]:
    """Return how the images of a collection are coded."""
    images, found = opaque(read_images(path)), []
    encode = ImageCoder.encode

    def recording(self: ImageCoder, *given: Any) -> Any:
        found.append((self, *given[:3]))
        return encode(self, *given)

    ImageCoder.encode = recording  # type: ignore[assignment,method-assign]
    try:
        colours = replace(images, channels=images.channels[:1])
        vcore.compress(colours, None, method="views", settings={"step": step})
    finally:
        ImageCoder.encode = encode  # type: ignore[method-assign]
    return found


def packed(state: prior.State) -> bytes:
    """Return a state as it is stored: integers byte by byte, all lowest bytes first."""
    counters, weights, singles = state
    parts = [
        (counters >> 16).astype("<u2"),
        (counters & 1023).astype("u1"),
        (weights >> 4).clip(-(1 << 15), (1 << 15) - 1).astype("<i2"),
        (singles[:, 0] >> 6).astype("<u2"),
        singles[:, 1].clip(0, 255).astype("u1"),
    ]
    return b"".join(
        np.ascontiguousarray(part.reshape(-1, 1)).view("u1").T.tobytes() for part in parts
    )


if __name__ == "__main__":
    typer.run(main)
