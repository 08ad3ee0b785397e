"""The read-only Zarr store: zarr's own store tests, OME-Zarr metadata, laziness."""

import asyncio
import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask
import dask.array
import numpy as np
import pytest
import zarr
from ome_zarr_models.v05.image import Image
from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core.buffer import Buffer, cpu, default_buffer_prototype
from zarr.core.sync import _collect_aiterator
from zarr.testing.store import StoreTests

import vcore
from vcore.zarr import DecodingStore, array_path
from vcore.zarr.cache import ChunkCache

Files = Callable[[str], bytes]
READ_ONLY = "store was opened in read-only mode and does not support writing"
CHUNK = "0/c/1/2/1"
"""The smallest chunk of the file of many chunks: 6 x 2 x 6 voxels inside a padded 64**3."""


@pytest.fixture
def store(many_chunks: Path) -> DecodingStore:
    """Return a fresh store over the file of many chunks."""
    return DecodingStore(vcore.open(many_chunks))


async def read(store: DecodingStore, key: str, byte_range: Any = None) -> bytes | None:
    """Return the bytes under ``key``, None if absent."""
    buffer = await store.get(key, default_buffer_prototype(), byte_range)
    return None if buffer is None else buffer.to_bytes()


class TestAsZarrTestsIt(StoreTests[DecodingStore, cpu.Buffer]):
    """zarr's tests on a compressed file: values that they write are looked up in the file instead.

    Tests that must write are replaced by the assertion that the store refuses to.
    """

    store_cls = DecodingStore
    buffer_cls = cpu.Buffer

    @pytest.fixture
    def store_kwargs(self, many_chunks: Path) -> dict[str, Any]:
        return {"dataset": vcore.open(many_chunks)}

    async def set(self, store: DecodingStore, key: str, value: Buffer) -> None:
        """Leave the file unchanged: keys and values come from it."""

    async def get(self, store: DecodingStore, key: str) -> Buffer:
        """Return the decoded value of the dataset, bypassing the store."""
        if key.endswith("zarr.json"):
            return self.buffer_cls.from_bytes(store.hierarchy.documents[key])
        level, index = key.split("/c/")
        chunk = store.dataset.decoder().chunks[int(level)]
        values = store.dataset.decode(level=int(level))
        low = [int(i) * c for i, c in zip(index.split("/"), chunk, strict=True)]
        part = values[tuple(slice(a, a + c) for a, c in zip(low, chunk, strict=True))]
        padding = [(0, c - n) for c, n in zip(chunk, part.shape, strict=True)]
        return self.buffer_cls.from_bytes(np.pad(part, padding).tobytes())

    async def _refuses(self, store: DecodingStore) -> None:
        """Assert that writing and deleting fail, in every way that zarr offers."""
        buffer = self.buffer_cls.from_bytes(b"bar")
        for key in ("foo", "zarr.json", CHUNK):
            for write in (
                lambda key=key: store.set(key, buffer),
                lambda key=key: store.set_if_not_exists("new" + key, buffer),
                lambda key=key: store.delete(key),
                lambda key=key: store._set_many([(key, buffer)]),
            ):
                with pytest.raises(ValueError, match=READ_ONLY):
                    await write()
        for delete in (lambda: store.delete_dir("0"), store.clear):
            with pytest.raises(NotImplementedError):  # as supports_deletes announces
                await delete()
        assert await store.exists(CHUNK)

    # inherited unchanged: test_store_type, test_store_eq, test_store_context_manager,
    # test_store_supports_partial_writes, test_getsize_raises, test_get_raises

    def test_store_repr(self, store: DecodingStore) -> None:
        assert repr(store) == f"DecodingStore({store.dataset.info['file']!r})"
        assert "many.vcore" in str(store)

    def test_store_supports_writes(self, store: DecodingStore) -> None:
        assert not store.supports_writes
        assert not store.supports_deletes

    def test_store_supports_listing(self, store: DecodingStore) -> None:
        assert store.supports_listing

    def test_store_read_only(self, store: DecodingStore) -> None:
        assert store.read_only
        with pytest.raises(AttributeError):
            store.read_only = False  # type: ignore[misc]

    @pytest.mark.parametrize("read_only", [True])
    async def test_store_open_read_only(self, open_kwargs: dict[str, Any], read_only: bool) -> None:
        store = await self.store_cls.open(**open_kwargs)
        assert store._is_open
        assert store.read_only is read_only

    async def test_serializable_store(self, store: DecodingStore) -> None:
        copy = pickle.loads(pickle.dumps(store))
        assert copy == store
        assert copy.read_only
        assert await read(copy, CHUNK) == await read(store, CHUNK)

    async def test_read_only_store_raises(self, open_kwargs: dict[str, Any]) -> None:
        store = await self.store_cls.open(**open_kwargs)
        await self._refuses(store)

    async def test_with_read_only_store(self, open_kwargs: dict[str, Any]) -> None:
        store = await self.store_cls.open(**open_kwargs)
        with pytest.raises(ValueError, match="read-only"):
            store.with_read_only(read_only=False)
        reader = store.with_read_only(read_only=True)
        assert reader == store
        assert not reader._is_open
        await self._refuses(reader)

    @pytest.mark.parametrize("key", ["zarr.json", "0/zarr.json", CHUNK, "2/c/0/0/0"])
    @pytest.mark.parametrize(
        "byte_range",
        [
            None,
            RangeByteRequest(1, 4),
            RangeByteRequest(10, 1 << 40),
            OffsetByteRequest(1),
            OffsetByteRequest(1 << 40),
            SuffixByteRequest(1),
            SuffixByteRequest(1 << 40),
        ],
    )
    async def test_get(self, store: DecodingStore, key: str, byte_range: Any) -> None:  # type: ignore[override]
        whole = (await self.get(store, key)).to_bytes()
        first, last = 0, len(whole)
        if isinstance(byte_range, RangeByteRequest):
            first, last = byte_range.start, byte_range.end
        elif isinstance(byte_range, OffsetByteRequest):
            first = byte_range.offset
        elif isinstance(byte_range, SuffixByteRequest):
            first = max(len(whole) - byte_range.suffix, 0)
        assert await read(store, key, byte_range) == whole[first:last]

    async def test_get_not_open(self, store_not_open: DecodingStore) -> None:
        assert not store_not_open._is_open
        expected = (await self.get(store_not_open, CHUNK)).to_bytes()
        assert await read(store_not_open, CHUNK) == expected

    async def test_get_raises(self, store: DecodingStore) -> None:
        for key in (CHUNK, "zarr.json"):
            with pytest.raises((ValueError, TypeError), match=r"Unexpected byte_range, got.*"):
                await store.get(key, default_buffer_prototype(), (0, 2))  # type: ignore[arg-type]

    async def test_get_many(self, store: DecodingStore) -> None:
        keys = ["zarr.json", CHUNK, "0/c/0/0/0", "1/zarr.json"]
        requests = [(key, default_buffer_prototype(), None) for key in keys]
        found = dict(await _collect_aiterator(store._get_many(requests)))
        assert {k: b.to_bytes() for k, b in found.items()} == {
            k: await read(store, k) for k in keys
        }

    @pytest.mark.parametrize("key", ["zarr.json", "0/zarr.json", CHUNK, "1/c/0/0/0"])
    @pytest.mark.parametrize("data", [b""])
    async def test_getsize(self, store: DecodingStore, key: str, data: bytes) -> None:
        assert await store.getsize(key) == len(await read(store, key) or b"")

    async def test_getsize_prefix(self, store: DecodingStore) -> None:
        assert await store.getsize_prefix("0/c") == 12 * 64**3
        keys = await _collect_aiterator(store.list_prefix("1/"))
        expected = sum([len(await read(store, key) or b"") for key in keys])
        assert await store.getsize_prefix("1") == expected

    async def test_set(self, store: DecodingStore) -> None:  # type: ignore[override]
        await self._refuses(store)

    async def test_set_not_open(self, store_not_open: DecodingStore) -> None:
        await self._refuses(store_not_open)

    async def test_set_many(self, store: DecodingStore) -> None:
        await self._refuses(store)

    async def test_set_if_not_exists(self, store: DecodingStore) -> None:
        await self._refuses(store)

    async def test_delete(self, store: DecodingStore) -> None:
        await self._refuses(store)

    async def test_delete_dir(self, store: DecodingStore) -> None:
        await self._refuses(store)

    async def test_delete_nonexistent_key_does_not_raise(self, store: DecodingStore) -> None:
        with pytest.raises(ValueError, match=READ_ONLY):
            await store.delete("nonexistent_key")

    async def test_clear(self, store: DecodingStore) -> None:
        await self._refuses(store)

    @pytest.mark.parametrize(
        "key_ranges",
        [
            [],
            [("zarr.json", RangeByteRequest(0, 2))],
            [(CHUNK, RangeByteRequest(0, 2)), ("zarr.json", None), ("nothing", None)],
            [
                ("0/c/0/0/0", RangeByteRequest(0, 2)),
                ("0/c/0/0/1", SuffixByteRequest(2)),
                ("0/c/0/0/1", OffsetByteRequest(2)),
            ],
        ],
    )
    async def test_get_partial_values(
        self, store: DecodingStore, key_ranges: list[tuple[str, Any]]
    ) -> None:
        found = await store.get_partial_values(default_buffer_prototype(), key_ranges)
        values = [None if b is None else b.to_bytes() for b in found]
        assert values == [await read(store, key, part) for key, part in key_ranges]

    async def test_exists(self, store: DecodingStore) -> None:
        for key in ("zarr.json", "2/zarr.json", CHUNK):
            assert await store.exists(key)
        for key in ("foo", "0", "0/c", "0/c/1/2", "0/c/2/0/0", "0/c/01/0/0", "9/zarr.json", ""):
            assert not await store.exists(key)

    async def test_is_empty(self, store: DecodingStore) -> None:
        for prefix in ("", "0", "0/", "0/c", "0/c/1"):
            assert not await store.is_empty(prefix)
        for prefix in ("fo", "zarr", "spam/", "9", "0/c/2"):
            assert await store.is_empty(prefix)

    async def test_list(self, store: DecodingStore) -> None:
        listed = await _collect_aiterator(store.list())
        assert len(listed) == len(set(listed))
        assert sum(key.startswith("0/c/") for key in listed) == 2 * 3 * 2
        assert {"zarr.json", "0/zarr.json", "2/zarr.json", CHUNK} <= set(listed)
        assert all([await store.exists(key) for key in listed])

    async def test_list_prefix(self, store: DecodingStore) -> None:
        everything = await _collect_aiterator(store.list())
        for prefix in ("", "0/", "0/c/1", "1/c/", "zarr", "nothing"):
            listed = await _collect_aiterator(store.list_prefix(prefix))
            assert sorted(listed) == sorted(k for k in everything if k.startswith(prefix))

    async def test_list_empty_path(self, store: DecodingStore) -> None:
        everything = await _collect_aiterator(store.list())
        assert await _collect_aiterator(store.list_prefix("")) == everything

    async def test_list_dir(self, store: DecodingStore) -> None:
        everything = await _collect_aiterator(store.list())
        for prefix in ("", "0", "0/c", "0/c/1", "0/c/1/2", "0/c/1/2/1", "1", "foo", "0/c/9"):
            start = f"{prefix}/" if prefix else ""
            expected = {
                key.removeprefix(start).split("/")[0] for key in everything if key.startswith(start)
            }
            assert set(await _collect_aiterator(store.list_dir(prefix))) == expected
            assert set(await _collect_aiterator(store.list_dir(prefix + "/"))) == expected

    async def test_get_bytes(self, store: DecodingStore) -> None:
        document = await store._get_bytes("zarr.json", prototype=default_buffer_prototype())
        assert document == await read(store, "zarr.json")
        with pytest.raises(FileNotFoundError):
            await store._get_bytes("nonexistent_key", prototype=default_buffer_prototype())

    def test_get_bytes_sync(self, store: DecodingStore) -> None:
        found = store._get_bytes_sync("0/zarr.json", prototype=default_buffer_prototype())
        assert found == store.hierarchy.documents["0/zarr.json"]

    async def test_get_json(self, store: DecodingStore) -> None:
        found = await store._get_json("0/zarr.json", prototype=default_buffer_prototype())
        assert found["shape"] == [70, 130, 70]

    def test_get_json_sync(self, store: DecodingStore) -> None:
        found = store._get_json_sync("zarr.json", prototype=default_buffer_prototype())
        assert found["node_type"] == "group"

    # zarr's optional synchronous protocol: absent, so that reads cannot block an event loop

    def _has_no_sync(self, store: DecodingStore) -> None:
        assert not any(hasattr(store, name) for name in ("get_sync", "set_sync", "delete_sync"))

    test_get_sync = test_get_sync_missing = test_set_sync = _has_no_sync
    test_delete_sync = test_delete_sync_missing = _has_no_sync


