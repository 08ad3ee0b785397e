"""A toy reader: a line of text with sizes, voxel size, unit and dtype, then the values."""

from vcore.errors import InputError
from vcore.io.mapped import stored_array
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

MAGIC = b"TOY1 "


def sniff(path):
    with open(path, "rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def read(request):
    with open(request.path, "rb") as file:
        line = file.readline(200)
    if not line.startswith(MAGIC) or not line.endswith(b"\n"):
        raise InputError(f"Expected a toy file at {request.path}. Got another one instead.")
    _, *numbers, unit, dtype = line.decode("ascii").split()
    shape = tuple(int(n) for n in numbers[:3])
    grid = Grid(shape, spacing=tuple(float(n) for n in numbers[3:]), unit=unit)
    # mapped into memory: read where a region is asked for; a file too short is refused
    data = stored_array(request.path, shape, dtype, offset=len(line), exact=True)
    return Volume(grid, (Variable("density", data),))
