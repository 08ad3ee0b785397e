"""Reads from threads that reading itself needs; run by test_busy_threads.py, completes or hangs."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dask.array
import numpy as np
import xarray as xr
import zarr

import vcore
from vcore import hierarchy as hierarchies
from vcore.runtime.executor import executor, run_all, threads
from vcore.zarr import VcoreCodec

SHAPE = (4, 6, 140)
EXACT = vcore.Budget(max_error=0)


class Inside:
    """A source whose compressed bytes are themselves values of another dataset."""

    name = "inside.vcore"

    def __init__(self, outer, size, *, through_store):
        self.outer, self.size, self._store = vcore.open(outer), size, through_store

    def read(self, offset, length):
        whole = self.outer.array[...] if self._store else self.outer[...]
        return whole.tobytes()[offset : offset + length]


def hold_all_threads(read):
    """Return what many items read when together they occupy all threads."""
    barrier = threading.Barrier(threads())

    def item(number):
        if number < threads():
            barrier.wait(30)
        return read()

    return run_all(item, range(2 * threads() + 1))


def main(folder):
    rng = np.random.default_rng(1)
    values = rng.integers(0, 50, SHAPE).astype("u1")
    source, out = str(folder / "in.zarr"), str(folder / "out.zarr")
    zarr.create_array(source, data=values, chunks=(4, 6, 70))
    hierarchies.compress(source, out, method="bounded", budget=EXACT)
    packed = vcore.compress(values, None, method="bounded", budget=EXACT).data
    path = str(folder / "packed.vcore")
    Path(path).write_bytes(packed)
    padded = np.frombuffer(packed + bytes(-len(packed) % 8), "u1").reshape(8, 1, -1)
    outer = vcore.compress(padded, None, method="bounded", budget=EXACT).data
    codec = VcoreCodec(method="bounded", budget=EXACT)
    stored = zarr.create_array(
        {}, data=values, chunks=(4, 6, 48), serializer=codec, compressors=None
    )

    def readers():
        """Return readers of the values, each on a fresh dataset."""
        hierarchy, file = vcore.open(out), vcore.open(packed)
        once = vcore.open(Inside(outer, len(packed), through_store=True))
        twice = vcore.open(Inside(outer, len(packed), through_store=False))
        lazy = dask.array.from_array(stored, chunks=(4, 6, 35))
        over = dask.array.from_array(hierarchy.group["0"], chunks=(4, 6, 35))
        return {
            "hierarchy": lambda: hierarchy.group["0"][...],
            "levels": lambda: hierarchy.levels[0][:, 3:, 100:137],
            "file": lambda: file.array[...],
            "codec": lambda: stored[...],
            "across chunks": lambda: stored[:, 1:5, 40:100],
            "dask of the codec": lambda: lazy.compute(),
            "dask of a hierarchy": lambda: over.compute(),
            "a filesystem": lambda: zarr.open(f"vcore://{path}", mode="r")["0"][...],
            "xarray": lambda: xr.open_dataset(path, chunks={})["values"].values,
            "nested through the store": lambda: once.array[...],
            "nested": lambda: twice.array[...],
        }

    expected = {
        "levels": values[:, 3:, 100:137],
        "across chunks": values[:, 1:5, 40:100],
    }
    for name in readers():
        wanted = expected.get(name, values)
        print(name, flush=True)
        assert np.array_equal(readers()[name](), wanted), name
        for found in hold_all_threads(readers()[name]):
            assert np.array_equal(found, wanted), name
        futures = [executor().submit(read) for read in [readers()[name]] * 3]
        assert all(np.array_equal(f.result(), wanted) for f in futures), name

    print("one dataset from outside and through the store", flush=True)
    for through_store in (True, False):
        dataset = vcore.open(Inside(outer, len(packed), through_store=through_store))
        with ThreadPoolExecutor(8) as pool:
            for found in pool.map(lambda source: source[...], [dataset.array, dataset] * 4):
                assert np.array_equal(found, values)

    print("compressed from a hierarchy", flush=True)
    again = vcore.compress(vcore.open(out).array, None, method="bounded", budget=EXACT)
    assert np.array_equal(vcore.open(again.data)[...], values)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    print("done")
