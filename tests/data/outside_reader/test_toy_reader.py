from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume
from vcore.testing.readers import ReaderContract
from vcore.testing.volumes import blobs


class TestToyReader(ReaderContract):
    suffix = ".toy"

    def example(self, folder):
        values = blobs((7, 9, 8))
        path = folder / "cells.toy"
        path.write_bytes(b"TOY1 7 9 8 2.0 0.5 0.25 micrometer <f4\n" + values.tobytes())
        grid = Grid((7, 9, 8), spacing=(2.0, 0.5, 0.25), unit="micrometer")
        return path, Volume(grid, (Variable("density", values),))
