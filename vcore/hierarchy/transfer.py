"""Transfer of all missing chunks of a hierarchy."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from vcore.errors import InputError, OutputExistsError
from vcore.hierarchy import records, shards
from vcore.hierarchy.chunk_job import ChunkJob, forget, opened, source_checksum, transfer
from vcore.hierarchy.pool import Pool
from vcore.hierarchy.records import Journal, Record
from vcore.model.context import Context


def parse_part(text: str | None) -> tuple[int, int]:
    """Parse "i/n"; return the index, from 0, and the count.

    Raises
    ------
    InputError
        The text has another form or is out of range.
    """
    if text is None:
        return 0, 1
    number, slash, count = text.partition("/")
    good = slash and number.isdigit() and count.isdigit()
    if not good or not 1 <= int(number) <= int(count):
        raise InputError(f"Expected `part` as i/n, 1/n to n/n. Got {text!r} instead.")
    return int(number) - 1, int(count)


def transfer_all(
    source: str,
    out: str,
    arrays: list[str],
    pool: Pool,
    part: tuple[int, int],
    context: Context,
    stage: str,
    *,
    compare: bool = True,
) -> Mapping[str, dict[tuple[int, ...], Record]]:
    """Transfer the chunks of this part without a record; return the records of all chunks.

    A part consists of every n-th shard, or chunk without shards. Complete arrays get their final
    file of records. With ``compare``, checksums of recorded chunks are first compared with the
    source.

    Raises
    ------
    OutputExistsError
        The source has changed in a recorded chunk.
    """
    forget()
    number, count = part
    known = {array: records.read(out, array) for array in arrays}
    journal = Journal(out, f"{number + 1}-of-{count}")
    left = {
        (array, shard): sum(c not in known[array] for c in shards.chunks_in(target, shard))
        for array in arrays
        for target in (opened(out, array),)
        for place, shard in enumerate(shards.all_shards(target))
        if place % count == number
    }
    if compare:
        _check_same(source, out, known, left, pool, context)
    total = sum(left.values())
    jobs = (
        ChunkJob(source, out, array, chunk)
        for (array, shard), missing in left.items()
        if missing
        for chunk in shards.chunks_in(opened(out, array), shard)
        if chunk not in known[array]
    )

    def pack(array: str, shard: tuple[int, ...]) -> None:
        folder, target = Path(out, array), opened(out, array)
        if not left[array, shard] and shards.is_waiting(folder, target, shard):
            shards.pack(folder, target, shard, known[array])

    context.report(stage, 0.0)
    for key in left:
        pack(*key)
    for done, (job, record) in enumerate(pool.map(transfer, jobs), 1):
        journal.add(job.array, record)
        known[job.array][job.chunk] = record
        shard = shards.shard_of(opened(out, job.array), job.chunk)
        left[job.array, shard] -= 1
        pack(job.array, shard)
        context.report(stage, done / total)
    for array in arrays:
        target = opened(out, array)
        whole = sum(1 for _ in shards.all_chunks(target))
        if count > 1:  # includes chunks that other parts have stored meanwhile
            known[array] = records.read(out, array)
        waiting = shards.is_waiting(Path(out, array), target)
        if len(known[array]) == whole and not waiting and not records.is_finished(out, array):
            records.finish(out, array, known[array].values())
    return known


def _check_same(
    source: str,
    out: str,
    known: Mapping[str, Mapping[tuple[int, ...], Record]],
    mine: Iterable[tuple[str, tuple[int, ...]]],
    pool: Pool,
    context: Context,
) -> None:
    """Raise OutputExistsError if the source has changed in a finished chunk."""
    jobs = [
        ChunkJob(source, out, array, chunk)
        for array, shard in mine
        for chunk in shards.chunks_in(opened(out, array), shard)
        if chunk in known[array]
    ]
    for done, (job, found) in enumerate(pool.map(source_checksum, jobs), 1):
        if found != known[job.array][job.chunk].source:
            raise OutputExistsError(
                f"{out} exists, and was started when {job.array or 'the array'} of the source had "
                f"other values (chunk {job.chunk}). Use `force=True` to replace it."
            )
        context.report("comparing", done / len(jobs))
