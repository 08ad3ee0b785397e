"""What a network represents of a collection: the box with something in it, mask and alpha."""

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.collections.images import COLOURS, foreground
from vcore.collections.methods.base import CodedImages, ImageSource
from vcore.errors import FormatError
from vcore.model.context import Context
from vcore.runtime.memory import available_bytes

Array = NDArray[Any]
OPAQUE, BINARY, SOFT = "opaque", "binary", "soft"
"""Alpha of all pixels 255; 0 or 255; any."""
ALPHAS = (OPAQUE, BINARY, SOFT)
SAMPLE = 64
"""Images that tell the colour of clear pixels."""
KEPT_SHARE = 0.5
"""Share of the free memory for decoded images; where they need more, each is read when needed."""


@dataclass(frozen=True)
class Subject:
    """Description of the pixels that a network is fitted to.

    Parameters
    ----------
    box
        First row, first column, height and width of the smallest box with all foregrounds.
    fill
        Colour of empty pixels and outside of the box, 8 bits each.
    alpha
        OPAQUE, BINARY or SOFT.
    masked
        Whether the output after the colours is a mask.
    """

    box: tuple[int, int, int, int]
    fill: tuple[int, int, int]
    alpha: str
    masked: bool

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the box."""
        return self.box[2:]

    @property
    def has_own_alpha(self) -> bool:
        """Whether the last output is alpha: where it is soft, or where no mask tells it."""
        return self.alpha == SOFT or (self.alpha == BINARY and not self.masked)

    @property
    def outputs(self) -> int:
        """Number of outputs: red, green, blue, mask, alpha."""
        return 3 + self.masked + self.has_own_alpha

    def to_json(self) -> dict[str, Any]:
        """Return the members of a channel's state."""
        return {
            "box": list(self.box),
            "fill": list(self.fill),
            "alpha": self.alpha,
            "masked": self.masked,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any], size: tuple[int, int]) -> Self:
        """Return the description in a state, for images of ``size``.

        Raises
        ------
        FormatError
            It is damaged.
        """
        try:
            y, x, height, width = (operator.index(v) for v in values["box"])
            red, green, blue = (int(np.uint8(v)) for v in values["fill"])
            alpha, masked = values["alpha"], values["masked"]
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise FormatError(f"The header is damaged: its images are {error!r:.80}.") from error
        inside = 0 <= y < y + height <= size[0] and 0 <= x < x + width <= size[1]
        if not inside or alpha not in ALPHAS or not isinstance(masked, bool):
            raise FormatError(
                "The header is damaged: the box, the mask or the alpha of its images."
            )
        return cls((y, x, height, width), (red, green, blue), alpha, masked)

    def picture(self, outputs: NDArray[np.float32], coded: CodedImages) -> Array:
        """Return the image of outputs (y, x, outputs) of the box, 0 to 1.

        Colours are M f + (1 - M) fill (section 3.1, inference, where the background is white).
        """
        y, x, height, width = self.box
        colours = outputs[..., :3]
        if self.masked:
            fill = np.array(self.fill, np.float32) / np.float32(255)
            colours = (colours - fill) * outputs[..., 3:4] + fill
        image = np.empty(coded.image_shape, np.uint8)
        image[..., :3] = self.fill
        inside = image[y : y + height, x : x + width]
        inside[..., :3] = _bytes(colours)
        if coded.channel.components == COLOURS["rgba"]:
            image[..., 3] = 255 if self.alpha == OPAQUE else 0
            if self.alpha == SOFT:
                inside[..., 3] = _bytes(outputs[..., -1])
            elif self.alpha == BINARY:  # the last output is alpha, or the mask
                inside[..., 3] = np.where(outputs[..., -1] >= 0.5, 255, 0)
        return image


def _bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


