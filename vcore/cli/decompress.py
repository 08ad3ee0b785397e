"""`vcore decompress`."""

from typing import Annotated, Any

import typer

from vcore.cli import hierarchy, image_options, images, options, scenes, splats
from vcore.cli.output import note, print_figures, print_json, progress
from vcore.collections.collection import Collection
from vcore.errors import InputError
from vcore.scenes.scene import Scene

EXAMPLES = """
[bold]Examples[/bold]

  vcore decompress tooth.vcore tooth.nrrd

  # variables, coordinates, attributes and what is carried beside them

  vcore decompress run.vcore run.nc

  vcore decompress run01.vcore frame7.vti --frame 7

  # the frame at time 0.35, in the file's time unit

  vcore decompress run01.vcore later.vti --time 0.35

  vcore decompress big.vcore preview.tif --level 2

  vcore decompress cells.vcore fine.tif --spacing 0.5,0.2,0.2

  # a folder of slices, head_0000.png and so on; one file of OME-Zarr 0.6

  vcore decompress head.vcore head --slices png

  vcore decompress cells.vcore cells.ozx --ome-zarr 0.6

  # a compressed hierarchy becomes plain OME-Zarr that any reader opens

  vcore decompress small.ome.zarr plain.ome.zarr --workers 4

  # images: a Cinema database, or a movie along parameters or through points

  vcore decompress tornado.vcore tornado.cdb

  vcore decompress tornado.vcore turn.mp4 --along phi --at time=3

  vcore decompress tornado.vcore a.mp4 --path "phi=0 phi=90,time=8" --blend

  # a scene: the weights of its network

  vcore decompress lego.vcore lego.safetensors

  # splats: a scene of them, or a volume of Gaussians with colours for any viewer of splats

  vcore decompress garden.vcore garden.ply

  vcore decompress tooth.vcore tooth.ply --transfer-function tooth.json
"""


def decompress(
    file: options.CompressedFile,
    output: Annotated[
        str,
        typer.Argument(
            metavar="OUTPUT",
            help="The volume to write; the suffix selects the format: nc h5 fits nii nii.gz mrc "
            "nrrd tif vti vtr zarr ozx png npy npz raw. nc and h5 keep everything in the file. Of "
            "images: cdb, mp4, or a folder. Of scenes: npz, safetensors, ply, spz.",
        ),
    ],
    region: Annotated[
        str | None,
        typer.Option(
            metavar="z0:z1,y0:y1,x0:x1",
            help="Only this box, in voxels of --level; of splats, in units of the scene.",
        ),
    ] = None,
    time: options.Time = None,
    frame: options.Frame = None,
    level: Annotated[
        int, typer.Option(metavar="N", help="Resolution level; 0 is full resolution.")
    ] = 0,
    variable: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this variable; all by default.")
    ] = None,
    spacing: Annotated[
        str | None,
        typer.Option(
            metavar="Z,Y,X",
            help="Decode at this voxel spacing, in the file's unit of length: gaussian by its "
            "function, other methods interpolated between voxels.",
        ),
    ] = None,
    slices: Annotated[
        str | None,
        typer.Option(metavar="png", help="OUTPUT is a folder, with a file for each plane."),
    ] = None,
    version: hierarchy.Version = "0.5",
    workers: hierarchy.Workers = 1,
    part: hierarchy.Part = None,
    force: options.Force = False,
    json: options.Json = False,
    allow_outside: options.AllowOutside = False,
    transfer_function: Annotated[
        str | None,
        typer.Option(
            metavar="JSON",
            help="Colours and opacities of splats (.ply, .spz) of a volume of Gaussians, exported "
            "by ParaView.",
        ),
    ] = None,
    rescale: Annotated[
        bool,
        typer.Option("--rescale", help="Map the transfer function to the range of the values."),
    ] = False,
    *,
    movie: dict[str, Any],
) -> None:
    """Decode a file, or a part of it, into another format.

    With a .zarr output, a whole compressed OME-Zarr is decoded chunk by chunk; rerun the same
    command to resume after an interruption. Into .ozx and .zarr.zip it goes without resuming.
    """
    import vcore
    from vcore import io
    from vcore.io.formats import CARRYING, suffix_of
    from vcore.opening import is_hierarchy

    parts = (region, time, frame, variable, spacing, level or None)
    whole = all(option is None for option in parts)
    if (
        whole
        and slices is None
        and output.rstrip("/").lower().endswith((".zarr", ".zarr.zip", ".ozx"))
        and (is_hierarchy(file) or ("://" in file and file.rstrip("/").endswith(".zarr")))
    ):
        hierarchy.decompress_hierarchy(
            file,
            output,
            json=json,
            version=version,
            workers=workers,
            part=part,
            force=force,
            allow_outside=allow_outside,
        )
        return
    if (workers, part) != (1, None):
        raise InputError(
            "Expected a whole OME-Zarr that vcore compressed, and an output of .zarr, for "
            "--workers and --part."
        )
    dataset = vcore.open(file, allow_outside=allow_outside)
    shown = {"--transfer-function": transfer_function, "--rescale": rescale}
    if splats.is_written(output) and not isinstance(dataset, Collection | Scene):
        others = {"--region": region, "--spacing": spacing, "--slices": slices}
        image_options.refuse(others, "volumes, not for splats")
        image_options.refuse_images(movie)
        chosen = options.choose_frame(frame, time, dataset.decoder(variable).grid)
        look = splats.Look(variable, chosen, level, transfer_function, rescale=rescale)
        splats.export(file, dataset, output, look, force=force, json=json)
        return
    image_options.refuse(shown, "splats of volumes")
    if isinstance(dataset, Collection | Scene):
        names = ("region", "time", "frame", "variable", "spacing", "level")
        given = {f"--{n}": part is not None for n, part in zip(names, parts, strict=True)}
        if isinstance(dataset, Scene):
            given.pop("--region")
        image_options.refuse({**given, "--slices": slices}, "volumes")
        if isinstance(dataset, Scene):
            image_options.refuse_images(movie)
            scenes.decompress(file, dataset, output, region=region, force=force, json=json)
            return
        images.decompress(file, dataset, output, movie, force=force, json=json)
        return
    image_options.refuse_images(movie)
    steps = options.parse_spacing(spacing)
    if steps is None:
        box = options.parse_region(region)
        chosen = options.choose_frame(frame, time, dataset.decoder(variable).grid)
        volume = dataset.volume(variable, level=level, region=box, frame=chosen)
    elif region is None and time is None and frame is None and level == 0:
        volume = dataset.resample(steps, variable)
    else:
        raise InputError("Expected --spacing without --region, --time, --frame and --level.")
    is_kept = whole and suffix_of(output) in CARRYING
    left_out = () if is_kept else tuple(a.name for a in dataset.carried)
    if left_out and not whole:
        note(f"left out: {', '.join(left_out)} (beside the volumes, of which this is a part)")
    with progress(quiet=json) as report:
        io.write(
            volume,
            output,
            force=force,
            slices=slices,
            ome_zarr=version,
            progress=lambda done, total: report("writing", done / total),
        )
    shape = " x ".join(str(n) for n in volume.variables[0].source_shape)
    seen = {"spacing": spacing} if spacing else {"level": str(level)}
    if json:
        found = {"output": output, "shape": list(volume.variables[0].source_shape), **seen}
        print_json({**found, **({"left_out": left_out} if left_out else {})})
        return
    print_figures(f"{file} → {output}", {"shape": shape, **seen})


def register(app: typer.Typer) -> None:
    """Register the command on ``app``."""
    app.command(epilog=EXAMPLES)(image_options.with_writing_images(decompress))
