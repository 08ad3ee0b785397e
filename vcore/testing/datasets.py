"""Contract suite for datasets: subclass DatasetContract and provide its fixtures."""

import json
import pickle
from typing import Any

import numpy as np
import pytest
import zarr
from numpy.typing import NDArray

from vcore.dataset import Dataset
from vcore.errors import FormatError, InputError, MemoryLimitError, RegionError
from vcore.evaluate.compare import compare_dataset
from vcore.evaluate.verify import verify_dataset
from vcore.model.volume import Volume
from vcore.opening import open_dataset


class DatasetContract:
    """Tests of an open dataset.

    Subclasses override the fixtures ``opened``, ``original``, ``bound`` and ``damaged``. The volume
    should have a time axis and at least two levels, so that these are tested too.

    Examples
    --------
    >>> class TestMine(DatasetContract):
    ...     @pytest.fixture
    ...     def opened(self, tmp_path):
    ...         return write_mine(VOLUME, tmp_path / "mine")
    """

    @pytest.fixture
    def opened(self) -> Any:
        """Source that ``vcore.open`` opens as the dataset."""
        raise NotImplementedError("Override the fixture `opened`.")

    @pytest.fixture
    def original(self) -> Volume:
        """The original volume."""
        raise NotImplementedError("Override the fixture `original`.")

    @pytest.fixture
    def bound(self) -> float:
        """Maximum error of any voxel, in data units."""
        return 0.0

    @pytest.fixture
    def damaged(self) -> Any:
        """The same source with one byte of the stored values changed."""
        raise NotImplementedError("Override the fixture `damaged`.")

    @pytest.fixture
    def dataset(self, opened: Any) -> Dataset:
        """The dataset."""
        return open_dataset(opened)

    @pytest.fixture
    def expected(self, original: Volume) -> NDArray[Any]:
        """Values of the first variable."""
        return original.variables[0].read()

    # as an array

    def test_it_decodes_to_the_original(
        self, dataset: Dataset, original: Volume, bound: float
    ) -> None:
        assert list(dataset.variables) == [v.name for v in original.variables]
        for variable in original.variables:
            found = dataset.decode(variable=variable.name)
            assert found.dtype == variable.dtype
            _assert_close(found, variable.read(), bound)

    def test_it_is_an_array(self, dataset: Dataset, expected: NDArray[Any]) -> None:
        assert dataset.shape == expected.shape
        assert (dataset.dtype, dataset.ndim) == (expected.dtype, expected.ndim)
        assert len(dataset) == len(expected)
        whole = np.asarray(dataset)
        np.testing.assert_array_equal(whole, dataset.decode())
        assert np.asarray(dataset, np.float64).dtype == np.float64
        assert len(list(dataset)) == len(expected)
        for part, same in zip(dataset, whole, strict=True):
            np.testing.assert_array_equal(part, same)

    def test_levels_are_what_is_decoded(self, dataset: Dataset) -> None:
        for name, decoder in dataset.variables.items():
            levels = dataset.levels_of(name)
            assert len(levels) == len(decoder.grids)
            for k, level in enumerate(levels):
                assert level.shape == decoder.shape(k)
                assert level.shape[-3:] == decoder.grids[k].shape
                np.testing.assert_array_equal(
                    level[...], dataset.decode(level=k, variable=name), strict=True
                )
        assert dataset.grid_levels[0].shape == dataset.grid.shape
        np.testing.assert_array_equal(dataset.array[...], dataset.decode())

    def test_regions_are_crops(self, dataset: Dataset) -> None:
        for name, decoder in dataset.variables.items():
            for k in decoder.available_levels:
                whole = dataset.decode(level=k, variable=name)
                for region in _regions(whole.shape):
                    found = dataset.decode(region, level=k, variable=name)
                    np.testing.assert_array_equal(found, whole[region], strict=True)

    def test_it_is_indexed_as_numpy_indexes(self, dataset: Dataset) -> None:
        whole = dataset.decode()
        last = len(whole) - 1
        for key in (0, -1, ..., (..., 0), (slice(None, None, 2), ..., [0, -1]), (last, None)):
            np.testing.assert_array_equal(dataset[key], whole[key])
        with pytest.raises(RegionError):
            _ = dataset[len(whole)]

    def test_what_does_not_fit_into_memory_names_the_levels(
        self, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        need = dataset.decoder().header.nbytes
        monkeypatch.setenv("VCORE_MEMORY_LIMIT", str(2 * need - 1))
        with pytest.raises(MemoryLimitError, match=r"ds\.levels"):
            np.asarray(dataset)
        assert dataset.decode().nbytes == need  # an explicit decode may use all free memory
        monkeypatch.setenv("VCORE_MEMORY_LIMIT", str(need - 1))
        with pytest.raises(MemoryLimitError):
            dataset.decode()

    # as a table of variables

    def test_variables_have_names(self, dataset: Dataset) -> None:
        for name in dataset.variables:
            assert name in dataset
            np.testing.assert_array_equal(dataset[name][...], dataset.decode(variable=name))
        assert "no such variable" not in dataset
        with pytest.raises(InputError, match=", ".join(dataset.variables)):
            _ = dataset["no such variable"]

    def test_what_is_not_there_is_refused(self, dataset: Dataset) -> None:
        with pytest.raises(InputError, match="level"):
            dataset.decode(level=len(dataset.grid_levels))
        with pytest.raises(InputError):
            dataset.decode((slice(0, dataset.shape[0] + 1), ...))
        with pytest.raises(InputError):
            _ = dataset.primitives
        with pytest.raises(InputError):
            dataset.sample([0.0, 0.0])

    def test_places_and_times(self, dataset: Dataset, original: Volume) -> None:
        grid = original.grid
        assert dataset.times == grid.times
        assert dataset.grid.shape == grid.shape
        assert dataset.grid.unit == grid.unit
        np.testing.assert_allclose(dataset.grid.affine, grid.affine)
        for level in dataset.grid_levels[1:]:
            assert all(a > b for a, b in zip(level.spacing, grid.spacing, strict=True))

    def test_points_have_the_values_of_their_voxels(self, dataset: Dataset) -> None:
        for name, decoder in dataset.variables.items():
            frame = decoder.shape()[0] - 1 if "t" in decoder.header.axes else 0
            for level in decoder.available_levels:
                values = dataset.decode(level=level, variable=name)
                grid = decoder.grids[level]
                last = np.array(grid.shape) - 1
                points = grid.affine @ [*last, 1]
                found = dataset.sample(points[:3], name, frame=frame, level=level)
                np.testing.assert_array_equal(
                    found, values[..., -1, -1, -1].reshape(-1)[-found.size :]
                )
                far = dataset.sample(points[:3] + 1e6, name, frame=frame, level=level)
                assert np.isnan(far).all()

    def test_volumes_are_lazy_parts(self, dataset: Dataset) -> None:
        volume = dataset.volume()
        assert [v.name for v in volume.every] == list(dataset.variables)
        np.testing.assert_array_equal(volume.variables[0].read(), dataset.decode())
        name, decoder = next(iter(dataset.variables.items()))
        if "t" in decoder.header.axes:
            last = len(dataset) - 1
            frame = dataset.volume(name, frame=last).variables[0]
            assert "t" not in frame.axes
            np.testing.assert_array_equal(frame.read(), dataset[last])
            with pytest.raises(InputError, match="frame"):
                dataset.volume(name, frame=last + 1)

    # for other tools

    def test_xarray_is_lazy_and_equal(
        self, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pytest.importorskip("xarray")
        with monkeypatch.context() as patched:
            patched.setattr(zarr.Array, "__getitem__", _refuse)
            levels = [dataset.to_xarray(level=k) for k in range(len(dataset.grid_levels))]
        for k, level in enumerate(levels):
            for name in dataset.variables:
                np.testing.assert_array_equal(
                    level[name], dataset.decode(level=k, variable=name), strict=True
                )

    def test_zarr_reads_the_group(self, dataset: Dataset) -> None:
        group = zarr.open_group(dataset.group.store, mode="r")
        arrays = [a for _, a in group.members(max_depth=None) if isinstance(a, zarr.Array)]
        wanted = sum(len(d.grids) for d in dataset.variables.values())
        assert len(arrays) == wanted
        for name in dataset.variables:
            whole = dataset.decode(variable=name)
            assert any(a.shape == whole.shape and np.array_equal(a[...], whole) for a in arrays)

    def test_it_is_pickled(self, dataset: Dataset) -> None:
        again = pickle.loads(pickle.dumps(dataset))
        assert type(again) is type(dataset)
        assert again.info == dataset.info
        assert again.identity == dataset.identity
        np.testing.assert_array_equal(again.decode(), dataset.decode())
        level = pickle.loads(pickle.dumps(dataset.levels[-1]))
        np.testing.assert_array_equal(level[...], dataset.levels[-1][...])

    # metadata, cache and checks

    def test_info_is_json(self, dataset: Dataset, original: Volume) -> None:
        info = json.loads(json.dumps(dataset.info, allow_nan=False))
        assert info["bytes"] == dataset.stored_bytes > 0
        assert info["ratio"] == pytest.approx(dataset.nbytes / info["bytes"])
        assert dataset.nbytes == sum(v.nbytes for v in original.variables)
        for told, variable in zip(info["variables"], original.variables, strict=True):
            assert told["name"] == variable.name
            assert told["unit"] == variable.unit
            assert tuple(told["shape"]) == variable.shape
            assert told["levels"] == [list(a.shape) for a in dataset.levels_of(variable.name)]

    def test_its_repr_is_one_screen(self, dataset: Dataset) -> None:
        first, *others = repr(dataset).splitlines()
        assert first.startswith(f"<vcore.{type(dataset).__name__} ")
        assert len(others) == len(dataset.variables)
        for line, (name, decoder) in zip(others, dataset.variables.items(), strict=True):
            assert f"{name}: {decoder.dtype.name} " in line
            assert " x ".join(map(str, decoder.shape())) in line

    def test_closing_keeps_nothing_and_breaks_nothing(self, opened: Any) -> None:
        with open_dataset(opened) as dataset:
            array, values = dataset.array, dataset.decode()
        np.testing.assert_array_equal(dataset.decode(), values)
        np.testing.assert_array_equal(array[...], values)
        dataset.close()
        dataset.close()
        np.testing.assert_array_equal(dataset.array[...], values)

    def test_the_cache_is_resized(self, dataset: Dataset) -> None:
        dataset.resize_cache(1 << 20)
        assert dataset.cache_bytes == 1 << 20
        np.testing.assert_array_equal(dataset.array[...], dataset.decode())

    def test_damage_is_found(self, dataset: Dataset, damaged: Any) -> None:
        assert dataset.check() > 0
        with pytest.raises(FormatError):
            open_dataset(damaged).check()

    def test_it_is_compared_with_its_original(
        self, dataset: Dataset, original: Volume, bound: float
    ) -> None:
        for variable in dataset.variables:
            figures = compare_dataset(original, dataset, variable)
            assert figures["max_error"] <= bound
            assert figures["bytes"] == dataset.stored_bytes

    def test_it_is_verified(self, dataset: Dataset, original: Volume, bound: float) -> None:
        assert verify_dataset(dataset)["units"] == dataset.check()
        found = verify_dataset(dataset, original)["variables"]
        assert list(found) == list(dataset.variables)
        for figures in found.values():
            assert figures["max_error"] <= bound
            assert figures["same_source"] in (True, None)


def _refuse(*_: Any) -> None:
    raise AssertionError("Values are read that nobody asked for.")


def _assert_close(found: NDArray[Any], wanted: NDArray[Any], bound: float) -> None:
    if bound == 0:
        np.testing.assert_array_equal(found, wanted)
    else:
        np.testing.assert_allclose(found, wanted, rtol=0, atol=bound)


def _regions(shape: tuple[int, ...]) -> list[tuple[slice, ...]]:
    """Return boxes in the middle and at both ends, and a single voxel."""
    return [
        tuple(slice(n // 3, n // 3 + max(n // 2, 1)) for n in shape),
        tuple(slice(0, max(n - 1, 1)) for n in shape),
        tuple(slice(n - 1, n) for n in shape),
        tuple(slice(0, n) for n in shape),
    ]
