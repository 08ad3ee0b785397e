"""Values, voxel by voxel, written jointly by several processes."""

import numpy as np
import pytest

import vcore
from vcore import io
from vcore.io.vtk_write import edges
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

pytestmark = pytest.mark.slow

EXACT = 'Method="bounded", Budget="Largest error (data units)", BudgetValue=0'
SHAPE = (7, 5, 11)
TURNED = ((1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0))


def exact(path, volume):
    vcore.compress(volume, path, method="bounded", budget=vcore.Budget(max_error=0))
    return path


@pytest.fixture(scope="session")
def sources(folder, program):
    """Return files by name: steps, cells of uneven sizes, fewer voxels than processes, an image."""
    rng = np.random.default_rng(4)
    steps = rng.integers(1, 2000, (3, 2, *SHAPE)).astype("i2")
    grid = Grid(SHAPE, (2.0, 1.0, 0.5), (3.0, 2.0, 1.0), TURNED, times=(0.0, 0.5, 2.0))
    places = [[0, 1, 3, 7], [0, 2, 3, 7, 9], [1, 2, 4, 8, 16, 17, 19]]
    uneven = Grid.from_coordinates(places)
    z, y, x = np.meshgrid(*places, indexing="ij")
    cells = np.float32(z + 10 * y + 100 * x)
    tiny = Grid((1, 2, 3))
    image = Volume(
        Grid(SHAPE, origin=(1.0, 2.0, 3.0)),
        (Variable("a", steps[0, 0]), Variable("b", np.float32(steps[1]) / 8, tuple("czyx"))),
    )
    io.write(image, folder / "image.vti")
    found = {
        "steps": Volume(grid, (Variable("v", steps, tuple("tczyx")),)),
        "cells": Volume(uneven, (Variable("c", cells, association="cell"),)),
        "tiny": Volume(tiny, (Variable("t", np.arange(1, 7, dtype="u1").reshape(1, 2, 3)),)),
        "other": Volume(replace_times(grid), (Variable("v", steps[1, 0]),)),
        "first": Volume(replace_times(grid), (Variable("v", steps[0, 0]),)),
    }
    paths = {name: exact(folder / f"ranks-{name}.vcore", v) for name, v in found.items()}
    return {**paths, "image": folder / "image.vti"}


def replace_times(grid):
    return Grid(grid.shape, grid.spacing, grid.origin, grid.direction)


SAVES = f"""
    folder, *paths = arguments
    names = ("steps", "cells", "tiny", "image", "first", "other")
    readers = dict(zip(names, map(OpenDataFile, paths)))
    options = dict({EXACT})
    for name in ("steps", "cells", "tiny", "image"):
        SaveData(f"{{folder}}/{{name}}.vcore", proxy=readers[name], **options)
    readers["steps"].UpdatePipeline(0.5)
    SaveData(f"{{folder}}/step.vcore", proxy=readers["steps"], WriteAllTimeSteps=0, **options)
    # filters between, with ghosts asked for by another consumer
    made = vcoreCompress(Input=readers["first"], **options)
    gradient = Gradient(Input=readers["first"], ScalarArray=["POINTS", "v"])
    gradient.UpdatePipeline()
    SaveData(f"{{folder}}/made.vcore", proxy=made, **options)
    error = vcoreError(Input=made, Decoded=readers["other"])
    SaveData(f"{{folder}}/error.vcore", proxy=error, **options)
    subset = ExtractSubset(Input=error, VOI=[2, 9, 1, 4, 3, 6])
    SaveData(f"{{folder}}/subset.vcore", proxy=subset, **options)
    shifted = vcoreError(Input=readers["image"], Decoded=readers["other"])
    shifted.UpdatePipeline()
    found = field(error, "MSE of v")
"""


