import subprocess
import sys

import vcore.metrics


def test_importing_the_package_needs_numpy_only() -> None:
    heavy = ["scipy", "skimage", "torch", "torchvision", "torchmetrics"]
    code = f"import sys, vcore.metrics; print(set({heavy}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_public_names_are_there() -> None:
    for name in vcore.metrics.__all__:
        assert callable(getattr(vcore.metrics, name))
