"""`vcore report`."""

import json
import shlex
import sys

import numpy as np
import pytest
from volumes import blobs, in_dtype

import vcore

MEAN = "import sys, numpy; v = numpy.load(sys.argv[1]); print('mean', v.mean()); print('n', v.size)"


@pytest.fixture
def files(tmp_path):
    original = tmp_path / "cells.npy"
    np.save(original, in_dtype(blobs((12, 16, 20)), "u2", 0, 3000))
    vcore.compress(original, tmp_path / "cells.vcore", psnr=45)
    return str(original), str(tmp_path / "cells.vcore")


def test_it_writes_a_document_and_prints_a_table(run, files, tmp_path):
    done = run("report", *files)
    assert done.code == 0, done.err
    assert "gradient" in done.out
    page = (tmp_path / "cells.html").read_text(encoding="utf-8")
    assert "what was lost" in page
    again = run("report", *files)
    assert again.code == 3
    assert "--force" in again.err
    assert run("report", *files, "--force").code == 0


def test_json_prints_the_figures_and_writes_nothing(run, files, tmp_path):
    done = run("report", *files, "--json")
    figures = json.loads(done.out)["variables"][0]["figures"]
    assert figures["psnr"] >= 45
    assert not (tmp_path / "cells.html").exists()


def test_an_analysis_runs_on_both(run, files):
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(MEAN)} {{}}"
    done = run("report", *files, "--json", "--run", command)
    assert done.code == 0, done.err
    rows = {row["name"]: row for row in json.loads(done.out)["analysis"]["rows"]}
    assert rows["n"]["difference"] == 0
    assert rows["mean"]["original"] == np.load(files[0]).mean()
    assert rows["mean"]["decoded"] == pytest.approx(vcore.open(files[1]).decode().mean())


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (("-o", "report.txt"), "ends with .html"),
        (("--run-format", ".tif"), "--run-format with --run"),
        (("--run", "count.py"), "in place of the file"),
        (("--variable", "none"), "none"),
    ],
)
def test_bad_options_are_one_sentence(run, files, options, part):
    done = run("report", *files, *options)
    assert done.code == 2
    assert part in done.err
    assert "Traceback" not in done.err
