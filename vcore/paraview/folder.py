"""The private folder: what ParaView's Python may import of this environment, and nothing else.

A whole site-packages on ParaView's path crashes it: a `vtk` wheel there takes the place of
ParaView's own modules. So the folder holds links to the packages that decoding needs.
"""

import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path

from vcore.errors import OutputError

NAME = "vcore-volumes"
COMMAND_LINE = {"typer", "rich"}
"""Requirements of the command line only, which ParaView does not run."""
SHIM = "sitecustomize.py"


def cache_folder() -> Path:
    """Return where the private folders lie: ``VCORE_CACHE``, else the user's cache."""
    if asked := os.environ.get("VCORE_CACHE"):
        return Path(asked)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "vcore"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "vcore"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vcore"


def plugin_folder() -> Path:
    """Return the folder of the ParaView plugin: of the checkout, or as a wheel brings it.

    Raises
    ------
    OutputError
        Neither is there.
    """
    package = _package()
    for folder in (
        package.parent / "plugins" / "paraview",
        package / "_plugins" / "paraview",
    ):
        if (folder / "vcore_paraview.py").is_file():
            return folder
    raise OutputError(
        f"Expected the ParaView plugin beside {package}. It is not there: install {NAME} again."
    )


def requirements(name: str = NAME) -> dict[str, Distribution]:
    """Return the installed distributions that decoding needs, by name, ``name`` itself too."""
    found: dict[str, Distribution] = {}
    wanted = [name]
    while wanted:
        key = _normalised(wanted.pop())
        if key in found or key in COMMAND_LINE:
            continue
        try:
            found[key] = distribution(key)
        except PackageNotFoundError:
            continue  # a requirement of another platform or Python version
        for line in found[key].requires or ():
            if "extra ==" not in line:
                wanted.append(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0])
    return found


def link_folder(root: Path | None = None) -> Path:
    """Return a folder for ParaView's ``PYTHONPATH`` with links to what decoding needs.

    It has the layout of a virtual environment, for ParaView's option ``--venv``: see
    ``venv_root``. It is made anew where a link is missing or points elsewhere.

    Parameters
    ----------
    root
        The folder to make; by default one a Python environment, in the cache.

    Raises
    ------
    OutputError
        It cannot be made.
    """
    if root is None:
        key = hashlib.blake2b(sys.prefix.encode(), digest_size=6).hexdigest()
        root = cache_folder() / f"paraview-{key}"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    windows = sys.platform == "win32"
    target = root / ("Lib" if windows else f"lib/{version}") / "site-packages"
    links = dict(_links())
    try:
        target.mkdir(parents=True, exist_ok=True)
        (root / "pyvenv.cfg").write_text(
            f"home = {Path(sys.executable).parent}\ninclude-system-site-packages = false\n"
        )
        for stale in target.iterdir():
            if stale.name not in links:
                _remove(stale)
        for name, source in links.items():
            _link(source, target / name)
        shutil.copyfile(Path(__file__).with_name("shim.py"), target / SHIM)
    except OSError as error:
        raise OutputError(
            f"Expected to make the folder {root} for ParaView. Got '{error}' instead: set "
            f"VCORE_CACHE to a folder that can be written."
        ) from error
    return target


def venv_root(folder: Path) -> Path:
    """Return what ``--venv`` takes for a folder of ``link_folder``."""
    return folder.parents[1 if sys.platform == "win32" else 2]


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _package() -> Path:
    """Return the folder of the package, also where this Python finds it by a link of ours."""
    return Path(str(files("vcore"))).resolve()


def _links() -> Iterator[tuple[str, Path]]:
    """Yield name and origin of each file or folder to link."""
    yield "vcore", _package()
    for key, found in requirements().items():
        information = Path(str(found.locate_file("")))
        for file in found.files or ():
            name = file.parts[0]
            own = key == NAME and not name.endswith(".dist-info")
            if name in {"..", "__pycache__"} or name.endswith(".pth") or own:
                continue
            # in a shell that has the variables of --env, this Python finds the links themselves
            yield name, (information / name).resolve()


def _link(source: Path, link: Path) -> None:
    if source == link or (link.is_symlink() and Path(os.readlink(link)) == source):
        return
    _remove(link)
    try:
        link.symlink_to(source, target_is_directory=source.is_dir())
    except FileExistsError:
        return  # another process of the same start was faster
    except OSError:
        if sys.platform != "win32":
            raise
        _copy_on_windows(source, link)


def _copy_on_windows(source: Path, link: Path) -> None:
    """Make a junction or a copy: symbolic links need a privilege there."""
    if source.is_dir():
        import _winapi

        _winapi.CreateJunction(str(source), str(link))  # type: ignore[attr-defined,unused-ignore]
    else:
        shutil.copyfile(source, link)


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink(missing_ok=True)
    elif path.is_dir():
        try:
            path.rmdir()  # a junction, or what an interrupted start left
        except OSError:
            shutil.rmtree(path)