RANKS = [
    pytest.param(1, False, marks=pytest.mark.slow),
    (2, False),
    pytest.param(3, False, marks=pytest.mark.slow),
    pytest.param(4, True, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("ranks", "symmetric"), RANKS)
def test_what_ranks_write_is_the_source(pvpython, mpi_command, sources, tmp_path, ranks, symmetric):
    names = ("steps", "cells", "tiny", "image", "first", "other")
    answer = pvpython(
        SAVES,
        tmp_path,
        *(sources[n] for n in names),
        launch=mpi_command(ranks, symmetric),
        VCORE_PYTHON="",
    )
    for name in ("steps", "cells", "tiny"):
        source, written = vcore.open(sources[name]), vcore.open(tmp_path / f"{name}.vcore")
        assert np.array_equal(written.decode(), source.decode()), name
        if name != "cells":  # VTK stores their edges
            assert np.allclose(written.grid.affine, source.grid.affine)
        assert written.grid.times == source.grid.times
    for k, centres in enumerate(vcore.open(sources["cells"]).grid.coordinates):
        between = edges(np.array(centres), 1.0)
        seen = vcore.open(tmp_path / "cells.vcore").grid.coordinates[k]
        assert seen == pytest.approx((between[1:] + between[:-1]) / 2)
    image, written = io.read(sources["image"]), vcore.open(tmp_path / "image.vcore")
    for name in "ab":
        assert np.array_equal(written.decode(variable=name), image[name].read())
    steps, first, other = (vcore.open(sources[n]).decode() for n in ("steps", "first", "other"))
    assert np.array_equal(vcore.open(tmp_path / "step.vcore").decode(), steps[1:2])
    assert np.array_equal(vcore.open(tmp_path / "made.vcore").decode(), first)
    difference = np.float32(other) - first
    assert np.array_equal(vcore.open(tmp_path / "error.vcore").decode(), difference)
    part = vcore.open(tmp_path / "subset.vcore")
    assert np.array_equal(part.decode(), difference[3:7, 1:5, 2:10])
    affine = vcore.open(sources["first"]).grid.affine
    assert np.allclose(part.grid.origin, affine[:3] @ [3, 1, 2, 1])
    assert answer.found == pytest.approx(np.square(difference.astype("f8")).mean())
    assert "Expected two inputs in one place" in answer.output  # the y axis is reversed


PIECES = f"""
    from vcore_pv import ranks
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.util.numpy_support import numpy_to_vtk
    options, me = dict({EXACT}), ranks.rank()

    def source(first, second, kinds=("f4", "f4"), whole=None, move=0, blank=()):
        '''Return a source of which each process has the columns from .. to.'''
        data = vtkImageData()
        data.SetOrigin(1 + move * me, 2, 3)
        data.SetDirectionMatrix([1, 0, 0, 0, -1, 0, 0, 0, 1])
        columns = (first, second)[me]
        if columns:
            data.SetExtent(columns[0], columns[1], 0, 3, 0, 2)
            z, y, x = np.mgrid[0:3, 0:4, columns[0] : columns[1] + 1]
            array = numpy_to_vtk((x + 100 * y + 1000 * z).astype(kinds[me]).ravel(), deep=1)
            array.SetName("v")
            data.GetPointData().AddArray(array)
            ghosts = np.zeros(x.size, np.uint8)
            ghosts[list(blank)] = 2  # HIDDENPOINT
            if blank:
                array = numpy_to_vtk(ghosts, deep=1)
                array.SetName("vtkGhostType")
                data.GetPointData().AddArray(array)
        producer = TrivialProducer()
        inner = producer.GetClientSideObject()
        inner.SetOutput(data)
        if whole:
            inner.SetWholeExtent(*whole)
        return producer

    def save(name, proxy):
        SaveData(f"{{arguments[0]}}/{{name}}.vcore", proxy=proxy, **options)

    save("uneven", source((0, 2), (2, 9)))
    save("second", source(None, (0, 9)))
    save("long", source((0, 2), (2, 9), ("i8", "i8")))
    save("blank", source((0, 2), (2, 9), blank=(4,)))
    save("hole", source((0, 2), (4, 9)))
    save("types", source((0, 2), (2, 9), ("i4", "f4")))
    save("places", source((0, 2), (2, 9), move=0.5))
    whole = (0, 9, 0, 3, 0, 2)
    uneven = source((0, 2), (2, 9), whole=whole)
    save("made", vcoreCompress(Input=uneven, **options))
    reader = OpenDataFile(f"{{arguments[0]}}/uneven.vcore")
    calculated = Calculator(Input=reader, Function="v+1", ResultArrayName="v")
    calculated.ResultArrayType = "Float"
    error = vcoreError(Input=uneven, Decoded=calculated)
    save("error", error)
    torn = vcoreError(Input=source((0, 2), (4, 9), whole=whole), Decoded=reader)
    torn.UpdatePipeline()
    ranks.exchanged(me)
    found = me
"""


def test_pieces_are_put_together_or_refused(pvpython, mpi_command, tmp_path):
    answer = pvpython(PIECES, tmp_path, launch=mpi_command(2, True), VCORE_PYTHON="")
    z, y, x = np.mgrid[0:3, 0:4, 0:10]
    values = x + 100 * y + 1000 * z
    for name in ("uneven", "second", "long", "made"):
        dataset = vcore.open(tmp_path / f"{name}.vcore")
        assert np.array_equal(dataset.decode(), values), name
        assert dataset.grid.origin == (3, 2, 1)
        assert dataset.grid.direction == TURNED
    assert vcore.open(tmp_path / "long.vcore").decoder().dtype == "i4"
    assert np.array_equal(vcore.open(tmp_path / "error.vcore").decode(), np.ones_like(values))
    blank = np.float32(values)
    blank[0, 1, 1] = blank[0, 0, 6] = np.nan  # point 4 of each process
    seen = vcore.open(tmp_path / "blank.vcore").decode()
    assert np.array_equal(seen, blank, equal_nan=True)
    for name in ("hole", "types", "places"):
        assert not (tmp_path / f"{name}.vcore").exists()
    hole = "Expected pieces that make up all 120 points of the array 'v'. Got none that has 12 of"
    assert answer.output.count(hole) == 2  # from the writer and from vcore Error
    assert "the first at x 3, y 0, z 0, instead" in answer.output
    assert "Expected pieces of one type of the array 'v'. Got int32" in answer.output
    assert "Expected pieces of one grid" in answer.output
    assert "Traceback" not in answer.output
