"""Contract suite for readers: subclass ``ReaderContract`` and write an example file."""

import pickle
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from vcore import io
from vcore.errors import InputError
from vcore.io.readers import MultilevelReader, Reader, reader_of
from vcore.io.request import ReadRequest
from vcore.model.volume import Volume
from vcore.testing.measures import random_regions

OTHERS = {
    "random": np.random.default_rng(1).bytes(5000),
    "zeros": bytes(5000),
    "empty": b"",
    "text": b"no volume, only words\n" * 99,
    "page": b"<!DOCTYPE html><html><title>Not found</title></html>",
    "compressed": b"\x89VCR\r\n\x1a\n" + bytes(500),
}
"""Contents of files that are not volumes in any format."""
CUTS = (0.02, 0.1, 0.3, 0.5, 0.7, 0.9)
"""Truncation points, as fractions of the example file."""


class ReaderContract:
    """Contract of every reader; provide ``suffix`` and ``example``.

    Attributes
    ----------
    suffix
        Registered suffix.
    at_once
        Reason why ``read`` loads all values (such as a compressed stream); "" for lazy readers.
    spare
        Number of bytes at the end of the example that a valid file may lack.
    """

    suffix: ClassVar[str]
    at_once: ClassVar[str] = ""
    spare: ClassVar[int] = 0

    def example(self, folder: Path) -> tuple[Path, Volume]:
        """Write a file into ``folder``; return its path and the expected volume.

        The volume should have all metadata that the format supports: spacing, origin, units, times,
        names of variables and components, a fill value.
        """
        raise NotImplementedError

    @pytest.fixture
    def written(self, tmp_path: Path) -> tuple[Path, Volume]:
        """An example file and its volume."""
        path, volume = self.example(tmp_path)
        assert path.name.endswith(self.suffix)
        return path, volume

    @pytest.fixture
    def reader(self, written: tuple[Path, Volume]) -> Reader:
        """The reader of the example."""
        return reader_of(str(written[0]))

    def test_suffix_is_registered(self) -> None:
        assert self.suffix in io.readable_suffixes()

    def test_values_are_read(self, written: tuple[Path, Volume]) -> None:
        path, expected = written
        found = io.read(path)
        assert [v.name for v in found.variables] == [v.name for v in expected.variables]
        for a, b in zip(found.variables, expected.variables, strict=True):
            assert a.dtype == b.dtype
            assert np.array_equal(a.read(), b.read(), equal_nan=a.dtype.kind == "f")

    def test_metadata_is_read(self, written: tuple[Path, Volume]) -> None:
        path, expected = written
        found = io.read(path)
        assert found.source == str(path)
        assert found.grid == expected.grid
        for a, b in zip(found.variables, expected.variables, strict=True):
            for name in ("axes", "unit", "components", "association", "fill_value"):
                assert getattr(a, name) == getattr(b, name), name

    def test_caller_knows_better(self, written: tuple[Path, Volume]) -> None:
        found = io.read(written[0], spacing=(3, 4, 5), unit="millimeter")
        assert (found.grid.spacing, found.grid.unit) == ((3.0, 4.0, 5.0), "millimeter")

    def test_regions_are_crops(self, written: tuple[Path, Volume]) -> None:
        for variable in io.read(written[0]).variables:
            whole = variable.read()
            for region in random_regions(variable.shape, 12):
                part = variable.read(region)
                assert part.shape == whole[region].shape
                assert np.array_equal(part, whole[region], equal_nan=part.dtype.kind == "f")

    def test_values_stay_in_the_file(self, written: tuple[Path, Volume]) -> None:
        if self.at_once:
            pytest.skip(self.at_once)
        path, expected = written
        variables = io.read(path).variables
        data = bytes(255 - b for b in path.read_bytes())
        with path.open("r+b") as file:  # in place, so that memory maps see the change
            file.write(data)
        try:
            same = [
                np.array_equal(a.read(), b.read())
                for a, b in zip(variables, expected.variables, strict=True)
            ]
        except InputError:
            return  # the reader accessed the file, which is now damaged
        assert not all(same), "all values were in memory before a region was asked for"

    def test_volumes_pickle(self, written: tuple[Path, Volume]) -> None:
        path, expected = written
        copy = pickle.loads(pickle.dumps(io.read(path)))
        for a, b in zip(copy.variables, expected.variables, strict=True):
            assert np.array_equal(a.read(), b.read(), equal_nan=a.dtype.kind == "f")

    def test_its_own_files_are_known(self, reader: Reader, written: tuple[Path, Volume]) -> None:
        assert reader.sniff(str(written[0]))

    @pytest.mark.parametrize("content", OTHERS)
    def test_other_files_are_not_known(
        self, reader: Reader, written: tuple[Path, Volume], content: str
    ) -> None:
        path = written[0].with_name(f"other{self.suffix}")
        path.write_bytes(OTHERS[content])
        assert not reader.sniff(str(path))

    @pytest.mark.parametrize("content", OTHERS)
    def test_other_files_are_refused(self, written: tuple[Path, Volume], content: str) -> None:
        path = written[0].with_name(f"other{self.suffix}")
        path.write_bytes(OTHERS[content])
        with pytest.raises(InputError, match="Expected") as refusal:
            io.read(path)
        assert path.name in str(refusal.value)

    def test_truncated_files_are_refused(self, written: tuple[Path, Volume]) -> None:
        path = written[0]
        data = path.read_bytes()
        needed = len(data) - self.spare
        for end in (*(int(needed * share) for share in CUTS), needed - 1):
            path.write_bytes(data[:end])
            with pytest.raises(InputError, match="Expected"):
                [variable.read() for variable in io.read(path).variables]

    def test_levels_span_the_volume(self, reader: Reader, written: tuple[Path, Volume]) -> None:
        path, expected = written
        if not isinstance(reader, MultilevelReader):
            pytest.skip("a format without levels")
        try:
            images = reader.images(ReadRequest(path=str(path)))
        except InputError as error:
            pytest.skip(f"an example without levels: {error}")
        assert images
        for image in images:
            assert image.volume.grid.shape == expected.grid.shape
            for level, factor in zip(image.levels, image.factors, strict=True):
                sizes = [n / f for n, f in zip(expected.grid.shape, factor, strict=True)]
                assert all(abs(n - m) < 1 for n, m in zip(level.shape[-3:], sizes, strict=True))
