"""Coordinate systems and transformations of OME-Zarr 0.6, and the same image in the terms of 0.5.

https://ngff.openmicroscopy.org/0.6 (RFC-5), also its drafts (0.6.dev1 to 0.6rc0).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vcore.io.ngff_matrices import Load, Matrix, axis_letters, mappings, matrix_of
from vcore.io.units import length_unit

logger = logging.getLogger(__name__)

SYSTEMS = "ngff"
"""Attribute with further coordinate systems: of variables, and of groups of versions before 0.6."""
MAX_COSINE = 1e-5
"""Maximum cosine between axes that are still taken as orthogonal."""


@dataclass(frozen=True)
class Plain:
    """An image in the terms of OME-Zarr 0.5.

    Parameters
    ----------
    multiscale
        Its metadata, with ``axes``, and a scale and a translation for each level.
    direction
        3x3 matrix, rows and columns z y x, that 0.5 has no place for; None for the identity.
    kept
        What neither can say: ``registration`` (three rows over x y z), ``ngff`` (further
        coordinate systems and the transformations to them).
    """

    multiscale: dict[str, Any]
    direction: tuple[tuple[float, ...], ...] | None
    kept: dict[str, Any]


def _warn(message: str, where: str, *values: object) -> None:
    if where:
        logger.warning(message, where, *values)


def is_06(multiscale: Mapping[str, Any]) -> bool:
    """Return whether an image has coordinate systems in place of axes."""
    return isinstance(multiscale.get("coordinateSystems"), list)


def plain(multiscale: Mapping[str, Any], where: str = "", load: Load | None = None) -> Plain:
    """Return an image of any version in the terms of 0.5.

    Positions are those of the further coordinate system if there is one that has the intrinsic
    one's kind of units, and is reached by scaling, translating, rotating or exchanging axes; else
    the intrinsic ones, with a warning.

    Parameters
    ----------
    multiscale
        Metadata of the image.
    where
        Path of the image, for warnings; "" for none.
    load
        Reads matrices that are stored as arrays.
    """
    if not is_06(multiscale):
        return Plain(dict(multiscale), None, {})
    rest = {
        k: v
        for k, v in multiscale.items()
        if k not in ("coordinateSystems", "coordinateTransformations", "datasets", "version")
    }
    systems = {str(s.get("name")): s for s in mappings(multiscale["coordinateSystems"])}
    datasets = mappings(multiscale.get("datasets"))
    steps = [next(iter(mappings(d.get("coordinateTransformations"))), None) for d in datasets]
    name = _name_of(steps[0].get("output")) if steps and steps[0] else ""
    if name not in systems and systems:
        _warn("%s: its levels name no coordinate system; used the first", where)
        name = next(iter(systems))
    axes = axes_of(systems.get(name, {}))
    count = len(axes)
    levels = [None if s is None else matrix_of(s, count, load) for s in steps]
    for step, level in zip(steps, levels, strict=True):
        if level is None:
            _warn(
                "%s: the transformation %s of a level is not known; left it out",
                *(where, None if step is None else step.get("type")),
            )
    beyond = _Beyond.of(multiscale, systems, name, count, load)
    placed = _placed(axes, levels, beyond, where)
    out = {
        **rest,
        "axes": placed.axes,
        "datasets": [
            {**d, "coordinateTransformations": _steps(level)}
            for d, level in zip(datasets, placed.levels, strict=True)
        ],
    }
    return Plain(out, placed.direction, placed.kept)


@dataclass(frozen=True)
class _Beyond:
    """What leads from the intrinsic coordinate system to others of the image."""

    name: str
    systems: dict[str, list[dict[str, Any]]]
    transformations: list[Mapping[str, Any]]
    matrix: Matrix | None
    to: str

    @classmethod
    def of(
        cls,
        multiscale: Mapping[str, Any],
        systems: Mapping[str, Mapping[str, Any]],
        name: str,
        count: int,
        load: Load | None,
    ) -> "_Beyond":
        told = [
            s
            for s in mappings(multiscale.get("coordinateTransformations"))
            if not _path_of(s.get("input")) and not _path_of(s.get("output"))
        ]
        others = {n: axes_of(s) for n, s in systems.items() if n != name}
        matrix, to = None, ""
        if len(told) == len(others) == 1:
            (step,), (to,) = told, others
            ends = _name_of(step.get("input")), _name_of(step.get("output"))
            matrix = matrix_of(step, count, load) if set(ends) == {name, to} else None
            if matrix is not None and ends == (to, name):
                matrix = np.array(np.linalg.inv(matrix)) if np.linalg.det(matrix) else None
        return cls(name, others, told, matrix, to)


@dataclass(frozen=True)
class _Placed:
    axes: list[dict[str, Any]]
    levels: list[Matrix | None]
    direction: tuple[tuple[float, ...], ...] | None
    kept: dict[str, Any]


def _placed(
    axes: list[dict[str, Any]], levels: list[Matrix | None], beyond: _Beyond, where: str
) -> _Placed:
    """Return positions along the axes of the arrays, and the directions of these."""
    kept: dict[str, Any] = {}
    if beyond.systems:
        kept[SYSTEMS] = {
            "intrinsic": beyond.name,
            "coordinateSystems": [{"name": n, "axes": a} for n, a in beyond.systems.items()],
            "coordinateTransformations": [dict(t) for t in beyond.transformations],
        }
    letters = axis_letters(axes)
    space = [letters.find(a) for a in "zyx" if a in letters]
    first = levels[0] if levels else None
    if first is not None and beyond.matrix is not None:
        others = beyond.systems[beyond.to]
        rows = _rows(axes, others)
        moved = None if rows is None else beyond.matrix[[*rows, -1]]
        if moved is not None and _is_place(moved @ first, space) and rows is not None:
            ends = [{**axes[i], "unit": others[r].get("unit")} for i, r in enumerate(rows)]
            if _same_kind(axes, ends, space, moved @ first):
                turned = [None if m is None else moved @ m for m in levels]
                ends = [{k: v for k, v in e.items() if v is not None} for e in ends]
                return _Placed(ends, *_along(turned, space), {})
        if moved is not None and not _is_place(moved @ first, space) and len(space) == 3:
            kept["registration"] = _registration(moved, space)
    if beyond.systems:
        _warn(
            "%s: used its coordinate system %s; %s and what leads there are only kept as metadata",
            *(where, beyond.name, ", ".join(beyond.systems)),
        )
    if first is not None and not _is_place(first, space):
        _warn("%s: its level 0 is sheared or singular; used voxels of size 1", where)
        return _Placed(axes, [None] * len(levels), None, kept)
    return _Placed(axes, *_along(levels, space), kept)


def _rows(axes: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]) -> Any:
    """Return the axis of ``others`` for each of ``axes``: by name if the names are the same."""
    names, ends = [str(a.get("name")) for a in axes], [str(a.get("name")) for a in others]
    if len(names) != len(ends):
        return None
    return [ends.index(n) for n in names] if set(names) == set(ends) else list(range(len(names)))


def _is_place(matrix: Matrix, space: Sequence[int]) -> bool:
    """Return whether a matrix only scales, translates and turns, and turns only axes of space."""
    count = len(matrix) - 1
    block = matrix[:-1, :-1]
    others = [i for i in range(count) if i not in space]
    apart = block[np.ix_(others, space)], block[np.ix_(space, others)].T
    inner = block[np.ix_(space, space)]
    lengths = np.linalg.norm(inner, axis=0)
    if any(a.any() for a in apart) or not lengths.all() or not np.isfinite(matrix).all():
        return False
    rest = block[np.ix_(others, others)]
    cosines = (inner / lengths).T @ (inner / lengths)
    return bool(
        np.abs(cosines - np.eye(len(space))).max(initial=0) <= MAX_COSINE
        and (rest == np.diag(np.diag(rest))).all()
    )


def _same_kind(
    axes: Sequence[Any], others: Sequence[Any], space: Sequence[int], matrix: Matrix
) -> bool:
    """Return whether the axes of space have units of length in both systems or in neither, and
    one unit if the matrix turns them."""
    inner = matrix[np.ix_(space, space)]
    is_turned = (inner != np.diag(np.diag(inner))).any()
    units = [str(others[i]["unit"] or "") for i in space]
    return (not is_turned or len(set(units)) == 1) and all(
        bool(length_unit(str(axes[i].get("unit") or ""))) == bool(length_unit(unit))
        for i, unit in zip(space, units, strict=True)
    )


def _along(
    levels: Sequence[Matrix | None], space: Sequence[int]
) -> tuple[list[Matrix | None], tuple[tuple[float, ...], ...] | None]:
    """Return the levels with rising axes that are not turned, from the same place, and the
    direction (z y x) that turns them; None if it is the identity."""
    first = levels[0] if levels else None
    if first is None:
        return list(levels), None
    inner = first[np.ix_(space, space)]
    diagonal = inner == np.diag(np.diag(inner))
    if diagonal.all() and (np.diag(inner) > 0).all():
        return list(levels), None
    turn = np.eye(len(first))
    turn[np.ix_(space, space)] = inner / np.linalg.norm(inner, axis=0)
    origin = first[:-1, -1]
    straight: list[Matrix | None] = []
    for level in levels:
        if level is None:
            straight.append(None)
            continue
        found = turn.T @ level
        found[:-1, -1] = turn[:-1, :-1].T @ (level[:-1, -1] - origin) + origin
        straight.append(_rounded(np.diag(np.diag(found)) + _last_column(found)))
    direction = np.eye(3)
    direction[-len(space) :, -len(space) :] = turn[np.ix_(space, space)]
    return straight, tuple(tuple(row) for row in _rounded(direction).tolist())


def _last_column(matrix: Matrix) -> Matrix:
    found = np.zeros_like(matrix)
    found[:-1, -1] = matrix[:-1, -1]
    return found


def _rounded(matrix: Matrix) -> Matrix:
    """Return a matrix without the last bit's noise of products."""
    return np.array([[float(f"{v:.15g}") for v in row] for row in matrix]) + 0.0


def _registration(matrix: Matrix, space: Sequence[int]) -> list[list[float]]:
    """Return the rows over x y z of a matrix."""
    backward = list(reversed(space))
    found: list[list[float]] = matrix[np.ix_(backward, [*backward, -1])].tolist()
    return found


def _steps(level: Matrix | None) -> list[dict[str, Any]]:
    """Return a scale and a translation."""
    if level is None:
        return []
    return [
        {"type": "scale", "scale": np.diag(level)[:-1].tolist()},
        {"type": "translation", "translation": (level[:-1, -1] + 0.0).tolist()},
    ]


def axes_of(system: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the axes of a coordinate system."""
    return [dict(a) for a in mappings(system.get("axes"))]


def _name_of(end: Any) -> str:
    """Return the name of a coordinate system: drafts of 0.6 have text in place of an object."""
    return str(end.get("name") or "") if isinstance(end, Mapping) else str(end or "")


def _path_of(end: Any) -> str:
    return str(end.get("path") or "") if isinstance(end, Mapping) else ""
