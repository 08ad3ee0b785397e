"""What the reader tells about itself: level shown, figures, names in the panel."""

import numpy as np
import pytest
from volumes import blobs

import vcore
from vcore.model.volume import Volume

pytestmark = pytest.mark.slow


def test_auto_tells_once_that_a_coarser_level_is_shown(pvpython, big):
    script = """
        reader = OpenDataFile(arguments[0])
        reader.UpdatePipeline()
        reader.UpdatePropertyInformation()
        found = [plain(reader.Showing)]
        reader.MemoryLimit = 1
        reader.UpdatePipeline()
        reader.UpdatePropertyInformation()
        found.append(plain(reader.Showing))
        reader.VOI = [0, 129, 0, 99, 0, 60]
        reader.UpdatePipeline()
        reader.UpdatePropertyInformation()
        found += [plain(reader.Showing), field(reader, "showing")]
        reader.Level = "1"
        reader.UpdatePipeline()
        reader.UpdatePropertyInformation()
        found.append(plain(reader.Showing))
    """
    answer = pvpython(script, big)
    full, coarse, part, told, asked = answer.found
    assert full == "full resolution, 130 x 100 x 70 voxels"
    levels = "level 1 of 0 to 2, 65 x 50 x 35 of 130 x 100 x 70 voxels"
    assert coarse == f"{levels}: raise Memory Limit to 4 MB, or choose level 0"
    assert part == told
    assert part.startswith("level 1 of 0 to 2, 65 x 50 x 31 of 130 x 100 x 61 voxels: raise")
    assert asked == "level 1 of 0 to 2, 65 x 50 x 31 of 130 x 100 x 61 voxels"
    assert answer.output.count("is shown at") == 1
    assert f"vcore: {big} is shown at {coarse}." in answer.output
    assert "rror" not in answer.output
    assert "arning" not in answer.output


def test_a_series_tells_it_at_one_time_step_only(pvpython, tmp_path):
    path = tmp_path / "series.vcore"
    values = np.random.default_rng(2).normal(size=(3, 24, 24, 140)).astype("f4")
    vcore.compress(Volume.from_array(values, axes="tzyx"), path, method="wavelet", bpv=1)
    script = """
        reader = OpenDataFile(arguments[0])
        reader.GetClientSideObject().SetMemoryLimit(0)
        for time in reader.TimestepValues:
            reader.UpdatePipeline(time)
        found = field(reader, "level")
    """
    answer = pvpython(script, path)
    assert answer.found == len(vcore.open(path).decoder().grids) - 1 > 0
    assert answer.output.count("is shown at level") == 1


def test_a_cut_file_tells_that_its_finer_levels_are_missing(pvpython, tmp_path):
    values = np.random.default_rng(1).normal(size=(24, 50, 140)).astype("f4")
    data = vcore.compress(values, None, method="wavelet", bpv=2).data
    assert data is not None
    path = tmp_path / "cut.vcore"
    path.write_bytes(data[: len(data) // 4])
    available = vcore.open(path).decoder().available_levels
    assert available[0] > 0
    script = """
        reader = OpenDataFile(arguments[0])
        reader.UpdatePipeline()
        found = [field(reader, "level"), field(reader, "showing")]
    """
    answer = pvpython(script, path)
    level, told = answer.found
    assert level == available[0]
    assert told.startswith(f"level {level} of 0 to ")
    assert told.endswith(": the file is not whole, and its finer levels are missing")
    assert answer.output.count("is shown at level") == 1


def test_a_preview_says_that_it_is_one(pvpython, tmp_path):
    path = tmp_path / "preview.vcore"
    vcore.compress(blobs((20, 30, 40)), path, quality="preview")
    script = """
        reader = OpenDataFile(arguments[0])
        for _ in range(2):
            reader.UpdatePipeline()
            reader.GetClientSideObject().Modified()
        found = field(reader, "showing")
    """
    answer = pvpython(script, path)
    assert answer.found.endswith("; of preview quality, to look at, not to measure: values")
    assert answer.output.count("is shown at full resolution") == 1


def test_the_menu_of_colours_holds_the_variables(pvpython, big):
    script = """
        reader = OpenDataFile(arguments[0])
        reader.UpdatePipeline()
        made = vcoreCompress(Input=reader, Method="gaussian", Settings="steps=2")
        error = vcoreError(Input=reader, Decoded=made)
        error.UpdatePipeline()
        found = [colours(p) for p in (reader, made, error)]
        made.UpdatePropertyInformation()
        found.append(json.loads(made.GetPropertyValue("Figures")) ==
                     json.loads(output(made).GetFieldData().GetAbstractArray("vcore").GetValue(0)))
    """
    *menus, same = pvpython(script, big).found
    assert menus == [["density", "vcore"], ["density", "vcore"], ["error of density", "vcore"]]
    assert same


@pytest.mark.parametrize(("name", "words"), [("VOI", "Volume of interest"), ("Showing", "level")])
def test_properties_are_found_in_the_panel(pvpython, big, name, words):
    script = """
        reader = OpenDataFile(arguments[0])
        own = reader.SMProxy.GetProperty(arguments[1])
        documentation = own.GetDocumentation().GetDescription()
        found = [own.GetXMLLabel(), own.GetPanelVisibility(), documentation]
    """
    label, visible, documentation = pvpython(script, big, name).found
    assert (label, visible) == (name, "default")
    assert words in documentation
