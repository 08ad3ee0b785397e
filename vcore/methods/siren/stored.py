"""Serialisation of networks: weights as float16, or indices of shared ones."""

import numpy as np

from vcore.entropy.rows import Bytes
from vcore.errors import FormatError
from vcore.methods._networks.shrinking import Codebook, pack_shared, restore, unpack_shared
from vcore.methods.siren.network import Parameters, Shape

MAX_FLOAT16 = float(np.finfo(np.float16).max)


def pack(parameters: Parameters, shared: dict[str, Codebook], shape: Shape) -> bytes:
    """Return the bytes of a network: float16 weights, then the shared matrices.

    Of residual networks, the first and last matrices and all biases are few and stored as float16.
    The other matrices are stored as entropy-coded indices into values shared within the matrix.
    """
    plain = [v.ravel() for n, v in parameters.items() if n not in shape.shared]
    flat = np.clip(np.concatenate(plain), -MAX_FLOAT16, MAX_FLOAT16).astype("<f2")
    arrays = [Codebook(shared[n].values, shared[n].indices[None]) for n in shape.shared]
    return bytes(flat.tobytes()) + (
        pack_shared(arrays, [False] * len(arrays))[0] if arrays else b""
    )


def unpack(data: bytes, shape: Shape) -> Parameters:
    """Decode the output of ``pack`` to float32 weights.

    Raises
    ------
    FormatError
        The length is wrong, or some weights are not finite.
    """
    reader, found = Bytes(data, "The network"), {}
    for name, size in shape.arrays.items():
        found[name] = np.zeros(size, np.float32)
        if name not in shape.shared:
            stored = reader.take(2 * found[name].size)
            found[name] = np.frombuffer(stored, "<f2").astype(np.float32).reshape(size)
            if not np.isfinite(found[name]).all():
                raise FormatError("Expected finite weights. The network is damaged.")
    if not shape.shared:
        if reader.left:
            raise FormatError(f"The network is damaged: {reader.left} bytes too many.")
        return found
    matrices = [(1, *shape.arrays[n]) for n in shape.shared]
    arrays = unpack_shared(reader.take(reader.left), matrices, [False] * len(matrices))  # type: ignore[arg-type]
    for name, each in zip(shape.shared, arrays, strict=True):
        found[name] = np.asarray(restore(each.values, each.indices[0]), np.float32)
    return found
