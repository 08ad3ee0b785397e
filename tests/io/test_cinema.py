"""Cinema databases and folders of images with a table."""

import json
import random
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import OpenEXR
import pytest
import tifffile
from image_sets import (
    PHIS,
    SIZE,
    TIMES,
    database,
    depth,
    on_white,
    picture,
    save_npz,
    save_png,
    table_rows,
    write_table,
)
from PIL import Image

import vcore
from vcore.collections.images import Images
from vcore.errors import InputError, SourceError
from vcore.io.image_reading import is_images, read_images

NORMALS = np.random.default_rng(2).random((*SIZE, 3))
SHAPE = (len(TIMES), len(PHIS))


def save_white(path: Path, time: float, phi: int) -> None:
    Image.fromarray(on_white(time, phi)).save(path)


def names(images: Images) -> list[str]:
    return [p.name for p in images.parameters]


def test_a_database_is_a_grid_of_images(tmp_path: Path) -> None:
    images = read_images(database(tmp_path / "ball.cdb"))
    assert (images.name, names(images), images.shape) == ("ball", ["time", "phi"], SHAPE)
    assert [p.values for p in images.parameters] == [TIMES, PHIS]
    assert images.size == SIZE
    assert [(c.name, c.dtype, c.components) for c in images.channels] == [
        ("rgba", np.uint8, 4),
        ("depth", np.float32, 1),
    ]
    assert images.present is None
    assert len(images) == 12
    assert images.background is None
    for index in images.indices():
        time, phi = images.values_of(index).values()
        np.testing.assert_array_equal(images.read(index, "rgba"), picture(time, phi))
        np.testing.assert_array_equal(images.read(index, "depth"), depth(time, phi))
        np.testing.assert_array_equal(images.mask(index), picture(time, phi)[..., 3] > 0)


def test_nothing_is_decoded_before_it_is_asked_for(tmp_path: Path) -> None:
    folder = database(tmp_path / "ball.cdb")
    images = read_images(folder)
    changed = folder / "data" / "FILE_0.5_30.png"
    Image.fromarray(np.full((*SIZE, 4), 9, np.uint8)).save(changed)
    assert (images.read((1, 1), "rgba") == 9).all()


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    folder = database(tmp_path / "a.cdb", order=random.Random(3).shuffle)
    images = read_images(folder)
    assert [p.values for p in images.parameters] == [TIMES, PHIS]
    np.testing.assert_array_equal(images.read((2, 3), "rgba"), picture(2.0, 90))


def test_columns_that_follow_from_others_are_attributes(tmp_path: Path) -> None:
    def more(time: float, phi: int) -> dict[str, object]:
        return {
            "timestep": TIMES.index(time) * 10,
            "camera_x": round(float(np.cos(np.radians(phi))), 3),
            "brightness": round(time * 7 + phi, 2),
            "producer": "PNG1",
        }

    images = read_images(database(tmp_path / "a.cdb", more=more))
    assert names(images) == ["time", "phi"]
    columns = images.attributes["columns"]
    assert columns["timestep"] == {"of": ["time"], "values": [0, 10, 20]}
    assert columns["camera_x"] == {"of": ["phi"], "values": [1.0, 0.866, 0.5, 0.0]}
    assert columns["producer"] == {"of": [], "values": ["PNG1"]}
    assert columns["brightness"]["of"] == ["time", "phi"]
    assert columns["brightness"]["values"][:5] == [0.0, 30.0, 60.0, 90.0, 3.5]


def test_holes_in_the_grid_stay(tmp_path: Path) -> None:
    images = read_images(database(tmp_path / "a.cdb", skip=[(0.5, 30), (2.0, 90)]))
    assert images.shape == SHAPE
    assert images.present is not None
    assert [tuple(i) for i in np.argwhere(~images.present)] == [(1, 1), (2, 3)]
    assert len(list(images.indices())) == len(images) == 10
    with pytest.raises(InputError, match="hole"):
        images.read((1, 1), "rgba")


def test_an_empty_cell_is_a_hole(tmp_path: Path) -> None:
    folder = database(tmp_path / "a.cdb")
    rows = table_rows(folder / "data.csv")
    rows[5] |= {"FILE": "", "FILE_depth": "NaN"}
    write_table(folder / "data.csv", rows)
    images = read_images(folder)
    assert images.present is not None
    assert [tuple(i) for i in np.argwhere(~images.present)] == [(1, 1)]
    rows[6] |= {"FILE_depth": ""}
    write_table(folder / "data.csv", rows)
    with pytest.raises(InputError, match=r"in all of the columns FILE, FILE_depth .* row 8"):
        read_images(folder)


