"""The contract of a method: what encodes a variable, and what decodes a region of it."""

import dataclasses
import math
import types
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self, Union, get_args, get_origin, get_type_hints

from numpy.typing import NDArray

from vcore.container import SectionReader, Writer
from vcore.container.header import VariableHeader
from vcore.container.layout import PREAMBLE, pack_header
from vcore.errors import FormatError, InputError
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.regions import Region

Array = NDArray[Any]

HEADER_ROOM = 271
"""Bytes of the header that are kept free of a budget, for a method's settings and state, the
sections and the figures reached."""
HEADER_SLACK = 8
"""Bytes by which these may differ from what ``Sink.room_left`` expects."""
FIGURES = {"psnr": 34.567, "mse": 1234.5, "max_error": 89.012, "checksum": "crc32c:d1ce5a3b"}
"""As long as those that will be reached."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """Settings of a method: a frozen dataclass of JSON values, each field documented.

    A field's ``metadata["help"]`` says what it does, with unit and source; ``metadata["choices"]``
    names the values that it may have.
    """

    @classmethod
    def smallest(cls) -> Self:
        """Return settings that encode a small volume in about a second, for tests."""
        return cls()

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
            An unknown name, or a value of the wrong type.
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
    """What an encoding leaves for the header.

    Parameters
    ----------
    settings
        The settings as used: automatic ones filled in.
    state
        What the decoder needs beside them, as JSON; no secrets, no times.
    """

    settings: Settings
    state: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Form:
    """What an encoded block of a known shape consists of: only its numbers are then stored.

    Parameters
    ----------
    settings, state
        JSON values as ``Achieved`` has them, any integer or float where one is to be stored.
    sections
        Level, name and number of units of each section, coarse to fine.
    """

    settings: Mapping[str, Any]
    state: Mapping[str, Any]
    sections: tuple[tuple[int, str, int], ...]


class Sink:
    """Takes the sections of one variable as they are ready."""

    def __init__(self, writer: Writer, variable: int) -> None:
        self._writer = writer
        self._variable = variable

    @property
    def variable(self) -> int:
        """Number of the variable in its volume."""
        return self._variable

    def add(self, level: int, name: str, units: list[bytes]) -> None:
        """Store a section of separately readable ``units``; the same name again replaces it."""
        self._writer.add(self._variable, level, name, units)

    def clear(self) -> None:
        """Remove the sections so far."""
        for section in self._writer.sections(self._variable):
            self._writer.drop(self._variable, section.level, section.name)

    @property
    def bytes(self) -> int:
        """Bytes of the sections so far."""
        return self._writer.section_bytes(self._variable)

    def room_left(self, settings: Settings, state: Mapping[str, Any]) -> int:
        """Return the bytes of HEADER_ROOM that settings, state and the sections so far leave
        free; negative where they need more."""
        sections = [s.to_json() for s in self._writer.sections(self._variable)]
        header = {"settings": settings.to_json(), "state": state, **FIGURES, "sections": sections}
        return HEADER_ROOM - HEADER_SLACK - (len(pack_header(header)) - PREAMBLE.size)


class Decoder(ABC):
    """Decodes regions of one variable, on any thread.

    Attributes
    ----------
    grids
        The grid of each level; level 0 is full resolution.
    levels
        The levels that ``decode`` takes, ascending; the engine derives the others by averaging.
    chunks
        For each of ``grids``, the z y x shape that is cheapest to decode at once.
    frames
        How many frames of a series are cheapest to decode at once, where several are wanted.
    exact
        Whether every machine and thread count gives the same values.
    """

    grids: tuple[Grid, ...]
    levels: tuple[int, ...]
    chunks: tuple[tuple[int, int, int], ...]
    frames: int = 1
    exact: bool = False

    @abstractmethod
    def decode(self, region: Region, level: int = 0) -> Array:
        """Return the values of ``region`` (all axes of the variable, level's indices) in data
        units.

        The cost follows the region. Values are not yet clipped, rounded or cast.
        """

    def prepare(self, region: Region, level: int = 0) -> None:
        """Do what the parts of ``region`` have in common, on the process's threads.

        Called before a region of one of ``levels`` is decoded in parts, so that these need not wait
        for each other; nothing depends on it.
        """
        return


class Method(ABC):
    """A way to compress a variable.

    Attributes
    ----------
    name
        What the user calls it.
    summary
        One line for lists.
    recommended
        Whether to offer it first; others are research methods.
    needs_torch
        Whether encoding needs the ``train`` extra.
    exact
        Whether its decoder's values are the same on every machine.
    one_model
        Whether one model of the budget's size stands for all voxels, however many: an estimate then
        fits a model of that size to the sample.
    keeps_bounds
        Whether ``encode`` keeps an error bound itself; else the engine codes a residual.
    codes_integers
        Whether integers cost it fewer bytes than the same values with the rounding of their
        unpacking: packed variables are then coded as the integers of their source.
    Settings
        Class of its settings.
    decoder
        Class of what ``open`` returns, where that has one of the mixins (``methods/mixins.py``).
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    recommended: ClassVar[bool] = False
    needs_torch: ClassVar[bool] = False
    exact: ClassVar[bool] = False
    one_model: ClassVar[bool] = False
    keeps_bounds: ClassVar[bool] = False
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
            The budget cannot be met; the message names what can.
        Cancelled
            The context was cancelled.
        """

    @abstractmethod
    def open(self, header: VariableHeader, grid: Grid, reader: SectionReader) -> Decoder:
        """Return a decoder; reads no more than it must."""

    def fixed_form(
        self, shape: tuple[int, ...], axes: tuple[str, ...], settings: Any
    ) -> "Form | None":
        """Return what a block of ``shape`` encodes to where that is the same for all blocks.

        Part of the chunk codec (docs/codec.md): it may not change for a method that has one.
        """
        return None

    def peak_memory(self, source: VariableSource, settings: Any) -> int:
        """Return the bytes that ``encode`` will need at most, as predicted."""
        return 64 << 20

    def default_budget(self, settings: Any) -> Budget:
        """Return the budget to use where none is asked for."""
        return Budget(ratio=20)

    def trial_settings(self, settings: Any, ratio: float) -> tuple[Any, float]:
        """Return settings of a short fit on a sample, and how much longer the whole fit takes.

        Parameters
        ----------
        ratio
            How many times larger the volume is than the sample.
        """
        return settings, ratio

    def settings_of(self, header: VariableHeader) -> Any:
        """Return the settings that a header holds.

        Raises
        ------
        FormatError
            They are not this method's.
        """
        try:
            return self.Settings.from_json(header.settings)
        except InputError as error:
            raise FormatError(f"The header is damaged: {error}") from error
