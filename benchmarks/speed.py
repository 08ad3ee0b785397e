"""How fast methods and classical codecs encode and decode at one rate, and in how much memory.

Each codec works in a process of its own: the level that gives the rate is searched first, then
encoding and decoding are timed alone (medians) and their peak memory is taken. Times are wall
times with as many threads as the codec takes; decoding is that of a file or stream just opened.
"""

import json
import subprocess
import sys
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
from benchmarks.report import Results
from vcore.errors import MissingExtraError, VcoreError
from vcore.evaluate.compare import as_json
from vcore.model.volume import Volume
from vcore.runtime.executor import threads

if TYPE_CHECKING:
    from benchmarks.codec import Codec

BPV = 0.25
REPEATS, QUICK_REPEATS = 5, 3
ENOUGH_SECONDS = 20.0
"""After which no further repetition begins."""
METHODS = ("wavelet", "wavelet-fast", "wavelet-max", "bounded")
"""With the effort, if it is not the default."""
VOLUMES = ("tooth", "chris_t1", "bonsai", "fingers")
QUICK_VOLUMES = ("tooth", "neghip")
YARDSTICK = "sperr"
PROGRAMS = ("hevc", "tthresh")
"""Run as programs, whose memory is not seen."""
MISSING = 3
"""Exit code of the process of a codec that is not installed."""


@dataclass(frozen=True)
class Work:
    """How a codec is used.

    Parameters
    ----------
    search
        Makes a stream of about BPV bits per voxel, the level being searched; None where that is
        what ``encode`` does.
    encode
        Makes the stream again, its level known.
    decode
        Returns the values of a stream.
    """

    search: Callable[[], Any] | None
    encode: Callable[[], Any]
    decode: Callable[[Any], NDArray[Any]]


def main(
    volume: Annotated[
        list[str] | None, typer.Option(help="Only this volume, may be repeated.")
    ] = None,
    codec: Annotated[
        list[str] | None, typer.Option(help="Only this method or peer, may be repeated.")
    ] = None,
    quick: Annotated[bool, typer.Option(help="Small volumes, fewer repetitions.")] = False,
    fresh: Annotated[bool, typer.Option(help="Forget the results of earlier runs.")] = False,
    output: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("bench-output"),
) -> None:
    """Measure MVox/s and peak memory at 0.25 bits per voxel; results in bench-output/speed.json."""
    known = [c.name for c in rd.CASES]
    names = rd.among("volume", volume or (QUICK_VOLUMES if quick else VOLUMES), known)
    codecs = rd.among("codec", codec or [*METHODS, *rd.PEERS], [*METHODS, *rd.PEERS])
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
    """Print a table a volume; return them. Ratios are to SPERR's speed in the same run."""
    texts = []
    for name in names:
        found = {c: results[f"{name} {c}"] for c in codecs if f"{name} {c}" in results}
        yardstick = found.get(YARDSTICK)
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
            rows.append([rd.LABELS.get(codec, codec), row["bpv"], *speeds, *ratios, *memory])
        head = [
            "codec", "bits per voxel", "encode with search MVox/s", "encode MVox/s",
            "decode MVox/s", "encode / SPERR", "decode / SPERR", "encode peak bytes a voxel",
            "decode peak bytes a voxel",
        ]  # fmt: skip
        count = next(iter(found.values()), {"threads": threads()})["threads"]
        texts.append(show(f"{name}: medians, {count} threads for vcore's methods", head, rows))
    return "\n".join(texts)


def _measured(name: str, codec: str, repeats: int) -> dict[str, Any] | None:
    """Return the figures of a codec, from a process of its own; None where it is not installed."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.speed", name, codec, str(repeats)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode == MISSING:
        print(f"{name} {codec}: left out. {done.stderr.strip()}", flush=True)
        return None
    if done.returncode:
        raise VcoreError(f"Expected {codec} to code {name}. Got {done.stderr[-800:]}")
    print(f"{name} {codec}: measured", flush=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(volume: Volume, codec: str, repeats: int) -> dict[str, Any]:
    """Return the figures of a codec: run it in a fresh process.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    original = volume.variables[0].read()
    made = _method(codec, volume) if codec in METHODS else _peer(codec, original)
    searching = None
    work = made
    if made.search is not None:
        searching = _seconds(made.search, 1)
    work.encode()  # loads compiled code, which is not timed
    stream, encode_bytes = peak_of(work.encode)
    values, decode_bytes = peak_of(lambda: work.decode(stream))
    encoding = _seconds(work.encode, repeats)
    decoding = _seconds(lambda: work.decode(stream), repeats)
    size = len(stream) if isinstance(stream, bytes) else sum(map(len, stream))
    millions = original.size / 1e6
    return {
        "bpv": 8 * size / original.size,
        "mse": float(np.square(values.reshape(original.shape) - original.astype("f8")).mean()),
        "search_mvox_s": None if searching is None else millions / searching,
        "encode_mvox_s": millions / encoding,
        "decode_mvox_s": millions / decoding,
        "encode_bytes_per_voxel": encode_bytes / original.size,
        "decode_bytes_per_voxel": decode_bytes / original.size,
        "threads": threads(),
        "voxels": original.size,
    }


def _seconds(work: Callable[[], Any], repeats: int) -> float:
    """Return the median time of ``work``."""
    times: list[float] = []
    while len(times) < repeats and sum(times) < ENOUGH_SECONDS:
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times)


def _method(name: str, volume: Volume) -> Work:
    """Return a method of vcore at work: a file at the step or bound that its search finds; for
    effort ``max`` the search itself, which is what takes its time."""
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
        else:  # half the quantiser's step, of integers half of it rounded down
            step, unit = int(header.state["step"]), float(header.state["unit"])
            half = unit * step / 2 * (1 + 1e-6) if header.dtype[0] == "f" else step // 2
            found["budget"] = vcore.Budget(max_error=half)
        return data

    search()
    return Work(
        search,
        lambda: vcore.compress(volume, None, method=name, **found).data,
        lambda data: vcore.open(data).decode(),
    )


def _peer(name: str, original: NDArray[Any]) -> Work:
    """Return the variant of a classical codec at work that is best at the rate."""
    peak = float(np.ptp(original)) or 1.0
    best: tuple[float, Codec, float] | None = None
    for codec in rd.PEERS[name](np.ascontiguousarray(original)):
        for level, stream, _ in rd.levels(codec, [BPV / 8 * original.size]):
            decoded = codec.decode(stream).reshape(original.shape)
            error = float(np.square((decoded - original.astype("f8")) / peak).mean())
            # of streams of other sizes that which would be best at the size, at 6 dB a bit
            error *= 4.0 ** (8 * sum(map(len, stream)) / original.size - BPV)
            if best is None or error < best[0]:
                best = error, codec, level
    if best is None:
        raise MissingExtraError(f"Expected a stream of {name}. It writes none as small as that.")
    _, codec, level = best
    return Work(None, lambda: codec.encode(level), codec.decode)


def _child(name: str, codec: str, repeats: str) -> None:
    """Print the figures of a codec as JSON: what the process of its own does."""
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
