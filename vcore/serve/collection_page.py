"""The card and the page of a collection of images."""

from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

from vcore.evaluate.summary import ratio
from vcore.serve.collections import ServedCollection

SCRIPT, STYLE = "collection.js", "collection.css"


@dataclass(frozen=True)
class CollectionEntry:
    """A served collection.

    Parameters
    ----------
    name
        Its path below the addresses.
    base
        Address of the server.
    served
        The collection.
    file
        Name of the file to download, "" if there is none.
    """

    name: str
    base: str
    served: ServedCollection
    file: str = ""

    @property
    def title(self) -> str:
        """Displayed name: of the file."""
        return self.name.removesuffix(".zarr")

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

    def at(self, page: str) -> str:
        """Return one of the addresses: view, about, thumbnail, image, zarr."""
        return f"{self.base}/{page}/{quote(self.name)}"

    @property
    def download(self) -> str:
        """Address of the compressed file, "" if there is none."""
        return self.at("file") if self.file else ""

    @property
    def addresses(self) -> dict[str, str]:
        """What to paste into programs."""
        python = f'zarr.open("{self.at("zarr")}", mode="r")'
        xarray = f'xarray.open_zarr("{self.at("zarr")}")'
        return {"Python": python, "xarray": xarray, "Zarr": self.at("zarr")}

    def describe(self) -> dict[str, Any]:
        """Return the description that the page reads, as JSON values."""
        return self.served.about | {
            "name": self.name,
            "displayed": self.title,
            "view": self.at("view"),
            "image": self.at("image"),
            "zarr": self.at("zarr"),
            "download": self.download,
        }

    def to_json(self) -> dict[str, Any]:
        """Return the entry of the list as JSON values."""
        return {
            "name": self.name,
            "title": self.title,
            "about": self.about,
            "kind": "images",
            "images": self.served.about["images"],
            "parameters": [p["name"] for p in self.served.about["parameters"]],
            "channels": [c["name"] for c in self.served.about["channels"]],
            "urls": {"zarr": self.at("zarr")},
            "view": self.at("view"),
            "describe": self.at("about"),
        }


def card(entry: CollectionEntry) -> str:
    """Return the card of a collection as HTML."""
    told = entry.served.about
    title, view = escape(entry.title), escape(entry.at("view"))
    figures = [ratio(told["ratio"])] + (["incomplete"] if told["truncated"] else [])
    parts = [
        f'<li class="card" data-name="{escape(entry.title.lower())}">',
        f'<a class="picture" href="{view}" tabindex="-1" aria-hidden="true">',
        f'<img loading="lazy" alt="" src="{escape(entry.at("thumbnail"))}"></a>',
        f"<div class=text><h2>{title}</h2>",
        f"<p class=extent><span>{escape(entry.extent)}</span></p>",
        f"<p class=quiet>{escape(' · '.join([entry.axes, *figures] if entry.axes else figures))}",
        "</p>",
    ]
    if len(told["channels"]) > 1:
        chips = "".join(f"<li>{escape(c['name'])}</li>" for c in told["channels"])
        parts.append(f'<ul class="chips" aria-label="Channels">{chips}</ul>')
    parts.append(
        f'</div><div class="actions"><a class="button first" href="{view}" '
        f'aria-label="View {title}">View</a>'
    )
    if entry.file:
        parts.append(
            f'<a class="button" href="{escape(entry.download)}" download '
            f'aria-label="Download {escape(entry.file)}">Download</a>'
        )
    parts.append("</div><details><summary>Open elsewhere</summary><dl>")
    for name, text in entry.addresses.items():
        parts.append(
            f"<dt>{name}</dt><dd><code>{escape(text)}</code>"
            f'<button type="button" data-copy="{escape(text)}" '
            f'aria-label="Copy for {name}: {title}">Copy</button></dd>'
        )
    return "".join(parts) + "</dl></details></li>"


def collection_parts(entry: CollectionEntry) -> list[str]:
    """Return the body of the page; its script reads the description."""
    return [
        f'<div id="viewer" class="collection" data-describe="{escape(entry.at("about"))}" '
        f'data-index="{escape(entry.base)}/">',
        f'<p class="waiting">{escape(entry.title)}</p>',
        "<noscript><p>The page needs JavaScript.</p></noscript></div>",
    ]
