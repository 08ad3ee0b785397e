"""The pages: cards of the served images, one image in the viewer, and errors."""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from vcore.errors import VcoreError
from vcore.evaluate.summary import ratio
from vcore.model.labels import FOLDER
from vcore.serve.catalogue import SUFFIX, Catalogue
from vcore.serve.collection_page import CollectionEntry
from vcore.serve.describe import Description
from vcore.serve.documents import VERSIONS
from vcore.serve.elsewhere import viewers
from vcore.serve.entries import FileEntry, card, page_parts
from vcore.serve.image import ServedImage
from vcore.serve.scene_page import SceneEntry
from vcore.serve.scenes import ServedScene

MAX_DESCRIBED = 200
"""Maximum number of files described by their headers; further ones are listed by name only."""


@dataclass(frozen=True)
class Entry:
    """A served image.

    Parameters
    ----------
    name
        Its path below the versions' addresses.
    about
        Shape and type, or an error message.
    base
        Address of the server.
    described
        Its description, None for a file that cannot be opened or was not (yet) described.
    file
        Name of the file to download, "" if there is none.
    """

    name: str
    about: str
    base: str
    described: Description | None = None
    file: str = ""

    @property
    def title(self) -> str:
        """Displayed name: of the file, and of the variable if it has several."""
        stem, _, group = self.name.partition(f"{SUFFIX}/")
        stem = stem.removesuffix(SUFFIX)
        inside = (self.described.title or group) if self.described and group else group
        return f"{stem} · {inside}" if inside else stem

    @property
    def urls(self) -> dict[str, str]:
        """Address by OME-Zarr version."""
        return {version: self.at(version) for version in VERSIONS}

    def at(self, page: str) -> str:
        """Return the address of one of the image's pages: a version, view, about, thumbnail."""
        return f"{self.base}/{page}/{quote(self.name)}"

    @property
    def download(self) -> str:
        """Address of the compressed file, "" if there is none."""
        return (
            f"{self.base}/file/{quote(self.name.partition(SUFFIX)[0] + SUFFIX)}"
            if self.file
            else ""
        )

    def to_json(self) -> dict[str, Any]:
        """Return the entry as JSON values."""
        found: dict[str, Any] = {
            "name": self.name,
            "title": self.title,
            "about": self.about,
            "urls": self.urls,
        }
        if self.described is not None and self.described.levels:
            found |= {
                "shape": self.described.shape,
                "axes": [axis.name for axis in self.described.axes],
                "extent": self.described.extent,
                "channels": [channel.label for channel in self.described.channels],
                "view": self.at("view"),
                "describe": self.at("about"),
            }
        return found


def entry_of(catalogue: Catalogue, name: str, base: str) -> FileEntry | None:
    """Return the entry of a collection or a scene; None for other names and for volumes.

    Raises
    ------
    VcoreError
        The file is damaged or no longer exists.
    """
    served = catalogue.paged(name)
    if served is None:
        return None
    path = catalogue.file(name)
    kind = SceneEntry if isinstance(served, ServedScene) else CollectionEntry
    return kind(name, base, served, path.name if path else "")


def listing(catalogue: Catalogue, base: str) -> list[Entry | FileEntry]:
    """Return all served images; ``base`` is the address of the server."""
    base = base.rstrip("/")
    entries: list[Entry | FileEntry] = []
    for number, name in enumerate(catalogue.names()):
        path = catalogue.file(name)
        file = path.name if path else ""
        if number >= MAX_DESCRIBED:
            entries.append(Entry(name, "", base, file=file))
            continue
        try:
            image = catalogue.image(name)
        except VcoreError as error:
            entries.append(Entry(name, catalogue.public(str(error)), base))
            continue
        if entry := entry_of(catalogue, name, base):
            entries.append(entry)
            continue
        for group in image.groups:
            described = image.describe(group)
            full = f"{name}/{group}".rstrip("/")
            entries.append(Entry(full, described.about, base, described, file))
    return entries


def overlays(entry: Entry, image: ServedImage, group: str) -> list[dict[str, str]]:
    """Return name, title and address of the description of each label image of an image."""
    below = f"{group}/{FOLDER}/".lstrip("/")
    found = []
    for inside in image.groups:
        if inside.startswith(below) and image.describe(inside).labels:
            title = unquote(inside.removeprefix(below))
            name = f"{entry.name}/{inside.removeprefix(group).lstrip('/')}"
            at = replace(entry, name=name).at("about")
            found.append({"name": name, "title": title, "describe": at})
    return found


