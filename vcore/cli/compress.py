"""`vcore compress`."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from vcore.cli import budgets, hierarchy, image_options, images, options, scenes
from vcore.cli.inputs import with_reading
from vcore.cli.output import note, print_figures, print_json, progress
from vcore.cli.quality import print_parts, robust
from vcore.cli.scene_options import refuse_scenes, with_reading_scenes
from vcore.cli.tables import print_variables
from vcore.errors import InputError
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.report import Report, decibels
from vcore.model.text import shown_unit
from vcore.runtime.memory import human_bytes

EXAMPLES = """
[bold]Examples[/bold]

  vcore compress head.nrrd head.vcore --bytes 50000

  vcore compress stack.ome.tif stack.vcore

  vcore compress stack.ome.tif stack.vcore --quality below-noise

  vcore compress stack.ome.tif stack.vcore --robust-psnr 45

  vcore compress labels.nii.gz labels.vcore --lossless

  # a folder or several files form a time series

  vcore compress run01/ run01.vcore --range-error 0.01

  vcore compress frame_*.tif frames.vcore --psnr 45

  # one budget per variable; variables without one are lossless

  vcore compress era5.nc era5.vcore --max-error T=0.01 --psnr p=60

  # one variable with its own budget, and a budget for all others

  vcore compress era5.nc era5.vcore --max-error T=0.01 --ratio 50

  # error below the camera noise

  vcore compress cells.tif cells.vcore --noise-sigma 1 --gain 2.2

  # some 9 % smaller in ten times the time; --effort fast decodes faster

  vcore compress head.nrrd head.vcore --psnr 40 --effort max

  vcore compress sim.h5::rho rho.vcore --ratio 99 -m linear1 --set k=8

  # larger than memory: chunk by chunk; rerun the same command to resume

  vcore compress big.ome.zarr small.ome.zarr --psnr 45 --workers 8

  vcore compress cells.ims cells.ome.zarr --chunks 256

  vcore compress slices/ brain.ome.zarr --psnr 45 --spacing 2,0.5,0.5

  # renderings: a Cinema database, or a folder of images with a CSV file

  vcore compress tornado.cdb t.vcore --ratio 300 --channel-error depth=0.1

  # radiance fields: weights of a NeRF with its posed images; or images alone

  vcore compress lego.npz lego.vcore --poses transforms.json --ratio 14

  vcore compress transforms.json scene.vcore --minutes 20

  # Gaussian splats; also fitted to posed images, or to a collection

  vcore compress garden.ply garden.vcore --psnr 40

  vcore compress transforms.json scene.vcore -m splats --minutes 5

  vcore compress tornado.cdb tornado.vcore -m splats --set splats=3000
