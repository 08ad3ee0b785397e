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

path = os.environ["VCORE_SCENE"]
reader = OpenDataFile(path)
RenameSource(os.path.basename(path), reader)
reader.Value1, reader.Value2 = 60, 120
first = GetActiveViewOrCreate("RenderView")
layout = GetLayout(first)
second = look.dark_view([500, 500])
layout.SplitHorizontal(0, 0.5)
AssignViewToLayout(view=second, layout=layout, hint=2)
first.UseColorPaletteForBackground, first.Background = 0, look.BACKGROUND
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
    view.ResetCamera(True, 0.9)
    Render(view)
SetActiveView(first)
SetActiveSource(reader)
