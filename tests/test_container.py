"""The `.vcore` container: size, checksums, atomic writing, ranged reading."""

import http.server
import os
import pickle
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from counting import CountingSource
from made_images import ball
from volumes import blobs

import vcore
from vcore.container import Container, SectionReader, Writer, layout
from vcore.container.block_cache import BlockCache
from vcore.container.sources import FileSource, HttpSource, StreamSource
from vcore.errors import FormatError, InputError, OutputError, OutputExistsError, TruncatedError
from vcore.model.context import Context

Files = Callable[[str], bytes]
QUICK: dict[str, Any] = {
    "method": "linear2",
    "settings": {"preset": "paper", "epochs": 1, "s": 3},
}


# layout


def test_overhead_of_a_simple_file(compressed: Files) -> None:
    for name in ("constant", "compact", "paper", "many"):
        container = Container(compressed(name))
        payload = sum(s.payload_bytes for s in container.sections)
        # a unit's length and checksum count towards regions, not towards the file
        assert container.header_bytes < 400
        assert len(compressed(name)) - payload < 500
        assert container.complete_size == len(compressed(name))
    assert len(compressed("constant")) < 200


def test_sections_lie_coarse_to_fine(compressed: Files) -> None:
    for name in ("several", "many", "bound"):
        levels = [s.level for s in Container(compressed(name)).sections]
        assert levels == sorted(levels, reverse=True)
        assert levels[0] > levels[-1] == 0


def test_index_round_trip() -> None:
    units = [b"", b"a", b"b" * 127, b"c" * 128, b"", b"d" * 70_000]
    index = layout.pack_index(units)
    offsets, crcs = layout.unpack_index(index, len(units), sum(map(len, units)))
    assert np.diff(offsets).tolist() == [len(u) for u in units]
    assert crcs == [layout.crc32c(u) if u else 0 for u in units]
    for damaged in (index[:-1], index + b"\0", b"\xff" * len(index), b""):
        with pytest.raises(FormatError):
            layout.unpack_index(damaged, len(units), sum(map(len, units)))


def test_crc32c_is_castagnoli() -> None:
    assert layout.crc32c(b"123456789") == 0xE3069283  # RFC 3720, B.4


# damage


@pytest.mark.parametrize("name", ["constant", "compact"])
def test_every_flipped_byte_is_found(compressed: Files, name: str) -> None:
    data = compressed(name)
    whole = vcore.open(data)
    expected = [whole.decode(level=level) for level in range(len(whole.grid_levels))]
    unnoticed = []
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 0x55
        try:
            ds = vcore.open(bytes(damaged))
            ds.check()
        except FormatError:
            continue
        unnoticed.append(position)
        for level, values in enumerate(expected):
            assert np.array_equal(ds.decode(level=level), values)
    # files of a later minor version open
    assert set(unnoticed) <= {9}


def test_damage_inside_a_unit_is_found_by_decoding(compressed: Files) -> None:
    data = compressed("compact")
    section = Container(data).sections[-1]
    damaged = bytearray(data)
    damaged[section.end - 1] ^= 1
    ds = vcore.open(bytes(damaged))
    with pytest.raises(FormatError, match=r"Unit 0 of section 'codes' .* checksum does not match"):
        ds.decode()
    assert ds.decode(level=2).shape == ds.grid_levels[2].shape


def _file(header: dict[str, Any]) -> bytes:
    return layout.pack_header({"kind": "volume", "sections": [], **header})


def test_unknown_versions_kinds_and_methods_say_what_to_do(compressed: Files) -> None:
    data = compressed("constant")
    later = data[:8] + bytes([2]) + data[9:]
    with pytest.raises(FormatError, match=r"version 2\.0: install a newer vcore-volumes"):
        vcore.open(later)
    with pytest.raises(FormatError, match="'radiance field': install a newer vcore-volumes"):
        vcore.open(_file({"kind": "radiance field"}))
    variable = {
        "name": "v",
        "dtype": "f4",
        "axes": "zyx",
        "range": [0, 1],
        "method": "a_future_method",
    }
    with pytest.raises(FormatError, match="'a_future_method', which is not installed"):
        vcore.open(_file({"grid": {"shape": [2, 2, 2]}, "variables": [variable]}))
    with pytest.raises(FormatError, match="does not start like one"):
        vcore.open(b"PK\x03\x04" + bytes(100))
    with pytest.raises(FormatError):
        vcore.open(b"")


