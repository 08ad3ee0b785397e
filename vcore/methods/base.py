"""Contract of a compression method: encoder of a variable, and decoder of its regions."""

import dataclasses
import math
import types
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self, Union, get_args, get_origin, get_type_hints

from numpy.typing import NDArray

from vcore.container import SectionReader, Writer
from vcore.container.header import VariableHeader
from vcore.container.layout import PREAMBLE, Section, pack_header
from vcore.errors import FormatError, InputError
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.regions import Region

Array = NDArray[Any]

HEADER_ROOM = 302
"""Header bytes reserved in a budget for a method's settings, state, sections and achieved
figures."""
HEADER_SLACK = 8
"""Tolerance in bytes of the estimate in ``Sink.room_left``."""
FIGURES = {
    "psnr": 34.567,
    "mse": 1234.5,
    "max_error": 89.012,
    "robust_psnr": 23.456,
    "robust_range": [0.0, 255.0],
    "checksum": "crc32c:d1ce5a3b",
}
"""Placeholder figures with the serialized length of real ones."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """Settings of a method: a frozen dataclass of JSON values, each field documented.

    ``metadata["help"]`` of a field is its description, with unit and source;
    ``metadata["choices"]`` lists its valid values.
    """

    @classmethod
    def smallest(cls) -> Self:
        """Return settings that encode a small volume in about a second, for tests."""
        return cls()

    def check(self) -> None:
        """Validate the settings.

        Raises
        ------
        InputError
            A setting is out of range.
        """

    def check_limits(self, limits: Mapping[str, tuple[float, float]]) -> None:
        """Refuse settings outside the range of their name; those that are None are automatic."""
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise InputError(f"Expected {name} in {low:g}..{high:g}. Got {value:g} instead.")

    def shortened(self, divisor: int) -> tuple[Self, float]:
        """Return settings with fewer ``steps``, for an estimate, and how many times fewer."""
        steps: int = vars(self)["steps"]
        short = max(steps // divisor, 10)
        return dataclasses.replace(self, **{"steps": short}), steps / short

    def to_json(self) -> dict[str, Any]:
        """Return the fields that differ from the defaults."""
        return {
            f.name: getattr(self, f.name)
            for f in dataclasses.fields(self)
            if getattr(self, f.name) != f.default
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Return settings from JSON values or from text (``--set key=value``).

        Raises
        ------
        InputError
            A name is unknown, or a value is of the wrong type or not among its choices.
        """
        hints = get_type_hints(cls)
        known = {f.name: f for f in dataclasses.fields(cls)}
        parsed = {}
        for name, value in values.items():
            if name not in known:
                raise InputError(
                    f"Expected one of the settings {', '.join(known)}. Got {name!r} instead."
                )
            choices = known[name].metadata.get("choices")
            parsed[name] = _parse(name, value, hints[name])
            if choices and parsed[name] not in choices:
                raise InputError(
                    f"Expected {name} to be one of {', '.join(map(str, choices))}. "
                    f"Got {value!r} instead."
                )
        return cls(**parsed)

    @classmethod
    def from_header(cls, values: Mapping[str, Any]) -> Self:
        """Return the settings of a header.

        Raises
        ------
        FormatError
            They are invalid for this method.
        """
        try:
            found = cls.from_json(values)
            found.check()
        except InputError as error:
            raise FormatError(f"The header is damaged: {error}") from error
        return found


def _parse(name: str, value: Any, hint: Any) -> Any:
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if type(None) in options and value in (None, "none", "auto", ""):
        return None
    for kind in options:
        if kind is bool and isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if kind is bool or isinstance(value, bool):
            if kind is bool and isinstance(value, bool):
                return value
            continue
        if kind in (int, float, str):
            try:
                parsed = kind(value)
                whole = kind is str or math.isfinite(parsed)
                if whole and (kind is not int or parsed == float(value)):
                    return parsed
            except (TypeError, ValueError, OverflowError):
                continue
    wanted = " or ".join(k.__name__ for k in options if k is not type(None))
    raise InputError(f"Expected {wanted} for the setting {name}. Got {value!r} instead.")


@dataclasses.dataclass(frozen=True)
class Achieved:
    """Result of an encoding, for the header.

    Parameters
    ----------
    settings
        Settings as used, with automatic ones filled in.
    state
        Further decoder parameters, as JSON; no secrets, no timestamps.
    """

    settings: Settings
    state: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Form:
    """Structure of an encoded block of a known shape, for which only numbers are stored.

    Parameters
    ----------
    settings, state
        JSON values with the structure of those in ``Achieved``, and any integer or float in place
        of each stored number.
    sections
        Level, name and number of units of each section, coarse to fine.
    """

    settings: Mapping[str, Any]
    state: Mapping[str, Any]
    sections: tuple[tuple[int, str, int], ...]


