"""Kristan et al.'s table 1 (ZIP), figure 1 (isosurfaces) and figure 2 (after a Gaussian blur)."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import vcore
from benchmarks import volumes
from benchmarks.renderings import Picture, Stage, cropped, differences
from benchmarks.report import Results, markdown
from vcore.cli.output import progress
from vcore.evaluate.plot import import_figure
from vcore.metrics import chamfer_distance, ssim
from vcore.model.context import Context
from vcore.model.volume import Volume

Array = NDArray[Any]
MEGA = 1024**2
TABLE_1 = {volumes.TOOTH: (1.48, 0.88), volumes.BONSAI: (16.0, 3.14)}
"""Raw size and ZIP in MB of 1024² bytes, of the paper."""
MODELS: dict[str, tuple[str, int, int | None, int]] = {
    "linear1, k = 8": ("linear1", 8, 8, 50),
    "linear1, k = 4": ("linear1", 4, 8, 50),
    "linear1, k = 8, 200 epochs": ("linear1", 8, 8, 200),
    "svd2, k = 4": ("svd2", 4, None, 50),
}
"""Models of figure 1: method, k, s, epochs."""
SIGMA = 1.0
"""Of the blur, in voxels; its radius is k / 2 (section 4.1)."""
ISOVALUE = 140.0
"""The paper does not state its own; values below 105 are 0."""
QUICK_EPOCHS = 2


def zipped(results: Results, quick: bool, output: Path) -> None:
    """Print table 1: the size of a ZIP archive, beside the paper's and vcore's own without loss."""
    rows = []
    for name, (raw, paper) in list(TABLE_1.items())[: 1 if quick else None]:
        key = f"zip {name}"
        if key not in results:
            kept = volumes.load(name)
            values = kept.variables[0].read()
            results.add(
                key,
                {
                    "raw": values.nbytes,
                    "zip": zip_size(whole(name).tobytes()),
                    "zip kept": zip_size(values.tobytes()),
                    "lossless": vcore.compress(
                        kept, None, budget=vcore.Budget(max_error=0), progress=False
                    ).bytes,
                },
            )
        got = results[key]
        sizes = [got[k] / MEGA for k in ("raw", "zip", "zip kept", "lossless")]
        rows.append([Path(name).stem.split("_")[0], raw, sizes[0], paper, *sizes[1:]])
    show(
        "Table 1: MB of 1024² bytes",
        ["volume", "raw paper", "raw", "ZIP paper", "ZIP", "ZIP, thresholded",
         "vcore without loss, thresholded"],
        rows,
    )  # fmt: skip


def whole(name: str) -> Array:
    """Return the values of a volume without thresholding."""
    values: Array = vcore.io.read(volumes.folder() / name).variables[0].read()
    return values


def zip_size(data: bytes) -> int:
    """Return the size of a ZIP archive (deflate, level 6) with one file of ``data``."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as out:
        out.writestr("volume.raw", data)
    return len(archive.getvalue())


def pictures(results: Results, quick: bool, output: Path) -> None:
    """Print and draw figures 1 and 2: reconstructions of the tooth, as they are and blurred."""
    volume = volumes.load(volumes.TOOTH)
    original = volume.variables[0].read()
    stage: Stage | None = None
    rows, drawn = [], {}
    for label, (method, k, s, epochs) in list(MODELS.items())[:: 3 if quick else 1]:
        epochs = min(epochs, QUICK_EPOCHS) if quick else epochs
        key = f"pictures {label} {epochs}"
        path = output / "pictures" / f"{key.replace(' ', '-').replace(',', '')}.npz"
        if key not in results or not path.exists():
            stage = Stage.of(original, ISOVALUE) if stage is None else stage
            decoded = reconstruction(volume, method, k, s, epochs)
            shown = {"decoded": decoded, "blurred": blurred(decoded, k // 2)}
            found = {n: stage.pictures("isosurface", v)[0] for n, v in shown.items()}
            found["original"] = stage.pictures("isosurface", original)[0]
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(path, **dict[str, Any](found))
            results.add(
                key,
                {n: {**quality(original, v), **differences(found["original"], found[n])}
                 for n, v in shown.items()},
            )  # fmt: skip
        for name, row in results[key].items():
            rows.append(
                [label, "blurred" if name == "blurred" else "-", row["mse"],
                 f"{row['ssim voxels']:.4f}", row["cd"], f"{row['ssim']:.4f}", row["cieluv"]]
            )  # fmt: skip
        with np.load(path) as kept:
            drawn[label] = {n: kept[n] for n in kept.files}
    show(
        "Figures 1 and 2: tooth, isosurfaces before and after the blur",
        ["model", "blur", "MSE", "SSIM of voxels", "CD", "SSIM of pictures", "CIELUV"],
        rows,
    )
    draw(drawn, output / "blocks-pictures.png")


def reconstruction(volume: Volume, method: str, k: int, s: int | None, epochs: int) -> Array:
    """Return the values decoded from a file of preset paper, those below the threshold set to 0 as
    in the original."""
    settings = {"preset": "paper", "k": k, "epochs": epochs} | ({"s": s} if s else {})
    with progress() as report:
        data = vcore.compress(
            volume, None, method=method, settings=settings, context=Context(progress=report)
        ).data
    decoded: Array = vcore.open(data).decode()
    decoded[decoded < volumes.THRESHOLDS[volumes.TOOTH]] = 0
    return decoded


def blurred(values: Array, radius: int) -> Array:
    """Return values after a Gaussian blur of SIGMA voxels, cut off at a radius, float32."""
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(values.astype(np.float32), SIGMA, radius=radius))


def quality(original: Array, decoded: Array) -> dict[str, float]:
    """Return mse in squared data units, "ssim voxels", and cd in voxels."""
    a, b = original.astype(np.float64), decoded.astype(np.float64)
    return {
        "mse": float(np.square(a - b).mean()),
        "ssim voxels": ssim(original, decoded, float(np.ptp(a))),
        "cd": chamfer_distance(a, b, ISOVALUE, (1, 1, 1)),
    }


def draw(drawn: dict[str, dict[str, Picture]], target: Path) -> None:
    """Write a PNG of the surfaces: the thresholded original, then each model, above its blur."""
    figure = import_figure()(figsize=(2.1 * (len(drawn) + 1), 5.4), layout="constrained")
    panels = figure.subplots(2, len(drawn) + 1, squeeze=False)
    for panel in panels.ravel():
        panel.set_axis_off()
    for column, (label, found) in enumerate(drawn.items(), 1):
        original = found["original"]
        panels[0, 0].imshow(cropped(original, original))
        panels[0, 0].set_title("original, thresholded", fontsize=8)
        for row, name in enumerate(("decoded", "blurred")):
            panels[row, column].imshow(cropped(found[name], original))
            panels[row, column].set_title(label + (", blurred" if row else ""), fontsize=8)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=90)
    print(f"\nPictures: {target}")


def show(title: str, head: list[str], rows: list[list[Any]]) -> None:
    """Print a table."""
    print(f"\n### {title}\n\n{markdown(head, rows)}\n", end="", flush=True)
