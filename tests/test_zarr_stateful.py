"""zarr's state machine on the read-only stores: any operations in any order."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import initialize, run_state_machine_as_test
from zarr.abc.store import Store
from zarr.core.buffer import cpu
from zarr.storage import FsspecStore
from zarr.testing.stateful import ZarrStoreStateMachine

import vcore
from vcore.zarr import DecodingStore


class ReadingMachine(ZarrStoreStateMachine):
    """zarr's reading rules; the model starts with all existing keys, as listed by other readers."""

    @initialize()
    def init_store(self) -> None:
        for key in self.store.list():
            value = self.store.get(key, self.prototype)
            self.model[key] = cpu.Buffer.from_bytes(value.to_bytes())

    def set(self, key: str, data: bytes) -> None:
        """Disabled: stores are read-only."""

    def clear(self) -> None:
        """Disabled."""

    def delete(self, data: object) -> None:
        """Disabled."""


def decoding(path: Path) -> Store:
    """Return the store of ``ds.group``."""
    return DecodingStore(vcore.open(path))


def by_protocol(path: Path) -> Store:
    """Return zarr's store over the protocol vcore://."""
    return FsspecStore.from_url(f"vcore://{path}", read_only=True)


@pytest.mark.parametrize("make", [decoding, by_protocol])
def test_any_order_of_reads(make: Callable[[Path], Store], many_chunks: Path) -> None:
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        lambda: ReadingMachine(make(many_chunks)),
        settings=settings(
            max_examples=3,
            stateful_step_count=8,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=checks,
        ),
    )
