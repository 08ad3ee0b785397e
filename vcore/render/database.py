"""A folder of rendered images: a Cinema database (Spec D) that can be resumed.

``data.csv`` has a row an image: its parameters, ``FILE`` (PNG with alpha) and a column
``FILE_<channel>`` for each other channel (``.npz`` with one float32 array of that name: exact, NaN
where empty, read by NumPy alone). ``vcore.json`` beside it holds what Cinema has no place for: the
camera, units, the background, and a checksum of the request, by which rendering is resumed.
``data.csv`` is written last: a folder without it is incomplete.
"""

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore._version import __version__
from vcore.collections.images import Channel, Images
from vcore.collections.parameters import Parameter
from vcore.errors import OutputError, OutputExistsError, VcoreError
from vcore.io import npz_write
from vcore.io.collection_json import FILE, told_of
from vcore.io.image_reading import TABLE, read_images
from vcore.io.request import need
from vcore.render.subject import Subject
from vcore.render.views import View

FOLDER = "images"
END_OF_PNG = b"IEND\xaeB`\x82"
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Database:
    """Folder of the images of a subject.

    Parameters
    ----------
    folder
        Path of the folder.
    subject, view, background
        What is rendered, from where, and the colour of empty pixels where alpha is not shown.
    """

    folder: Path
    subject: Subject
    view: View
    background: Colour = (255, 255, 255)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters, those of the subject first."""
        return (*self.subject.parameters, *self.angles)

    @property
    def angles(self) -> tuple[Parameter, ...]:
        """Parameters of the view; a single image has phi, as every collection has a parameter."""
        alone = () if self.subject.parameters else (self.view.azimuth,)
        return self.view.parameters or alone

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each parameter."""
        return tuple(map(len, self.parameters))

    def __len__(self) -> int:
        return int(np.prod(self.shape, dtype=object))

    def begin(self, *, force: bool = False) -> None:
        """Create the folder, or go on with one that was begun for the same images.

        Raises
        ------
        OutputExistsError
            Something else is at the path, and ``force`` is not set; or it is no database.
        OutputError
            The folder cannot be created.
        """
        parent = self.folder.absolute().parent
        if not parent.is_dir():
            raise OutputError(f"Expected an existing folder. {parent} is missing: create it.")
        beside = self._beside()
        if os.path.lexists(self.folder) and self._begun() != beside["request"]:
            self._check_free(force=force)
            shutil.rmtree(self.folder)
        with _writing(self.folder):
            (self.folder / FOLDER).mkdir(parents=True, exist_ok=True)
            _replace(self.folder / FILE, (json.dumps(beside, indent=1) + "\n").encode())

    def _begun(self) -> Any:
        """Return the request that the folder was begun for, None if unknown."""
        try:
            return json.loads((self.folder / FILE).read_text(encoding="utf-8"))["request"]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _check_free(self, *, force: bool) -> None:
        if not force:
            raise OutputExistsError(
                f"{self.folder} exists, and was not begun with these options from what the source "
                f"is now. Use `force=True` to replace it, or give the same source and options to "
                f"go on."
            )
        ours = (self.folder / FILE).exists() or (self.folder / TABLE).exists()
        if not (self.folder.is_dir() and (ours or not any(self.folder.iterdir()))):
            raise OutputExistsError(
                f"Expected a new name. Got {self.folder} instead, which is no Cinema database and "
                f"is not replaced: choose another name."
            )

    def missing(self) -> list[int]:
        """Return the images that are not rendered yet, by number in C order."""
        return [number for number in range(len(self)) if not self._has(number)]

    def _has(self, number: int) -> bool:
        try:
            with self.path(number, self.subject.channels[0]).open("rb") as file:
                file.seek(-len(END_OF_PNG), os.SEEK_END)
                whole = file.read() == END_OF_PNG
        except OSError:
            return False
        # colours are written last
        return whole and all(self.path(number, c).exists() for c in self.subject.channels)

    def path(self, number: int, channel: Channel) -> Path:
        """Return the file of one channel of an image."""
        if channel.is_colour:
            return self.folder / FOLDER / f"{number:06d}.png"
        return self.folder / FOLDER / f"{number:06d}_{_slug(channel.name)}.npz"

    def store(self, number: int, pixels: Mapping[str, NDArray[np.generic]]) -> None:
        """Write all channels of an image.

        Raises
        ------
        OutputError
            A file cannot be written.
        """
        with _writing(self.folder):
            for channel in reversed(self.subject.channels):
                found = pixels[channel.name]
                if channel.is_colour:
                    data = need("imagecodecs").png_encode(np.ascontiguousarray(found))
                else:
                    stream = io.BytesIO()
                    npz_write.write(stream, {channel.name: found})
                    data = stream.getvalue()
                _replace(self.path(number, channel), data)

    def finish(self) -> None:
        """Write the table, which makes the folder a Cinema database."""
        text = io.StringIO(newline="")
        table = csv.writer(text, lineterminator="\n")
        channels = self.subject.channels
        columns = ["FILE" if c.is_colour else f"FILE_{c.name}" for c in channels]
        table.writerow([*(p.name for p in self.parameters), *columns])
        for number, values in enumerate(self._values()):
            paths = [self.path(number, c).relative_to(self.folder).as_posix() for c in channels]
            table.writerow([*map(_text, values), *paths])
        with _writing(self.folder):
            _replace(self.folder / TABLE, text.getvalue().encode())

    def _values(self) -> Iterator[list[float | str]]:
        for index in np.ndindex(*self.shape):
            yield [p.values[i] for p, i in zip(self.parameters, index, strict=True)]

    def images(self) -> Images:
        """Return the rendered images, read when asked for."""
        found = read_images(self.folder, parameters=[p.name for p in self.parameters])
        return replace(found, name=self.subject.name)

    def _request(self) -> str:
        """Return a checksum of all that the images depend on."""
        told = {
            "version": __version__,
            "subject": self.subject.identity,
            "view": asdict(self.view),
            "background": self.background,
            "parameters": [p.to_json() for p in self.parameters],
        }
        return f"blake2b:{blake2b(json.dumps(told).encode(), digest_size=16).hexdigest()}"

    def _beside(self) -> dict[str, Any]:
        """Return the content of ``vcore.json``."""
        return {
            "camera": self.view.camera.to_json(),
            "channels": {c.name: {"unit": c.unit} for c in self.subject.channels},
            "background": list(self.background),
            "parameters": {p.name: told_of(p) for p in self.parameters},
            "attributes": self.subject.attributes,
            "request": self._request(),
        }


def _replace(path: Path, data: bytes) -> None:
    """Write a file under another name and rename it, without waiting for the disk."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if isinstance(error, VcoreError):
            raise
        raise OutputError(
            f"Could not write {folder}: {error.strerror or error}. Finished images are kept; check "
            f"the folder and the free space, then run the same command again."
        ) from error


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)


def _text(value: float | str) -> str:
    if isinstance(value, str):
        return value
    short = f"{value:.15g}"
    return short if float(short) == value else repr(float(value))
