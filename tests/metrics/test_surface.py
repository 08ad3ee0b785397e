import sys
from math import inf, isnan, nan

import numpy as np
import pytest
from numpy.typing import NDArray

from vcore.errors import InputError, MissingExtraError
from vcore.metrics import chamfer_distance

ONE = (1.0, 1.0, 1.0)


def distance_from_centre(n: int = 48) -> NDArray[np.float64]:
    z, y, x = np.mgrid[:n, :n, :n] - (n - 1) / 2 + 0.1
    return np.sqrt(z * z + y * y + x * x)


def plane(height: float, shape: tuple[int, ...] = (12, 9, 9)) -> NDArray[np.float64]:
    return np.broadcast_to(np.arange(shape[0], dtype=float)[:, None, None] - height, shape)


def test_parallel_planes_are_twice_their_distance_apart() -> None:
    # vertices lie at the same y x positions in both
    assert chamfer_distance(plane(3.25), plane(5.5), 0.0, ONE) == pytest.approx(4.5, rel=1e-6)


def test_spacing_gives_physical_units() -> None:
    got = chamfer_distance(plane(3.25), plane(5.5), 0.0, (0.5, 2.0, 3.0))
    assert got == pytest.approx(2 * 2.25 * 0.5, rel=1e-6)


def test_concentric_spheres() -> None:
    r = distance_from_centre()
    # at 4 voxels the nearest vertex is nearly the nearest point
    assert chamfer_distance(r, r - 4, 14.0, ONE) == pytest.approx(8, rel=0.01)
    # at 1 voxel it is up to half a cell away: 1 to 1.15 each way
    assert 2 < chamfer_distance(r, r - 1, 14.0, ONE) < 2.3


def test_equal_volumes() -> None:
    r = distance_from_centre(24)
    assert chamfer_distance(r, r, 8.0, ONE) == 0


def test_symmetric_and_free_of_the_side() -> None:
    r = distance_from_centre(24)
    one_way = chamfer_distance(r, r - 2, 8.0, ONE)
    assert chamfer_distance(r - 2, r, 8.0, ONE) == pytest.approx(one_way, rel=1e-12)
    assert chamfer_distance(-r, 2 - r, -8.0, ONE) == pytest.approx(one_way, rel=1e-5)


@pytest.mark.parametrize("scale", [1e-25, 1e30])
def test_unit_of_the_values_does_not_matter(scale: float) -> None:
    r = distance_from_centre(24)
    expected = chamfer_distance(r, r - 2, 8.0, ONE)
    got = chamfer_distance(scale * r, scale * (r - 2), scale * 8.0, ONE)
    assert got == pytest.approx(expected, rel=1e-5)


def test_integers() -> None:
    r = (10 * distance_from_centre(24)).round()
    original, decoded = r.astype("u2"), (r + 20).astype("u2")
    expected = chamfer_distance(r, r + 20, 80.0, ONE)
    assert chamfer_distance(original, decoded, 80, ONE) == expected
    # far beyond the 24 bits of float32
    far = 2**32 - 1000
    shifted = ((v + far).astype("u4") for v in (r, r + 20))
    assert chamfer_distance(*shifted, far + 80, ONE) == pytest.approx(expected, rel=1e-6)


def test_one_surface_empty() -> None:
    r = distance_from_centre(16)
    assert chamfer_distance(r, np.full_like(r, 9.0), 5.0, ONE) == inf
    assert chamfer_distance(np.full_like(r, 9.0), r, 5.0, ONE) == inf


def test_both_surfaces_empty() -> None:
    r = distance_from_centre(16)
    assert isnan(chamfer_distance(r, r + 1, 1000.0, ONE))
    assert isnan(chamfer_distance(r, r, float(r.max()), ONE))
    assert isnan(chamfer_distance(np.full_like(r, nan), r, 5.0, ONE))


def test_no_vertices_beside_missing_voxels() -> None:
    r = distance_from_centre()
    mask = np.zeros(r.shape, bool)
    mask[:, :, 20:] = True
    holed = np.where(mask, nan, r)
    got = chamfer_distance(holed, r - 4, 14.0, ONE)
    assert got == pytest.approx(8, rel=0.02)
    assert chamfer_distance(np.where(mask, -999.0, r), r - 4, 14.0, ONE, mask) == got
    assert chamfer_distance(holed, np.where(mask, 1e6, r), 14.0, ONE) == 0


@pytest.mark.parametrize("shape", [(4, 5), (1, 5, 5), (2, 4, 5, 6)])
def test_refused_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"one shape \(z, y, x\)"):
        chamfer_distance(np.zeros(shape), np.zeros(shape), 0.5, ONE)


@pytest.mark.parametrize("spacing", [(1, 1), (1, 0, 1), (1, -1, 1), (1, nan, 1)])
def test_refused_spacings(spacing: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="three positive, finite spacings"):
        chamfer_distance(plane(3), plane(4), 0.5, spacing)


def test_refused_isovalue_and_pairs() -> None:
    with pytest.raises(InputError, match="finite isovalue"):
        chamfer_distance(plane(3), plane(4), nan, ONE)
    with pytest.raises(InputError, match="one shape"):
        chamfer_distance(plane(3), plane(4)[1:], 0.5, ONE)


def test_without_scikit_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage.measure", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'vcore-volumes\[metrics\]'"):
        chamfer_distance(plane(3), plane(4), 0.5, ONE)
