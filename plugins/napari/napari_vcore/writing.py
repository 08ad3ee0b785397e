"""File > Save: image and labels layers as `.vcore` files.

Layers of a compressed file are saved as that file, including edits of its Gaussians and how the
layers look, those of a collection or a scene with all of it; others are compressed by the default
method with its default budget, labels without loss.
"""

from typing import Any

import vcore
from napari_vcore.answers import CANCEL, WITHOUT_LOSS
from napari_vcore.collections import collection_of
from napari_vcore.consent import asked
from napari_vcore.resaving import changed_looks, links_of
from napari_vcore.scenes import scene_of
from napari_vcore.volumes import labelled, volume_of
from vcore.errors import VcoreError
from vcore.model.budget import LOSSLESS, Budget
from vcore.model.report import Report, decibels


class RefusedError(VcoreError):
    """Layers that cannot be saved; napari interprets a ValueError as a missing writer."""


Layer = tuple[Any, dict[str, Any], str]
IMAGE, LABELS = "image", "labels"


def write_one(path: str, data: Any, options: dict[str, Any]) -> list[str]:
    """Write one image layer.

    Raises
    ------
    RefusedError
        The layer cannot be saved; napari shows the message.
    """
    return _write(path, [(data, options, IMAGE)])


def write_labels(path: str, data: Any, options: dict[str, Any]) -> list[str]:
    """Write one labels layer, without loss; raises like ``write_one``."""
    return _write(path, [(data, options, LABELS)])


def write_several(path: str, layers: list[Layer]) -> list[str]:
    """Write image layers as the channels of one volume, and labels layers beside it; raises like
    ``write_one``."""
    return _write(path, layers)


def write_one_exact(path: str, data: Any, options: dict[str, Any]) -> list[str]:
    """Write one image layer without loss; raises like ``write_one``."""
    return _write(path, [(data, options, IMAGE)], LOSSLESS)


def write_several_exact(path: str, layers: list[Layer]) -> list[str]:
    """Write layers as ``write_several`` does, without loss."""
    return _write(path, layers, LOSSLESS)


def _write(path: str, layers: list[Layer], budget: Budget | None = None) -> list[str]:
    try:
        return _written(path, layers, budget)
    except VcoreError as error:
        raise RefusedError(str(error)) from error


def _written(path: str, layers: list[Layer], budget: Budget | None) -> list[str]:
    from napari.utils import progress
    from napari.utils.notifications import show_info

    every = [options for _, options, _ in layers]
    if (links := links_of(every)) is not None:
        file = links[0].file
        looks = changed_looks(file, every)
        size = file.save(path, force=True, attributes=looks)
        how = ", with the look it has now" if looks else ""
        show_info(f"{path}: {size:,} bytes, the whole compressed file of the layer{how}.")
        return [path]
    if (collection := collection_of(every)) is not None:
        size = collection.save(path, force=True)
        show_info(f"{path}: {size:,} bytes, the whole collection of the layer.")
        return [path]
    if (scene := scene_of(every)) is not None:
        size = scene.save(path, force=True)
        show_info(f"{path}: {size:,} bytes, the whole scene of the layer.")
        return [path]
    if budget is None and any(kind == IMAGE for _, _, kind in layers):
        answer = asked()
        if answer == CANCEL:
            return []
        budget = LOSSLESS if answer == WITHOUT_LOSS else None
    images, objects = (
        [(data, options) for data, options, kind in layers if kind == wanted]
        for wanted in (IMAGE, LABELS)
    )
    volume = labelled(images, objects) if objects else volume_of(images)
    with progress(total=100, desc="compressing") as bar:

        def report(stage: str, share: float) -> None:
            bar.set_description(stage)
            bar.update(int(100 * share) - bar.n)

        # napari's dialog already asks before replacing a file
        context = vcore.Context(progress=report)
        done = vcore.compress(volume, path, budget=budget, context=context, force=True)
    show_info(_told(done))
    return [path]


def _told(report: Report) -> str:
    lost = f"with loss: robust PSNR {decibels(report.robust_psnr)}, error up to"
    return (
        f"{report.path}: {report.bytes:,} bytes, {report.ratio:.0f} : 1 ({report.method}), saved "
        + (f"{lost} {report.max_error:.4g}" if report.mse else "without loss")
        + ". The type of file 'without loss' keeps all; Plugins > vcore > Compress lets you choose."
    )
