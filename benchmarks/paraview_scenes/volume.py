"""A volume rendering out of a `.vcz`, half of it decoded.  Arguments: file, picture.

Also run by the window, with the file in the variable ``VCORE_SCENE``; then no picture is saved.
"""

import os
import sys

import look
from paraview.simple import (
    GetActiveViewOrCreate,
    OpenDataFile,
    Render,
    SaveScreenshot,
)

IN_WINDOW = "VCORE_SCENE" in os.environ
path = os.environ["VCORE_SCENE"] if IN_WINDOW else sys.argv[1]
reader = OpenDataFile(path)
reader.UpdatePipelineInformation()
reader.VOI = [0, 96, 0, -1, 0, -1]
reader.UpdatePipeline()
name = reader.PointData[0].Name
view = GetActiveViewOrCreate("RenderView") if IN_WINDOW else look.dark_view([1000, 750])
look.volume(reader, name, look.MRI, view, 1.2)
x0, x1, y0, y1, z0, z1 = reader.GetDataInformation().GetBounds()
middle = [(x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2]
view.CameraFocalPoint = middle
view.CameraPosition = [middle[0] + 420, middle[1] + 260, middle[2] + 150]
view.CameraViewUp = [0, 0, 1]
view.CameraViewAngle = 26
Render(view)
if not IN_WINDOW:
    SaveScreenshot(sys.argv[2], view)
