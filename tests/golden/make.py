"""Create the files in this folder, once: ``python tests/golden/make.py``.

Existing files are never overwritten: files written by any version must decode permanently. To add
one (a new method, a new version of the format), add it to FILES and run this.

Each ``NAME.vcore`` comes with ``NAME.npz``: the decoded values of every variable and level
("VARIABLE_LEVEL"), and the CRC32 of the integers of every entropy-coded section
("crc_VARIABLE_LEVEL_SECTION"); and what is carried beside the variables ("carried_NAME").
"""

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

import vcore
from vcore import methods
from vcore.engine.decoder import VariableDecoder
from vcore.engine.layers.tiles import tile_regions
from vcore.entropy import decode_lattice
from vcore.methods.blocks.compact import network_shapes
from vcore.methods.blocks.layout import BlockLattice
from vcore.methods.ecnr import cnn_training, planning
from vcore.model.axes import flat_axes
from vcore.model.grid import Grid
from vcore.model.packing import Packing
from vcore.model.regions import shape_of
from vcore.model.volume import CarriedArray, Variable, Volume

FOLDER = Path(__file__).parent


def waves(*shape: int, seed: int = 1) -> np.ndarray:
    """Return smooth values between 0 and 1 with a little noise, float64, machine-independent."""
    grids = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    phase = sum(g * (0.1 + 0.06 * a) for a, g in enumerate(grids))
    hashed = (np.arange(seed, seed + prod(shape)) * 2654435761) % (1 << 32)
    noise = hashed.reshape(shape) / (1 << 32) * 0.06
    values = np.sin(phase) + 0.5 * np.cos(0.17 * grids[-1] + 0.2 * grids[-2]) + noise
    return (values - values.min()) / np.ptp(values)


def constant() -> tuple[Volume, dict]:
    values = np.full((6, 5, 4), -7, "i2")
    values[:2, 1:3, ::2] = -32768
    variable = Variable("values", values, fill_value=-32768)
    return Volume(Grid((6, 5, 4)), (variable,)), {"budget": vcore.Budget(bytes=400)}


def linear1() -> tuple[Volume, dict]:
    """Three code tiles along x: one without codes, the last one cut within a block."""
    values = np.rint(waves(3, 5, 130) * 255).astype("u1")
    values[..., :72] = 50
    return Volume.from_array(values), {
        "method": "linear1",
        "settings": {"k": 4, "s": 6, "steps": 100, "overlap": 1},
        "budget": vcore.Budget(max_error=5),
    }


def linear2_series() -> tuple[Volume, dict]:
    """Two tiles of block means along x."""
    values = (waves(2, 2, 2, 131) * 40 - 10).astype("f4")
    grid = Grid(values.shape[1:], times=(0.0, 2.5), time_unit="second")
    return Volume(grid, (Variable("p", values, tuple("tzyx"), "pascal"),)), {
        "method": "linear2",
        "settings": {"k": 2, "s": 6, "steps": 100, "overlap": 1},
        "budget": vcore.Budget(range_error=0.03),
    }


def coordvarsvd_bound() -> tuple[Volume, dict]:
    """Masks of every kind, a residual with escaped values; two tiles along x."""
    values = waves(5, 4, 70).astype("f4")
    values[:3, :, :6] = np.nan
    values[3, 1, 5:60:9] = np.inf
    values[4, 2, 3] = -np.inf
    values[2, 2:, 30:38] = -999
    variable = Variable("T", values, unit="kelvin", fill_value=-999.0)
    return Volume(Grid(values.shape), (variable,)), {
        "method": "coordvarsvd",
        "settings": {"k": 4, "steps": 20},
        "budget": vcore.Budget(range_error=0.004),
    }


def coordvarsvd_position() -> tuple[Volume, dict]:
    """Weights that make block coordinates matter; half precision."""
    values = waves(10, 7, 13).astype("f2")
    return Volume.from_array(values), {
        "method": "coordvarsvd",
        "settings": {"k": 4, "steps": 100},
        "budget": vcore.Budget(range_error=0.03),
    }


def svd2_paper() -> tuple[Volume, dict]:
    values = (waves(7, 6, 9) * 3e4 - 1e4).astype("f8")
    grid = Grid.from_coordinates([np.arange(n) ** 1.5 for n in values.shape], unit="meter")
    return Volume(grid, (Variable("values", values),)), {
        "method": "svd2",
        "settings": {"preset": "paper", "epochs": 60, "batch": 2},
    }


