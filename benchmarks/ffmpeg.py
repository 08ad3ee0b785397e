"""The program ffmpeg: where it is, what it encodes, one run of it."""

import functools
import re
import subprocess

from vcore.errors import MissingExtraError, VcoreError

LONGEST = 7200
"""Time limit of one run, in seconds."""


def programs() -> list[str]:
    """Return the ffmpeg of imageio-ffmpeg, if it is installed, and that of the system."""
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return [get_ffmpeg_exe(), "ffmpeg"]
    except (ImportError, RuntimeError):
        return ["ffmpeg"]


def program(encoder: str, pixels: str) -> str:
    """Return the first ffmpeg with an encoder for a pixel format.

    Raises
    ------
    MissingExtraError
        There is none.
    """
    found = programs_with(encoder, pixels)
    if not found:
        raise MissingExtraError(
            f"Expected an ffmpeg with {encoder} for {pixels}: pip install imageio-ffmpeg, or apt "
            f"install ffmpeg."
        )
    return found[0]


def programs_with(encoder: str, pixels: str) -> list[str]:
    """Return every ffmpeg with an encoder for a pixel format."""
    return [each for each in programs() if re.search(rf"\b{pixels}\b", _help(each, encoder))]


@functools.cache
def _help(program: str, encoder: str) -> str:
    try:
        return run(program, ["-h", f"encoder={encoder}"], b"").decode()
    except (OSError, VcoreError):
        return ""


def run(program: str, arguments: list[str], data: bytes) -> bytes:
    """Return what ffmpeg writes to its standard output.

    Raises
    ------
    VcoreError
        It failed, or took longer than ``LONGEST`` seconds.
    """
    try:
        done = subprocess.run(
            [program, "-hide_banner", "-v", "error", *arguments],
            input=data, capture_output=True, check=False, timeout=LONGEST,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise VcoreError(f"Expected ffmpeg to end within {LONGEST} s. It did not.") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace")
        raise VcoreError(f"Expected ffmpeg to succeed. Got {said[-400:]!r}")
    return done.stdout
