"""Image collections: which reader opens them, parameters in the panel, ParaView's clock."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_images import ball, only
from real_paraview import GOLDEN

import vcore
from vcore.collections.images import Channel, Images
from vcore.collections.parameters import Parameter

pytestmark = pytest.mark.slow

OPENS = """
    reader = OpenDataFile(arguments[0])

    def shown():
        reader.UpdatePropertyInformation()
        return plain(reader.Showing)

    def picture(name):
        width, height = (n + 1 for n in output(reader).GetExtent()[1:4:2])
        return np.squeeze(values(reader, name).reshape(height, width, -1)[::-1])
"""


@pytest.fixture(scope="module")
def ball_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a lossless collection with a colour, a depth in mm, and a hole."""
    path = tmp_path_factory.mktemp("images") / "ball.vcore"
    vcore.compress(ball(), path, max_error=0)
    return path


def coded(path: Path, *parameters: Parameter) -> Path:
    """Write images of one pixel whose grey tells their index."""
    shape = tuple(len(p) for p in parameters)

    def read(index, channel):
        grey = int(np.ravel_multi_index(index, shape)) % 256
        return np.full((1, 1, 3), grey, np.uint8)

    images = Images(parameters, (1, 1), (Channel("rgb", np.dtype("u1")),), read)
    vcore.compress(images, path, max_error=0)
    return path


def test_a_collection_gives_its_parameters(pvpython, ball_file):
    script = (
        OPENS
        + """
    get = reader.GetPropertyValue
    names = [get(f"Parameter{k}") for k in (1, 2)]
    reader.UpdatePipeline()
    data = output(reader)
    depth = data.GetPointData().GetArray("depth")
    found = [
        reader.SMProxy.GetXMLName(), list(get("ParameterKinds")), names,
        list(get("Numbers1")), list(reader.TimestepValues), list(data.GetExtent()),
        list(data.GetSpacing()), data.GetPointData().GetScalars().GetName(),
        depth.GetInformation().Get(depth.UNITS_LABEL()), shown(), field(reader, "showing"),
    ]
"""
    )
    assert pvpython(script, ball_file).found == [
        "VcoreImages",
        [1, 0, 0, 0, 0, 0, 0, 0],
        ["phi, degree", ""],
        [0, 90, 180, 270],
        [0, 0.5, 2],
        [0, 51, 0, 39, 0, 0],
        [1, 1, 1],
        "rgb",
        "mm",
        "time = 0, phi = 0",
        "time = 0, phi = 0",
    ]


def test_images_are_those_of_the_file_and_upright(pvpython, ball_file, tmp_path):
    script = (
        OPENS
        + """
    pictures, times, texts = {}, [], []
    for number, (phi, time, blend) in enumerate(
        [(90, 0, 0), (130, 1.4, 0), (-10, 99, 0), (130, 1.4, 1)]
    ):
        reader.Value1, reader.Blend = phi, blend
        reader.UpdatePipeline(time)
        for name in ("rgb", "depth"):
            pictures[f"{name}{number}"] = picture(name)
        times.append(output(reader).GetInformation().Get(vtkDataObject.DATA_TIME_STEP()))
        texts.append(shown())
    np.savez(arguments[1], **pictures)
    found = [times, texts]
"""
    )
    script = "    from vtkmodules.vtkCommonDataModel import vtkDataObject\n" + script
    times, texts = pvpython(script, ball_file, tmp_path / "pictures.npz").found
    pictures = np.load(tmp_path / "pictures.npz")
    collection = vcore.open(ball_file)
    asked = [(90, 0.0, False), (130, 1.4, False), (-10, 2.0, False), (130, 1.4, True)]
    for number, (phi, time, blend) in enumerate(asked):
        for name in ("rgb", "depth"):
            expected = collection.image(phi=phi, time=time, channel=name, blend=blend)
            found = pictures[f"{name}{number}"]
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found, expected)
    assert np.isnan(pictures["depth0"]).any()
    assert times == [0, 2, 2, 1.4]
    assert texts == [
        "time = 0, phi = 90",
        "time = 2, phi = 90",
        "time = 2, phi = 0",
        "time = 1.4, phi = 130, blended from 3 images",
    ]


