"""Encoder of a volume; the file is verified before it gets its final name."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vcore import methods
from vcore._version import __version__
from vcore.container import Container, Writer
from vcore.container.carried import CarriedHeader, write_carried
from vcore.container.grids import DescribedGrid
from vcore.container.header import VariableHeader, parse_header
from vcore.container.layout import PREAMBLE, pack_header
from vcore.engine import lossless, plain
from vcore.engine.channels import joined, open_coded, prefix
from vcore.engine.decoder import CONSTANT
from vcore.engine.measure import FIGURES, compare_variable
from vcore.engine.pieces import Piece, channels_of, detectors_of, is_split, piece_of
from vcore.engine.plans import Plan
from vcore.engine.scan import in_memory, scan
from vcore.engine.time_as_z import shown_header
from vcore.engine.time_as_z_choice import as_coded
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
from vcore.errors import BudgetError, InputError
from vcore.methods.base import HEADER_ROOM, Sink
from vcore.methods.source import VariableSource
from vcore.metrics.noise import noise_sentence
from vcore.model.attributes import limited, packed_size
from vcore.model.budget import BELOW_NOISE, PREVIEW, Budget
from vcore.model.context import Context
from vcore.model.report import Report, stored_figures
from vcore.model.text import printable
from vcore.model.volume import Variable, Volume
from vcore.noise import unmeasured

ROW = 12
"""Header bytes per section of masks."""
SLACK = 16
"""Bytes added to the budget suggested in an error message."""
ATTRIBUTES_SHARE = 4
"""Attributes get at most 1/ATTRIBUTES_SHARE of a budget of bytes."""
EXPLAINED = {"axes": "axes (names, units and coordinates of dimensions)"}
"""What is lost with an attribute whose name does not tell."""


class Encoder:
    """One compression: scan, encode, bound, check, publish."""

    def __init__(
        self,
        volume: Volume,
        plans: Iterable[Plan],
        context: Context,
        writer: Writer,
        threshold: float | None,
        time_as_z: bool | None = None,
    ) -> None:
        self.volume, self.plans = volume, tuple(plans)
        self.context, self.writer, self.threshold = context, writer, threshold
        self.time_as_z = time_as_z
        self.notes: list[str] = []
        self.carried = self._carry()
        for plan in self.plans:
            self._make_room(plan)

    def run(self) -> Report:
        headers, checksums, figures = [], [], []
        for number, (lazy, part) in enumerate(self._placed()):
            variable = in_memory(lazy)
            grid = self.volume.parts[part].grid
            source, checksum = scan(variable, grid, self.context, self.notes)
            plan = self._plan_of(variable.name)
            coded = as_coded(source, plan, self.time_as_z, self.context, self.notes)
            try:
                header, reached = self._encode(number, coded, plan)
            except BudgetError as error:
                if len(self.plans) == 1:
                    raise
                raise BudgetError(f"Variable {variable.name!r}: {error}", error.needed) from error
            if coded is not source:
                header = shown_header(header, variable)
            headers.append(replace(header, grid_number=part))
            checksums.append(checksum)
            figures.append(reached)
        size = self.writer.commit(self._file_header(headers, checksums), check=self._check_file)
        return self._report(size, headers, figures)

    def _placed(self) -> Iterator[tuple[Variable, int]]:
        """Yield each variable, and the number of its grid."""
        for number, part in enumerate(self.volume.parts):
            for variable in part.variables:
                yield variable, number

    def _carry(self) -> list[CarriedHeader]:
        """Store the carried arrays of the source; note the ones that cannot be stored."""
        headers: list[CarriedHeader] = []
        left_out = list(self.volume.left_out)
        for array in self.volume.carried:
            self.context.report("carrying", len(headers) / len(self.volume.carried))
            try:
                number = len(self.volume.every) + len(headers)
                headers += write_carried(self.writer, number, [array])
            except InputError as error:
                left_out.append(f"{array.name} ({error})")
        if headers:
            names = ", ".join(h.name for h in headers)
            self.notes.append(f"Carried losslessly: {names}.")
        self.notes += [f"left out: {text}" for text in left_out]
        return headers

    def _carried_bytes(self) -> int:
        """Return the bytes of carried arrays, which are not counted against budgets."""
        first = len(self.volume.every)
        numbers = range(first, first + len(self.carried))
        described = {
            "carried": [h.to_json() for h in self.carried],
            "sections": [s.to_json() for n in numbers for s in self.writer.sections(n)],
        }
        sections = sum(self.writer.section_bytes(n) for n in numbers)
        return sections + len(pack_header(described)) if self.carried else 0

    def _plan_of(self, name: str) -> Plan:
        return next(plan for plan in self.plans if name in plan.names)

    def _make_room(self, plan: Plan) -> None:
        """Drop attributes that would take a large part of a budget of bytes, and note their
        names."""
        limit = plan.limit_bytes
        if limit is None or not plan.promised:
            return
        room = limit // ATTRIBUTES_SHARE // (len(plan.names) + plan.whole)
        names: list[str] = []

        def kept(attributes: Mapping[str, Any]) -> dict[str, Any]:
            left, left_out = limited(dict(attributes), room, packed_size)
            names.extend(EXPLAINED.get(name, name) for name in left_out)
            return left

        attributes = kept(self.volume.attributes) if plan.whole else self.volume.attributes
        volume = self.volume.changed(
            lambda v: replace(v, attributes=kept(v.attributes)) if v.name in plan.names else v
        )
        if names:
            self.volume = replace(volume, attributes=attributes)
            self.notes.append(
                f"Attributes left out, as they would take much of the {limit} bytes: "
                f"{', '.join(names)}."
            )

    def _encode(
        self, number: int, source: VariableSource, plan: Plan
    ) -> tuple[VariableHeader, dict[str, Any]]:
        """Encode one variable into the writer; return its header and figures.

        Raises
        ------
        BudgetError
            The figures miss the budget.
        """
        variable = source.variable
        pieces = self._pieces(number, source, plan)
        parts, spent = [], 0.0
        for left, piece in zip(range(len(pieces), 0, -1), pieces, strict=True):
            limit = None
            if plan.limit_bytes is not None:
                limit = (plan.limit_bytes * self._part(variable, plan) - spent) / left
            header = self._encode_piece(piece, limit, left)
            header = replace(header, quality=plan.budget.quality or "")
            spent += piece.sink.bytes + len(pack_header({"variables": [header.to_json()]}))
            parts.append(header)
        header = parts[0]
        if pieces[0].channel is not None:
            header = replace(joined(variable, parts), quality=header.quality)
        robust = [foreground for piece in pieces for foreground in piece.foregrounds]
        decoder = open_coded(header, source.grid, self.writer.reader(number))
        figures = compare_variable(
            variable,
            decoder,
            robust=robust,
            detectors=detectors_of(pieces, self.context),
            progress=self.context.report,
            observe=check_missing,
        )
        found = figures["channels"] if header.channels else [figures]
        for piece, part, reached in zip(pieces, parts, found, strict=True):
            check_figures(reached, part, piece.budget, part.method)
            if text := piece.warning(reached):
                self.notes.append(text)
            if "noise" in reached:
                self.notes.append(f"{piece.label}: {noise_sentence(reached['noise'])}.")
        if header.channels:
            parts = [
                replace(part, achieved=stored_figures(reached))
                for part, reached in zip(parts, found, strict=True)
            ]
            header = replace(header, channels=tuple(parts))
        if header.quality == PREVIEW and figures["mse"] == 0:
            header = replace(header, quality="")  # no preview: every value is exact
        return replace(header, achieved=stored_figures(figures)), figures

    def _pieces(self, number: int, source: VariableSource, plan: Plan) -> list[Piece]:
        """Return the variable, or its channels where these are coded apart."""
        if is_split(source, plan, self._part(source.variable, plan)):
            sources = channels_of(source, self.context)
            channels: list[int | None] = list(range(len(sources)))
        else:
            sources, channels = [source], [None]
        names = source.variable.components
        return [
            piece_of(own, plan, Sink(self.writer, number, "" if c is None else prefix(c)), c, names)
            for own, c in zip(sources, channels, strict=True)
        ]

    def _encode_piece(self, piece: Piece, limit: float | None, left: int) -> VariableHeader:
        """Encode a piece, one of ``left``, in at most ``limit`` bytes; return its header, without
        achieved figures."""
        plan, sink = piece.plan, piece.sink
        try:
            return encode_variable(
                piece.source,
                plan.method,
                piece.budget,
                sink,
                sink.reader,
                self.context,
                lambda coded, budget: self._cheapest(coded, budget, piece, limit, left),
                notes=self.notes,
            )
        except (BudgetError, InputError) as error:
            if plan.budget.quality != BELOW_NOISE:
                raise
            raise unmeasured(piece.label, error) from error

    def _cheapest(
        self, source: VariableSource, budget: Budget, piece: Piece, limit: float | None, left: int
    ) -> Coded:
        """Encode a piece by the method, or losslessly where that takes fewer bytes."""
        plan, sink = piece.plan, piece.sink
        if plain.is_needed(source, budget.max_error):
            plain.encode(source, sink, self.context)
            self.notes.append(f"{piece.label}: stored uncoded, in double precision.")
            header = replace(describe(source, plain.PLAIN), bound={"max_error": 0.0})
            return header, plan.method, budget
        share = self._share(source, budget, piece, limit, left)
        way = lossless.Way(
            source, share, plan.method, plan.settings, sink, self.context, plan.named
        )
        achieved = way.at_once()
        if achieved is None:
            header = self._fit(source, share, piece)
            achieved = way.instead_of(header, sink.reader())
        if achieved is None:
            return header, plan.method, budget
        self.notes.append(f"{piece.label}: {way.reason}")
        found = methods.get(lossless.METHOD)
        return describe(source, found.name, achieved), found, lossless.BUDGET

    def _fit(self, source: VariableSource, share: Budget, piece: Piece) -> VariableHeader:
        plan, method = piece.plan, piece.plan.method
        try:
            achieved = fit(method, source, share, plan.settings, self.context, piece.sink)
        except BudgetError as error:
            if share.bytes is None or error.needed is None or not plan.promised:
                raise
            total = plan.limit_bytes or 0
            part = self._part(source.variable, plan)
            would_do = total + math.ceil((error.needed - share.bytes) / part) + SLACK
            raise BudgetError(
                f"Expected a budget that {method.name} can meet. {total} bytes are too few: "
                f"about {would_do} would do, or a method with a smaller decoder.",
                would_do,
            ) from error
        return describe(source, method.name, achieved)

    def _share(
        self, source: VariableSource, budget: Budget, piece: Piece, limit: float | None, left: int
    ) -> Budget:
        """Return the budget of the sections alone: ``limit`` bytes minus header and masks."""
        plan = piece.plan
        if limit is None:
            return budget
        common = 0.0
        if plan.whole:
            file_header = {**self._file_header([], []), "sections": []}
            file_header.pop("carried", None)  # comes on top of the budget
            common = len(pack_header(file_header)) / len(plan.names) / left
        header = {"variables": [describe(source, CONSTANT).to_json()]}
        described = len(pack_header(header)) - PREAMBLE.size
        room = common + described + HEADER_ROOM
        room += mask_bytes(source, plan.method, plan.settings, ROW)
        return share(limit, room, "file")

    def _part(self, variable: Variable, plan: Plan) -> float:
        """Return the share of the plan's uncompressed bytes, regardless of the integers a variable
        is coded as, and of how many channels it has."""
        return self.volume[variable.name].nbytes / plan.nbytes

    def _check_file(self, file: Any) -> None:
        """Verify the checksums and the size of the written file before it gets its name."""
        container = Container(file)
        parse_header(container.header)
        for number in range(len(self.volume.every) + len(self.carried)):
            container.sections_of(number).check()
        for plan in self.plans:
            whole = container.complete_size - self._carried_bytes()
            size = whole if plan.whole else self._size(plan, container.header)
            self._check_size(plan, size)
        self.context.report("checking", 1.0)

    def _check_size(self, plan: Plan, size: int) -> None:
        limit = plan.limit_bytes
        if limit is None or size <= limit:
            return
        what = "the file takes" if plan.whole else f"{', '.join(plan.names)} take"
        if plan.promised:
            raise BudgetError(
                f"Expected a budget that a file can meet. Instead of {limit} bytes, {what} {size}."
            )
        self.notes.append(f"Too small for the default budget: {what} {size} bytes.")

    def _size(self, plan: Plan, header: Mapping[str, Any]) -> int:
        """Return the stored bytes of a plan's variables: sections and part of the header."""
        numbers = [n for n, v in enumerate(self.volume.every) if v.name in plan.names]
        rows = [s.to_json() for n in numbers for s in self.writer.sections(n)]
        described = {"variables": [header["variables"][n] for n in numbers], "sections": rows}
        sections = sum(self.writer.section_bytes(n) for n in numbers)
        return sections + len(pack_header(described)) - PREAMBLE.size

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
        if self.volume.others:
            header["grids"] = [DescribedGrid.of(o).to_json() for o in self.volume.others]
        if self.carried:
            header["carried"] = [h.to_json() for h in self.carried]
        return header

    def _report(
        self, size: int, headers: list[VariableHeader], figures: list[dict[str, Any]]
    ) -> Report:
        if self.threshold is not None:
            self.notes.append(
                f"Values below {self.threshold:g} were set to 0 first: figures refer to the result."
            )
            for header in headers:
                if header.fill_value == 0:
                    self.notes.append(
                        f"{header.name}: 0 is the declared fill value, so values below the "
                        f"threshold now count as missing."
                    )
        return Report(
            path=str(self.writer.path) if self.writer.path else None,
            bytes=size,
            ratio=(self.volume.nbytes + sum(h.nbytes for h in self.carried)) / size,
            bpv=8 * size / self.volume.size,
            seconds=0.0,
            method=headers[0].methods,
            variables={
                h.name: f | self._described(n, h)
                for n, (h, f) in enumerate(zip(headers, figures, strict=True))
            },
            notes=tuple(self.notes),
            data=self.writer.data,
            **{name: figures[0][name] for name in FIGURES},
        )

    def _described(self, number: int, header: VariableHeader) -> dict[str, Any]:
        """Return method, bytes and budget of a variable for the report."""
        plan = self._plan_of(header.name)
        return {
            "method": header.methods,
            "bytes": self.writer.section_bytes(number),
            "budget": plan.budget.to_json() if plan.promised else {},
            "unit": header.unit,
        }
