"""Positions of values in ParaView: coordinates in any order, missing values, missing files."""

import numpy as np
import pytest

import vcore
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

pytestmark = pytest.mark.slow

FALLING = (30.0, 26.5, 20.0, 11.0, 10.5)
LEVELS = (1000.0, 850.0, 500.0, 200.0)
WRAPPING = (*range(350, 360, 2), *range(0, 14, 2))
TURNED = ((-1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0))


def value(z, y, x):
    """Return the value at a position; longitudes are modulo a full turn."""
    return z + 7.0 * y + 100.0 * np.mod(x, 360)


def on(axes, association="point", **fields):
    """Return the volume of ``value`` on coordinates along z, y, x, in the given order."""
    places = tuple(tuple(map(float, a)) for a in axes)
    spacing = tuple(float(np.ptp(a)) / max(len(a) - 1, 1) or 1.0 for a in axes)
    first = tuple(a[0] for a in places)
    grid = Grid(tuple(map(len, axes)), spacing, first, coordinates=places, **fields)
    values = np.float32(value(*np.meshgrid(*places, indexing="ij")))
    return Volume(grid, (Variable("v", values, association=association),))


def exact(path, volume, **options):
    options = options or {"method": "bounded", "budget": vcore.Budget(max_error=0)}
    vcore.compress(volume, path, **options)
    return path


def falling_image():
    grid = Grid((4, 5, 6), (2.0, 0.5, 1.0), (9.0, 8.0, 7.0), TURNED)
    z, y, x = np.meshgrid(9 - 2.0 * np.arange(4), 8 - 0.5 * np.arange(5), 7.0 + np.arange(6))
    values = np.float32(value(z, y, x)).transpose(1, 0, 2)
    return Volume(grid, (Variable("v", values),))


PLACES = """
    found = []
    for path in arguments[1:]:
        for level, voi in (("0", None), ("0", [1, 3, 1, 2, 1, 2]), ("1", None)):
            if level == "1" and "long" not in path:
                continue
            reader = OpenDataFile(path, Level=level)
            reader.VOI = voi or [0, -1, 0, -1, 0, -1]
            reader.UpdatePipeline()
            data = output(reader)
            centres = CellCenters(Input=reader) if "cells" in path else None
            if centres:
                centres.UpdatePipeline()
                data = output(centres)
            points = [data.GetPoint(i) for i in range(data.GetNumberOfPoints())]
            array = data.GetPointData().GetArray("v")
            values_ = vtk_to_numpy(array) if array else []
            np.savez(f"{arguments[0]}/{len(found)}.npz", points=points, values=values_)
            found.append([path, level, bool(voi), list(output(reader).GetExtent())])
"""


def test_no_value_is_at_another_place(pvpython, tmp_path):
    latitudes = np.cumsum(np.linspace(0.2, 3.0, 70))[::-1].round(3) - 60
    volumes = {
        "falling": on((LEVELS, FALLING, range(3, 9))),
        "image": falling_image(),
        "longitudes": on((LEVELS, latitudes, range(2, 14))),
        "wrap": on((LEVELS, FALLING, WRAPPING)),
        "dateline": on((LEVELS, FALLING, (170, 172, 175, -180, -178))),
        "back": on((LEVELS, FALLING, (10, 5, 0, 355, 350)), axis_names=("lev", "lat", "lon")),
        "cells": on(((3, 2, 1), (8, 7, 6), (358, 359, 0, 1)), "cell"),
        "plane": on(((500.0,), FALLING, WRAPPING)),
    }
    paths = [exact(tmp_path / f"{name}.vcore", volume) for name, volume in volumes.items()]
    answer = pvpython(PLACES, tmp_path, *paths)
    for number, (path, level, cut, extent) in enumerate(answer.found):
        seen = np.load(tmp_path / f"{number}.npz")
        points, values = seen["points"].reshape(-1, 3), seen["values"]
        x, y, z = points.T
        assert values.size or cut, path  # the plane has no voxels 1..2 along z
        assert np.abs(values - value(z, y, x)).max(initial=0) < 0.02, (path, level, cut)
        if not cut and level == "0":
            volume = next(v for n, v in volumes.items() if path.endswith(f"/{n}.vcore"))
            assert values.size == volume["v"].size
        if cut and values.size and not path.endswith("cells.vcore"):
            assert extent == [1, 3, 1, 2, 1, 2]
        if "wrap" in path and not cut:
            assert (x.min(), x.max()) == (350, 372)


def test_coordinates_without_order_are_refused(pvpython, tmp_path):
    jumbled = exact(tmp_path / "jumbled.vcore", on(((10, 20, 5), FALLING, (1, 2, 4))))
    named = on((LEVELS, (1, 3, 2, 4), (1, 2, 4)), axis_names=("z", "latitude", "x"))
    exact(tmp_path / "named.vcore", named)
    wide = exact(tmp_path / "wide.vcore", on((LEVELS, FALLING, (300, 10, 50)), unit="meter"))
    script = """
        found = []
        for path in arguments:
            reader = OpenDataFile(path)
            reader.UpdatePipeline()
            found.append(output(reader).GetNumberOfPoints())
    """
    answer = pvpython(script, jumbled, tmp_path / "named.vcore", wide)
    assert answer.found == [0, 0, 0]
    for axis in ("z", "y (latitude)", "x"):
        assert f"Expected coordinates along {axis} that rise or fall" in answer.output
    assert f"{jumbled} has … 10, 20, 5 …" in answer.output
    assert "Traceback" not in answer.output


