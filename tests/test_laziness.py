"""Import times: opening and decoding stay light, torch is imported only on request."""

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Files = Callable[[str], bytes]

HEAVY = ("torch", "dask", "skimage", "pandas", "xarray", "matplotlib", "h5py", "nibabel")
"""Packages that decoding never imports. SciPy is not listed: numba imports it if available."""


def modules_after(script: str, *arguments: str) -> dict[str, Any]:
    """Run ``script`` in a fresh interpreter; return its ``found`` and the loaded modules."""
    whole = (
        "import sys, json\nfound = None\n"
        + textwrap.dedent(script)
        + "\nprint(json.dumps({'found': found, 'modules': sorted(sys.modules)}))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", whole, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def of(package: str, modules: list[str]) -> list[str]:
    """Return the modules that belong to ``package``."""
    return [m for m in modules if m == package or m.startswith(package + ".")]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, compressed: Files) -> dict[str, Path]:
    """Return files of several methods and layers."""
    folder = tmp_path_factory.mktemp("lazy")
    paths = {name: folder / f"{name}.vcore" for name in ("many", "paper", "bound", "constant")}
    for name, path in paths.items():
        path.write_bytes(compressed(name))
    return paths


@pytest.mark.parametrize("name", ["many", "paper", "bound", "constant"])
def test_reading_a_chunk_imports_nothing_heavy(files: dict[str, Path], name: str) -> None:
    script = """
        import vcore
        ds = vcore.open(sys.argv[1])
        array = ds.array
        index = tuple(slice(0, c) for c in array.chunks)
        found = [array[index].shape, ds.decode(index).shape]
    """
    answer = modules_after(script, str(files[name]))
    assert answer["found"][0] == answer["found"][1]
    for package in HEAVY:
        assert of(package, answer["modules"]) == []


def test_import_is_light() -> None:
    modules = modules_after("import vcore\nvcore.Budget")["modules"]
    for package in (*HEAVY, "scipy", "zarr", "numba", "typer", "rich", "google_crc32c"):
        assert of(package, modules) == []
    light = {"vcore", "vcore.errors", "vcore.model", "vcore.model.budget", "vcore.model.text"}
    assert set(of("vcore", modules)) == light


def test_opening_compiles_nothing(files: dict[str, Path]) -> None:
    script = """
        import vcore
        ds = vcore.open(sys.argv[1])
        found = [ds.shape, ds.info["variables"][0]["method"]]
    """
    answer = modules_after(script, str(files["many"]))
    assert answer["found"] == [[70, 130, 70], "linear2"]
    for package in (*HEAVY, "scipy", "numba", "zarr"):
        assert of(package, answer["modules"]) == []


def test_listing_methods_imports_none() -> None:
    script = "from vcore import methods\nfound = methods.names()"
    answer = modules_after(script)
    assert {"linear1", "linear2", "coordvarsvd", "svd1", "svd2"} <= set(answer["found"])
    loaded = of("vcore.methods", answer["modules"])
    assert loaded == ["vcore.methods"]
    for package in (*HEAVY, "scipy", "numba", "zarr"):
        assert of(package, answer["modules"]) == []


def test_without_torch_compressing_names_the_extra(tmp_path: Path) -> None:
    script = """
        import numpy as np

        class Block:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] == "torch":
                    raise ModuleNotFoundError("No module named 'torch'", name="torch")

        sys.meta_path.insert(0, Block())
        import vcore
        values = np.arange(4**3, dtype="f4").reshape(4, 4, 4)
        found = []
        for preset in ("compact", "paper"):
            try:
                vcore.compress(values, sys.argv[1], method="linear2",
                               budget=vcore.Budget(bytes=50_000),
                               settings={"preset": preset, "k": 4, "steps": 2, "epochs": 1})
            except vcore.VcoreError as error:
                found.append([type(error).__name__, isinstance(error, ImportError), str(error)])
    """
    found = modules_after(script, str(tmp_path / "v.vcore"))["found"]
    assert len(found) == 2
    for name, is_import_error, message in found:
        assert (name, is_import_error) == ("MissingExtraError", True)
        assert "pip install 'vcore-volumes[train]'" in message
    assert list(tmp_path.iterdir()) == []


def test_files_decode_without_torch_scipy_dask_and_skimage(
    files: dict[str, Path], compressed: Files
) -> None:
    """Codes, masks, an error bound's residual, and the paper preset's plain floats."""
    import vcore

    script = """
        for name in ("torch", "scipy", "dask", "skimage"):
            sys.modules[name] = None
        import numpy as np
        import vcore
        for path in sys.argv[1:]:
            np.save(path + ".npy", vcore.open(path).decode())
    """
    modules_after(script, *(str(path) for path in files.values()))
    for name, path in files.items():
        ds = vcore.open(compressed(name))
        expected, found = ds.decode(), np.load(f"{path}.npy")
        assert found.dtype == expected.dtype
        here = np.isfinite(expected)
        assert np.array_equal(found[~here], expected[~here], equal_nan=True)
        assert found[here] == pytest.approx(expected[here], abs=1e-5)


def test_constant_volumes_need_no_torch(tmp_path: Path) -> None:
    script = """
        sys.modules["torch"] = None
        import numpy as np
        import vcore
        found = vcore.compress(np.full((3, 4, 5), 2, "u1"), sys.argv[1]).bytes
    """
    assert modules_after(script, str(tmp_path / "v.vcore"))["found"] < 400
