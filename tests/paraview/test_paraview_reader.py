"""Opening `.vcore` in a real pvpython: reported information, decoded values, positions."""

import numpy as np
import pytest
from real_paraview import GOLDEN, compressed_file
from volumes import blobs

import vcore
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume


def expected(path, name=None, region=(), level=0):
    return vcore.open(path).decode(region, level, name)


def as_shown(values, fill):
    """Return the values as shown by ParaView: NaN where missing."""
    if fill is None:
        return values
    wide = values.dtype if values.dtype.kind == "f" else "f8" if values.itemsize > 2 else "f4"
    return np.where(values == fill, np.nan, values).astype(wide)


@pytest.mark.slow
def test_open_shows_the_values_of_the_file(pvpython, big, tmp_path):
    script = """
        reader = OpenDataFile(arguments[0])
        reader.UpdatePipeline()
        np.save(arguments[1], values(reader, "density"))
        data = output(reader)
        found = [data.GetClassName(), data.GetExtent(), data.GetSpacing(), data.GetOrigin(),
                 reader.GetXMLName()]
    """
    found = pvpython(script, big, tmp_path / "v.npy").found
    assert found[:2] == ["vtkImageData", [0, 129, 0, 99, 0, 69]]
    assert found[2] == pytest.approx([0.25, 0.5, 2.0])
    assert found[3] == pytest.approx([30.0, 20.0, 10.0])
    assert found[4] == "VcoreReader"
    assert np.array_equal(np.load(tmp_path / "v.npy"), expected(big).ravel())


@pytest.mark.slow
def test_a_grid_of_several_is_chosen(pvpython, tmp_path):
    script = """
        reader = OpenDataFile(arguments[0])
        reader.UpdatePipeline()
        choices = list(reader.GetProperty("GridChoices"))
        found = [choices]
        for choice in choices:
            reader.Grid = choice
            reader.UpdatePipelineInformation()
            reader.UpdatePipeline()
            data = output(reader)
            names = [data.GetPointData().GetArrayName(i)
                     for i in range(data.GetPointData().GetNumberOfArrays())]
            np.save(f"{arguments[1]}/{len(found)}.npy", values(reader, names[0]))
            found.append([names, data.GetExtent(), list(reader.TimestepValues)])
    """
    path = GOLDEN / "grids.vcore"
    choices, *seen = pvpython(script, path, tmp_path).found
    assert choices == ["0: 6 x 5 x 3 (U)", "1: 66 x 3 x 2 (T, mask)", "2: 7 x 4 x 1 (ps)"]
    assert [names for names, _, _ in seen] == [["U"], ["T", "mask"], ["ps"]]
    assert [extent[1::2] for _, extent, _ in seen] == [[5, 4, 2], [65, 2, 1], [6, 3, 0]]
    assert [times for _, _, times in seen] == [[0, 6], [0, 6], [0, 1, 2]]
    for number, name in enumerate(("U", "T", "ps"), 1):
        wanted = expected(path, name)[0]
        assert np.array_equal(np.load(tmp_path / f"{number}.npy"), wanted.ravel())


