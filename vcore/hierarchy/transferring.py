"""Transferring all chunks of a hierarchy that are not there yet."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from vcore.context import Context
from vcore.errors import InputError
from vcore.hierarchy import records
from vcore.hierarchy.jobs import Job, opened, transfer
from vcore.hierarchy.records import Journal, Record
from vcore.hierarchy.running import Pool


def parse_part(text: str | None) -> tuple[int, int]:
    """Return number, from 0, and count of "i/n".

    Raises
    ------
    InputError
        It is none.
    """
    if text is None:
        return 0, 1
    number, slash, count = text.partition("/")
    good = slash and number.isdigit() and count.isdigit()
    if not good or not 1 <= int(number) <= int(count):
        raise InputError(f"Expected --part as i/n, 1/n to n/n. Got {text!r} instead.")
    return int(number) - 1, int(count)


def all_chunks(array: Any) -> Iterator[tuple[int, ...]]:
    """Yield the indices of an array's chunks."""
    counts = (-(-n // c) for n, c in zip(array.shape, array.chunks, strict=True))
    yield from product(*map(range, counts))


def transfer_all(
    source: str,
    out: str,
    arrays: list[str],
    pool: Pool,
    part: tuple[int, int],
    context: Context,
    stage: str,
) -> Mapping[str, dict[tuple[int, ...], Record]]:
    """Transfer the chunks of this part that have no record; return the records of all.

    Arrays that are whole then get their file of records.
    """
    opened.cache_clear()
    number, count = part
    known = {array: records.read(out, array) for array in arrays}
    journal = Journal(out, f"{number + 1}-of-{count}")
    jobs = [
        Job(source, out, array, chunk)
        for array in arrays
        for place, chunk in enumerate(all_chunks(opened(out, array)))
        if place % count == number and chunk not in known[array]
    ]
    context.report(stage, 0.0)
    for done, (job, record) in enumerate(pool.map(transfer, jobs), 1):
        journal.add(job.array, record)
        known[job.array][job.chunk] = record
        context.report(stage, done / len(jobs))
    for array in arrays:
        whole = sum(1 for _ in all_chunks(opened(out, array)))
        if count > 1:  # the others' chunks of this moment
            known[array] = records.read(out, array)
        if len(known[array]) == whole and not records.is_finished(out, array):
            records.finish(out, array, known[array].values())
    return known
