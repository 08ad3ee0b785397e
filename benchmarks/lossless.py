"""Lossless sizes of integer volumes, by codecs in common use."""

import io

import numpy as np

from benchmarks.codec import Array, import_imagecodecs
from benchmarks.peers_slices import without_comments


def sizes(volume: Array) -> dict[str, int]:
    """Return sizes in bytes by codec name.

    Parameters
    ----------
    volume
        ``(z, y, x)``, integers of up to 16 bits.
    """
    codecs = import_imagecodecs()
    found = {
        "JPEG2000 by slice": sum(map(len, map(_jpeg2000, volume))),
        "JPEG2000, joined slices": len(_jpeg2000(volume.reshape(-1, volume.shape[-1]))),
        "deflate TIFF": _tiff(volume),
    }
    values = np.ascontiguousarray(volume, np.float32)
    stream = codecs.sperr_encode(values, mode="pwe", level=0.49)
    decoded = np.rint(np.asarray(codecs.sperr_decode(stream)).reshape(volume.shape))
    if np.array_equal(decoded, values):
        found["SPERR, error below 0.5"] = len(stream)
    return found


def _jpeg2000(image: Array) -> bytes:
    encode = import_imagecodecs().jpeg2k_encode
    return without_comments(bytes(encode(image, codecformat="j2k", reversible=True)))


def _tiff(volume: Array) -> int:
    import tifffile

    file = io.BytesIO()
    tifffile.imwrite(file, volume, compression="zlib", metadata=None)
    return len(file.getvalue())
