"""The benchmark of hierarchies: what it measures."""

import numpy as np
import pytest
import zarr

from benchmarks import scale_big


def test_seams_are_told_from_the_rest(tmp_path, monkeypatch):
    monkeypatch.setattr(scale_big, "CHUNK", 16)
    values = np.zeros((32, 8, 8), "u1")
    paths = [str(tmp_path / name) for name in ("a.zarr", "b.zarr")]
    for path, shift in zip(paths, (0, 3), strict=True):
        array = zarr.create_array(path, shape=values.shape, chunks=(16, 8, 8), dtype="u1")
        ripple = (np.arange(32) % 2 * (shift > 0)).astype("u1")[:, None, None]
        array[...] = values + ripple + (np.arange(32) >= 16).astype("u1")[:, None, None] * shift
    found = scale_big.seams(*paths)
    assert found["jump_elsewhere"] == pytest.approx(1.0)
    assert found["seam_jump"] == pytest.approx(2.0)  # 3 up, 1 down
    assert found["seam_ratio"] == pytest.approx(2.0)
