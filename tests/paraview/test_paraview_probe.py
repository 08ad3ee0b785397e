"""The filter vcore Probe: values of a file at the points of another data set."""

import numpy as np
import pytest

import vcore

pytestmark = pytest.mark.slow


def test_a_line_has_the_files_values_and_gradients(pvpython, big, tmp_path):
    script = """
        line = Line(Point1=[31.0, 21.0, 12.0], Point2=[61.0, 68.0, 140.0], Resolution=40)
        probe = vcoreProbe(Input=line, FileName=arguments[0], Gradient=1)
        calls = counted()
        probe.UpdatePipeline()
        np.save(arguments[1], values(probe, "density"))
        np.save(arguments[2], values(probe, "gradient of density"))
        np.save(arguments[3], vtk_to_numpy(output(probe).GetPoints().GetData()))
        found = [output(probe).GetClassName(), output(probe).GetNumberOfCells(), calls]
    """
    names = [tmp_path / f"{k}.npy" for k in range(3)]
    kind, cells, decoded = pvpython(script, big, *names).found
    values, gradient, points = map(np.load, names)
    assert (kind, cells) == ("vtkPolyData", 1)
    assert decoded == []  # evaluated at the points
    wanted, slopes = vcore.open(big).sample(points[:, ::-1], gradient=True)
    np.testing.assert_allclose(values, wanted, rtol=1e-6)
    np.testing.assert_allclose(gradient, slopes[:, ::-1], rtol=1e-6, atol=1e-9)
    assert np.isfinite(values).sum() > 30


def test_time_steps_and_components(pvpython, series):
    script = """
        plane = Plane(Origin=[1, 1, 4], Point1=[8, 1, 4], Point2=[1, 9, 4], XResolution=3)
        probe = vcoreProbe(Input=plane, FileName=arguments[0])
        probe.UpdatePipeline(0.5)
        array = output(probe).GetPointData().GetArray("v")
        found = [list(probe.TimestepValues), values(probe, "v").tolist(),
                 [array.GetComponentName(k) for k in range(2)],
                 vtk_to_numpy(output(probe).GetPoints().GetData()).tolist()]
    """
    times, values, names, points = pvpython(script, series).found
    assert times == [0.0, 0.5, 2.0]
    assert names == ["u", "w"]
    wanted = vcore.open(series).sample(np.array(points)[:, ::-1], frame=1)
    assert len(points) == 8
    np.testing.assert_allclose(values, wanted, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("name", "more", "sentence"),
    [("none.vcore", "", "Expected a .vcore file"), ("", ', Variable="w"', "one of the variables")],
)
def test_what_cannot_be_sampled_is_told(pvpython, big, tmp_path, name, more, sentence):
    script = f"""
        probe = vcoreProbe(Input=Sphere(), FileName=arguments[0]{more})
        probe.UpdatePipeline()
    """
    answer = pvpython(script, tmp_path / name if name else big)
    assert sentence in answer.output
    assert "Traceback" not in answer.output
