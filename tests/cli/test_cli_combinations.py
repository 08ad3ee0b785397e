"""Several variables, and movies coded as volumes, on the command line."""

import numpy as np
from volumes import blobs, in_dtype

import vcore
from vcore.model.axes import flat_axes
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume


def test_a_comparison_has_a_row_for_every_variable(run, tmp_path):
    values = in_dtype(blobs((12, 40, 50)), "f4", 0, 3000)
    source = Volume(Grid(values.shape), (Variable("first", values), Variable("other", values)))
    vcore.io.write(source, tmp_path / "c.nc")
    vcore.compress(source, tmp_path / "c.vcore", psnr=45)
    found = run("compare", tmp_path / "c.nc", tmp_path / "c.vcore")
    assert found.code == 0
    rows = [line.split()[0] for line in found.out.splitlines() if line.split()]
    assert {"first", "other"} <= {*rows}
    every = run("compare", tmp_path / "c.nc", tmp_path / "c.vcore", "--json").json["variables"]
    assert every["other"]["psnr"] >= 45
    chosen = run(
        "compare", tmp_path / "c.nc", tmp_path / "c.vcore", "--variable", "other", "--json"
    )
    assert chosen.json["variable"] == "other"


def test_a_picture_of_a_movie_cut_short_is_refused_as_damaged(run, tmp_path):
    values = np.stack([in_dtype(blobs((1, 70, 90)), "u2", 0, 100 + k) for k in range(6)])
    movie = Variable("m", values, tuple("tzyx"), outer=flat_axes("tzyx"))
    source = Volume(Grid(values.shape[1:]), (movie,))
    report = vcore.compress(source, None, max_error=0, time_as_z=True)
    path = tmp_path / "cut.vcore"
    path.write_bytes(report.data[:-50])
    found = run("view", path, "-o", tmp_path / "cut.png")
    found.assert_refused("too short", code=4)
    assert not (tmp_path / "cut.png").exists()
