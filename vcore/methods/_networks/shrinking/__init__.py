"""Shrinking networks after or while they are fitted: pruning, weight sharing, entropy coding.

Each piece is of use alone: ``pruning`` says which parameters to give up, ``sharing`` replaces the
others by a few values, ``coding`` writes masks, indices and values and says what each of them
takes. All of it is NumPy; decoding needs ``coding`` only.
"""

from vcore.methods._networks.shrinking.coding import Sizes, pack_shared, unpack_shared
from vcore.methods._networks.shrinking.pruning import (
    Schedule,
    guided_masks,
    importance,
    magnitude_masks,
    sparsity,
)
from vcore.methods._networks.shrinking.sharing import (
    PRUNED,
    Codebook,
    line,
    on_line,
    restore,
    share,
)

__all__ = [
    "PRUNED",
    "Codebook",
    "Schedule",
    "Sizes",
    "guided_masks",
    "importance",
    "line",
    "magnitude_masks",
    "on_line",
    "pack_shared",
    "restore",
    "share",
    "sparsity",
    "unpack_shared",
]