"""


def compress(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            help="A volume (raw, npy, NRRD, TIFF, PNG, NIfTI, DICOM, vti, XDMF, MetaImage, HDF5, "
            "Imaris, BigDataViewer, NetCDF, FITS, Zarr …), a folder, glob or list of them as a "
            "time series or slices, the URL of a Zarr, a Cinema database of images, or a scene: "
            "weights of a NeRF (npz, safetensors, PyTorch), splats (ply, spz, sog, splat) or posed "
            "images.",
        ),
    ],
    output: Annotated[
        str, typer.Argument(metavar="OUTPUT", help="The .vcore file or .zarr folder to write.")
    ],
    method: Annotated[
        str,
        typer.Option(
            "--method",
            "-m",
            metavar="M",
            help="Compression method; default wavelet, or bounded with an error bound; auto tries "
            "methods on samples. See [bold]vcore methods[/bold].",
            autocompletion=options.complete_method,
        ),
    ] = "",
    quality: budgets.Quality = None,
    robust_psnr: budgets.RobustPsnr = None,
    bytes_: budgets.Bytes = None,
    ratio: budgets.Ratio = None,
    bpv: budgets.Bpv = None,
    psnr: budgets.Psnr = None,
    max_error: budgets.MaxError = None,
    lossless: budgets.Lossless = False,
    channel_error: budgets.ChannelError = None,
    range_error: budgets.RangeError = None,
    noise_sigma: budgets.NoiseSigma = None,
    gain: budgets.Gain = None,
    dark_offset: budgets.DarkOffset = None,
    read_noise: budgets.ReadNoise = None,
    effort: options.Effort = None,
    prediction: options.Prediction = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Setting of the method; repeatable."),
    ] = None,
    variable: Annotated[
        list[str] | None,
        typer.Option("--variable", metavar="NAME", help="Only this variable; repeatable."),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Leave out this variable, array or channel; repeat for more."
        ),
    ] = None,
    zero_below: Annotated[
        float | None,
        typer.Option(
            metavar="V", help="Set values below V to 0 first; errors are measured against that."
        ),
    ] = None,
    time_as_z: Annotated[
        bool | None,
        typer.Option(
            "--time-as-z/--no-time-as-z",
            help="Code the frames of images as slices along z; default: where clearly smaller.",
        ),
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option(metavar="S", help="Time limit for fitting, in seconds.")
    ] = None,
    seed: Annotated[
        int, typer.Option(metavar="N", help="Random seed; the same seed gives the same bytes.")
    ] = 0,
    device: Annotated[
        str, typer.Option(metavar="auto|cpu|cuda", help="Device used for fitting.")
    ] = "auto",
    estimate: Annotated[
        bool,
        typer.Option("--estimate", help="Only predict time, memory and bytes from a sample."),
    ] = False,
    chunks: Annotated[
        int | None, typer.Option(metavar="N", help="Chunk side in voxels (128); .zarr output only.")
    ] = None,
    shards: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Shard side in chunks (1, or 8 above 1000 chunks), one file per shard; .zarr "
            "output only.",
        ),
    ] = None,
    workers: hierarchy.Workers = 1,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="dask.distributed scheduler; .zarr output only."),
    ] = None,
    part: hierarchy.Part = None,
    force: options.Force = False,
    json: options.Json = False,
    rel_error: options.Old = None,
    noise: options.Old = None,
    threshold: options.Old = None,
    *,
    reading: dict[str, Any],
    image_reading: dict[str, Any],
    scene_reading: dict[str, Any],
) -> None:
    """Compress a volume, a time series, images or a scene into a .vcore file of quality good.

    With a .zarr output, an input of any size is compressed chunk by chunk, into an OME-Zarr with
    coarser levels.
    """
    from vcore import io
    from vcore.engine.compress import compress
    from vcore.engine.plans import default_methods

    options.refuse_old(rel_error=rel_error, noise=noise, threshold=threshold)
    given = {
        "quality": quality,
        "robust_psnr": robust_psnr,
        "bytes": bytes_,
        "ratio": ratio,
        "bpv": bpv,
        "psnr": psnr,
        "max_error": max_error,
        "range_error": range_error,
        "noise_sigma": noise_sigma,
        "gain": gain,
        "offset": dark_offset,
        "read_noise": read_noise,
    }
    budget = budgets.parse_budgets(given, lossless=lossless)
    settings = options.parse_settings(set_ or [])
    if len(sources) == 1 and scenes.is_scene(sources[0], method):
        others: dict[str, Any] = {"--variable": variable, "--time-as-z": time_as_z is not None}
        others |= {"--zero-below": zero_below is not None, "--estimate": estimate}
        others |= {"--exclude": exclude, "--effort": effort, "--channel-error": channel_error}
        others |= {"--prediction": prediction}
        others |= {"--chunks": bool(chunks), "--shards": bool(shards), "--workers": workers != 1}
        others |= {"--scheduler": scheduler, "--part": part}
        image_options.refuse(others, "volumes and images")
        scenes.compress(
            sources[0],
            output,
            budget=budget,
            method=method,
            settings=settings,
            context=Context(seed, device, time_limit),
            reading={**reading, **image_reading, **scene_reading},
            force=force,
            json=json,
        )
        return
    refuse_scenes(scene_reading)
    if len(sources) == 1 and images.is_images(sources[0]):
        volumes = {
            "--variable": variable,
            "--time-as-z": time_as_z is not None,
            "--prediction": prediction,
        }
        volumes |= {"--zero-below": zero_below is not None, "--estimate": estimate}
        volumes |= {"--chunks": bool(chunks), "--shards": bool(shards), "--workers": workers != 1}
        image_options.refuse({**volumes, "--scheduler": scheduler, "--part": part}, "volumes")
        images.compress(
            sources[0],
            output,
            budget=images.with_channel_errors(budget, channel_error),
            exclude=exclude or (),
            method=method,
            settings=settings if effort is None else {**settings, "effort": effort},
            context=Context(seed, device, time_limit),
            reading={**reading, **image_reading},
            force=force,
            json=json,
        )
        return
    image_options.refuse_images({"channel_error": channel_error, **image_reading})
    taken = [method] if method else default_methods(budget)
    settings = options.with_effort(settings, effort, taken)
    settings = options.with_prediction(settings, prediction, taken)
    source = sources[0]
    if output.lower().endswith(".vcz"):
        raise InputError(
            f"Expected an output that ends with .vcore. Got {output} instead: .vcz is the suffix "
            f"of VCF Zarr."
        )
    several = source if len(sources) == 1 else sources
    chosen = {"variables": variable or None, "exclude": exclude or None, **reading}
    if output.rstrip("/").endswith(".zarr"):
        if time_limit is not None or estimate or time_as_z is not None:
            raise InputError(
                "Expected a .vcore output for --time-as-z, --time-limit and --estimate."
            )
        hierarchy.compress_hierarchy(
            several,
            output,
            chosen,
            zero_below,
            json=json,
            method=method,
            budget=budget,
            settings=settings,
            chunks=chunks or 128,
            shards=shards,
            workers=workers,
            scheduler=scheduler,
            part=part,
            force=force,
        )
        return
    if not output.endswith(".vcore"):  # never overwrite the last input of a list without an output
        raise InputError(
            f"Expected an output that ends with .vcore or .zarr. Got {output} instead."
        )
    parallel = workers != 1 or scheduler is not None or part is not None
    if chunks is not None or shards is not None or parallel:
        raise InputError(
            "Expected an output of .zarr for --chunks, --shards, --workers, --scheduler and "
            f"--part. Got {output} instead."
        )
    volume = io.read(several, **chosen)
    with progress(quiet=json) as report:
        context = Context(seed, device, time_limit, report)
        arguments: dict[str, Any] = {
            "method": method,
            "budget": budget,
            "settings": settings,
            "context": context,
            "zero_below": zero_below,
        }
        try:
            if estimate:
                from vcore.engine.estimate import estimate as predict

                predicted = predict(volume, **arguments)
            else:
                result = compress(volume, output, force=force, time_as_z=time_as_z, **arguments)
        except KeyboardInterrupt:
            context.cancelled.set()  # worker threads stop at their next progress report
            raise
    if estimate:
        _print_estimate(predicted.to_json(), json)
        return
    for text in result.notes:
        note(text)
    if json:
        print_json(result.to_json())
        return
    _print_report(f"{source}{' …' * (len(sources) > 1)} → {output}", result)


def _print_report(title: str, report: Report) -> None:
    """Print the report, as rows for one variable or as a table for several."""
    found = {name: _described(figures) for name, figures in report.variables.items()}
    (first, *others) = found.values()
    sizes = {
        "bytes": f"{report.bytes:,} ({human_bytes(report.bytes)})",
        "ratio": f"{report.ratio:.1f} : 1",
        "rate": f"{report.bpv:.4g} bits per voxel",
    }
    seconds = {"seconds": f"{report.seconds:.1f}"}
    if not others:
        chosen = {name: first[name] for name in ("method", "budget")}
        reached = {name: first[name] for name in ("robust PSNR", "PSNR", "largest error")}
        print_figures(title, {**chosen, **sizes, **reached, **seconds})
    else:
        print_figures(title, {**sizes, **seconds})
        print_variables([{"variable": name, **row} for name, row in found.items()])
    for name, figures in report.variables.items():
        print_parts(name if others else "", figures)


def _described(figures: Mapping[str, Any]) -> dict[str, str]:
    """Return the table columns for one variable."""
    unit = shown_unit(figures["unit"])
    error = f"{figures['max_error']:.6g}"
    return {
        "budget": Budget.from_json(figures["budget"]).text(unit) or "default",
        "method": figures["method"],
        "bytes": f"{figures['bytes']:,}",
        "robust PSNR": robust(figures),
        "PSNR": decibels(figures["psnr"]),
        "largest error": f"{error} {unit}".rstrip(),
    }


def _print_estimate(values: dict[str, Any], json: bool) -> None:
    if json:
        print_json(values)
        return
    print_figures(
        "estimate from a sample",
        {
            "seconds": f"about {values['seconds']:.0f}",
            "memory": f"at most {human_bytes(values['memory'])}",
            "bytes": f"about {human_bytes(values['bytes'])}",
        },
    )


def register(app: typer.Typer) -> None:
    """Register the command on ``app``."""
    known = with_reading_scenes(image_options.with_reading_images(compress))
    app.command(epilog=EXAMPLES)(with_reading(known))
