"""A method and a reader of somebody else's: documented, installed from wheels, used."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import packages
import pytest

from vcore.testing.volumes import blobs

ROOT = Path(__file__).parents[1]
OUTSIDE = [ROOT / "tests" / "data" / name for name in ("outside_method", "outside_reader")]
GUIDE = ROOT / "docs" / "extending.md"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which the wheels of both packages are installed."""
    pytest.importorskip("hatchling", reason="hatchling builds the wheels")
    made = tmp_path_factory.mktemp("outside")
    for folder in OUTSIDE:
        shutil.copytree(folder, made / folder.name)
        build = [
            sys.executable,
            *["-m", "hatchling", "build", "-t", "wheel", "-d"],
            str(made / "wheels"),
        ]
        subprocess.run(build, cwd=made / folder.name, capture_output=True, check=True)
    wheels = sorted(map(str, (made / "wheels").glob("*.whl")))
    assert len(wheels) == len(OUTSIDE)
    options = "--quiet --disable-pip-version-check --no-deps --no-index --no-build-isolation"
    install = [sys.executable, "-m", "pip", "install", *options.split()]
    subprocess.run([*install, "--target", str(made / "site"), *wheels], check=True)
    return made / "site"


def command(site: Path | None, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vcore", *words],
        cwd=folder,
        env=packages.environment(site or folder),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_suites_pass(site: Path, tmp_path: Path) -> None:
    for folder in OUTSIDE:
        (suite,) = folder.glob("test_*.py")
        shutil.copy(suite, tmp_path)
    assert packages.failures(tmp_path, site) == set()


@pytest.mark.slow
def test_a_file_is_read_and_compressed_by_both(site: Path, tmp_path: Path) -> None:
    values = blobs((20, 30, 40))
    header = b"TOY1 20 30 40 2.0 0.5 0.25 micrometer <f4\n"
    (tmp_path / "cells.toy").write_bytes(header + values.tobytes())
    words = ("compress", "cells.toy", "cells.vcore", "--method", "toy", "--psnr", "50", "--json")
    done = command(site, *words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    listed = json.loads(command(site, "methods", "--json", folder=tmp_path).stdout)["methods"]
    assert "toy" in [method["name"] for method in listed]

    done = command(site, "decompress", "cells.vcore", "back.npy", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    error = np.load(tmp_path / "back.npy").astype("f8") - values
    assert 0 < np.sqrt(np.mean(error**2)) <= 10 ** (-50 / 20)
    told = json.loads(command(site, "info", "cells.vcore", "--json", folder=tmp_path).stdout)
    assert told["grid"]["unit"] == "micrometer"

    alone = command(None, "decompress", "cells.vcore", "again.npy", folder=tmp_path)
    assert alone.returncode == 4
    assert "method 'toy', which is not installed" in alone.stderr
    alone = command(None, "compress", "cells.toy", "again.vcore", folder=tmp_path)
    assert alone.returncode == 2
    assert "Expected a file that ends with one of" in alone.stderr


def test_the_guide_shows_what_is_tested() -> None:
    blocks = set(re.findall(r"^```\w+\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL))
    for folder in OUTSIDE:
        for path in (*folder.glob("*.py"), folder / "pyproject.toml"):
            assert path.read_text() in blocks, path


def test_the_examples_stay_short() -> None:
    for folder, limit in zip(OUTSIDE, (80, 30), strict=True):
        (code,) = (p for p in folder.glob("*.py") if not p.name.startswith("test_"))
        assert len(code.read_text().splitlines()) <= limit