def test_integers_of_64_bits_must_fit_32(tmp_path: Path) -> None:
    for time in TIMES:
        np.save(tmp_path / f"{time}.npy", np.full(SIZE, int(time * 2**31)))
    write_table(tmp_path / "data.csv", [{"time": t, "FILE": f"{t}.npy"} for t in TIMES])
    images = read_images(tmp_path)
    assert images.channels[0].dtype == np.int32
    assert (images.read((1,), "value") == 2**30).all()
    with pytest.raises(InputError, match="int64"):
        images.read((2,), "value")


def test_names_of_axes_are_no_parameters(tmp_path: Path) -> None:
    rows = []
    for x in (0, 1):
        for depth_column in (2, 3):
            save_npz(tmp_path / f"{x}{depth_column}.npz", x, depth_column)
            rows.append({"x": x, "depth": depth_column, "FILE": f"{x}{depth_column}.npz"})
    write_table(tmp_path / "data.csv", rows)
    images = read_images(tmp_path)
    assert names(images) == ["x_value", "depth"]
    assert [c.name for c in images.channels] == ["FILE_depth"]


def test_texts_are_labels(tmp_path: Path) -> None:
    rows = []
    for colours in ("viridis", "gray", "inferno"):
        for time in ("0", "1"):
            save_png(tmp_path / f"{colours}{time}.png", float(time), 0)
            rows.append({"colours": colours, "time": time, "FILE": f"{colours}{time}.png"})
    write_table(tmp_path / "data.csv", rows)
    images = read_images(tmp_path)
    assert images.parameters[0].is_label
    assert images.parameters[0].values == ("viridis", "gray", "inferno")
    assert images.parameters[1].values == (0.0, 1.0)


def test_numbers_of_a_table_are_numbers_unless_told(tmp_path: Path) -> None:
    rows = []
    for run in ("02", "1"):
        save_png(tmp_path / f"{run}.png", float(run), 0)
        rows.append({"run [id]": run, "FILE": f"{run}.png"})
    write_table(tmp_path / "data.csv", rows)
    assert read_images(tmp_path).parameters[0].values == (1.0, 2.0)
    (tmp_path / "vcore.json").write_text('{"parameters": {"run": {"labels": true}}}')
    (parameter,) = read_images(tmp_path).parameters
    assert (parameter.name, parameter.values, parameter.unit) == ("run", ("02", "1"), "id")


def test_decimal_commas_go_with_semicolons(tmp_path: Path) -> None:
    lines = ["time;run;pair;FILE"]
    for k, (time, pair) in enumerate((("1,5", "1,2;"), ("-0,25", "x"), ("3", "1,2,3"))):
        save_png(tmp_path / f"{k}.png", k, 0)
        lines.append(f'{time};"a,b";"{pair}";{k}.png')
    (tmp_path / "data.csv").write_text("\n".join(lines) + "\n")
    images = read_images(tmp_path)
    assert images.parameters[0].values == (-0.25, 1.5, 3.0)
    np.testing.assert_array_equal(images.read((0,), "rgba"), picture(1, 0))
    columns = images.attributes["columns"]
    assert columns["run"]["values"] == ["a,b"]
    assert columns["pair"]["values"] == ["x", "1,2;", "1,2,3"]


def test_quoted_cells_may_follow_a_space(tmp_path: Path) -> None:
    for k in range(2):
        save_png(tmp_path / f"{k}.png", k, 0)
    (tmp_path / "data.csv").write_text('look, FILE\n"warm, dark", 0.png\ncold, "1.png"\n')
    assert read_images(tmp_path).parameters[0].values == ("warm, dark", "cold")


def test_paths_may_be_those_of_windows(tmp_path: Path) -> None:
    (tmp_path / "a" / "data").mkdir(parents=True)
    for time in TIMES:
        save_png(tmp_path / "a" / "data" / f"{time}.png", time, 0)
    rows = [{"time": t, "FILE": f"data\\{t}.png"} for t in TIMES]
    write_table(tmp_path / "a" / "data.csv", rows)
    images = read_images(tmp_path / "a")
    np.testing.assert_array_equal(images.read((1,), "rgba"), picture(TIMES[1], 0))
    save_png(tmp_path / "outside.png", 0, 0)
    write_table(tmp_path / "a" / "data.csv", [*rows, {"time": 9, "FILE": "..\\outside.png"}])
    with pytest.raises(InputError, match="lies outside"):
        read_images(tmp_path / "a")


