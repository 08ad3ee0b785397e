"""The sources vcore Region and vcore Primitives."""

import numpy as np
import pytest
from real_paraview import GOLDEN

import vcore
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume


def test_region_is_decoded_at_full_resolution_beside_a_coarse_view(pvpython, big, tmp_path):
    script = """
        whole = OpenDataFile(arguments[0], Level="2")
        whole.UpdatePipeline()
        calls = counted()
        region = vcoreRegion(FileName=arguments[0], Corner=[35, 30, 50], Size=[5, 10, 20])
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
        region = vcoreRegion(FileName=arguments[0])
        region.UpdatePipeline()
        found = [region.GetDataInformation().GetExtent()]
        region.Corner, region.Size = [0, 0, 0], [31, 21, 12]
        region.UpdatePipeline()
        found.append(region.GetDataInformation().GetExtent())
        region.Level = 1
        region.UpdatePipeline()
        found.append(region.GetDataInformation().GetExtent())
    """
    middle, corner, coarse = pvpython(script, big).found
    assert middle == [32, 97, 25, 74, 17, 52]
    assert corner == [0, 4, 0, 2, 0, 1]
    assert coarse[1] == 2


def test_region_finds_its_place_on_a_rectilinear_grid(pvpython, tmp_path):
    grid = Grid.from_coordinates([[0, 1, 4], [0, 2, 3, 7], [1, 2, 4, 8, 16]])
    volume = Volume(grid, (Variable("p", np.full(grid.shape, 3, "f4")),))
    vcore.compress(volume, tmp_path / "r.vcore")
    script = """
        region = vcoreRegion(FileName=arguments[0], Corner=[3, 2, 0], Size=[6, 1, 0.5])
        region.UpdatePipeline()
        found = region.GetDataInformation().GetBounds()
    """
    assert pvpython(script, tmp_path / "r.vcore").found == [2, 16, 2, 3, 0, 1]


def test_region_beside_the_volume_is_told(pvpython, big):
    script = """
        region = vcoreRegion(FileName=arguments[0], Corner=[500, 0, 0], Size=[1, 1, 1])
        region.UpdatePipeline()
        found = region.PointData.GetNumberOfArrays()
    """
    answer = pvpython(script, big)
    assert answer.found == 0
    assert "Expected a box that touches the volume." in answer.output


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
