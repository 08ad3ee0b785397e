"""Differences between the block autoencoders: the decoder, and learned or handcrafted codes."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vcore.methods.blocks import features
from vcore.methods.blocks.network import hidden_sizes


class Architecture:
    """Network of a block autoencoder, and the kind of its codes.

    Attributes
    ----------
    name
        Name of the method.
    architecture
        1 or 2: which decoder (see ``network.hidden_sizes``).
    handcrafted
        Whether the code is computed instead of learned.
    positional
        Whether the block coordinates are network inputs; the compact preset does not store them.
    """

    name: ClassVar[str]
    architecture: ClassVar[int]
    handcrafted: ClassVar[bool] = False
    positional: ClassVar[bool] = False

    def hidden(self, k: int, at_least: int = 1) -> tuple[int, int, int]:
        """Return the decoder's hidden layer sizes, none below ``at_least``."""
        return hidden_sizes(self.architecture, k, at_least)

    def stored_features(self, blocks: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the handcrafted features of blocks of shape (n, k, k, k), without coordinates."""
        return features.singular_values(blocks)

    def code_size(self, s: int | None) -> int:
        """Return the number of values per code; fixed for handcrafted ones."""
        return 3 if self.handcrafted else s or 8
