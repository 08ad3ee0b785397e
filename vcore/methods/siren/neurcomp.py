"""Serialisation of residual networks: shared weights, and the rest as float16."""

import numpy as np
from numpy.typing import NDArray

from vcore.entropy.rows import Bytes
from vcore.errors import FormatError
from vcore.methods._networks.shrinking import Codebook, pack_shared, restore, unpack_shared
from vcore.methods.siren.network import MAX_FLOAT16, Parameters, Shape

SharedParameters = dict[str, Codebook]


def pack(parameters: Parameters, shared: SharedParameters, shape: Shape) -> bytes:
    """Return the bytes of a network: float16 weights, then the shared matrices.

    The first and last matrices and all biases are few and stored as float16. The other matrices are
    stored as entropy-coded indices into values shared within the matrix.
    """
    plain = [v.ravel() for n, v in parameters.items() if n not in shape.shared]
    flat = np.clip(np.concatenate(plain), -MAX_FLOAT16, MAX_FLOAT16).astype("<f2")
    arrays = [Codebook(shared[n].values, shared[n].indices[None]) for n in shape.shared]
    return bytes(flat.tobytes()) + pack_shared(arrays, [False] * len(arrays))[0]


def unpack(data: bytes, shape: Shape) -> Parameters:
    """Decode the output of ``pack`` to float32 weights.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    reader, found = Bytes(data), {}
    for name, size in shape.arrays.items():
        if name in shape.shared:
            found[name] = np.zeros(size, np.float32)
            continue
        values = np.frombuffer(reader.take(2 * int(np.prod(size))), "<f2").astype(np.float32)
        found[name] = _finite(values).reshape(size)
    matrices = [(1, *shape.arrays[n]) for n in shape.shared]
    arrays = unpack_shared(reader.take(reader.left), matrices, [False] * len(matrices))  # type: ignore[arg-type]
    for name, each in zip(shape.shared, arrays, strict=True):
        found[name] = np.asarray(restore(each.values, each.indices[0]), np.float32)
    return found


def _finite(values: NDArray[np.float32]) -> NDArray[np.float32]:
    if not np.isfinite(values).all():
        raise FormatError("Expected finite weights. The network is damaged.")
    return values
