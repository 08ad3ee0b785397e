"""Restoration of `views`: what docs/format.md says, computed apart; symmetry; its gain."""

import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from made_images import ball, only

import vcore
from vcore.collections.methods.views import restoration
from vcore.collections.methods.views.image import ImageCoder
from vcore.collections.methods.views.restoration import changes, taps
from vcore.collections.methods.views.restoration_loops import restored

PAIRS = [(0, 1), (1, 0), (0, 2), (2, 0), (1, 1), (1, -1)]
LIMITS = (1, 6, 19, 45, 96, 192, 384)


def textured(seed: int, shape: tuple[int, ...] = (3, 20, 28)) -> Any:
    """Return planes with edges, slopes, noise and flat parts, int32."""
    rng = np.random.default_rng(seed)
    y, x = np.indices(shape[1:])
    planes = np.zeros(shape)
    for plane in planes:
        for _ in range(4):
            a, b, c = rng.normal(size=3)
            plane += rng.integers(0, 900) * (a * y + b * x + 8 * c > 0)
            plane += rng.integers(0, 40) * (a * y + b * x)
        plane[:, ::2] += rng.integers(-60, 60, plane[:, ::2].shape)
        plane[: shape[1] // 3] = plane[0, 0]
    return planes.astype(np.int32)


def by_specification(planes: Any, coded: Any, steps: Any, level: int) -> Any:
    """Return the restored planes by docs/format.md, section 24, pixel by pixel."""
    stored = np.frombuffer(zlib.decompress(restoration.FILE.read_bytes()), "<i2")
    stored = stored.reshape(2, 2, 35, 6, 3).astype(int)
    count, h, w = planes.shape

    def at(c: int, y: int, x: int) -> int:
        return int(planes[c, min(max(y, 0), h - 1), min(max(x, 0), w - 1)])

    def curvature(y: int, x: int, dy: int, dx: int) -> int:
        total = 0
        for i in range(y - 1, y + 2):
            for j in range(x - 1, x + 2):
                total += abs(2 * at(0, i, j) - at(0, i - dy, j - dx) - at(0, i + dy, j + dx))
        return total

    out = planes.astype(int)
    for y in range(h):
        for x in range(w):
            up, across = curvature(y, x, 1, 0), curvature(y, x, 0, 1)
            falling, rising = curvature(y, x, 1, 1), curvature(y, x, 1, -1)
            activity = sum(64 * (up + across) >= 9 * steps[0] * t for t in LIMITS) - 1
            if activity < 0:
                continue
            high, low, direction = max(up, across), min(up, across), 0
            g, k = max(falling, rising), min(falling, rising)
            if not high * k > g * low:
                high, low, direction = g, k, 2
            direction = direction + 2 if high > 3 * low else direction + 1
            if not 2 * high > 3 * low:
                direction = 0
            pairs = list(PAIRS)
            if across > up:
                pairs = [pairs[n] for n in (1, 0, 3, 2, 4, 5)]
            if falling > rising:
                pairs = [*pairs[:4], pairs[5], pairs[4]]
            for c in range(count):
                filters = stored[min(c, 1), int(coded[c, y // 4, x // 4]), 5 * activity + direction]
                p, total, s = at(c, y, x), 0, steps[c]
                limits = (4 * s, s, max(s // 4, 1))
                for (dy, dx), own in zip(pairs, filters, strict=True):
                    for limit, tap in zip(limits, own, strict=True):
                        for v in (at(c, y + dy, x + dx), at(c, y - dy, x - dx)):
                            total += int(tap) * min(max(v - p, -limit), limit)
                out[c, y, x] = p + ((level * total + 1024) >> 11)
    return out


@pytest.mark.parametrize(("seed", "step"), [(1, 20), (2, 150), (3, 700), (4, 3)])
def test_restored_planes_are_those_of_the_specification(seed: int, step: int) -> None:
    planes, steps = textured(seed), np.array([step, step, step], np.int64)
    coded = np.random.default_rng(seed).integers(0, 2, (3, 5, 7)).astype(np.uint8)
    found = np.empty_like(planes)
    for level in (1, 3):
        restored(planes, changes(planes, coded, steps), level, found)
        np.testing.assert_array_equal(found, by_specification(planes, coded, steps.tolist(), level))
    assert (found != planes).any()


def test_restored_planes_turn_with_the_image() -> None:
    planes, steps = textured(5, (1, 24, 24)).astype(np.int32), np.array([200], np.int64)
    coded = np.ones((1, 6, 6), np.uint8)
    own = changes(planes, coded, steps)
    mirrored = changes(np.ascontiguousarray(planes[:, :, ::-1]), coded, steps)[:, :, ::-1]
    turned = changes(np.ascontiguousarray(planes.transpose(0, 2, 1)), coded, steps)
    # directions that are equally strong are broken one way
    assert (own == mirrored).mean() > 0.98
    assert (own == turned.transpose(0, 2, 1)).mean() > 0.98


def test_each_orientation_has_the_taps_of_the_pairs_that_take_its_place() -> None:
    found = taps().reshape(2, 2, 35, 4, 6, 3)
    plain = found[..., 0, :, :]
    np.testing.assert_array_equal(found[..., 1, :, :], plain[..., [1, 0, 3, 2, 4, 5], :])
    np.testing.assert_array_equal(found[..., 2, :, :], plain[..., [0, 1, 2, 3, 5, 4], :])
    np.testing.assert_array_equal(found[..., 3, :, :], plain[..., [1, 0, 3, 2, 5, 4], :])


def test_restoration_brings_images_nearer(monkeypatch: pytest.MonkeyPatch) -> None:
    images = only(ball(), "rgb")
    images = replace(images, background=None)

    def coded() -> tuple[int, float]:
        data = vcore.compress(images, None, method="views", settings={"step": 500}).data
        found = vcore.open(data)
        errors = [
            (found.read(i).astype(float) - images.read(i, "rgb")) ** 2 for i in images.indices()
        ]
        return len(data), float(np.mean(errors))

    size, error = coded()
    monkeypatch.setattr(
        ImageCoder, "_restored", staticmethod(lambda planes, decoded, *_: (0, decoded))
    )
    size_without, error_without = coded()
    assert error < 0.95 * error_without
    assert size < 1.02 * size_without
