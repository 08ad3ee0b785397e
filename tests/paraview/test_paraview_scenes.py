"""Scenes: a volume at the asked resolution, splats as points, cameras as arrows."""

from pathlib import Path

import numpy as np
import pytest
from made_scene import scene_file
from real_paraview import GOLDEN, missing

import vcore
from benchmarks.screen import screen
from vcore.errors import InputError

pytestmark = pytest.mark.slow

OPENS = """
    reader = OpenDataFile(arguments[0])

    def port(number):
        producer = reader.SMProxy.GetClientSideObject()
        producer.Update(number)
        return producer.GetOutputDataObject(number)

    def arrays(data):
        points = data.GetPointData()
        return {points.GetArrayName(i): vtk_to_numpy(points.GetArray(i))
                for i in range(points.GetNumberOfArrays())}

    def shown():
        reader.UpdatePropertyInformation()
        return plain(reader.Showing)
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of splats with three cameras."""
    return scene_file(tmp_path_factory.mktemp("scenes") / "shell.vcore")


def test_a_volume_at_the_asked_resolution(pvpython, file, tmp_path):
    script = (
        OPENS
        + """
    found = [reader.SMProxy.GetXMLName(), shown()]
    reader.Resolution = 40
    data = port(0)
    np.savez(arguments[1], **arrays(data))
    found += [shown(), list(data.GetDimensions()), list(data.GetSpacing()),
              list(data.GetOrigin()), data.GetPointData().GetScalars().GetName()]
"""
    )
    name, first, second, dimensions, spacing, origin, active = pvpython(
        script, file, tmp_path / "found.npz"
    ).found
    scene = vcore.open(file)
    volume = scene.volume(40)
    shape = " x ".join(map(str, dimensions))
    assert (name, active) == ("VcoreScene", "colour")
    assert "64" in first
    assert second == f"splats, {shape} voxels, 3 cameras"
    assert tuple(dimensions) == volume.grid.shape[::-1]
    np.testing.assert_allclose(spacing, volume.grid.spacing[::-1])
    np.testing.assert_allclose(origin, volume.grid.origin[::-1])
    found = np.load(tmp_path / "found.npz")
    density = volume.density[...]
    assert density.max() > 0
    np.testing.assert_array_equal(found["density"].reshape(density.shape), density)
    colour = found["colour"].reshape(*density.shape, 4)
    assert colour.dtype == np.uint8
    np.testing.assert_array_equal(colour[..., :3], volume.colour[...])
    alpha = 255 * (1 - np.exp(-density * np.sqrt(3) * spacing[0]))
    np.testing.assert_allclose(colour[..., 3], alpha, atol=0.51)


def test_splats_and_cameras_are_points(pvpython, file, tmp_path):
    script = (
        OPENS
        + """
    data, views = port(1), port(2)
    np.savez(arguments[1], points=vtk_to_numpy(data.GetPoints().GetData()), **arrays(data))
    found = [[d.GetClassName(), d.GetNumberOfPoints(), d.GetNumberOfVerts()] for d in (data, views)]
    found += [vtk_to_numpy(views.GetPoints().GetData()).tolist(),
              arrays(views)["direction"].tolist()]
"""
    )
    splats, views, eyes, directions = pvpython(script, file, tmp_path / "found.npz").found
    scene = vcore.open(file)
    own = scene.field.ellipsoids()
    count = len(own.positions)
    assert splats == ["vtkPolyData", count, count]
    assert views == ["vtkPolyData", 3, 3]
    np.testing.assert_allclose(eyes, [c.eye for c in scene.cameras])
    np.testing.assert_allclose(directions, [-c.pose[:3, 2] for c in scene.cameras])
    found = np.load(tmp_path / "found.npz")
    np.testing.assert_array_equal(found["points"], own.positions)
    np.testing.assert_array_equal(found["scale"], own.sigmas)
    np.testing.assert_array_equal(found["quaternion"], own.rotations)
    np.testing.assert_array_equal(found["opacity"], own.opacities)
    np.testing.assert_array_equal(found["colour"], np.rint(255 * own.rgb).astype(np.uint8))
    tensors = found["stretch"].reshape(-1, 3, 3)
    np.testing.assert_allclose(tensors @ tensors, scene.field.splats.covariances(), atol=1e-6)


def test_an_output_is_computed_when_it_is_asked_for_and_kept(pvpython, file):
    script = (
        OPENS
        + """
    import vcore.scenes.volume
    calls, whole = [], vcore.scenes.volume.block
    def counted(field, grid, region):
        calls.append(1)
        return whole(field, grid, region)
    vcore.scenes.volume.block = counted
    producer = reader.SMProxy.GetClientSideObject()
    counts = lambda: [producer.GetOutputDataObject(k).GetNumberOfPoints() for k in range(3)]
    found = []
    for number in (1, 2, 0, 1):
        port(number)
        found.append([len(calls) > 0, *[n > 0 for n in counts()]])
    before = len(calls)
    port(0)
    found.append(len(calls) - before)
"""
    )
    assert pvpython(script, file).found == [
        [False, False, True, False],
        [False, False, True, True],
        [True, True, True, True],
        [True, True, True, True],
        0,
    ]


