"""`python -m benchmarks NAME`."""

import typer

from benchmarks import (
    bounds,
    browser_pictures,
    demo,
    ecnr,
    encoding_memory,
    figures,
    fit_prediction,
    fit_restoration,
    formats,
    gaussian,
    grids,
    harm,
    images,
    kristan,
    lazy,
    napari,
    paraview,
    paraview_pictures,
    prediction,
    radiance,
    rd,
    scale,
    scale_big,
    slices,
    speed,
)
from vcore.errors import VcoreError

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
app.command("browser-pictures")(browser_pictures.main)
app.command("demo")(demo.main)
app.command("ecnr")(ecnr.main)
app.command("figures")(figures.main)
app.command("fit-prediction")(fit_prediction.main)
app.command("fit-restoration")(fit_restoration.main)
app.command("formats")(formats.main)
app.command("gaussian")(gaussian.main)
app.command("grids")(grids.main)
app.command("harm")(harm.main)
app.command("images")(images.main)
app.command("kristan")(kristan.main)
app.command("lazy")(lazy.main)
app.command("lossless")(bounds.main)
app.command("memory")(encoding_memory.main)
app.command("napari")(napari.main)
app.command("paraview")(paraview.main)
app.command("paraview-pictures")(paraview_pictures.main)
app.command("prediction")(prediction.main)
app.command("radiance")(radiance.main)
app.command("rd")(rd.main)
app.command("scale")(scale.main)
app.command("slices")(slices.main)
app.command("speed")(speed.main)
app.command("scale-big")(scale_big.main)

if __name__ == "__main__":
    try:
        app()
    except VcoreError as error:
        raise SystemExit(f"benchmarks: {error}") from None
