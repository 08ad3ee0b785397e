"""Times of codecs of image collections, all measured in one run: for each codec, the stream that
was measured before and is nearest to a rate is coded and decoded again."""

from collections.abc import Callable, Mapping
from math import log
from typing import Any

from benchmarks.figures import ROOT, take_table
from benchmarks.images_streams import Row
from benchmarks.kristan import show
from benchmarks.report import markdown

HEAD = [
    *("codec", "rate", "PSNR", "encode s", "decode images/s", "one image s", "images touched"),
    "kB touched",
]
FARTHEST = log(1.5)
"""Ratio of the rates, as a logarithm, beyond which a codec is left out."""


def level_near(rows: Mapping[float, Row], size: float) -> float | None:
    """Return the level whose stream has nearest to ``size`` bytes, None if all are far from it."""
    away = {level: abs(log(row["bytes"] / size)) for level, row in rows.items()}
    level = min(away, key=lambda k: away[k], default=None)
    return level if level is not None and away[level] <= FARTHEST else None


def write(
    title: str,
    raw: float,
    rate: int,
    codecs: Mapping[str, tuple[Mapping[float, Row], Callable[[float], Row | None]]],
) -> None:
    """Measure and print the rows, and put them into the table ``times`` of the page's data.

    Parameters
    ----------
    raw
        Bytes of the uncompressed colours.
    rate
        Uncompressed over compressed bytes.
    codecs
        Per codec the streams measured before, by level, and a function that measures one again.
    """
    rows: list[list[Any]] = []
    for name, (known, measure) in codecs.items():
        level = level_near(known, raw / rate)
        row = None if level is None else measure(level)
        if row is not None:
            rows.append([name, *_cells(row, raw)])
    show(title, HEAD, rows)
    take_table(ROOT, "images", "times", markdown(HEAD, rows))


def _cells(row: Row, raw: float) -> list[Any]:
    return [
        round(raw / row["bytes"]),
        row["psnr"],
        row["encode"],
        row["images"] / row["decode"],
        row["one"],
        row["touched"],
        row["touched_bytes"] / 1000,
    ]