def test_a_hole_is_told_once_and_its_neighbour_shown(pvpython, ball_file):
    script = (
        OPENS
        + """
    reader.Value1 = 180
    found = []
    for time in (0.5, 2, 0.5):
        reader.UpdatePipeline(time)
        found.append(shown())
"""
    )
    answer = pvpython(script, ball_file)
    hole, there, again = answer.found
    assert there == "time = 2, phi = 180"
    assert hole == again
    assert hole == "time = 0, phi = 180, the nearest to time = 0.5, phi = 180"
    assert answer.output.count("has a hole") == 1


def test_labels_and_values_by_name(pvpython, tmp_path):
    """A list for labels; by name also the parameters that the panel has no place for."""
    many = [Parameter(f"p{k}", (0.0, 1.0)) for k in range(1, 9)]
    path = coded(
        tmp_path / "many.vcore", Parameter("tf", ("fire", "ice")), *many, Parameter("one", (7.0,))
    )
    script = (
        OPENS
        + """
    found = [list(reader.GetPropertyValue("ParameterKinds")),
             [plain(n) for n in reader.GetPropertyValue("Labels1")], plain(reader.Label1)]
    for label, named in (("ice", []), ("ice", ["p8", "1", "tf", "fire"]), ("ice", ["p9", "1"]),
                         ("air", [])):
        reader.Label1, reader.Values = label, named
        reader.UpdatePipeline()
        grey = picture("rgb") if output(reader).GetNumberOfPoints() else [-1]
        found.append([int(grey[0]), shown()])
"""
    )
    answer = pvpython(script, path)
    kinds, labels, first, by_list, by_name, unknown, no_label = answer.found
    assert (kinds, labels, first) == ([2] + [1] * 7, ["fire", "ice"], "fire")
    zeros = ", ".join(f"p{k} = 0" for k in range(1, 8))
    assert by_list == [0, f"tf = ice, {zeros}, p8 = 0, one = 7"]  # 256 modulo 256
    assert by_name == [1, f"tf = fire, {zeros}, p8 = 1, one = 7"]
    assert unknown == no_label == [-1, ""]
    assert "Expected values of tf, p1" in answer.output
    assert "Expected tf to be one of fire, ice. Got 'air' instead" in answer.output


def test_a_time_set_by_name_does_not_follow_the_clock(pvpython, ball_file):
    script = (
        OPENS
        + """
    reader.Values = ["time", "2"]
    reader.UpdatePipeline(0.5)
    found = [shown(), list(reader.TimestepValues or [])]
"""
    )
    assert pvpython(script, ball_file).found == ["time = 2, phi = 0", []]