@pytest.mark.slow
def test_every_golden_file_opens(pvpython, tmp_path):
    """In one process, since each start of ParaView takes seconds."""
    paths = sorted(GOLDEN.glob("*.vcore"))
    script = """
        found = []
        for path in arguments[1:]:
            print("opening", path, flush=True)
            reader = OpenDataFile(path)
            times = list(reader.TimestepValues or [])
            reader.UpdatePipeline(times[-1] if times else 0)
            data = output(reader)
            attributes = data.GetPointData()
            cells = not attributes.GetNumberOfArrays()
            attributes = data.GetCellData() if cells else attributes
            arrays = {attributes.GetArrayName(i): vtk_to_numpy(attributes.GetArray(i))
                      for i in range(attributes.GetNumberOfArrays())}
            np.savez(f"{arguments[0]}/{len(found)}.npz", *arrays.values())
            found.append(list(arrays))
            Delete(reader)
    """
    found = pvpython(script, tmp_path, *paths).found
    assert len(found) == len(paths) > 20
    for number, (path, names) in enumerate(zip(paths, found, strict=True)):
        dataset = vcore.open(path)
        first = [n for n, d in dataset.variables.items() if d.header.grid_number == 0]
        assert names == first, path
        seen = np.load(tmp_path / f"{number}.npz")
        for place, variable in enumerate(names):
            values = dataset.decode(variable=variable)
            axes = dataset.variables[variable].header.axes
            values = as_shown(values, dataset.variables[variable].header.fill_value)
            values = values[-1] if "t" in axes else values
            values = values.astype("f4") if values.dtype == "f2" else values
            values = values.astype("u1") if values.dtype == bool else values
            got = seen[f"arr_{place}"]
            assert got.dtype == values.dtype, path
            if "c" in axes:
                values = np.moveaxis(values, 0, -1).reshape(-1, len(values))
                got = got.reshape(values.shape)
            same = np.array_equal(got, values.reshape(got.shape), equal_nan=got.dtype.kind == "f")
            assert same, path


@pytest.mark.slow
def test_information_decodes_nothing(pvpython, big):
    script = """
        calls = counted()
        reader = OpenDataFile(arguments[0])
        reader.UpdatePipelineInformation()
        information = [list(reader.GetPropertyValue(n)) for n in ("LevelChoices", "Variables")]
        before = len(calls)
        reader.UpdatePipeline()
        found = [information, before, calls]
    """
    (levels, names), before, calls = pvpython(script, big).found
    assert levels == ["Auto", "0: 130 x 100 x 70", "1: 65 x 50 x 35", "2: 33 x 25 x 18"]
    assert names == ["density"]
    assert before == 0
    assert sum(np.prod(shape) for _, shape in calls) == 70 * 100 * 130


@pytest.mark.slow
def test_only_the_voi_is_decoded(pvpython, big, tmp_path):
    script = """
        calls = counted()
        reader = OpenDataFile(arguments[0])
        reader.VOI = [10, 29, 40, 49, 5, 9]
        reader.UpdatePipeline()
        np.save(arguments[1], values(reader, "density"))
        found = [calls, reader.GetDataInformation().GetExtent(),
                 reader.GetDataInformation().GetBounds()]
    """
    calls, extent, bounds = pvpython(script, big, tmp_path / "v.npy").found
    assert calls == [[0, [5, 10, 20]]]
    assert extent == [10, 29, 40, 49, 5, 9]
    assert bounds == pytest.approx([32.5, 37.25, 40, 44.5, 20, 28])
    part = expected(big, region=(slice(5, 10), slice(40, 50), slice(10, 30)))
    assert np.array_equal(np.load(tmp_path / "v.npy"), part.ravel())


@pytest.mark.slow
def test_extract_subset_reaches_the_decoder(pvpython, big):
    script = """
        calls = counted()
        reader = OpenDataFile(arguments[0])
        subset = ExtractSubset(Input=reader, VOI=[100, 109, 0, 19, 60, 69])
        subset.UpdatePipeline()
        found = [calls, float(values(subset, "density").sum())]
    """
    calls, total = pvpython(script, big).found
    assert calls == [[0, [10, 20, 10]]]
    part = expected(big, region=(slice(60, 70), slice(0, 20), slice(100, 110)))
    assert total == pytest.approx(part.sum(dtype="f8"), rel=1e-6)


