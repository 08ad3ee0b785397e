"""The card and the page of a collection of images."""

from typing import Any

from vcore.evaluate.summary import ratio
from vcore.serve.entries import FileEntry


class CollectionEntry(FileEntry):
    """A served collection."""

    kind, word = "images", "collection"
    script, styles = "collection.js", ("collection.css",)

    @property
    def about(self) -> str:
        """Number and size of the images, and the parameters with their number of values."""
        return f"{self.extent}, {self.axes}" if self.axes else self.extent

    @property
    def extent(self) -> str:
        """Number and size of the images."""
        told = self.served.about
        height, width = told["size"]
        return f"{told['images']} image{'s' * (told['images'] != 1)} of {width} x {height}"

    @property
    def axes(self) -> str:
        """The parameters with their number of values."""
        return " x ".join(
            f"{len(p['values'])} {p['name']}" for p in self.served.about["parameters"]
        )

    @property
    def facts(self) -> list[str]:
        """The parameters, the ratio, and whether the file is incomplete."""
        told = self.served.about
        figures = [ratio(told["ratio"])] + (["incomplete"] if told["truncated"] else [])
        return [self.axes, *figures] if self.axes else figures

    @property
    def chips(self) -> list[str]:
        """Names of several channels."""
        names = [c["name"] for c in self.served.about["channels"]]
        return names if len(names) > 1 else []

    def to_json(self) -> dict[str, Any]:
        """Return the entry of the list as JSON values."""
        told = self.served.about
        return super().to_json() | {
            "images": told["images"],
            "parameters": [p["name"] for p in told["parameters"]],
            "channels": [c["name"] for c in told["channels"]],
        }