# metadata


@pytest.mark.parametrize("name", ["constant", "compact", "many", "bound", "vectors"])
def test_ome_zarr_of_one_variable(compressed: Files, name: str) -> None:
    ds = vcore.open(compressed(name))
    image = Image.from_zarr(ds.group)
    (multiscale,) = image.ome_attributes.multiscales
    decoder = ds.decoder()
    assert [a.name for a in multiscale.axes] == list(decoder.header.axes)
    assert [d.path for d in multiscale.datasets] == [str(k) for k in range(len(decoder.grids))]
    for dataset, grid in zip(multiscale.datasets, decoder.grids, strict=True):
        scale, translation = dataset.coordinateTransformations
        assert tuple(scale.scale[-3:]) == grid.spacing
        assert tuple(translation.translation[-3:]) == pytest.approx(grid.origin)


def test_ome_zarr_of_time_and_channels(compressed: Files) -> None:
    ds = vcore.open(compressed("vectors"))
    image = Image.from_zarr(ds.group)
    (multiscale,) = image.ome_attributes.multiscales
    assert [(a.type, a.unit) for a in multiscale.axes] == [
        ("time", "second"),
        ("channel", None),
        *[("space", "micrometer")] * 3,
    ]
    scale, translation = multiscale.datasets[0].coordinateTransformations
    assert scale.scale == [0.5, 1.0, 2.0, 0.5, 0.25]
    assert translation.translation == [1.0, 0.0, 1.0, 2.0, 3.0]
    channels = ds.group.attrs["ome"]["omero"]["channels"]
    assert [c["label"] for c in channels] == ["u", "v"]
    low, high = ds.decoder().header.range
    assert channels[0]["window"] == {"min": low, "max": high, "start": low, "end": high}
    assert ds.array.attrs["unit"] == "m/s"
    assert ds.array.metadata.dimension_names == tuple("tczyx")