@pytest.mark.slow
def test_levels_overlay_each_other(pvpython, big, tmp_path):
    script = """
        reader = OpenDataFile(arguments[0])
        found = []
        for level in ("0: 130 x 100 x 70", "1", 2):
            reader.Level = str(level)
            reader.UpdatePipeline()
            data = output(reader)
            found.append([data.GetDimensions(), data.GetSpacing(), data.GetOrigin(),
                          field(reader, "level")])
        np.save(arguments[1], values(reader, "density"))
    """
    found = pvpython(script, big, tmp_path / "v.npy").found
    grids = vcore.open(big).decoder().grids
    assert len(grids) == 3
    for level, (shape, spacing, origin, told) in enumerate(found):
        assert shape == list(grids[level].shape[::-1])
        assert spacing == pytest.approx(grids[level].spacing[::-1])
        assert origin == pytest.approx(grids[level].origin[::-1])
        assert told == level
    assert np.array_equal(np.load(tmp_path / "v.npy"), expected(big, level=2).ravel())


@pytest.mark.slow
def test_auto_level_weighs_the_extent_against_the_memory_limit(pvpython, big):
    script = """
        calls = counted()
        reader = OpenDataFile(arguments[0])
        found = []
        for limit, voi in ((4, None), (3, None), (1, None), (1, [0, 39, 0, 39, 0, 39])):
            reader.MemoryLimit = limit
            reader.VOI = voi or [0, -1, 0, -1, 0, -1]
            reader.UpdatePipeline()
            found.append(field(reader, "level"))
    """
    # 3.64 MB at level 0, 0.46 MB at level 1
    assert pvpython(script, big).found == [0, 1, 1, 0]


@pytest.mark.slow
def test_time_is_snapped_and_told(pvpython, series, tmp_path):
    script = """
        reader = OpenDataFile(arguments[0])
        found = [list(reader.TimestepValues)]
        for time in (-1, 0.0, 0.49, 0.5, 1.99, 2.0, 9.0):
            reader.UpdatePipeline(time)
            data = output(reader)
            found.append(data.GetInformation().Get(data.DATA_TIME_STEP()))
        array = data.GetPointData().GetArray("v")
        found.append([array.GetComponentName(c) for c in range(array.GetNumberOfComponents())])
        found.append(array.GetInformation().Get(array.UNITS_LABEL()))
        found.append([field(reader, "unit of v"), field(reader, "unit of time")])
        np.save(arguments[1], vtk_to_numpy(array))
    """
    found = pvpython(script, series, tmp_path / "v.npy").found
    assert found[0] == [0.0, 0.5, 2.0]
    assert found[1:8] == [0.0, 0.0, 0.0, 0.5, 0.5, 2.0, 2.0]
    assert found[8:] == [["u", "w"], "m/s", ["m/s", "second"]]
    last = np.moveaxis(expected(series)[-1], 0, -1).reshape(-1, 2)
    assert np.array_equal(np.load(tmp_path / "v.npy"), last)


@pytest.mark.slow
def test_a_time_step_that_was_seen_is_not_decoded_again(pvpython, series):
    script = """
        calls = counted()
        reader = OpenDataFile(arguments[0])
        for time in (0.0, 0.5, 0.0, 0.5):
            reader.UpdatePipeline(time)
        found = len(calls)
    """
    assert pvpython(script, series).found == 2


@pytest.mark.slow
def test_files_of_a_series_are_its_time_steps(pvpython, tmp_path):
    paths = []
    for number in range(3):
        volume = Volume.from_array(np.float32(blobs((6, 7, 8), seed=number)), name="rho")
        paths.append(compressed_file(tmp_path / f"run_{number}.vcore", volume))
    script = """
        reader = OpenDataFile(arguments)
        found = [list(reader.TimestepValues)]
        for time in (0, 1, 2):
            reader.UpdatePipeline(time)
            found.append(float(values(reader, "rho").sum()))
    """
    times, *sums = pvpython(script, *paths).found
    assert times == [0.0, 1.0, 2.0]
    assert sums == pytest.approx([expected(p).sum(dtype="f8") for p in paths], rel=1e-6)
    assert len(set(sums)) == 3


