"""Studies of the NeRVI paper on one collection: figures 2 to 4 and 15, tables 1, 5, 6 and 7; and
what each step beyond the paper gains."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

import vcore
from benchmarks.images_measures import Measures
from benchmarks.kristan import show
from benchmarks.report import Results
from vcore.collections.images import Images, foreground
from vcore.collections.methods.base import CodedImages, ImageSource
from vcore.collections.methods.nervi import coding, training, tuning
from vcore.collections.methods.nervi.engine import NumpyEngine, scales_of
from vcore.collections.methods.nervi.method import COMPACT_BITS, SAVED_BITS
from vcore.collections.methods.nervi.network import Weights, encoded, images_of
from vcore.collections.methods.nervi.settings import NerviSettings
from vcore.collections.methods.nervi.shapes import Shape
from vcore.collections.methods.nervi.subject import read_pictures

Array = NDArray[Any]
RATE = 300
BITS = (4, 5, 6, 7, 8, 9, 10, 12, 16)
"""Figure 4."""
PRUNED = (0.0, 0.2, 0.4, 0.6, 0.8)
"""Table 1 of the appendix."""
CHANNELS = (0.25, 0.5, 1.0, 2.0)
"""Channels relative to those of RATE (table 5)."""
SHRUNK = (1, 2, 4)
"""Steps along both axes of the images (table 6)."""
STEPS = (1, 2, 3)
"""Steps along the last parameter (table 7)."""
HEAD = ["", "weights", "bytes", "PSNR", "foreground", "MS-SSIM", "seconds"]
Row = dict[str, Any]


@dataclass(frozen=True)
class Fit:
    """A fitted network, not yet quantised."""

    images: Images
    problem: training.Problem
    weights: Weights
    seconds: float

    @property
    def shape(self) -> Shape:
        """Its architecture."""
        return self.problem.shape

    def picture(self, engine: NumpyEngine, values: Sequence[Any]) -> Array:
        """Return the image at values of the parameters."""
        x = encoded(self.shape, self.images.parameters, [list(values)])
        subject = self.problem.pictures.subject
        return subject.picture(images_of(engine, self.shape, x), source_of(self.images))

    def engine(self, weights: Weights) -> NumpyEngine:
        """Return an engine of this network with other weights."""
        return NumpyEngine(weights, scales_of(self.shape))

    def figures(self, weights: Weights, size: int | None) -> Row:
        """Return the figures of all images with these weights of ``size`` bytes."""
        measures, engine = Measures(), self.engine(weights)
        for index in self.images.indices():
            original = self.images.read(index, "rgb")
            found = self.picture(engine, list(self.images.values_of(index).values()))
            measures.add(original, found, foreground(original, self.images.background))
        told = {"weights": self.shape.weights, "bytes": size, "seconds": self.seconds}
        return {**told, **measures.figures()}

    def stored(self, data: bytes) -> Row:
        """Return the figures of the weights as they are stored."""
        return self.figures(coding.unpack(data, self.shape), len(data))


def source_of(images: Images) -> ImageSource:
    """Return the colours of images as a method gets them."""

    def read(flat: int) -> Array:
        index = tuple(int(i) for i in np.unravel_index(flat, images.shape))
        return images.read(index, "rgb")

    described = CodedImages(
        images.parameters, images.size, images.channels[0], (0, 255), None, images.background
    )
    return ImageSource(**vars(described), read=read)


def limit_of(images: Images, rate: float = RATE) -> int:
    """Return the bytes of a file at a rate."""
    return int(len(images) * 3 * images.size[0] * images.size[1] / rate)


def fit(
    images: Images,
    minutes: float,
    weights: float | None = None,
    width: int | None = None,
    **given: Any,
) -> Fit:
    """Return a network fitted to images.

    Parameters
    ----------
    weights
        Number of weights; by default those that RATE has.
    width
        Channels, instead.
    given
        Settings.
    """
    settings = NerviSettings(minutes=minutes, epochs=10**6, **given)
    context, source = vcore.Context(), source_of(images)
    pictures = read_pictures(source, settings.masked, context)
    sizes = settings, len(images.parameters), pictures.subject.outputs, pictures.subject.size
    bits = COMPACT_BITS if settings.preset == "compact" else settings.bits - SAVED_BITS
    shape = Shape.widest(*sizes, int(weights or 8 * limit_of(images) / bits))
    if width is not None:
        shape = Shape(*sizes, width)
    problem = training.Problem.of(shape, source, pictures, context)
    began = time.perf_counter()
    fitted = training.fit(problem, minutes)
    return Fit(images, problem, fitted, time.perf_counter() - began)


def study(name: str, images: Images, results: Results, minutes: float) -> None:
    """Run all studies on a collection and print their tables; ``results`` has earlier ones."""
    images = replace(images, channels=images.channels[:1])
    parts: dict[str, Callable[[Images, float], dict[str, Row]]] = {
        "bits and pruning (figure 4, appendix table 1)": quantised,
        "mask and residual blocks (figures 2, 3)": ablated,
        "initial channels (table 5)": channels,
        "resolution (table 6)": shrunk,
        "steps of the last parameter (table 7)": thinned,
        "beyond the paper": beyond,
        "interpolation (figure 15)": interpolated,
    }
    for title, part in parts.items():
        key = f"{name} {len(images)} {images.size[0]} study {title} {minutes:g}"
        if key not in results:
            results.add(key, part(images, minutes))
        rows = [[label, *(row.get(k) for k in KEYS)] for label, row in results[key].items()]
        show(f"{name}: {title}", HEAD, rows)


KEYS = ("weights", "bytes", "psnr", "foreground", "ms_ssim", "seconds")


def quantised(images: Images, minutes: float) -> dict[str, Row]:
    """One fit, quantised to several numbers of bits, and pruned."""
    done = fit(images, minutes)
    found = {"not quantised": done.figures(done.weights, None)}
    for bits in BITS:
        found[f"{bits} bits"] = done.stored(in_range(done.weights, bits))
    for share in PRUNED:
        found[f"pruned {share:g}, 9 bits"] = done.stored(
            in_range(coding.pruned(done.weights, share), 9)
        )
    return found


def in_range(weights: Weights, bits: int) -> bytes:
    """Return the bytes of weights quantised as in equation 3."""
    return coding.pack({n: coding.in_range(w, bits) for n, w in weights.items()})


def ablated(images: Images, minutes: float) -> dict[str, Row]:
    """With and without mask, and sine blocks."""
    found = {}
    for mask in (True, False):
        for mlp in ("sine", "gelu"):
            done = fit(images, minutes, mask=mask, mlp=mlp)
            told = f"{'mask' if mask else 'no mask'}, {mlp}"
            found[told] = done.stored(in_range(done.weights, 9))
    return found


def channels(images: Images, minutes: float) -> dict[str, Row]:
    """Several widths."""
    width = fit(images, 1e-3).shape.width
    found = {}
    for share in CHANNELS:
        done = fit(images, minutes, width=max(round(share * width), 1))
        shape = done.shape
        found[f"{shape.stem}; {shape.width}"] = done.stored(in_range(done.weights, 9))
    return found


def shrunk(images: Images, minutes: float) -> dict[str, Row]:
    """Fewer pixels, as many weights as at full resolution."""
    weights = 8 * limit_of(images) / (NerviSettings().bits - SAVED_BITS)
    found = {}
    for step in SHRUNK:
        done = fit(with_every(images, step), minutes, weights)
        size = done.images.size
        found[f"{size[0]} x {size[1]}"] = done.stored(in_range(done.weights, 9))
    return found


def with_every(images: Images, step: int) -> Images:
    """Return images of every ``step``-th pixel."""
    size = (-(-images.size[0] // step), -(-images.size[1] // step))

    def read(index: tuple[int, ...], channel: str) -> Array:
        return images.read(index, channel)[::step, ::step]

    return replace(images, size=size, read=read)


def thinned(images: Images, minutes: float) -> dict[str, Row]:
    """Fewer images, as many weights."""
    weights = 8 * limit_of(images) / (NerviSettings().bits - SAVED_BITS)
    found = {}
    for step in STEPS:
        done = fit(every_value(images, step), minutes, weights)
        found[f"{len(done.images)} images"] = done.stored(in_range(done.weights, 9))
    return found


def every_value(images: Images, step: int) -> Images:
    """Return the images at every ``step``-th value of the last parameter."""
    last = images.parameters[-1]
    kept = replace(last, values=last.values[::step])

    def read(index: tuple[int, ...], channel: str) -> Array:
        return images.read((*index[:-1], index[-1] * step), channel)

    return replace(images, parameters=(*images.parameters[:-1], kept), read=read)


def beyond(images: Images, minutes: float) -> dict[str, Row]:
    """What each step of ``compact`` gains, at the bytes of RATE."""
    limit = limit_of(images)
    paper = fit(images, minutes)
    plain = {name: rms(w) for name, w in paper.weights.items()}
    found = {
        "paper, 9 bits at most": paper.stored(coding.packed_in_range(paper.weights, 9, limit)),
        "paper, weights on lines": paper.stored(tuning.fitting(paper.weights, plain, limit)[0]),
    }
    full = fit(images, (1 - tuning.SHARE) * minutes, preset="compact")
    plain = {name: rms(w) for name, w in full.weights.items()}
    factors = tuning.steps_of(training.Batches(full.problem), full.weights)
    found["compact, not quantised"] = full.figures(full.weights, None)
    found["compact, fewer bits"] = full.stored(coding.packed_in_range(full.weights, 9, limit))
    found["compact, on lines"] = full.stored(tuning.fitting(full.weights, plain, limit)[0])
    found["compact, steps by sensitivity"] = full.stored(
        tuning.fitting(full.weights, factors, limit)[0]
    )
    data = tuning.tuned(full.problem, full.weights, tuning.SHARE * minutes, limit)
    found["compact, fitted on rounded"] = full.stored(data)
    return found


def rms(values: Array) -> float:
    """Return the root mean square of an array."""
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64)))) or 1.0


def interpolated(images: Images, minutes: float) -> dict[str, Row]:
    """PSNR at values that were left out of the fit, along the first and the last parameter, of the
    network and of a mean of its neighbours, or of the originals."""
    found = {}
    for axis in {0, len(images.parameters) - 1}:
        if len(images.parameters[axis]) < 3:
            continue
        seen = every_second(images, axis)
        done = fit(seen, minutes)
        name = images.parameters[axis].name
        found[f"{name}, seen"] = done.figures(done.weights, None)
        found |= unseen(images, axis, done, name)
    return found


def unseen(images: Images, axis: int, done: Fit, name: str) -> dict[str, Row]:
    """Return figures at the values between those of a fit."""
    engine = done.engine(done.weights)
    totals = {k: Measures() for k in ("network", "mean of its neighbours", "mean of originals")}

    def inferred(index: tuple[int, ...]) -> Array:
        return done.picture(engine, list(images.values_of(index).values()))

    for index in images.indices():
        if index[axis] % 2 == 0 or index[axis] + 1 == images.shape[axis]:
            continue
        original = images.read(index, "rgb")
        mask = foreground(original, images.background)
        sides = [(*index[:axis], index[axis] + d, *index[axis + 1 :]) for d in (-1, 1)]
        pictures: Mapping[str, Array] = {
            "network": inferred(index),
            "mean of its neighbours": mean([inferred(i) for i in sides]),
            "mean of originals": mean([images.read(i, "rgb") for i in sides]),
        }
        for kind, picture in pictures.items():
            totals[kind].add(original, picture, mask)
    return {f"{name}, unseen, {kind}": total.figures() for kind, total in totals.items()}


def mean(pictures: Sequence[Array]) -> Array:
    """Return the mean of two pictures, uint8."""
    found: Array = np.rint(np.mean(pictures, axis=0)).astype(np.uint8)
    return found


def every_second(images: Images, axis: int) -> Images:
    """Return the images at every second value of a parameter."""
    kept = replace(images.parameters[axis], values=images.parameters[axis].values[::2])

    def read(index: tuple[int, ...], channel: str) -> Array:
        return images.read((*index[:axis], 2 * index[axis], *index[axis + 1 :]), channel)

    parameters = (*images.parameters[:axis], kept, *images.parameters[axis + 1 :])
    return replace(images, parameters=parameters, read=read)