def test_ome_zarr_of_several_variables(compressed: Files) -> None:
    ds = vcore.open(compressed("several"))
    names = list(ds.variables)
    groups = dict(ds.group.groups())
    assert len(groups) == 3
    assert "ome" not in ds.group.attrs
    for name in names:
        path = array_path(ds, name, 0).rpartition("/")[0]
        assert re.fullmatch(r"[\x20-\x2e\x30-\x7e]+", path)  # no slash, printable
        image = Image.from_zarr(ds.group[path])
        assert image.ome_attributes.multiscales[0].name == name
        levels = ds.levels_of(name)
        assert np.array_equal(levels[0][...], ds.decode(variable=name))
    assert len({array_path(ds, name, 0) for name in names}) == 3


def test_variables_named_like_parts_of_the_hierarchy() -> None:
    names = (".", "..", "__x", "zarr.json", "0", "c", "a/0", "%2F", " ")
    grid = vcore.Grid((3, 3, 3))
    variables = tuple(
        vcore.Variable(name, np.full((3, 3, 3), i, "u1")) for i, name in enumerate(names)
    )
    ds = vcore.open(vcore.compress(vcore.Volume(grid, variables), None).data)
    for i, name in enumerate(names):
        assert (ds.levels_of(name)[0][...] == i).all()
    assert len(list(ds.group.group_keys())) == len(names)