@pytest.mark.slow
def test_only_selected_variables_are_decoded(pvpython):
    script = """
        calls = counted()
        reader = OpenDataFile(arguments[0])
        reader.Variables = ["count"]
        reader.UpdatePipeline()
        found = [calls, list(reader.PointData.keys())]
    """
    calls, names = pvpython(script, GOLDEN / "two_variables.vcore").found
    assert calls == [[0, [7, 9, 6]]]
    assert names == ["count"]


@pytest.mark.slow
def test_cell_values_lie_on_cells(pvpython, tmp_path):
    grid = Grid((3, 4, 5), (1.0, 2.0, 4.0), origin=(0.5, 1.0, 2.0))
    variable = Variable("p", np.full(grid.shape, 3, "f4"), association="cell")
    vcore.compress(Volume(grid, (variable,)), tmp_path / "cells.vcore")
    script = """
        reader = OpenDataFile(arguments[0])
        reader.VOI = [1, 2, 0, -1, 0, -1]
        reader.UpdatePipeline()
        data = output(reader)
        found = [data.GetExtent(), data.GetBounds(), data.GetCellData().GetArray("p").GetRange(),
                 data.GetNumberOfCells(), data.GetPointData().GetNumberOfArrays()]
    """
    extent, bounds, range_, cells, points = pvpython(script, tmp_path / "cells.vcore").found
    assert extent == [1, 3, 0, 4, 0, 3]
    assert bounds == pytest.approx([4, 12, 0, 8, 0, 3])
    assert (range_, cells, points) == ([3, 3], 2 * 4 * 3, 0)


@pytest.mark.slow
@pytest.mark.parametrize("cells", [False, True])
def test_coordinates_make_a_rectilinear_grid(pvpython, tmp_path, cells):
    grid = Grid.from_coordinates([[0, 1, 4], [0, 2, 3, 7], [1, 2, 4, 8, 16]])
    association = "cell" if cells else "point"
    variable = Variable("p", np.full(grid.shape, 3, "f4"), association=association)
    vcore.compress(Volume(grid, (variable,)), tmp_path / "r.vcore")
    script = """
        reader = OpenDataFile(arguments[0])
        reader.UpdatePipeline()
        data = output(reader)
        found = [data.GetClassName(), *(vtk_to_numpy(getattr(data, f"Get{a}Coordinates")()).tolist()
                 for a in "XYZ"), values(reader, "p", cells=arguments[1] == "True").size]
        reader.VOI = [1, 2, 0, 1, 0, 0]
        reader.UpdatePipeline()
        found.append(vtk_to_numpy(output(reader).GetXCoordinates()).tolist())
    """
    kind, x, _y, z, size, part = pvpython(script, tmp_path / "r.vcore", cells).found
    assert (kind, size) == ("vtkRectilinearGrid", 60)
    if cells:
        assert x == pytest.approx([0.5, 1.5, 3, 6, 12, 20])
        assert part == pytest.approx([1.5, 3, 6])
    else:
        assert x == [1, 2, 4, 8, 16]
        assert z == [0, 1, 4]
        assert part == [2, 4]


@pytest.mark.slow
def test_direction_matrices_turn_the_image(pvpython, tmp_path):
    turned = ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0))  # 90 degrees about z
    grid = Grid((3, 4, 5), (1.0, 2.0, 3.0), (7.0, 8.0, 9.0), turned)
    volume = Volume(grid, (Variable("p", np.full(grid.shape, 3, "f4")),))
    vcore.compress(volume, tmp_path / "d.vcore")
    script = """
        reader = OpenDataFile(arguments[0])
        reader.UpdatePipeline()
        data = output(reader)
        found = [data.GetPoint(data.ComputePointId([4, 3, 2]))]
    """
    (point,) = pvpython(script, tmp_path / "d.vcore").found
    corner = grid.affine @ [2, 3, 4, 1]
    assert point == pytest.approx(corner[:3][::-1])
