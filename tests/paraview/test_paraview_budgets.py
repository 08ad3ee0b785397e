"""Budgets of single arrays, in the writer and in vcore Compress."""

import numpy as np
import pytest

import vcore
from vcore import io
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

pytestmark = pytest.mark.slow

SHAPE = (12, 14, 16)


@pytest.fixture
def weather(tmp_path):
    """Return a `.vti` of a smooth T, a noisy p, and q with missing values; and its volume."""
    random = np.random.default_rng(5)
    z, _, x = np.mgrid[tuple(slice(n) for n in SHAPE)]
    t = (280 + 10 * np.sin(z / 5) + 5 * np.cos(x / 7)).astype("f4")
    p = (1e5 - 50 * z + 20 * random.normal(size=SHAPE)).astype("f4")
    q = random.random(SHAPE).astype("f4")
    q[0, 0, :3], q[2, 2, 2] = np.nan, -0.0
    path = tmp_path / "weather.vti"
    volume = Volume(Grid(SHAPE), tuple(map(Variable, "Tpq", (t, p, q))))
    io.write(volume, path)
    return path, volume


def test_each_array_keeps_its_own(pvpython, weather, tmp_path):
    script = """
        source = OpenDataFile(arguments[0])
        budgets = ["T", "max_error", "0.01", "p", "psnr", "60"]
        SaveData(arguments[1], proxy=source, ArrayBudgets=budgets)
        made = vcoreCompress(Input=source, ArrayBudgets=budgets, KeepFile=arguments[2])
        made.UpdatePipeline()
        np.save(arguments[3], values(made, "q"))
        found = [field(made, f"budget of {name}") for name in "Tpq"]
        made.ArrayBudgets = ["T", "max_error", "0.5"]
        made.Budget, made.BudgetValue = "Ratio", 10
        made.UpdatePipeline()
        found += [field(made, f"budget of {name}") for name in "Tpq"]
    """
    path, volume = weather
    out, kept, shown = (tmp_path / name for name in ("out.vcore", "kept.vcore", "q.npy"))
    told = pvpython(script, path, out, kept, shown).found
    assert told[:3] == ["max error 0.01", "PSNR 60 dB", "lossless"]
    assert told[3:] == ["max error 0.5", "10 : 1", "10 : 1"]
    original = {name: volume[name].read() for name in "Tpq"}
    assert np.load(shown).tobytes() == original["q"].tobytes()
    dataset = vcore.open(out)
    assert dataset.decode(variable="q").tobytes() == original["q"].tobytes()
    off = np.abs(dataset.decode(variable="T").astype("f8") - original["T"]).max()
    assert 0.001 < off <= 0.01
    mse = np.mean(np.square(dataset.decode(variable="p").astype("f8") - original["p"]))
    assert 60 <= 20 * np.log10(np.ptp(original["p"])) - 10 * np.log10(mse) < 61


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ('["X", "psnr", "60"]', "Expected budgets of the variables 'T', 'p', 'q'. Got one of 'X'"),
        ('["T", "quality", "60"]', "Variable 'T': Expected `Budget.quality` below-noise"),
        ('["T", "best", "60"]', "as the budget of array 'T'. Got 'best' instead"),
        ('["T", "psnr", "high"]', "Expected a number as psnr of array 'T'. Got 'high' instead"),
        ('["T", "psnr", "50", "T", "psnr", "60"]', "Expected psnr once for array 'T'"),
        ('["T", "psnr", "50", "T", "ratio", "9"]', "Variable 'T': Expected one of"),
    ],
)
def test_what_cannot_be_is_told(pvpython, weather, tmp_path, rows, sentence):
    script = f"""
        from paraview.servermanager import writers
        source = OpenDataFile(arguments[0])
        writer = writers.vcoreWriter(Input=source, FileName=arguments[1], ArrayBudgets={rows})
        writer.UpdatePipeline()
    """
    answer = pvpython(script, weather[0], tmp_path / "out.vcore")
    assert sentence in answer.output
    assert "Traceback" not in answer.output
    assert not (tmp_path / "out.vcore").exists()


def test_empty_rows_ask_for_nothing(pvpython, weather, tmp_path):
    script = """
        SaveData(arguments[1], proxy=OpenDataFile(arguments[0]), ArrayBudgets=["", "", ""])
    """
    path, volume = weather
    pvpython(script, path, tmp_path / "out.vcore")
    dataset = vcore.open(tmp_path / "out.vcore")
    assert dataset.info["bytes"] <= volume.nbytes / 2  # without loss it takes more than half


def test_a_quality_in_a_word(pvpython, weather, tmp_path):
    script = """
        source = OpenDataFile(arguments[0])
        SaveData(arguments[1], proxy=source, Budget="Quality preview (robust PSNR 34 dB)")
        reader = OpenDataFile(arguments[1])
        reader.UpdatePipeline()
        found = [field(reader, f"quality of {name}") for name in "Tpq"]
        found.append(float(field(reader, "robust PSNR of p (dB)")))
        made = vcoreCompress(Input=source, Budget="Robust PSNR (dB)", BudgetValue=50)
        made.UpdatePipeline()
        found.append(field(made, "budget of p"))
    """
    answer = pvpython(script, weather[0], tmp_path / "out.vcore")
    assert answer.found[:3] == ["preview"] * 3
    assert 33.9 < answer.found[3] < 36
    assert answer.found[4] == "robust PSNR 50 dB"
    note = "of preview quality, to look at, not to measure: T, p, q"
    assert answer.output.count(f"{note}.") == 1
    words = [v["quality"] for v in vcore.open(tmp_path / "out.vcore").info["variables"]]
    assert words == ["preview"] * 3
