"""Contract of a method for image collections: encoder of a channel, and decoder of its images."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vcore.collections.camera import Turntable
from vcore.collections.images import Channel, Index
from vcore.collections.parameters import Parameter
from vcore.container import SectionReader
from vcore.errors import BudgetError
from vcore.methods.base import Achieved, Settings, Sink
from vcore.model.budget import Budget
from vcore.model.context import Context

Array = NDArray[Any]


@dataclass(frozen=True)
class CodedImages:
    """What encoder and decoder of one channel both know.

    Parameters
    ----------
    parameters, size, present, background, camera
        As in ``Images``.
    channel
        Channel to encode.
    range
        Smallest and largest finite value; 0 and 255 for a colour.
    others
        Decoders of the channels coded before this one, by name: encoder and decoder get the same
        values from them.
    """

    parameters: tuple[Parameter, ...]
    size: tuple[int, int]
    channel: Channel
    range: tuple[float, float]
    present: NDArray[np.bool_] | None = None
    background: tuple[int, int, int] | None = None
    camera: Turntable | None = None
    others: "Mapping[str, ImageDecoder]" = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each parameter."""
        return tuple(len(p) for p in self.parameters)

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Shape of one image."""
        return self.channel.shape_of(self.size)

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """Flat indices, in C order over the parameters, of the images that there are."""
        if self.present is None:
            return np.arange(int(np.prod(self.shape, dtype=np.int64)))
        return np.flatnonzero(self.present)

    @property
    def count(self) -> int:
        """Number of images that there are."""
        return math.prod(self.shape) if self.present is None else int(self.present.sum())

    @property
    def nbytes(self) -> int:
        """Uncompressed size of the channel in bytes."""
        pixels = int(np.prod(self.size)) * self.count
        return pixels * self.channel.components * self.channel.dtype.itemsize

    def index_of(self, flat: int) -> Index:
        """Return the position along each parameter of a flat index."""
        return tuple(int(i) for i in np.unravel_index(flat, self.shape))

    def values_of(self, flat: int) -> dict[str, Any]:
        """Return the value of each parameter at a flat index."""
        index = self.index_of(flat)
        return {p.name: p.values[i] for p, i in zip(self.parameters, index, strict=True)}


@dataclass(frozen=True)
class ImageSource(CodedImages):
    """Channel to encode.

    Parameters
    ----------
    read
        Callback that returns the image of a flat index, of ``image_shape``.
    room
        Bytes of the sections from which on encoding is in vain, None if any number will do.
    """

    read: Callable[[int], Array] = field(kw_only=True, compare=False, repr=False)
    room: int | None = field(default=None, kw_only=True)


class ImageDecoder(ABC):
    """Thread-safe decoder of the images of one channel.

    Attributes
    ----------
    exact
        Whether values are identical for every machine and thread count.
    between
        Whether it knows images between the values of the grid: ``at``.
    """

    exact: bool = False
    between: ClassVar[bool] = False

    @abstractmethod
    def decode(self, flat: int) -> Array:
        """Return the image of a flat index over the parameters, of ``image_shape`` and the
        channel's dtype."""

    def at(self, values: Mapping[str, Any]) -> Array:
        """Return the image at any values of all parameters, on the grid or not, as ``decode``."""
        raise NotImplementedError

    @abstractmethod
    def touched(self, flats: Collection[int]) -> tuple[int, int]:
        """Return the number of images that are decoded for some alone, and of bytes that are read,
        those of other channels included."""


class ImageMethod(ABC):
    """Compression method of a channel of an image collection.

    Attributes
    ----------
    name
        Name for users and files.
    summary
        One-line description.
    needs_torch
        Whether encoding needs the ``train`` extra.
    any_quality
        Whether ``encode`` reaches any PSNR; otherwise it is only asked for bytes.
    keeps_bounds
        Whether ``encode`` keeps an error bound, 0 included.
    Settings
        Class of the settings.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    needs_torch: ClassVar[bool] = False
    any_quality: ClassVar[bool] = True
    keeps_bounds: ClassVar[bool] = True
    Settings: ClassVar[type[Settings]] = Settings

    @abstractmethod
    def encode(
        self, source: ImageSource, budget: Budget, settings: Any, context: Context, sink: Sink
    ) -> Achieved:
        """Encode ``source`` within ``budget``: ``bytes`` of the sections, ``psnr`` in dB over all
        pixels with a peak of the channel's range, or ``max_error`` in data units.

        Raises
        ------
        BudgetError
            The budget cannot be met, or ``source.room`` is too small; the message suggests one
            that can.
        Cancelled
            The context was cancelled.
        """

    def is_fixed(self, settings: Any) -> bool:
        """Return whether the settings fix the quality, so that there is none to ask for: those with
        a ``step``."""
        return getattr(settings, "step", None) is not None

    def check_budget(self, budget: Budget) -> None:
        """Refuse a budget, other than a size, that the method cannot promise.

        Raises
        ------
        BudgetError
            The method keeps no bounds, or reaches no given quality.
        """
        if not (self.keeps_bounds if budget.is_bound else self.any_quality):
            raise BudgetError(
                f"Expected a size for {self.name}, such as a ratio of 300, as a network cannot "
                f"promise its errors. Got {budget.text()} instead: give a size, or take another "
                f"method."
            )

    @abstractmethod
    def open(
        self, coded: CodedImages, settings: Any, state: Mapping[str, Any], reader: SectionReader
    ) -> ImageDecoder:
        """Return a decoder; read only what is required up front.

        Raises
        ------
        FormatError
            Settings, state or sections are damaged.
        """