def test_each_file_comes_to_its_reader(pvpython, ball_file, tmp_path):
    whole = ball_file.read_bytes()
    cut, damaged = tmp_path / "cut.vcore", tmp_path / "damaged.vcore"
    cut.write_bytes(whole[:300])
    damaged.write_bytes(whole[: len(whole) // 2] + bytes(64) + whole[len(whole) // 2 + 64 :])
    volume = GOLDEN / "gaussian.vcore"
    script = """
    from paraview.simple import _create_func
    found = []
    for names in ([arguments[0]], [arguments[1]], [arguments[2]], [arguments[3]],
                  [arguments[0], arguments[0]], [arguments[1], arguments[0]]):
        reader = OpenDataFile(names if len(names) > 1 else names[0])
        reader.UpdatePipeline()
        found.append([reader.SMProxy.GetXMLName(), output(reader).GetNumberOfPoints() > 0])
    reader = vcoreReader(FileNames=[arguments[0]])
    reader.UpdatePipeline()
    found.append(output(reader).GetNumberOfPoints())
    reader = vcoreImages(FileNames=[arguments[1]])
    reader.UpdatePipeline()
    found.append(output(reader).GetNumberOfPoints())
"""
    answer = pvpython(script, ball_file, volume, cut, damaged)
    assert answer.found == [
        ["VcoreImages", True],
        ["VcoreReader", True],
        ["VcoreReader", False],
        ["VcoreImages", False],
        ["VcoreImages", False],
        ["VcoreReader", True],
        0,
        0,
    ]
    for sentence in (
        "Expected the name of one collection of images. Got 2 instead",
        f"A step is skipped. Expected a compressed volume. {ball_file} is a collection of images",
        f"Expected a collection of images. {volume} is a volume: open it by itself",
    ):
        assert sentence in answer.output, answer.output
    assert "Traceback" not in answer.output


def test_colours_are_shown_directly_and_values_by_a_map(pvpython, pvserver, ball_file):
    """In a process alone, and in the client of a server."""
    script = """
    if len(arguments) > 1:
        Connect("127.0.0.1", int(arguments[1]))
    reader = OpenDataFile(arguments[0])
    view = CreateView("RenderView")
    display = Show(reader, view)
    found = [plain(display.Representation), display.MapScalars]
    for name in ("depth", "rgb"):
        ColorBy(display, ("POINTS", name))
        found.append(display.MapScalars)
    display.SetScalarBarVisibility(view, True)
    legend = GetScalarBar(GetColorTransferFunction("rgb"), view)
    found.append(legend.Visibility)
    display.SetScalarBarVisibility(view, True)
    found += [legend.Visibility, GetColorTransferFunction("depth").NanOpacity]
    display.MapScalars = 1  # kept, until the user chooses another array
    reader.Value1 = 90
    view.Update()
    found.append(display.MapScalars)
    """
    expected = ["Slice", 0, 1, 0, 0, 1, 0.0, 1]
    assert pvpython(script, ball_file).found == expected
    assert pvpython(script, ball_file, pvserver()).found == expected


def test_a_state_keeps_the_values(pvpython, ball_file, tmp_path):
    sets = """
    reader = OpenDataFile(arguments[0])
    reader.Value1, reader.Blend, reader.Values = 120, 1, ["time", "0.25"]
    display = Show(reader, CreateView("RenderView"))
    display.MapScalars = 1
    SaveState(arguments[1])
    """
    looks = """
    (reader,) = GetSources().values()
    reader.UpdatePipeline()
    reader.UpdatePropertyInformation()
    display = GetDisplayProperties(reader, GetActiveView())
    found = [plain(reader.Showing), display.MapScalars]
    """
    state = tmp_path / "images.pvsm"
    before = pvpython(sets + looks, ball_file, state).found
    assert before == ["time = 0.25, phi = 120, blended from 3 images", 1]
    assert pvpython("    LoadState(arguments[0])\n" + looks, state).found == before


def test_ranks_share_an_image(pvpython, mpi_command, ball_file, tmp_path):
    script = """
    from vcore_pv.ranks import rank
    reader = OpenDataFile(arguments[0])
    reader.UpdatePipeline()
    np.savez(f"{arguments[1]}/{rank()}", extent=output(reader).GetExtent(),
             rgb=values(reader, "rgb"))
    """
    pvpython(script, ball_file, tmp_path, launch=mpi_command(3, symmetric=True))
    image = vcore.open(ball_file).image(time=0, phi=0)
    seen = np.zeros(image.shape[:2], bool)
    for rank in range(3):
        part = np.load(tmp_path / f"{rank}.npz")
        x0, x1, y0, y1, _, _ = part["extent"]
        rows, columns = slice(y0, y1 + 1), slice(x0, x1 + 1)
        expected = image[::-1][rows, columns]
        np.testing.assert_array_equal(part["rgb"].reshape(expected.shape), expected)
        seen[rows, columns] = True
    assert seen.all()


def test_channels_are_chosen_and_halves_become_floats(pvpython, tmp_path):
    half = replace(
        only(ball(), "rgb"),
        channels=(Channel("rgb", np.dtype("u1")), Channel("depth", np.dtype("f2"))),
        read=lambda index, channel: (
            ball().read(index, channel).astype("u1" if channel == "rgb" else "f2")
        ),
    )
    vcore.compress(half, tmp_path / "half.vcore", max_error=0)
    script = (
        OPENS
        + """
    reader.UpdatePipeline()
    found = [list(reader.Channels), values(reader, "depth").dtype.name]
    reader.Channels = ["depth"]
    reader.UpdatePipeline()
    found.append([output(reader).GetPointData().GetArrayName(i)
                  for i in range(output(reader).GetPointData().GetNumberOfArrays())])
"""
    )
    assert pvpython(script, tmp_path / "half.vcore").found == [
        ["rgb", "depth"],
        "float32",
        ["depth"],
    ]
