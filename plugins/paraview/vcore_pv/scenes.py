"""The reader of scenes: density and colour on a grid, splats as points, cameras as arrows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.util.vtkAlgorithm import VTKPythonAlgorithmBase
from vtkmodules.vtkCommonDataModel import vtkDataObject
from vtkmodules.vtkCommonExecutionModel import vtkAlgorithm, vtkDemandDrivenPipeline
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline as Pipeline

from vcore.errors import InputError
from vcore.model.regions import Region, shape_of
from vcore.runtime.compile_events import on_compiling
from vcore.scenes.scene import Scene
from vcore.scenes.volume import COLOUR, DENSITY, SIDE

from vcore_pv.decode import PATIENCE, cache
from vcore_pv.image import Placed, add_figures, add_values
from vcore_pv.messages import Aborted, reported
from vcore_pv.opened import SCENE, State, kind_of, open_as, state_of
from vcore_pv.primitives import vertices
from vcore_pv.ranks import processes
from vcore_pv.reader import COMPILING, MEMORY_LIMIT
from vcore_pv.showing import MEGABYTE

VOLUME, SPLATS, CAMERAS = range(3)
"""Output ports."""
PORTS = ("vtkImageData", "vtkPolyData", "vtkPolyData")
RESOLUTION = 64
DIAGONAL = 3**0.5
"""Length along which a voxel's opacity is told, in voxels: ParaView's unit distance."""
MAX_BYTES = 1 << 36
"""Largest size of the arrays of all processes."""
VOXEL = 4 + 4
"""Bytes of a voxel."""


class SceneReader(VTKPythonAlgorithmBase):
    """Reader of one scene; each of its outputs is computed when it is asked for."""

    def __init__(self) -> None:
        super().__init__(nInputPorts=0, nOutputPorts=len(PORTS), outputType=PORTS[0])
        self._files: list[str] = []
        self._resolution = RESOLUTION
        self._scene: Scene | None = None
        self._state: State | None = None
        self._showing = ""
        self._asked: set[int] = set()

    # properties, called by ParaView

    def CanReadFile(self, name: str) -> int:
        """Return whether a file is a scene."""
        return int(kind_of(name) == SCENE)

    def AddFileName(self, name: str) -> None:
        """Add the file; a second one is refused when it is read."""
        if name:
            self._files.append(name)
            self.Modified()

    def RemoveAllFileNames(self) -> None:
        """Forget the file."""
        self._files = []
        self.Modified()

    def SetResolution(self, voxels: int) -> None:
        """Set the number of voxels along the longest side."""
        if voxels != self._resolution:
            self._resolution = voxels
            self.Modified()

    def GetShowing(self) -> str:
        """Return what is shown, on one line."""
        return self._showing

    # passes of the pipeline

    def FillOutputPortInformation(self, port: int, info: Any) -> int:
        """Declare the type of an output."""
        info.Set(vtkDataObject.DATA_TYPE_NAME(), PORTS[port])
        return 1

    @reported
    def RequestInformation(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Declare the grid from the header, without decoding."""
        info = outInfo.GetInformationObject(VOLUME)
        info.Set(Pipeline.WHOLE_EXTENT(), (0, -1, 0, -1, 0, -1), 6)
        for port in (SPLATS, CAMERAS):
            outInfo.GetInformationObject(port).Set(vtkAlgorithm.CAN_HANDLE_PIECE_REQUEST(), 1)
        self._scene, self._showing = None, ""
        self._scene = self._opened()
        volume = self._scene.volume(self._resolution)
        voxels = int(np.prod(volume.grid.shape, dtype=np.int64))
        if voxels * VOXEL > MAX_BYTES:
            raise InputError(
                f"Expected a resolution whose arrays fit {MAX_BYTES >> 30} GiB. Got "
                f"{self._resolution}, {voxels * VOXEL / 2**30:.0f} GiB: choose a smaller one."
            )
        grid = volume.grid
        Placed(grid, False).describe(info, tuple(slice(0, n) for n in grid.shape))
        shape = " x ".join(str(n) for n in reversed(grid.shape))
        many = f"{len(self._scene.cameras)} cameras" if self._scene.cameras else "no cameras"
        self._showing = f"{self._scene.method}, {shape} voxels, {many}"
        return 1

    @reported
    def RequestData(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Compute the output that is asked for, and again those that were, which VTK has emptied;
        the rest is left until it is asked for."""
        asked = request.Get(Pipeline.FROM_OUTPUT_PORT())
        self._asked |= set(range(len(PORTS))) if asked < 0 else {asked}
        for port in range(len(PORTS)):
            info = outInfo.GetInformationObject(port)
            wanted = port in self._asked
            info.Set(vtkDemandDrivenPipeline.DATA_NOT_GENERATED(), int(not wanted))
            if not wanted:
                continue
            output = info.Get(vtkDataObject.DATA_OBJECT())
            output.Initialize()
            if self._scene is not None:
                (self._volume, self._splats, self._cameras)[port](self._scene, info, output)
        return 1

    def _volume(self, scene: Scene, info: Any, output: Any) -> None:
        volume = scene.volume(self._resolution)
        placed = Placed(volume.grid, False)
        extent = info.Get(Pipeline.UPDATE_EXTENT())
        region = placed.region(extent)
        if min(shape_of(region)) < 1:
            return
        spans = tuple((s.start, s.stop) for s in region)
        key = (self._state, self._resolution, spans)
        limit = MEMORY_LIMIT * MEGABYTE // 2 // processes()
        with on_compiling(lambda: self.SetProgressText(COMPILING)):
            packed = cache.get(key, limit, lambda: self._computed(volume, region))
        density = np.ascontiguousarray(packed[..., :4]).view(np.float32).reshape(-1)
        opacity = -np.expm1(-density * DIAGONAL * float(volume.grid.spacing[0]))
        alpha = np.rint(255 * opacity).astype(np.uint8)
        colour = np.concatenate([packed[..., 4:].reshape(-1, 3), alpha[:, None]], 1)
        add_values(output, False, COLOUR, colour, "", tuple("RGBA"))
        output.GetPointData().SetActiveScalars(COLOUR)
        add_values(output, False, DENSITY, density)
        placed.place(output, extent)
        add_figures(output, {"showing": self._showing, "method": scene.method})

    def _computed(self, volume: Any, region: Region) -> NDArray[np.uint8]:
        """Return density and colour of a region as 7 bytes a voxel, slab by slab."""
        out = np.empty((*shape_of(region), 7), np.uint8)
        first, last = region[0].start, region[0].stop
        start = first
        while start < last:
            stop = min((start // SIDE + 1) * SIDE, last)
            slab = (slice(start, stop), *region[1:])
            part = out[start - first : stop - first]
            density = self._awaited(lambda slab=slab: volume.density[slab])
            part[..., :4] = np.ascontiguousarray(density[..., None]).view(np.uint8)
            part[..., 4:] = volume.colour[slab]
            start = stop
            self.UpdateProgress((stop - first) / (last - first))
        return out

    def _awaited(self, work: Callable[..., NDArray[Any]]) -> NDArray[Any]:
        """Run ``work`` on another thread, while ParaView may abort."""
        with ThreadPoolExecutor(1) as thread:
            future = thread.submit(work)
            while wait([future], PATIENCE).not_done:
                self.UpdateProgress(self.GetProgress())
                if self.GetAbortExecute():
                    raise Aborted
            return future.result()

    def _splats(self, scene: Scene, info: Any, output: Any) -> None:
        found = scene.field.ellipsoids()
        if found is None:
            return
        part = _share(info, len(found.positions))
        vertices(output, found.positions[part])
        axes, sigmas = found.axes[part], found.sigmas[part]
        stretch = np.einsum("nij,nkj->nik", axes * sigmas[:, None, :], axes)
        columns = {
            "scale": sigmas,
            "quaternion": found.rotations[part],
            "opacity": found.opacities[part],
            "stretch": stretch.reshape(-1, 9),
        }
        for name, values in columns.items():
            add_values(output, False, name, np.ascontiguousarray(values))
        colour = numpy_to_vtk(np.rint(255 * found.rgb[part]).astype(np.uint8), deep=1)
        colour.SetName(COLOUR)
        output.GetPointData().AddArray(colour)
        output.GetPointData().SetActiveScalars(COLOUR)
        output.GetPointData().SetActiveTensors("stretch")

    def _cameras(self, scene: Scene, info: Any, output: Any) -> None:
        part = _share(info, len(scene.cameras))
        poses = np.stack([c.pose for c in scene.cameras[part]]) if scene.cameras[part] else None
        if poses is None:
            return
        vertices(output, poses[:, :3, 3])
        add_values(output, False, "direction", np.ascontiguousarray(-poses[:, :3, 2]))
        add_values(output, False, "up", np.ascontiguousarray(poses[:, :3, 1]))

    def _opened(self) -> Scene:
        if len(self._files) != 1:
            raise InputError(
                f"Expected the name of one scene. Got {len(self._files)} instead: open each by "
                f"itself."
            )
        self._state = state_of(self._files[0])
        return open_as(self._files[0], Scene)


def _share(info: Any, count: int) -> slice:
    """Return this piece's share of points."""
    piece = info.Get(Pipeline.UPDATE_PIECE_NUMBER()) or 0
    pieces = info.Get(Pipeline.UPDATE_NUMBER_OF_PIECES()) or 1
    return slice(count * piece // pieces, count * (piece + 1) // pieces)
