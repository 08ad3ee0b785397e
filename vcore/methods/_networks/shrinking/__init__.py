"""Compression of networks after or during fitting: pruning, weight sharing, entropy coding.

The parts are independent: ``pruning`` selects the parameters to drop, ``sharing`` replaces the
others by a few values, ``coding`` serialises masks, indices and values and reports the bytes of
each. All of it is NumPy; decoding needs ``coding`` only.
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
