"""Grids and network of a collection: nodes along the parameters, scales of the image plane."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from vcore.collections.methods.base import CodedImages
from vcore.collections.methods.nervi.subject import Subject
from vcore.collections.methods.view_grids.latents import Scales, latents_of
from vcore.collections.methods.view_grids.settings import MAX_WIDTH
from vcore.container.header_values import count_of
from vcore.errors import FormatError

MAX_SCALES, MAX_CHANNELS = 8, 64
MAX_LATENTS = 1 << 28
"""Most latents of a file."""
COARSER = 3
"""Number of levels whose nodes are ever fewer; behind them, one node stands for all images."""
KERNEL = 3
"""Side of a convolution in pixels."""
Node = tuple[int, float]
"""Number of a node of a level, and its weight."""


@dataclass(frozen=True)
class Axis:
    """Parameter as an axis of grids of nodes.

    Parameters
    ----------
    count
        Number of values.
    label
        Whether they are labels, between which nothing is interpolated.
    periodic
        Whether the first value follows on the last one.
    """

    count: int
    label: bool
    periodic: bool

    def nodes(self, halvings: int) -> int:
        """Return the number of nodes of a level."""
        return self.count if self.label else max(-(-self.count >> halvings), 1)

    def around(self, place: float, nodes: int) -> list[Node]:
        """Return the nodes around ``place``, in steps between the values from the first one on."""
        if nodes == 1:
            return [(0, 1.0)]
        if nodes == self.count:
            at = place
        elif self.periodic:
            at = place * nodes / self.count
        else:
            at = place * (nodes - 1) / (self.count - 1)
        low = min(math.floor(at), nodes if self.periodic else nodes - 1)
        share = at - low
        pair = [(low % nodes, 1 - share), ((low + 1) % nodes, share)]
        return [(node, weight) for node, weight in pair if weight > 0]


@dataclass(frozen=True)
class Shapes:
    """Sizes of all grids and of the network.

    Parameters
    ----------
    axes
        Parameters of the collection.
    size
        Height and width of the pixels that the network makes.
    outputs
        Output channels of the network: red, green, blue, mask, alpha (see ``Subject``).
    channels
        Latent channels per level of nodes and scale, from the finest level (a node for every image)
        and the coarsest scale on; a level has those of the scale, or none.
    widths
        Channels of the features of each scale.
    """

    axes: tuple[Axis, ...]
    size: tuple[int, int]
    outputs: int
    channels: tuple[tuple[int, ...], ...]
    widths: tuple[int, ...]

    @classmethod
    def of(cls, coded: CodedImages, subject: Subject, state: Mapping[str, Any]) -> Self:
        """Return the shapes of a header's state, and of the pixels that the network makes.

        Raises
        ------
        FormatError
            They are impossible.
        """
        try:
            channels = tuple(tuple(_channels(n) for n in level) for level in state["channels"])
            widths = tuple(count_of(n) for n in state["widths"])
            found = cls(axes_of(coded), subject.size, subject.outputs, channels, widths)
            levels = len(found.levels)
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(f"The header is damaged: its grids are {error!r:.80}.") from error
        good = 0 < len(widths) <= MAX_SCALES and max(widths) <= MAX_WIDTH and min(widths) > 0
        good = good and len(channels) == levels
        good = good and all(len(level) == len(widths) for level in channels)
        good = good and found.inputs[0] > 0
        columns = zip(found.inputs, zip(*channels, strict=True), strict=True) if good else ()
        good = good and all(set(column) <= {0, most} for most, column in columns)
        if not good or found.latents > MAX_LATENTS:
            raise FormatError(f"The header is damaged: its grids are {state!r:.160}.")
        return found

    def to_json(self) -> dict[str, Any]:
        """Return the members of a header's state."""
        return {"channels": [list(level) for level in self.channels], "widths": list(self.widths)}

    @cached_property
    def levels(self) -> tuple[tuple[int, ...], ...]:
        """Nodes along the axes of each level, from one a value to one in all."""
        return levels_of(self.axes)

    @cached_property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """Rows and columns of each scale, the coarsest first; the last has half of the image's."""
        height, width = self.size
        factors = [1 << (len(self.widths) - s) for s in range(len(self.widths))]
        return tuple((-(-height // f), -(-width // f)) for f in factors)

    def scales(self, level: int) -> Scales:
        """Return the scales of a node of a level that have latents."""
        pairs = zip(self.channels[level], self.sizes, strict=True)
        return tuple((c, h, w) for c, (h, w) in pairs if c)

    def nodes(self, level: int) -> int:
        """Return the number of nodes of a level."""
        return math.prod(self.levels[level])

    @property
    def latents(self) -> int:
        """Number of all latents."""
        levels = range(len(self.levels))
        return sum(self.nodes(level) * latents_of(self.scales(level)) for level in levels)

    @cached_property
    def inputs(self) -> tuple[int, ...]:
        """Latent channels that enter the network at each scale."""
        return tuple(max(column) for column in zip(*self.channels, strict=True))

    @cached_property
    def arrays(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the stored weights by name: w0 of the stem, then a layer a scale, each with
        torch's order (outputs, inputs, y, x); gains per level and scale."""
        found: dict[str, tuple[int, ...]] = {}
        given = [self.inputs[0], *self.widths]
        for layer in range(len(self.widths) + 1):
            inputs = given[layer] + (self.inputs[layer - 1] if layer > 1 else 0)
            outputs = self._outputs(layer)
            found[f"w{layer}"] = (outputs, inputs, KERNEL, KERNEL)
            found[f"b{layer}"] = (outputs,)
        found["gains"] = (len(self.channels), len(self.widths))
        return found

    def _outputs(self, layer: int) -> int:
        if layer == 0:
            return self.widths[0]
        return 4 * (self.widths[layer] if layer < len(self.widths) else self.outputs)

    def around(self, level: int, place: Sequence[float]) -> list[Node]:
        """Return the nodes of a level that an image is made from, and their weights.

        Parameters
        ----------
        place
            Position along each axis, in steps between its values from the first one on.
        """
        found: list[Node] = [(0, 1.0)]
        for axis, count, at in zip(self.axes, self.levels[level], place, strict=True):
            here = axis.around(at, count)
            found = [(n * count + m, a * b) for n, a in found for m, b in here]
        return found


def axes_of(coded: CodedImages) -> tuple[Axis, ...]:
    """Return the axes of a collection's parameters."""
    return tuple(Axis(len(p), p.is_label, p.period > 0) for p in coded.parameters)


def _channels(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MAX_CHANNELS:
        raise ValueError(f"{value!r:.40} is no number of channels")
    return value


def levels_of(axes: Sequence[Axis]) -> tuple[tuple[int, ...], ...]:
    """Return the nodes along the axes of each level: one for every value first, then fewer and
    fewer nodes.

    Nodes halved along all parameters; all of one parameter and one of the others, and the reverse
    (time-indexed and view-indexed grids, MV-MGINR); one in all.
    """
    every = [tuple(axis.nodes(halvings) for axis in axes) for halvings in range(COARSER)]
    one = (1,) * len(axes)
    for number, count in enumerate(every[0]):
        every.append((*one[:number], count, *one[number + 1 :]))
        every.append((*every[0][:number], 1, *every[0][number + 1 :]))
    every.append(one)
    distinct = sorted(set(every), key=lambda level: (-math.prod(level), level))
    return tuple(distinct)
