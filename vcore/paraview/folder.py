"""The private folder: the packages of this environment that ParaView's Python may import.

A complete site-packages on ParaView's path crashes it, because a `vtk` wheel there shadows
ParaView's own modules. The folder therefore links only to the packages needed for decoding.
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
"""Requirements used only by the command line, which ParaView does not run."""
SHIM = "sitecustomize.py"


def cache_folder() -> Path:
    """Return the parent of the private folders: ``VCORE_CACHE``, or the user's cache."""
    if asked := os.environ.get("VCORE_CACHE"):
        return Path(asked)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "vcore"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "vcore"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vcore"


def plugin_folder() -> Path:
    """Return the folder of the ParaView plugin, in a checkout or an installed wheel.

    Raises
    ------
    OutputError
        The plugin was not found.
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
    """Return the installed distributions needed for decoding, by name, including ``name``."""
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
    """Return a folder for ParaView's ``PYTHONPATH`` with links to the packages for decoding.

    It has the layout of a virtual environment, for ParaView's option ``--venv`` (see
    ``venv_root``), and is rebuilt if a link is missing or points elsewhere.

    Parameters
    ----------
    root
        The folder to create; by default one per Python environment, in the cache.

    Raises
    ------
    OutputError
        The folder cannot be created.
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
    """Return the value of ``--venv`` for a folder from ``link_folder``."""
    return folder.parents[1 if sys.platform == "win32" else 2]


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _package() -> Path:
    """Return the package folder, resolving our own links."""
    return Path(str(files("vcore"))).resolve()


def _links() -> Iterator[tuple[str, Path]]:
    """Yield name and source of each file or folder to link."""
    yield "vcore", _package()
    for key, found in requirements().items():
        information = Path(str(found.locate_file("")))
        for file in found.files or ():
            name = file.parts[0]
            own = key == NAME and not name.endswith(".dist-info")
            if name in {"..", "__pycache__"} or name.endswith(".pth") or own:
                continue
            # with the environment of --env set, this Python finds the links themselves
            yield name, (information / name).resolve()


def _link(source: Path, link: Path) -> None:
    if source == link or (link.is_symlink() and Path(os.readlink(link)) == source):
        return
    _remove(link)
    try:
        link.symlink_to(source, target_is_directory=source.is_dir())
    except FileExistsError:
        return  # another process created it first
    except OSError:
        if sys.platform != "win32":
            raise
        _copy_on_windows(source, link)


def _copy_on_windows(source: Path, link: Path) -> None:
    """Create a junction or a copy, because symbolic links need a privilege on Windows."""
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
            path.rmdir()  # a junction, or the remains of an interrupted start
        except OSError:
            shutil.rmtree(path)