class Sink:
    """Output of the sections of one variable, or of one of its channels, whose names in the file
    then start with ``prefix``."""

    def __init__(self, writer: Writer, variable: int, prefix: str = "") -> None:
        self._writer = writer
        self._variable = variable
        self._prefix = prefix

    @property
    def variable(self) -> int:
        """Number of the variable in its volume."""
        return self._variable

    def add(self, level: int, name: str, units: list[bytes]) -> None:
        """Store a section of separately readable ``units``; replaces one of the same name."""
        self._writer.add(self._variable, level, self._prefix + name, units)

    def reader(self) -> SectionReader:
        """Return a reader of the sections so far."""
        return self._writer.reader(self._variable).part(self._prefix)

    def names(self) -> set[str]:
        """Return the names of the sections so far."""
        return {section.name.removeprefix(self._prefix) for section in self._sections()}

    def clear(self) -> None:
        """Remove the sections so far."""
        for section in self._sections():
            self._writer.drop(self._variable, section.level, section.name)

    @property
    def bytes(self) -> int:
        """Bytes of the sections so far."""
        return sum(s.index_bytes + s.payload_bytes for s in self._sections())

    def _sections(self) -> list[Section]:
        sections = self._writer.sections(self._variable)
        return [s for s in sections if s.name.startswith(self._prefix)]

    def room_left(self, settings: Settings, state: Mapping[str, Any]) -> int:
        """Return the bytes of HEADER_ROOM left by settings, state and the sections so far; negative
        if they need more."""
        sections = [s.to_json() for s in self._sections()]
        header = {"settings": settings.to_json(), "state": state, **FIGURES, "sections": sections}
        return HEADER_ROOM - HEADER_SLACK - (len(pack_header(header)) - PREAMBLE.size)


class Decoder(ABC):
    """Thread-safe decoder of regions of one variable.

    Attributes
    ----------
    grids
        Grid of each level; level 0 is full resolution.
    levels
        Levels supported by ``decode``, ascending; the engine averages the others from these.
    chunks
        For each grid, the most efficient z y x shape to decode at once.
    frames
        Most efficient number of frames of a series to decode at once.
    together
        Most efficient number of chunks along z, y and x to decode at once, where there are plenty.
    exact
        Whether values are identical for every machine and thread count.
    """

    grids: tuple[Grid, ...]
    levels: tuple[int, ...]
    chunks: tuple[tuple[int, int, int], ...]
    frames: int = 1
    together: tuple[int, int, int] = (1, 1, 1)
    exact: bool = False

    @abstractmethod
    def decode(self, region: Region, level: int = 0) -> Array:
        """Return the values of ``region`` (all axes of the variable, in the level's indices) in
        data units.

        The cost scales with the region. Values are not yet clipped, rounded or cast.
        """

    def prepare(self, region: Region, level: int = 0) -> None:
        """Do the common work for all parts of ``region``, on the process's threads.

        Called before a region of one of ``levels`` is decoded in parts, so that these do not wait
        for each other. An optional optimisation: ``decode`` must work without it.
        """
        return


class Method(ABC):
    """Compression method.

    Attributes
    ----------
    name
        Name for users and files.
    summary
        One-line description.
    recommended
        Whether to list it first; others are research methods.
    needs_torch
        Whether encoding needs the ``train`` extra.
    exact
        Whether decoded values are identical on every machine.
    one_model
        Whether a single model of the budget's size represents all voxels, regardless of their
        number; an estimate then trains a model of that size on the sample.
    keeps_bounds
        Whether ``encode`` keeps an error bound itself; otherwise the engine codes a residual.
    any_quality
        Whether ``encode`` reaches any PSNR: a file without a budget is then of quality "good".
    channels_apart
        Whether the engine codes each channel apart, in its own range, so that a dim one is as good
        as a bright one; other methods have one model for all channels.
    codes_integers
        Whether integers take fewer bytes than their unpacked values with rounding; packed variables
        are then coded as the integers of their source.
    Settings
        Class of the settings.
    decoder
        Class of the decoder returned by ``open``, if it has one of the mixins
        (``methods/mixins.py``).
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    recommended: ClassVar[bool] = False
    needs_torch: ClassVar[bool] = False
    exact: ClassVar[bool] = False
    one_model: ClassVar[bool] = False
    keeps_bounds: ClassVar[bool] = False
    any_quality: ClassVar[bool] = False
    channels_apart: ClassVar[bool] = False
    codes_integers: ClassVar[bool] = False
    Settings: ClassVar[type[Settings]] = Settings
    decoder: ClassVar[type[Decoder]] = Decoder  # type: ignore[type-abstract]

    @abstractmethod
    def encode(
        self, source: VariableSource, budget: Budget, settings: Any, context: Context, sink: Sink
    ) -> Achieved:
        """Encode ``source`` within ``budget``.

        Raises
        ------
        BudgetError
            The budget cannot be met; the message suggests one that can.
        Cancelled
            The context was cancelled.
        """

    @abstractmethod
    def open(self, header: VariableHeader, grid: Grid, reader: SectionReader) -> Decoder:
        """Return a decoder; read only what is required up front."""

    def fixed_form(
        self, shape: tuple[int, ...], axes: tuple[str, ...], settings: Any
    ) -> "Form | None":
        """Return the common structure of all encoded blocks of ``shape``, None if it varies.

        Part of the chunk codec (docs/codec.md): must never change once defined for a method.
        """
        return None

    def peak_memory(self, source: VariableSource, settings: Any) -> int:
        """Return the estimated peak memory of ``encode`` in bytes."""
        return 64 << 20

    def default_budget(self, settings: Any) -> Budget:
        """Return the budget used if none is given."""
        return Budget(ratio=20)

    def trial_settings(self, settings: Any, ratio: float) -> tuple[Any, float]:
        """Return settings of a short trial on a sample, and the factor to the full training time.

        Parameters
        ----------
        ratio
            Size of the volume relative to the sample.
        """
        return settings, ratio

    def about(self, header: VariableHeader) -> dict[str, Any]:
        """Return what else a user may want to know of a variable, as JSON values by name."""
        return {}

    def settings_of(self, header: VariableHeader) -> Any:
        """Parse the settings of a header: ``Settings.from_header``."""
        return self.Settings.from_header(header.settings)
