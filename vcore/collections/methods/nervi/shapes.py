"""Architectures: names and shapes of the weights, sizes of the maps, widths for a number of
weights."""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Self

from vcore.collections.methods.nervi.settings import MAX_WIDTH, NerviSettings

Arrays = dict[str, tuple[int, ...]]
KERNEL = 3
STEM_SHARE, MIN_STEM = 8, 16
"""Channels of the first block per channel before it (table 1: 1,024 and 128), and fewest of the
latter: with fewer, small networks tell images apart by too few numbers (docs/methods.md)."""
FEWEST = 8
"""Fewest channels of an upscale block. Table 1 halves 1,024 channels down to 16; small networks
would end with one."""
HALF, EVEN, POINTWISE = (1, 2), (7, 10), 2
"""Channels of a block per channel of the one before: a half in table 1; in ``compact`` 0.7, so that
weights are spread more evenly over the blocks (as in HNeRV, Chen et al. 2023); and first blocks
with kernels of one pixel, as maps of 2 x 2 and 4 x 4 have hardly any neighbours."""
SIREN_LAYERS = 5
"""Layers of the networks by pixel (section 4.2)."""
PIXEL_FREQUENCIES = 10
"""Octaves of a pixel's encoded place (Mildenhall et al. 2020, section 5.1)."""


@dataclass(frozen=True)
class Shape:
    """Architecture of a network.

    Parameters
    ----------
    settings
        Preset and first layers.
    parameters
        Number of parameters of an image.
    outputs
        Channels of its output: colours, mask, alpha.
    size
        Height and width of the output.
    width
        Channels of the first block; units of a layer of the networks by pixel.
    """

    settings: NerviSettings
    parameters: int
    outputs: int
    size: tuple[int, int]
    width: int

    @classmethod
    def widest(
        cls,
        settings: NerviSettings,
        parameters: int,
        outputs: int,
        size: tuple[int, int],
        weights: int,
    ) -> Self:
        """Return the widest network of at most ``weights`` weights, or the narrowest one."""
        shape = cls(settings, parameters, outputs, size, 1)
        low, high = 1, MAX_WIDTH + 1
        while high - low > 1:
            middle = (low + high) // 2
            fits = replace(shape, width=middle).weights <= weights
            low, high = (middle, high) if fits else (low, middle)
        return replace(shape, width=low)

    @property
    def weights(self) -> int:
        """Number of weights."""
        return sum(math.prod(shape) for shape in self.arrays.values())

    @property
    def map_bytes(self) -> int:
        """Bytes of the largest map of an image."""
        if self.settings.by_pixel:
            return 4 * math.prod(self.size) * self.outputs
        maps = zip((*self.channels, self.outputs), (*self.sizes, self.size), strict=True)
        return max(4 * channels * math.prod(size) for channels, size in maps)

    @property
    def inputs(self) -> int:
        """Length of the encoded parameters of an image."""
        each = 1 if self.settings.preset == "siren" else 2 * self.settings.frequencies
        return max(self.parameters, 1) * each

    @property
    def place_inputs(self) -> int:
        """Length of the encoded place of a pixel."""
        return 2 if self.settings.preset == "siren" else 4 * PIXEL_FREQUENCIES

    @property
    def stem(self) -> int:
        """Channels before the first block."""
        if self.settings.preset == "compact":
            return self.settings.stem or self.width
        least = min(self.width, MIN_STEM)
        return self.settings.stem or max(self.width // STEM_SHARE, least)

    @cached_property
    def scales(self) -> tuple[int, ...]:
        """Upscale factors of the blocks: 4 twice at most, then 2 (table 1)."""
        octaves = max(int(math.log2(max(self.size) / 2)), 0) if max(self.size) > 1 else 0
        if self.settings.preset in ("insitunet", "compact"):
            return (2,) * octaves
        fours = min(octaves // 2, 2)
        return (4,) * fours + (2,) * (octaves - 2 * fours)

    @cached_property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """Height and width of the first map and of that after each block.

        Each is the smallest that the blocks behind it can scale to the image: maps are cut to it.
        """
        found, factor = [self.size], 1
        for scale in reversed(self.scales):
            factor *= scale
            found.append((-(-self.size[0] // factor), -(-self.size[1] // factor)))
        return tuple(reversed(found))

    @cached_property
    def channels(self) -> tuple[int, ...]:
        """Channels of the first map and of that after each block."""
        up, down = EVEN if self.settings.preset == "compact" else HALF
        found, least = [self.width], min(self.width, FEWEST)
        while len(found) < len(self.scales):
            found.append(max(found[-1] * up // down, least))
        return (self.stem, *found[: len(self.scales)])

    @property
    def kernels(self) -> tuple[int, ...]:
        """Sides of the convolutions of the blocks."""
        count = len(self.scales)
        if self.settings.preset == "compact":
            return (*(1,) * min(count, POINTWISE), *(KERNEL,) * (count - POINTWISE))
        return (KERNEL,) * count

    @cached_property
    def arrays(self) -> Arrays:
        """Shapes of the weights by name, in the order of storage; of convolutions (output, input,
        y, x), of layers (input, output)."""
        if self.settings.by_pixel:
            return self._pixel_arrays
        found = self._first_arrays
        for k, (scale, (a, b)) in enumerate(zip(self.scales, pairwise(self.channels), strict=True)):
            if self.settings.preset == "insitunet":
                found |= {
                    f"up{k}.first.w": (b, a, KERNEL, KERNEL),
                    f"up{k}.first.b": (b,),
                    f"up{k}.second.w": (b, b, KERNEL, KERNEL),
                    f"up{k}.second.b": (b,),
                    f"up{k}.skip.w": (b, a, 1, 1),
                    f"up{k}.skip.b": (b,),
                }
            else:
                count = b * scale**2
                kernel = self.kernels[k]
                found |= {f"up{k}.w": (count, a, kernel, kernel), f"up{k}.b": (count,)}
        return found | {
            "head.w": (self.outputs, self.channels[-1], 1, 1),
            "head.b": (self.outputs,),
        }

    @property
    def _first_arrays(self) -> Arrays:
        """Weights from the encoded parameters to the first map."""
        c = self.stem
        count = c * math.prod(self.sizes[0])
        if not self.settings.sine or self.settings.preset == "insitunet":
            sizes = (self.inputs, c * STEM_SHARE, count)
            pairs = enumerate(pairwise(sizes))
            return {k: v for i, (a, b) in pairs for k, v in _layer(f"mlp{i}", a, b).items()}
        if self.settings.preset == "compact":
            return {
                **_layer("mlp0.first", self.inputs, c),
                **_layer("mlp0.second", c, c),
                "mlp0.skip.w": (self.inputs, c),
                **_layer("mlp1", c, count),
            }
        found: Arrays = {}
        for i, (a, b) in enumerate(((self.inputs, c), (c, count))):
            found |= _layer(f"mlp{i}.first", a, b) | _layer(f"mlp{i}.second", b, b)
            if a != b:
                found[f"mlp{i}.skip.w"] = (a, b)
        return found

    @property
    def _pixel_arrays(self) -> Arrays:
        sizes = (
            self.place_inputs + self.inputs,
            *(self.width,) * (SIREN_LAYERS - 1),
            self.outputs,
        )
        pairs = enumerate(pairwise(sizes))
        return {k: v for i, (a, b) in pairs for k, v in _layer(f"layer{i}", a, b).items()}


def _layer(name: str, inputs: int, outputs: int) -> Arrays:
    return {f"{name}.w": (inputs, outputs), f"{name}.b": (outputs,)}
