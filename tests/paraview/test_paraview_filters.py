"""The filters vcore Compress and vcore Error, and the writer."""

import json
import subprocess
import sys

import numpy as np
import pytest
from real_paraview import compressed_file
from volumes import blobs

import vcore
from vcore import io
from vcore.evaluate.compare import compare_dataset
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

pytestmark = pytest.mark.slow

QUICK = 'Method="gaussian", Budget="Bytes", BudgetValue=4000, Settings="steps=10"'


@pytest.fixture
def original(tmp_path):
    """Return a `.vti` of two arrays, with world coordinates."""
    grid = Grid((14, 15, 16), (2.0, 1.0, 0.5), (3.0, 2.0, 1.0), unit="millimeter")
    variables = (
        Variable("rho", blobs(grid.shape), unit="kg/m3"),
        Variable("T", (blobs(grid.shape, seed=8) * 200).astype("u1")),
    )
    path = tmp_path / "original.vti"
    io.write(Volume(grid, variables), path)
    return path


def test_writer_then_reader(pvpython, original, tmp_path):
    script = f"""
        source = OpenDataFile(arguments[0])
        SaveData(arguments[1], proxy=source, {QUICK})
        reader = OpenDataFile(arguments[1])
        reader.UpdatePipeline()
        np.save(arguments[2], values(reader, "rho"))
        found = [reader.GetDataInformation().GetBounds(), source.GetDataInformation().GetBounds(),
                 list(reader.PointData.keys())]
    """
    out = tmp_path / "out.vcore"
    seen, bounds, names = pvpython(script, original, out, tmp_path / "v.npy").found
    dataset = vcore.open(out)
    assert seen == pytest.approx(bounds)
    assert sorted(names) == ["T", "rho"]
    assert np.array_equal(np.load(tmp_path / "v.npy"), dataset.decode(variable="rho").ravel())
    assert dataset.variables["T"].dtype == "u1"
    assert dataset.info["bytes"] <= 4000
    direct = compressed_file(tmp_path / "direct.vcore", io.read(original), 4000)
    psnr = vcore.open(direct).decoder("rho").header.achieved["psnr"]
    assert compare_dataset(io.read(original), dataset, "rho")["psnr"] == pytest.approx(
        psnr,
        abs=3,  # fits of few steps depend on the number of threads
    )
    assert dataset.grid.spacing == pytest.approx((2.0, 1.0, 0.5))
    assert dataset.grid.origin == pytest.approx((3.0, 2.0, 1.0))


def test_writer_writes_all_time_steps(pvpython, series, tmp_path):
    script = f"""
        source = OpenDataFile(arguments[0])
        SaveData(arguments[1], proxy=source, {QUICK})
        found = list(OpenDataFile(arguments[1]).TimestepValues)
        source.UpdatePipeline(0.5)
        SaveData(arguments[2], proxy=source, WriteAllTimeSteps=0, {QUICK})
    """
    out, one = tmp_path / "out.vcore", tmp_path / "one.vcore"
    assert pvpython(script, series, out, one).found == [0.0, 0.5, 2.0]
    copy, source = vcore.open(out), vcore.open(series)
    assert copy.shape == source.shape
    assert copy.decoder().header.components == ("u", "w")
    assert (copy.decoder().header.unit, copy.grid.time_unit) == ("m/s", "second")
    error = np.abs(copy.decode().astype("f8") - source.decode())
    assert error.max() < 0.5 * np.ptp(source.decode())
    single = vcore.open(one)
    assert single.grid.times == (0.5,)
    near = [np.abs(single.decode()[0] - source.decode()[t]).mean() for t in range(3)]
    assert int(np.argmin(near)) == 1


def test_writer_keeps_cells_rectilinear_grids_and_wide_integers(pvpython, tmp_path):
    script = """
        from vtkmodules.vtkCommonDataModel import vtkRectilinearGrid
        from vtkmodules.util.numpy_support import numpy_to_vtk
        grid = vtkRectilinearGrid()
        grid.SetDimensions(4, 3, 2)
        for axis, places in zip("XYZ", ([0, 1, 3, 7], [0, 1, 2], [5, 6])):
            array = numpy_to_vtk(np.array(places, float), deep=1)
            getattr(grid, f"Set{axis}Coordinates")(array)
        array = numpy_to_vtk(np.full(6, 70_000, np.int64), deep=1)
        array.SetName("id")
        grid.GetCellData().AddArray(array)
        producer = TrivialProducer()
        producer.GetClientSideObject().SetOutput(grid)
        SaveData(arguments[0], proxy=producer)
    """
    pvpython(script, tmp_path / "out.vcore")
    dataset = vcore.open(tmp_path / "out.vcore")
    assert dataset.shape == (1, 2, 3)
    assert dataset.grid.coordinates[2] == pytest.approx((0.5, 2, 5))
    header = dataset.decoder().header
    assert (header.association, header.dtype, header.range) == ("cell", "i4", (70_000, 70_000))