@pytest.mark.parametrize(
    "labels",
    [
        ("1_2", "12"),  # the same for Python's float
        ("1_2", "1_3"),
        ("12345678901234567", "12345678901234568"),  # the same in float64
    ],
)
def test_names_that_only_look_like_numbers_are_labels(
    labels: tuple[str, ...], tmp_path: Path
) -> None:
    for label in labels:
        save_png(tmp_path / f"{label}.png", 1, 0)
    write_table(tmp_path / "data.csv", [{"run": n, "FILE": f"{n}.png"} for n in labels])
    (parameter,) = read_images(tmp_path).parameters
    assert parameter.values == labels


def test_units_come_from_brackets(tmp_path: Path) -> None:
    for time in TIMES:
        save_png(tmp_path / f"{time}.png", time, 0)
    write_table(tmp_path / "data.csv", [{"time [ns]": t, "FILE": f"{t}.png"} for t in TIMES])
    (parameter,) = read_images(tmp_path).parameters
    assert (parameter.name, parameter.unit) == ("time", "ns")


def test_one_image_has_a_parameter_of_one_value(tmp_path: Path) -> None:
    save_png(tmp_path / "a.png", 0, 0)
    write_table(tmp_path / "data.csv", [{"run": "x", "time": 3, "FILE": "a.png"}])
    images = read_images(tmp_path)
    assert (names(images), images.shape, images.parameters[0].values) == (["time"], (1,), (3.0,))
    assert images.attributes["columns"]["run"]["values"] == ["x"]
    write_table(tmp_path / "data.csv", [{"FILE": "a.png"}])
    assert names(read_images(tmp_path)) == ["image"]


