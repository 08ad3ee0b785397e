"""List of the served images, with links to viewers."""

import json
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote, urlsplit

from vcore.errors import VcoreError
from vcore.model.budget import PREVIEW
from vcore.serve.catalogue import Catalogue

MAX_DESCRIBED = 200
"""Maximum number of files described by their headers; further ones are listed by name only."""

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2em auto;max-width:60em;padding:0 1em}"
    "h2{font-size:1.1em;margin:1.5em 0 .2em}code{background:#8882;padding:.1em .3em}"
    "small{opacity:.7}:root{color-scheme:light dark}"
)

WITHOUT_VIEWERS = (
    "which runs on this machine. Web pages may not read here: restart with "
    "<code>--origin viewers</code> for links to those that show OME-Zarr."
)


@dataclass(frozen=True)
class Entry:
    """A served image.

    Parameters
    ----------
    name
        Displayed name.
    about
        Shape and type, or an error message.
    urls
        Address by OME-Zarr version.
    """

    name: str
    about: str
    urls: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """Return the entry as JSON values."""
        return {"name": self.name, "about": self.about, "urls": self.urls}


def listing(catalogue: Catalogue, base: str) -> list[Entry]:
    """Return all served images; ``base`` is the address of the server."""
    entries = []
    for number, name in enumerate(catalogue.names()):
        groups, about = [""], ""
        if number < MAX_DESCRIBED:
            try:
                image = catalogue.image(name)
                groups = image.groups
                about = " x ".join(map(str, image.shape)) + f" {image.dtype}"
                about += ", preview quality" if image.quality == PREVIEW else ""
            except VcoreError as error:
                about = str(error)
        for group in groups:
            path = quote(f"{name}/{group}".rstrip("/"))
            urls = {version: f"{base.rstrip('/')}/{version}/{path}" for version in ("0.5", "0.4")}
            entries.append(Entry(f"{name}/{group}".rstrip("/"), about, urls))
    return entries


def viewers(entry: Entry) -> dict[str, str]:
    """Return the URL of the image in each web viewer."""
    new, old = entry.urls["0.5"], entry.urls["0.4"]
    layer = {"name": entry.name, "type": "image", "source": f"zarr://{new}"}
    state = quote(json.dumps({"layers": [layer], "layout": "4panel"}))
    return {
        "neuroglancer": f"https://neuroglancer-demo.appspot.com/#!{state}",
        "vizarr": f"https://hms-dbmi.github.io/vizarr/?source={quote(old, safe=':/')}",
        "itk-vtk-viewer": "https://kitware.github.io/itk-vtk-viewer/app/"
        f"?fileToLoad={quote(old, safe=':/')}",
        "validator": f"https://ome.github.io/ome-ngff-validator/?source={quote(new, safe=':/')}",
    }


def viewer_origins() -> list[str]:
    """Return the origins of the linked viewers' pages."""
    addresses = viewers(Entry("", "", {"0.5": "", "0.4": ""})).values()
    return ["{0.scheme}://{0.netloc}".format(urlsplit(address)) for address in addresses]


def page(entries: list[Entry], *, with_viewers: bool = False) -> str:
    """Return the list as HTML, with links to web viewers if they may read."""
    how = "or follow a link." if with_viewers else WITHOUT_VIEWERS
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>vcore serve</title>",
        f"<style>{STYLE}</style><h1>vcore serve</h1>",
        f"<p>OME-Zarr, decoded where it is read. Paste an address into a viewer, {how}</p>",
    ]
    for entry in entries:
        links = " &middot; ".join(
            f'<a href="{escape(url)}" rel=noreferrer>{escape(name)}</a>'
            for name, url in (viewers(entry).items() if with_viewers else ())
        )
        addresses = "".join(
            f"<div><small>{version}</small> <code>{escape(url)}</code></div>"
            for version, url in entry.urls.items()
        )
        parts.append(
            f"<h2>{escape(entry.name)} <small>{escape(entry.about)}</small></h2>"
            f"{addresses}<div>{links}</div>"
        )
    if not entries:
        parts.append("<p>There is no .vcore file and no Zarr hierarchy here yet.</p>")
    return "\n".join(parts)
