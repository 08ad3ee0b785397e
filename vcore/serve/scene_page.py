"""The card and the page of a scene."""

from typing import Any

from vcore.evaluate.summary import ratio
from vcore.serve.entries import FileEntry


class SceneEntry(FileEntry):
    """A served scene."""

    kind, word = "scene", "scene"
    script, styles = "scene.js", ("collection.css", "scene.css")

    @property
    def extent(self) -> str:
        """Size of the box around the scene."""
        low, high = self.served.about["bounds"]
        lengths = " x ".join(f"{b - a:.4g}" for a, b in zip(low, high, strict=True))
        return f"a scene of {lengths}"

    @property
    def facts(self) -> list[str]:
        """Method, cameras, ratio, and whether the file is incomplete."""
        told = self.served.about
        count = told["count"]
        cameras = [f"{count} camera{'s' * (count != 1)}"] if count else []
        left = ["incomplete"] if told["truncated"] else []
        return [told["method"], *cameras, ratio(told["ratio"]), *left]

    def to_json(self) -> dict[str, Any]:
        """Return the entry of the list as JSON values."""
        told = self.served.about
        return super().to_json() | {
            "method": told["method"],
            "bounds": told["bounds"],
            "cameras": told["count"],
        }