def test_a_sparse_sample_of_many_parameters_is_a_list(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    save_png(tmp_path / "a.png", 0, 0)
    corners = {(i, j, k) for i, j, k in rng.integers(0, 40, (100, 3)).tolist()}
    rows = [{"a": i, "b": j, "c": k, "FILE": "a.png"} for i, j, k in corners]
    write_table(tmp_path / "data.csv", rows)
    images = read_images(tmp_path)
    assert int(np.prod(images.shape)) <= 64 * len(rows)
    assert len(images) == len(rows)


def test_asked_parameters_are_taken(tmp_path: Path) -> None:
    folder = database(tmp_path / "a.cdb", more=lambda t, p: {"step": TIMES.index(t)})
    assert names(read_images(folder, parameters=["phi", "step"])) == ["phi", "step"]
    with pytest.raises(InputError, match="several images for the same phi"):
        read_images(folder, parameters=["phi"])
    with pytest.raises(InputError, match="out of time, phi, step for `parameters`"):
        read_images(folder, parameters=["psi"])


def test_vcore_json_tells_camera_units_and_background(tmp_path: Path) -> None:
    folder = database(tmp_path / "a.cdb", more=lambda t, p: {"theta": 90})
    notes = {
        "camera": {"type": "turntable", "centre": [1, 2, 3], "distance": 9.5, "view_angle": 30},
        "channels": {"depth": {"unit": "mm"}},
        "background": [1, 2, 3],
        "parameters": {"phi": {"unit": "degree"}},
        "attributes": {"data": "ball"},
    }
    (folder / "vcore.json").write_text(json.dumps(notes))
    images = read_images(folder)
    assert images.camera is not None
    assert (images.camera.centre, images.camera.distance) == ((1.0, 2.0, 3.0), 9.5)
    assert names(images) == ["time", "phi", "theta"]
    assert [p.unit for p in images.parameters] == ["", "degree", ""]
    assert images.channels[1].unit == "mm"
    assert images.background == (1, 2, 3)
    assert images.attributes["data"] == "ball"
    for wrong in ("[", '{"camera": {"centre": [1, 2]}}', '{"background": [1, 2, 300]}'):
        (folder / "vcore.json").write_text(wrong)
        with pytest.raises(InputError, match=r"vcore\.json"):
            read_images(folder)


def test_the_background_of_opaque_images_is_that_of_their_borders(tmp_path: Path) -> None:
    folder = database(tmp_path / "a.cdb", columns={"FILE": (".png", save_white)})
    images = read_images(folder)
    assert images.background == (255, 255, 255)
    assert images.attributes["background"] == "guessed"
    (note,) = images.notes
    assert "the background is (255, 255, 255), as the borders of 5 images are" in note
    np.testing.assert_array_equal(images.mask((1, 1)), (on_white(0.5, 30) < 255).any(-1))
    assert read_images(folder, background=(0, 0, 0)).background == (0, 0, 0)
    with pytest.raises(InputError, match="of 0 to 255 for `background`"):
        read_images(folder, background=(0, 0, 256))
    changed = on_white(0.0, 0)
    changed[0, 3] = 7
    Image.fromarray(changed).save(folder / "data" / "FILE_0.0_0.png")
    assert read_images(folder).background is None


def test_a_table_beside_images_is_enough(tmp_path: Path) -> None:
    folder = database(tmp_path / "run")
    (folder / "data.csv").rename(folder / "runs.csv")
    assert read_images(folder).shape == SHAPE
    images = read_images(folder / "runs.csv")
    assert (images.name, images.shape) == ("runs", SHAPE)
    rows = table_rows(folder / "runs.csv")
    lines = [";".join(("time", "phi", "filename"))]
    lines += [";".join((r["time"], r["phi"], r["FILE"])) for r in rows]
    (folder / "runs.csv").write_text("\n".join(lines))
    assert read_images(folder).shape == SHAPE


def test_collections_are_told_from_volumes(tmp_path: Path) -> None:
    folder = database(tmp_path / "a.cdb")
    assert is_images(str(folder))
    assert is_images(str(folder / "data.csv"))
    (tmp_path / "slices").mkdir()
    (tmp_path / "slices" / "notes.csv").write_text("slice,quality\n1,2\n")
    assert not is_images(str(tmp_path / "slices"))
    assert not is_images(str(tmp_path / "nothing"))


@pytest.mark.parametrize(
    ("suffix", "mode"),
    [
        *(("png", mode) for mode in ("L", "RGB", "RGBA", "LA", "P")),
        *(("tif", mode) for mode in ("L", "RGB", "RGBA", "P")),
        *((suffix, mode) for suffix in ("jpg", "bmp") for mode in ("L", "RGB")),
    ],
)
def test_pictures_equal_those_of_pillow(tmp_path: Path, suffix: str, mode: str) -> None:
    rows = []
    for time in TIMES:
        path = tmp_path / f"{time}.{suffix}"
        base = Image.fromarray(picture(time, 30))
        if mode == "P":
            base.convert("RGB").quantize(16).save(path)
        else:
            base.convert(mode).save(path)
        rows.append({"time": time, "FILE": path.name})
    write_table(tmp_path / "data.csv", rows)
    if (suffix, mode) == ("tif", "P"):
        with pytest.raises(InputError, match="colours PALETTE"):
            read_images(tmp_path)
        return
    images = read_images(tmp_path)
    kind = "rgba" if mode in ("RGBA", "LA") else "rgb"
    assert [c.name for c in images.channels] == [kind]
    for index in images.indices():
        expected = np.asarray(Image.open(tmp_path / rows[index[0]]["FILE"]).convert(kind.upper()))
        np.testing.assert_array_equal(images.read(index, kind), expected)


def test_opaque_pictures_among_others_have_full_opacity(tmp_path: Path) -> None:
    for time in TIMES:
        (save_png if time else save_white)(tmp_path / f"{time}.png", time, 30)
    write_table(tmp_path / "data.csv", [{"time": t, "FILE": f"{t}.png"} for t in TIMES])
    images = read_images(tmp_path)
    assert images.channels[0].name == "rgba"
    np.testing.assert_array_equal(images.read((0,), "rgba")[..., :3], on_white(0, 30))
    assert (images.read((0,), "rgba")[..., 3] == 255).all()
    np.testing.assert_array_equal(images.read((1,), "rgba"), picture(TIMES[1], 30))


def test_colours_of_16_bits_are_rounded(tmp_path: Path) -> None:
    values = np.arange(12 * 16 * 3, dtype=np.uint16).reshape(12, 16, 3) * 113
    import imagecodecs

    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(values))
    write_table(tmp_path / "data.csv", [{"time": 0, "FILE": "a.png"}])
    images = read_images(tmp_path)
    found = images.read((0,), "rgb")
    assert np.abs(found.astype(float) - values / 257).max() <= 0.5
    assert "16 bits" in images.notes[0]


