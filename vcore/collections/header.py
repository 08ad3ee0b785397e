"""Header of a file of kind ``images`` (docs/format.md, section 24)."""

import base64
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.collections.camera import Turntable
from vcore.collections.images import MAX_IMAGES, MAX_PARAMETERS, MAX_SIDE, Channel, Images
from vcore.collections.parameters import Parameter
from vcore.container.header import MAX_VALUES
from vcore.container.header_values import count_of, mapping_of, number_of, text_of
from vcore.errors import FormatError, VcoreError
from vcore.model.attributes import from_json, to_json

KIND = "images"


@dataclass(frozen=True)
class ChannelHeader:
    """Description of a channel in the header.

    Parameters
    ----------
    channel
        Name, dtype and unit.
    method, settings, state
        Method for images, its settings and further decoder parameters, as JSON.
    range
        Smallest and largest finite value; 0 and 255 for a colour.
    max_error
        Guaranteed largest error in data units, None if there is no bound.
    achieved
        Figures measured on the written bytes.
    quality
        Word of the budget, if it was one.
    """

    channel: Channel
    method: str
    range: tuple[float, float]
    settings: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    max_error: float | None = None
    achieved: Mapping[str, Any] = field(default_factory=dict)
    quality: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of the header, without members at their defaults."""
        values: dict[str, Any] = {
            "name": self.channel.name,
            "dtype": self.channel.dtype.str[1:],
            "method": self.method,
            "range": list(self.range),
        }
        further = {
            "unit": self.channel.unit,
            "settings": dict(self.settings),
            "state": dict(self.state),
            "max_error": self.max_error,
            "achieved": dict(self.achieved),
            "quality": self.quality,
        }
        return {**values, **{k: v for k, v in further.items() if v not in (None, "", {})}}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Return the description of a JSON object."""
        low, high = (number_of(v) for v in values["range"])
        limit = values.get("max_error")
        if low > high or (limit is not None and number_of(limit) < 0):
            raise ValueError(f"a range of {low!r:.20} to {high!r:.20}, a bound of {limit!r:.20}")
        return cls(
            Channel(
                text_of(values["name"]),
                np.dtype(text_of(values["dtype"])),
                text_of(values.get("unit", "")),
            ),
            text_of(values["method"]),
            (low, high),
            mapping_of(values.get("settings", {})),
            mapping_of(values.get("state", {})),
            limit,
            mapping_of(values.get("achieved", {})),
            text_of(values.get("quality", "")),
        )


@dataclass(frozen=True)
class ImagesHeader:
    """Description of a collection in the header; members as in ``Images``."""

    parameters: tuple[Parameter, ...]
    size: tuple[int, int]
    channels: tuple[ChannelHeader, ...]
    present: NDArray[np.bool_] | None = field(default=None, compare=False)
    background: tuple[int, int, int] | None = None
    camera: Turntable | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each parameter."""
        return tuple(len(p) for p in self.parameters)

    @classmethod
    def of(cls, images: Images, channels: tuple[ChannelHeader, ...]) -> Self:
        """Return the description of ``images`` with its coded ``channels``."""
        return cls(
            images.parameters,
            images.size,
            channels,
            None if images.present is None or images.present.all() else images.present,
            images.background,
            images.camera,
            images.attributes,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the members of a file's header."""
        values: dict[str, Any] = {
            "kind": KIND,
            "parameters": [p.to_json() for p in self.parameters],
            "size": list(self.size),
            "channels": [c.to_json() for c in self.channels],
        }
        if self.present is not None:
            packed = zlib.compress(np.packbits(self.present).tobytes(), 9)
            values["present"] = base64.b64encode(packed).decode()
        if self.background is not None:
            values["background"] = list(self.background)
        if self.camera is not None:
            values["camera"] = self.camera.to_json()
        if self.attributes:
            values["attributes"] = to_json(self.attributes)
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Parse and validate a header.

        Raises
        ------
        FormatError
            A member is missing or invalid.
        """
        try:
            parameters = tuple(Parameter.from_json(p) for p in values["parameters"])
            height, width = (count_of(n) for n in values["size"])
            channels = tuple(ChannelHeader.from_json(c) for c in values["channels"])
            shape = tuple(len(p) for p in parameters)
            pixels = height * width * sum(c.channel.components for c in channels)
            count = math.prod(shape)
            if max(height, width) > MAX_SIDE or len(parameters) > MAX_PARAMETERS:
                raise ValueError(f"{len(parameters)} parameters, images of {height} x {width}")
            if count > MAX_IMAGES or count * pixels > MAX_VALUES:
                raise ValueError(f"{count} images of {height} x {width}")
            present = _present(values["present"], shape) if "present" in values else None
            background = None
            if "background" in values:
                red, green, blue = (int(np.uint8(v)) for v in values["background"])
                background = red, green, blue
            camera = Turntable.from_json(values["camera"]) if "camera" in values else None
            found = cls(
                parameters,
                (height, width),
                channels,
                present,
                background,
                camera,
                from_json(mapping_of(values.get("attributes", {}))),
            )
            Images(
                parameters,
                found.size,
                tuple(c.channel for c in channels),
                _unread,
                present,
                camera=camera,
            )  # refuses what contradicts itself
        except (
            *(VcoreError, KeyError, TypeError, ValueError, AttributeError, OverflowError),
            zlib.error,
        ) as error:
            raise FormatError(
                f"The header is damaged: its collection of images is {error!r:.160}."
            ) from error
        return found


def _unread(*_: Any) -> Any:
    raise AssertionError("a header has no images")


def _present(text: Any, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the presence of the images from its text, of at most the bytes it stands for."""
    count = math.prod(shape)
    needed = -(-count // 8)
    press = zlib.decompressobj()
    bits = press.decompress(base64.b64decode(text_of(text), validate=True), needed + 1)
    if len(bits) != needed:
        raise ValueError("its presence is not of its parameters")
    return np.unpackbits(np.frombuffer(bits, np.uint8), count=count).view(bool).reshape(shape)
