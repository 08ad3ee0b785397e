"""Compiled loop of the infill of missing values."""

from vcore.runtime.jit import jit


@jit
def relax(values, holes, sweeps):
    """Replace ``values`` (z, y, x) in ``holes`` by the mean of their neighbours, in place, as many
    times as there are ``sweeps``: in C order, with the new values of those before (Gauss-Seidel).
    """
    nz, ny, nx = values.shape
    for _ in range(sweeps):
        for z in range(nz):
            for y in range(ny):
                for x in range(nx):
                    if not holes[z, y, x]:
                        continue
                    total, count = 0.0, 0
                    if z > 0:
                        total, count = total + values[z - 1, y, x], count + 1
                    if z + 1 < nz:
                        total, count = total + values[z + 1, y, x], count + 1
                    if y > 0:
                        total, count = total + values[z, y - 1, x], count + 1
                    if y + 1 < ny:
                        total, count = total + values[z, y + 1, x], count + 1
                    if x > 0:
                        total, count = total + values[z, y, x - 1], count + 1
                    if x + 1 < nx:
                        total, count = total + values[z, y, x + 1], count + 1
                    if count:
                        values[z, y, x] = total / count