def test_each_file_comes_to_its_reader(pvpython, file, tmp_path):
    volume = GOLDEN / "gaussian.vcore"
    damaged = tmp_path / "damaged.vcore"
    data = bytearray(file.read_bytes())
    data[-200:] = bytes(200)
    damaged.write_bytes(data)
    script = """
    found = []
    for names in ([arguments[0]], [arguments[1]], [arguments[2]], [arguments[0], arguments[0]]):
        reader = OpenDataFile(names if len(names) > 1 else names[0])
        reader.UpdatePipeline()
        found.append([reader.SMProxy.GetXMLName(), output(reader).GetNumberOfPoints() > 0])
    for make, name in ((vcoreReader, 0), (vcoreScene, 1)):
        reader = make(FileNames=[arguments[name]])
        reader.UpdatePipeline()
        found.append(output(reader).GetNumberOfPoints())
    reader = vcoreScene(FileNames=[arguments[0]])
    reader.Resolution = 16384
    reader.UpdatePipeline()
    found.append(output(reader).GetNumberOfPoints())
"""
    answer = pvpython(script, file, volume, damaged)
    assert answer.found == [
        ["VcoreScene", True],
        ["VcoreReader", True],
        ["VcoreScene", False],
        ["VcoreScene", False],
        0,
        0,
        0,
    ]
    for sentence in (
        "Expected the name of one scene. Got 2 instead",
        f"Expected a compressed volume. {file} is a scene: open it by itself",
        f"Expected a scene. {volume} is a volume: open it by itself",
        "choose a smaller one",
    ):
        assert sentence in answer.output, answer.output
    assert "Traceback" not in answer.output


def test_ranks_share_a_scene(pvpython, mpi_command, file, tmp_path):
    script = """
    from vcore_pv.ranks import rank
    reader = OpenDataFile(arguments[0])
    reader.Resolution = 40
    reader.UpdatePipeline()
    np.savez(f"{arguments[1]}/{rank()}", extent=output(reader).GetExtent(),
             density=values(reader, "density"))
    """
    pvpython(script, file, tmp_path, launch=mpi_command(3, symmetric=True))
    density = vcore.open(file).volume(40).density[...]
    seen = np.zeros(density.shape, bool)
    for rank in range(3):
        part = np.load(tmp_path / f"{rank}.npz")
        x0, x1, y0, y1, z0, z1 = part["extent"]
        box = (slice(z0, z1 + 1), slice(y0, y1 + 1), slice(x0, x1 + 1))
        np.testing.assert_array_equal(part["density"].reshape(density[box].shape), density[box])
        seen[box] = True
    assert seen.all()


def test_pictures_have_the_colours_of_the_scene(pvpython, file, tmp_path):
    from PIL import Image

    script = """
    view = CreateView("RenderView")
    view.ViewSize, view.OrientationAxesVisibility = [300, 300], 0
    reader = OpenDataFile(arguments[0])
    display = Show(reader, view)
    found = [plain(display.Representation), display.MapScalars, list(display.ColorArrayName)]
    curve = GetOpacityTransferFunction("colour")
    found.append(list(curve.Points)[::4])
    Render(view)
    SaveScreenshot(f"{arguments[1]}/volume.png", view)
    curve.Points = [0, 0, 0.5, 0, 99, 1, 0.5, 0]  # kept
    Render(view)
    found.append(list(curve.Points)[::4])
    Hide(reader, view)
    points = Show(OutputPort(reader, 1), view)
    points.PointSize = 6
    found += [points.MapScalars, list(points.ColorArrayName)]
    Render(view)
    SaveScreenshot(f"{arguments[1]}/splats.png", view)
    """
    try:
        with screen((800, 600)) as (display, _):
            found = pvpython(script, file, tmp_path, DISPLAY=display).found
    except InputError as error:
        missing(str(error))
    curves = [0, 255], [0, 99]  # the opacity of the file, then that of the user
    assert found == ["Volume", 0, ["POINTS", "colour"], *curves, 0, ["POINTS", "colour"]]
    for name in ("volume", "splats"):
        picture = np.asarray(Image.open(tmp_path / f"{name}.png").convert("RGB")).astype(int)
        ground = picture[0, 0]
        drawn = picture[np.abs(picture - ground).sum(-1) > 60]
        assert len(drawn) > 3000, name
        assert np.ptp(drawn, axis=0).min() > 100, name  # of all colours, not of one map
