"""Compression in another Python process: identical bytes, progress, errors, cancellation."""

import sys
from pathlib import Path

import numpy as np
import pytest
from volumes import frames, holes

import vcore
from vcore.errors import BudgetError, Cancelled, InputError, VcoreError
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume
from vcore.paraview.worker import SubprocessJob

JOB = SubprocessJob("gaussian", {"steps": 5}, {"bytes": 4000}, seed=3)


def volume() -> Volume:
    values = holes(frames((2, 9, 10, 11)))
    grid = Grid((9, 10, 11), (2.0, 1.0, 0.5), unit="micrometer", times=(0.0, 3.0))
    flags = Variable("flag", np.full((9, 10, 11), 3, "u1"), fill_value=9)
    return Volume(grid, (Variable("rho", values, tuple("tzyx"), "kg"), flags), "run.vti")


def test_the_file_is_the_one_that_this_process_writes(tmp_path):
    stages = set()
    context = Context(progress=lambda stage, _: stages.add(stage))
    report = JOB.run_elsewhere(volume(), tmp_path / "there.vcore", context, sys.executable)
    here = JOB.run(volume(), tmp_path / "here.vcore", Context())
    assert (tmp_path / "there.vcore").read_bytes() == (tmp_path / "here.vcore").read_bytes()
    assert (report.psnr, report.bytes, report.notes) == (here.psnr, here.bytes, here.notes)
    assert {"starting", "fitting", "checking"} <= stages
    opened = vcore.open(tmp_path / "there.vcore")
    assert opened.variables["rho"].header.unit == "kg"
    assert opened.variables["flag"].header.fill_value == 9


@pytest.mark.parametrize(
    ("job", "kind"),
    [
        (SubprocessJob("gaussian", {}, {"bytes": 20}), BudgetError),
        (SubprocessJob("gaussian", {"stride": 1}), InputError),
        (SubprocessJob("zip"), InputError),
    ],
)
def test_errors_come_back_as_what_they_are(tmp_path, job, kind):
    with pytest.raises(kind, match="Expected"):
        job.run_elsewhere(volume(), tmp_path / "no.vcore", Context(), sys.executable)
    assert list(tmp_path.iterdir()) == []


def test_cancelling_leaves_no_file(tmp_path):
    context = Context()

    def stop(stage: str, _share: float) -> None:
        if stage == "fitting":
            context.cancelled.set()

    context = Context(progress=stop)
    job = SubprocessJob("gaussian", {"steps": 100_000}, {"bytes": 4000})
    with pytest.raises(Cancelled):
        job.run_elsewhere(volume(), tmp_path / "no.vcore", context, sys.executable)
    assert list(tmp_path.iterdir()) == []


def test_a_python_without_vcore_is_told(tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'No module named vcore' >&2\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(VcoreError, match="No module named vcore"):
        JOB.run_elsewhere(volume(), tmp_path / "no.vcore", Context(), str(python))
    assert not Path(tmp_path / "no.vcore").exists()
