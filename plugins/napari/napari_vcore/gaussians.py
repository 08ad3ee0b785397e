"""Gaussians of a file as Points and Vectors layers, and datasets with edited Gaussians."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_vcore.layers import LayerData, Link, shown_affine, time_step
from vcore.dataset import Dataset
from vcore.model.primitives import Primitives

KEY = "vcore_gaussians"
"""Metadata key of a Points layer's link and table."""
SHOWN = 2.0
"""Point diameter in mean standard deviations; a Gaussian falls to 0.6 at one (the radius)."""


def positions(table: Primitives, link: Link) -> NDArray[np.float64]:
    """Return the centres in napari's world coordinates, preceded by time if there is one."""
    grid = link.decoder.grid
    shown = shown_affine(grid) @ np.linalg.inv(grid.affine)
    centre = table.centre @ shown[:3, :3].T + shown[:3, 3]
    if "t" not in link.decoder.header.axes:
        return centre
    start = grid.times[0] if grid.times else 0.0
    return np.column_stack([start + time_step(grid) * table.frame, centre])


def features(table: Primitives) -> dict[str, NDArray[Any]]:
    """Return the columns for colouring and filtering points, including ``row``."""
    strongest = np.abs(table.intensity).argmax(1)
    return {
        "row": np.arange(len(table)),
        "intensity": table.intensity[np.arange(len(table)), strongest],
        "channel": strongest,
        "frame": table.frame,
        "scale_major": table.scale[:, 0],
        "scale_middle": table.scale[:, 1],
        "scale_minor": table.scale[:, 2],
    }


def points_layer(link: Link, name: str) -> LayerData:
    """Return the Gaussians as points sized by scale and coloured by intensity."""
    table = link.dataset.primitives_of(link.variable)
    columns = features(table)
    options: dict[str, Any] = {
        "name": f"{name} Gaussians",
        "features": columns,
        "size": np.maximum(SHOWN * table.scale.mean(1), 1e-6) if len(table) else 1,
        "opacity": 0.7,
        "blending": "translucent_no_depth",
        "border_width": 0,
        "ndim": 3 + ("t" in link.decoder.header.axes),
        "metadata": {KEY: (link, table)},
    }
    if len(table):
        limits = float(columns["intensity"].min()), float(columns["intensity"].max())
        options["face_color"] = "intensity"
        options["face_colormap"] = "plasma"
        options["face_contrast_limits"] = limits if limits[1] > limits[0] else (0, limits[0] or 1)
    return positions(table, link), options, "points"


def vectors_layer(link: Link, name: str) -> LayerData:
    """Return the axes of the Gaussians as three vectors each, coloured by intensity."""
    table = link.dataset.primitives_of(link.variable)
    centre = np.repeat(positions(table, link), 3, axis=0)
    along = np.zeros_like(centre)
    grid = link.decoder.grid
    shown = (shown_affine(grid) @ np.linalg.inv(grid.affine))[:3, :3]
    along[:, -3:] = table.axes.reshape(-1, 3) @ shown.T
    options: dict[str, Any] = {
        "name": f"{name} axes",
        "features": {k: np.repeat(v, 3) for k, v in features(table).items()},
        "edge_width": float(np.median(table.scale[:, 2])) / 4 if len(table) else 1.0,
        "vector_style": "line",
        "ndim": centre.shape[1],
    }
    if len(table):
        options["edge_color"] = "intensity"
        options["edge_colormap"] = "plasma"
    # from end to end, centred on the Gaussian
    return np.stack([centre - along, 2 * along], axis=1), options, "vectors"


def edited(link: Link, table: Primitives, rows: NDArray[np.integer]) -> Dataset:
    """Return a dataset with only the given ``rows`` of ``table``."""
    return link.file.with_primitives(table[np.sort(rows)], link.variable)
