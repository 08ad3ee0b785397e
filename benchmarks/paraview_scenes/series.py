"""Time steps of one file side by side.  Arguments: file, picture."""

import sys

import look
from paraview.simple import (
    AssignViewToLayout,
    CreateLayout,
    OpenDataFile,
    Render,
    SaveScreenshot,
)

STEPS = 4
path, picture = sys.argv[1:]
layout = CreateLayout("pictures")
views = [look.dark_view([480, 520]) for _ in range(STEPS)]
for number, view in enumerate(views):
    cell = 0 if number == 0 else 2 ** (number + 1) - 2
    AssignViewToLayout(view=view, layout=layout, hint=cell)
    if number < STEPS - 1:
        layout.SplitHorizontal(cell, 1 / (STEPS - number))
layout.SetSize(480 * STEPS, 520)
for number, view in enumerate(views):
    reader = OpenDataFile(path)
    times = list(reader.TimestepValues)
    time = times[number * (len(times) - 1) // (STEPS - 1)]
    reader.UpdatePipeline(time)
    name = reader.PointData[0].Name
    low, high = 0.0298, 0.3138
    at = [low + share * (high - low) for share in (0.0, 0.35, 0.5, 0.7, 1.0)]
    colours = (
        (0.05, 0.1, 0.3),
        (0.1, 0.3, 0.6),
        (0.2, 0.7, 0.7),
        (0.98, 0.8, 0.4),
        (1, 0.95, 0.85),
    )
    opacity = (0.0, 0.0, 0.12, 0.5, 0.95)
    view.ViewTime = time
    look.volume(reader, name, tuple(zip(at, colours, opacity, strict=True)), view, 1.5)
    look.caption(f"t = {time:g}", view)
    x0, x1, y0, y1, z0, z1 = reader.GetDataInformation().GetBounds()
    middle = [(x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2]
    view.CameraFocalPoint = middle
    view.CameraPosition = [middle[0] + 110, middle[1] - 150, middle[2] + 60]
    view.CameraViewUp = [0, 0, 1]
    view.CameraViewAngle = 30
    Render(view)
SaveScreenshot(picture, layout, SaveAllViews=1, ImageResolution=[480 * STEPS, 520])
