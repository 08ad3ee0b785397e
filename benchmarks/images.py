"""Collections of images at equal bytes: `views`, codecs of pictures and of videos, the volume."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

import vcore
from benchmarks import images_networks, images_studies, images_tables, images_times, volumes
from benchmarks.images_measures import Measures
from benchmarks.images_peers import Peer, peers, serpentine
from benchmarks.images_rows import HEAD, at, cells, ours_at, peer_row
from benchmarks.images_streams import FILE as STREAMS
from benchmarks.images_streams import (
    VIEWS,
    Row,
    Streams,
    around,
    digest_of,
    digest_of_coder,
    kept_of,
    without_other_runs,
)
from benchmarks.kristan import show
from benchmarks.report import Results
from vcore.collections.images import Channel, Images, foreground
from vcore.errors import BudgetError
from vcore.io.image_reading import read_images

Array = NDArray[Any]
RATES = (100, 300, 700, 1200)
"""Uncompressed bytes of the colours over those of the file."""
RENDERED = ["--supersample", "2", "--workers", "2", "--depth"]
BY_DEPTH = "views, by depth"
STEPS = tuple(round(16 * 160 / 1.25**k) for k in range(-3, 24))
"""Quantiser steps of ``views``, the coarsest first."""
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
    part: Annotated[
        str,
        typer.Option(
            help="classical, kept (its tables so far), times (of kept streams), networks, studies"
        ),
    ] = "classical",
    only: Annotated[str, typer.Option("--set", help="A collection; all by default.")] = "",
    peer: Annotated[str, typer.Option(help="Peers whose name has this; all by default.")] = "",
    rate: Annotated[
        list[int] | None, typer.Option(help="Uncompressed over compressed bytes; repeatable.")
    ] = None,
    level: Annotated[
        list[float] | None,
        typer.Option(help="Measure these levels (steps of views) without a search; repeatable."),
    ] = None,
    group: Annotated[int, typer.Option(help="Images of the closed groups of the videos.")] = 24,
    every: Annotated[int, typer.Option(help="Take every n-th image along phi, for a trial.")] = 1,
    minutes: Annotated[float, typer.Option(help="Time of a fit of a network.")] = 10.0,
    shrink: Annotated[int, typer.Option(help="Take every n-th pixel, for a trial.")] = 1,
    fresh: Annotated[bool, typer.Option(help="Discard results of earlier runs.")] = False,
    output: Annotated[Path, typer.Option(help="Folder for results.")] = Path("bench-output"),
) -> None:
    """Compare codecs for collections of images at equal bytes.

    Streams of the classical part are kept in benchmarks/measured/images.json, those of trials
    in the folder for results; ``kept`` writes their rows into docs/figures/data/images.json.
    """
    if part not in ("classical", "kept", "times", "networks", "studies"):
        raise typer.BadParameter("classical, kept, times, networks or studies")
    results = Results(output / "images.json", fresh=fresh and part != "classical")
    trial = every > 1 or shrink > 1
    file = output / "images-streams.json" if trial else STREAMS
    streams = Streams(file, fresh=fresh and part == "classical")
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
        case = Case(chosen, images, streams, measure=part == "classical", levels=level or ())
        if part == "times":
            case.times(peer, group, (rate or RATES[1:])[0])
            continue
        found = case.rows(peer, group, rate)
        figures = without_other_runs([row for _, _, row in found])
        told = [(n, r, row) for (n, r, _), row in zip(found, figures, strict=True)]
        title = f"{chosen.name}: {len(images)} images of {images.size[0]} x {images.size[1]}"
        show(title, HEAD, [[name, at_rate, *cells(row)] for name, at_rate, row in told])
        if part == "kept":
            images_tables.write(chosen.name.removesuffix("-surface"), told)


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


class Case:
    """A collection and its kept streams.

    Parameters
    ----------
    measure
        Whether streams that are missing are measured.
    levels
        Levels to measure; if there are none, those around the sizes are searched.
    """

    def __init__(
        self,
        chosen: Set,
        images: Images,
        streams: Streams,
        *,
        measure: bool,
        levels: Sequence[float] = (),
    ) -> None:
        self.chosen, self.images, self.streams, self.measure = chosen, images, streams, measure
        self.levels = levels
        self.name = f"{chosen.name} {len(images)}"
        self.of = digest_of(images)

    def rows(
        self, wanted: str, group: int, rates: Sequence[int] | None
    ) -> list[tuple[str, int, Row | None]]:
        """Return codec, rate and figures of all rows of the table."""
        limits = {rate: self._pixels * 3 / rate for rate in rates or RATES}
        found = list(self._ours(VIEWS, limits)) if wanted in VIEWS else []
        if wanted in BY_DEPTH and wanted != VIEWS and len(self.images.channels) > 1:
            found += self._ours(BY_DEPTH, limits)
        found += list(self._volumes(limits)) if wanted in VOLUME else []
        for peer in peers(group):
            if wanted in peer.name:
                found += list(self._of_peer(peer, limits, group))
        return found

    def times(self, wanted: str, group: int, rate: int) -> None:
        """Code and decode the kept streams near a rate again, and write the table of times."""
        ours = replace(self.images, channels=self.images.channels[:1])
        codecs: dict[str, Any] = {
            VIEWS: (self._kept(VIEWS), lambda level: ours_at(ours, int(level)))
        }
        for each in peers(group):
            codecs[each.name] = self._kept(each.name), partial(self._peer_row, each, group)
        title = f"{self.chosen.name}: {len(self.images)} images, near the rate {rate}"
        chosen = {name: codec for name, codec in codecs.items() if wanted in name}
        images_times.write(title, self._pixels * 3, rate, chosen)

    def _kept(self, name: str) -> dict[float, Row]:
        of = f"{self.of} {digest_of_coder(VIEWS)}" if name == VIEWS else self.of
        return kept_of(self.streams, f"{self.name} {name}", of)

    def _peer_row(self, peer: Peer, group: int, level: float) -> Row:
        order = self._order if peer.needs_order else np.arange(0)
        return peer_row(peer, self._stack, order, self.images.background, level, group)

    @property
    def _pixels(self) -> int:
        return len(self.images) * self.images.size[0] * self.images.size[1]

    @cached_property
    def _stack(self) -> Array:
        return np.stack([self.images.read(i, "rgb") for i in self.images.indices()])

    @cached_property
    def _order(self) -> Array:
        return serpentine(self._stack, self.images.shape)

    def _stream(self, key: str, of: str, measure: Callable[[], Row | None]) -> Row | None:
        return self.streams.measured(key, of, measure if self.measure else lambda: None)

    def _points(
        self,
        name: str,
        of: str,
        levels: Sequence[float],
        limits: Mapping[int, float],
        measure: Callable[[float], Row | None],
    ) -> Iterator[tuple[str, int, Row | None]]:
        """Yield the rows of a codec, between streams around each size."""

        def stream(level: float) -> Row | None:
            return self._stream(f"{self.name} {name} {level:g}", of, lambda: measure(level))

        for level in self.levels:
            stream(level)
        points = kept_of(self.streams, f"{self.name} {name}", of)
        if self.measure and not self.levels:
            points = around(levels, list(limits.values()), stream, points)
        for rate, limit in limits.items():
            yield name, rate, at(list(points.values()), limit)

    def _ours(
        self, name: str, limits: Mapping[int, float]
    ) -> Iterator[tuple[str, int, Row | None]]:
        by_depth = name == BY_DEPTH
        channels = self.images.channels if by_depth else self.images.channels[:1]
        images = replace(self.images, channels=channels)
        code = digest_of_coder(VIEWS)

        def measure(level: float) -> Row:
            return ours_at(images, int(level), by_depth=by_depth)

        yield from self._points(name, f"{self.of} {code}", STEPS, limits, measure)

    def _volumes(self, limits: Mapping[int, float]) -> Iterator[tuple[str, int, Row | None]]:
        of = f"{self.of} {digest_of_coder('wavelet')}"
        for rate, limit in limits.items():
            measure = partial(_volume, self.chosen, self.images, int(limit))
            yield VOLUME, rate, self._stream(f"{self.name} {VOLUME} {rate}", of, measure)

    def _of_peer(
        self, peer: Peer, limits: Mapping[int, float], group: int
    ) -> Iterator[tuple[str, int, Row | None]]:
        measure = partial(self._peer_row, peer, group)
        yield from self._points(peer.name, self.of, peer.levels, limits, measure)


def _volume(chosen: Set, images: Images, limit: int) -> dict[str, Any] | None:
    """Return the figures of pictures rendered from the volume, compressed to ``limit`` bytes; None
    if it cannot be that small."""
    source = str(volumes.folder() / chosen.volume)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "volume.vcore"
        began = time.perf_counter()
        try:
            report = vcore.compress(source, path, bytes=limit, method="wavelet")
        except BudgetError as error:
            print(f"{VOLUME}: {error}")
            return None
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
