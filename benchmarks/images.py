"""Collections of images at equal bytes: `views`, codecs of pictures and of videos, the volume."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

import vcore
from benchmarks import images_networks, images_studies, volumes
from benchmarks.images_measures import Measures
from benchmarks.images_peers import peers, serpentine
from benchmarks.images_rows import HEAD, at, cells, ours, peer_row
from benchmarks.kristan import show
from benchmarks.report import Results
from vcore.collections.images import Channel, Images, foreground
from vcore.io.image_reading import read_images

Array = NDArray[Any]
RATES = (100, 300, 700, 1200)
"""Uncompressed bytes of the colours over those of the file."""
RENDERED = ["--supersample", "2", "--workers", "2", "--depth"]
METHOD = "views"
VOLUME = "wavelet on the volume, rendered"


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
    part: Annotated[str, typer.Option(help="classical, networks or studies")] = "classical",
    only: Annotated[str, typer.Option("--set", help="A collection; all by default.")] = "",
    peer: Annotated[str, typer.Option(help="Peers whose name has this; all by default.")] = "",
    rate: Annotated[
        list[int] | None, typer.Option(help="Uncompressed over compressed bytes; repeatable.")
    ] = None,
    group: Annotated[int, typer.Option(help="Images of the closed groups of the videos.")] = 24,
    every: Annotated[int, typer.Option(help="Take every n-th image along phi, for a trial.")] = 1,
    minutes: Annotated[float, typer.Option(help="Time of a fit of a network.")] = 10.0,
    shrink: Annotated[int, typer.Option(help="Take every n-th pixel, for a trial.")] = 1,
    fresh: Annotated[bool, typer.Option(help="Discard results of earlier runs.")] = False,
    output: Annotated[Path, typer.Option(help="Folder for results.")] = Path("bench-output"),
) -> None:
    """Compare codecs for collections of images at equal bytes."""
    if part not in ("classical", "networks", "studies"):
        raise typer.BadParameter("classical, networks or studies")
    results = Results(output / "images.json", fresh=fresh)
    for chosen in sets():
        if only and chosen.name != only:
            continue
        images = opaque(rendered(chosen, output / "images"), every, shrink)
        if part == "networks":
            images_networks.compare(
                *(chosen.name, images, results, minutes, rate or images_networks.RATES),
                *(peer, group, output),
            )
            continue
        if part == "studies":
            images_studies.study(chosen.name, images, results, minutes)
            continue
        rows = list(_rows(chosen, images, results, peer, group, rate or RATES))
        title = f"{chosen.name}: {len(images)} images of {images.size[0]} x {images.size[1]}"
        show(title, HEAD, rows)


def rendered(chosen: Set, folder: Path) -> Images:
    """Return a collection, rendered before or now."""
    path = folder / f"{chosen.name}.cdb"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        volume = str(volumes.folder() / chosen.volume)
        command = [sys.executable, "-m", "vcore", "render", volume, str(path)]
        subprocess.run([*command, *chosen.options, *RENDERED], check=True)
    return read_images(path)


def opaque(images: Images, every: int = 1, shrink: int = 1) -> Images:
    """Return the colours over the background, as no other codec has an alpha channel, and the
    depth; of every n-th image along the last parameter, and every n-th pixel."""
    background = images.background or (255, 255, 255)
    last = images.parameters[-1]
    thinned = replace(last, values=last.values[::every])

    def read(index: tuple[int, ...], channel: str) -> Array:
        place = (*index[:-1], index[-1] * every)
        if channel != "rgb":
            return images.read(place, channel)[::shrink, ::shrink]
        colour = images.read(place, images.channels[0].name)[::shrink, ::shrink]
        alpha = colour[..., 3:] / 255.0 if colour.shape[-1] > 3 else 1.0
        mixed = colour[..., :3] * alpha + np.array(background) * (1 - alpha)
        return np.rint(mixed).astype(np.uint8)

    channels = (Channel("rgb", np.dtype(np.uint8)), *images.channels[1:])
    return replace(
        images,
        parameters=(*images.parameters[:-1], thinned),
        size=(-(-images.size[0] // shrink), -(-images.size[1] // shrink)),
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
            results.add(key, ours(only_colours, METHOD, rate))
        yield [METHOD, rate, *cells(results[key])]
    for rate in rates if wanted in VOLUME else ():
        key = f"{chosen.name} {len(images)} {VOLUME} {rate}"
        if key not in results:
            results.add(key, _volume(chosen, images, rate))
        yield [VOLUME, rate, *cells(results[key])]
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
                results.add(key, peer_row(peer, stack, order, images.background, level, group))
            points.append(results[key])
        for rate in rates:
            limit = len(images) * 3 * images.size[0] * images.size[1] / rate
            yield [peer.name, rate, *cells(at(points, limit))]


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