def two_variables() -> tuple[Volume, dict]:
    shape = (7, 9, 6)
    turned = ((0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, -1.0))
    grid = Grid(shape, (2.0, 0.5, 0.25), (10.0, -3.5, 0.125), turned, "micrometer")
    count = np.rint(waves(*shape) * 65535).astype("u2")
    velocity = waves(2, *shape, seed=2).astype("f4") - 0.5
    variables = (
        Variable("count", count),
        Variable("Geschwindigkeit ü", velocity, tuple("czyx"), "m/s", ("u", "v"), "cell"),
    )
    return Volume(grid, variables), {
        "method": "linear2",
        "settings": {"k": 4, "s": 6, "steps": 100},
        "budget": vcore.Budget(psnr=32),
    }


def siren_series() -> tuple[Volume, dict]:
    """Time and components; an axis of one voxel; a non-default omega."""
    values = np.stack([waves(2, 1, 6, 9), waves(2, 1, 6, 9, seed=5) * 2 - 3], axis=1).astype("f4")
    grid = Grid(values.shape[2:], times=(0.0, 0.5), time_unit="second")
    return Volume(grid, (Variable("u", values, tuple("tczyx"), "m/s"),)), {
        "method": "siren",
        "settings": {"layers": 3, "width": 12, "omega": 12, "steps": 1500, "learning_rate": 0.005},
        "budget": vcore.Budget(bytes=2000),
    }


def spots(*shape: int, seed: int = 1, move: float = 0.0) -> np.ndarray:
    """Return elongated bright spots on a gradient, 0 to about 1, float64."""
    places = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1)
    values = 0.1 + places @ np.array([0.0, 0.004, 0.001])
    for k in range(4):
        share = np.array([0.3, 0.6, 0.15]) + k * np.array([0.17, 0.29, 0.23]) + 0.11 * seed
        off = places - share % 1 * (np.array(shape) - 1) - move
        along = off @ np.array([0.5, 0.6, (-0.6) ** k])
        values = values + (0.9 - 0.15 * k) * np.exp(-0.5 * (off**2).sum(-1) / 9 - 0.2 * along**2)
    return values


def gaussian() -> tuple[Volume, dict]:
    """A coarse level; a non-planar background."""
    values = (spots(3, 4, 70) * 300 + 0.01 * np.arange(70) ** 2 - 20).astype("f4")
    return Volume.from_array(values), {
        "method": "gaussian",
        "settings": {"steps": 20, "background": 2},
        "budget": vcore.Budget(bytes=1400),
    }


def gaussian_series() -> tuple[Volume, dict]:
    """Two groups, the second one incomplete; shared Gaussians, some of which fade and return."""
    frames = [[spots(5, 6, 7, move=0.4 * t), 2 * spots(5, 6, 7, move=0.4 * t)] for t in range(4)]
    grid = Grid((5, 6, 7), times=(0.0, 1.0, 2.0, 3.0))
    values = np.array(frames).astype("f2")
    values[1, ..., 3:] = values.min()
    return Volume(grid, (Variable("stain", values, tuple("tczyx")),)), {
        "method": "gaussian",
        "settings": {"steps": 20, "group": 3, "shared": True},
        "budget": vcore.Budget(bytes=2200),
    }


def gaussian_paper() -> tuple[Volume, dict]:
    """Float16; separate Gaussians for each channel; a coarse level."""
    channels = [spots(3, 4, 66), spots(3, 4, 66, seed=2) * 0.5]
    values = np.rint(np.array(channels) * 2000).astype("u2")
    return Volume(Grid((3, 4, 66)), (Variable("stain", values, tuple("czyx")),)), {
        "method": "gaussian",
        "settings": {"preset": "paper", "steps": 20, "shared": False},
        "budget": vcore.Budget(bytes=1200),
    }


def siren_neurcomp() -> tuple[Volume, dict]:
    """Residual blocks; a component axis."""
    values = np.stack([waves(5, 6, 9), waves(5, 6, 9, seed=5) * 2 - 3]).astype("f4")
    return Volume(Grid((5, 6, 9)), (Variable("u", values, tuple("czyx")),)), {
        "method": "siren",
        "settings": {"preset": "neurcomp", "layers": 2, "width": 10, "omega": 12, "steps": 800,
                     "learning_rate": 0.003},
        "budget": vcore.Budget(bytes=3000),
    }  # fmt: skip


def ecnr_series() -> tuple[Volume, dict]:
    """More scales in time than in space; components share blocks; a deblocking network."""
    values = np.stack([waves(5, 5, 6, 7), waves(5, 5, 6, 7, seed=5) * 0.7], axis=1).astype("f2")
    values[:, :, :, :3, 4:] = values.mean()  # blocks that are not coded
    cnn_training.pays = lambda *_: True  # keep the network in any case: readers must support it
    grid = Grid(values.shape[2:], times=tuple(range(5)), time_unit="second")
    return Volume(grid, (Variable("u", values, tuple("tczyx"), "m/s"),)), {
        "method": "ecnr",
        "settings": {"scales": 2, "scales_time": 3, "block": 3, "components": "shared", "width": 6,
                     "codes": 2, "sharing": 4, "omega": 12, "cnn": 3, "cnn_epochs": 4,
                     "cnn_rate": 0.003, "steps": 150, "learning_rate": 0.005},
        "budget": vcore.Budget(bytes=7000),
    }  # fmt: skip


