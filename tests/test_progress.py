"""Progress bars of ``vcore.compress``, in notebooks by default, and what an interrupt leaves."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from volumes import noise

import vcore
from vcore.model.context import Context
from vcore.runtime import progress

pytest.importorskip("tqdm.auto")  # chosen here, where there is no notebook

VALUES = noise((16, 16, 16))


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend to be the kernel of a notebook."""
    shell = SimpleNamespace(config={"IPKernelApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))


@pytest.fixture
def without_tqdm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "find_spec", lambda _name: None)


def compress(**options: Any) -> vcore.Report:
    return vcore.compress(VALUES, None, max_error=0.01, **options)


def test_nothing_is_shown_unless_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    compress()
    compress(progress=False)
    assert capfd.readouterr() == ("", "")


def test_stages_are_shown_with_the_time_left(capfd: pytest.CaptureFixture[str]) -> None:
    compress(progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "scanning" in err
    assert "left" in err
    # bars go in the end
    assert err.splitlines()[-1].strip() == ""


@pytest.mark.usefixtures("without_tqdm")
def test_rich_shows_them_where_there_is_no_tqdm(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    compress(progress=True)
    assert capfd.readouterr() == ("", "")  # no terminal
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    compress(progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "scanning" in err


@pytest.mark.usefixtures("notebook")
def test_notebooks_show_them_by_default(capfd: pytest.CaptureFixture[str]) -> None:
    compress(progress=False)
    assert capfd.readouterr().err == ""
    # those who listen show it themselves
    compress(context=Context(progress=lambda _stage, _share: None))
    assert capfd.readouterr().err == ""
    compress()
    assert "scanning" in capfd.readouterr().err


def test_a_terminal_of_ipython_is_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = SimpleNamespace(config={"TerminalIPythonApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert not progress.in_notebook()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert not progress.in_notebook()


def test_the_context_is_told_as_well() -> None:
    told = []
    context = Context(progress=lambda stage, share: told.append((stage, share)))
    compress(context=context, progress=True)
    assert "scanning" in {stage for stage, _ in told}
    assert told[-1] == ("checking", 1.0)


def test_an_interrupt_while_shown_leaves_no_file_and_no_bar(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupt(stage: str, _share: float) -> None:
        if stage == "checking":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vcore.compress(
            VALUES,
            tmp_path / "a.vcore",
            max_error=0.01,
            context=Context(progress=interrupt),
            progress=True,
        )
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr().err.splitlines()[-1].strip() == ""


def test_ctrl_c_leaves_no_file(tmp_path: Path) -> None:
    script = (
        "import sys, numpy, vcore\n"
        "values = numpy.random.default_rng(0).normal(size=(200, 200, 200)).astype('f4')\n"
        "print('begin', flush=True)\n"
        "vcore.compress(values, sys.argv[1], max_error=1e-4, progress=True)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "a.vcore")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "begin\n"
        assert process.stderr.read(8)  # the first bar
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=100)
    assert process.returncode != 0
    assert "KeyboardInterrupt" in err
    assert list(tmp_path.iterdir()) == []


def test_bars_follow_a_share_that_goes_back() -> None:
    bar = progress._bar("fitting")
    for share in (0.5, 1.0, 0.25):
        bar.advance_to(share)
    assert np.isclose(bar._bar.n, 0.25)  # type: ignore[attr-defined]
    bar.close()