def test_a_file_of_the_old_name_is_refused_by_name(compressed: Files) -> None:
    data = compressed("constant")
    with pytest.raises(FormatError, match=r"as \.vcz: compress the original again"):
        vcore.open(b"\x89VCZ" + data[4:])


def test_a_later_minor_version_opens(compressed: Files) -> None:
    data = compressed("constant")
    assert (vcore.open(data[:9] + bytes([7]) + data[10:]).decode() == 7).all()


def test_headers_that_would_explode_are_refused() -> None:
    import zlib

    press = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=layout.HEADER_DICTIONARY)
    text = b'{"kind":"' + b"a" * (layout.MAX_HEADER_JSON + 10) + b'"}'
    packed = press.compress(text) + press.flush()
    preamble = layout.PREAMBLE.pack(layout.MAGIC, 1, 0, len(packed), layout.crc32c(packed))
    with pytest.raises(FormatError, match="larger than"):
        vcore.open(preamble + packed)
    nested = b"[" * 200_000
    press = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=layout.HEADER_DICTIONARY)
    packed = press.compress(nested) + press.flush()
    preamble = layout.PREAMBLE.pack(layout.MAGIC, 1, 0, len(packed), layout.crc32c(packed))
    with pytest.raises(FormatError):
        vcore.open(preamble + packed)


# writing


def test_existing_output_is_refused_without_force(tmp_path: Path) -> None:
    path = tmp_path / "v.vcore"
    path.write_bytes(b"somebody's work")
    with pytest.raises(OutputExistsError, match="force"):
        vcore.compress(blobs((5, 5, 5)), path, **QUICK)
    assert path.read_bytes() == b"somebody's work"
    vcore.compress(blobs((5, 5, 5)), path, force=True, **QUICK)
    assert vcore.open(path).shape == (5, 5, 5)
    assert list(tmp_path.iterdir()) == [path]


def test_output_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "v.vcore"

    def appear(stage: str, share: float) -> None:
        path.write_bytes(b"somebody's work")

    with pytest.raises(OutputExistsError):
        vcore.compress(blobs((5, 5, 5)), path, context=Context(progress=appear), **QUICK)
    assert path.read_bytes() == b"somebody's work"
    assert list(tmp_path.iterdir()) == [path]


def test_failing_encode_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "v.vcore"
    path.write_bytes(b"somebody's work")
    with pytest.raises(vcore.VcoreError):
        vcore.compress(blobs((9, 9, 9)), path, force=True, **QUICK, budget=vcore.Budget(bytes=50))
    assert path.read_bytes() == b"somebody's work"
    assert list(tmp_path.iterdir()) == [path]


def test_failing_check_leaves_no_file(tmp_path: Path) -> None:
    def refuse(file: Any) -> None:
        assert Container(file).header["kind"] == "volume"
        raise FormatError("not good enough")

    with Writer(tmp_path / "v.vcore") as writer:
        writer.add(0, 0, "codes", [b"abc"])
        with pytest.raises(FormatError, match="not good enough"):
            writer.commit({"kind": "volume"}, check=refuse)
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    values = blobs((5, 5, 5))
    with pytest.raises(OutputError, match="Got the folder"):
        vcore.compress(values, tmp_path, **QUICK)
    with pytest.raises(OutputError, match="is missing: create it"):
        vcore.compress(values, tmp_path / "nowhere" / "v.vcore", **QUICK)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_unwritable_folder(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with pytest.raises(OutputError, match="cannot be written"):
            vcore.compress(blobs((5, 5, 5)), tmp_path / "v.vcore", **QUICK)
    finally:
        tmp_path.chmod(stat.S_IRWXU)


def test_unwritable_folder_as_the_system_reports_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: Any, mode: int) -> bool:
        return Path(path) != tmp_path

    monkeypatch.setattr(os, "access", denied)
    with pytest.raises(OutputError, match="cannot be written"):
        vcore.compress(blobs((5, 5, 5)), tmp_path / "v.vcore", **QUICK)
    assert list(tmp_path.iterdir()) == []


