"""Collections of images for tests: a ball that moves, seen from around, with its depth."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

TIMES = (0.0, 0.5, 2.0)
PHIS = (0, 30, 60, 90)
SIZE = (12, 16)


def picture(time: float, phi: float) -> NDArray[np.uint8]:
    """Return red, green, blue and opacity of a ball, y x c."""
    covered, height = _ball(time, phi)
    found = np.zeros((*SIZE, 4), np.uint8)
    found[..., 0] = np.where(covered, 255 * height, 0)
    found[..., 1] = np.where(covered, 20 + 2 * phi, 0)
    found[..., 2] = np.where(covered, 40 * time, 0)
    found[..., 3] = np.where(covered, 255, 0)
    return found


def depth(time: float, phi: float) -> NDArray[np.float32]:
    """Return the distance of the ball, NaN beside it, y x."""
    covered, height = _ball(time, phi)
    return np.where(covered, 5 - height, np.nan).astype(np.float32)


def _ball(time: float, phi: float) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    square = ((y - 5 - time) ** 2 + (x - 5 - phi / 30) ** 2) / 16
    return square < 1, np.sqrt(np.clip(1 - square, 0, 1))


def on_white(time: float, phi: float) -> NDArray[np.uint8]:
    """Return the ball on white, without opacity."""
    found = picture(time, phi)
    return np.where(found[..., 3:] > 0, found[..., :3], 255).astype(np.uint8)


Files = Callable[[Path, float, int], None]


def save_png(path: Path, time: float, phi: int) -> None:
    Image.fromarray(picture(time, phi)).save(path)


def save_npz(path: Path, time: float, phi: int) -> None:
    np.savez_compressed(path, depth=depth(time, phi))


def database(
    folder: Path,
    *,
    columns: dict[str, tuple[str, Files]] | None = None,
    skip: Sequence[tuple[float, int]] = (),
    more: Callable[[float, int], dict[str, Any]] = lambda time, phi: {},
    order: Callable[[list[dict[str, Any]]], None] = lambda rows: None,
) -> Path:
    """Write a Cinema database of times and angles.

    Parameters
    ----------
    columns
        Suffix and function that writes a file, by column; by default PNG and depth.
    skip
        Images that are not there.
    more
        Further columns of a row.
    order
        Called with the rows, to sort them.
    """
    columns = columns or {"FILE": (".png", save_png), "FILE_depth": (".npz", save_npz)}
    (folder / "data").mkdir(parents=True)
    rows = []
    for time in TIMES:
        for phi in PHIS:
            if (time, phi) in skip:
                continue
            row: dict[str, Any] = {"time": time, "phi": phi, **more(time, phi)}
            for column, (suffix, save) in columns.items():
                row[column] = f"data/{column}_{time}_{phi}{suffix}"
                save(folder / row[column], time, phi)
            rows.append(row)
    order(rows)
    write_table(folder / "data.csv", rows)
    return folder


def write_table(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write the rows as a CSV file."""
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    return path


def table_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