def ecnr_paper() -> tuple[Volume, dict]:
    """Shared values from k-means, float32 codes; a static volume, axes cut unevenly."""
    values = np.rint(waves(7, 11, 66) * 255).astype("u1")
    return Volume.from_array(values), {
        "method": "ecnr",
        "settings": {"preset": "paper", "block_z": 4, "block_y": 5, "block_x": 32, "width": 5,
                     "scales": 2, "codes": 2, "sharing": 2, "epochs": 250, "bits": 4,
                     "learning_rate": 0.005},
        "budget": vcore.Budget(bytes=7000),
    }  # fmt: skip


def ecnr_groups() -> tuple[Volume, dict]:
    """More than one group of networks; shared values per network; one scale."""
    values = waves(2, 4, 8, 14).astype("f2")
    values[:, :2, :4, :4] = values[0, 0, 0, 0]
    return Volume.from_array(values), {
        "method": "ecnr",
        "settings": {"scales": 1, "block": 2, "block_t": 1, "sharing": 0, "width": 2,
                     "layers": 1, "codes": 1, "quantisation": "local", "bits": 2, "steps": 300,
                     "learning_rate": 0.02},
        "budget": vcore.Budget(bytes=9000),
    }  # fmt: skip


def ecnr_raw() -> tuple[Volume, dict]:
    """Parameters as float32, pruned; codes as differences."""
    values = waves(6, 5, 6, 7).astype("f2")
    return Volume.from_array(values), {
        "method": "ecnr",
        "settings": {"scales": 2, "block": 3, "bits": 0, "width": 4, "layers": 2, "codes": 1,
                     "sharing": 8, "sparsity": 0.5, "steps": 300, "learning_rate": 0.01},
        "budget": vcore.Budget(bytes=7000),
    }  # fmt: skip


def ecnr_bare() -> tuple[Volume, dict]:
    """Networks of one block each, without codes."""
    return Volume.from_array(waves(6, 5, 6, 7).astype("f2")), {
        "method": "ecnr",
        "settings": {"scales": 2, "block": 4, "width": 4, "layers": 2, "steps": 200},
        "budget": vcore.Budget(bytes=1500),
    }


def ecnr_taps() -> tuple[Volume, dict]:
    """The finest scale has no networks, but taps in space and time."""
    planning.shares = lambda *_: [0.0, 1.0]  # no bytes for the finest scale
    return Volume.from_array(waves(5, 6, 5, 7).astype("f2")), {
        "method": "ecnr",
        "settings": {"scales": 2, "scales_time": 2, "width": 8, "layers": 2, "steps": 300},
        "budget": vcore.Budget(bytes=1000),
    }


def flat() -> tuple[Volume, dict]:
    """A movie without a z axis, beside one of a single slice."""
    values = np.rint(waves(3, 1, 9, 7) * 255).astype("u1")
    variables = (
        Variable("movie", values, tuple("tzyx"), outer=flat_axes("tzyx")),
        Variable("slice", values[0], tuple("zyx")),
    )
    return Volume(Grid((1, 9, 7)), variables), {"budget": vcore.Budget(max_error=0)}


def grids() -> tuple[Volume, dict]:
    """Volumes, a staggered one and a movie of its own times; an array is carried behind them."""
    u, t, ps = waves(2, 3, 5, 6), waves(2, 2, 3, 66), waves(3, 1, 4, 7)
    main = Grid((3, 5, 6), (1.0, 2.0, 2.0), times=(0.0, 6.0), time_unit="hour")
    level = {"axes": {"z": {"name": "lev", "units": "hPa"}}}
    others = (
        Volume(
            Grid((2, 3, 66), (1.0, 2.0, 2.0), (0.0, 1.0, 0.0), times=(0.0, 6.0), time_unit="hour"),
            (
                Variable("T", t.astype("f4"), tuple("tzyx"), "K"),
                Variable("mask", np.rint(t[0]).astype("u1")),
            ),
            attributes=level,
        ),
        Volume(Grid((1, 4, 7)), (Variable("ps", ps, tuple("tzyx"), outer=flat_axes("tzyx")),)),
    )
    return Volume(
        main,
        (Variable("U", u.astype("f4"), tuple("tzyx"), "m/s"),),
        attributes={"title": "staggered", **level},
        carried=(CarriedArray("bounds", np.arange(6.0).reshape(3, 2), ("lev", "nv")),),
        others=others,
    ), {"budget": vcore.Budget(max_error=0.01)}


