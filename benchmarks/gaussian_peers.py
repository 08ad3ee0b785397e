"""Codecs of VolMicro's table 2 beside those of ``peers``: ZFP, and JPEG2000 in three dimensions."""

import numpy as np

from benchmarks import peers
from benchmarks.codec import Array, Stream
from benchmarks.peers_slices import Jpeg2000

NAMES = (*peers.NAMES, "jpeg2000-3d", "zfp")
LIFTS = (-1.586134342059924, -0.052980118572961, 0.882911075530934, 0.443506852043971)
"""Lifting steps of the 9/7 wavelet (ISO 15444-1, table F.4)."""
SCALE = 1.149604398
"""Factor on its low band that makes it nearly orthonormal, so that equal errors of coefficients are
equal errors of voxels."""
MIN_SLICES, MAX_LEVELS = 4, 5


class Jpeg2000Volume:
    """JPEG2000 after a 9/7 wavelet along z, the multiple component transform of part 2.

    OpenJPEG has neither that part nor JP3D any more: the transform is ours, float64, and OpenJPEG
    codes all its planes as one image, 16 bit, so that its rate control allocates the bytes.
    """

    steps, halving, spacing = 10, False, 0.0

    def __init__(self, volume: Array) -> None:
        self.levels = levels_of(len(volume))
        self.inner = Jpeg2000(forward(volume.astype(np.float64), self.levels), joined=True)
        self.coarse, self.fine = self.inner.coarse, self.inner.fine
        self.note = f"{self.levels} levels along z"

    def encode(self, level: float) -> Stream:
        """Return the codestream at a PSNR in dB of the coefficients."""
        return self.inner.encode(level)

    def decode(self, stream: Stream) -> Array:
        """Return float64 values."""
        return inverse(self.inner.decode(stream), self.levels)


def code(codec: str, volume: Array, limit: int) -> peers.Coded | peers.OverLimit:
    """Return the best stream of ``codec``, one of ``NAMES``, of at most ``limit`` bytes.

    See ``peers.code``.
    """
    if codec in peers.NAMES:
        return peers.code(codec, volume, limit)
    slices = np.ascontiguousarray(volume).reshape(-1, *volume.shape[-2:])
    made = peers.Zfp(slices) if codec == "zfp" else Jpeg2000Volume(slices)
    found = peers.best(codec, made, slices, limit)
    if isinstance(found, peers.OverLimit):
        return found
    return peers.Coded(
        codec, found.note, found.bytes, found.decoded.reshape(volume.shape),
        found.encode_seconds, found.decode_seconds,
    )  # fmt: skip


def levels_of(slices: int) -> int:
    """Return the number of levels of the wavelet along z."""
    levels = 0
    while slices >= MIN_SLICES and levels < MAX_LEVELS:
        slices, levels = -(-slices // 2), levels + 1
    return levels


def forward(values: Array, levels: int) -> Array:
    """Return the 9/7 wavelet transform along the first axis, the low band first."""
    out, count = values.copy(), len(values)
    for _ in range(levels):
        part = out[:count].copy()
        for number, weight in enumerate(LIFTS):
            _lift(part, 1 - number % 2, weight)
        low = -(-count // 2)
        out[:low], out[low:count] = part[::2] * SCALE, part[1::2] / SCALE
        count = low
    return out


def inverse(coefficients: Array, levels: int) -> Array:
    """Return the values whose transform is ``coefficients``."""
    out = coefficients.copy()
    counts = [len(out)]
    for _ in range(levels - 1):
        counts.append(-(-counts[-1] // 2))
    for count in counts[::-1] if levels else ():
        low = -(-count // 2)
        part = np.empty_like(out[:count])
        part[::2], part[1::2] = out[:low] / SCALE, out[low:count] * SCALE
        for number in range(len(LIFTS) - 1, -1, -1):
            _lift(part, 1 - number % 2, -LIFTS[number])
        out[:count] = part
    return out


def _lift(part: Array, parity: int, weight: float) -> None:
    """Add to the slices of a parity the weighted sum of their neighbours, mirrored at the ends."""
    own, count = np.arange(parity, len(part), 2), len(part)
    before, after = np.abs(own - 1), np.where(own + 1 < count, own + 1, own - 1)
    part[own] += weight * (part[before] + part[after])
