"""OME-Zarr hierarchies compressed, verified and decompressed chunk by chunk."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
import zarr
from levels import files_of
from ome_zarr_models import open_ome_zarr
from volumes import blobs, in_dtype

import vcore
from vcore.errors import BudgetError, FormatError, InputError, OutputExistsError
from vcore.hierarchy import audit, compress, export, records
from vcore.hierarchy.chunk_job import ChunkJob
from vcore.hierarchy.seams import jumps_of
from vcore.hierarchy.shards import all_chunks

SHAPE = (40, 33, 50)
PSNR = {"budget": vcore.Budget(psnr=40), "chunks": 16}
AXES = [{"name": n, "type": "space", "unit": "micrometer"} for n in "zyx"]


def multiscales(levels, axes=AXES, **more):
    lead = len(axes) - 3
    return [
        {
            "axes": axes,
            "datasets": [
                {
                    "path": str(k),
                    "coordinateTransformations": [
                        {"type": "scale", "scale": [1.0] * lead + [0.5 * 2.0**k] * 3}
                    ],
                }
                for k in range(levels)
            ],
            **more,
        }
    ]


def channels(count):
    window = {"start": 0, "end": 200, "min": 0, "max": 255}
    return [{"label": f"c{i}", "color": "FF0000", "window": window} for i in range(count)]


def values_of():
    return in_dtype(blobs(SHAPE), "u1", 0, 200)


def make_05(path):
    """Write OME-Zarr 0.5: two levels, labels, a table, unknown metadata, an extra file."""
    root = zarr.create_group(path, zarr_format=3)
    root.attrs["ome"] = {"version": "0.5", "multiscales": multiscales(2, name="blobs")}
    root.attrs["mine"] = {"a": [1, 2]}
    values = values_of()
    for k, level in enumerate((values, values[::2, ::2, ::2])):
        array = root.create_array(
            str(k),
            shape=level.shape,
            dtype="u1",
            chunks=(25,) * 3,
            dimension_names="zyx",
            attributes={"unit": "K"},
        )
        array[...] = level
    labels = root.create_group("labels")
    labels.attrs["ome"] = {"version": "0.5", "labels": ["cells"]}
    cells = labels.create_group("cells")
    cells.attrs["ome"] = {"version": "0.5", "multiscales": multiscales(2), "image-label": {}}
    cells.create_array("0", shape=SHAPE, dtype="u2", chunks=(20,) * 3)[...] = values // 9
    half = values[::2, ::2, ::2] // 9
    cells.create_array("1", shape=half.shape, dtype="u2", chunks=(20,) * 3)[...] = half
    root.create_group("tables").create_array("x", shape=(5,), dtype="f8")[...] = np.arange(5)
    (Path(path) / "notes.txt").write_text("kept")
    return path


def make_04(path):
    """Write OME-Zarr 0.4 with time and channels."""
    axes = [{"name": "t", "type": "time"}, {"name": "c", "type": "channel"}, *AXES]
    root = zarr.create_group(path, zarr_format=2)
    root.attrs["multiscales"] = multiscales(1, axes, version="0.4")
    root.attrs["omero"] = {"version": "0.4", "channels": channels(2)}
    values = np.stack([np.stack([values_of()[:20], values_of()[20:]])] * 2)
    values[1] //= 2
    root.create_array(
        "0",
        shape=values.shape,
        dtype="u1",
        chunks=(1, 1, 20, 20, 20),
        chunk_key_encoding={"name": "v2", "separator": "/"},
    )[...] = values
    return path


@pytest.fixture
def source(tmp_path):
    return make_05(str(tmp_path / "big.ome.zarr"))


@pytest.fixture
def out(tmp_path):
    return str(tmp_path / "small.ome.zarr")


def test_all_of_a_hierarchy_is_carried_over(source, out):
    result = compress(source, out, **PSNR)
    assert result.finished
    old, new = zarr.open_group(source, mode="r"), zarr.open_group(out, mode="r")
    assert new.attrs["ome"] == old.attrs["ome"]
    assert new.attrs["mine"] == {"a": [1, 2]}
    assert "vcore-volumes" in new.attrs["vcore-hierarchy"]["message"]
    assert new["0"].metadata.dimension_names == ("z", "y", "x")
    assert new["0"].attrs["unit"] == "K"
    for k in "01":
        mse = np.square(new[k][...].astype("f8") - old[k][...]).mean()
        span = float(np.ptp(old[k][...]))
        assert 40 <= 10 * np.log10(span**2 / mse) < 50
        assert result.arrays[k]["psnr"] == pytest.approx(10 * np.log10(span**2 / mse))
    assert np.array_equal(new["labels/cells/0"][...], old["labels/cells/0"][...])
    assert np.array_equal(new["tables/x"][...], np.arange(5))
    assert (Path(out) / "notes.txt").read_text() == "kept"
    assert result.arrays["0"]["bytes"] < old["0"].nbytes / 5


def test_04_becomes_05(tmp_path, out):
    source = make_04(str(tmp_path / "old.ome.zarr"))
    compress(source, out, budget=vcore.Budget(max_error=2), chunks=16)
    new = zarr.open_group(out, mode="r")
    assert new["0"].chunks == (1, 1, 16, 16, 16)
    assert new.attrs["ome"]["omero"] == {"channels": channels(2)}
    image = open_ome_zarr(new)
    assert image.attributes.ome.version == "0.5"
    assert [a.name for a in image.attributes.ome.multiscales[0].axes] == list("tczyx")
    old = zarr.open_group(source, mode="r")["0"][...]
    assert np.abs(new["0"][...].astype("f8") - old).max() <= 2


def test_a_lone_array(tmp_path, out):
    path = str(tmp_path / "a.zarr")
    zarr.create_array(path, shape=SHAPE, dtype="f4", chunks=(20,) * 3)[...] = blobs(SHAPE)
    compress(path, out, budget=vcore.Budget(range_error=0.01), chunks=16)
    array = zarr.open_array(out, mode="r")
    assert np.abs(array[...] - blobs(SHAPE)).max() <= 0.01
    assert audit(out, path, sample=1.0).breaks == ()


@pytest.mark.parametrize(("method", "least"), [("wavelet", 0.7), ("bounded", 0.4)])
def test_a_budget_of_bytes_is_for_all_images(source, out, method, least):
    total = sum(zarr.open_array(source, path=k, mode="r").nbytes for k in "01")
    result = compress(source, out, method=method, budget=vcore.Budget(ratio=12), chunks=32)
    spent = sum(result.arrays[k]["bytes"] for k in "01")
    assert least * total / 12 < spent <= total / 12


def test_one_step_for_all_chunks_beats_equal_shares(tmp_path, out):
    values = np.zeros((32, 32, 128), "f4")
    values[..., 96:] = np.random.default_rng(1).normal(size=(32, 32, 32))
    values[..., :96] = 0.1 * blobs((32, 32, 96))
    path = str(tmp_path / "a.zarr")
    zarr.create_array(path, shape=values.shape, dtype="f4", chunks=(32,) * 3)[...] = values
    size = 16000
    compress(path, out, budget=vcore.Budget(bytes=size), chunks=32)
    codec = vcore.zarr.VcoreCodec(method="wavelet", budget={"bpv": 8 * size / values.size})
    even = zarr.create_array(
        {}, shape=values.shape, dtype="f4", chunks=(32,) * 3, serializer=codec, compressors=None
    )
    even[...] = values
    split = np.square(zarr.open_array(out, mode="r")[...] - values).mean()
    assert split < 0.7 * np.square(even[...] - values).mean()


def test_too_few_bytes(source, out):
    with pytest.raises(BudgetError, match="allow more"):
        compress(source, out, budget=vcore.Budget(bytes=40), chunks=32)
    assert not os.path.exists(out)


@pytest.mark.slow
def test_two_workers_and_parts_give_the_same_bytes(source, out, tmp_path):
    compress(source, out, **PSNR)
    whole = files_of(out)
    for kwargs in ({"workers": 2}, {}):
        other = str(tmp_path / f"other{len(kwargs)}.zarr")
        if kwargs:
            compress(source, other, **PSNR, **kwargs)
        else:
            assert not compress(source, other, **PSNR, part="2/3").finished
            assert not compress(source, other, **PSNR, part="3/3").finished
            assert compress(source, other, **PSNR, part="1/3").finished
        assert files_of(other) == whole


def test_a_killed_run_goes_on_and_gives_the_same_bytes(source, out, tmp_path):
    other = str(tmp_path / "killed.zarr")
    compress(source, out, **PSNR)
    command = (
        "import vcore; from vcore.hierarchy import compress\n"
        f"compress({source!r}, {other!r}, budget=vcore.Budget(psnr=40), chunks=16)"
    )
    process = subprocess.Popen([sys.executable, "-c", command])
    journal = Path(other, "0", "vcore-journal-1-of-1.jsonl")
    deadline = time.monotonic() + 120
    while not (journal.exists() and journal.read_text().count("\n") >= 5):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with journal.open("a") as file:
        file.write('{"chunk":[0,')  # a line truncated by the kill
    Path(journal.parent, ".1.0123abcd.part").write_bytes(b"half a chunk")
    done = {
        r.chunk: Path(other, "0", "c", *map(str, r.chunk))
        for r in records.read(other, "0").values()
        if r.bytes
    }
    before = {c: p.stat().st_mtime_ns for c, p in done.items()}
    assert 3 <= len(before) < len(list(all_chunks(zarr.open_array(other, path="0", mode="r"))))
    assert compress(source, other, **PSNR).finished
    assert {c: p.stat().st_mtime_ns for c, p in done.items()} == before
    assert files_of(other) == files_of(out)


def test_other_options_do_not_go_on(source, out):
    compress(source, out, **PSNR)
    with pytest.raises(OutputExistsError, match="not begun with these options"):
        compress(source, out, budget=vcore.Budget(psnr=41), chunks=16)
    compress(source, out, budget=vcore.Budget(psnr=41), chunks=16, force=True)
    assert audit(out).arrays["0"]["psnr"] >= 41


def test_an_audit_without_a_break(source, out):
    compress(source, out, **PSNR)
    found = audit(out, source, sample=0.2)
    chunks = sum(a["chunks"] for a in found.arrays.values())
    assert found.breaks == ()
    assert chunks / 5 <= found.sampled <= chunks / 5 + 4
    assert found.encoder == vcore.__version__


def test_an_audit_finds_damage_gaps_and_another_source(source, out):
    compress(source, out, **PSNR)
    path = Path(out, "0", "c", "1", "1", "1")
    good = path.read_bytes()
    path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    assert "checksum" in audit(out).breaks[0]
    path.write_bytes(good)
    table = Path(out, "0", records.RECORDS)
    lines = table.read_text()
    table.write_text("".join(lines.splitlines(keepends=True)[1:]))
    assert "1 chunks are missing" in audit(out).breaks[0]
    first = json.loads(lines.splitlines()[0])
    table.write_text(
        lines.replace(lines.splitlines()[0], json.dumps({**first, "squared_error": 1e9}))
    )
    assert "below 40 dB" in audit(out).breaks[0]
    table.write_text(lines)
    zarr.open_array(source, path="0", mode="r+")[...] = 7
    assert "differs from the compressed one" in audit(out, source, sample=1.0).breaks[0]


def test_an_audit_finds_errors_beyond_the_record(source, out):
    compress(source, out, budget=vcore.Budget(max_error=3), chunks=16)
    table = Path(out, "0", records.RECORDS)
    text = table.read_text()
    table.write_text(text.replace('"max_error":3.0', '"max_error":1.0'))
    assert any("recorded" in b for b in audit(out, source, sample=1.0).breaks)


def test_seams_are_told_from_the_rest(tmp_path, out):
    path = str(tmp_path / "a.zarr")
    zarr.create_array(path, shape=(32, 8, 8), chunks=(8,) * 3, dtype="f4")[...] = blobs((32, 8, 8))
    compress(path, out, budget=vcore.Budget(max_error=0), chunks=16)
    values = zarr.open_array(path, mode="r")[...]
    step = (np.arange(32) >= 16) * 3.0 + np.arange(32) % 2
    jobs = [ChunkJob(path, out, "", (i, 0, 0)) for i in range(2)]
    assert jumps_of(jobs).to_json() == {}  # lossless
    values += step.astype("f4")[:, None, None]
    values[15:17, 0, 0] = np.nan
    zarr.open_array(path, mode="r+")[...] = values
    found = jumps_of(jobs).to_json()
    assert found["seam_jump"] == pytest.approx(2.0)  # 3 up, 1 down
    assert found["jump_elsewhere"] == pytest.approx(1.0)


def test_an_audit_measures_seams(source, out):
    compress(source, out, **PSNR)
    figures = audit(out, source, sample=1.0).arrays
    error = zarr.open_array(out, path="0", mode="r")[...].astype("f8") - values_of()
    across = [np.diff(error, axis=a).take(range(15, n - 1, 16), a) for a, n in enumerate(SHAPE)]
    squares = np.concatenate([np.square(part).ravel() for part in across])
    assert figures["0"]["seam_jump"] == pytest.approx(np.sqrt(squares.mean()))
    assert 0.2 < figures["0"]["jump_elsewhere"] / figures["0"]["seam_jump"] < 2
    assert "seam_jump" not in figures["labels/cells/0"]
    assert "seam_jump" not in audit(out).arrays["0"]


def test_audits_of_and_against_other_things(source, out, tmp_path):
    with pytest.raises(InputError, match="that vcore compressed"):
        audit(source)
    compress(source, out, **PSNR)
    other = tmp_path / "other.vcore"
    other.write_bytes(b"")
    with pytest.raises(FormatError, match=r"Expected a \.vcore file"):
        audit(out, str(other))


@pytest.mark.parametrize("version", ["0.5", "0.4"])
def test_an_export_is_plain(source, out, tmp_path, version):
    compress(source, out, **PSNR)
    plain = str(tmp_path / "plain.ome.zarr")
    assert export(out, plain, version=version).finished
    small, group = zarr.open_group(out, mode="r"), zarr.open_group(plain, mode="r")
    assert group.metadata.zarr_format == {"0.5": 3, "0.4": 2}[version]
    for name in ("0", "1", "labels/cells/0", "tables/x"):
        assert np.array_equal(group[name][...], small[name][...])
    image = open_ome_zarr(group)
    assert image.ome_zarr_version == version
    assert group.attrs["mine"] == {"a": [1, 2]}
    texts = [p.read_text() for p in Path(plain).rglob("zarr.json")]
    assert not any("vcore.chunk" in text for text in texts)
    before = files_of(plain)
    assert export(out, plain, version=version).finished
    assert files_of(plain) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"workers": 0}, "one worker"),
        ({"part": "4/3"}, "i/n"),
        ({"chunks": 2}, "8 voxels"),
        ({"scheduler": "tcp://127.0.0.1:9"}, "scheduler"),
    ],
)
def test_impossible_options(source, out, options, words):
    with pytest.raises(InputError, match=words):
        compress(source, out, **options)
    assert not os.path.exists(out)


def test_no_hierarchy(tmp_path, out):
    with pytest.raises(InputError, match="Got nothing by that name"):
        compress(str(tmp_path / "none"), out)


@pytest.mark.slow
def test_a_cluster_gives_the_same_bytes_though_a_worker_dies(source, out, tmp_path):
    distributed = pytest.importorskip("distributed")
    compress(source, out, **PSNR)
    other = str(tmp_path / "cluster.zarr")
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
    ):
        address, victim = cluster.scheduler_address, cluster.workers[0]
        killed = []

        def tell(stage, share):
            if stage == "compressing" and share > 0.2 and not killed:
                killed.append(victim.pid)
                os.kill(victim.pid, signal.SIGKILL)

        context = vcore.Context(progress=tell)
        assert compress(source, other, **PSNR, scheduler=address, context=context).finished
    assert killed
    assert files_of(other) == files_of(out)


def test_dask_in_and_out(tmp_path):
    import dask.array as da

    values = values_of()[:32, :32, :48]
    codec = vcore.zarr.VcoreCodec(budget={"psnr": 40}, range=(0, 200))
    array = zarr.create_array(
        str(tmp_path / "a.zarr"),
        shape=values.shape,
        dtype="u1",
        chunks=(16,) * 3,
        serializer=codec,
        compressors=None,
    )
    da.to_zarr(da.from_array(values, chunks=(16,) * 3), array)
    back = da.from_zarr(str(tmp_path / "a.zarr"))
    assert back.chunksize == (16,) * 3
    mse = np.square(back.astype("f8") - values).mean().compute()
    assert 0 < mse <= (200 / 100) ** 2


@pytest.mark.slow
def test_the_command_line(source, out, tmp_path, capsys):
    def run(*arguments):
        return subprocess.run(
            [shutil.which("vcore", path=str(Path(sys.executable).parent)), *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    done = run("compress", source, out, "--psnr", "40", "--chunks", "16", "--shards", "2", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["arrays"]["0"]["psnr"] >= 40
    sound = run("audit", out, "--source", source, "--sample", "5%")
    assert sound.returncode == 0
    assert "times as much between chunks" in " ".join(sound.stdout.split())
    Path(out, "0", "c", "0", "0", "0").write_bytes(b"")
    broken = run("audit", out)
    assert broken.returncode == 4
    assert "checksum" in broken.stderr
    for option in (("--part", "1/2"), ("--shards", "2")):
        refused = run("compress", source, "a.vcore", *option)
        assert refused.returncode == 2
        assert "output of .zarr" in refused.stderr
