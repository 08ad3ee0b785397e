"""Write chunks.json: chunks of the Zarr codec that must decode to the same values permanently."""

import base64
import json
import sys
from pathlib import Path

import numpy as np

from vcore.container.layout import crc32c
from vcore.container.sources import BytesSource
from vcore.model.budget import Budget
from vcore.zarr.chunk import ChunkContext, open_chunk, unpack
from vcore.zarr.chunk_encoder import encode_chunk

sys.path.insert(0, str(Path(__file__).parents[1]))
from volumes import blobs, holes, in_dtype

SHAPE = (12, 13, 14)


def cases():
    """Yield name, values, method, budget, range and whether the chunk is coded losslessly."""
    counts = in_dtype(blobs(SHAPE), "u2", 5, 900)
    yield "wavelet", counts, "wavelet", {"psnr": 45}, [5, 900], False
    yield "fast", counts, "wavelet", {"psnr": 45}, [5, 900], False
    yield "bounded", counts, "bounded", {"max_error": 3}, None, False
    yield "layers", holes(blobs(SHAPE)), "wavelet", {"max_error": 0.01}, [0.0, 1.0], False
    yield "constant", np.full(SHAPE, -7, "i4"), "wavelet", {"psnr": 40}, [-9, 3], False
    yield "cut", counts[:5], "wavelet", {"bpv": 4}, None, False
    yield "exact", counts, "wavelet", {"max_error": 3}, None, True


def shared_of(case):
    """Return the parameters shared by all chunks of a case's array."""
    limits = case["range"]
    return ChunkContext(
        SHAPE,
        tuple("zyx"),
        np.dtype(case["dtype"]),
        case["method"],
        case["settings"],
        Budget.from_json(case["budget"]),
        tuple(limits) if limits else None,
    )


def decoded(case):
    """Return the values of a case's chunk, in its shape."""
    data, shared = base64.b64decode(case["data"]), shared_of(case)
    return open_chunk(BytesSource(data), unpack(data, shared)).decode()


def main():
    """Write the file."""
    found = {}
    for name, values, method, budget, limits, exact in cases():
        settings = {"effort": "fast"} if name == "fast" else {}
        case = {"dtype": values.dtype.str[1:], "method": method, "settings": settings}
        case |= {"budget": budget, "range": limits}
        shared = shared_of(case)
        data = encode_chunk(values, shared.exactly() if exact else shared).data
        case["data"] = base64.b64encode(data).decode()
        values = decoded(case)
        case |= {"shape": list(values.shape), "crc32c": crc32c(values.tobytes())}
        found[name] = case
    Path(__file__).with_name("chunks.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
