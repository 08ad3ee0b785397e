"""The filter vcore Region and the source vcore Primitives."""

import numpy as np
import pytest
from real_paraview import GOLDEN

import vcore
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

pytestmark = pytest.mark.slow


def test_region_is_decoded_at_full_resolution_beside_a_coarse_view(pvpython, big, tmp_path):
    script = """
        whole = OpenDataFile(arguments[0], Level="2")
        whole.UpdatePipeline()
        calls = counted()
        region = vcoreRegion(Input=whole, Corner=[35, 30, 50], Size=[5, 10, 20])
        region.UpdatePipeline()
        np.save(arguments[1], values(region, "density"))
        found = [calls, region.GetDataInformation().GetBounds(),
                 whole.GetDataInformation().GetBounds()]
    """
    calls, bounds, around = pvpython(script, big, tmp_path / "v.npy").found
    assert calls == [[0, [11, 21, 21]]]
    assert bounds == pytest.approx([35, 40, 30, 40, 50, 70])
    assert around[0] < 35
    assert around[5] > 70
    part = vcore.open(big).decode((slice(20, 31), slice(20, 41), slice(20, 41)))
    assert np.array_equal(np.load(tmp_path / "v.npy"), part.ravel())


def test_region_begins_with_the_middle_and_is_cut_at_the_volume(pvpython, big):
    script = """
        region = vcoreRegion(Input=OpenDataFile(arguments[0]))
        found = [list(region.Corner), list(region.Size)]
        region.UpdatePipeline()
        found.append(region.GetDataInformation().GetExtent())
        region.Corner, region.Size = [0, 0, 0], [31, 21, 12]
        region.UpdatePipeline()
        found.append(region.GetDataInformation().GetExtent())
        region.Level = 1
        region.UpdatePipeline()
        found.append(region.GetDataInformation().GetExtent())
        region.Size = [0, 0, 0]
        region.UpdatePipeline()
        found.append(region.GetDataInformation().GetExtent())
    """
    start, size, middle, corner, coarse, again = pvpython(script, big).found
    assert start == pytest.approx([30 + 0.25 * 32.25, 20 + 0.5 * 25.25, 10 + 2 * 17.25])
    assert size == pytest.approx([0.25 * 64.5, 0.5 * 48.5, 2 * 34.5])
    assert middle == [32, 97, 25, 74, 17, 52]
    assert corner == [0, 4, 0, 2, 0, 1]
    assert coarse[1] == 2
    assert again == [16, 48, 12, 37, 8, 26]


def test_the_first_box_of_a_region_fits_the_memory_limit(pvpython, big):
    script = """
        reader = OpenDataFile(arguments[0], MemoryLimit=1)
        region = vcoreRegion(Input=reader)
        region.UpdatePipeline()
        found = [field(region, "level"), region.GetDataInformation().GetNumberOfPoints()]
        import vcore_pv.region
        own = region.GetClientSideObject()
        own._limit = 100_000
        own._size = (0, 0, 0)
        found.append([s.stop - s.start for s in own._region(0)])
    """
    level, count, small = pvpython(script, big).found
    assert (level, count) == (0, 66 * 50 * 36)
    assert 50_000 < 4 * np.prod(small) < 125_000


def test_region_follows_its_reader_in_time_and_in_its_variables(pvpython, series, tmp_path):
    script = """
        reader = OpenDataFile(arguments[0])
        region = vcoreRegion(Input=reader, Corner=[2, 3, 1], Size=[4, 4, 4])
        found = [list(region.TimestepValues)]
        region.UpdatePipeline(2.0)
        np.save(arguments[1], values(region, "v"))
        data = output(region)
        found += [data.GetExtent(), data.GetInformation().Get(data.DATA_TIME_STEP())]
        reader.Variables = []
        region.UpdatePipeline(2.0)
        found.append(output(region).GetPointData().GetNumberOfArrays())
    """
    times, extent, time, without = pvpython(script, series, tmp_path / "v.npy").found
    assert (times, time) == ([0.0, 0.5, 2.0], 2.0)
    assert extent == [2, 6, 3, 7, 1, 5]
    part = vcore.open(series).decode()[2, :, 1:6, 3:8, 2:7]
    assert np.array_equal(np.load(tmp_path / "v.npy"), part.reshape(2, -1).T)
    assert without == 0


