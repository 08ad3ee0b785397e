"""Speed and memory of encoding and decoding at one rate, for vcore methods and classical codecs.

Each codec runs in a fresh process: after a search for the level of the target rate, encoding and
decoding are timed separately (medians) and their peak memory is measured. Times are wall-clock,
with each codec's default threads; decoding starts from a freshly opened file or stream.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

import vcore
from benchmarks import rd
from benchmarks.kristan import show
from benchmarks.peak import peak_of
from benchmarks.rd_peers import PEERS, label_of
from benchmarks.rd_search import levels
from benchmarks.report import Results
from vcore.errors import MissingExtraError, VcoreError
from vcore.evaluate.compare import as_json
from vcore.model.regions import Region
from vcore.model.volume import Volume
from vcore.runtime.executor import threads

if TYPE_CHECKING:
    from benchmarks.codec import Codec

BPV = 0.25
"""Target bits per voxel."""
REPEATS, QUICK_REPEATS = 5, 3
"""Maximum number of runs; the median counts."""
MAX_SECONDS = 20.0
"""Time in seconds after which no further repetition starts."""
METHODS = ("wavelet", "wavelet-fast", "wavelet-max", "bounded")
"""Methods, with their effort if it is not the default."""
VOLUMES = ("tooth", "chris_t1", "bonsai", "fingers")
QUICK_VOLUMES = ("tooth", "neghip")
REFERENCE_CODEC = "sperr"
"""Codec to whose speed all others are compared."""
PROGRAMS = ("tthresh", *(name for name, peer in PEERS.items() if peer.film))
"""Codecs run as external programs, whose memory is not measured."""
REGION = 64
"""Side in voxels of the region whose latency is measured, in the middle of the volume."""
QUICK_PEERS = tuple(name for name, peer in PEERS.items() if peer.cost < 5)
"""Peers that do not take minutes for a volume; others are run if named."""
FIRST = """
import sys, time
import vcore
began = time.perf_counter()
region = tuple(slice(*map(int, part.split(":"))) for part in sys.argv[2:])
vcore.open(sys.argv[1]).decode(region)
print(time.perf_counter() - began)
"""
"""Script that prints the seconds from opening a file to the values of a region."""
MISSING = 3
"""Exit code for a codec that is not installed."""


@dataclass(frozen=True)
class Work:
    """Operations of a codec.

    Parameters
    ----------
    search
        Search the level and return a stream of about BPV bits per voxel; None if ``encode``
        does that.
    encode
        Return the stream again, at the known level.
    decode
        Return the values of a stream.
    decode_region
        Return the values of a region of a stream, freshly opened; None if the codec cannot.
    """

    search: Callable[[], Any] | None
    encode: Callable[[], Any]
    decode: Callable[[Any], NDArray[Any]]
    decode_region: Callable[[Any, Region], NDArray[Any]] | None = None


def main(
    volume: Annotated[
        list[str] | None, typer.Option(help="Run only this volume; repeatable.")
    ] = None,
    codec: Annotated[
        list[str] | None, typer.Option(help="Run only this method or peer; repeatable.")
    ] = None,
    quick: Annotated[bool, typer.Option(help="Small volumes, fewer repetitions.")] = False,
    fresh: Annotated[bool, typer.Option(help="Discard results of earlier runs.")] = False,
    output: Annotated[Path, typer.Option(help="Folder for results.")] = Path("bench-output"),
) -> None:
    """Measure MVox/s and peak memory at 0.25 bits per voxel; results in bench-output/speed.json."""
    known = [c.name for c in rd.CASES]
    names = rd.among("volume", volume or (QUICK_VOLUMES if quick else VOLUMES), known)
    codecs = rd.among("codec", codec or [*METHODS, *QUICK_PEERS], [*METHODS, *PEERS])
    results = Results(output / "speed.json", fresh=fresh)
    for name in names:
        for each in codecs:
            key = f"{name} {each}"
            if key not in results:
                row = _measured(name, each, QUICK_REPEATS if quick else REPEATS)
                if row is not None:
                    results.add(key, row)
    (output / "speed.md").write_text(tables(results, names, codecs), encoding="utf-8")


def tables(results: Results, names: Sequence[str], codecs: Sequence[str]) -> str:
    """Print and return one table per volume, with speeds relative to SPERR in the same run."""
    texts = []
    for name in names:
        found = {c: results[f"{name} {c}"] for c in codecs if f"{name} {c}" in results}
        yardstick = found.get(REFERENCE_CODEC)
        rows = []
        for codec, row in found.items():
            speeds = [row["search_mvox_s"], row["encode_mvox_s"], row["decode_mvox_s"]]
            ratios = [
                row[key] / yardstick[key] if yardstick else None
                for key in ("encode_mvox_s", "decode_mvox_s")
            ]
            memory = [
                None if codec in PROGRAMS else row[f"{what}_bytes_per_voxel"]
                for what in ("encode", "decode")
            ]
            latency = row["region_seconds"]
            latency = None if latency is None else 1e3 * latency
            first = row["first_region_seconds"]
            label = label_of(codec)
            rows.append([label, row["bpv"], *speeds, latency, first, *ratios, *memory])
        head = [
            "codec", "bits per voxel", "encode with search MVox/s", "encode MVox/s",
            "decode MVox/s", f"{REGION}³ region ms",
            "first region, nothing compiled s", "encode / SPERR", "decode / SPERR",
            "encode peak bytes a voxel", "decode peak bytes a voxel",
        ]  # fmt: skip
        count = next(iter(found.values()), {"threads": threads()})["threads"]
        texts.append(show(f"{name}: medians, {count} threads for vcore's methods", head, rows))
    return "\n".join(texts)


def _measured(name: str, codec: str, repeats: int) -> dict[str, Any] | None:
    """Return the statistics of a codec from a fresh process, None if it is not installed."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.speed", name, codec, str(repeats)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode == MISSING:
        print(f"{name} {codec}: skipped. {done.stderr.strip()}", flush=True)
        return None
    if done.returncode:
        raise VcoreError(f"Expected {codec} to code {name}. Got {done.stderr[-800:]}")
    print(f"{name} {codec}: measured", flush=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(volume: Volume, codec: str, repeats: int) -> dict[str, Any]:
    """Return the statistics of a codec; call it in a fresh process.

    Raises
    ------
    MissingExtraError
        The codec is not installed.
    """
    original = volume.variables[0].read()
    made = _method(codec, volume) if codec in METHODS else _peer(codec, original)
    searching = None
    work = made
    if made.search is not None:
        searching = _seconds(made.search, 1)
    work.encode()  # warm-up: load compiled code
    stream, encode_bytes = peak_of(work.encode)
    values, decode_bytes = peak_of(lambda: work.decode(stream))
    encoding = _seconds(work.encode, repeats)
    decoding = _seconds(lambda: work.decode(stream), repeats)
    latency = first = None
    if work.decode_region is not None:
        decode_region, middle = work.decode_region, _middle(original.shape)
        latency = _seconds(lambda: decode_region(stream, middle), repeats)
        first = _first_region(stream, middle)
    size = len(stream) if isinstance(stream, bytes) else sum(map(len, stream))
    millions = original.size / 1e6
    return {
        "bpv": 8 * size / original.size,
        "mse": float(np.square(values.reshape(original.shape) - original.astype("f8")).mean()),
        "search_mvox_s": None if searching is None else millions / searching,
        "encode_mvox_s": millions / encoding,
        "decode_mvox_s": millions / decoding,
        "region_seconds": latency,
        "first_region_seconds": first,
        "encode_bytes_per_voxel": encode_bytes / original.size,
        "decode_bytes_per_voxel": decode_bytes / original.size,
        "threads": threads(),
        "voxels": original.size,
    }


def _first_region(data: bytes, region: Region) -> float:
    """Return the seconds for a region in a new process on a machine without compiled code."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.vcore"
        path.write_bytes(data)
        done = subprocess.run(
            [sys.executable, "-c", FIRST, path, *(f"{r.start}:{r.stop}" for r in region)],
            env={**os.environ, "NUMBA_CACHE_DIR": f"{folder}/cache"},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    return float(done.stdout)


def _middle(shape: Sequence[int]) -> Region:
    """Return the region of REGION voxels a side in the middle of the middle frame."""
    sides = [1] * (len(shape) - 3) + [min(n, REGION) for n in shape[-3:]]
    return tuple(slice((n - a) // 2, (n + a) // 2) for n, a in zip(shape, sides, strict=True))


def _seconds(work: Callable[[], Any], repeats: int) -> float:
    """Return the median time of ``work``."""
    times: list[float] = []
    while len(times) < repeats and sum(times) < MAX_SECONDS:
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times)


def _method(name: str, volume: Volume) -> Work:
    """Return the operations of a vcore method at the step or bound found by its search; for effort
    ``max``, the search itself, which dominates its time."""
    name, _, effort = name.partition("-")
    given: dict[str, Any] = {"settings": {"effort": effort} if effort else {}}
    found: dict[str, Any] = {}

    def search() -> bytes:
        budget = vcore.Budget(bpv=BPV)
        data = vcore.compress(volume, None, method=name, budget=budget, **given).data
        header = vcore.open(data).decoder().header
        if effort == "max":
            found.update(given, budget=budget)
        elif "step" in header.settings:
            found["settings"] = dict(header.settings)
        else:  # half the quantiser step; for integers, half of it rounded down
            step, unit = int(header.state["step"]), float(header.state["unit"])
            half = unit * step / 2 * (1 + 1e-6) if header.dtype[0] == "f" else step // 2
            found["budget"] = vcore.Budget(max_error=half)
        return data

    search()
    return Work(
        search,
        lambda: vcore.compress(volume, None, method=name, **found).data,
        lambda data: vcore.open(data).decode(),
        lambda data, region: vcore.open(data).decode(region),
    )


def _peer(name: str, original: NDArray[Any]) -> Work:
    """Return the operations of the classical codec's variant that is best at the rate."""
    peak = float(np.ptp(original)) or 1.0
    best: tuple[float, Codec, float] | None = None
    for codec in PEERS[name].make(np.ascontiguousarray(original)):
        for level, stream, _ in levels(codec, [BPV / 8 * original.size]):
            decoded = codec.decode(stream).reshape(original.shape)
            error = float(np.square((decoded - original.astype("f8")) / peak).mean())
            # extrapolate to equal size, at 6 dB per bit
            error *= 4.0 ** (8 * sum(map(len, stream)) / original.size - BPV)
            if best is None or error < best[0]:
                best = error, codec, level
    if best is None:
        raise MissingExtraError(f"Expected a stream of {name} at this rate. All are larger.")
    _, codec, level = best
    return Work(None, lambda: codec.encode(level), codec.decode)


def _child(name: str, codec: str, repeats: str) -> None:
    """Print the statistics of a codec as JSON; entry point of the fresh process."""
    case = next(c for c in rd.CASES if c.name == name)
    volume = case.load()
    variable = volume.variables[0]
    values = Volume.from_array(variable.read(), variable.axes)
    try:
        figures = measure(values, codec, int(repeats))
    except MissingExtraError as error:
        print(error, file=sys.stderr)
        raise SystemExit(MISSING) from None
    print(json.dumps(as_json(figures)))


if __name__ == "__main__":
    _child(*sys.argv[1:])
