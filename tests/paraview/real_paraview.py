"""Shared parts of the ParaView tests: script prologue, small files, skipping."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import vcore
from vcore.model.volume import Volume

GOLDEN = Path(__file__).parents[1] / "golden"
PROLOGUE = """
import json, sys
import numpy as np
from paraview.simple import *
from paraview import servermanager
from vtkmodules.util.numpy_support import vtk_to_numpy
arguments = sys.argv[1:]
found = None

def output(proxy):
    # not servermanager.Fetch, which in 5.11 gives rectilinear grids wrong coordinates
    return proxy.SMProxy.GetClientSideObject().GetOutputDataObject(0)

def values(proxy, name, cells=False):
    data = output(proxy)
    attributes = data.GetCellData() if cells else data.GetPointData()
    return vtk_to_numpy(attributes.GetArray(name))

def plain(value):
    '''Return a property of one text as the text.'''
    return str(value).strip("'")

def field(proxy, name):
    array = output(proxy).GetFieldData().GetAbstractArray("vcore")
    return json.loads(array.GetValue(0)).get(name) if array is not None else None

def colours(proxy):
    '''Return the arrays in the menu of colours.'''
    display = Show(proxy, CreateRenderView())
    domain = display.SMProxy.GetProperty("ColorArrayName").FindDomain("vtkSMArrayListDomain")
    return [domain.GetString(i) for i in range(domain.GetNumberOfStrings())]

def counted():
    '''Return the list of (level, shape) of all that is decoded from now on.'''
    from vcore.engine.decoder import VariableDecoder
    calls, whole = [], VariableDecoder.decode
    def decode(self, region=(), level=0):
        result = whole(self, region, level)
        calls.append([level, list(result.shape)])
        return result
    VariableDecoder.decode = decode
    return calls
"""


@dataclass
class Answer:
    """Result of a script, and its output."""

    found: Any
    output: str


def missing(what: str) -> None:
    """Skip the test, or fail if viewers are required."""
    if os.environ.get("VCORE_REQUIRE_VIEWERS") == "1":
        pytest.fail(f"{what} is required (VCORE_REQUIRE_VIEWERS=1) and not there")
    pytest.skip(f"{what} is not there")


def compressed_file(path: Path, volume: Volume, size: int = 3000) -> Path:
    """Compress with the fastest method that does not need torch."""
    vcore.compress(
        volume,
        path,
        method="gaussian",
        settings={"steps": 10},
        budget=vcore.Budget(bytes=size),
        force=True,
    )
    return path
