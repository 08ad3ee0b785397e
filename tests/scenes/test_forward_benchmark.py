"""The forward-facing scene of the benchmark."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import radiance_forward
from vcore.io.posed_reading import read_posed
from vcore.scenes.methods.nerf.ndc import Ndc


def test_rendered_views_are_written_as_llff(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(radiance_forward.CHOICES, theta="85:95:10", phi="-6:6:6", size=(20, 20))
    monkeypatch.setattr(radiance_forward, "CHOICES", small)

    radiance_forward._write(tmp_path / "forward", tmp_path / "forward.cdb")
    posed = read_posed(str(tmp_path / "forward"), plane=0.75)
    assert len(posed.cameras) == 6
    ndc = Ndc.of(posed.cameras)  # all look forward
    for k, camera in enumerate(posed.cameras):
        picture = posed.picture(k, (1.0, 1.0, 1.0))
        seen = np.argwhere(picture.min(-1) < 0.9)
        assert len(seen) > 60  # of 400 pixels
        depth = -(camera.pose[:3, :3].T @ (ndc.world().low + 0.5 * ndc.world().extent - camera.eye))
        assert depth[2] > camera.near
