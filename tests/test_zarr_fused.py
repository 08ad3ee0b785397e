"""The codec's synchronous methods: beside the asynchronous ones, and in zarr's fused pipeline."""

import importlib
import threading

import numpy as np
import pytest
import zarr
from volumes import blobs, in_dtype
from zarr.codecs import TransposeCodec
from zarr.core.array_spec import ArrayConfig, ArraySpec
from zarr.core.buffer import default_buffer_prototype
from zarr.dtype import parse_dtype
from zarr.storage import MemoryStore, WrapperStore

from vcore.errors import InputError
from vcore.zarr import VcoreCodec

pipelines = importlib.import_module("zarr.core.codec_pipeline")
has_fused = pytest.mark.skipif(
    not hasattr(pipelines, "FusedCodecPipeline"),
    reason=f"zarr {zarr.__version__} has no fused pipeline: 3.3 has, which needs Python 3.12",
)

CHUNK = (32, 32, 32)
BOUNDED = VcoreCodec(method="bounded", budget={"max_error": 2})
LOSSY = VcoreCodec(method="bounded", budget={"psnr": 45}, range=(0, 255))
PARTS = [np.s_[3:5, 0:6, 30:32], np.s_[4, 5, 6], np.s_[0:32:9, 2:3, 1:2], np.s_[0:30, 0:32, 0:32]]


def scan(shape=CHUNK, low=10):
    return in_dtype(blobs(shape), "u1", low, 200)


def spec_of(shape=CHUNK, fill=0):
    return ArraySpec(
        shape=shape,
        dtype=parse_dtype("uint8", zarr_format=3),
        fill_value=np.uint8(fill),
        config=ArrayConfig.from_dict({}),
        prototype=default_buffer_prototype(),
    )


def array_buffer(values):
    return default_buffer_prototype().nd_buffer.from_numpy_array(values)


class Cell:
    """The place of one chunk in a store, which keeps the ranges that are asked for."""

    def __init__(self, data=None):
        self.data, self.asked = data, []

    def get_sync(self, *, prototype=None, byte_range=None):
        self.asked.append(byte_range)
        if self.data is None or byte_range is None:
            return self.data
        return self.data[byte_range.start : byte_range.end]

    def set_sync(self, value):
        self.data = value

    def delete_sync(self):
        self.data = None

    async def get(self, prototype=None, byte_range=None):
        return self.get_sync(prototype=prototype, byte_range=byte_range)

    async def set(self, value):
        self.set_sync(value)

    async def delete(self):
        self.delete_sync()


def array_of(values, codec, *, store=None, **options):
    array = zarr.create_array(
        MemoryStore() if store is None else store,
        shape=values.shape,
        dtype=values.dtype,
        chunks=CHUNK,
        serializer=codec,
        compressors=None,
        **options,
    )
    array[...] = values
    return array


def stored(store):
    return {k: v.to_bytes() for k, v in store._store_dict.items() if "c/" in k}


@pytest.mark.parametrize("codec", [BOUNDED, LOSSY])
async def test_whole_chunks(codec):
    values, spec = scan(), spec_of()
    data = codec._encode_sync(array_buffer(values), spec)
    other = await codec._encode_single(array_buffer(values), spec)
    assert data.to_bytes() == other.to_bytes()
    read = codec._decode_sync(data, spec).as_numpy_array()
    assert np.array_equal(read, (await codec._decode_single(data, spec)).as_numpy_array())
    assert 0 < np.abs(read.astype(int) - values).max() <= 4


@pytest.mark.parametrize("part", PARTS)
async def test_parts_fetch_and_return_the_same(part):
    shape = (128, 64, 64)
    values = np.random.default_rng(1).integers(0, 255, shape, "u1")
    codec, spec = VcoreCodec(method="bounded", budget={"max_error": 1}), spec_of(shape)
    data = codec._encode_sync(array_buffer(values), spec)
    one, two = Cell(data), Cell(data)
    read = codec._decode_partial_sync(one, part, spec).as_numpy_array()
    other = await codec._decode_partial_single(two, part, spec)
    assert np.array_equal(read, other.as_numpy_array())
    assert np.abs(read.astype(int) - values[part]).max() <= 1
    assert one.asked == two.asked
    fetched = sum(min(r.end, len(data)) - r.start for r in one.asked)
    assert fetched < 0.52 * len(data)  # one of two tiles, and the head


def test_a_chunk_that_is_not_there():
    assert BOUNDED._decode_partial_sync(Cell(), PARTS[0], spec_of()) is None
    assert BOUNDED._decode_partial_sync(Cell(), np.s_[:, :, :], spec_of()) is None


