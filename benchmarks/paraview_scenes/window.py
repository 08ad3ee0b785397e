"""The window's scene: half of a volume, rendered.  The variable ``VCORE_SCENE`` names the file.

Run by ``paraview --script``, which passes no arguments.
"""

import os

import look
from paraview.simple import (
    GetActiveViewOrCreate,
    OpenDataFile,
    RenameSource,
    Render,
)

HALF = 96
"""The last voxel along x: the rest is not decoded."""

path = os.environ["VCORE_SCENE"]
reader = OpenDataFile(path)
RenameSource(os.path.basename(path), reader)
reader.UpdatePipelineInformation()
reader.VOI = [0, HALF, 0, -1, 0, -1]
reader.UpdatePipeline()
view = GetActiveViewOrCreate("RenderView")
look.volume(reader, reader.PointData[0].Name, look.MRI, view, 1.2)
x0, x1, y0, y1, z0, z1 = reader.GetDataInformation().GetBounds()
middle = [(x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2]
view.CameraFocalPoint = middle
view.CameraPosition = [middle[0] + 440, middle[1] + 240, middle[2] + 120]
view.CameraViewUp = [0, 0, 1]
view.CameraViewAngle = 30
Render(view)