class Pictures:
    """Pixels of the box: red, green, blue, and alpha or 255 where there is something, uint8.

    Parameters
    ----------
    source
        Images, in its order.
    subject
        The box.
    kept
        Pixels of all images, (image, y, x, 4), or None to read them again.
    """

    def __init__(self, source: ImageSource, subject: Subject, kept: Array | None) -> None:
        self._source, self.subject, self.kept = source, subject, kept

    def __len__(self) -> int:
        return len(self._source.order)

    def batch(self, numbers: NDArray[np.int64]) -> Array:
        """Return the pixels of some images, (n, y, x, 4)."""
        if self.kept is not None:
            found: Array = self.kept[numbers]
            return found
        y, x, height, width = self.subject.box
        return np.stack(
            [
                _with_alpha(self._source.read(int(self._source.order[k])), self._source)[
                    y : y + height, x : x + width
                ]
                for k in numbers
            ]
        )

    def means(self) -> NDArray[np.float64]:
        """Return the mean of each output over some images, 0 to 1; of colours where there is
        something."""
        some = np.unique(np.linspace(0, len(self) - 1, min(SAMPLE, len(self))).astype(np.int64))
        pixels = self.batch(some).astype(np.float64) / 255
        there = pixels[..., 3] > 0
        counted = pixels[there] if self.subject.masked and there.any() else pixels.reshape(-1, 4)
        found = list(counted[:, :3].mean(0))
        if self.subject.masked:
            found.append(float(there.mean()))
        if self.subject.has_own_alpha:
            found.append(float(pixels[..., 3].mean()))
        return np.array(found)


def read_pictures(source: ImageSource, masked: bool, context: Context) -> Pictures:
    """Read all images once; return their pixels with what the network has to represent.

    Parameters
    ----------
    masked
        Whether the network predicts a mask, where some pixel is empty.
    """
    height, width = source.size
    count = len(source.order)
    keep = count * height * width * 4 < KEPT_SHARE * available_bytes()
    kept: list[Array] = []
    rows, columns = np.zeros(height, bool), np.zeros(width, bool)
    empty = soft = binary = False
    clear: list[Array] = []
    for number, flat in enumerate(source.order):
        context.report("reading", number / count)
        image = _with_alpha(source.read(int(flat)), source)
        alpha = image[..., 3]
        there = alpha > 0
        rows |= there.any(1)
        columns |= there.any(0)
        empty |= not there.all()
        binary |= not (alpha == 255).all()
        soft |= bool(((alpha > 0) & (alpha < 255)).any())
        if number % max(count // SAMPLE, 1) == 0 and not there.all():
            clear.append(image[~there][:, :3])
        if keep:
            kept.append(image)
    y, x = _span(rows), _span(columns)
    rgba = source.channel.components == COLOURS["rgba"]
    subject = Subject(
        (y.start, x.start, y.stop - y.start, x.stop - x.start),
        _commonest(clear) or source.background or (255, 255, 255),
        (SOFT if soft else BINARY if binary else OPAQUE) if rgba else OPAQUE,
        masked and empty,
    )
    if not keep:
        return Pictures(source, subject, None)
    pixels = np.empty((count, *subject.size, 4), np.uint8)
    for number in range(count):
        pixels[number] = kept[number][y, x]
        kept[number] = pixels[:0]  # free each whole image as its part is copied
    return Pictures(source, subject, pixels)


def _with_alpha(image: Array, source: ImageSource) -> Array:
    """Return an image with alpha: 255 in the foreground of those without."""
    if image.shape[-1] == COLOURS["rgba"]:
        return image
    there = foreground(image, source.background)
    return np.concatenate([image, np.where(there, 255, 0).astype(np.uint8)[..., None]], -1)


def _span(there: NDArray[np.bool_]) -> slice:
    """Return the range from the first to the last True; all of it if there is none."""
    found = np.flatnonzero(there)
    return slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(0, len(there))


def _commonest(colours: list[Array]) -> tuple[int, int, int] | None:
    """Return the most frequent of lists of colours (n, 3)."""
    if not colours:
        return None
    packed = np.concatenate(colours).astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    values, counts = np.unique(packed, return_counts=True)
    best = int(values[counts.argmax()])
    return best >> 16, best >> 8 & 255, best & 255