def test_full_disk(tmp_path: Path) -> None:
    script = """
        import resource, signal, sys
        import numpy as np
        import vcore
        from vcore.model.context import Context
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        def fill(stage, share):
            if stage == "checking":
                resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        values = np.random.default_rng(0).random((20, 20, 20)).astype("f4")
        try:
            vcore.compress(values, sys.argv[1], method="linear2", force=True,
                           settings={"preset": "paper", "epochs": 1, "s": 8},
                           context=Context(progress=fill))
        except vcore.VcoreError as error:
            print(type(error).__name__, error)
    """
    path = tmp_path / "v.vcore"
    path.write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.startswith("OutputError Could not write")
    assert "File too large" in done.stdout
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_later_section_of_the_same_name_replaces(tmp_path: Path) -> None:
    with Writer(tmp_path / "v.vcore") as writer:
        writer.add(0, 0, "codes", [b"first", b"version"])
        writer.add(0, 1, "base", [b"coarse"])
        writer.add(0, 0, "codes", [b"second"])
        assert writer.section_bytes(0) == len(b"second") + len(b"coarse")
        assert writer.reader(0).read(0, "codes") == b"second"
        writer.commit({"kind": "volume"})
    container = Container(tmp_path / "v.vcore")
    assert [(s.level, s.name) for s in container.sections] == [(1, "base"), (0, "codes")]
    assert container.sections_of(0).read(0, "codes") == b"second"
    with pytest.raises(FormatError, match="'base' at level 0"):
        container.sections_of(0).read(0, "base")


# ranged reading


def test_opening_reads_little(compressed: Files) -> None:
    source = CountingSource(compressed("many"))
    ds = vcore.open(source)
    _ = ds.group, ds.levels, ds.info, ds.array.shape
    assert source.total < 5000
    assert len(source.reads) <= 2


def test_a_chunk_reads_only_its_units(compressed: Files) -> None:
    data = compressed("many")
    source = CountingSource(data)
    ds = vcore.open(source)
    codes = next(s for s in Container(data).sections if s.name == "codes")
    assert codes.units == 12
    source.reads.clear()
    ds.decode((slice(64, 70), slice(128, 130), slice(64, 70)))
    touched = [
        (offset, length)
        for offset, length in source.reads
        if offset >= codes.offset + codes.index_bytes
    ]
    offsets, _ = layout.unpack_index(
        data[codes.offset : codes.offset + codes.index_bytes], codes.units, codes.payload_bytes
    )
    start = codes.offset + codes.index_bytes
    ranges = [(start + a, b - a) for a, b in pairwise(offsets)]
    # windows of the preceding chunks overlap the last one along each axis: 2 x 2 x 2 tiles
    assert set(touched) <= set(ranges)
    assert len(touched) <= 8
    assert ranges[-1] in touched
    assert ranges[0] not in touched
    source.reads.clear()
    ds.decode((slice(64, 70), slice(128, 130), slice(64, 70)))
    assert sum(length for _, length in source.reads) == 0


def test_coarse_levels_read_no_fine_bytes(compressed: Files) -> None:
    data = compressed("many")
    fine = min(s.offset for s in Container(data).sections if s.level == 0)
    source = CountingSource(data)
    vcore.open(source).decode(level=2)
    assert max(offset + length for offset, length in source.reads[1:]) <= fine


def test_no_unit_is_read_twice(compressed: Files) -> None:
    source = CountingSource(compressed("many"))
    vcore.open(source).decode((slice(60, 70), slice(0, 130), slice(3, 9)))
    assert len(source.reads) == len(set(source.reads))


