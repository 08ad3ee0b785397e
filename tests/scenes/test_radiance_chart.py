"""Chart of PSNR over bytes of the radiance benchmark."""

from pathlib import Path

import pytest

from benchmarks.radiance_chart import draw, series_of

ROWS = [
    ["float32, both networks", 676_384, "1.0", 28.58, 0.0],
    ["vcore", 48_000, "14.1", 28.1, 0.48],
    ["vcore", 56_000, "12.1", 28.5, 0.08],
    ["vcore, retrained (500 iterations)", 38_000, "17.8", 28.0, 0.58],
    ["splats of the scene, vcore --psnr 36", 84_000, "8.1", 28.9, -0.3],
    ["pruned 30%, retrained (500 iterations), float32 + mask, zstd", 451_708, "1.5", 18.2, 10.4],
]


def test_rows_are_grouped_by_their_way_and_sorted_by_size() -> None:
    found = series_of(ROWS)
    assert found["vcore"] == [(48.0, 28.1), (56.0, 28.5)]
    assert found["vcore, retrained"] == [(38.0, 28.0)]
    assert [len(points) for points in found.values()] == [1, 2, 1, 1, 1]
    with pytest.raises(StopIteration):
        series_of([["something else", 1, "1", 1.0, 0.0]])


def test_the_chart_is_written(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    draw(ROWS, tmp_path / "new" / "chart.png")
    assert (tmp_path / "new" / "chart.png").read_bytes().startswith(b"\x89PNG")
