"""Preset `paper`: plain blocks, SGD, fp16 codes, fp32 decoder (sections 3 and 4 of the paper)."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.errors import BudgetError, FormatError
from vcore.methods._networks.fitting.device import device_of, import_torch
from vcore.methods._networks.fitting.loop import optimise
from vcore.methods.base import Sink
from vcore.methods.blocks import features
from vcore.methods.blocks.layout import BlockLattice, Box, crop, cut, join, read_padded
from vcore.methods.blocks.network import Parameters, forward, layer_shapes, sigmoid
from vcore.methods.blocks.settings import BlockSettings
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.regions import Region
from vcore.runtime.executor import run_all

if TYPE_CHECKING:
    from vcore.methods.blocks.architecture import Architecture

TRAINING_VALUES = 1 << 27
"""Maximum number of voxels to fit to; larger volumes are sampled by tile."""
BATCH = 32
"""Blocks per step: smaller batches make an epoch slower, much larger ones learn less per epoch with
SGD."""
FORWARD_BLOCKS = 4096
DECODER, CODES = "decoder", "codes"


def decoder_sizes(method: "Architecture", k: int, s: int) -> list[int]:
    """Return the number of units of each layer of the decoder."""
    return [s, *method.hidden(k), k**3]


def size_of(method: "Architecture", shape: tuple[int, ...], k: int, s: int) -> int:
    """Return the bytes of decoder and codes, which are known before the fit."""
    lattice = BlockLattice(shape[:-3], shape[-3:], k)  # type: ignore[arg-type]
    sizes = decoder_sizes(method, k, s)
    weights = sum(a * b + b for a, b in layer_shapes(sizes)) + len(sizes) - 2
    return 4 * weights + 2 * s * lattice.count


def check_budget(
    method: "Architecture", source: VariableSource, settings: BlockSettings, budget: Budget
) -> None:
    """Refuse a byte budget that this preset cannot meet.

    Raises
    ------
    BudgetError
        The fixed size exceeds the budget.
    """
    size = size_of(method, source.shape, settings.k or 4, settings.s or 8)
    if budget.bytes is not None and size > budget.bytes:
        raise BudgetError(
            f"Expected at least {size} bytes for {method.name} in the paper preset with "
            f"k={settings.k}, s={settings.s}, whose size is fixed. Got a budget of {budget.bytes}: "
            f"choose other k and s, or the compact preset.",
            size,
        )


def handcrafted_codes(
    method: "Architecture",
    blocks: NDArray[np.float32],
    positions: NDArray[np.int64],
    lattice: BlockLattice,
) -> NDArray[np.float32]:
    """Return the complete code of each block, including coordinates if the method has them."""
    values = method.stored_features(blocks)
    if not method.positional:
        return values
    return np.concatenate([features.coordinates(positions, lattice.blocks), values], axis=1)


def encode(
    method: "Architecture",
    source: VariableSource,
    settings: BlockSettings,
    context: Context,
    sink: Sink,
) -> None:
    """Fit the network; store the decoder and the codes of all blocks."""
    torch = import_torch()
    k, s = settings.k or 4, settings.s or 8
    lattice = BlockLattice(source.frames, source.grid.shape, k)
    device = device_of(context)
    rng = np.random.default_rng(context.seed)

    training = _training_blocks(source, lattice, rng, context)
    codes = handcrafted_codes(method, *training, lattice) if method.handcrafted else None
    inputs = torch.from_numpy(training[0].reshape(len(training[0]), -1)).to(device)
    decoder = _new_network(decoder_sizes(method, k, s), context.seed, sigmoid_last=True)
    encoder = _new_network(decoder_sizes(method, k, s)[::-1], context.seed + 1)
    if codes is not None:
        encoder = {}
        _whiten(decoder, codes)
    nets = [
        {n: torch.from_numpy(v).to(device).requires_grad_() for n, v in p.items()}
        for p in (encoder, decoder)
    ]
    fixed = None if codes is None else torch.from_numpy(codes.astype("f2").astype("f4")).to(device)

    batch = settings.batch or BATCH
    epoch_steps = math.ceil(len(inputs) / batch)
    order = torch.arange(len(inputs))

    def loss_of(step: int) -> Any:
        nonlocal order
        if step % epoch_steps == 0:
            order = torch.from_numpy(rng.permutation(len(inputs))).to(device)
        chosen = order[step % epoch_steps * batch : (step % epoch_steps + 1) * batch]
        x = inputs[chosen]
        y = forward(nets[0], x) if fixed is None else fixed[chosen]
        return ((sigmoid(forward(nets[1], y)) - x) ** 2).mean()

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # layers this small run faster on one thread
    try:
        optimise(
            [v for net in nets for v in net.values()],
            loss_of,
            steps=settings.epochs * epoch_steps,
            learning_rate=settings.learning_rate or 1.0,
            optimiser="sgd",
            context=context,
        )
    finally:
        torch.set_num_threads(threads)

    fitted = [{n: v.detach().cpu().numpy() for n, v in net.items()} for net in nets]
    sink.add(0, DECODER, [b"".join(v.astype("<f4").tobytes() for v in fitted[1].values())])
    sink.add(0, CODES, _code_units(method, source, lattice, fitted[0], context))


def _code_units(
    method: "Architecture",
    source: VariableSource,
    lattice: BlockLattice,
    encoder: Parameters,
    context: Context,
) -> list[bytes]:
    tiles = list(lattice.all_tiles())

    def unit(number: int) -> bytes:
        context.report("coding", number / len(tiles))
        tile = tiles[number]
        box = lattice.tile_box(tile)
        blocks = _read_blocks(source, lattice, tile[:-3], box)
        if method.handcrafted:
            codes = handcrafted_codes(method, blocks, _positions(box), lattice)
        else:
            codes = forward(encoder, blocks.reshape(len(blocks), -1))
        limit = float(np.finfo(np.float16).max)
        return np.clip(codes, -limit, limit).astype("<f2").tobytes()

    return run_all(unit, range(len(tiles)))


def _training_blocks(
    source: VariableSource, lattice: BlockLattice, rng: np.random.Generator, context: Context
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    tiles = list(lattice.all_tiles())
    per_tile = min(lattice.side * lattice.k, max(lattice.shape)) ** 3
    if len(tiles) * per_tile > TRAINING_VALUES:
        chosen = rng.choice(len(tiles), max(TRAINING_VALUES // per_tile, 1), replace=False)
        tiles = [tiles[i] for i in sorted(chosen)]
    blocks, positions = [], []
    for number, tile in enumerate(tiles):
        context.report("reading", number / len(tiles))
        box = lattice.tile_box(tile)
        blocks.append(_read_blocks(source, lattice, tile[:-3], box))
        positions.append(_positions(box))
    return np.concatenate(blocks), np.concatenate(positions)


def _read_blocks(
    source: VariableSource, lattice: BlockLattice, frame: tuple[int, ...], box: Box
) -> NDArray[np.float32]:
    where = tuple(slice(f, f + 1) for f in frame)
    values = read_padded(source.read_normalised, where, lattice.voxels(box), lattice.shape)
    return np.ascontiguousarray(cut(values, lattice.k, lattice.k)).reshape(-1, *(lattice.k,) * 3)


def _positions(box: Box) -> NDArray[np.int64]:
    axes = [np.arange(a, b) for a, b in box]
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)


def _new_network(sizes: list[int], seed: int, *, sigmoid_last: bool = False) -> Parameters:
    """Return He-initialised layers (He et al. 2015; slope 0.25)."""
    rng = np.random.default_rng(seed)
    parameters: Parameters = {}
    for i, (inputs, outputs) in enumerate(layer_shapes(sizes)):
        last = i == len(sizes) - 2
        deviation = math.sqrt(2 / (1 + 0.25**2) / inputs) * (0.5 if last and sigmoid_last else 1)
        parameters[f"w{i}"] = rng.normal(0, deviation, (inputs, outputs)).astype("f4")
        parameters[f"b{i}"] = np.full(outputs, -1.0 if last and sigmoid_last else 0.0, "f4")
        if not last:
            parameters[f"a{i}"] = np.full(1, 0.25, "f4")
    return parameters


def _whiten(decoder: Parameters, codes: NDArray[np.float32]) -> None:
    """Fold centring and whitening of handcrafted codes into the decoder's first layer."""
    mean = codes.mean(0)
    covariance = np.cov(codes.T, bias=True) + 1e-6 * np.eye(codes.shape[1])
    white = np.linalg.inv(np.linalg.cholesky(covariance)).T
    decoder["w0"] = (white @ decoder["w0"]).astype("f4")
    decoder["b0"] = (decoder["b0"] - mean @ decoder["w0"]).astype("f4")


