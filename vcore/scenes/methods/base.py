"""Contract of a method for scenes: encoder of a radiance field, and its lazy decoder."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from vcore.container import SectionReader
from vcore.methods.base import Achieved, Settings, Sink
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.scenes.cameras import Camera
from vcore.scenes.field import Bounds, RadianceField, Triple


@dataclass(frozen=True)
class CodedScene:
    """What encoder and decoder both know; members as in ``RadianceField``."""

    bounds: Bounds
    background: Triple
    cameras: tuple[Camera, ...] = ()
    nbytes: int = 0
    name: str = "scene"
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, source: RadianceField) -> "CodedScene":
        """Return what a file tells of ``source``."""
        return cls(
            source.bounds,
            source.background,
            source.cameras,
            source.nbytes,
            source.name,
            source.attributes,
        )


class SceneMethod(ABC):
    """Compression method of a radiance field.

    Attributes
    ----------
    name
        Name for users and files.
    summary
        One-line description.
    field
        Class of the fields that it codes.
    Settings
        Class of the settings.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    field: ClassVar[type[RadianceField]]
    Settings: ClassVar[type[Settings]] = Settings

    @abstractmethod
    def encode(
        self,
        source: Any,
        budget: Budget,
        settings: Any,
        context: Context,
        sink: Sink,
    ) -> Achieved:
        """Encode ``source``, of the class ``field``, within ``budget``.

        The budget is empty, ``bytes`` of the sections, or ``psnr`` in dB of the views of
        ``vcore.scenes.measure`` against those of ``source``.

        Raises
        ------
        BudgetError
            The budget cannot be met; the message suggests one that can.
        Cancelled
            The context was cancelled.
        """

    @abstractmethod
    def open(
        self, coded: CodedScene, settings: Any, state: Mapping[str, Any], reader: SectionReader
    ) -> RadianceField:
        """Return the decoded field; read only what is required up front, the rest when it is
        rendered or sampled.

        Raises
        ------
        FormatError
            Settings, state or sections are damaged.
        """