def wide() -> tuple[Volume, dict]:
    """64-bit integers within 32 bits and beyond them, with missing ones, and truth values."""
    shape = (2, 3, 66)
    plain = np.rint(waves(*shape) * 200)
    far = plain.astype("i8") * ((1 << 54) + 1)
    far[0, 1, 4:9] = -(1 << 63)
    near = plain.astype("i8") - 100
    near[1, 1, 60:] = 1 << 40
    variables = (
        Variable("far", far, fill_value=-(1 << 63)),
        Variable("near", near, fill_value=1 << 40),
        Variable("count", plain.astype("u8") + (1 << 31)),
        Variable("beyond", plain.astype("u8") * ((1 << 56) + 3)),
        Variable("mask", plain > 120),
    )
    return Volume(Grid(shape), variables), {"budget": vcore.Budget(max_error=0)}


def folded() -> tuple[Volume, dict]:
    """Members and runs held by c, before time; their own order outside."""
    values = np.rint(waves(2, 4, 3, 9, 7) * 255).astype("u1").transpose(1, 0, 2, 3, 4)
    volume = vcore.read(values.reshape(2, 2, 2, 3, 9, 7), axes="model,run,t,z,y,x")
    return replace(volume, source=""), {"budget": vcore.Budget(max_error=0)}


def time_as_z() -> tuple[Volume, dict]:
    """A movie of two channels, coded along z, with holes; two levels, and a residual."""
    values = np.rint(40 + 150 * waves(5, 2, 1, 5, 66)).astype("u1")
    values[2:4, 0, 0, :4, 10:20] = values[:, 1, 0, 4, 65] = 100
    movie = Variable("movie", values, tuple("tczyx"), fill_value=100, outer=flat_axes("tczyx"))
    options = {"budget": vcore.Budget(max_error=3), "method": "wavelet", "time_as_z": True}
    return Volume(Grid((1, 5, 66), times=tuple(range(5))), (movie,)), options


def wavelet() -> tuple[Volume, dict]:
    """Two tiles over a coarser level; integers."""
    values = np.rint(127 + 60 * waves(1, 7, 9, 69)[0]).clip(0, 255).astype("u1")
    values[3:6, 4:7, 20:24] += 40
    return Volume.from_array(values), {"method": "wavelet", "budget": vcore.Budget(psnr=45)}


def wavelet_predicted() -> tuple[Volume, dict]:
    """Edges in all directions, whose details are predicted on every level; tiles."""
    z, y, x = np.mgrid[:9, :10, :66]
    near = np.sqrt((z - 5) ** 2 + (y - 4) ** 2 + ((x - 20) / 2) ** 2) - 5
    far = np.sqrt((z - 2) ** 2 + (y - 7) ** 2 + (x - 50) ** 2) - 7
    solids = [1 / (1 + np.exp(np.clip(3 * d, -30, 30))) for d in (near, far)]
    values = np.rint(200 * solids[0] + 90 * solids[1]).astype("u1")
    return Volume.from_array(values), {
        "method": "wavelet", "settings": {"prediction": True}, "budget": vcore.Budget(psnr=42)
    }  # fmt: skip


def wavelet_fast() -> tuple[Volume, dict]:
    """Frames of two tiles over a coarser level, large magnitudes, what is missing."""
    one, two = waves(2, 3, 5, 70, seed=4)
    values = np.rint(np.stack([900 * one, 500 * one + 300 * two])).astype("i2")
    values[:, 1, 1, 30:33] += 20000
    values[1, :2, 2:, 60:] = -32768
    variable = Variable("values", values, tuple("tzyx"), fill_value=-32768)
    return Volume(Grid((3, 5, 70), times=(0.0, 1.0)), (variable,)), {
        "method": "wavelet", "settings": {"effort": "fast", "step": 0.002}
    }  # fmt: skip


def wavelet_fast_fine() -> tuple[Volume, dict]:
    """Double precision."""
    return Volume.from_array(waves(6, 1, 67, seed=7)), {
        "method": "wavelet", "settings": {"effort": "fast", "step": 2.0**-18}
    }  # fmt: skip


def wavelet_series() -> tuple[Volume, dict]:
    """Frames with a trend, missing values and a bound."""
    values = (waves(2, 7, 6, 5) * 0.2 + np.arange(5)).astype("f4")
    values[1, 2:4, 1, :] = np.nan
    return Volume.from_array(values), {
        "method": "wavelet", "budget": vcore.Budget(max_error=0.01)
    }  # fmt: skip


