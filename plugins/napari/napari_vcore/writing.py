"""File > Save: image layers as `.vcore` files.

A layer of a compressed file is saved as that file, including edits of its Gaussians; other layers
are compressed by the default method with its default budget.
"""

from typing import Any

import vcore
from napari_vcore.layers import KEY, Link
from napari_vcore.volumes import volume_of
from vcore.errors import VcoreError
from vcore.model.report import Report, decibels


class RefusedError(VcoreError):
    """Layers that cannot be saved; napari interprets a ValueError as a missing writer."""


def write_one(path: str, data: Any, options: dict[str, Any]) -> list[str]:
    """Write one image layer.

    Raises
    ------
    RefusedError
        The layer cannot be saved; napari shows the message.
    """
    return _write(path, [(data, options)])


def write_channels(path: str, layers: list[tuple[Any, dict[str, Any], str]]) -> list[str]:
    """Write several image layers as the channels of one volume; raises like ``write_one``."""
    return _write(path, [(data, options) for data, options, _ in layers])


def _write(path: str, layers: list[tuple[Any, dict[str, Any]]]) -> list[str]:
    try:
        return _written(path, layers)
    except VcoreError as error:
        raise RefusedError(str(error)) from error


def _written(path: str, layers: list[tuple[Any, dict[str, Any]]]) -> list[str]:
    from napari.utils import progress
    from napari.utils.notifications import show_info

    link = layers[0][1].get("metadata", {}).get(KEY)
    if len(layers) == 1 and isinstance(link, Link) and len(link.dataset.variables) == 1:
        size = link.file.save(path, force=True)
        show_info(f"{path}: {size:,} bytes, the compressed file of the layer.")
        return [path]
    volume = volume_of(layers)
    with progress(total=100, desc="compressing") as bar:

        def report(stage: str, share: float) -> None:
            bar.set_description(stage)
            bar.update(int(100 * share) - bar.n)

        # napari's dialog already asks before replacing a file
        context = vcore.Context(progress=report)
        done = vcore.compress(volume, path, context=context, force=True)
    show_info(_told(done))
    return [path]


def _told(report: Report) -> str:
    lost = f"with loss: robust PSNR {decibels(report.robust_psnr)}, error up to"
    return (
        f"{report.path}: {report.bytes:,} bytes, {report.ratio:.0f} : 1 ({report.method}), saved "
        + (f"{lost} {report.max_error:.4g}" if report.mse else "without loss")
        + ". Plugins > vcore > Compress lets you choose method and budget."
    )