@pytest.mark.parametrize("name", ["constant", "compact", "bound", "vectors", "many"])
def test_metadata_documents(compressed: Files, name: str) -> None:
    ds = vcore.open(compressed(name))
    for level, array in enumerate(ds.levels):
        decoder = ds.decoder()
        assert array.shape == decoder.shape(level)
        assert array.dtype == decoder.dtype
        assert array.chunks == decoder.chunks[level]
        assert array.read_only
        document = json.loads(DecodingStore(ds).hierarchy.documents[f"{level}/zarr.json"])
        assert document["codecs"][0]["name"] == "bytes"
        assert len(document["codecs"]) == 1


# values


@pytest.mark.parametrize("name", ["constant", "compact", "paper", "bound", "vectors", "many"])
def test_values_are_those_of_the_dataset(compressed: Files, name: str) -> None:
    ds = vcore.open(compressed(name))
    for level, array in enumerate(ds.levels):
        expected = ds.decode(level=level)
        assert np.array_equal(array[...], expected, equal_nan=expected.dtype.kind == "f")
    shape = ds.shape
    region = tuple(slice(n // 3, n // 3 + n // 2 + 1) for n in shape)
    expected = ds.decode(region)
    assert np.allclose(ds.array[region], expected, rtol=1e-6, atol=1e-6, equal_nan=True)
    index = tuple(n - 1 for n in shape)
    assert np.shape(ds[index]) == ()
    assert np.array_equal(ds[index], ds.array[index], equal_nan=True)
    assert np.allclose(ds[..., 0], ds.array[..., 0], rtol=1e-6, atol=1e-6, equal_nan=True)


def test_dask_agrees(many_chunks: Path) -> None:
    ds = vcore.open(many_chunks)
    lazy = dask.array.from_zarr(ds.array)
    assert lazy.chunks == ((64, 6), (64, 64, 2), (64, 6))
    assert np.array_equal(lazy.compute(scheduler="threads"), ds.decode())
    assert float(lazy.mean().compute()) == pytest.approx(ds.decode().mean())


def test_dask_chooses_whole_chunks(many_chunks: Path) -> None:
    array = vcore.open(many_chunks).array
    with dask.config.set({"array.chunk-size": "600KiB"}):
        lazy = dask.array.from_zarr(array, chunks="auto")
    assert lazy.npartitions < array.nchunks
    assert all(n % 64 == 0 for axis in lazy.chunks for n in axis[:-1])
    assert np.array_equal(lazy.compute(), array[...])


def test_arrays_pickle(many_chunks: Path) -> None:
    ds = vcore.open(many_chunks)
    array = pickle.loads(pickle.dumps(ds.array))
    assert np.array_equal(array[60:, 120:, 60:], ds.decode()[60:, 120:, 60:])


def test_writing_through_zarr_is_refused(many_chunks: Path) -> None:
    ds = vcore.open(many_chunks)
    with pytest.raises(ValueError, match="read-only"):
        ds.array[0, 0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        zarr.create_array(DecodingStore(ds), name="new", shape=(2,), dtype="u1")


# laziness


def test_reading_one_chunk_computes_one(many_chunks: Path) -> None:
    ds = vcore.open(many_chunks)
    array, cache = ds.array, ds.array.store.cache
    assert cache.computed == 0
    _ = array[64:, 128:, 64:]
    assert cache.computed == 1
    _ = array[65, 129, 66]
    assert cache.computed == 1
    _ = array[63:65, 128:, 64:]
    assert cache.computed == 2


async def test_many_readers_share_one_computation(store: DecodingStore) -> None:
    found = await asyncio.gather(*(read(store, CHUNK) for _ in range(50)))
    assert store.cache.computed == 1
    assert len(set(found)) == 1


async def test_a_reader_that_gives_up_takes_nothing_from_the_others(store: DecodingStore) -> None:
    impatient = asyncio.create_task(read(store, CHUNK))
    patient = asyncio.create_task(read(store, CHUNK))
    await asyncio.sleep(0)
    impatient.cancel()
    assert len(await patient or b"") == 64**3
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_the_event_loop_runs_on_while_a_chunk_is_decoded(store: DecodingStore) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    await read(store, "0/c/0/0/0")
    ticking.cancel()
    assert ticks > 5


async def test_damage_is_reported_and_not_kept(compressed: Files) -> None:
    data = bytearray(compressed("compact"))
    data[-1] ^= 1
    store = DecodingStore(vcore.open(bytes(data)))
    for _ in range(2):
        with pytest.raises(vcore.VcoreError, match="damaged"):
            await read(store, "0/c/0/0/0")
    assert len(await read(store, "2/c/0/0/0") or b"") > 0


async def test_absent_keys_are_none(store: DecodingStore) -> None:
    absent = (
        "",
        "0",
        "c/0/0/0",
        "0/c",
        "0/c/0/0",
        "0/c/0/0/0/0",
        "0/c/2/0/0",
        "0/c/-1/0/0",
        "0/c/00/0/0",
        "0/c/0.0.0",
        "0/c/99999999999999999999/0/0",
        "0/.zarray",
        ".zgroup",
        "foo/zarr.json",
        "0/c/0/0/0/",
        "/0/c/0/0/0",
    )
    for key in absent:
        assert await read(store, key) is None, key
    assert store.cache.computed == 0


def test_the_cache_is_bounded(many_chunks: Path) -> None:
    ds = vcore.open(many_chunks, cache_bytes=3 * 64**3)
    cache = ds.array.store.cache
    _ = ds.array[...]
    assert cache.computed == 12
    assert sum(map(len, cache._kept.values())) == cache._bytes <= 3 * 64**3
    assert len(cache._kept) == 3
    assert cache._under_way == {}


def test_the_cache_keeps_what_was_used_last() -> None:
    cache = ChunkCache(max_bytes=30)
    for key in ("a", "b", "c", "a", "d"):
        assert cache.get(key, lambda: bytes(10)).result() == bytes(10)
    assert list(cache._kept) == ["c", "a", "d"]
    assert cache.computed == 4
    assert cache.get("large", lambda: bytes(100)).result() == bytes(100)
    assert "large" not in cache._kept


def test_a_cache_of_nothing_still_serves(many_chunks: Path) -> None:
    ds = vcore.open(many_chunks, cache_bytes=0)
    region = (slice(60, 70), slice(120, 130), slice(0, 9))
    assert np.array_equal(ds.array[region], ds.decode(region))


def test_stores_of_different_files_differ(compressed: Files, many_chunks: Path) -> None:
    store = DecodingStore(vcore.open(many_chunks))
    assert store == DecodingStore(vcore.open(many_chunks))
    assert store != DecodingStore(vcore.open(compressed("compact")))
    assert DecodingStore(vcore.open(compressed("compact"))) != DecodingStore(
        vcore.open(compressed("constant"))
    )
