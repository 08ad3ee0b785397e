"""Version of the encoder, as installed."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("vcore-volumes")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0"
