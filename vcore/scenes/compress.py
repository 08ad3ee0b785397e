"""``compress_scene``: write a radiance field to a `.vcore` file."""

import math
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from vcore._version import __version__
from vcore.container import Container, Writer
from vcore.container.checking import check_written
from vcore.container.layout import pack_header
from vcore.errors import BudgetError, InputError
from vcore.methods.base import HEADER_ROOM, Sink
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.report import Report, short
from vcore.model.text import printable
from vcore.runtime.progress import shown
from vcore.scenes import methods
from vcore.scenes.field import RadianceField
from vcore.scenes.header import SceneHeader
from vcore.scenes.measure import (
    measured_cameras,
    measured_pictures,
    picture_psnr,
    rendered,
    view_errors,
)
from vcore.scenes.methods.base import CodedScene, SceneMethod

FIGURES = ("psnr", "mse", "max_error")


def compress_scene(
    field: RadianceField,
    path: Any = None,
    *,
    budget: Budget | None = None,
    method: str | None = None,
    settings: Mapping[str, Any] | None = None,
    context: Context | None = None,
    force: bool = False,
    progress: bool | None = None,
) -> Report:
    """Compress a scene into the `.vcore` file ``path``.

    Parameters
    ----------
    field
        Scene to compress, from ``vcore.io.scene_reading.read_scene``.
    path
        Output path; with None, the file is returned in ``Report.data``.
    budget
        ``bytes`` or ``ratio`` (float32 parameters over file bytes) of the whole file, or ``psnr``
        in dB of the views of ``vcore.scenes.measure`` against those of ``field``. By default what
        the method takes for hardly visible.
    method
        Method for scenes (``vcore.scenes.methods.names()``); by default that of ``field``.
    settings
        The method's settings, by name.
    context, force, progress
        As in ``vcore.compress``.

    Raises
    ------
    InputError, BudgetError, OutputError, OutputExistsError, Cancelled
        In each case, no file is written.
    """
    began = time.monotonic()
    with shown(context, progress) as context, Writer(path, force=force) as writer:
        chosen = methods.get(method or field.method)
        if not isinstance(field, chosen.field):
            raise InputError(
                f"Expected a scene that the method {chosen.name} codes. Got one of "
                f"{field.method}: leave the method out."
            )
        asked = budget or Budget()
        report = _Compression(field, asked, chosen, settings, context, writer).run()
    return replace(report, seconds=time.monotonic() - began)


class _Compression:
    def __init__(
        self,
        field: RadianceField,
        asked: Budget,
        method: SceneMethod,
        settings: Mapping[str, Any] | None,
        context: Context,
        writer: Writer,
    ) -> None:
        if asked.is_bound or not {*asked.to_json()} <= {"bytes", "ratio", "psnr"}:
            raise BudgetError(
                f"Expected bytes, a ratio or a PSNR for a scene. Got {asked.text()}: scenes have "
                f"neither voxels nor bounds of errors."
            )
        self.field, self.asked, self.method = field, asked, method
        self.context, self.writer = context, writer
        self.pictures: dict[str, float] = {}
        self.settings = method.Settings.from_json(settings or {})

    def run(self) -> Report:
        sink = Sink(self.writer, 0)
        budget = self._plain()
        achieved = self.method.encode(self.field, budget, self.settings, self.context, sink)
        header = SceneHeader.of(
            self.field, self.method.name, achieved.settings.to_json(), achieved.state
        )
        figures = self._measured(header, sink)
        told = {k: short(v) for k, v in {**figures, **self.pictures}.items()}
        size = self.writer.commit(self._header(replace(header, achieved=told)), self._check)
        return Report(
            path=str(self.writer.path) if self.writer.path else None,
            bytes=size,
            ratio=self.field.nbytes / size,
            bpv=8 * size / max(self.field.nbytes // 4, 1),
            psnr=figures["psnr"],
            mse=figures["mse"],
            max_error=figures["max_error"],
            seconds=0.0,
            method=self.method.name,
            variables={
                "scene": {
                    "method": self.method.name,
                    "bytes": sink.bytes,
                    "robust_psnr": math.nan,
                    **figures,
                    **self.pictures,
                }
            },
            notes=self.field.notes,
            data=self.writer.data,
        )

    @property
    def _limit(self) -> int | None:
        """Bytes of the whole file at most."""
        return self.asked.limit_bytes(self.field.nbytes, 0)

    def _plain(self) -> Budget:
        """Return the budget of the sections alone, in the terms of a method."""
        limit = self._limit
        if limit is None:
            wanted = self.asked.psnr
            return Budget() if wanted is None else Budget(psnr=wanted)
        header = SceneHeader.of(self.field, self.method.name, {}, {})
        spent = len(pack_header({**self._header(header), "sections": []})) + HEADER_ROOM
        if limit <= spent:
            raise BudgetError(
                f"Expected a budget that a file can meet. {limit} bytes are too few: cameras and "
                f"metadata take about {spent} of them.",
                spent,
            )
        return Budget(bytes=limit - spent)

    def _measured(self, header: SceneHeader, sink: Sink) -> dict[str, float]:
        """Return the figures of the coded scene.

        Raises
        ------
        BudgetError
            They miss the PSNR.
        """
        coded = CodedScene.of(self.field)
        settings = self.method.Settings.from_header(header.settings)
        decoded = self.method.open(coded, settings, header.state, sink.reader())
        cameras = measured_cameras(self.field)
        before = rendered(self.field, cameras, self.context.part(0, 0.7), "measuring")
        after = rendered(decoded, cameras, self.context.part(0.7, 0.3), "measuring")
        figures = dict(zip(FIGURES, view_errors(before, after), strict=True))
        if pictures := measured_pictures(self.field):
            self.pictures = {
                "image_psnr": picture_psnr(after, pictures),
                "original_image_psnr": picture_psnr(before, pictures),
            }
        if self.asked.psnr is not None and figures["psnr"] < self.asked.psnr:
            raise BudgetError(
                f"Expected {self.method.name} to keep a PSNR of {self.asked.psnr:g} dB. It reaches "
                f"{figures['psnr']:.2f} dB: ask for less.",
            )
        return figures

    def _header(self, header: SceneHeader) -> dict[str, Any]:
        return {
            **header.to_json(),
            "encoder": __version__,
            "source": {"name": printable(self.field.name)},
        }

    def _check(self, file: Any) -> None:
        """Verify the checksums and the size of the written file before it gets its name."""
        container = Container(file)
        SceneHeader.from_json(container.header)
        check_written(container, 1, self._limit)
