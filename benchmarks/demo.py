"""Demo: a real volume compressed, opened lazily, compared and plotted."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

import vcore
from benchmarks.volumes import sample_head
from vcore.cli.output import progress
from vcore.evaluate.compare import compare_dataset
from vcore.evaluate.picture import draw_comparison, save
from vcore.model.context import Context
from vcore.runtime.compile_events import on_compiling


def main(
    output: Annotated[Path, typer.Option(help="Folder for the file and the picture.")] = Path(
        "demo-output"
    ),
    psnr: Annotated[float, typer.Option(help="Target PSNR in dB.")] = 40.0,
) -> None:
    """Compress a CT of a head, open it as a Zarr array, print statistics, write a picture."""
    console = Console()
    output.mkdir(exist_ok=True)
    volume = sample_head()
    # the first slice is the top of the head: z falls
    down = ((-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    volume = replace(volume, grid=replace(volume.grid, direction=down))
    path = output / "head.vcore"
    once = "first use on this machine: compiling once, about 10 s"
    with on_compiling(lambda: console.print(once)):
        vcore.compress(volume.variables[0].read()[:8], None, budget=vcore.Budget(psnr=psnr))
    with progress() as report:
        result = vcore.compress(
            volume,
            path,
            budget=vcore.Budget(psnr=psnr),
            context=Context(progress=report),
            force=True,
        )
    began = time.perf_counter()
    dataset = vcore.open(path)
    opened = time.perf_counter() - began
    box = np.asarray(dataset.array[40:56, 24:40, 24:40])
    assert np.array_equal(box, dataset.decode((slice(40, 56), slice(24, 40), slice(24, 40))))
    figures = compare_dataset(volume, dataset)
    table = Table(title="CT of a head, 93 x 64 x 64 int16", show_header=False, title_justify="left")
    for name, value in {
        "uncompressed": f"{volume.nbytes:,} bytes",
        "compressed": f"{result.bytes:,} bytes, {result.ratio:.1f} : 1, {result.bpv:.3f} bpv",
        "method": result.method,
        "PSNR": f"{figures['psnr']:.2f} dB",
        "SSIM": "-" if figures["ssim"] is None else f"{figures['ssim']:.4f}",
        "encoding": f"{result.seconds:.1f} s",
        "opening": f"{1000 * opened:.1f} ms",
        "decoding": f"{figures['decode_mvox_s']:.1f} MVox/s",
        "lazy array": str(dataset.array),
        "a box of it": f"{box.shape}, mean {box.mean():.1f}, {_chunks(dataset)} chunk decoded",
    }.items():
        table.add_row(name, value)
    console.print(table)
    picture = output / "head.png"
    save(draw_comparison(volume, dataset, title="CT of a head"), picture)
    console.print(f"picture: {picture}")


def _chunks(dataset: vcore.Dataset) -> int:
    store = dataset.group.store
    return int(store.cache.computed)  # type: ignore[attr-defined]
