"""What `compress`, `decompress`, `info`, `render`, `verify` and `view` do with scenes."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vcore.cli.output import note, print_figures, print_json, progress, source_name
from vcore.errors import InputError
from vcore.model.budget import Budget
from vcore.model.budgets import Asked, Budgets
from vcore.model.context import Context
from vcore.model.report import decibels
from vcore.runtime.memory import human_bytes
from vcore.scenes.scene import Scene

READ = (
    "poses",
    "bounds",
    "near",
    "far",
    "pixel_shift",
    "minutes",
    "ndc",
    "background",
    "allow_outside",
)


def is_scene(path: str, method: str = "") -> bool:
    """Return whether ``path`` is a radiance field, or images to fit one to by ``method``."""
    from vcore.io import scene_reading

    fits = method == scene_reading.SPLATS and scene_reading.is_collection(path)
    return fits or scene_reading.is_scene(path)


def is_compressed_scene(path: str) -> bool:
    """Return whether ``path`` is a compressed scene."""
    from vcore.container import Container
    from vcore.opening import is_compressed, is_hierarchy

    return (
        is_compressed(path)
        and not is_hierarchy(path)
        and Container(path).header.get("kind") == "scene"
    )


def compress(
    source: str,
    output: str,
    *,
    budget: Asked,
    method: str,
    settings: Mapping[str, Any],
    context: Context,
    reading: Mapping[str, Any],
    force: bool,
    json: bool,
) -> None:
    """Compress a radiance field, and print the report.

    Raises
    ------
    InputError
        The output is no `.vcore` file, or an option does not fit.
    """
    from vcore.io.scene_reading import read_scene
    from vcore.scenes.compress import compress_scene

    if not output.endswith(".vcore"):
        raise InputError(f"Expected an output that ends with .vcore. Got {output} instead.")
    if isinstance(budget, Budgets):
        raise InputError("Expected one budget for a scene. Got budgets by name.")
    told = dict(reading)
    if strange := [name for name in told if name not in READ]:
        named = ", ".join("--" + name.replace("_", "-") for name in strange)
        raise InputError(f"Expected no options for volumes with scenes. Got {named}: leave it out.")
    if "background" in told:
        told["background"] = [v / 255 for v in told["background"]]
    with progress(quiet=json) as report:
        context = replace(context, progress=report)
        try:
            field = read_scene(
                source, method=method or None, settings=settings, **told, context=context
            )
            result = compress_scene(
                field,
                output,
                budget=None if budget == Budget() else budget,
                method=method or None,
                settings=settings,
                context=context,
                force=force,
                progress=False,
            )
        except KeyboardInterrupt:
            context.cancelled.set()  # worker threads stop at their next progress report
            raise
    for text in result.notes:
        note(text)
    if json:
        print_json({**result.to_json(), "attributes": dict(field.attributes)})
        return
    rows = {
        "method": result.method,
        "bytes": f"{result.bytes:,} ({human_bytes(result.bytes)})",
        "ratio": f"{result.ratio:.1f} : 1",
        "PSNR of views": decibels(result.psnr, result.mse),
        "seconds": f"{result.seconds:.1f}",
    }
    figures = result.variables["scene"]
    if "image_psnr" in figures:
        rows["PSNR of images"] = (
            f"{figures['image_psnr']:.2f} dB, {figures['original_image_psnr']:.2f} dB before"
        )
    fitted = field.attributes.get("psnr")
    if isinstance(fitted, float):
        rows["of unseen images"] = f"{fitted:.2f} dB when it was fitted"
    print_figures(f"{source} → {output}", rows)


def info(file: str, scene: Scene, *, verbose: bool) -> None:
    """Print method, bounds and cameras."""
    values = scene.info
    low, high = (", ".join(f"{v:.4g}" for v in corner) for corner in scene.bounds)
    rows = {
        "size": f"{values['bytes']:,} bytes ({human_bytes(values['bytes'])}), "
        f"{values['ratio']:.1f} : 1" + (", truncated" if values["truncated"] else ""),
        "scene": f"{values['method']}, within ({low}) and ({high})",
        "background": ", ".join(f"{255 * v:.0f}" for v in scene.background),
    }
    if "ndc" in values["state"]:
        rows["coordinates"] = "normalised device coordinates (NDC) of a forward-facing scene"
    state = values["state"]
    if "splats" in state:
        rows["splats"] = f"{state['splats']:,}, harmonics of degree {state['degree']}" + (
            f"; {state['dropped']:,} too faint to be seen were left out"
            if "dropped" in state
            else ""
        )
    if scene.cameras:
        height, width = scene.cameras[0].size
        rows["cameras"] = f"{len(scene.cameras)}, of {width} x {height} pixels"
    achieved = values["achieved"]
    if isinstance(achieved.get("psnr"), int | float):
        rows["PSNR of views"] = f"{achieved['psnr']:.2f} dB"
    if isinstance(achieved.get("image_psnr"), int | float):
        rows["PSNR of images"] = f"{achieved['image_psnr']:.2f} dB"
    rows["source"] = source_name(values)
    rows["encoder"] = f"vcore {values['encoder']}"
    if verbose:
        told = (f"{k}={v}" for k, v in values["settings"].items())
        rows["settings"] = ", ".join(told) or "none"
        rows["sections"] = ", ".join(f"{k} {v:,}" for k, v in values["sections"].items()) + " bytes"
        rows["attributes"] = ", ".join(values["attributes"]) or "none"
    print_figures(file, rows)


def decompress(
    file: str, scene: Scene, output: str, *, region: str | None, force: bool, json: bool
) -> None:
    """Write a scene as what it came from, or the splats of a box of it.

    Raises
    ------
    InputError
        A region that is no box, or has no splats; a region of another scene than splats.
    """
    from vcore.io.scene_writing import write_scene

    if region is not None:
        rows = _write_region(scene, output, region, force=force)
        if json:
            print_json({"output": output, "method": scene.method, **rows})
            return
        shown = {"splats": f"{rows['splats']:,}", "blocks": rows["blocks"]}
        print_figures(f"{file} → {output}", {"method": scene.method, **shown})
        return
    write_scene(scene.field, output, force=force)
    if "ndc" in scene.info["state"]:
        note(
            "These weights know normalised device coordinates, which no file of weights tells: "
            "read them with --ndc."
        )
    if json:
        print_json({"output": output, "method": scene.method})
        return
    print_figures(f"{file} → {output}", {"method": scene.method})


def _write_region(scene: Scene, output: str, region: str, *, force: bool) -> dict[str, Any]:
    """Write the splats that reach into a box; return how many, and how many blocks were decoded."""
    from vcore.io.splat_reading import write_splats
    from vcore.scenes.methods.splats.method import StoredSplats

    field = scene.field
    if not isinstance(field, StoredSplats):
        raise InputError(
            "Expected --region with volumes and splats. Got a scene of a network, which decodes "
            "as a whole: leave --region out."
        )
    low, high = _box(region, scene)
    part = field.region((low, high))
    if not len(part):
        raise InputError(
            f"Expected a region with splats. {region} has none: `vcore info` tells where the scene "
            f"is, x first."
        )
    write_splats(part, output, force=force)
    return {"splats": len(part), "blocks": f"{field.decoded_blocks} of {field.blocks} decoded"}


def _box(region: str, scene: Scene) -> tuple[list[float], list[float]]:
    """Return lowest and highest corner, x y z, of a region z0:z1,y0:y1,x0:x1; a missing bound is
    open."""
    low, high = [-math.inf] * 3, [math.inf] * 3
    ranges = [part.split(":") for part in region.split(",")]
    good = len(ranges) == 3 and all(len(pair) == 2 for pair in ranges)
    try:
        for axis, pair in zip((2, 1, 0), ranges if good else (), strict=good):
            for corner, text in zip((low, high), pair, strict=True):
                corner[axis] = float(text) if text.strip() else corner[axis]
    except ValueError:
        good = False
    if not good or not all(a < b for a, b in zip(low, high, strict=True)):
        raise InputError(
            f"Expected --region as z0:z1,y0:y1,x0:x1 in units of the scene, which lies within "
            f"{scene.bounds.low} and {scene.bounds.high} (x y z). Got {region!r} instead."
        )
    return low, high


def verify(original: str | None, file: str, scene: Scene, *, json: bool) -> None:
    """Verify checksums."""
    if original is not None:
        raise InputError(
            f"Expected a scene alone. Got {original}, too: what a scene lost was measured when it "
            f"was compressed, and `vcore info` tells it."
        )
    units = scene.check()
    if json:
        print_json({"units": units, "breaks": []})
        return
    print_figures(file, {"checksums": f"{units} units, all match"})


def draw(file: str, scene: Scene, target: Path, *, force: bool) -> None:
    """Draw colour and depth of one view."""
    from vcore.evaluate.scene_picture import draw_scene

    shown = draw_scene(scene, target, force=force)
    print_figures(f"{file} → {target}", {"view": shown})


def render(
    file: str,
    output: str,
    *,
    turntable: int | None,
    poses: str | None,
    thetas: tuple[float, ...],
    phis: tuple[float, ...],
    size: tuple[int, int] | None,
    keeps_aspect: bool,
    view_angle: float,
    zoom: float,
    depth: bool,
    fps: float | None,
    budget: Asked | None,
    method: str | None,
    settings: Mapping[str, Any],
    force: bool,
    json: bool,
    allow_outside: bool,
) -> None:
    """Render views of a scene into a folder of PNGs, a movie or a collection.

    Parameters
    ----------
    keeps_aspect
        Whether views of ``poses`` keep the aspect of their cameras, and the longer side of ``size``
        is theirs.

    Raises
    ------
    InputError
        Options that contradict each other.
    """
    import vcore
    from vcore.io.posed_reading import read_cameras
    from vcore.scenes import collecting, rendering

    if turntable is not None and (poses is not None or len(phis) > 1):
        raise InputError("Expected --turntable, --phi or --poses. Got two of them.")
    if turntable is not None and not 1 <= turntable <= rendering.MAX_VIEWS:
        raise InputError(
            f"Expected --turntable of 1 to {rendering.MAX_VIEWS} views. Got {turntable} instead."
        )
    scene = vcore.open(file)
    if turntable is not None:
        phis = tuple(360.0 * k / turntable for k in range(turntable))
    with progress(quiet=json) as report:
        context = Context()
        if poses is not None:
            like = scene.cameras[0] if scene.cameras else None
            cameras = read_cameras(poses, like, bounds=scene.bounds, allow_outside=allow_outside)
            if size is not None:
                cameras = [
                    c.scaled(max(size)) if keeps_aspect else c.resized(size) for c in cameras
                ]
            found = collecting.along(scene.field, cameras, depth=depth, context=context)
        else:
            found = collecting.turning(
                scene.field,
                thetas,
                phis,
                size=size or (256, 256),
                view_angle=view_angle,
                zoom=zoom,
                depth=depth,
                context=context,
            )
        try:
            written = rendering.write_views(
                found,
                output,
                fps=fps,
                budget=budget,
                method=method,
                settings=settings,
                force=force,
                progress=lambda share: report("rendering", share),
            )
        except KeyboardInterrupt:
            context.cancelled.set()  # worker threads stop at their next progress report
            raise
    height, width = found.size
    if json:
        print_json({"output": output, "images": len(found), "size": [height, width], **written})
        return
    rows = {"images": f"{len(found):,}, {width} x {height} pixels"}
    rows |= {k: f"{v:,}" if isinstance(v, int) else f"{v:.4g}" for k, v in written.items()}
    print_figures(f"{file} → {output}", rows)
