"""The small volumes of ``vcore.testing``, for the tests of vcore itself."""

from vcore.testing.volumes import blobs, frames, holes, in_dtype, noise, ramp

__all__ = ["blobs", "frames", "holes", "in_dtype", "noise", "ramp"]
