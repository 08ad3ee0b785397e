"""Metadata without a field in a format, kept as one JSON object in its free-text metadata."""

import json
import logging
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from vcore.model.attributes import from_json, to_json
from vcore.model.axes import SourceAxis
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

logger = logging.getLogger(__name__)

KEY = "vcore"
"""Key of the object in formats with named metadata."""


def describe(volume: Volume, grid_fields: Iterable[str]) -> dict[str, Any]:
    """Return the metadata of ``volume`` as JSON values.

    Parameters
    ----------
    volume
        The volume to write.
    grid_fields
        Names of the grid fields to include, unless at their defaults.
    """
    grid = {k: v for k, v in volume.grid.to_json().items() if k in set(grid_fields)}
    variables = {v.name: d for v in volume.every if (d := _described(v))}
    attributes = to_json(volume.attributes)
    parts = {"grid": grid, "variables": variables, "attributes": attributes}
    return {name: part for name, part in parts.items() if part}


def restore(volume: Volume, extras: Mapping[str, Any], path: str = "") -> Volume:
    """Return ``volume`` with the metadata kept by ``describe``; unchanged, with a warning naming
    ``path``, if that is invalid."""
    try:
        return _with_extras(volume, extras)
    except Exception as error:  # damaged or hostile objects raise errors of many types
        logger.warning("%s: ignored invalid vcore metadata: %s", path, error)
        return volume


def _with_extras(volume: Volume, extras: Mapping[str, Any]) -> Volume:
    fields = Grid.from_json({"shape": volume.grid.shape, **extras.get("grid", {})})
    kept = {name: getattr(fields, name) for name in extras.get("grid", {}) if name != "shape"}
    known = extras.get("variables", {})
    return Volume(
        replace(volume.grid, **kept),
        tuple(_restored(v, known.get(v.name, {})) for v in volume.variables),
        volume.source,
        {**volume.attributes, **from_json(extras.get("attributes", {}))},
    )


def dumps(extras: Mapping[str, Any]) -> str:
    """Return ``extras`` as one line of ASCII."""
    return json.dumps(extras, separators=(",", ":"))


def loads(text: str) -> dict[str, Any]:
    """Return the object in ``text``, empty if it is other text written by a user."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _described(variable: Variable) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if variable.unit:
        values["unit"] = variable.unit
    if variable.components:
        values["components"] = list(variable.components)
    if variable.association != "point":
        values["association"] = variable.association
    if variable.outer:
        values["source_axes"] = [list(a) for a in variable.outer]
    if variable.attributes:
        values["attributes"] = to_json(variable.attributes)
    # NaN and infinity are always missing, and JSON cannot represent them
    if variable.fill_value is not None and math.isfinite(variable.fill_value):
        fill = variable.fill_value
        values["fill_value"] = fill if isinstance(fill, int) else float(fill)
    return values


def _restored(variable: Variable, values: Mapping[str, Any]) -> Variable:
    fields: dict[str, Any] = {
        k: tuple(v) if k == "components" else v
        for k, v in values.items()
        if k in ("unit", "components", "association", "fill_value")
    }
    if "source_axes" in values:
        fields["outer"] = tuple(SourceAxis(*a) for a in values["source_axes"])
    fields["attributes"] = {**variable.attributes, **from_json(values.get("attributes", {}))}
    return replace(variable, **fields)
