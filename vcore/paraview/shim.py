"""Startup module of ParaView's Python (``sitecustomize``), imported before any plugin."""

import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import inspect
import os
import sys
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
OWN = {name.partition(".")[0] for name in os.listdir(HERE)} - {"sitecustomize"}

# ParaView 5.11 needs a function removed in Python 3.11, without which it loads no Python plugin
if not hasattr(inspect, "getargspec"):
    setattr(inspect, "getargspec", inspect.getfullargspec)  # noqa: B010


# numba imports the system's SciPy, which works with vcore's newer NumPy but warns about it, and
# ParaView shows the warning as an error
warnings.filterwarnings("ignore", "A NumPy version .* is required for this version of SciPy")


class _OwnFirst(importlib.abc.MetaPathFinder):
    """Import finder that prefers packages beside this file to ParaView's own (NumPy)."""

    def find_spec(self, fullname, path=None, target=None):
        if path is None and fullname in OWN:
            return importlib.machinery.PathFinder.find_spec(fullname, [HERE])
        if fullname == "scipy" and _scipy_is_too_old():
            raise ModuleNotFoundError("This SciPy was built for NumPy 1.", name="scipy")
        return None


def _scipy_is_too_old():
    """Return whether SciPy was built for NumPy 1, so that numba would fail to import it."""
    try:
        numpy, scipy = (
            tuple(int(n) for n in importlib.metadata.version(name).split(".")[:2])
            for name in ("numpy", "scipy")
        )
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return False
    return numpy >= (2, 0) and scipy < (1, 13)  # 1.13 is the first with NumPy 2 support


def _next_sitecustomize():
    """Run the ``sitecustomize`` hidden by this file."""
    others = [p for p in sys.path if os.path.abspath(p) != HERE]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


sys.meta_path.insert(0, _OwnFirst())
_next_sitecustomize()
