"""Encoding a volume into a file that has been checked before it gets its name."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from vcore import methods
from vcore._version import __version__
from vcore.container import Container, Writer
from vcore.container.header import VariableHeader, parse_header
from vcore.container.layout import PREAMBLE, pack_header
from vcore.engine import lossless
from vcore.engine.decoder import CONSTANT, VariableDecoder
from vcore.engine.measure import compare_variable
from vcore.engine.scan import in_memory, scan
from vcore.engine.variable import (
    Coded,
    check_figures,
    check_missing,
    describe,
    encode_variable,
    fit,
    mask_bytes,
    share,
)
from vcore.errors import BudgetError
from vcore.methods.base import HEADER_ROOM, Method, Sink
from vcore.methods.source import VariableSource
from vcore.metrics.noise import noise_sentence
from vcore.model.attributes import limited, packed_size
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.report import Report, stored_figures
from vcore.model.text import printable
from vcore.model.volume import Volume

ROW = 12
"""Bytes of the header that a section of masks takes."""
SLACK = 16
"""Bytes added where a budget that would do is named."""
MIN_DEFAULT_BYTES = 1 << 14
"""A default budget never asks a small volume to fit into less."""
ATTRIBUTES_SHARE = 4
"""Attributes take at most one part in so many of a budget of bytes."""


class Encoder:
    """One compression: scan, encode, bound, check, publish."""

    def __init__(
        self,
        volume: Volume,
        method: Method,
        settings: Any,
        budget: Budget | None,
        context: Context,
        writer: Writer,
        threshold: float | None,
        named: bool,
    ) -> None:
        self.volume, self.method, self.settings = volume, method, settings
        self.budget = budget or method.default_budget(settings)
        self.promised = budget is not None
        self.context, self.writer = context, writer
        self.threshold, self.named = threshold, named
        self.notes: list[str] = []
        self._make_room()

    def run(self) -> Report:
        headers, checksums, figures = [], [], []
        for number, lazy in enumerate(self.volume.variables):
            variable = in_memory(lazy)
            source, checksum = scan(variable, self.volume.grid, self.context, self.notes)
            header = self._encode(number, source)
            reached = self._check(number, header, source)
            achieved = stored_figures(reached)
            headers.append(replace(header, achieved=achieved))
            checksums.append(checksum)
            figures.append(reached)
            if "noise" in reached:
                self.notes.append(f"{header.name}: {noise_sentence(reached['noise'])}.")
        size = self.writer.commit(self._file_header(headers, checksums), check=self._check_file)
        return self._report(size, headers, figures)

    def _make_room(self) -> None:
        """Leave out attributes that would take much of a budget of bytes; say which."""
        limit = self._limit_bytes()
        if limit is None or not self.promised:
            return
        parts = [self.volume.attributes, *(v.attributes for v in self.volume.variables)]
        room = limit // ATTRIBUTES_SHARE // len(parts)
        kept, left_out = zip(*(limited(dict(p), room, packed_size) for p in parts), strict=True)
        if names := [name for part in left_out for name in part]:
            variables = tuple(
                replace(v, attributes=own)
                for v, own in zip(self.volume.variables, kept[1:], strict=True)
            )
            self.volume = replace(self.volume, attributes=kept[0], variables=variables)
            self.notes.append(
                f"Attributes left out, as they would take much of the {limit} bytes: "
                f"{', '.join(names)}."
            )

    def _encode(self, number: int, source: VariableSource) -> VariableHeader:
        """Encode one variable into the writer; return its header without figures."""
        sink = Sink(self.writer, number)
        return encode_variable(
            source,
            self.method,
            self.budget,
            sink,
            lambda: self.writer.reader(number),
            self.context,
            lambda coded, budget: self._cheapest(coded, budget, sink),
            notes=self.notes,
        )

    def _cheapest(self, source: VariableSource, budget: Budget, sink: Sink) -> Coded:
        """Encode one variable by the method, or without loss where that serves better."""
        share = self._share(source, budget)
        way = lossless.Way(
            source, share, self.method, self.settings, sink, self.context, self.named
        )
        achieved = way.at_once()
        if achieved is None:
            header = self._fit(source, share, sink)
            achieved = way.instead_of(header, self.writer.reader(sink.variable))
        if achieved is None:
            return header, self.method, budget
        self.notes.append(f"{source.variable.name}: {way.reason}")
        found = methods.get(lossless.METHOD)
        return describe(source, found.name, achieved), found, lossless.BUDGET

    def _fit(self, source: VariableSource, share: Budget, sink: Sink) -> VariableHeader:
        try:
            achieved = fit(self.method, source, share, self.settings, self.context, sink)
        except BudgetError as error:
            if share.bytes is None or error.needed is None or not self.promised:
                raise
            total = self._limit_bytes() or 0
            part = self._part(source)
            would_do = total + math.ceil((error.needed - share.bytes) / part) + SLACK
            raise BudgetError(
                f"Expected a budget that {self.method.name} can meet. {total} bytes are too few: "
                f"about {would_do} would do, or a method with a smaller decoder.",
                would_do,
            ) from error
        return describe(source, self.method.name, achieved)

    def _share(self, source: VariableSource, budget: Budget) -> Budget:
        """Return the variable's part of a budget of bytes, less what header and masks will take."""
        total = self._limit_bytes()
        if total is None:
            return budget
        common = len(pack_header({**self._file_header([], []), "sections": []}))
        header = {"variables": [describe(source, CONSTANT).to_json()]}
        described = len(pack_header(header)) - PREAMBLE.size
        room = common / len(self.volume.variables) + described + HEADER_ROOM
        room += mask_bytes(source, self.method, self.settings, ROW)
        return share(total * self._part(source), room, "file")

    def _part(self, source: VariableSource) -> float:
        """Return the variable's share of the volume's bytes, whatever integers stand for it."""
        return self.volume[source.variable.name].nbytes / self.volume.nbytes

    def _limit_bytes(self) -> int | None:
        size = sum(v.size for v in self.volume.variables)
        limit = self.budget.limit_bytes(self.volume.nbytes, size)
        return limit if limit is None or self.promised else max(limit, MIN_DEFAULT_BYTES)

    def _check(self, number: int, header: VariableHeader, source: VariableSource) -> dict[str, Any]:
        """Return the figures of the stored variable.

        Raises
        ------
        BudgetError
            It is not what the budget asks for.
        """
        decoder = VariableDecoder(header, self.volume.grid, self.writer.reader(number))
        figures = compare_variable(
            source.variable, decoder, progress=self.context.report, observe=check_missing
        )
        check_figures(figures, header, self.budget, self.method.name)
        return figures

    def _check_file(self, file: Any) -> None:
        """Check the written file, before it gets its name, against its checksums and the budget."""
        container = Container(file)
        parse_header(container.header)
        for number in range(len(self.volume.variables)):
            container.sections_of(number).check()
        size, limit = container.complete_size, self._limit_bytes()
        if limit is not None and size > limit and not self.promised:
            self.notes.append(f"Too small for the default budget: the file takes {size} bytes.")
        elif limit is not None and size > limit:
            raise BudgetError(
                f"Expected a budget that a file can meet. Of {limit} bytes, it takes {size}."
            )
        self.context.report("checking", 1.0)

    def _file_header(self, headers: list[VariableHeader], checksums: list[str]) -> dict[str, Any]:
        name = printable(Path(self.volume.source).name)
        source: dict[str, Any] = {"name": name, "checksum": checksums}
        if self.threshold is not None:
            source["threshold"] = self.threshold
        header = {
            "kind": "volume",
            "encoder": __version__,
            "source": source,
            "grid": self.volume.grid.to_json(),
            "variables": [h.to_json() for h in headers],
        }
        if self.volume.attributes:
            header["attributes"] = self.volume.attributes
        return header

    def _report(
        self, size: int, headers: list[VariableHeader], figures: list[dict[str, Any]]
    ) -> Report:
        if self.threshold is not None:
            self.notes.append(
                f"Values below {self.threshold:g} were set to 0 first: figures are against that."
            )
            for header in headers:
                if header.fill_value == 0:
                    self.notes.append(
                        f"{header.name}: 0 is the declared fill value, so that values below the "
                        f"threshold count as missing now."
                    )
        return Report(
            path=str(self.writer.path) if self.writer.path else None,
            bytes=size,
            ratio=self.volume.nbytes / size,
            bpv=8 * size / sum(v.size for v in self.volume.variables),
            seconds=0.0,
            method=headers[0].method,
            variables={h.name: f for h, f in zip(headers, figures, strict=True)},
            notes=tuple(self.notes),
            data=self.writer.data,
            **{name: figures[0][name] for name in ("psnr", "mse", "max_error")},
        )
