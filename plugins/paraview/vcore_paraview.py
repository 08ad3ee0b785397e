"""ParaView plugin of vcore: reader and writer for `.vcore`, filters and sources.

Uses the Python plugin API of ParaView 5.11 to 6. The classes are implemented in the folder
``vcore_pv`` beside this file; their properties are defined in ``vcore_pv/proxies``.
"""

import sys
from pathlib import Path

from paraview.util.vtkAlgorithm import smhint, smproperty, smproxy
from vtkmodules.vtkCommonCore import vtkOutputWindow

paraview_plugin_name = "vcore"
paraview_plugin_version = "0.1"

_HERE = str(Path(__file__).resolve().parent)
if _HERE not in sys.path:
    sys.path.append(_HERE)

try:
    import vcore.opening  # noqa: F401
except ImportError as _error:
    vtkOutputWindow.GetInstance().DisplayErrorText(
        "vcore: Expected the package vcore-volumes within ParaView's Python. Got "
        f"'{_error}' instead: start ParaView with the command `vcore paraview`, or see "
        "docs/paraview.md for the way by hand.\n"
    )
else:
    from vcore_pv import (
        compress,
        direct,
        error,
        images,
        primitives,
        probe,
        proxies,
        reader,
        region,
        scenes,
        writer,
    )

    direct.watch()

    @smproxy.reader(
        name="VcoreReader",
        label="vcore Reader",
        extensions="vcore",
        filename_patterns="zarr.json",
        file_description="vcore compressed volume",
        support_reload=False,
    )
    @smproperty.xml(proxies.reader())
    class VcoreReader(reader.Reader):
        """Reads `.vcore` files or a series of them, decoding only the requested extent."""

    @smproxy.reader(
        name="VcoreImages",
        label="vcore Images",
        extensions="vcore",
        file_description="vcore collection of images",
        support_reload=False,
    )
    @smproperty.xml(proxies.images())
    @smhint.xml('<RepresentationType view="RenderView" type="Slice" />')
    class VcoreImages(images.ImagesReader):
        """Reads a `.vcore` collection of images, decoding the one that is looked at."""

    @smproxy.reader(
        name="VcoreScene",
        label="vcore Scene",
        extensions="vcore",
        file_description="vcore scene",
        support_reload=False,
    )
    @smproperty.xml(proxies.scenes())
    @smhint.xml('<RepresentationType view="RenderView" type="Volume" port="0" />')
    class VcoreScene(scenes.SceneReader):
        """Reads a `.vcore` scene as a volume, splats and cameras."""

    @smproxy.filter(name="VcoreRegion", label="vcore Region", support_reload=False)
    @smproperty.xml(proxies.region())
    @smhint.xml(proxies.MENU + proxies.BESIDE_INPUT)
    class VcoreRegion(region.Region):
        """A box of a reader's file at full resolution."""

    @smproxy.source(name="VcorePrimitives", label="vcore Primitives", support_reload=False)
    @smproperty.xml(proxies.primitives())
    @smhint.xml(proxies.MENU)
    class VcorePrimitives(primitives.PrimitivesSource):
        """The Gaussians of a file, as points with tensors."""

    @smproxy.filter(name="VcoreProbe", label="vcore Probe", support_reload=False)
    @smproperty.xml(proxies.probe())
    @smhint.xml(proxies.MENU)
    class VcoreProbe(probe.Probe):
        """The values of a file at the points of its input."""

    @smproxy.filter(name="VcoreCompress", label="vcore Compress", support_reload=False)
    @smproperty.xml(proxies.compress())
    @smhint.xml(proxies.MENU)
    class VcoreCompress(compress.Compress):
        """The volume after compression, with error figures."""

    @smproxy.filter(name="VcoreError", label="vcore Error", support_reload=False)
    @smproperty.xml(proxies.error())
    @smhint.xml(proxies.MENU)
    class VcoreError(error.ErrorFilter):
        """The difference of two inputs, with the figures of `vcore compare`."""

    @smproxy.writer(
        name="VcoreWriter",
        label="vcore Writer",
        extensions="vcore",
        file_description="vcore compressed volume",
        support_reload=False,
        supports_parallel="1",
    )
    @smproperty.xml(proxies.writer())
    class VcoreWriter(writer.Writer):
        """File > Save Data as `.vcore`."""