def test_neighbouring_units_are_read_together() -> None:
    units = [bytes([i]) * (i + 1) for i in range(10)]
    with Writer(None) as writer:
        writer.add(0, 0, "codes", units)
        writer.commit({"kind": "volume"})
    source = CountingSource(writer.data)
    reader = Container(source).sections_of(0)
    source.reads.clear()
    assert reader.read_units(0, "codes", [7, 2, 3, 4, 2]) == [units[i] for i in (7, 2, 3, 4, 2)]
    assert len(source.reads) == 3  # index, 2 to 4, 7
    for wanted in ([10], [-1]):
        with pytest.raises(FormatError, match="no unit"):
            reader.read_units(0, "codes", wanted)
    assert reader.check() == 10
    assert reader.section_bytes() == {"codes": 10 + 40 + 55}


def test_claims_beyond_the_file_are_refused_before_reading() -> None:
    section = layout.Section(0, 0, "codes", 1, 0, 1 << 45, 0, 10)
    source = CountingSource(bytes(100))
    with pytest.raises(TruncatedError):
        SectionReader(source, [section]).read(0, "codes")


def test_every_kind_of_source(compressed: Files, tmp_path: Path) -> None:
    data = compressed("constant")
    path = tmp_path / "v.vcore"
    path.write_bytes(data)
    expected = vcore.open(data).decode()
    with path.open("rb") as stream:
        for source in (path, str(path), bytearray(data), memoryview(data), stream):
            assert np.array_equal(vcore.open(source).decode(), expected)
        assert StreamSource(stream).read(3, 5) == data[3:8]
    with pytest.raises(InputError, match="No such file"):
        vcore.open(tmp_path / "missing.vcore")
    with pytest.raises(InputError, match="folder"):
        vcore.open(tmp_path)
    with pytest.raises(vcore.VcoreError, match="Got int instead"):
        vcore.open(5)


def test_a_file_that_grew_shorter(compressed: Files, tmp_path: Path) -> None:
    path = tmp_path / "v.vcore"
    path.write_bytes(compressed("compact"))
    ds = vcore.open(path)
    with path.open("r+b") as file:
        file.truncate(len(compressed("compact")) - 20)
    with pytest.raises(TruncatedError):
        ds.decode()


