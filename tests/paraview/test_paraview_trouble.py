"""Changing, growing and broken files, and an environment without the usual libraries."""

import sys
from pathlib import Path

import numpy as np
import pytest
from real_paraview import GOLDEN, compressed_file
from volumes import blobs

import vcore
from vcore import io
from vcore.model.volume import Volume

pytestmark = pytest.mark.slow

OPENS = """
    reader = OpenDataFile(arguments)
    reader.UpdatePipeline()
    data = output(reader)
    found = [data.GetNumberOfPoints(), data.GetPointData().GetNumberOfArrays()]
"""


def test_reload_shows_what_changed(pvpython, copied, tmp_path):
    path = copied("gaussian.vcore")
    other = compressed_file(tmp_path / "other.vcore", Volume.from_array(blobs((6, 7, 8))))
    script = """
        import os, shutil
        reader = OpenDataFile(arguments[0])
        reader.UpdatePipeline()
        found = [reader.GetDataInformation().GetExtent()]
        shutil.copyfile(arguments[1], arguments[0])
        ReloadFiles(reader)
        reader.UpdatePipeline()
        found.append(reader.GetDataInformation().GetExtent())
        found.append([a.Name for a in reader.PointData])
    """
    first, second, names = pvpython(script, path, other).found
    assert first == [0, 69, 0, 3, 0, 2]
    assert second == [0, 7, 0, 6, 0, 5]
    assert names == ["values"]


def test_a_growing_file_shows_its_coarse_levels_first(pvpython, tmp_path):
    whole = GOLDEN / "linear1.vcore"  # 130 x 5 x 3 voxels; its means come first
    data = whole.read_bytes()
    dataset = vcore.open(whole)
    levels = len(dataset.decoder().grids)
    cut = next(
        n
        for n in range(len(data) - 1, 0, -10)
        if vcore.open(data[:n]).decoder().available_levels not in ((), tuple(range(levels)))
    )
    path = tmp_path / "growing.vcore"
    path.write_bytes(data[:cut])
    available = vcore.open(data[:cut]).decoder().available_levels
    script = """
        import shutil
        reader = OpenDataFile(arguments[0])
        reader.UpdatePipeline()
        found = [field(reader, "level")]
        shutil.copyfile(arguments[1], arguments[0])
        ReloadFiles(reader)
        reader.UpdatePipeline()
        found.append(field(reader, "level"))
    """
    assert pvpython(script, path, whole).found == [available[0], 0]
    assert available[0] > 0


def broken(path: Path, how: str) -> Path:
    data = bytearray((GOLDEN / "gaussian.vcore").read_bytes())
    if how == "empty":
        data = bytearray()
    elif how == "another format":
        data = bytearray(b"# vtk DataFile Version 3.0\n" * 20)
    elif how == "cut header":
        data = data[:60]
    elif how == "damaged header":
        data[30] ^= 0xFF
    elif how == "damaged values":
        data[-20] ^= 0xFF
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "how", ["empty", "another format", "cut header", "damaged header", "damaged values"]
)
def test_bad_files_are_told_in_a_sentence(pvpython, tmp_path, how):
    answer = pvpython(OPENS, broken(tmp_path / "bad.vcore", how))
    assert answer.found[1] == 0
    lines = [line for line in answer.output.splitlines() if "vcore: " in line]
    assert len(lines) >= 1
    assert "bad.vcore" in answer.output or "damaged" in answer.output
    for noise in ("Traceback", "returned failure", "vtkInformation"):
        assert noise not in answer.output


def test_a_missing_file_is_told_in_a_sentence(pvpython, copied):
    path = copied("gaussian.vcore")
    script = """
        import os
        reader = OpenDataFile(arguments[0])
        os.remove(arguments[0])
        reader.UpdatePipeline()
        found = output(reader).GetNumberOfPoints()
    """
    answer = pvpython(script, path)
    assert answer.found == 0
    assert "No such file or directory" in answer.output
    assert "Traceback" not in answer.output


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({"Level": "9"}, "Expected a level in 0..1, or Auto. Got '9' instead."),
        ({"Level": "fine"}, "Expected a level in 0..1, or Auto. Got 'fine' instead."),
        ({"VOI": [50, 40, 0, -1, 0, -1]}, "Expected a volume of interest within 0..69"),
        ({"VOI": [90, 95, 0, -1, 0, -1]}, "Expected a volume of interest within 0..69"),
    ],
)
def test_settings_that_do_not_fit_are_told(pvpython, properties, sentence):
    script = f"""
        reader = OpenDataFile(arguments[0], **{properties!r})
        reader.UpdatePipeline()
        found = reader.PointData.GetNumberOfArrays()
    """
    answer = pvpython(script, GOLDEN / "gaussian.vcore")
    assert answer.found == 0
    assert sentence in answer.output
    assert "Traceback" not in answer.output