def wavelet_basis() -> tuple[Volume, dict]:
    """A group of frames with a common basis, one without, and a single frame; tiles, channels."""
    steady, moving = waves(2, 2, 2, 66, seed=9)
    moving = moving * (np.arange(66) % 7 > 2)
    rows = np.array([[1, 0.8, 0.5, 0.1, 0.3], [0.2, 0.5, 1, 0.9, 0.4]]).T[..., None, None, None]
    values = 0.7 * rows * steady + 0.3 * rows[:, ::-1] * moving
    values[2:4] = np.random.default_rng(3).random((2, 2, 2, 2, 66))
    values = np.rint(250 * values).astype("u1")
    grid = Grid((2, 2, 66), times=(0.0, 1.0, 2.0, 3.0, 4.0))
    return Volume(grid, (Variable("u", values, tuple("tczyx")),)), {
        "method": "wavelet",
        "settings": {"group": 2},
        "budget": vcore.Budget(psnr=28),
    }


def wavelet_taps() -> tuple[Volume, dict]:
    """Levels with correlated neighbours: edges."""
    _, y, x = np.mgrid[:12, :12, :66]
    values = np.rint(90 + 60 * np.tanh(6 * np.sin(x / 3.1 + y / 4.3))).astype("u1")
    return Volume.from_array(values), {"method": "wavelet", "settings": {"step": 0.2}}


def wavelet_filter() -> tuple[Volume, dict]:
    """Edges in several classes of activity, filtered."""
    z, y, x = np.mgrid[:12, :13, :66]
    inside = (z - 5) ** 2 + (y - 6) ** 2 + (x - 20) ** 2 / 4 < 25
    values = np.where(inside, 180, 40) + 50 * np.tanh((x + y) / 6 - 9)
    values = np.rint(values).astype("u1")
    return Volume.from_array(values), {"method": "wavelet", "budget": vcore.Budget(psnr=33)}