class PaperDecoder:
    """Decoder of regions of the paper preset's files, normalised to 0..1."""

    levels: tuple[int, ...] = (0,)

    def __init__(
        self,
        method: "Architecture",
        settings: BlockSettings,
        lattice: BlockLattice,
        reader: SectionReader,
    ) -> None:
        self._lattice, self._reader = lattice, reader
        self._s = settings.s or 8
        self._sizes = decoder_sizes(method, lattice.k, self._s)
        self._parameters: Parameters | None = None
        if not reader.is_available(0, CODES):
            self.levels = ()
        if reader.units(0, CODES) != math.prod(lattice.tiles):
            raise FormatError(
                "The number of code units does not fit the shape: the file is damaged."
            )

    def decode(self, frame: tuple[int, ...], region: Region, level: int) -> NDArray[np.float32]:
        """Return a z y x ``region`` of one frame."""
        lattice = self._lattice
        box = lattice.box_of(region)
        counts = tuple(b - a for a, b in box)
        codes = np.empty((*counts, self._s), np.float32)
        for tile in lattice.tiles_of(box):
            stored = lattice.tile_box(tile)
            values = self._tile(frame, tile).reshape(*(b - a for a, b in stored), self._s)
            both = [(max(a, c), min(b, d)) for (a, b), (c, d) in zip(box, stored, strict=True)]
            to = tuple(slice(a - o, b - o) for (a, b), (o, _) in zip(both, box, strict=True))
            of = tuple(slice(a - o, b - o) for (a, b), (o, _) in zip(both, stored, strict=True))
            codes[to] = values[of]
        blocks = np.empty((math.prod(counts), lattice.k**3), np.float32)
        flat = codes.reshape(-1, self._s)
        for i in range(0, len(flat), FORWARD_BLOCKS):
            part = slice(i, i + FORWARD_BLOCKS)
            blocks[part] = sigmoid(forward(self._network(), flat[part]))
        return crop(join(blocks.reshape(*counts, *(lattice.k,) * 3)), box, lattice.k, region)

    def _tile(self, frame: tuple[int, ...], tile: tuple[int, ...]) -> NDArray[np.float32]:
        unit = int(np.ravel_multi_index((*frame, *tile), self._lattice.tiles))
        (data,) = self._reader.read_units(0, CODES, [unit])
        count = math.prod(b - a for a, b in self._lattice.tile_box(tile)) * self._s
        if len(data) != 2 * count:
            raise FormatError("A code unit has the wrong length: the file is damaged.")
        return np.frombuffer(data, "<f2").astype(np.float32)

    def _network(self) -> Parameters:
        if self._parameters is None:
            data = self._reader.read(0, DECODER)
            template = _new_network([1] * len(self._sizes), 0)
            shapes: dict[str, tuple[int, ...]] = {}
            for i, (inputs, outputs) in enumerate(layer_shapes(self._sizes)):
                shapes |= {f"w{i}": (inputs, outputs), f"b{i}": (outputs,), f"a{i}": (1,)}
            shapes = {name: shapes[name] for name in template}
            if len(data) != 4 * sum(math.prod(v) for v in shapes.values()):
                raise FormatError("The decoder has the wrong length: the file is damaged.")
            values, start, found = np.frombuffer(data, "<f4"), 0, {}
            for name, shape in shapes.items():
                found[name] = values[start : start + math.prod(shape)].reshape(shape)
                start += math.prod(shape)
            self._parameters = found
        return self._parameters
