"""What sets the block autoencoders apart: their decoder, and whether codes are learned."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vcore.methods.blocks import features
from vcore.methods.blocks.network import hidden_sizes


class Architecture:
    """The network of a block autoencoder, and what its codes are.

    Attributes
    ----------
    name
        Of the method.
    architecture
        1 or 2: which decoder (see ``network.hidden_sizes``).
    handcrafted
        Whether the code is computed, not learned.
    positional
        Whether the network sees each block's coordinates; the compact preset does not store them.
    """

    name: ClassVar[str]
    architecture: ClassVar[int]
    handcrafted: ClassVar[bool] = False
    positional: ClassVar[bool] = False

    def hidden(self, k: int, at_least: int = 1) -> tuple[int, int, int]:
        """Return the decoder's hidden layer sizes, none below ``at_least``."""
        return hidden_sizes(self.architecture, k, at_least)

    def stored_features(self, blocks: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the handcrafted values of blocks of shape (n, k, k, k), without coordinates."""
        return features.singular_values(blocks)

    def code_size(self, s: int | None) -> int:
        """Return the number of values of a code; the handcrafted ones have their own."""
        return 3 if self.handcrafted else s or 8