def reachable(base: str) -> bool:
    """Return whether a page from https may read ``base``: browsers let it read from https and
    from this machine, and block everything else as mixed content."""
    parts = urlsplit(base)
    host = parts.hostname or ""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost" or host.endswith(".localhost")
    return parts.scheme == "https" or local


def index_page(
    served: Sequence[Entry | FileEntry], base: str, *, with_viewers: bool = False
) -> str:
    """Return the cards as HTML, with links to web viewers if they may read."""
    base = base.rstrip("/")
    linked = with_viewers and reachable(base)
    files = [entry for entry in served if isinstance(entry, FileEntry)]
    images, labels = _folded([entry for entry in served if not isinstance(entry, FileEntry)])
    entries: list[Entry | FileEntry] = [*images, *files]
    count = _counted(["image"] * len(images) + [entry.word for entry in files])
    parts = [
        '<header class="top"><h1>vcore</h1>',
        f"<p>{count}, read-only, decoded on request</p>",
    ]
    if len(entries) > 6:
        parts.append(
            '<label class="find"><span class="unseen">Filter by name</span>'
            '<input id="find" type="search" placeholder="Filter by name" autocomplete="off">'
            "</label>"
        )
    parts.append("</header><main>")
    if entries:
        parts.append('<ul class="cards">')
        ordered = sorted(entries, key=lambda entry: entry.title.lower())
        parts += [
            card(entry)
            if isinstance(entry, FileEntry)
            else _card(entry, labels.get(entry.name, []), linked=linked)
            for entry in ordered
        ]
        parts.append("</ul>")
    else:
        parts.append("<p>There is no .vcore file and no Zarr hierarchy here yet.</p>")
    parts.append("</main><footer>")
    if not with_viewers:
        parts.append(
            "<p>Pages of other sites may not read here. For links to neuroglancer, vizarr and "
            "others, restart with <code>--origin viewers</code>.</p>"
        )
    elif not linked:
        parts.append(
            "<p>Browsers block pages from https from reading this address (mixed content), so "
            "links to viewers elsewhere are left out: open this page on the serving machine, or "
            "through https.</p>"
        )
    parts.append('<p class="unseen" role="status" id="status"></p></footer>')
    return _html("vcore: " + count, parts, base, script="index.js")


def _counted(words: Sequence[str]) -> str:
    """Return how many there are of each word: "2 images, 1 collection and 1 scene"."""
    counts = [(word, words.count(word)) for word in ("image", "collection", "scene")]
    told = [f"{n} {word}" + "s" * (n != 1) for word, n in counts if n] or ["0 images"]
    return " and ".join([", ".join(told[:-1])] * (len(told) > 1) + told[-1:])


def _folded(entries: Sequence[Entry]) -> tuple[list[Entry], dict[str, list[str]]]:
    """Return the images that get cards, and the names of the labels that are shown over each."""
    shown = {entry.name for entry in entries}
    cards, labels = [], dict[str, list[str]]()
    for entry in entries:
        image, _, own = entry.name.rpartition(f"/{FOLDER}/")
        if image in shown and entry.described is not None and entry.described.labels:
            labels.setdefault(image, []).append(unquote(own))
        else:
            cards.append(entry)
    return cards, labels


def _card(entry: Entry, labels: Sequence[str], *, linked: bool) -> str:
    described = entry.described
    seen = described is not None and bool(described.levels)
    title = escape(entry.title)
    parts = [f'<li class="card" data-name="{escape(entry.title.lower())}">']
    if seen:
        parts.append(
            f'<a class="picture" href="{escape(entry.at("view"))}" tabindex="-1" '
            'aria-hidden="true">'
            f'<img loading="lazy" alt="" src="{escape(entry.at("thumbnail"))}"></a>'
        )
    else:
        parts.append('<div class="picture empty"></div>')
    parts.append(f"<div class=text><h2>{title}</h2>")
    if seen and described is not None:
        lengths = "".join(f"<span>{escape(part)}</span>" for part in described.extent.split(" · "))
        parts.append(f"<p class=extent>{lengths}</p><p class=quiet>{escape(entry.about)}")
        parts.append(f" · {escape(told)}</p>" if (told := _figures(described)) else "</p>")
        chips = [c.label for c in described.channels] if len(described.channels) > 1 else []
        chips += [f"labels: {name}" for name in labels]
        if chips:
            items = "".join(f"<li>{escape(chip)}</li>" for chip in chips)
            parts.append(f'<ul class="chips" aria-label="Channels and labels">{items}</ul>')
    elif entry.about:
        parts.append(f'<p class="error">{escape(entry.about)}</p>')
    parts.append("</div>")
    if described is not None or not entry.about:
        parts.append(_actions(entry, title, seen=seen, linked=linked))
    return "".join(parts) + "</li>"


