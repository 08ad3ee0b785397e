"""What the scenes share: a view, and a volume rendering. Run by ParaView's Python."""

from paraview.simple import (
    CreateRenderView,
    GetColorTransferFunction,
    GetOpacityTransferFunction,
    Show,
    Text,
    _DisableFirstRenderCameraReset,
)

BACKGROUND = [0.10, 0.11, 0.14]
WHITE = [0.94, 0.94, 0.96]
CT = (
    # value, colour: skin and fat, muscle, bone
    (0, (0.0, 0.0, 0.0), 0.0),
    (420, (0.62, 0.36, 0.25), 0.0),
    (520, (0.80, 0.52, 0.38), 0.035),
    (900, (0.86, 0.62, 0.47), 0.05),
    (1150, (0.95, 0.86, 0.72), 0.08),
    (1500, (1.0, 0.97, 0.90), 0.65),
    (3926, (1.0, 1.0, 1.0), 0.9),
)
MRI = (
    (0, (0.0, 0.0, 0.0), 0.0),
    (28, (0.15, 0.10, 0.12), 0.0),
    (45, (0.62, 0.40, 0.33), 0.10),
    (80, (0.80, 0.58, 0.48), 0.16),
    (120, (0.93, 0.80, 0.68), 0.30),
    (255, (1.0, 0.98, 0.94), 0.75),
)

_DisableFirstRenderCameraReset()


def dark_view(size):
    """Return an empty view of ``size`` pixels."""
    view = CreateRenderView(ViewSize=size)
    view.UseColorPaletteForBackground = 0
    view.Background = BACKGROUND
    view.OrientationAxesVisibility = 0
    return view


def volume(source, name, points, view, unit=1.0):
    """Volume-render ``source`` with (value, colour, opacity) ``points``."""
    display = Show(source, view)
    display.SetRepresentationType("Volume")
    display.ColorArrayName = ["POINTS", name]
    colours, opacity = GetColorTransferFunction(name), GetOpacityTransferFunction(name)
    colours.RGBPoints = [n for value, rgb, _ in points for n in (value, *rgb)]
    colours.ColorSpace = "RGB"
    opacity.Points = [n for value, _, share in points for n in (value, share, 0.5, 0.0)]
    display.LookupTable, display.ScalarOpacityFunction = colours, opacity
    display.ScalarOpacityUnitDistance = unit
    display.Shade = 1
    return display


def caption(text, view, at="Lower Center", size=18):
    """Write ``text`` into ``view``."""
    display = Show(Text(Text=text), view)
    display.WindowLocation = at
    display.FontSize = size
    display.Color = WHITE
    return display
