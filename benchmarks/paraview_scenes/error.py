"""Original, reconstruction and error side by side.  Arguments: original .vti, file, picture."""

import json
import sys

import look
from paraview.simple import (
    AssignViewToLayout,
    CreateLayout,
    OpenDataFile,
    Render,
    SaveScreenshot,
    vcoreError,
)

original, path, picture = sys.argv[1:]
source, decoded = OpenDataFile(original), OpenDataFile(path)
error = vcoreError(Input=source, Decoded=decoded)
for proxy in (source, decoded, error):
    proxy.UpdatePipeline()
name = source.PointData[0].Name
error.UpdatePropertyInformation()
psnr = json.loads(error.GetPropertyValue("Figures"))[f"PSNR of {name} (dB)"]
figures = decoded.GetClientSideObject().GetOutputDataObject(0).GetFieldData()
ratio = json.loads(figures.GetAbstractArray("vcore").GetValue(0))["ratio"]

layout = CreateLayout("pictures")
views = [look.dark_view([600, 640]) for _ in range(3)]
AssignViewToLayout(view=views[0], layout=layout, hint=0)
layout.SplitHorizontal(0, 1 / 3)
AssignViewToLayout(view=views[1], layout=layout, hint=2)
layout.SplitHorizontal(2, 0.5)
AssignViewToLayout(view=views[2], layout=layout, hint=6)
layout.SetSize(1800, 640)

look.volume(source, name, look.CT, views[0], 2.0)
look.volume(decoded, name, look.CT, views[1], 2.0)
span = decoded.PointData[name].GetRange()
SHARE = 0.02  # of the range, at both ends of the colours
FAINT = 0.25
limit = SHARE * (span[1] - span[0])
look.volume(
    error,
    f"error of {name}",
    (
        (-limit, (0.25, 0.55, 1.0), 0.9),
        (-FAINT * limit, (0.25, 0.45, 0.85), 0.0),
        (0, (0.2, 0.2, 0.2), 0.0),
        (FAINT * limit, (0.90, 0.45, 0.20), 0.0),
        (limit, (1.0, 0.55, 0.15), 0.9),
    ),
    views[2],
    2.0,
)
look.caption("original", views[0])
look.caption(f"out of {ratio:.0f} times fewer bytes", views[1])
look.caption(
    f"error: {psnr:.1f} dB; blue too low, orange too high by {SHARE:.0%} of the range",
    views[2],
    size=16,
)
x0, x1, y0, y1, z0, z1 = source.GetDataInformation().GetBounds()
middle = [(x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2]
for view in views:
    view.CameraFocalPoint = middle
    view.CameraPosition = [middle[0] + 330, middle[1] + 470, middle[2] - 110]
    view.CameraViewUp = [0, 0, -1]  # the first plane of this CT is the crown
    view.CameraViewAngle = 24
    Render(view)
SaveScreenshot(picture, layout, SaveAllViews=1, ImageResolution=[1800, 640])
