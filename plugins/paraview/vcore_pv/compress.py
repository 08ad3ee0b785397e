"""Filter that shows a volume after compression."""

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from typing import Any

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.util.vtkAlgorithm import VTKPythonAlgorithmBase
from vtkmodules.vtkCommonDataModel import vtkDataObject
from vtkmodules.vtkCommonExecutionModel import vtkAlgorithm
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline as Pipeline

from vcore.dataset import Dataset
from vcore.file_dataset import FileDataset
from vcore.model.volume import Volume

from vcore_pv import ranks
from vcore_pv.decode import decode_box
from vcore_pv.encoding import Encoding, figures_of
from vcore_pv.image import Figures, Placed, add_figures, add_values, as_text, make_output_like
from vcore_pv.inputs import InputFrame, frame_of
from vcore_pv.joining import axis_of, whole_of
from vcore_pv.messages import reported, show_warning
from vcore_pv.pieces import RECTILINEAR, Piece, piece_of


class Compress(Encoding, VTKPythonAlgorithmBase):
    """Compresses and decodes the current time step and reports the figures.

    The root process compresses; every process decodes its own extent. The result is reused while
    values and settings stay the same.
    """

    def __init__(self) -> None:
        Encoding.__init__(self)
        VTKPythonAlgorithmBase.__init__(
            self, nInputPorts=1, nOutputPorts=1, inputType="vtkDataSet", outputType="vtkDataSet"
        )
        self._keep = ""
        self._figures: Figures = {}
        self._made: tuple[str, bytes] = ("", b"")

    def SetKeepFile(self, path: str) -> None:
        """Set the path for keeping the compressed file; "" to discard it."""
        self._change("_keep", path or "")

    def GetFigures(self) -> str:
        """Return the figures of the last compression as JSON."""
        return as_text(self._figures)

    @reported
    def RequestDataObject(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Create a data object of the input's type."""
        make_output_like(inInfo, outInfo)
        return 1

    def RequestInformation(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Declare that the output can be split between processes."""
        outInfo.GetInformationObject(0).Set(vtkAlgorithm.CAN_PRODUCE_SUB_EXTENT(), 1)
        return 1

    def RequestUpdateExtent(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Request the whole input, each process its own share."""
        ranks.ask_share(inInfo[0].GetInformationObject(0))
        return 1

    @reported
    def RequestData(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Compress at the root, decode everywhere."""
        info = inInfo[0].GetInformationObject(0)
        source = info.Get(vtkDataObject.DATA_OBJECT())
        whole = info.Get(Pipeline.WHOLE_EXTENT())
        output = outInfo.GetInformationObject(0).Get(vtkDataObject.DATA_OBJECT())
        output.Initialize()
        told = data = b""
        try:
            if pieces := ranks.gathered(piece_of(source, whole)):
                data = self._compressed(frame_of(pieces))
                told = json.dumps([self._figures, *_places(pieces)]).encode()
        finally:
            # broadcast even after a failure (empty bytes): the other processes wait for it
            told, data = ranks.broadcast(told), ranks.broadcast(data)
        if not data:
            return 1
        self._figures, whole, lines = json.loads(told)
        extent = outInfo.GetInformationObject(0).Get(Pipeline.UPDATE_EXTENT())
        _decode(FileDataset(data), output, whole, extent)
        for axis, places in zip("XYZ", lines, strict=False):
            k = 2 * "XYZ".index(axis)
            part = places[extent[k] - whole[k] : extent[k + 1] - whole[k] + 1]
            getattr(output, f"Set{axis}Coordinates")(numpy_to_vtk(np.array(part, float), deep=1))
        add_figures(output, self._figures)
        time = source.GetInformation().Get(vtkDataObject.DATA_TIME_STEP())
        if time is not None:
            output.GetInformation().Set(vtkDataObject.DATA_TIME_STEP(), time)
        return 1

    def _compressed(self, frame: InputFrame) -> bytes:
        """Return the compressed bytes (root process only)."""
        variables = tuple(a.variable(frame.cells) for a in frame.arrays)
        digest = hashlib.blake2b(repr((self.job(), self._keep, frame.grid)).encode())
        for array in frame.arrays:
            digest.update(array.name.encode())
            digest.update(array.values.data)
        key = digest.hexdigest()
        if self._made[0] != key:
            with tempfile.TemporaryDirectory(prefix="vcore-") as folder:
                path = self._keep or os.path.join(folder, "compressed.vcore")
                report = self.compress(Volume(frame.grid, variables), path)
                with open(path, "rb") as file:
                    self._made = (key, file.read())
            self._figures = figures_of(report)
            for text in report.notes:
                show_warning(text)
        return self._made[1]


def _places(pieces: Sequence[Piece]) -> tuple[tuple[int, ...], list[list[float]]]:
    """Return the extent of the input, and the coordinates along x, y, z of a rectilinear grid.

    The file only stores cell centres, from which the edges of uneven cells cannot be recovered.
    """
    whole, found = whole_of(pieces), [p for p in pieces if not p.empty]
    if found[0].kind != RECTILINEAR:
        return whole, []
    return whole, [axis_of(found, whole, axis).tolist() for axis in range(3)]


def _decode(dataset: Dataset, output: Any, whole: Any, extent: Any) -> None:
    """Fill ``output`` with ``extent`` of a file whose voxel 0 is the corner of ``whole``."""
    cells = all(d.header.association == "cell" for d in dataset.variables.values())
    placed = Placed(dataset.grid, cells, (whole[4], whole[2], whole[0]))
    box = placed.region(extent)
    if any(s.start >= s.stop for s in box):
        return
    placed.place(output, extent)
    for name, decoder in dataset.variables.items():
        values = decode_box(decoder, 0, None, box, lambda _count: None)
        header = decoder.header
        add_values(output, cells, name, values, header.unit, header.components)