MISSING = """
    found = []
    for path in arguments[1:]:
        for level in ("0", "1"):
            reader = OpenDataFile(path, Level=level)
            reader.UpdatePipeline()
            data = output(reader)
            kind = data.GetPointData().GetArray("v") or data.GetCellData().GetArray("v")
            np.save(f"{arguments[0]}/{len(found)}.npy", vtk_to_numpy(kind))
            found.append([path, level, field(reader, "fill value of v, shown as NaN")])
    SaveData(f"{arguments[0]}/again.vcore", proxy=OpenDataFile(arguments[1]), Method="bounded",
             Budget="Largest error (data units)", BudgetValue=0)
"""


def test_missing_values_are_nan_whatever_stands_for_them(pvpython, tmp_path):
    rng = np.random.default_rng(2)
    whole = rng.integers(1, 200, (6, 7, 70))
    holes = rng.random(whole.shape) < 0.3
    holes[:4, :4, :6] = True  # whole voxels of level 1
    cases = {
        "short": (np.int16(whole), -9999, "bounded", "f4"),
        "inside": (np.uint8(whole), 100, "bounded", "f4"),  # values around the fill value
        "long": (np.int32(whole), -(2**31) + 1, "bounded", "f8"),
        "float": (np.float32(whole), 1e20, "bounded", "f4"),
        "wavelet": (np.float32(whole), -9999.0, "wavelet", "f4"),
        "nan": (np.float32(whole), np.nan, "wavelet", "f4"),
        "exact": (np.float32(whole), np.nan, "bounded", "f4"),
    }
    paths = []
    for name, (values, fill, method, _) in cases.items():
        values[values == fill] = 101
        stored = values.copy()
        stored[holes] = fill
        variable = Variable("v", stored, fill_value=None if fill != fill else fill)
        volume = Volume(Grid(stored.shape), (variable,))
        bound = {"method": method, "budget": vcore.Budget(max_error=0)}
        psnr = {"method": method, "budget": vcore.Budget(psnr=40)}
        paths.append(
            exact(tmp_path / f"{name}.vcore", volume, **(psnr, bound)[method == "bounded"])
        )
    answer = pvpython(MISSING, tmp_path, *paths, VCORE_PYTHON="")
    all_missing = holes.reshape(3, 2, 7, 70)[:, :, :6].reshape(3, 2, 3, 2, 35, 2).all((1, 3, 5))
    for number, (path, level, told) in enumerate(answer.found):
        name = path.rpartition("/")[2].removesuffix(".vcore")
        values, fill, method, dtype = cases[name]
        seen = np.load(tmp_path / f"{number}.npy")
        assert seen.dtype == dtype, path
        assert told == (None if fill != fill else pytest.approx(fill)), path
        if level == "1":
            seen = seen.reshape(3, 4, 35)[:, :3]
            assert np.array_equal(np.isnan(seen), all_missing), path
            assert seen[~all_missing].max() <= 210
            continue
        seen = seen.reshape(holes.shape)
        assert np.array_equal(np.isnan(seen), holes), path
        error = np.abs(seen[~holes] - values[~holes]).max()
        assert error == 0 if method == "bounded" else error < 40, path
    again = vcore.open(tmp_path / "again.vcore").decode()  # missing values survive ParaView
    assert np.array_equal(np.isnan(again), holes)
    assert np.array_equal(again[~holes], cases["short"][0][~holes])


def test_a_missing_file_of_a_series_is_named_and_the_others_are_shown(pvpython, tmp_path):
    paths = [tmp_path / f"run_{n}.vcore" for n in (1, 2, 10, 11)]
    for number, path in enumerate(paths):
        # each step has another position: a moving window
        grid = Grid((3, 4, 5), origin=(0.0, 0.0, 10.0 * number))
        values = np.full(grid.shape, number + 1, "f4")
        exact(path, Volume(grid, (Variable("v", values),)))
    paths[1].unlink()
    paths[3].write_bytes(b"half a file")
    script = """
        reader = OpenDataFile(arguments)
        found = [list(reader.TimestepValues)]
        for time in found[0]:
            reader.UpdatePipeline(time)
            found.append([float(values(reader, "v").mean()), output(reader).GetOrigin()[0]])
    """
    answer = pvpython(script, *paths)
    assert answer.found == [[0.0, 2.0], [1.0, 0.0], [3.0, 20.0]]
    for path in (paths[1], paths[3]):
        assert str(path) in answer.output
    assert "No such file or directory" in answer.output
    assert "Traceback" not in answer.output