def test_exr_equals_what_openexr_reads(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    for time in TIMES:
        values = rng.random(SIZE).astype("f4")
        values[0, :3] = np.nan, np.inf, -1
        channels = {"Z": values, "half": values.astype("f2"), "id": np.full(SIZE, 7, "u4")}
        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        OpenEXR.File(header, channels).write(str(tmp_path / f"{time}.exr"))
    write_table(tmp_path / "data.csv", [{"time": t, "FILE": f"{t}.exr"} for t in TIMES])
    images = read_images(tmp_path)
    assert {c.name: c.dtype for c in images.channels} == {
        "Z": np.float32,
        "half": np.float16,
        "id": np.uint32,
    }
    for k, time in enumerate(TIMES):
        with OpenEXR.File(str(tmp_path / f"{time}.exr"), separate_channels=True) as file:
            for name, channel in file.channels().items():
                np.testing.assert_array_equal(images.read((k,), name), channel.pixels)


def test_vti_images_stand_upright_as_vtk_writes_them(tmp_path: Path) -> None:
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkIOImage import vtkPNGWriter
    from vtkmodules.vtkIOXML import vtkXMLImageDataReader, vtkXMLImageDataWriter

    for time in TIMES:
        image = vtkImageData()
        image.SetDimensions(SIZE[1], SIZE[0], 1)
        for name, values in (("rgba", picture(time, 30)), ("depth", depth(time, 30))):
            array = numpy_to_vtk(values[::-1].reshape(SIZE[0] * SIZE[1], -1).copy(), deep=True)
            array.SetName(name)
            image.GetPointData().AddArray(array)
        image.GetPointData().SetActiveScalars("rgba")
        for writer, suffix in ((vtkXMLImageDataWriter(), "vti"), (vtkPNGWriter(), "png")):
            writer.SetFileName(str(tmp_path / f"{time}.{suffix}"))
            writer.SetInputData(image)
            writer.Write()
    write_table(tmp_path / "data.csv", [{"time": t, "FILE": f"{t}.vti"} for t in TIMES])
    images = read_images(tmp_path)
    assert [c.name for c in images.channels] == ["rgba", "depth"]
    for k, time in enumerate(TIMES):
        reader = vtkXMLImageDataReader()
        reader.SetFileName(str(tmp_path / f"{time}.vti"))
        reader.Update()
        stored = vtk_to_numpy(reader.GetOutput().GetPointData().GetArray("depth"))
        np.testing.assert_array_equal(images.read((k,), "depth")[::-1].ravel(), stored)
        shown = np.asarray(Image.open(tmp_path / f"{time}.png"))
        np.testing.assert_array_equal(images.read((k,), "rgba"), shown)


def test_hdf5_images_of_pycinema(tmp_path: Path) -> None:
    for time in TIMES:
        with h5py.File(tmp_path / f"{time}.h5", "w") as file:
            channels, meta = file.create_group("channels"), file.create_group("meta")
            options = {"compression": "gzip", "compression_opts": 9}
            channels.create_dataset("rgba", data=picture(time, 0), **options)
            channels.create_dataset("depth", data=depth(time, 0), **options)
            channels.create_dataset("normal", data=NORMALS.astype(">f4"), **options)
            meta.create_dataset("time", data=np.array([str(time)], "S10"))
    write_table(tmp_path / "data.csv", [{"time": t, "FILE": f"{t}.h5"} for t in TIMES])
    images = read_images(tmp_path)
    assert [(c.name, c.dtype) for c in images.channels] == [
        ("rgba", np.uint8),
        ("depth", np.float32),
        *((f"normal_{k}", np.float32) for k in range(3)),
    ]
    for k, time in enumerate(TIMES):
        with h5py.File(tmp_path / f"{time}.h5") as file:
            for name in ("rgba", "depth"):
                np.testing.assert_array_equal(images.read((k,), name), file["channels"][name][...])
            for component in range(3):
                stored = file["channels/normal"][..., component]
                np.testing.assert_array_equal(images.read((k,), f"normal_{component}"), stored)


def test_tiff_and_npy_of_values(tmp_path: Path) -> None:
    for time in TIMES:
        tifffile.imwrite(tmp_path / f"{time}.tif", depth(time, 0), compression="zlib")
        np.save(tmp_path / f"{time}.npy", np.asfortranarray(depth(time, 0).astype(">f8")))
    rows = [{"time": t, "FILE_a": f"{t}.tif", "FILE_b": f"{t}.npy"} for t in TIMES]
    write_table(tmp_path / "data.csv", rows)
    images = read_images(tmp_path)
    assert [(c.name, c.dtype) for c in images.channels] == [("a", np.float32), ("b", np.float64)]
    for name in "ab":
        np.testing.assert_array_equal(images.read((1,), name), depth(0.5, 0))


def test_several_columns_of_colours_are_labels(tmp_path: Path) -> None:
    columns = {"FILE": (".png", save_png), "FILE_1": (".png", save_white)}
    folder = database(tmp_path / "a.cdb", columns=columns)
    images = read_images(folder)
    assert names(images) == ["time", "phi", "FILE"]
    assert images.parameters[2].values == ("FILE", "FILE_1")
    np.testing.assert_array_equal(images.read((1, 1, 0), "rgba"), picture(0.5, 30))
    np.testing.assert_array_equal(images.read((1, 1, 1), "rgba")[..., :3], on_white(0.5, 30))
    assert names(read_images(folder, files=["FILE_1"])) == ["time", "phi"]
    mixed = database(tmp_path / "b.cdb", columns={**columns, "FILE_depth": (".npz", save_npz)})
    with pytest.raises(InputError, match="choose columns with `files`"):
        read_images(mixed)


def test_columns_without_images_are_left_out(tmp_path: Path) -> None:
    def save_mesh(path: Path, time: float, phi: int) -> None:
        path.write_text("mesh")

    columns = {"FILE_png": (".png", save_png), "FILE_vtp": (".vtp", save_mesh)}
    images = read_images(database(tmp_path / "a.cdb", columns=columns))
    assert [c.name for c in images.channels] == ["rgba"]
    assert "left out the column FILE_vtp" in images.notes[0]


def test_arrays_that_the_first_file_lacks_are_told(tmp_path: Path) -> None:
    folder = database(tmp_path / "a.cdb")
    assert read_images(folder).notes == ()
    file = folder / "data" / "FILE_depth_0.5_30.npz"
    np.savez(file, depth=depth(0.5, 30), speed=np.zeros(SIZE, "f4"))
    (folder / "data" / "FILE_depth_0.5_0.npz").write_bytes(b"damaged")  # told when it is read
    (note,) = read_images(folder).notes
    assert f"left out the arrays speed of {file} and perhaps of others: the first file" in note


@pytest.mark.parametrize(("kind", "times"), [("range", (0.0, 1.0)), ("option", ("0", "1"))])
def test_spec_a(tmp_path: Path, kind: str, times: tuple[Any, ...]) -> None:
    folder = tmp_path / "old"
    for time in (0, 1):
        for phi in (-90, 0, 90):
            if (time, phi) != (1, 0):
                path = folder / "image" / str(time) / f"{phi}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                save_png(path, time, phi)
    info = {
        "type": "simple",
        "version": "1.1",
        "name_pattern": "{time}/{phi}.png",
        "arguments": {
            "time": {"default": 0, "type": "range", "label": "time", "values": ["0", "1"]},
            "phi": {"default": 0, "type": "range", "label": "phi", "values": [-90, 0, 90]},
        },
    }
    info["arguments"]["time"]["type"] = kind
    (folder / "image" / "info.json").write_text(json.dumps(info))
    assert is_images(str(folder))
    images = read_images(folder)
    assert (images.name, names(images), images.shape) == ("old", ["time", "phi"], (2, 3))
    assert images.parameters[0].values == times
    assert images.present is not None
    assert not images.present[1, 1]
    np.testing.assert_array_equal(images.read((1, 2), "rgba"), picture(1, 90))
    looks = {"default": "warm", "type": "option", "values": ["cold", "warm"]}
    told = {**info, "arguments": {**info["arguments"], "look": looks}}
    (folder / "image" / "info.json").write_text(json.dumps(told))
    images = read_images(folder)  # names tell no look: each image is there once
    assert len(images) == 5
    assert images.attributes["columns"]["look"] == {"of": [], "values": ["warm"]}
    for wrong in ("{}", "[1]", '{"name_pattern": "{a}.png", "arguments": {}}'):
        (folder / "image" / "info.json").write_text(wrong)
        with pytest.raises(InputError):
            read_images(folder)


def test_a_collection_is_no_volume(tmp_path: Path) -> None:
    folder = database(tmp_path / "ball.cdb", columns={"FILE": (".png", save_png)})
    for path in folder.glob("data/*.png"):
        path.rename(folder / path.name)
    table = (folder / "data.csv").read_text().replace("data/", "")
    (folder / "data.csv").write_text(table)
    for source in (folder, folder / "data.csv"):
        with pytest.raises(InputError, match="a collection of images: read it with"):
            vcore.read(source)
    assert vcore.read(folder / "*.png").variables[0].length("z") == len(TIMES) * len(PHIS)
    (folder / "data.csv").rename(tmp_path / "data.csv")
    folder = folder.rename(tmp_path / "slices")
    (folder / "notes.csv").write_text("file,comment\nFILE_0.0_0.png,good\n")
    with pytest.raises(InputError, match="with `stack` z"):
        vcore.read(folder)
    assert vcore.read(folder, stack="z").variables[0].length("z") == len(TIMES) * len(PHIS)


def test_nothing_is_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nothing by that name"):
        read_images(tmp_path / "no.cdb")
    with pytest.raises(InputError, match=r"no data\.csv"):
        read_images(tmp_path)
    with pytest.raises(InputError, match="xarray DataArray or Dataset"):
        read_images(3)


def test_other_images_than_the_first(tmp_path: Path) -> None:
    folder = database(tmp_path / "a.cdb")
    np.savez(folder / "data" / "FILE_depth_0.5_30.npz", depth=np.zeros((3, 4), "f4"))
    images = read_images(folder)
    with pytest.raises(InputError, match=r"one size, 16 x 12 .* 4 x 3 in .*FILE_depth_0\.5_30"):
        images.read((1, 1), "depth")
    np.savez(folder / "data" / "FILE_depth_0.5_30.npz", depth=np.zeros(SIZE, "f8"))
    with pytest.raises(InputError, match="Expected values of float32"):
        images.read((1, 1), "depth")
    np.savez(folder / "data" / "FILE_depth_0.5_30.npz", other=np.zeros(SIZE, "f4"))
    with pytest.raises(InputError, match="Expected the channel 'depth'"):
        images.read((1, 1), "depth")


def test_a_database_of_paraview() -> None:
    folder = Path(__file__).parents[1] / "data" / "paraview_isosurface.cdb"
    images = read_images(folder)
    assert {p.name: p.values for p in images.parameters} == {
        "phi": (0.0, 90.0, 180.0, 270.0),
        "theta": (0.0, 120.0, 240.0),
        "time": (0.0, 1.0),
    }
    assert images.attributes["columns"] == {"producer": {"of": [], "values": ["PNG1"]}}
    assert (images.size, len(images), images.notes) == ((48, 64), 24, ())
    for row in table_rows(folder / "data.csv"):
        values = [float(row[p.name]) for p in images.parameters]
        index = tuple(p.nearest(v) for p, v in zip(images.parameters, values, strict=True))
        shown = np.asarray(Image.open(folder / row["FILE_png"]))
        np.testing.assert_array_equal(images.read(index, "rgba"), shown)


def test_a_database_as_ttk_writes_it(tmp_path: Path) -> None:
    """Components of a vector are joined by |, tuples by ; and all is in names, too
    (ttkCinemaWriter.cpp, ProcessDataProduct)."""
    from vcore.io.cinema_write import _vti

    (tmp_path / "data").mkdir()
    lines = ["Time,CamPosition,Sample,FILE"]
    for time in TIMES:
        for phi in PHIS:
            position = f"{phi}|0.5|-1"
            name = f"data/{time}_{position}_x;y.vti"
            values = {"rgba": picture(time, phi), "Depth": depth(time, phi)}
            (tmp_path / name).write_bytes(_vti(values))
            lines.append(f"{time},{position},x;y,{name}")
    (tmp_path / "data.csv").write_text("\n".join(lines) + "\n")
    images = read_images(tmp_path)
    assert [p.name for p in images.parameters] == ["Time", "CamPosition"]
    assert images.parameters[1].values[1] == "30|0.5|-1"
    np.testing.assert_array_equal(images.read((1, 1), "Depth"), depth(0.5, 30))
