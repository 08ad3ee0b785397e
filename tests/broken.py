"""Methods and readers that each break one promise, which the contract suites must notice."""

METHODS = """
import os, tempfile
from dataclasses import replace

import numpy as np
from toy_method import Toy, ToyDecoder
from vcore.errors import BudgetError

class Refusing(Toy):
    name = "refusing"
    def encode(self, source, budget, settings, context, sink):
        if budget.psnr:
            raise BudgetError(f"Expected another budget. Got {budget.psnr:g} dB instead.")
        return super().encode(source, budget, settings, context, sink)

class Unbounded(Toy):
    name, keeps_bounds = "unbounded", True
    def encode(self, source, budget, settings, context, sink):
        if budget.is_bound:
            budget = replace(budget, max_error=source.span, range_error=None)
        return super().encode(source, budget, settings, context, sink)

class Restless(Toy):
    name = "restless"
    def encode(self, source, budget, settings, context, sink):
        done = super().encode(source, budget, settings, context, sink)
        return replace(done, state={**done.state, "when": os.urandom(4).hex()})

class Littering(Toy):
    name = "littering"
    def encode(self, source, budget, settings, context, sink):
        with tempfile.NamedTemporaryFile(delete=False) as scratch:
            done = super().encode(source, budget, settings, context, sink)
        os.remove(scratch.name)
        return done

class Decoding(Toy):
    def open(self, header, grid, reader):
        return self.opened(header, grid, reader)

class Unplaced(Decoding):
    name = "unplaced"
    class opened(ToyDecoder):
        def decode(self, region, level=0):
            return super().decode(tuple(slice(0, s.stop - s.start) for s in region), level)

class Shifted(Decoding):
    name = "shifted"
    class opened(ToyDecoder):
        def decode(self, region, level=0):
            z = region[-3]
            if z.start == 0:
                return super().decode(region, level)
            moved = slice(z.start - 1, z.stop - 1)
            return super().decode((*region[:-3], moved, *region[-2:]), level)

class Flat(Decoding):
    name = "flat"
    class opened(ToyDecoder):
        def decode(self, region, level=0):
            values = super().decode(region, level)
            return values.reshape(values.shape[-3:]) if values.ndim > 3 else values

class Narrow(Decoding):
    name = "narrow"
    class opened(ToyDecoder):
        def decode(self, region, level=0):
            return super().decode(region, level).astype("u1")
"""
BROKEN_METHODS = {
    "Refusing": "test_budget_is_reached[psnr=25]",
    "Unbounded": "test_bound_is_kept[u1",
    "Restless": "test_same_seed_same_bytes",
    "Littering": "test_cancel_at_every_stage[None]",
    "Unplaced": "test_regions_are_crops[bytes]",
    "Shifted": "test_regions_are_crops[bytes]",
    "Flat": "test_regions_are_crops[tczyx]",
    "Narrow": "test_dtype[i1",
}
"""What a class breaks: a test, or the beginning of its name."""

READERS = """
import numpy as np
import toy_reader
from dataclasses import replace
from types import SimpleNamespace

def changed(volume, **values):
    (variable,) = volume.variables
    return replace(volume, variables=(replace(variable, **values),))

class FromTheStart:
    def __init__(self, inner):
        self.inner, self.shape, self.dtype = inner, inner.shape, inner.dtype
    def __getitem__(self, region):
        return self.inner[tuple(slice(0, s.stop - s.start) for s in region)]

def eager(request):
    volume = toy_reader.read(request)
    return changed(volume, data=np.array(volume.variables[0].read()))

def unplaced(request):
    volume = toy_reader.read(request)
    return changed(volume, data=FromTheStart(volume.variables[0].data))

def padding(request):
    with open(request.path, "rb") as file:
        line, data = file.readline(), file.read()
    shape = tuple(map(int, line.split()[1:4]))
    values = np.zeros(np.prod(shape), "<f4")
    found = np.frombuffer(data[: len(data) // 4 * 4], "<f4")
    values[: len(found)] = found
    variable = toy_reader.Variable("density", values.reshape(shape))
    return toy_reader.Volume(toy_reader.Grid(shape), (variable,))

def unscaled(request):
    volume = toy_reader.read(request)
    return replace(volume, grid=replace(volume.grid, spacing=(1.0, 1.0, 1.0)))

def reader(read, sniff=toy_reader.sniff):
    return SimpleNamespace(read=read, sniff=sniff)

Eager, Unplaced, Padding, Unscaled = map(reader, (eager, unplaced, padding, unscaled))
Greedy = reader(toy_reader.read, lambda path: True)
"""
BROKEN_READERS = {
    "Eager": "test_values_stay_in_the_file",
    "Unplaced": "test_regions_are_crops",
    "Padding": "test_truncated_files_are_refused",
    "Unscaled": "test_metadata_is_read",
    "Greedy": "test_other_files_are_not_known[text]",
}