async def test_writes_of_parts():
    spec, one, two = spec_of(), Cell(), Cell()
    writes = [
        (np.s_[0:32, 0:32, 0:20], scan((32, 32, 20))),
        (np.s_[3:9, 4:9, 5:30], scan((6, 5, 25))),
        (np.s_[0:32, 0:32, 0:32], scan()),
        (np.s_[31, 0:32, 0:2], np.full((32, 2), 3, "u1")),
    ]
    expected = np.zeros(CHUNK, int)
    for part, values in writes:
        BOUNDED._encode_partial_sync(one, array_buffer(values), part, spec)
        await BOUNDED._encode_partial_single(two, array_buffer(values), part, spec)
        expected[part] = values
        assert one.data.to_bytes() == two.data.to_bytes()
        assert np.abs(BOUNDED._decode_sync(one.data, spec).as_numpy_array() - expected).max() <= 2
    nothing = array_buffer(np.zeros(CHUNK, "u1"))
    BOUNDED._encode_partial_sync(one, nothing, np.s_[0:32, 0:32, 0:32], spec)
    assert one.data is None


def test_parts_of_lossy_chunks_are_refused():
    cell = Cell(LOSSY._encode_sync(array_buffer(scan()), spec_of()))
    before = cell.data.to_bytes()
    with pytest.raises(InputError, match="whole chunks of shape"):
        LOSSY._encode_partial_sync(cell, array_buffer(scan()[:5]), np.s_[0:5, :, :], spec_of())
    assert cell.data.to_bytes() == before


def test_parts_that_zarr_merged_itself_lose_nothing_more():
    spec, values = spec_of(), scan()
    decoded = BOUNDED._decode_sync(BOUNDED._encode_sync(array_buffer(values), spec), spec)
    merged = decoded.copy()
    merged[3:5, 0:2, 0:2] = array_buffer(np.full((2, 2, 2), 77, "u1"))
    again = BOUNDED._decode_sync(BOUNDED._encode_sync(merged, spec), spec)
    assert np.array_equal(again.as_numpy_array(), merged.as_numpy_array())
    assert not np.array_equal(merged.as_numpy_array(), decoded.as_numpy_array())


def test_parts_that_zarr_merged_itself_are_refused_without_a_bound():
    spec, values = spec_of(), scan((20, 32, 32))
    cell = Cell()
    LOSSY._encode_partial_sync(cell, array_buffer(values), np.s_[0:20, 0:32, 0:32], spec)
    part, replaced = (LOSSY._decode_sync(cell.data, spec).copy() for _ in range(2))
    part[0:19, 0:32, 0:32] = array_buffer(values[:19])
    with pytest.raises(InputError, match="whole chunks of shape"):
        LOSSY._encode_sync(part, spec)
    replaced[0:20, 0:32, 0:32] = array_buffer(values)
    assert LOSSY._encode_sync(replaced, spec).to_bytes() == cell.data.to_bytes()


def test_padding_may_lie_beyond_the_range():
    codec = VcoreCodec(method="bounded", budget={"psnr": 45}, range=(10, 200))
    values = np.zeros(CHUNK, "u1")
    values[:9, :, :30] = scan((9, 32, 30))
    data = codec._encode_sync(array_buffer(values), spec_of())
    read = codec._decode_sync(data, spec_of()).as_numpy_array()
    assert np.square(read[:9, :, :30].astype(float) - values[:9, :, :30]).mean() <= 190**2 / 10**4.5
    assert (read[9:] == 0).all()
    assert (read[..., 30:] == 0).all()


def test_partial_writes_behind_another_codec():
    values = scan((40, 32, 32))
    options = {"filters": [TransposeCodec(order=(2, 0, 1))]}
    array = array_of(values, LOSSY, **options)
    with pytest.raises(InputError, match="whole chunks of shape"):
        array[3:5] = 7
    array = array_of(values, BOUNDED, **options)
    first = array[...]
    for value in (7, 100):
        array[3:5, 4] = value
    assert (np.abs(array[3:5, 4].astype(int) - 100) <= 2).all()
    assert np.array_equal(array[5:], first[5:])
    assert np.array_equal(array[3:5, 5:], first[3:5, 5:])


@pytest.fixture
def fused():
    with zarr.config.set({"codec_pipeline.path": "zarr.core.codec_pipeline.FusedCodecPipeline"}):
        yield


