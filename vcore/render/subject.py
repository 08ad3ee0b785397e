"""Contract of what is rendered: a volume, or anything else with colours seen from a camera."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.images import Channel
from vcore.collections.parameters import Parameter
from vcore.render.views import View


class Renderer(ABC):
    """Renderer of one subject with one view; used by one thread."""

    @abstractmethod
    def render(
        self, index: Sequence[int], pose: NDArray[np.float64]
    ) -> Mapping[str, NDArray[np.generic]]:
        """Return the pixels of every channel.

        Parameters
        ----------
        index
            Index along each parameter of the subject.
        pose
            4x4 matrix from the world to the eye (x right, y up, looking along -z).
        """


class Subject(ABC):
    """What is rendered; can be sent to a worker process."""

    name: str
    """Name of the collection."""

    @property
    @abstractmethod
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters of the subject itself, such as time, slowest first."""

    @property
    @abstractmethod
    def channels(self) -> tuple[Channel, ...]:
        """Channels of the images, the colour (``rgba``) first."""

    @property
    @abstractmethod
    def identity(self) -> dict[str, Any]:
        """All that the images depend on apart from the view, as JSON values."""

    @property
    @abstractmethod
    def attributes(self) -> dict[str, Any]:
        """What users should know of how the images were made, as JSON values."""

    @abstractmethod
    def renderer(self, view: View) -> Renderer:
        """Return a renderer."""
