"""LPIPS over the slices of a volume, with pretrained weights already present on this machine."""

import hashlib
import logging
import re
from functools import cache
from importlib import import_module
from math import isfinite
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError

log = logging.getLogger(__name__)

Net = Literal["alex", "vgg", "squeeze"]
BACKBONES = {"alex": "AlexNet_Weights", "vgg": "VGG16_Weights", "squeeze": "SqueezeNet1_1_Weights"}
"""Names of the torchvision weights that torchmetrics loads for each backbone."""
MIN_SLICE = 32  # pixels per side: below 31 the last pooling layer of AlexNet has empty output
BATCH = 8


def lpips(
    original: NDArray[Any],
    decoded: NDArray[Any],
    limits: tuple[float, float] | None = None,
    net: Net = "alex",
) -> float | None:
    """Return the mean LPIPS [1]_ of the y x slices, or None if it is unavailable.

    Slices become grey images with black and white at ``limits``, clipped beyond; missing voxels are
    black in both. ECNR reports LPIPS of volume renderings instead, so the figures are not
    comparable. Weights are never downloaded, and untrained or unverified ones are never used: the
    backbone's file must be in ``torch.hub.get_dir()/checkpoints`` (set by ``TORCH_HOME``) and match
    the SHA-256 in its name; the linear layers ship with torchmetrics.

    Parameters
    ----------
    original, decoded
        Arrays of the same shape, ``(..., z, y, x)``, of any real dtype.
    limits
        Values mapped to black and white, in data units; the extremes of the original by default.
    net
        Backbone; "alex" is the one recommended by the authors for comparisons, and used by ECNR.

    Returns
    -------
    float or None
        0 for equal slices, about 1 for dissimilar ones. None without torchmetrics, torchvision or
        the backbone's weights, for slices under 32 pixels a side, for a constant original, and if
        decoded values are non-finite where the original is finite; the reason is logged.

    Raises
    ------
    InputError
        Different shapes, fewer than three axes, an unknown network, or limits out of order.

    References
    ----------
    .. [1] R. Zhang et al., "The unreasonable effectiveness of deep features as a perceptual
       metric", CVPR 2018.
    """
    x, y = np.asarray(original), np.asarray(decoded)
    if x.shape != y.shape or x.ndim < 3:
        raise InputError(
            f"Expected arrays of one shape (..., z, y, x). Got {x.shape} and {y.shape} instead."
        )
    if net not in BACKBONES:
        raise InputError(
            f"Expected one of the networks {', '.join(BACKBONES)}. Got {net!r} instead."
        )
    if limits is not None and not (all(map(isfinite, limits)) and limits[0] < limits[1]):
        raise InputError(f"Expected finite limits, low and high. Got {limits} instead.")

    present = np.isfinite(x)
    if limits is None and present.any():
        limits = float(x[present].min()), float(x[present].max())
    reason = _missing_part(net)
    if min(x.shape[-2:]) < MIN_SLICE:
        reason = f"slices of {x.shape[-2]} x {x.shape[-1]} pixels are too small"
    elif limits is None or limits[0] == limits[1]:
        reason = "the original has no range of values to show"
    elif not np.isfinite(y[present]).all():
        reason = "the decoded values are not all finite"
    if reason or limits is None:
        log.info("LPIPS is not available: %s", reason)
        return None
    return _mean_over_slices(x, y, present, limits, net)


def _missing_part(net: Net) -> str:
    """Return why LPIPS can't be computed with ``net``, "" if it can be."""
    try:
        import_module("torchmetrics.image.lpip")
        weights = getattr(import_module("torchvision.models"), BACKBONES[net])
        hub = import_module("torch.hub").get_dir()
    except (
        ImportError,
        RuntimeError,
    ) as error:  # RuntimeError: torchvision built for another torch
        return f"torchmetrics or torchvision cannot be imported ({error})"
    url: str = weights.IMAGENET1K_V1.url
    file = Path(hub, "checkpoints", url.rpartition("/")[2])
    if not file.is_file():
        return f"the backbone's weights are not on this machine ({file})"
    expected = re.search(r"-([0-9a-f]{8,})\.", file.name)
    if expected is None or not _sha256(file, file.stat().st_mtime_ns).startswith(expected[1]):
        return f"the backbone's weights are not the published ones ({file})"
    return ""


@cache
def _sha256(file: Path, changed_ns: int) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _mean_over_slices(
    x: NDArray[Any],
    y: NDArray[Any],
    present: NDArray[np.bool_],
    limits: tuple[float, float],
    net: Net,
) -> float:
    torch = import_module("torch")
    metric = import_module("torchmetrics.image.lpip").LearnedPerceptualImagePatchSimilarity(
        net_type=net, normalize=True
    )
    x, y, present = (a.reshape(-1, *a.shape[-2:]) for a in (x, y, present))

    def images(values: NDArray[Any], batch: slice) -> Any:
        grey = (values[batch].astype(np.float64) - limits[0]) / (limits[1] - limits[0])
        grey = np.where(present[batch], np.clip(grey, 0, 1), 0).astype(np.float32)
        return torch.from_numpy(grey)[:, None].expand(-1, 3, -1, -1)

    with torch.no_grad():
        for start in range(0, len(x), BATCH):
            batch = slice(start, start + BATCH)
            metric.update(images(x, batch), images(y, batch))
        return float(metric.compute())
