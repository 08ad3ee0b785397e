"""Tests of decoding: regions, levels, missing values, axes, truncated files."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import vcore
from vcore.container import Container
from vcore.errors import InputError, TruncatedError
from vcore.model.pyramid import box_mean
from vcore.testing.measures import SAME, distance, figures, fine_of, random_regions, tolerance
from vcore.testing.methods_case import Case, encoded


class DecodingContract:
    """Every part of a file decodes on its own to the same values."""

    @pytest.mark.parametrize("what", ["bytes", "holes", "tczyx"])
    def test_regions_are_crops(self, case: Case, what: str) -> None:
        ds = vcore.open(encoded(case, what)[1])
        decoder = ds.decoder()
        assert decoder.header.methods == case.method, "the engine coded it by another method"
        for level in range(len(decoder.grids)):
            whole = ds.decode(level=level)
            assert whole.shape == decoder.shape(level)
            for region in random_regions(whole.shape, 12, seed=level):
                off = distance(ds.decode(region, level), whole[region])
                assert off <= tolerance(decoder), f"{region} of level {level} is off by {off:g}"

    def test_chunks_are_crops(self, case: Case) -> None:
        ds = vcore.open(encoded(case, "bytes")[1])
        for level, array in enumerate(ds.levels):
            assert distance(np.asarray(array[...]), ds.decode(level=level)) <= tolerance(
                ds.decoder()
            )

    def test_levels_are_means(self, case: Case) -> None:
        volume, data = encoded(case, "ramp")
        ds = vcore.open(data)
        original = volume.variables[0].read().astype("f8")
        span = original.max() - original.min()
        rms = figures(original, ds.decode())[0]
        for level in range(1, len(ds.grid_levels)):
            mean = box_mean(original, (2**level,) * 3)
            error = figures(mean, ds.decode(level=level))[0]
            assert error <= case.level_error * rms + SAME * span

    def test_levels_line_up(self, case: Case) -> None:
        volume, data = encoded(case, "ramp")
        ds = vcore.open(data)
        spacing, origin = np.array(volume.grid.spacing), np.array(volume.grid.origin)
        original = volume.variables[0].read()
        rms, largest = figures(original, ds.decode())
        rms, largest = (v * max(case.level_error / 1.5, 1) for v in (rms, largest))
        for level, grid in enumerate(ds.grid_levels):
            assert grid.shape == tuple(-(-n // 2**level) for n in volume.grid.shape)
            assert grid.spacing == pytest.approx(spacing * 2**level)
            assert grid.origin == pytest.approx(origin + spacing * (2**level - 1) / 2)
            values = ds.decode(level=level)
            inside = tuple(slice(0, n // 2**level) for n in volume.grid.shape)
            axes = [
                (o + s * np.arange(n) - first) / fine * slope
                for o, s, n, first, fine, slope in zip(
                    grid.origin,
                    grid.spacing,
                    grid.shape,
                    origin,
                    spacing,
                    (1, 0.5, 0.25),
                    strict=True,
                )
            ]
            expected = np.asarray(sum(np.meshgrid(*axes, indexing="ij", sparse=True)))
            own_bias = np.mean(ds.decode(fine_of(inside, level)) - original[fine_of(inside, level)])
            bias = np.mean(values[inside] - expected[inside])
            assert abs(bias) <= abs(own_bias) + 0.1 * rms + 1e-4
            assert figures(expected[inside], values[inside])[1] <= largest + 1e-4

    @pytest.mark.parametrize("what", ["blobs", "holes", "tczyx"])
    def test_points_at_voxels_are_voxels(self, case: Case, what: str) -> None:
        ds = vcore.open(encoded(case, what)[1])
        values, frame = ds.decode(), 0
        if values.ndim > 3:
            frame, values = 1, values[1]
        index = np.argwhere(np.ones(values.shape[-3:]))
        found, gradient = ds.sample(index, frame=frame, gradient=True)
        wanted = np.moveaxis(values.reshape(-1, *values.shape[-3:]), 0, -1).reshape(found.shape)
        wanted = np.where(np.isfinite(wanted), wanted, np.nan)
        assert distance(wanted, found) <= tolerance(ds.decoder()) + SAME * ds.decoder().header.span
        assert gradient.shape == (*found.shape, 3)
        assert np.isfinite(gradient).any()

    def test_region_outside_is_refused(self, case: Case) -> None:
        ds = vcore.open(encoded(case, "blobs")[1])
        outside = (
            (slice(0, 14), slice(None), slice(None)),
            (0, 0, 0, 0),
            (slice(3, 2),),
            (slice(0, 4, 2),),
            9,
        )
        for region in outside:
            with pytest.raises(InputError, match="Expected"):
                ds.decode(region)
        for level in (-1, len(ds.grid_levels)):
            with pytest.raises(InputError, match="level"):
                ds.decode(level=level)

    def test_missing_values_are_kept(self, case: Case) -> None:
        volume, data = encoded(case, "holes")
        original = volume.variables[0].read()
        ds = vcore.open(data)
        decoded = ds.decode()
        here = np.isfinite(original)
        assert np.array_equal(np.isfinite(decoded), here)
        assert np.array_equal(decoded[~here], original[~here], equal_nan=True)
        for level in range(1, len(ds.grid_levels)):
            share = box_mean(here.astype("f8"), (2**level,) * 3)
            assert np.array_equal(np.isfinite(ds.decode(level=level)), share > 0)

    @pytest.mark.parametrize("axes", ["tzyx", "czyx", "tczyx"])
    def test_leading_axes(self, case: Case, axes: str) -> None:
        volume, data = encoded(case, axes)
        original = volume.variables[0].read()
        ds = vcore.open(data)
        assert ds.decoder().header.axes == tuple(axes)
        assert ds.grid.times == volume.grid.times
        decoded = ds.decode()
        assert decoded.shape == original.shape
        for index in np.ndindex(*original.shape[:-3]):
            # each frame must be closer to its own original than to any other
            errors = {
                other: figures(original[other], decoded[index])[0]
                for other in np.ndindex(*original.shape[:-3])
            }
            assert min(errors, key=lambda k: errors[k]) == index
        for level in range(len(ds.grid_levels)):
            assert ds.decode(level=level).shape[:-3] == original.shape[:-3]

    def test_several_variables(self, case: Case) -> None:
        volume, data = encoded(case, "several")
        ds = vcore.open(data)
        assert list(ds.variables) == ["density", "count", "velocity"]
        for variable in volume.variables:
            decoded = ds.decode(variable=variable.name)
            assert decoded.shape == variable.shape
            assert decoded.dtype == variable.dtype
            header = ds.decoder(variable.name).header
            assert (header.unit, header.components) == (variable.unit, variable.components)
            original = variable.read()
            span = float(original.max()) - float(original.min())
            assert figures(original, decoded)[0] < 0.5 * span
        with pytest.raises(InputError, match="density, count, velocity"):
            ds.decode(variable="pressure")

    def test_prefix_opens_coarse(self, case: Case) -> None:
        for what in ("bytes", "holes"):
            _, data = encoded(case, what)
            whole = vcore.open(data)
            levels = range(len(whole.grid_levels))
            values = [whole.decode(level=level) for level in levels]
            assert whole.decoder().available_levels == tuple(levels)
            ends = [s.end for s in Container(data).sections]
            seen: list[tuple[int, ...]] = []
            for end in [Container(data).header_bytes, *ends]:
                for cut in sorted({end - 1, end, min(end + 1, len(data))}):
                    if cut < Container(data).header_bytes:
                        with pytest.raises(TruncatedError):
                            vcore.open(data[:cut])
                        continue
                    part = vcore.open(data[:cut])
                    available = part.decoder().available_levels
                    seen.append(available)
                    for level in levels:
                        if level in available:
                            limit = tolerance(whole.decoder())
                            assert distance(part.decode(level=level), values[level]) <= limit
                        else:
                            with pytest.raises(TruncatedError):
                                part.decode(level=level)
            assert seen[0] == ()
            assert all(set(a) <= set(b) for a, b in pairwise(seen))
            assert seen[-1] == tuple(levels)

    def test_every_short_file_is_refused_or_coarse(self, case: Case) -> None:
        _, data = encoded(case, "blobs")
        size = Container(data).header_bytes
        for cut in {*range(0, size, 7), size - 1}:
            with pytest.raises(vcore.VcoreError):
                vcore.open(data[:cut])
        assert vcore.open(data[: len(data) - 1]).info["truncated"]

    def test_threads_decode_alike(self, case: Case) -> None:
        _, data = encoded(case, "bytes")
        shared = vcore.open(data)
        regions = random_regions(shared.shape, 24, seed=5)
        expected = [vcore.open(data).decode(region) for region in regions]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(shared.decode, regions))
        for a, b in zip(found, expected, strict=True):
            assert np.array_equal(a, b)

    def test_pickles(self, case: Case, tmp_path: Path) -> None:
        _, data = encoded(case, "tzyx")
        path = tmp_path / "v.vcore"
        path.write_bytes(data)
        for ds in (vcore.open(path), vcore.open(data)):
            expected = ds.decode()
            copy = pickle.loads(pickle.dumps(ds))
            assert np.array_equal(copy.decode(), expected)
            assert np.array_equal(pickle.loads(pickle.dumps(ds.decoder())).decode(), expected)
            assert len(pickle.dumps(vcore.open(path))) < 500
