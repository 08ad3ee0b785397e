"""Names of the readers whose colours are shown directly, and of their arrays of colours."""

from collections.abc import Mapping

from vcore.collections.images import COLOURS
from vcore.scenes.volume import COLOUR

IMAGES, SCENE = "VcoreImages", "VcoreScene"
"""Names of the readers' proxies."""
DIRECT: Mapping[str, tuple[str, ...]] = {IMAGES: tuple(COLOURS), SCENE: (COLOUR,)}
"""Arrays of colours, by reader."""
