"""Committed chunks of the Zarr codec, which must decode permanently."""

import json
import sys
from pathlib import Path

import pytest

from vcore.container.layout import crc32c

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))
from make_chunks import decoded  # noqa: E402

CASES = json.loads((GOLDEN / "chunks.json").read_text())


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_committed_chunk_decodes_to_the_same_values(name):
    case = CASES[name]
    values = decoded(case)
    assert list(values.shape) == case["shape"]
    assert crc32c(values.tobytes()) == case["crc32c"]