def test_region_finds_its_place_on_a_rectilinear_grid(pvpython, tmp_path):
    grid = Grid.from_coordinates([[0, 1, 4], [0, 2, 3, 7], [1, 2, 4, 8, 16]])
    volume = Volume(grid, (Variable("p", np.full(grid.shape, 3, "f4")),))
    vcore.compress(volume, tmp_path / "r.vcore")
    script = """
        reader = OpenDataFile(arguments[0])
        region = vcoreRegion(Input=reader, Corner=[3, 2, 0], Size=[6, 1, 0.5])
        region.UpdatePipeline()
        found = [region.GetDataInformation().GetBounds()]
        first = vcoreRegion(Input=reader)
        first.UpdatePipeline()
        found.append(first.GetDataInformation().GetBounds())
    """
    chosen, first = pvpython(script, tmp_path / "r.vcore").found
    assert chosen == [2, 16, 2, 3, 0, 1]
    assert first == [2, 8, 2, 3, 0, 4]


def test_region_beside_the_volume_is_told(pvpython, big):
    script = """
        region = vcoreRegion(Input=OpenDataFile(arguments[0]), Corner=[500, 0, 0], Size=[1, 1, 1])
        region.UpdatePipeline()
        found = region.PointData.GetNumberOfArrays()
    """
    answer = pvpython(script, big)
    assert answer.found == 0
    assert "Expected a box that touches the volume." in answer.output


def test_region_of_something_else_is_told(pvpython):
    script = """
        region = vcoreRegion(Input=Wavelet())
        region.UpdatePipeline()
        found = output(region).GetNumberOfPoints()
    """
    answer = pvpython(script)
    assert answer.found == 0
    assert "Expected the vcore Reader as input." in answer.output
    assert "Traceback" not in answer.output


def test_primitives_are_points_with_tensors(pvpython, big, tmp_path):
    script = """
        source = vcorePrimitives(FileName=arguments[0])
        source.UpdatePipeline()
        data = output(source)
        arrays = {n: vtk_to_numpy(data.GetPointData().GetArray(n))
                  for n in ("intensity", "scale", "covariance", "stretch")}
        np.savez(arguments[1], points=vtk_to_numpy(data.GetPoints().GetData()), **arrays)
        found = [data.GetNumberOfVerts(), data.GetPointData().GetTensors().GetName()]
    """
    count, tensors = pvpython(script, big, tmp_path / "p.npz").found
    table = vcore.open(big).primitives
    seen = np.load(tmp_path / "p.npz")
    assert (count, tensors) == (len(table), "stretch")
    assert len(table) > 2
    assert np.allclose(seen["points"], table.centre[:, ::-1])
    assert np.allclose(seen["intensity"], table.intensity[:, 0])
    assert np.allclose(seen["scale"], table.scale)
    covariance = seen["covariance"].reshape(-1, 3, 3)
    assert np.allclose(covariance, table.covariance[:, ::-1, ::-1])
    stretch = seen["stretch"].reshape(-1, 3, 3)
    assert np.allclose(stretch @ stretch, covariance)
    assert np.allclose(np.linalg.eigvalsh(stretch)[:, ::-1], table.scale)


def test_primitives_of_a_time_step(pvpython):
    script = """
        source = vcorePrimitives(FileName=arguments[0])
        found = [list(source.TimestepValues)]
        for time in source.TimestepValues:
            source.UpdatePipeline(time)
            found.append(output(source).GetNumberOfPoints())
    """
    path = GOLDEN / "gaussian_series.vcore"
    times, *counts = pvpython(script, path).found
    table = vcore.open(path).primitives
    assert times == [0, 1, 2, 3]
    assert counts == [int((table.frame == t).sum()) for t in range(4)]


def test_a_tensor_glyph_shows_them(pvpython, big):
    script = """
        source = vcorePrimitives(FileName=arguments[0])
        glyph = TensorGlyph(Input=source, Tensors=["POINTS", "stretch"], GlyphType="Sphere")
        glyph.UpdatePipeline()
        found = [output(source).GetNumberOfPoints(), glyph.GetDataInformation().GetNumberOfPoints()]
    """
    points, glyphs = pvpython(script, big).found
    assert glyphs > points > 0


def test_files_without_primitives_are_told(pvpython):
    script = """
        source = vcorePrimitives(FileName=arguments[0])
        source.UpdatePipeline()
        found = output(source).GetNumberOfPoints()
    """
    answer = pvpython(script, GOLDEN / "linear1.vcore")
    assert answer.found == 0
    assert "Expected a variable made of primitives (method gaussian)." in answer.output
    assert "Traceback" not in answer.output
