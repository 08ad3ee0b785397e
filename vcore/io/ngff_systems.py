"""Coordinate systems of OME-Zarr 0.6 for an image in the terms of 0.5.

https://ngff.openmicroscopy.org/0.6
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from vcore.io.ngff_matrices import Matrix, axis_letters, described, mappings, matrix_of
from vcore.io.ngff_transforms import axes_of
from vcore.model.grid import IDENTITY

INTRINSIC = "intrinsic"
"""Name of the coordinate system of the levels, as in the specification's examples."""
WORLD = "world"
"""Name of the coordinate system that the axes' directions lead to."""


def coordinate_systems(
    multiscale: Mapping[str, Any], direction: Any = None, kept: Any = None
) -> dict[str, Any]:
    """Return an image of version 0.5 with the coordinate systems of 0.6.

    Parameters
    ----------
    multiscale
        Metadata of the image; transformations of the whole image lead to a second system.
    direction
        3x3 matrix, rows and columns z y x, of the axes; None for the identity.
    kept
        Further coordinate systems, as in ``Plain.kept["ngff"]``.
    """
    left = ("axes", "coordinateTransformations", "datasets", "version")
    axes = described(multiscale)
    count, datasets = len(axes), mappings(multiscale.get("datasets"))
    levels = [matrix_of({**_SEQUENCE, **_listed(d)}, count) for d in datasets]
    systems, beyond = [{"name": INTRINSIC, "axes": axes}], list[dict[str, Any]]()
    turned = _direction(direction)
    told = mappings(multiscale.get("coordinateTransformations"))
    if told:
        systems.append({"name": WORLD, "axes": axes})
        beyond = [_named(_single(told), {"name": INTRINSIC}, {"name": WORLD})]
    elif turned is not None and levels and levels[0] is not None:
        systems.append({"name": WORLD, "axes": axes})
        origin = levels[0][:-1, -1].copy()
        for level in levels:
            if level is not None:
                level[:-1, -1] -= origin
        steps = [_turn(turned, axis_letters(axes)), _translation(origin)]
        beyond = [_named({**_SEQUENCE, "transformations": steps}, *_ends(INTRINSIC, WORLD))]
    elif isinstance(kept, Mapping):
        others = mappings(kept.get("coordinateSystems"))
        if all(len(axes_of(s)) == count and s.get("name") for s in others):
            systems[0]["name"] = str(kept.get("intrinsic") or INTRINSIC)
            systems += [dict(s) for s in others]
            beyond = [dict(t) for t in mappings(kept.get("coordinateTransformations"))]
    output = {"name": systems[0]["name"]}
    return {
        **{k: v for k, v in multiscale.items() if k not in left},
        "coordinateSystems": systems,
        "datasets": [
            {
                **d,
                "coordinateTransformations": [
                    _named(_level_step(level), {"path": d.get("path")}, output)
                ],
            }
            for d, level in zip(datasets, levels, strict=True)
        ],
        **({"coordinateTransformations": beyond} if beyond else {}),
    }


def released(multiscale: Mapping[str, Any]) -> dict[str, Any]:
    """Return an image of 0.6 with references as objects, which were texts in its drafts."""

    def named(step: Mapping[str, Any], start: str) -> dict[str, Any]:
        ends = {"input": start, "output": "name"}
        return {**step} | {k: {n: step[k]} for k, n in ends.items() if isinstance(step.get(k), str)}

    found = dict(multiscale)
    for key, start in (("datasets", "path"), ("coordinateTransformations", "name")):
        if key in found and start == "name":
            found[key] = [named(step, start) for step in mappings(found[key])]
        elif key in found:
            found[key] = [
                {
                    **d,
                    "coordinateTransformations": [
                        named(step, start) for step in mappings(d.get("coordinateTransformations"))
                    ],
                }
                for d in mappings(found[key])
            ]
    return found


_SEQUENCE = {"type": "sequence"}


def _listed(dataset: Mapping[str, Any]) -> dict[str, Any]:
    return {"transformations": mappings(dataset.get("coordinateTransformations"))}


def _single(steps: list[Mapping[str, Any]]) -> dict[str, Any]:
    return dict(steps[0]) if len(steps) == 1 else {**_SEQUENCE, "transformations": steps}


def _ends(start: str, end: str) -> tuple[dict[str, str], dict[str, str]]:
    return {"name": start}, {"name": end}


def _named(step: Mapping[str, Any], start: Any, end: Any) -> dict[str, Any]:
    return {**step, "input": start, "output": end}


def _translation(values: Matrix) -> dict[str, Any]:
    return {"type": "translation", "translation": (values + 0.0).tolist()}


def _level_step(level: Matrix | None) -> dict[str, Any]:
    if level is None:
        return {"type": "identity"}
    scale = {"type": "scale", "scale": np.diag(level)[:-1].tolist()}
    if not level[:-1, -1].any():
        return scale
    return {**_SEQUENCE, "transformations": [scale, _translation(level[:-1, -1])]}


def _direction(given: Any) -> Matrix | None:
    """Return a direction that is a matrix other than the identity."""
    try:
        found = np.array(given, np.float64)
    except (TypeError, ValueError):
        return None
    if found.shape != (3, 3) or not np.isfinite(found).all() or np.array_equal(found, IDENTITY):
        return None
    return found


def _turn(direction: Matrix, letters: str) -> dict[str, Any]:
    """Return the transformation that turns the axes of space."""
    count = len(letters)
    found = np.eye(count)
    space = [(i, "zyx".index(a)) for i, a in enumerate(letters) if a in "zyx"]
    for i, row in space:
        for j, column in space:
            found[i, j] = direction[row, column]
    if np.linalg.det(found) > 0:
        return {"type": "rotation", "rotation": found.tolist()}
    return {"type": "affine", "affine": np.column_stack([found, np.zeros(count)]).tolist()}
