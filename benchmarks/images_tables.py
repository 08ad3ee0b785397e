"""Tables of docs/figures/images.md from the streams that were measured."""

from collections.abc import Sequence
from typing import Any

from benchmarks.figures import ROOT, data_path, read_data, write_data

HEAD = [
    *("codec", "rate", "bytes an image", "PSNR", "foreground", "MS-SSIM", "CIELUV"),
    "images touched for one",
]


def write(name: str, rows: Sequence[tuple[str, int, dict[str, Any] | None]]) -> None:
    """Put rows into a table of the page's data, after those of other codecs and rates that it has.

    Parameters
    ----------
    name
        Table.
    rows
        Codec, rate and figures.
    """
    path = data_path(ROOT, "images")
    data = read_data(path)
    before = data["tables"].get(name, {"head": HEAD, "rows": []})
    new = {(codec, str(rate)): _cells(row) for codec, rate, row in rows if row is not None}
    kept = {tuple(row[:2]): row[2:] for row in before["rows"]}
    codecs = list(dict.fromkeys([codec for codec, _, _ in rows] + [c for c, _ in kept]))
    merged = {**kept, **new}
    order = sorted(merged, key=lambda key: (codecs.index(key[0]), int(key[1])))
    data["tables"][name] = {"head": HEAD, "rows": [[*key, *merged[key]] for key in order]}
    write_data(path, data)


def _cells(row: dict[str, Any]) -> list[str]:
    return [
        f"{row['bytes'] / row['images']:.0f}",
        f"{row['psnr']:.2f}",
        f"{row['foreground']:.2f}",
        f"{row['ms_ssim']:.4f}",
        f"{row['cieluv']:.2f}",
        f"{row['touched']:.1f}" if "touched" in row else "-",  # of a volume, no image is decoded
    ]