def test_files_of_different_grids_are_refused(pvpython):
    answer = pvpython(OPENS, GOLDEN / "gaussian.vcore", GOLDEN / "siren_series.vcore")
    assert answer.found == [0, 0]
    assert "Expected files of one grid, 70 x 4 x 3 voxels." in answer.output


WITHOUT_HEAVY_LIBRARIES = """
        for name in ("torch", "scipy", "dask", "skimage", "matplotlib", "pandas"):
            assert name not in sys.modules  # loading the plugin imported none
            sys.modules[name] = None
"""


def test_decoding_needs_none_of_the_heavy_libraries(pvpython):
    script = f"""
        {WITHOUT_HEAVY_LIBRARIES}
        found = {{}}
        for path in arguments:
            reader = OpenDataFile(path)
            reader.UpdatePipeline()
            data = reader.GetDataInformation()
            found[path] = data.GetNumberOfPoints()
    """
    paths = sorted(GOLDEN.glob("*.vcore"))
    counts = pvpython(script, *paths).found
    assert counts == {str(p): int(np.prod(vcore.open(p).grid.shape)) for p in paths}


def test_the_error_needs_none_of_the_heavy_libraries(pvpython, tmp_path):
    values = np.float32(blobs((14, 15, 16)))
    original = tmp_path / "original.vti"
    io.write(Volume.from_array(values), original)
    path = compressed_file(tmp_path / "c.vcore", Volume.from_array(values))
    script = f"""
        {WITHOUT_HEAVY_LIBRARIES}
        error = vcoreError(Input=OpenDataFile(arguments[0]), Decoded=OpenDataFile(arguments[1]))
        error.UpdatePipeline()
        name = output(error).GetPointData().GetArrayName(0).removeprefix("error of ")
        found = [field(error, f"PSNR of {{name}} (dB)"), field(error, f"MSE of {{name}}")]
    """
    difference = vcore.open(path).decode().astype("f8") - values
    mse = np.square(difference).mean()
    psnr = 10 * np.log10(np.ptp(values).astype("f8") ** 2 / mse)
    assert pvpython(script, original, path).found == pytest.approx([psnr, mse], rel=1e-9)


def test_a_vtk_wheel_in_the_environment_stays_out(pvpython, big):
    """This environment contains VTK's own wheel beside vcore's requirements for ParaView."""
    wheel = pytest.importorskip("vtkmodules", reason="no vtk wheel to be kept out")
    script = """
        import vtkmodules
        reader = OpenDataFile(arguments[0])
        reader.UpdatePipeline()
        found = [vtkmodules.__file__, reader.GetDataInformation().GetNumberOfPoints()]
    """
    place, points = pvpython(script, big).found
    assert points == 70 * 100 * 130
    assert Path(place) != Path(wheel.__file__)
    assert not Path(place).is_relative_to(sys.prefix)


def test_abort_stops_decoding(pvpython, big):
    script = """
        calls = counted()
        from vcore_pv import decode
        decode.CHUNKS_A_THREAD = 0  # a report after each layer of chunks
        reader = OpenDataFile(arguments[0])
        algorithm = reader.SMProxy.GetClientSideObject()
        shares = []
        def stop(*_):
            shares.append(algorithm.GetProgress())
            if shares[-1] > 0:
                algorithm.SetAbortExecute(1)
        algorithm.AddObserver("ProgressEvent", stop)
        reader.UpdatePipeline()
        aborted = [len(calls), reader.PointData.GetNumberOfArrays()]
        algorithm.RemoveAllObservers()
        algorithm.SetAbortExecute(0)
        reader.MemoryLimit = 100  # something changes: ParaView updates again
        reader.UpdatePipeline()
        found = [aborted, shares, reader.PointData.GetNumberOfArrays()]
    """
    aborted, shares, arrays = pvpython(script, big).found
    assert aborted == [1, 0]
    assert any(0 < share < 1 for share in shares)
    assert arrays == 1


def test_compiling_is_said_in_the_progress_bar(pvpython, big):
    """While the first chunk waits for compilation; then the bar shows its usual text."""
    script = """
        import time
        from vcore.runtime import compile_events as first_use
        from vcore.engine.decoder import VariableDecoder
        inner = VariableDecoder.decode

        def compiled_first(decoder, *arguments):
            first_use.compiling()
            time.sleep(1)
            return inner(decoder, *arguments)

        VariableDecoder.decode = compiled_first
        reader = OpenDataFile(arguments[0])
        algorithm = reader.SMProxy.GetClientSideObject()
        found = []
        algorithm.AddObserver(
            "ProgressEvent", lambda *_: found.append(algorithm.GetProgressText())
        )
        reader.UpdatePipeline()
    """
    found = pvpython(script, big).found
    assert any("compiling" in (text or "") for text in found)
    assert not found[-1]
