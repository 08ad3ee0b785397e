"""Collections of images at equal bytes: `views`, codecs of pictures and of videos, the volume."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from math import log
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

import vcore
from benchmarks import volumes
from benchmarks.images_measures import Measures
from benchmarks.images_peers import Peer, peers, serpentine
from benchmarks.kristan import show
from benchmarks.report import Results
from vcore.collections.images import Channel, Images, foreground
from vcore.errors import BudgetError
from vcore.io.image_reading import read_images

Array = NDArray[Any]
RATES = (100, 300, 700, 1200)
"""Uncompressed bytes of the colours over those of the file."""
RENDERED = ["--supersample", "2", "--workers", "2", "--depth"]
METHOD = "views"
VOLUME = "wavelet on the volume, rendered"
ACCESS_SAMPLE = 24
"""Images that are decoded alone, each by a dataset that was just opened."""


@dataclass(frozen=True)
class Set:
    """A collection to compress: a volume and the options of `vcore render`."""

    name: str
    volume: str
    options: tuple[str, ...]


def sets() -> list[Set]:
    """Return the collections: isosurfaces and direct volume renderings."""
    found = json.loads((Path(__file__).parent / "images_sets.json").read_text())
    return [Set(s["name"], s["volume"], tuple(s["options"])) for s in found]


def main(
    part: Annotated[str, typer.Option(help="classical")] = "classical",
    only: Annotated[str, typer.Option("--set", help="A collection; all by default.")] = "",
    peer: Annotated[str, typer.Option(help="Peers whose name has this; all by default.")] = "",
    rate: Annotated[
        list[int] | None, typer.Option(help="Uncompressed over compressed bytes; repeatable.")
    ] = None,
    group: Annotated[int, typer.Option(help="Images of the closed groups of the videos.")] = 24,
    every: Annotated[int, typer.Option(help="Take every n-th image along phi, for a trial.")] = 1,
    fresh: Annotated[bool, typer.Option(help="Discard results of earlier runs.")] = False,
    output: Annotated[Path, typer.Option(help="Folder for results.")] = Path("bench-output"),
) -> None:
    """Compare codecs for collections of images at equal bytes."""
    if part != "classical":
        raise typer.BadParameter("classical")
    results = Results(output / "images.json", fresh=fresh)
    for chosen in sets():
        if only and chosen.name != only:
            continue
        images = opaque(rendered(chosen, output / "images"), every)
        rows = list(_rows(chosen, images, results, peer, group, rate or RATES))
        title = f"{chosen.name}: {len(images)} images of {images.size[0]} x {images.size[1]}"
        show(title, HEAD, rows)


HEAD = [
    *("codec", "rate", "bytes an image", "PSNR", "foreground", "MS-SSIM", "CIELUV"),
    *("encode s", "decode s", "one image s", "images touched", "bytes touched"),
]


def rendered(chosen: Set, folder: Path) -> Images:
    """Return a collection, rendered before or now."""
    path = folder / f"{chosen.name}.cdb"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        volume = str(volumes.folder() / chosen.volume)
        command = [sys.executable, "-m", "vcore", "render", volume, str(path)]
        subprocess.run([*command, *chosen.options, *RENDERED], check=True)
    return read_images(path)


def opaque(images: Images, every: int = 1) -> Images:
    """Return the colours over the background, as no other codec has an alpha channel, and the
    depth; of every n-th image along the last parameter."""
    background = images.background or (255, 255, 255)
    last = images.parameters[-1]
    thinned = replace(last, values=last.values[::every])

    def read(index: tuple[int, ...], channel: str) -> Array:
        place = (*index[:-1], index[-1] * every)
        if channel != "rgb":
            return images.read(place, channel)
        colour = images.read(place, images.channels[0].name)
        alpha = colour[..., 3:] / 255.0 if colour.shape[-1] > 3 else 1.0
        mixed = colour[..., :3] * alpha + np.array(background) * (1 - alpha)
        return np.rint(mixed).astype(np.uint8)

    channels = (Channel("rgb", np.dtype(np.uint8)), *images.channels[1:])
    return replace(
        images,
        parameters=(*images.parameters[:-1], thinned),
        channels=channels,
        read=cache(read) if len(images) < 2000 else read,
        present=None,
        background=background,
    )


def _rows(
    chosen: Set,
    images: Images,
    results: Results,
    wanted: str,
    group: int,
    rates: Sequence[int],
) -> Iterator[list[Any]]:
    """Yield the rows of the table of a collection."""
    only_colours = replace(images, channels=images.channels[:1])
    for rate in rates if wanted in METHOD else ():
        key = f"{chosen.name} {len(images)} {METHOD} {rate}"
        if key not in results:
            results.add(key, _ours(only_colours, METHOD, rate))
        yield [METHOD, rate, *_cells(results[key])]
    for rate in rates if wanted in VOLUME else ():
        key = f"{chosen.name} {len(images)} {VOLUME} {rate}"
        if key not in results:
            results.add(key, _volume(chosen, images, rate))
        yield [VOLUME, rate, *_cells(results[key])]
    stack: Array | None = None
    order: Array | None = None
    for peer in peers(group):
        if wanted and wanted not in peer.name:
            continue
        points = []
        for level in peer.levels:
            key = f"{chosen.name} {len(images)} {peer.name} {level:g}"
            if key not in results:
                if stack is None or order is None:
                    stack = np.stack([images.read(i, "rgb") for i in images.indices()])
                    order = serpentine(stack, images.shape)
                results.add(key, _peer(peer, stack, order, images.background, level, group))
            points.append(results[key])
        for rate in rates:
            limit = len(images) * 3 * images.size[0] * images.size[1] / rate
            yield [peer.name, rate, *_cells(_at(points, limit))]


FIGURES = ("psnr", "foreground", "ms_ssim", "cieluv", "encode", "decode")
ACCESS = ("one", "touched", "touched_bytes")


def _cells(row: dict[str, Any] | None) -> list[Any]:
    if row is None:
        return [None] * (1 + len(FIGURES) + len(ACCESS))
    return [row["bytes"] / row["images"], *(row.get(k) for k in (*FIGURES, *ACCESS))]


def _ours(images: Images, method: str, rate: int) -> dict[str, Any] | None:
    """Return the figures of a method of vcore, None if it cannot be that small."""
    colours = len(images) * 3 * images.size[0] * images.size[1]
    limit = colours // rate
    began = time.perf_counter()
    try:
        report = vcore.compress(images, None, method=method, bytes=limit)
    except BudgetError as error:
        print(f"{method} at {rate}: {error}")
        return None
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
    return {
        "bytes": report.bytes,
        "images": len(images),
        **measures.figures(),
        "encode": encoded,
        "decode": seconds,
        "one": float(np.median(times)),
        "touched": float(np.mean([n for n, _ in touched])),
        "touched_bytes": float(np.mean([n for _, n in touched])),
    }


def _volume(chosen: Set, images: Images, rate: int) -> dict[str, Any]:
    """Return the figures of pictures rendered from the volume, compressed to as many bytes."""
    colours = len(images) * 3 * images.size[0] * images.size[1]
    source = str(volumes.folder() / chosen.volume)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "volume.vcore"
        began = time.perf_counter()
        report = vcore.compress(source, path, bytes=colours // rate, method="wavelet")
        encoded = time.perf_counter()
        made = str(Path(folder) / "made.cdb")
        command = [sys.executable, "-m", "vcore", "render", str(path), made]
        subprocess.run([*command, *chosen.options, *RENDERED], check=True)
        seconds = time.perf_counter() - encoded
        found, measures = opaque(read_images(made)), Measures()
        for index in images.indices():
            original = images.read(index, "rgb")
            mask = foreground(original, images.background)
            measures.add(original, found.read(index, "rgb"), mask)
    return {
        "bytes": report.bytes,
        "images": len(images),
        **measures.figures(),
        "encode": encoded - began,
        "decode": seconds,
    }


def _peer(
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


def _at(points: list[dict[str, Any]], limit: float) -> dict[str, Any] | None:
    """Return the figures at a size, interpolated over the logarithm of the bytes between two
    streams; None outside of them."""
    points = sorted(points, key=lambda p: p["bytes"])
    for low, high in pairwise(points):
        if low["bytes"] <= limit <= high["bytes"]:
            span = log(high["bytes"] / low["bytes"]) or 1.0
            share = log(limit / low["bytes"]) / span
            mixed = {
                k: low[k] + share * (high[k] - low[k]) for k in (*FIGURES, *ACCESS) if k in low
            }
            return {**mixed, "bytes": limit, "images": low["images"]}
    return None