def _figures(described: Description) -> str:
    figures = described.figures
    told = [described.unit] if described.unit else []
    if figures.get("ratio"):
        told.append(ratio(figures["ratio"]))
    if figures.get("lossless"):
        told.append("lossless")
    if figures.get("truncated"):
        told.append("incomplete: coarse levels only")
    return " · ".join(told)


def _actions(entry: Entry, title: str, *, seen: bool, linked: bool) -> str:
    urls = entry.urls
    parts = ['<div class="actions">']
    if seen:
        parts.append(
            f'<a class="button first" href="{escape(entry.at("view"))}" '
            f'aria-label="View {title}">View</a>'
        )
    if entry.download:
        parts.append(
            f'<a class="button" href="{escape(entry.download)}" download '
            f'aria-label="Download {escape(entry.file)}">Download</a>'
        )
    parts.append("</div><details><summary>Open elsewhere</summary><dl>")
    for name, text in addresses(urls).items():
        parts.append(
            f"<dt>{name}</dt><dd><code>{escape(text)}</code>"
            f'<button type="button" data-copy="{escape(text)}" '
            f'aria-label="Copy for {name}: {title}">Copy</button></dd>'
        )
    parts.append("</dl>")
    if linked:
        links = [
            f'<a href="{escape(url)}" rel=noreferrer target=_blank>{escape(name)}</a>'
            for name, url in viewers(entry.name, urls, entry.described).items()
        ]
        parts.append(f'<p class="links">{" · ".join(links)}</p>')
    return "".join(parts) + "</details>"


def addresses(urls: dict[str, str]) -> dict[str, str]:
    """Return what to paste into each program."""
    return {
        "napari": f"napari --plugin napari-ome-zarr {urls['0.5']}",
        "Python": f'zarr.open("{urls["0.5"]}", mode="r")',
        "neuroglancer": f"zarr://{urls['0.5']}",
    } | {f"OME-Zarr {version}": url for version, url in urls.items()}


def viewer_page(entry: Entry | FileEntry, *, with_viewers: bool = False) -> str:
    """Return the page of one image or file; its script reads the description."""
    if isinstance(entry, FileEntry):
        looks = {"script": entry.script, "kind": "viewing"}
        return _html(entry.title, page_parts(entry), entry.base, styles=entry.styles, **looks)
    linked = "yes" if with_viewers and reachable(entry.base) else "no"
    parts = [
        f'<div id="viewer" data-describe="{escape(entry.at("about"))}" '
        f'data-index="{escape(entry.base)}/" data-linked="{linked}">',
        f'<p class="waiting">{escape(entry.title)}</p>',
        "<noscript><p>The viewer needs JavaScript.</p></noscript></div>",
    ]
    return _html(entry.title, parts, entry.base, script="viewer.js", kind="viewing")


def error_page(status: int, text: str, base: str) -> str:
    """Return a page for an address that shows nothing."""
    parts = [
        '<main class="problem">',
        f"<h1>{status}</h1><p>{escape(text)}</p>",
        f'<p><a class="button first" href="{escape(base.rstrip("/"))}/">All images</a></p></main>',
    ]
    return _html(str(status), parts, base.rstrip("/"))


def _html(
    title: str,
    parts: Iterable[str],
    base: str,
    *,
    script: str = "",
    kind: str = "listing",
    styles: Sequence[str] = (),
) -> str:
    at = f"{escape(base)}/assets"
    more = "".join(f'<link rel="stylesheet" href="{at}/{style}">' for style in styles)
    loaded = f'<script type="module" src="{at}/{script}"></script>' if script else ""
    return "\n".join(
        [
            f'<!doctype html><html lang="en" class="{kind}"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{escape(title)}</title>",
            f'<link rel="icon" href="{at}/icon.svg"><link rel="stylesheet" href="{at}/style.css">',
            f"{more}{loaded}</head><body>",
            *parts,
            "</body></html>",
        ]
    )