def wavelet_restored() -> tuple[Volume, dict]:
    """Frames with edges between the axes, restored in several classes."""
    z, y, x = np.ogrid[:9, :16, :17]
    values = np.stack(
        [
            np.where((z - 4) ** 2 * 2 + (y - 7 - t) ** 2 + (x - 8) ** 2 < 24, 160, 60)
            + np.where((x + y // 2 > 17) & (z > 2), 50, 0)
            for t in range(2)
        ]
    ).astype(np.uint8)
    return Volume(Grid(values.shape[1:]), (Variable("values", values, ("t", "z", "y", "x")),)), {
        "method": "wavelet",
        "settings": {"restoration": True},
        "budget": vcore.Budget(psnr=30),
    }


def wavelet_cosine() -> tuple[Volume, dict]:
    """The cosine transform along axes of odd and even lengths; two levels, a trend."""
    values = np.rint(90 * waves(1, 3, 5, 67)[0] + 2 * np.arange(67)).astype("i2")
    return Volume.from_array(values), {
        "method": "wavelet", "settings": {"transform": "cosine"}, "budget": vcore.Budget(psnr=40)
    }  # fmt: skip


def wavelet_background() -> tuple[Volume, dict]:
    """A series of round content in blank margins, two levels."""
    moving = waves(2, 3, 14, 66, seed=6)
    z, y, x = np.mgrid[:3, :14, :66]
    inside = (z > 0) & ((y - 7) ** 2 + (x - 40) ** 2 / 9 < 30)
    values = np.where(inside, np.rint(90 + 80 * moving), 7).astype("u1")
    return Volume.from_array(values, times=(0.0, 1.0)), {
        "method": "wavelet", "budget": vcore.Budget(psnr=48)
    }  # fmt: skip


def wavelet_apart() -> tuple[Volume, dict]:
    """Noise in place of two slices along y, coded apart in two tiles over coarser levels."""
    _, y, x = np.mgrid[:5, :17, :66]
    values = np.rint(90 + 50 * np.sin(x / 9 + y / 11)).astype("u1")
    values[:, [5, 12]] = np.random.default_rng(4).integers(40, 140, (5, 2, 66))
    return Volume.from_array(values), {
        "method": "wavelet", "budget": vcore.Budget(psnr=42)
    }  # fmt: skip


def bounded() -> tuple[Volume, dict]:
    """Lossless: two groups of frames, the second one incomplete; components; errors of any size."""
    values = np.stack([waves(4, 5, 6, 9), waves(4, 5, 6, 9, seed=5)], axis=1) * 900
    values[1, 1, 2, 3, 4:7] = -30_000, 32_000, 77
    grid = Grid((5, 6, 9), times=(0.0, 1.0, 2.0, 3.0))
    return Volume(grid, (Variable("u", np.rint(values).astype("i2"), tuple("tczyx")),)), {
        "method": "bounded",
        "settings": {"group": 3},
        "budget": vcore.Budget(max_error=0),
    }


def bounded_floats() -> tuple[Volume, dict]:
    """One variable within a bound, in two tiles; another as bit patterns."""
    values = waves(3, 3, 67)
    fine = (values * 3 - 1).astype("f2")
    variables = (Variable("p", (values * 7 - 2).astype("f4")), Variable("q", fine))
    return Volume(Grid((3, 3, 67)), variables), {
        "method": "bounded",
        "budget": vcore.Budget(max_error=0.002),
    }


def bounded_far() -> tuple[Volume, dict]:
    """Enough voxels for far features to be used; a uniform half with a single bright voxel."""
    values = counts(6, 12, 56)
    values[:, :, 24:] = 40
    values[4, 5, 40] = 90
    values[:, :, :24] += 3 * np.roll(values[:, :, :24], 2, axis=2)
    return Volume.from_array(np.rint(values).astype("u2")), {
        "method": "bounded",
        "budget": vcore.Budget(max_error=0),
    }


def bounded_levels() -> tuple[Volume, dict]:
    """Three stored levels of several tiles, the second one of odd length; frames; masks."""
    values = np.rint(waves(2, 2, 5, 131) * 250 + 5).astype("u1")
    values[1, :, 2:4, 60:64] = 0
    steps = (waves(2, 5, 131, seed=3) * 200).astype("f2")
    grid = Grid((2, 5, 131), times=(0.0, 1.0), time_unit="second")
    variables = (
        Variable("u", values, tuple("tzyx"), fill_value=0),
        Variable("v", steps),
    )
    return Volume(grid, variables), {"method": "bounded", "budget": vcore.Budget(max_error=1)}


def counts(*shape: int) -> np.ndarray:
    """Return waves on an offset of 20 with signal-dependent detector noise, float64."""
    bright = waves(*shape) * 200
    hashed = (np.arange(7, 7 + prod(shape)) * 2246822519) % (1 << 32)
    return 20 + bright + (hashed.reshape(shape) / (1 << 31) - 1) * np.sqrt(4 + 3 * bright)


def noise() -> tuple[Volume, dict]:
    """Within a fraction of detector noise: integers with missing ones; values below the offset."""
    values = np.rint(counts(3, 3, 65)).astype("u2")
    values[1, 2, 5:60:7] = 0
    return Volume(Grid(values.shape), (Variable("values", values, fill_value=0),)), {
        "method": "bounded",
        "budget": vcore.Budget(noise_sigma=1, gain=3, offset=40, read_noise=2),
    }


def noise_residual() -> tuple[Volume, dict]:
    """The same with a method that leaves a residual; signal-independent noise; a coarse level."""
    return Volume.from_array(counts(2, 3, 65).astype("f2")), {
        "method": "wavelet",
        "budget": vcore.Budget(noise_sigma=0.5, gain=1e-6, offset=20, read_noise=5),
    }


def packed() -> tuple[Volume, dict]:
    """Integers packed as f4, lossless, some missing; attributes."""
    packing = Packing("i2", "f4", -0.01, 273.15)
    values = packing.unpack(np.rint(waves(3, 4, 66) * 900))
    values[1, 2, 5:60:7] = np.nan
    attributes = {"standard_name": "air_temperature", "valid_min": -np.inf}
    variable = Variable("T", values, packing=packing, attributes=attributes)
    about = {"title": "waves", "axes": {"z": {"name": "lev", "positive": "down"}}}
    return Volume(Grid(values.shape), (variable,), attributes=about), {
        "budget": vcore.Budget(max_error=0)
    }


def packed_residual() -> tuple[Volume, dict]:
    """Integers packed as f8 within a bound, by a method that leaves a residual; a coarse level."""
    packing = Packing("u4", "f8", 0.001)
    variable = Variable("v", packing.unpack(np.rint(waves(2, 3, 65) * 5e4)), packing=packing)
    return Volume(Grid((2, 3, 65)), (variable,)), {
        "method": "wavelet",
        "budget": vcore.Budget(max_error=0.05),
    }


def carried() -> tuple[Volume, dict]:
    """Double precision without loss, and arrays of every type beside it; two chunks of one."""
    values = waves(2, 3, 60) * 1e3
    values[1, 2, 3:9] = np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-310
    table = np.zeros(3, [("label", "<i4"), ("centre", "<f8", (2,)), ("name", "S3")])
    table["label"], table["centre"], table["name"] = (1, 2, 3), waves(3, 2), (b"a", b"bc", b"")
    beside = {
        "time_bnds": np.arange(6.0).reshape(3, 2),
        "station": np.array(["Zürich", "", None], object),
        "keys": np.array([b"\xff\x00", b""], object),
        "date": np.array(["2001-02-03", "NaT"], "M8[ns]"),
        "count": np.array(1 << 40),
        "wet": np.array([[True, False]]),
        "cells": table,
        "long": np.arange(150_000, dtype="<i8") // 40_000,
        "none": np.zeros((0, 3), "<f4"),
    }
    arrays = tuple(
        CarriedArray(n, a, ("time", "nv", "")[: a.ndim], {"units": "1"} if n == "count" else {})
        for n, a in beside.items()
    )
    return Volume(Grid(values.shape), (Variable("v", values),), carried=arrays), {
        "budget": vcore.Budget(max_error=0)
    }


def channels() -> tuple[Volume, dict]:
    """A series of five channels: bright, dim, missing, constant, lossless."""
    values = np.stack(
        [np.stack([waves(3, 9, 20, seed=c + 7 * t) for c in range(5)]) for t in (0, 1)]
    )
    values = np.rint(values * np.array([60000, 90, 700, 0, 3])[:, None, None, None]).astype("u2")
    values[:, 2, 1:, 3:6] = 65535
    variable = Variable("values", values, ("t", "c", "z", "y", "x"), fill_value=65535)
    return Volume(Grid((3, 9, 20)), (variable,)), {"budget": vcore.Budget(psnr=36)}


def grids_adaptive() -> tuple[Volume, dict]:
    """Two levels, key frames two apart with a pair cut short, components."""
    values = np.stack([waves(4, 2, 5, 67), 1 - waves(4, 2, 5, 67, seed=3)], axis=1)
    values[1:] += np.arange(1, 4).reshape(-1, 1, 1, 1, 1) / 10
    grid = Grid(values.shape[2:], times=(0.0, 0.5, 1.0, 1.5), time_unit="second")
    values = np.rint(values * 150).astype("u1")
    return Volume(grid, (Variable("u", values, tuple("tczyx"), "m/s"),)), {
        "method": "grids",
        "settings": {"spacing": 2, "rounds": 3},
        "budget": vcore.Budget(psnr=33),
    }


def grids_mht() -> tuple[Volume, dict]:
    """Hash tables, tables of nodes, an axis of one voxel."""
    values = np.rint(waves(1, 40, 60) * 255).astype("u1")
    return Volume.from_array(values), {
        "method": "grids",
        "settings": {"preset": "mht", "width": 5, "steps": 300, "learning_rate": 0.02},
        "budget": vcore.Budget(bytes=800),
    }


def grids_fvsrn() -> tuple[Volume, dict]:
    """Key frames and components."""
    values = np.stack([waves(3, 3, 7, 9), 1 - waves(3, 3, 7, 9, seed=5)], axis=1)
    grid = Grid(values.shape[2:], times=(0.0, 0.5, 1.5), time_unit="second")
    values = np.rint(values * 200).astype("u1")
    return Volume(grid, (Variable("u", values, tuple("tczyx"), "m/s"),)), {
        "method": "grids",
        "settings": {
            **{"preset": "fvsrn", "spacing": 2, "width": 6, "layers": 1},
            **{"steps": 300, "learning_rate": 0.02},
        },
        "budget": vcore.Budget(bytes=1500),
    }


def grids_apmgsrn() -> tuple[Volume, dict]:
    values = np.rint(waves(7, 10, 21) * 60_000).astype("u2")
    return Volume.from_array(values), {
        "method": "grids",
        "settings": {"preset": "apmgsrn", "width": 6, "steps": 300, "learning_rate": 0.02},
        "budget": vcore.Budget(bytes=1600),
    }


FILES: dict[str, Callable[[], tuple[Volume, dict]]] = {
    "carried": carried,
    "constant": constant,
    "flat": flat,
    "grids": grids,
    "folded": folded,
    "time_as_z": time_as_z,
    "linear1": linear1,
    "linear2_series": linear2_series,
    "coordvarsvd_bound": coordvarsvd_bound,
    "coordvarsvd_position": coordvarsvd_position,
    "svd2_paper": svd2_paper,
    "two_variables": two_variables,
    "siren_series": siren_series,
    "gaussian": gaussian,
    "gaussian_series": gaussian_series,
    "gaussian_paper": gaussian_paper,
    "siren_neurcomp": siren_neurcomp,
    "ecnr_series": ecnr_series,
    "ecnr_paper": ecnr_paper,
    "ecnr_groups": ecnr_groups,
    "ecnr_raw": ecnr_raw,
    "ecnr_bare": ecnr_bare,
    "ecnr_taps": ecnr_taps,
    "wavelet": wavelet,
    "wide": wide,
    "wavelet_predicted": wavelet_predicted,
    "wavelet_restored": wavelet_restored,
    "wavelet_fast": wavelet_fast,
    "wavelet_fast_fine": wavelet_fast_fine,
    "wavelet_series": wavelet_series,
    "wavelet_background": wavelet_background,
    "wavelet_cosine": wavelet_cosine,
    "wavelet_apart": wavelet_apart,
    "wavelet_basis": wavelet_basis,
    "wavelet_taps": wavelet_taps,
    "wavelet_filter": wavelet_filter,
    "grids_adaptive": grids_adaptive,
    "grids_mht": grids_mht,
    "grids_fvsrn": grids_fvsrn,
    "grids_apmgsrn": grids_apmgsrn,
    "bounded": bounded,
    "bounded_floats": bounded_floats,
    "bounded_far": bounded_far,
    "bounded_levels": bounded_levels,
    "noise": noise,
    "noise_residual": noise_residual,
    "packed": packed,
    "packed_residual": packed_residual,
    "channels": channels,
}


def gaussian_edited(path: Path) -> None:
    """A series with edited Gaussians: later frames of its groups use finer steps."""
    data = vcore.open(FOLDER / "gaussian_series.vcore")
    table = data.primitives
    data.with_primitives(table[np.arange(len(table)) % 5 > 0]).save(path)


EDITED: dict[str, Callable[[Path], None]] = {"gaussian_edited": gaussian_edited}


def checksum(integers: Iterator[np.ndarray]) -> int:
    """Return the CRC32 of concatenated integer arrays, as int32."""
    return zlib.crc32(b"".join(a.astype("<i4").tobytes() for a in integers))


def lattices(decoder: VariableDecoder, level: int, name: str) -> Iterator[np.ndarray]:
    """Yield the decoded integers of each unit of an entropy-coded section."""
    decoder = getattr(decoder, "coded", decoder)  # of a movie coded along z
    header, reader = decoder.header, decoder.reader
    units = reader.read_units(level, name, range(reader.units(level, name)))
    gated = name == "codes"
    if name == "decoder":
        k, state = header.settings["k"], header.state
        method = methods.get(header.method)
        inputs = state["values"] + 3 * method.positional
        hidden = method.hidden(k, state["values"])
        arrays = network_shapes(hidden, k, inputs, state["overlap"]).values()
        shapes = [(1, 1, 1, sum(prod(s) for s in arrays))]
        units = [units[0][4 * len(arrays) :]]
    elif gated:
        lattice = BlockLattice(header.shape[:-3], decoder.grid.shape, header.settings["k"])
        boxes = (lattice.tile_box(tile) for tile in lattice.all_tiles())
        shapes = [(1 + header.state["values"], *(b - a for a, b in box)) for box in boxes]
    else:
        shapes = [(1, *shape_of(r)[-3:]) for r in tile_regions(decoder.shape(level))]
    for data, shape in zip(units, shapes, strict=True):
        yield decode_lattice(data, shape, gated=gated)


def expected(data: bytes) -> dict[str, Any]:
    """Return the values that every reader has to decode from a file."""
    found: dict[str, Any] = {}
    for number, decoder in enumerate(vcore.open(data).variables.values()):
        levels = range(len(decoder.grids))
        for level in levels:
            found[f"{number}_{level}"] = decoder.decode(level=level)
        sections = ("base", "decoder", "codes", "missing", "residual")
        for level, name in product(levels, () if decoder.header.channels else sections):
            plain = stores_floats(decoder) and name in ("decoder", "codes")
            if decoder.reader.has(level, name) and not plain:
                integers = lattices(decoder, level, name)
                found[f"crc_{number}_{level}_{name}"] = np.uint32(checksum(integers))
    for array in vcore.open(data).carried:
        found[f"carried_{array.name}"] = without_objects(array.read())
    return found


def without_objects(values: np.ndarray) -> np.ndarray:
    """Return texts and strings of bytes as JSON: no pickle is read."""
    if values.dtype != object:
        return values
    return np.array([json.dumps(v if isinstance(v, str | None) else v.hex()) for v in values])


def stores_floats(decoder: VariableDecoder) -> bool:
    """Return whether codes and network are stored as floating-point numbers."""
    header = decoder.header
    return header.method == "siren" or header.settings.get("preset") == "paper"


def compressed(make: Callable[[], tuple[Volume, dict]]) -> Callable[[Path], None]:
    """Return a function that compresses a volume into a file."""

    def write(path: Path) -> None:
        volume, options = make()
        vcore.compress(volume, path, **options)

    return write


def main() -> None:
    for name, write in ({k: compressed(v) for k, v in FILES.items()} | EDITED).items():
        path = FOLDER / f"{name}.vcore"
        if path.exists():
            print(f"{name}: is there, left alone")
            continue
        write(path)
        values = FOLDER / f"{name}.npz"
        np.savez_compressed(values, **expected(path.read_bytes()))
        print(f"{name}: {path.stat().st_size} + {values.stat().st_size} bytes")


if __name__ == "__main__":
    main()