def test_file_source_is_shared_by_threads(tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    numbers = np.arange(100_000, dtype="<u4")
    path.write_bytes(numbers.tobytes())
    source = FileSource(path)
    wrong = []

    def read(seed: int) -> None:
        for i in np.random.default_rng(seed).integers(0, 99_000, 300):
            found = np.frombuffer(source.read(4 * int(i), 400), "<u4")
            if not np.array_equal(found, numbers[i : i + 100]):
                wrong.append(i)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# HTTP


class Handler(http.server.BaseHTTPRequestHandler):
    """Serve one file, with range requests if ``ranges`` is set."""

    data: ClassVar[bytes] = b""
    ranges: ClassVar[bool] = True
    sent: ClassVar[list[int]] = []

    def do_GET(self) -> None:
        if self.path != "/v.vcore":
            self.send_error(404)
            return
        asked = self.headers.get("Range")
        body, status = self.data, 200
        if asked and self.ranges:
            first, last = asked.removeprefix("bytes=").split("-")
            body, status = self.data[int(first) : int(last) + 1], 206
        self.send_response(status)
        if status == 206:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(self.data)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.sent.append(len(body))
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes, bool], str]]:
    """Return a function that serves bytes, with or without ranges, and returns the URL."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()

    def start(data: bytes, ranges: bool) -> str:
        Handler.data, Handler.ranges, Handler.sent = data, ranges, []
        return f"http://127.0.0.1:{server.server_port}/v.vcore"

    yield start
    server.shutdown()
    thread.join()
    server.server_close()


def test_http(serve: Callable[[bytes, bool], str], compressed: Files) -> None:
    data = compressed("many")
    url = serve(data, True)
    ds = vcore.open(url)
    assert ds.info["file"] == url
    assert sum(Handler.sent) < 5000
    region = (slice(60, 70), slice(0, 5), slice(3, 9))
    assert np.array_equal(ds.decode(region), vcore.open(data).decode(region))
    assert sum(Handler.sent) < len(data)
    source = HttpSource(url)
    assert source.size == len(data)
    assert source.read(5, 0) == b""
    with pytest.raises(TruncatedError):
        source.read(len(data) - 3, 10)


def test_a_collection_over_http(serve: Callable[[bytes, bool], str]) -> None:
    images = ball(size=(90, 110))
    data = vcore.compress(images, None, max_error=0, settings={"group": 1}).data
    found = vcore.open(serve(data, True))
    opened = sum(Handler.sent)
    np.testing.assert_array_equal(found.image(time=0.5, phi=90), images.read((1, 1), "rgb"))
    assert 0 < sum(Handler.sent) - opened < len(data) / 3
    again = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(again.array[2, 3], images.read((2, 3), "rgb"))
    assert found.check() > 0


def test_blocks_far_away_are_fetched_once(tmp_path: Path) -> None:
    data = np.random.default_rng(1).bytes(50_000)
    source = CountingSource(data)
    blocks = BlockCache(source)
    assert blocks.read(10, 20) == data[10:30]
    assert source.reads == [(0, 4096)]
    assert blocks.read(0, 4096) == data[:4096]
    assert blocks.read(4000, 9000) == data[4000:13000]
    assert source.reads == [(0, 4096), (4096, 3 * 4096)]
    assert blocks.read(49_999, 1) == data[49_999:]
    assert source.reads[2:] == [(12 * 4096, 50_000 - 12 * 4096)]
    assert blocks.read(0, 50_000) == data
    assert source.reads[3:] == [(4 * 4096, 8 * 4096)]
    assert blocks.read(7, 0) == b""
    with pytest.raises(TruncatedError):
        blocks.read(49_999, 2)
    (tmp_path / "v").write_bytes(data)
    copy = pickle.loads(pickle.dumps(BlockCache(FileSource(tmp_path / "v"))))
    assert copy.read(49_000, 1000) == data[49_000:]


def test_blocks_that_others_fetch_are_waited_for() -> None:
    data = np.random.default_rng(1).bytes(50_000)
    asked, answer = threading.Event(), threading.Event()

    class Slow(CountingSource):
        def read(self, offset: int, length: int) -> bytes:
            asked.set()
            assert answer.wait(20)
            return super().read(offset, length)

    source = Slow(data)
    blocks = BlockCache(source)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(blocks.read, 4096, 2 * 4096)
        assert asked.wait(20)
        second = pool.submit(blocks.read, 0, 20_000)  # around the first
        answer.set()
        assert first.result(20) == data[4096 : 3 * 4096]
        assert second.result(20) == data[:20_000]
    assert sorted(source.reads) == [(0, 4096), (4096, 2 * 4096), (3 * 4096, 2 * 4096)]


def test_blocks_that_could_not_be_fetched_are_asked_for_again() -> None:
    class Failing(CountingSource):
        failing = True

        def read(self, offset: int, length: int) -> bytes:
            if self.failing:
                raise InputError("away")
            return super().read(offset, length)

    source = Failing(b"x" * 9000)
    blocks = BlockCache(source)
    with pytest.raises(InputError, match="away"):
        blocks.read(0, 9000)
    source.failing = False
    assert blocks.read(0, 9000) == b"x" * 9000


def test_few_blocks_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vcore.container.block_cache.MAX_BLOCKS", 3)
    data = np.random.default_rng(1).bytes(50_000)
    source = CountingSource(data)
    blocks = BlockCache(source)
    for start in (0, 4096, 8192, 0, 12288, 0, 4096):
        assert blocks.read(start, 100) == data[start : start + 100]
    assert [start for start, _ in source.reads] == [0, 4096, 8192, 12288, 4096]


def test_http_without_ranges(serve: Callable[[bytes, bool], str], compressed: Files) -> None:
    url = serve(compressed("constant"), False)
    with pytest.raises(InputError, match="range requests"):
        vcore.open(url)


def test_http_that_fails(serve: Callable[[bytes, bool], str]) -> None:
    url = serve(b"", True)
    with pytest.raises(InputError, match="404"):
        vcore.open(url.replace("v.vcore", "other.vcore"))
    with pytest.raises(InputError, match="Could not read"):
        vcore.open("http://127.0.0.1:9/v.vcore")
