"""The chunk codec: arrays whose chunks are compressed volumes, written and read by zarr-python."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import zarr
from volumes import blobs, frames, holes, in_dtype
from zarr.storage import MemoryStore, WrapperStore

import vcore
from vcore import methods
from vcore.container.layout import pack_index
from vcore.errors import BudgetError, FormatError, InputError
from vcore.zarr import VcoreCodec
from vcore.zarr.chunk import FIRST_READ, HAS_MISSING, IS_CONSTANT, ChunkContext, unpack
from vcore.zarr.chunk_encoder import encode_chunk

SHAPE = (40, 50, 33)
CHUNK = (32, 32, 32)


def scan(dtype="u1", shape=SHAPE, low=0, high=200):
    return in_dtype(blobs(shape), dtype, low, high)


def array_of(values, codec, *, chunks=CHUNK, store=None, **options):
    array = zarr.create_array(
        MemoryStore() if store is None else store,
        shape=values.shape,
        dtype=values.dtype,
        chunks=chunks,
        serializer=codec,
        compressors=None,
        **options,
    )
    array[...] = values
    return array


def shared_of(values, **options):
    options = {"method": "wavelet", **options}
    return ChunkContext(values.shape, tuple("tczyx"[-values.ndim :]), values.dtype, **options)


def psnr(a, b, span):
    return -10 * np.log10(np.square((a.astype("f8") - b) / span).mean())


@pytest.mark.parametrize("shards", [None, (64, 64, 64)])
def test_psnr_is_against_the_range_of_the_whole_array(shards):
    values = scan()
    codec = VcoreCodec(budget={"psnr": 40}, range=(0, 200))
    array = array_of(values, codec, shards=shards)
    read = array[...]
    assert 40 <= psnr(values, read, 200) < 46
    for z in (slice(0, 32), slice(32, 40)):
        assert psnr(values[z], read[z], 200) >= 39.99  # each chunk separately


@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "f2", "f4", "f8", ">f4", ">u2"])
@pytest.mark.parametrize("method", ["wavelet", "bounded"])
def test_bounds_are_absolute_in_every_dtype(dtype, method):
    values = scan(dtype, low=10, high=1000 if np.dtype(dtype).itemsize > 1 else 200)
    array = array_of(values, VcoreCodec(method=method, budget={"max_error": 2}))
    read = array[...]
    assert read.dtype == values.dtype
    assert 0 < np.abs(read.astype("f8") - values).max() <= 2


@pytest.mark.parametrize("dtype", ["u1", "i4", "f4"])
def test_a_bound_of_zero_loses_nothing(dtype):
    values = scan(dtype)
    assert (array_of(values, VcoreCodec(budget={"max_error": 0}))[...] == values).all()


def test_range_error_is_a_share_of_the_whole_range():
    codec = VcoreCodec(budget={"range_error": 0.01}, range=(0, 200))
    assert codec.budget == vcore.Budget(max_error=2.0)


def test_bits_per_voxel_hold_for_each_chunk():
    values = np.random.default_rng(1).integers(0, 255, (64, 64, 32), "u1")
    store = MemoryStore()
    array_of(values, VcoreCodec(budget={"bpv": 1.0}), store=store)
    sizes = [len(v) for k, v in store._store_dict.items() if "/c/" in f"/{k}"]
    assert len(sizes) == 4
    assert all(0.9 * 32**3 / 8 < size <= 32**3 / 8 for size in sizes)


@pytest.mark.parametrize("name", methods.names())
def test_every_method_works_on_chunks(name):
    values = blobs((20, 16, 16))
    settings = methods.get(name).Settings.smallest().to_json()
    codec = VcoreCodec(method=name, budget={"range_error": 0.05}, settings=settings, range=(0, 1))
    array = array_of(values, codec, chunks=(16, 16, 16))
    again = VcoreCodec.from_dict(json.loads(json.dumps(codec.to_dict())))
    assert again == codec
    read = array[...]
    assert np.abs(read - values).max() <= 0.05 * (1 + 1e-6)
    assert array[3:9, 4, 2:16:3] == pytest.approx(read[3:9, 4, 2:16:3], abs=4e-5)


@pytest.mark.parametrize("shape", [(64, 64, 64), (128, 16, 16), (256, 8, 8)])
@pytest.mark.parametrize("method", ["wavelet", "bounded"])
def test_overhead_is_24_bytes_at_most(shape, method):
    values = scan("f4", shape)
    shared = shared_of(values, method=method, budget=vcore.Budget(psnr=45), range=(0, 200))
    data = encode_chunk(values, shared).data
    head = unpack(data, shared)
    index = sum(len(pack_index([b"x" * n for n in lengths])) for _, _, lengths, _ in head.units)
    assert head.size == len(data)
    assert head.length - index <= 24


@pytest.mark.parametrize("budget", [{"psnr": 40}, {"max_error": 0.01}])
def test_missing_values_are_kept(budget):
    values = holes(blobs(SHAPE))
    read = array_of(values, VcoreCodec(method="wavelet", budget=budget, range=(0, 1)))[...]
    assert np.array_equal(read[~np.isfinite(values)], values[~np.isfinite(values)], equal_nan=True)
    assert np.isfinite(read[np.isfinite(values)]).all()


def test_chunks_of_one_value_and_of_none():
    values = np.full((8, 8, 24), 7.5, "f4")
    values[..., 8:16] = np.nan
    values[0, 0, 16:] = np.inf
    shared = shared_of(values[..., :8], budget=vcore.Budget(psnr=40), range=(0, 10))
    chunks = [encode_chunk(values[..., a : a + 8], shared).data for a in (0, 8, 16)]
    assert [len(c) for c in chunks[:1]] == [1 + 4 + 4]
    assert [c[0] for c in chunks] == [IS_CONSTANT, *[IS_CONSTANT | HAS_MISSING] * 2]
    codec = VcoreCodec(budget={"psnr": 40}, range=(0, 10))
    array = array_of(values, codec, chunks=(8, 8, 8), config={"write_empty_chunks": True})
    assert np.array_equal(array[...], values, equal_nan=True)


def test_chunks_of_the_fill_value_are_not_stored():
    values = np.zeros((16, 16, 32), "u1")
    values[..., 16:] = scan(shape=(16, 16, 16))
    store = MemoryStore()
    array = array_of(values, VcoreCodec(budget={"max_error": 0}), chunks=(16,) * 3, store=store)
    assert [k for k in store._store_dict if "c/" in k] == ["c/0/0/1"]
    array[..., 16:] = 0
    assert [k for k in store._store_dict if "c/" in k] == []


@pytest.mark.parametrize("shape", [(50,), (40, 30), (3, 20, 18, 17), (2, 2, 12, 13, 11)])
def test_arrays_of_one_to_five_axes(shape):
    values = np.random.default_rng(2).integers(0, 999, shape).astype("i2")
    chunks = tuple(min(n, 16) for n in shape)
    array = array_of(values, VcoreCodec(budget={"max_error": 3}), chunks=chunks)
    assert np.abs(array[...] - values).max() <= 3


def test_time_in_a_chunk():
    values = frames((4, 16, 16, 16))
    codec = VcoreCodec(method="bounded", budget={"max_error": 0.01})
    array = array_of(values, codec, chunks=(4, 16, 16, 16))
    assert np.abs(array[2, 3:9] - values[2, 3:9]).max() <= 0.01


SELECTIONS = [
    np.s_[5, 6, 7],
    np.s_[3:39:7, 20:40, -1],
    np.s_[..., 31:33],
    np.s_[39:, :, 0],
]


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("shards", [None, (64, 64, 64)])
def test_parts_equal_parts_of_the_whole(selection, shards):
    array = array_of(scan(), VcoreCodec(budget={"bpv": 2}), shards=shards)
    assert np.array_equal(array[selection], array[...][selection])


def test_orthogonal_and_point_selections():
    array = array_of(scan(), VcoreCodec(budget={"bpv": 2}))
    whole = array[...]
    rows, columns = [1, 5, 38], [2, 30, 31]
    assert np.array_equal(array.oindex[rows, :, 3], whole[rows, :, 3])
    assert np.array_equal(array.vindex[rows, columns, columns[::-1]][0], whole[1, 2, 31])
    mask = whole > 100
    assert np.array_equal(array.get_mask_selection(mask), whole[mask])


class Counting(WrapperStore):
    """Store that counts the bytes read."""

    fetched = 0

    async def get(self, key, prototype, byte_range=None):
        found = await super().get(key, prototype, byte_range)
        if found is not None and "c/" in key:
            self.fetched += len(found)
        return found


def test_a_region_fetches_its_tiles_only():
    values = np.random.default_rng(3).integers(0, 255, (128, 64, 64), "u1")
    values[:64] = scan(shape=(64, 64, 64))
    store = MemoryStore()
    array_of(
        values,
        VcoreCodec(method="bounded", budget={"max_error": 0}),
        chunks=(128, 64, 64),
        store=store,
    )
    counting = Counting(store)
    part = zarr.open_array(counting, mode="r+")[10:20, :20, :20]  # "r" reads by a copy of the store
    assert np.array_equal(part, values[10:20, :20, :20])
    whole = store._store_dict["c/0/0/0"].to_bytes()
    shared = shared_of(values, method="bounded", budget=vcore.Budget(max_error=0))
    first = sum(lengths[0] for _, _, lengths, _ in unpack(whole, shared).units)  # of each level
    assert first < counting.fetched <= FIRST_READ + first < len(whole) / 2


def test_parts_of_lossy_chunks_are_not_rewritten():
    values = scan()
    array = array_of(values, VcoreCodec(budget={"psnr": 40}, range=(0, 255)))
    before = array[...]
    with pytest.raises(InputError, match="whole chunks of shape"):
        array[3:9] = 0
    assert np.array_equal(array[...], before)


@pytest.mark.parametrize("shards", [None, (64, 64, 64)])
def test_whole_chunks_are_rewritten_up_to_the_end_of_the_array(shards):
    values = scan()
    array = array_of(values, VcoreCodec(budget={"psnr": 60}, range=(0, 255)), shards=shards)
    array[32:, 32:] = 200 - values[32:, 32:]
    assert psnr(array[32:, 32:], 200 - values[32:, 32:], 255) >= 59.99
    assert psnr(array[:32], values[:32], 255) >= 59.99


@pytest.mark.slow
@pytest.mark.parametrize("shards", [None, (64, 64, 64)])
@pytest.mark.parametrize(("dtype", "method"), [("u1", "bounded"), ("f4", "wavelet")])
def test_ten_partial_writes_stay_within_the_bound(dtype, method, shards):
    values = scan(dtype).astype(dtype)
    codec = VcoreCodec(method=method, budget={"max_error": 3})
    array = array_of(values, codec, shards=shards)
    first = array[...]
    rng, touched = np.random.default_rng(4), np.zeros(SHAPE, bool)
    for cycle in range(10):
        z, y, x = (int(rng.integers(0, n - 8)) for n in SHAPE)
        part = np.s_[z : z + 8, y : y + 5, x : x + 3]
        values[part] = rng.integers(0, 200, (8, 5, 3))
        array[part], touched[part] = values[part], True
        error = np.abs(array[...].astype("f8") - values)
        assert error.max() <= 3, cycle
    assert np.array_equal(array[...][~touched], first[~touched])


def test_parts_of_what_is_not_there_yet():
    array = zarr.create_array(
        MemoryStore(),
        shape=(16, 16, 16),
        chunks=(16,) * 3,
        dtype="u1",
        compressors=None,
        serializer=VcoreCodec(budget={"psnr": 50}, range=(0, 255)),
    )
    part = scan(shape=(6, 7, 8))
    array[4:10, 2:9, 1:9] = part
    assert psnr(array[4:10, 2:9, 1:9], part, 255) > 45


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"budget": {"bytes": 1000}}, InputError, "one chunk at a time"),
        ({"budget": {"psnr": 40}}, InputError, "range="),
        ({"budget": {"noise_sigma": 1}}, InputError, "share of the noise"),
        ({"budget": {"psnr": 40}, "range": (3, 1)}, InputError, r"range=\(low, high\)"),
        ({"method": "nothing"}, InputError, "one of the methods"),
        ({"method": "wavelet", "settings": {"what": 1}}, InputError, "one of the settings"),
        ({"budget": {"psnr": -1}}, BudgetError, "positive"),
    ],
)
def test_impossible_options(options, error, words):
    with pytest.raises(error, match=words):
        VcoreCodec(**options)


@pytest.mark.parametrize("shards", [None, (8, 8, 8)])
def test_impossible_arrays(shards):
    values = np.zeros((8, 8, 8), "u8")
    with pytest.raises(InputError, match="one of the dtypes"):
        array_of(values, VcoreCodec(), chunks=(8,) * 3, shards=shards)


def test_values_beyond_the_range():
    with pytest.raises(InputError, match="between 0 and 100"):
        array_of(scan(), VcoreCodec(budget={"psnr": 40}, range=(0, 100)))


def test_a_later_version_is_refused():
    values = VcoreCodec(budget={"bpv": 1}).to_dict()
    values["configuration"]["version"] = 2
    with pytest.raises(FormatError, match="newer vcore-volumes"):
        VcoreCodec.from_dict(values)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"colour": 1}, FormatError, "Got 'colour' too"),
        ({"budget": {"max_eror": 1}}, BudgetError, "Got 'max_eror': correct the name"),
        ({"budget": {"max_error": "1"}}, BudgetError, "positive number"),
        ({"budget": {"max_error": True}}, BudgetError, "positive number"),
        ({"budget": [1]}, InputError, "budget as an object"),
        ({"settings": 3}, InputError, "settings as an object"),
        ({"settings": {"what": 1}}, InputError, "Got 'what' instead"),
        ({"method": 3}, InputError, "the method's name"),
        ({"method": "nothing"}, InputError, "one of the methods"),
        ({"range": ["a", "b"]}, InputError, r"range=\(low, high\)"),
        ({"range": {"a": 1}}, InputError, r"range=\(low, high\)"),
        ({"range": [None, 1]}, InputError, r"range=\(low, high\)"),
        ({"missing": "x"}, InputError, "number that means missing"),
        ({"missing": 10**400}, InputError, "number that means missing"),
        ({"budget": {"max_error": 10**400}}, BudgetError, "positive number"),
        ({"version": None}, FormatError, "newer vcore-volumes"),
    ],
)
def test_metadata_that_makes_no_sense_is_refused_with_a_sentence(tmp_path, change, error, words):
    values = np.zeros((8, 8, 8), "u1")
    array_of(values, VcoreCodec(budget={"max_error": 1}), chunks=(8,) * 3, store=tmp_path / "a")
    path = tmp_path / "a" / "zarr.json"
    document = json.loads(path.read_text())
    document["codecs"][0]["configuration"] |= change
    path.write_text(json.dumps(document))
    with pytest.raises(error, match=words):
        zarr.open_array(tmp_path / "a", mode="r")


def test_damaged_chunks_are_refused_or_decode():
    values = scan(shape=(16, 16, 16))
    store = MemoryStore()
    array = array_of(values, VcoreCodec(budget={"bpv": 2}), chunks=(16,) * 3, store=store)
    good = store._store_dict["c/0/0/0"].to_bytes()
    prototype = zarr.core.buffer.default_buffer_prototype()
    refused = 0
    for place in [*range(40), *range(40, len(good), 37)]:
        bad = bytearray(good)
        bad[place] ^= 0x41
        store._store_dict["c/0/0/0"] = prototype.buffer.from_bytes(bytes(bad))
        with pytest.raises(FormatError):
            array[...]
        refused += 1
    assert refused > 50
    for length in (0, 1, 10, len(good) // 2, len(good) - 1):
        store._store_dict["c/0/0/0"] = prototype.buffer.from_bytes(good[:length])
        with pytest.raises(FormatError):
            array[...]
        with pytest.raises(FormatError):
            array[2:4, 3, 2:8]


def run_python(text):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", text], capture_output=True, text=True, timeout=120
    )


def test_reading_needs_the_package_installed_not_imported(tmp_path):
    values = scan()
    array_of(values, VcoreCodec(budget={"max_error": 0}), store=str(tmp_path / "a.zarr"))
    path = str(tmp_path / "a.zarr")
    done = run_python(f"import zarr; print(zarr.open_array({path!r}, mode='r')[...].sum())")
    assert done.stdout.strip() == str(values.sum()), done.stderr


def test_without_the_package_zarr_names_the_codec(tmp_path):
    array_of(scan(), VcoreCodec(), store=str(tmp_path / "a.zarr"))
    hidden = (
        "import importlib.metadata as m\n"
        "found = m.entry_points\n"
        "class Hidden:\n"
        "    groups = ()\n"
        "    def select(self, **k): return [e for e in found(**k) if 'vcore' not in e.value]\n"
        "m.entry_points = lambda **k: Hidden().select(**k) if k else Hidden()\n"
        "import zarr\n"
        f"zarr.open_array({str(tmp_path / 'a.zarr')!r}, mode='r')[...]"
    )
    done = run_python(hidden)
    assert done.returncode != 0
    assert "vcore.chunk" in done.stderr.splitlines()[-1]


def test_the_schema_describes_the_codec():
    schema = json.loads((Path(__file__).parents[1] / "docs" / "codec.schema.json").read_text())
    import jsonschema

    for codec in (
        VcoreCodec(),
        VcoreCodec(budget={"psnr": 40}, range=(0, 255), missing=-9999),
        VcoreCodec(method="linear2", budget={"ratio": 8}, settings={"k": 4}),
    ):
        jsonschema.validate(json.loads(json.dumps(codec.to_dict())), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"name": "vcore.chunk", "configuration": {"method": 3}}, schema)
