"""JPEG2000 and JPEG XL, which code z slices as images."""

from dataclasses import dataclass

import numpy as np

from benchmarks.codec import Array, Codec, Stream, import_imagecodecs


@dataclass(frozen=True)
class Mapping:
    """Linear mapping of values to unsigned integers, ``code = (value - low) * scale``."""

    low: float
    scale: float
    dtype: np.dtype[np.unsignedinteger]

    @classmethod
    def shifted(cls, volume: Array) -> "Mapping":
        """Return the mapping that subtracts the minimum from integers of up to 16 bits, and maps
        other values to 16 bits."""
        low, span = float(volume.min()), float(volume.max()) - float(volume.min())
        if volume.dtype.kind == "f" or span > 65535:
            return cls(low, 65535 / (span or 1.0), np.dtype("<u2"))
        return cls(low, 1.0, np.dtype("<u2" if span > 255 else "u1"))

    @classmethod
    def spread(cls, volume: Array, bits: int) -> "Mapping":
        """Return the mapping of the value range to all codes of ``bits`` bits."""
        low, span = float(volume.min()), float(volume.max()) - float(volume.min())
        return cls(low, (2**bits - 1) / (span or 1.0), np.dtype("<u2" if bits > 8 else "u1"))

    def codes(self, volume: Array) -> Array:
        """Return the volume's codes."""
        return np.rint((volume.astype(np.float64) - self.low) * self.scale).astype(self.dtype)

    def values(self, codes: Array) -> Array:
        """Return values in data units, float64."""
        return np.asarray(codes.astype(np.float64) / self.scale + self.low)


class Jpeg2000:
    """OpenJPEG, irreversible 9/7 wavelet: one codestream per slice at equal PSNR, or a single one.

    Equal PSNR is the rate allocation that minimises the squared error of the volume. Slices stacked
    vertically in a single image share its header of about 120 bytes.
    """

    steps, halving, spacing = 10, False, 0.0

    def __init__(self, volume: Array, *, joined: bool = False) -> None:
        self.imagecodecs = import_imagecodecs()
        self.mapping = Mapping.shifted(volume)
        self.shape = volume.shape
        codes = self.mapping.codes(volume)
        self.images = codes.reshape(1, -1, codes.shape[-1]) if joined else codes
        bits = 8 * codes.itemsize
        self.note = f"{'joined slices' if joined else 'by slice'}, {bits} bit"
        # OpenJPEG's PSNR uses the peak of the bit depth: here 1 to 101 dB of the data range, since
        # 0 would mean lossless
        self.coarse = 1 + 20 * float(np.log10((2**bits - 1) / max(int(codes.max()), 1)))
        self.fine = self.coarse + 100

    def encode(self, level: float) -> Stream:
        """Return the codestreams at a PSNR in dB."""
        return [self._encode(image, level) for image in self.images]

    def _encode(self, image: Array, level: float) -> bytes:
        stream = self.imagecodecs.jpeg2k_encode(
            image, level=level, codecformat="j2k", reversible=False
        )
        return without_comments(bytes(stream))

    def decode(self, stream: Stream) -> Array:
        """Return float64 values."""
        images = [self.imagecodecs.jpeg2k_decode(piece) for piece in stream]
        return self.mapping.values(np.stack(images).reshape(self.shape))


def without_comments(codestream: bytes) -> bytes:
    """Return a JPEG2000 codestream without main header comments (ISO 15444-1, A.9.2).

    OpenJPEG writes its name there, a third of the size of an empty slice.
    """
    kept, at = [codestream[:2]], 2  # SOC has no length
    while codestream[at : at + 2] != b"\xff\x90":  # SOT: the first tile
        end = at + 2 + int.from_bytes(codestream[at + 2 : at + 4])
        if codestream[at : at + 2] != b"\xff\x64":
            kept.append(codestream[at:end])
        at = end
    return b"".join([*kept, codestream[at:]])


class JpegXl:
    """JPEG XL (libjxl), all slices stacked vertically in one image: smaller than one per slice.

    The level is the log2 of the distance. Values that fit in 8 bits are spread over these, others
    over 16, as the codec's quantisation follows what is seen at the full range.
    """

    steps, halving, spacing = 10, False, 0.0
    coarse, fine = float(np.log2(25)), float(np.log2(0.03))

    def __init__(self, volume: Array) -> None:
        self.imagecodecs = import_imagecodecs()
        span = float(volume.max()) - float(volume.min())
        bits = 8 if volume.dtype.kind != "f" and span <= 255 else 16
        self.mapping = Mapping.spread(volume, bits)
        self.shape = volume.shape
        self.image = self.mapping.codes(volume).reshape(-1, volume.shape[-1])
        self.note = f"joined slices, {bits} bit"

    def encode(self, level: float) -> Stream:
        """Return the codestream at a distance."""
        encode = self.imagecodecs.jpegxl_encode
        return [bytes(encode(self.image, distance=2**level, effort=7, usecontainer=False))]

    def decode(self, stream: Stream) -> Array:
        """Return float64 values."""
        return self.mapping.values(self.imagecodecs.jpegxl_decode(stream[0])).reshape(self.shape)


def jpeg2000(volume: Array) -> list[Codec]:
    """Return JPEG2000 by slice and with all slices in one image; the better one counts."""
    return [Jpeg2000(volume), Jpeg2000(volume, joined=True)]
