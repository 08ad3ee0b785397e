"""The window's scene of a collection: its colours and its depth.  ``VCORE_SCENE`` names the file.

Run by ``paraview --script``, which passes no arguments.
"""

import os

import look
from paraview.simple import (
    AssignViewToLayout,
    ColorBy,
    GetActiveViewOrCreate,
    GetAnimationScene,
    GetLayout,
    OpenDataFile,
    RenameSource,
    Render,
    SetActiveSource,
    SetActiveView,
    Show,
)

CLOSE = 0.6
"""Half of the height of the views, in heights of the image."""

path = os.environ["VCORE_SCENE"]
reader = OpenDataFile(path)
RenameSource(os.path.basename(path), reader)
reader.Value1, reader.Value2 = 60, 120
first = GetActiveViewOrCreate("RenderView")
layout = GetLayout(first)
second = look.dark_view([500, 500])
layout.SplitHorizontal(0, 0.5)
AssignViewToLayout(view=second, layout=layout, hint=2)
first.UseColorPaletteForBackground, first.Background = 0, [1, 1, 1]
first.OrientationAxesVisibility = 0
GetAnimationScene().UpdateAnimationUsingDataTimeSteps()
GetAnimationScene().GoToNext()
for view, name in ((first, ""), (second, "depth")):
    view.InteractionMode = "2D"
    display = Show(reader, view)
    if name:
        ColorBy(display, ("POINTS", name))
        display.RescaleTransferFunctionToDataRange()
        display.SetScalarBarVisibility(view, True)
    x0, x1, y0, y1 = reader.GetDataInformation().GetBounds()[:4]
    view.CameraFocalPoint = [(x0 + x1) / 2, (y0 + y1) / 2, 0]
    view.CameraPosition = [*view.CameraFocalPoint[:2], 1000]
    view.CameraParallelProjection = 1
    view.CameraParallelScale = CLOSE * (y1 - y0)
    Render(view)
SetActiveView(first)
SetActiveSource(reader)
