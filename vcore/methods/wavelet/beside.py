"""Use of the second process that compiles on first use on a machine; see ``compiled_ahead``."""

from collections.abc import Iterator
from contextlib import contextmanager

from vcore.runtime import precompile as ahead
from vcore.runtime.compile_events import on_compiling


def start_compiling(*names: str) -> None:
    """Let a second process call functions of ``compiled_ahead``."""
    from vcore.runtime.jit import unkept

    if not unkept:  # else there is no cache by which the second process hands over its results
        ahead.start("vcore.methods.wavelet.compiled_ahead", names)


@contextmanager
def compiled_beside(*names: str) -> Iterator[None]:
    """Let a second process call functions of ``compiled_ahead`` as soon as anything is compiled
    inside the block, so that two cores compile."""
    with on_compiling(lambda: start_compiling(*names)):
        yield