class Counting(WrapperStore):
    """Counts the bytes that are read."""

    fetched = 0

    def get_sync(self, key, *, prototype=None, byte_range=None):
        found = super().get_sync(key, prototype=prototype, byte_range=byte_range)
        self.fetched += len(found) if found is not None and "c/" in key else 0
        return found


class Asynchronous(WrapperStore):
    """A store like a remote one."""

    _supports_sync_io = False


@has_fused
@pytest.mark.parametrize("shards", [None, (64, 64, 64)])
@pytest.mark.parametrize("codec", [BOUNDED, LOSSY])
def test_both_pipelines_read_the_same(codec, shards):
    values = scan((40, 50, 33))
    path = "zarr.core.codec_pipeline.{}CodecPipeline"
    stores = {name: MemoryStore() for name in ("Batched", "Fused")}
    reads = {}
    for writer, store in stores.items():
        with zarr.config.set({"codec_pipeline.path": path.format(writer)}):
            array_of(values, codec, store=store, shards=shards)
        for reader in stores:
            with zarr.config.set({"codec_pipeline.path": path.format(reader)}):
                array = zarr.open_array(store, mode="r")
                assert type(array._async_array.codec_pipeline).__name__.startswith(reader)
                reads[writer, reader] = array[...]
                part = array[3:37:5, 20:40, -1]
            assert np.array_equal(part, reads[writer, reader][3:37:5, 20:40, -1])
    assert np.array_equal(reads["Batched", "Batched"], reads["Batched", "Fused"])
    assert np.array_equal(reads["Fused", "Batched"], reads["Fused", "Fused"])
    assert stored(stores["Batched"]) == stored(stores["Fused"])
    assert 0 < np.abs(reads["Fused", "Fused"].astype(int) - values).max() <= 4


@has_fused
def test_the_fused_pipeline_decodes_beside_the_loop_what_is_asked(fused, monkeypatch):
    values = np.random.default_rng(3).integers(0, 255, (128, 64, 64), "u1")
    store = MemoryStore()
    codec = VcoreCodec(method="bounded", budget={"max_error": 0})
    array = zarr.create_array(
        store,
        shape=values.shape,
        dtype="u1",
        chunks=values.shape,
        serializer=codec,
        compressors=None,
    )
    array[...] = values
    decoded, threads = VcoreCodec._decoded, []

    def watched(self, *arguments):
        threads.append(threading.current_thread())
        return decoded(self, *arguments)

    monkeypatch.setattr(VcoreCodec, "_decoded", watched)
    monkeypatch.setattr(VcoreCodec, "_decode_partial_single", None)  # the loop is not asked at all
    counting = Counting(store)
    part = zarr.open_array(counting, mode="r+")[10:20, :20, :20]  # "r" reads by a copy of the store
    assert np.array_equal(part, values[10:20, :20, :20])
    assert 0 < counting.fetched < 0.52 * len(stored(store)["c/0/0/0"])  # one of two tiles
    assert threads
    assert all("zarr_io" not in t.name for t in threads)


@has_fused
@pytest.mark.parametrize("shards", [None, (64, 64, 64)])
def test_partial_writes_of_the_fused_pipeline_stay_within_the_bound(fused, shards):
    values = scan((40, 50, 33))
    array = array_of(values, BOUNDED, shards=shards)
    first, touched = array[...], np.zeros(values.shape, bool)
    rng = np.random.default_rng(4)
    for _ in range(4):
        z, y, x = (int(rng.integers(0, n - 8)) for n in values.shape)
        part = np.s_[z : z + 8, y : y + 5, x : x + 3]
        values[part] = rng.integers(0, 200, (8, 5, 3))
        array[part], touched[part] = values[part], True
        assert np.abs(array[...].astype(int) - values).max() <= 2
    assert np.array_equal(array[...][~touched], first[~touched])


@has_fused
@pytest.mark.parametrize("shards", [None, (64, 64, 64)])
def test_the_fused_pipeline_refuses_parts_of_lossy_chunks(fused, shards):
    array = array_of(scan((40, 50, 33)), LOSSY, shards=shards)
    before = array[...]
    with pytest.raises(InputError, match="whole chunks of shape"):
        array[3:9] = 0
    assert np.array_equal(array[...], before)


@has_fused
def test_the_fused_pipeline_on_a_store_without_synchronous_access(fused):
    values = scan((40, 50, 33))
    array = array_of(values, LOSSY, store=Asynchronous(MemoryStore()))
    read = array[...]
    assert np.array_equal(array[33:, 3, 2:9], read[33:, 3, 2:9])
    with pytest.raises(InputError, match="whole chunks of shape"):
        array[3:9] = 0
    assert np.array_equal(array[...], read)
