"""Small volumes for the tests of the napari plugin."""

import numpy as np


def blobs(*shape: int, seed: int = 0) -> np.ndarray:
    """Return a few bright spots, uint8."""
    rng = np.random.default_rng(seed)
    places = np.stack(np.meshgrid(*map(np.arange, shape[-3:]), indexing="ij"), -1)
    values = np.zeros(shape[-3:])
    for _ in range(12):
        off = places - rng.uniform(0, np.array(shape[-3:]) - 1)
        values += np.exp(-(off**2).sum(-1) / 2 / rng.uniform(1.2, 2.5) ** 2)
    values = np.rint(np.clip(values, 0, 1) * 200 + 5).astype("u1")
    return np.broadcast_to(values, shape).copy()
