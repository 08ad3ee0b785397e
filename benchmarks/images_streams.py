"""Measured streams of the benchmark of image collections, kept in a committed file.

Bytes and quality are the same on every machine, so that runs can be spread over machines and
resumed. Times belong to the run that measured them.
"""

import hashlib
import json
import platform
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

import vcore
from vcore.collections.images import Channel, Images
from vcore.collections.parameters import Parameter
from vcore.runtime.atomic import replacing

FILE = Path(__file__).parent / "measured" / "images.json"
TIMES = ("encode", "decode", "one")
"""Figures that depend on the machine."""
VIEWS = "views"
FAR = 2.5
"""Ratio of the bytes of two streams beyond which nothing is interpolated between them."""
NEAR = 0.985
"""Share of a size from which a stream stands for it."""
DIGITS = 4
"""Decimals that are kept."""
Row = dict[str, Any]


class Streams:
    """Figures of streams by name, one a line, sorted; saved after each.

    Parameters
    ----------
    path
        File; read if there is one.
    run
        Run that new streams belong to; by default the date, time and machine.
    fresh
        Whether to forget the streams of the file.
    """

    def __init__(self, path: Path = FILE, run: str = "", *, fresh: bool = False) -> None:
        self.path, self.fresh = path, fresh
        self.run = run or f"{datetime.now(UTC):%Y-%m-%d %H:%M}, {platform.machine()}"
        old = path.exists() and not fresh
        self.rows: dict[str, Row] = json.loads(path.read_text()) if old else {}
        self._own: dict[str, Row] = {}

    def measured(self, key: str, of: str, measure: Callable[[], Row | None]) -> Row | None:
        """Return the figures of a stream: those kept, if they are ``of`` the same pictures and
        code, else those of ``measure``, None if there is no such stream."""
        kept = self.rows.get(key)
        if kept is not None and kept["of"] == of:
            return kept
        found = measure()
        if found is None:
            return None
        rounded = {k: round(v, DIGITS) if isinstance(v, float) else v for k, v in found.items()}
        self.rows[key] = self._own[key] = {**rounded, "of": of, "run": self.run}
        self._save()
        return self.rows[key]

    def _save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self.fresh and self.path.exists():  # another run may have added some
            self.rows = {**self.rows, **json.loads(self.path.read_text()), **self._own}
        lines = [f"{json.dumps(k)}: {json.dumps(self.rows[k])}" for k in sorted(self.rows)]
        with replacing(self.path) as part:
            part.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def around(
    levels: Sequence[float],
    limits: Sequence[float],
    measure: Callable[[float], Row | None],
    known: Mapping[float, Row],
) -> dict[float, Row]:
    """Return the streams of a codec, by level, those ``known`` and those measured so that around
    each size there are two to interpolate between.

    Parameters
    ----------
    levels
        Levels of quality, the coarsest first.
    limits
        Sizes in bytes.
    measure
        Returns the figures of the stream at a level, None if there is none.
    """
    rows: dict[float, Row | None] = {**known}
    for limit in limits:
        while (level := _following(levels, rows, limit)) is not None:
            rows[level] = measure(level)
    return {level: row for level, row in rows.items() if row is not None}


def _following(
    levels: Sequence[float], rows: Mapping[float, Row | None], limit: float
) -> float | None:
    """Return the level to measure next; None if streams around ``limit`` are near enough, or there
    is no level between them."""
    sign = 1 if levels[0] < levels[-1] else -1
    order = [sign * level for level in levels]
    # places among the levels, and the logarithms of the bytes; without a stream there is nothing
    found = [
        (float(np.interp(sign * level, order, range(len(order)))), log(row["bytes"] if row else 1))
        for level, row in rows.items()
    ]
    aim, count = log(limit), len(levels)
    at, low = max((place for place in found if place[1] <= aim), default=(-1.0, 0.0))
    end, high = min((place for place in found if place[1] > aim), default=(float(count), 1e300))
    if low >= aim + log(NEAR) or high - low <= log(FAR):
        return None
    between = [n for n in range(count) if at < n < end and levels[n] not in rows]
    if not between:
        return None
    guess = float(between[len(between) // 2])
    sized = sorted((place for place in found if place[1]), key=lambda place: abs(place[1] - aim))
    if len(sized) > 1 and sized[0][1] != sized[1][1]:
        (a, size), (b, other) = sized[:2]
        guess = a + (aim - size) * (b - a) / (other - size)
    return levels[min(between, key=lambda n: abs(n - guess))]


def kept_of(streams: Streams, name: str, of: str) -> dict[float, Row]:
    """Return all streams of a codec on a collection, whose names begin with ``name``, by level."""
    found = [(*key.rpartition(" ")[::2], row) for key, row in streams.rows.items()]
    return {float(level): row for start, level, row in found if start == name and row["of"] == of}


def without_other_runs(rows: Sequence[Row | None]) -> list[Row | None]:
    """Return rows of a table with their times if one run measured them all, else without."""
    runs = {row["run"] for row in rows if row is not None}
    if len(runs) < 2:
        return list(rows)
    return [row and {k: v for k, v in row.items() if k not in TIMES} for row in rows]


def digest_of(images: Images) -> str:
    """Return what tells the pictures of a collection from others."""
    found = hashlib.sha256()
    for index in images.indices():
        found.update(np.ascontiguousarray(images.read(index, "rgb")).tobytes())
    return found.hexdigest()[:8]


@cache
def digest_of_coder(method: str) -> str:
    """Return what tells a coder of ours from others: something small as decoded, and its bytes.

    Parameters
    ----------
    method
        ``views``, or a method of volumes.
    """
    rng = np.random.default_rng(0)
    texture = ndimage.gaussian_filter(rng.random((12, 60, 70, 3)), (2, 2, 2, 0))
    volume = np.rint(255 * (texture - texture.min()) / np.ptp(texture)).astype(np.uint8)
    if method == VIEWS:

        def read(index: tuple[int, ...], channel: str) -> Any:
            t, phi = index
            return volume[4 * t, phi : phi + 45, 2 * phi : 2 * phi + 52]

        axes = (Parameter("time", (0.0, 1.0, 2.0)), Parameter("phi", (0.0, 9.0, 18.0, 27.0)))
        colours = (Channel("rgb", np.dtype(np.uint8)),)
        images = Images(axes, (45, 52), colours, read)
        data = vcore.compress(images, None, method=method, settings={"step": 200}).data
        coded = vcore.open(data)
        size, values = coded.info["channels"][0]["bytes"], [*coded]
    else:
        data = vcore.compress(volume[..., 0], None, method=method, settings={"step": 0.02}).data
        whole = vcore.open(data)
        size, values = sum(s.payload_bytes for s in whole.sections), [whole.decode()]
    found = hashlib.sha256(str(size).encode())
    for decoded in values:
        found.update(np.ascontiguousarray(decoded).tobytes())
    return found.hexdigest()[:8]
