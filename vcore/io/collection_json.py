"""`vcore.json` beside the table of a collection: what Cinema cannot tell.

Members, each optional: ``camera`` (members of ``Turntable``), ``channels`` (``unit`` of each by
name), ``background`` (red, green, blue), ``parameters`` (``unit`` and ``period`` of each by name,
``labels`` true if its values are texts that look like numbers) and ``attributes``.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vcore.collections.camera import Turntable
from vcore.collections.images import Images
from vcore.collections.parameters import Parameter
from vcore.errors import InputError
from vcore.io.image_tables import numbers_of
from vcore.model.attributes import from_json, to_json

FILE = "vcore.json"
MAX_BYTES = 1 << 22
"""Maximum size of the file."""
OF_TABLE = ("cinema", "columns")
"""Attributes that the table tells itself."""


@dataclass(frozen=True)
class Description:
    """What `vcore.json` tells of a collection.

    Parameters
    ----------
    camera, background, attributes
        As in ``Images``.
    channels
        Unit of each channel.
    parameters
        Unit and period of each parameter.
    labels
        Names of the parameters whose values are texts, also where they look like numbers.
    """

    camera: Turntable | None = None
    background: tuple[int, int, int] | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    labels: tuple[str, ...] = ()

    @property
    def angles(self) -> tuple[str, ...]:
        """Names of the parameters that turn the camera."""
        return () if self.camera is None else (self.camera.theta, self.camera.phi)


def read_description(folder: str) -> Description:
    """Read `vcore.json` in ``folder``; nothing if it is not there.

    Raises
    ------
    InputError
        It is no JSON, or a member has another form.
    """
    path = os.path.join(folder, FILE)
    if not os.path.isfile(path):
        return Description()
    if os.path.getsize(path) > MAX_BYTES:
        raise InputError(f"Expected at most {MAX_BYTES} bytes in {path}. Got more instead.")
    try:
        with open(path, encoding="utf-8") as file:
            return _described(json.load(file))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InputError(
            f"Expected camera, channels, background, parameters and attributes of a collection in "
            f"{path}. Got '{error}' instead: mend or remove the file."
        ) from error


def write_description(folder: str, images: Images) -> None:
    """Write `vcore.json` into ``folder``, if there is anything that a table does not tell."""
    channels = {c.name: {"unit": c.unit} for c in images.channels if c.unit}
    parameters = {p.name: told for p in images.parameters if (told := told_of(p))}
    attributes = {k: v for k, v in images.attributes.items() if k not in OF_TABLE}
    found = {
        "camera": images.camera and images.camera.to_json(),
        "channels": channels,
        "background": images.background and list(images.background),
        "parameters": parameters,
        "attributes": to_json(attributes),
    }
    if told := {k: v for k, v in found.items() if v}:
        with open(os.path.join(folder, FILE), "x", encoding="utf-8") as file:
            json.dump(told, file, indent=1)


def colour_of(values: Any) -> tuple[int, int, int]:
    """Return red, green and blue of 0 to 255; raise ValueError for anything else."""
    red, green, blue = (int(v) for v in values)
    if not all(0 <= v <= 255 for v in (red, green, blue)):
        raise ValueError(f"the colour {values}")
    return red, green, blue


def colour_given(values: Sequence[int] | None) -> tuple[int, int, int] | None:
    """Return red, green and blue that the user gave; InputError if they are none."""
    try:
        return None if values is None else colour_of(values)
    except (TypeError, ValueError):
        raise InputError(
            f"Expected red, green and blue of 0 to 255 for `background`. Got {values} instead."
        ) from None


def told_of(parameter: Parameter) -> dict[str, Any]:
    """Return what a table does not tell of a parameter, as JSON values."""
    labels = [v for v in parameter.values if isinstance(v, str)]
    alike = bool(labels) and numbers_of(labels) is not None
    told = {"unit": parameter.unit, "period": parameter.period, "labels": alike}
    return {k: v for k, v in told.items() if v}


def _described(values: Mapping[str, Any]) -> Description:
    camera, background = values.get("camera"), values.get("background")
    if camera is not None:
        kind = camera.get("kind", camera.get("type"))
        members = {k: v for k, v in camera.items() if k != "type"}
        camera = Turntable.from_json({**members, "kind": kind})
    channels = (values.get("channels") or {}).items()
    parameters = (values.get("parameters") or {}).items()
    return Description(
        camera,
        None if background is None else colour_of(background),
        from_json(dict(values.get("attributes") or {})),
        {str(name): str(member.get("unit", "")) for name, member in channels},
        {
            str(name): (str(member.get("unit", "")), float(member.get("period", 0)))
            for name, member in parameters
        },
        tuple(str(name) for name, member in parameters if member.get("labels") is True),
    )