@pytest.mark.parametrize(
    ("source", "options", "sentence"),
    [
        ("Sphere()", "", "Expected image data or a rectilinear grid. Got vtkPolyData instead"),
        ("Wavelet()", 'Method="gaussian", Budget="Bytes", BudgetValue=20', "Expected a budget"),
        ("Wavelet()", 'Method="gaussian", Settings="steps"', "Expected settings as key=value"),
        ("Wavelet()", 'Method="gaussian", Settings="stride=4"', "Expected one of the settings"),
        ("Wavelet()", 'Method="zip"', "Expected one of the methods"),
    ],
)
def test_what_cannot_be_written_is_told(pvpython, tmp_path, source, options, sentence):
    script = f"""
        from paraview.servermanager import writers
        writer = writers.vcoreWriter(Input={source}, FileName=arguments[0], {options})
        writer.UpdatePipeline()
    """
    answer = pvpython(script, tmp_path / "out.vcore")
    assert sentence in answer.output
    assert "Traceback" not in answer.output
    assert not (tmp_path / "out.vcore").exists()


def test_compress_shows_reconstruction_and_figures(pvpython, original, tmp_path):
    script = f"""
        source = OpenDataFile(arguments[0])
        made = vcoreCompress(Input=source, KeepFile=arguments[1], {QUICK})
        made.UpdatePipeline()
        np.save(arguments[2], values(made, "rho"))
        made.UpdatePropertyInformation()
        names = ("method", "bytes", "PSNR of rho (dB)", "largest error of T")
        found = [[field(made, n) for n in names], made.GetPropertyValue("Figures"),
                 made.GetDataInformation().GetBounds() == source.GetDataInformation().GetBounds()]
    """
    kept = tmp_path / "kept.vcore"
    figures, text, placed = pvpython(script, original, kept, tmp_path / "v.npy").found
    dataset = vcore.open(kept)
    assert placed
    assert np.array_equal(np.load(tmp_path / "v.npy"), dataset.decode(variable="rho").ravel())
    volume = io.read(original)
    assert figures[0] == "gaussian"
    assert figures[1] == dataset.info["bytes"]
    assert figures[2] == pytest.approx(compare_dataset(volume, dataset, "rho")["psnr"], abs=1e-6)
    assert figures[3] == compare_dataset(volume, dataset, "T")["max_error"]
    assert "PSNR of rho (dB)" in text


def test_compress_compresses_again_only_when_something_changed(pvpython, original):
    script = f"""
        from vcore_pv import encoding
        calls, whole = [], encoding.Encoding.compress
        def compress(self, volume, path):
            calls.append(path)
            return whole(self, volume, path)
        encoding.Encoding.compress = compress
        source = OpenDataFile(arguments[0])
        made = vcoreCompress(Input=source, {QUICK})
        made.UpdatePipeline()
        subset = ExtractSubset(Input=made, VOI=[2, 5, 3, 4, 1, 9])
        subset.UpdatePipeline()
        found = [len(calls), float(values(subset, "rho").sum())]
        made.BudgetValue = 3000
        made.UpdatePipeline()
        found += [len(calls), float(values(made, "rho").reshape(14, 15, 16)[1:10, 3:5, 2:6].sum())]
    """
    once, part, twice, other = pvpython(script, original).found
    assert (once, twice) == (1, 2)
    assert part != other
    assert part == pytest.approx(other, rel=0.5)


def test_error_gives_the_figures_of_vcore_compare(pvpython, original, tmp_path, variables):
    path = compressed_file(tmp_path / "c.vcore", io.read(original))
    done = subprocess.run(
        [sys.executable, "-m", "vcore", "compare", original, path, "--variable", "rho", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    script = """
        source, decoded = OpenDataFile(arguments[0]), OpenDataFile(arguments[1])
        error = vcoreError(Input=source, Decoded=decoded)
        error.UpdatePipeline()
        np.save(arguments[2], values(error, "error of rho"))
        names = ("PSNR of rho (dB)", "MSE of rho", "largest error of rho", "bias of rho")
        found = [field(error, n) for n in names]
        subset = ExtractSubset(Input=error, VOI=[2, 5, 3, 4, 1, 9])
        subset.UpdatePipeline()
        found += [field(subset, names[0]), subset.GetDataInformation().GetExtent()]
    """
    psnr, mse, largest, bias, of_subset, extent = pvpython(
        script, original, path, tmp_path / "e.npy"
    ).found
    assert psnr == pytest.approx(told["psnr"], rel=1e-9)
    assert mse == pytest.approx(told["mse"], rel=1e-9)
    assert largest == told["max_error"]
    expected = vcore.open(path).decode(variable="rho") - io.read(original)["rho"].read()
    assert bias == pytest.approx(expected.mean(dtype="f8"), abs=1e-9)
    assert of_subset == psnr
    assert extent == [2, 5, 3, 4, 1, 9]
    assert np.allclose(np.load(tmp_path / "e.npy"), expected.ravel(), atol=1e-7)


def test_inputs_of_different_grids_are_told(pvpython, big):
    script = """
        fine, coarse = OpenDataFile(arguments[0]), OpenDataFile(arguments[0], Level="1")
        error = vcoreError(Input=fine, Decoded=coarse)
        error.UpdatePipeline()
        found = error.PointData.GetNumberOfArrays()
    """
    answer = pvpython(script, big)
    assert answer.found == 0
    assert "Got 130 x 100 x 70 and 65 x 50 x 35 points" in answer.output
    assert "Traceback" not in answer.output


def test_compressing_needs_no_other_python(pvpython, original, tmp_path):
    """Without the launcher's variable, ParaView's own Python compresses."""
    script = f"""
        SaveData(arguments[1], proxy=OpenDataFile(arguments[0]), {QUICK})
    """
    pvpython(script, original, tmp_path / "out.vcore", VCORE_PYTHON="")
    assert vcore.open(tmp_path / "out.vcore").shape == (14, 15, 16)
