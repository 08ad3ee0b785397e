"""Entries of files that have a page of their own: the card, the addresses, the body of the page."""

from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar, Protocol
from urllib.parse import quote


class Served(Protocol):
    """What is served of a file: a description, and a small picture."""

    @property
    def serial(self) -> int:
        """Unique number."""
        ...

    @property
    def about(self) -> dict[str, Any]:
        """Description for the page, as JSON values."""
        ...

    def cover(self) -> bytes:
        """Return a small picture as PNG."""
        ...


@dataclass(frozen=True)
class FileEntry:
    """A served file that is no volume.

    Parameters
    ----------
    name
        Its path below the addresses.
    base
        Address of the server.
    served
        What is served of it.
    file
        Name of the file to download, "" if there is none.
    """

    name: str
    base: str
    served: Any
    file: str = ""

    kind: ClassVar[str]
    word: ClassVar[str]
    script: ClassVar[str]
    styles: ClassVar[tuple[str, ...]]

    @property
    def title(self) -> str:
        """Displayed name: of the file."""
        return self.name.removesuffix(".zarr")

    @property
    def extent(self) -> str:
        """What it has, and how large it is."""
        raise NotImplementedError

    @property
    def about(self) -> str:
        """The same on one line."""
        return self.extent

    @property
    def facts(self) -> list[str]:
        """Further figures for the card."""
        raise NotImplementedError

    @property
    def chips(self) -> list[str]:
        """Names of channels."""
        return []

    @property
    def addresses(self) -> dict[str, str]:
        """What to paste into programs."""
        python = f'zarr.open("{self.at("zarr")}", mode="r")'
        xarray = f'xarray.open_zarr("{self.at("zarr")}")'
        return {"Python": python, "xarray": xarray, "Zarr": self.at("zarr")}

    def at(self, page: str) -> str:
        """Return one of the addresses: view, about, thumbnail, image, zarr."""
        return f"{self.base}/{page}/{quote(self.name)}"

    @property
    def download(self) -> str:
        """Address of the compressed file, "" if there is none."""
        return self.at("file") if self.file else ""

    def describe(self) -> dict[str, Any]:
        """Return the description that the page reads, as JSON values."""
        found: dict[str, Any] = self.served.about | {
            "name": self.name,
            "displayed": self.title,
            "view": self.at("view"),
            "image": self.at("image"),
            "zarr": self.at("zarr"),
            "download": self.download,
        }
        return found

    def to_json(self) -> dict[str, Any]:
        """Return the entry of the list as JSON values."""
        return {
            "name": self.name,
            "title": self.title,
            "about": self.about,
            "kind": self.kind,
            "urls": {"zarr": self.at("zarr")},
            "view": self.at("view"),
            "describe": self.at("about"),
        }


def card(entry: FileEntry) -> str:
    """Return the card of a file as HTML."""
    title, view = escape(entry.title), escape(entry.at("view"))
    parts = [
        f'<li class="card" data-name="{escape(entry.title.lower())}">',
        f'<a class="picture" href="{view}" tabindex="-1" aria-hidden="true">',
        f'<img loading="lazy" alt="" src="{escape(entry.at("thumbnail"))}"></a>',
        f"<div class=text><h2>{title}</h2>",
        f"<p class=extent><span>{escape(entry.extent)}</span></p>",
        f"<p class=quiet>{escape(' · '.join(entry.facts))}</p>",
    ]
    if entry.chips:
        chips = "".join(f"<li>{escape(chip)}</li>" for chip in entry.chips)
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


def page_parts(entry: FileEntry) -> list[str]:
    """Return the body of the page; its script reads the description."""
    return [
        f'<div id="viewer" class="collection" data-describe="{escape(entry.at("about"))}" '
        f'data-index="{escape(entry.base)}/">',
        f'<p class="waiting">{escape(entry.title)}</p>',
        "<noscript><p>The page needs JavaScript.</p></noscript></div>",
    ]
