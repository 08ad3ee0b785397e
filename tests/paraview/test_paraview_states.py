"""State files and traces restore all settings."""

import pytest
from real_paraview import GOLDEN

pytestmark = pytest.mark.slow

SETS = """
    reader = OpenDataFile(arguments[0])
    reader.Level = "1"
    reader.MemoryLimit = 77
    reader.VOI = [3, 40, 0, 3, 1, 2]
    region = vcoreRegion(Input=reader, Corner=[1, 2, 1], Size=[9, 1, 1], Level=0)
    points = vcorePrimitives(FileName=arguments[0], Variable="values")
    made = vcoreCompress(Input=reader, Method="gaussian", Budget="Bits per voxel",
                         BudgetValue=150.5, Settings="steps=7", TimeLimit=8)
    error = vcoreError(Input=reader, Decoded=made)
"""
LOOKS = """
    names = {p.GetXMLName(): p for p in GetSources().values()}
    reader, region = names["VcoreReader"], names["VcoreRegion"]
    points, made, error = (names[n] for n in ("VcorePrimitives", "VcoreCompress", "VcoreError"))
    for proxy in names.values():
        proxy.UpdatePipeline()
    found = [
        [plain(n) for n in reader.FileNames], plain(reader.Level),
        reader.MemoryLimit, list(reader.VOI),
        list(reader.Variables), list(region.Corner), list(region.Size),
        region.Level, plain(points.FileName), plain(points.Variable),
        plain(made.Method), plain(made.Budget),
        made.BudgetValue, plain(made.Settings), made.TimeLimit,
        error.Decoded.GetXMLName() if hasattr(error.Decoded, "GetXMLName") else "",
        reader.GetDataInformation().GetExtent(), region.GetDataInformation().GetExtent(),
        points.GetDataInformation().GetNumberOfPoints(), error.PointData.GetNumberOfArrays(),
    ]
"""
PATH = GOLDEN / "gaussian.vcore"


def test_a_state_keeps_everything(pvpython, tmp_path):
    state = tmp_path / "all.pvsm"
    before = pvpython(SETS + LOOKS + "\n    SaveState(arguments[1])\n", PATH, state).found
    assert before[1:4] == ["1", 77, [3, 40, 0, 3, 1, 2]]
    assert before[10:15] == ["gaussian", "Bits per voxel", 150.5, "steps=7", 8]
    assert before[16] == [1, 20, 0, 1, 0, 1]
    assert before[-1] == 1
    assert pvpython("    LoadState(arguments[0])\n" + LOOKS, state).found == before


def test_a_python_state_keeps_everything(pvpython, tmp_path):
    state = tmp_path / "all.py"
    saves = "\n    from paraview.smstate import get_state\n    text = get_state()\n"
    saves += "    open(arguments[1], 'w').write(text if isinstance(text, str) else str(text))\n"
    before = pvpython(SETS + LOOKS + saves, PATH, state).found
    assert "vcoreReader(" in state.read_text()
    loads = "    exec(compile(open(arguments[0]).read(), 'state', 'exec'))\n"
    assert pvpython(loads + LOOKS, state).found == before


def test_a_trace_runs_again(pvpython, tmp_path):
    trace = tmp_path / "trace.py"
    script = """
        from paraview import smtrace
        smtrace.start_trace()
        reader = OpenDataFile(arguments[0])
        change = smtrace.PropertiesModified(reader)  # as the window does on Apply
        reader.Level = "1"
        reader.VOI = [3, 40, 0, 3, 1, 2]
        change.finalize()
        reader.UpdatePipeline()
        text = smtrace.stop_trace()
        open(arguments[1], "w").write(text if isinstance(text, str) else str(text))
        found = reader.GetDataInformation().GetExtent()
    """
    extent = pvpython(script, PATH, trace).found
    again = """
        exec(compile(open(arguments[0]).read(), "trace", "exec"))
        (reader,) = GetSources().values()
        reader.UpdatePipeline()
        found = [reader.GetXMLName(), plain(reader.Level), reader.GetDataInformation().GetExtent()]
    """
    assert pvpython(again, trace).found == ["VcoreReader", "1", extent]
