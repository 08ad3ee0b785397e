"""Create the scenes of splats in the folder ``scenes``: ``python tests/golden/make_splats.py``.

Existing files are never overwritten: files written by any version must decode permanently. Each
``NAME.vcore`` comes with ``NAME.npz``: the arrays of its splats.
"""

from pathlib import Path

import numpy as np
from made_splats import shell

from vcore.model.budget import Budget
from vcore.scenes.compress import compress_scene
from vcore.scenes.methods.splats.field import SplatField
from vcore.scenes.scene import Scene

FOLDER = Path(__file__).parent / "scenes"
ARRAYS = ("positions", "scales", "rotations", "opacities", "sh")
FILES = {"splats_0": (90, 0, 38), "splats_2": (150, 2, 44)}
"""Number of splats, degree and PSNR in dB, by name."""


def main() -> None:
    """Write the files that are not there."""
    for name, (count, degree, wanted) in FILES.items():
        path = FOLDER / f"{name}.vcore"
        if path.exists():
            continue
        field = SplatField(shell(count, degree, size=0.2), background=(0.2, 0.4, 0.6), name=name)
        compress_scene(field, path, budget=Budget(psnr=wanted), settings={"block": 64})
        splats = Scene(path).field.splats  # type: ignore[attr-defined]
        np.savez(path.with_suffix(".npz"), **{n: getattr(splats, n) for n in ARRAYS})


if __name__ == "__main__":
    main()
