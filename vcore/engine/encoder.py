"""Encoding a volume into a file that has been checked before it gets its name."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from vcore import methods
from vcore._version import __version__
from vcore.container import Container, Writer
from vcore.container.carried import CarriedHeader, write_carried
from vcore.container.header import VariableHeader, parse_header
from vcore.container.layout import PREAMBLE, pack_header
from vcore.engine import lossless, plain
from vcore.engine.decoder import CONSTANT, VariableDecoder
from vcore.engine.layers import bound, missing
from vcore.engine.layers.adding import add_layers
from vcore.engine.layers.fill import narrowed
from vcore.engine.layers.packed import PackedIntegers, packed_integers
from vcore.engine.layers.stabilised import REACH, NoiseQuantiser, lattice_of
from vcore.engine.measure import compare_variable
from vcore.engine.scan import in_memory, scan
from vcore.errors import BudgetError, InputError, MemoryLimitError
from vcore.methods.base import HEADER_ROOM, Achieved, Method, Sink
from vcore.methods.source import VariableSource
from vcore.metrics.noise import noise_sentence
from vcore.model.attributes import limited, packed_size
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.report import Report, stored_figures
from vcore.model.text import printable
from vcore.model.volume import Volume
from vcore.noise import detector_of
from vcore.runtime.memory import available_bytes

ROW = 12
"""Bytes of the header that a section of masks takes."""
SLACK = 16
"""Bytes added where a budget that would do is named."""
MIN_DEFAULT_BYTES = 1 << 14
"""A default budget never asks a small volume to fit into less."""
ATTRIBUTES_SHARE = 4
"""Attributes take at most one part in so many of a budget of bytes."""


def describe(
    source: VariableSource, method: str, achieved: Achieved | None = None
) -> VariableHeader:
    """Return the header of an encoded variable, without layers and figures."""
    variable = source.variable
    return VariableHeader(
        name=variable.name,
        dtype=variable.dtype.str[1:],
        axes=variable.axes,
        shape=variable.shape,
        range=source.range,
        method=method,
        settings=achieved.settings.to_json() if achieved else {},
        state=achieved.state if achieved else {},
        unit=variable.unit,
        components=variable.components,
        association=variable.association,
        fill_value=variable.usable_fill,
        attributes=variable.attributes,
    )


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
        self.carried = self._carry()
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

    def _carry(self) -> list[CarriedHeader]:
        """Store what the source holds beside its variables; say what cannot be."""
        headers: list[CarriedHeader] = []
        left_out = list(self.volume.left_out)
        for array in self.volume.carried:
            self.context.report("carrying", len(headers) / len(self.volume.carried))
            try:
                number = len(self.volume.variables) + len(headers)
                headers += write_carried(self.writer, number, [array])
            except InputError as error:
                left_out.append(f"{array.name} ({error})")
        if headers:
            names = ", ".join(h.name for h in headers)
            self.notes.append(f"Carried without loss: {names}.")
        self.notes += [f"left out: {text}" for text in left_out]
        return headers

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
        coded, budget = source, self.budget
        lattice: NoiseQuantiser | None = None
        packed: PackedIntegers | None = None
        if source.is_empty:
            self.notes.append(f"{source.variable.name}: every value is missing, and stays so.")
        elif source.span == 0:
            value = f"{source.range[0]:g}"
            self.notes.append(
                f"{source.variable.name} is {value} everywhere: stored exactly, as one number."
            )
        elif budget.noise_sigma is not None:
            lattice = self._lattice(source, budget.noise_sigma)
            coded, budget = lattice.coded(source), Budget(max_error=REACH)
        elif self.method.codes_integers and (found := packed_integers(source, budget)) is not None:
            packed, budget = found
            coded = packed.coded(source)
            self.notes.append(
                f"{source.variable.name}: coded as the {np.dtype(packed.packing.dtype).name} "
                f"integers by which its source packs it; ratios are against "
                f"{source.variable.dtype.name}."
            )
        else:
            budget = narrowed(budget, source)
        header, method = describe(coded, CONSTANT), self.method
        if coded.span > 0 and plain.is_needed(coded, budget.max_error):
            plain.encode(coded, sink, self.context)
            header = replace(header, method=plain.PLAIN, bound={"max_error": 0.0})
            self.notes.append(f"{source.variable.name}: stored as it is, in double precision.")
        elif coded.span > 0:
            header, method, budget = self._cheapest(header, coded, budget, sink)
        header = add_layers(
            header,
            coded,
            source.variable,
            method,
            budget,
            sink,
            lambda: self.writer.reader(number),
            self.context,
        )
        if packed is not None:
            return packed.restored(header, source, self.budget)
        if lattice is not None:
            return lattice.restored(header, source)
        asked = self.budget.bound(source.span)
        if header.bound is not None and asked is not None:
            header = replace(header, bound={**header.bound, "max_error": asked})
        return header

    def _lattice(self, source: VariableSource, sigmas: float) -> NoiseQuantiser:
        """Return how the values become integers of equal noise; say what the noise is."""
        asked = self.budget.detector()
        detector = detector_of(source, self.context, **asked)
        unknown = [name.replace("_", " ") for name, value in asked.items() if value is None]
        how = f" ({', '.join(unknown)} estimated)" if unknown else ""
        self.notes.append(f"The noise of {source.variable.name}: {detector}{how}.")
        return lattice_of(detector, sigmas, source.range, source.variable.dtype)

    def _cheapest(
        self, header: VariableHeader, source: VariableSource, budget: Budget, sink: Sink
    ) -> tuple[VariableHeader, Method, Budget]:
        """Encode one variable by the method, or without loss where that serves better; return the
        header, and the method and the budget that hold."""
        share = self._share(source, header, budget)
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
        need = self.method.peak_memory(source, self.settings)
        if need > available_bytes():
            raise MemoryLimitError(
                f"Expected a volume that {self.method.name} can hold in memory. It would take "
                f"about {need / 1e9:.1f} of {available_bytes() / 1e9:.1f} GB: cut it into chunks "
                f"(a file for each, or an OME-Zarr of smaller arrays) and compress those."
            )
        limit = share.bound(source.span)
        if limit is not None and not self.method.keeps_bounds:  # refused before the work, not after
            bound.quantiser_step(
                limit, source.range, source.variable.dtype, exact=self.method.exact
            )
        try:
            achieved = self.method.encode(source, share, self.settings, self.context, sink)
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

    def _share(self, source: VariableSource, header: VariableHeader, budget: Budget) -> Budget:
        """Return the variable's part of a budget of bytes, less what header and masks will take."""
        total = self._limit_bytes()
        if total is None:
            return budget
        count = len(self.volume.variables)
        common = len(pack_header({**self._file_header([], []), "sections": []})) / count
        described = len(pack_header({"variables": [header.to_json()]})) - PREAMBLE.size
        room = common + described + HEADER_ROOM
        if source.has_missing:
            form = self.method.fixed_form(source.shape, source.variable.axes, self.settings)
            grids = missing.masked_grids(source.grid, form)
            masks = missing.encode_masks(source.variable, grids)
            room += sum(ROW + sum(len(unit) + 6 for unit in units) for units in masks)
        left = int((total - self._carried_bytes()) * self._part(source) - room)
        if left <= 0:
            raise BudgetError(
                f"Expected a budget that a file can meet. {total} bytes are too few for header and "
                f"masks alone: allow more."
            )
        return Budget(bytes=left)

    def _part(self, source: VariableSource) -> float:
        """Return the variable's share of the volume's bytes, whatever integers stand for it."""
        return self.volume[source.variable.name].nbytes / self.volume.nbytes

    def _limit_bytes(self) -> int | None:
        size = sum(v.size for v in self.volume.variables)
        limit = self.budget.limit_bytes(self.volume.nbytes, size)
        if limit is None:
            return None
        # what is carried without loss comes on top
        return self._carried_bytes() + (limit if self.promised else max(limit, MIN_DEFAULT_BYTES))

    def _carried_bytes(self) -> int:
        """Return the bytes that carried arrays take, less their part of the header's text."""
        first = len(self.volume.variables)
        return sum(self.writer.section_bytes(first + i) for i in range(len(self.carried)))

    def _check(self, number: int, header: VariableHeader, source: VariableSource) -> dict[str, Any]:
        """Return the figures of the stored variable.

        Raises
        ------
        BudgetError
            It is not what the budget asks for.
        """
        decoder = VariableDecoder(header, self.volume.grid, self.writer.reader(number))
        figures = compare_variable(source.variable, decoder, progress=self.context.report)
        if header.bound and figures["max_error"] > header.bound["max_error"]:
            raise BudgetError(
                f"Expected errors of at most {header.bound['max_error']:g}. The decoded file has "
                f"{figures['max_error']:g}: nothing was written. Please report this."
            )
        if header.noise and figures["noise"]["sigmas"] > header.noise["sigmas"]:
            raise BudgetError(
                f"Expected errors of at most {header.noise['sigmas']:g} standard deviations of the "
                f"noise. The decoded file has {figures['noise']['sigmas']:g}: nothing was written. "
                f"Please report this."
            )
        psnr = figures["psnr"]
        if self.budget.psnr is not None and psnr is not None and psnr < self.budget.psnr - 0.005:
            raise BudgetError(
                f"Expected {self.budget.psnr:g} dB. {self.method.name} reaches {psnr:.2f} dB with "
                f"these settings: ask for less, or choose other settings or another method."
            )
        return figures

    def _check_file(self, file: Any) -> None:
        """Check the written file, before it gets its name, against its checksums and the budget."""
        container = Container(file)
        parse_header(container.header)
        for number in range(len(self.volume.variables) + len(self.carried)):
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
        if self.carried:
            header["carried"] = [h.to_json() for h in self.carried]
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
            ratio=(self.volume.nbytes + sum(h.nbytes for h in self.carried)) / size,
            bpv=8 * size / sum(v.size for v in self.volume.variables),
            seconds=0.0,
            method=headers[0].method,
            variables={h.name: f for h, f in zip(headers, figures, strict=True)},
            notes=tuple(self.notes),
            data=self.writer.data,
            **{name: figures[0][name] for name in ("psnr", "mse", "max_error")},
        )
