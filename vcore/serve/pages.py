"""Request handlers of the pages: cards, viewer, descriptions, thumbnails, downloads, assets."""

import logging
from collections.abc import Awaitable, Callable
from functools import cache
from importlib import resources

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
)
from starlette.routing import Route

from vcore.errors import VcoreError
from vcore.serve.catalogue import Catalogue
from vcore.serve.file_routes import FileHandlers
from vcore.serve.image import ServedImage
from vcore.serve.page import Entry, error_page, index_page, listing, overlays, viewer_page
from vcore.serve.picture import thumbnail

logger = logging.getLogger(__name__)

Computed = Callable[[Request, str, Callable[[], bytes]], Awaitable[bytes]]
"""Runs a decoding function in the server's bounded pool, with its cache."""

MODULES = {
    "collection.js": "text/javascript",
    "collection_dom.js": "text/javascript",
    "collection_grid.js": "text/javascript",
    "collection_images.js": "text/javascript",
    "collection_state.js": "text/javascript",
    "collection.css": "text/css",
    "scene.js": "text/javascript",
    "scene_orbit.js": "text/javascript",
    "scene_views.js": "text/javascript",
    "scene.css": "text/css",
}
"""Files of the pages of collections and scenes, which need no bundling."""
ASSETS = {
    "viewer.js": "text/javascript",
    "volume.js": "text/javascript",
    "index.js": "text/javascript",
    "style.css": "text/css",
    **MODULES,
    "icon.svg": "image/svg+xml",
    "LICENSES.txt": "text/plain",
}
"""Files of the client, by name, and their types."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content security policy of the pages: everything from this server, no inline scripts."""
HEADERS = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PAGE_HEADERS = HEADERS | {"Content-Security-Policy": POLICY, "Vary": "Accept"}
ABSENT = "There is nothing here."


@cache
def _asset(name: str) -> bytes:
    folder = "explore" if name in MODULES else "static"
    return (resources.files("vcore.serve") / folder / name).read_bytes()


class Pages:
    """Request handlers.

    Parameters
    ----------
    catalogue
        The served hierarchies.
    computed
        Runs decoding functions.
    viewers_may_read
        Whether other origins may read, so that pages include links to web viewers.
    """

    def __init__(self, catalogue: Catalogue, computed: Computed, *, viewers_may_read: bool) -> None:
        self._catalogue, self._computed = catalogue, computed
        self._viewers_may_read = viewers_may_read
        self._files = FileHandlers(catalogue, computed, HEADERS)

    @property
    def routes(self) -> list[Route]:
        """Routes of the handlers."""
        return [
            Route("/", self.index),
            Route("/index.json", self.index_json),
            Route("/assets/{name}", self.asset),
            Route("/view/{path:path}", self.view),
            Route("/about/{path:path}", self.about),
            Route("/thumbnail/{path:path}", self.thumbnail),
            Route("/image/{path:path}", self.image),
            Route("/file/{path:path}", self.file),
        ]

    async def index(self, request: Request) -> Response:
        """Show the served images as cards."""
        base = str(request.base_url)
        entries = await run_in_threadpool(listing, self._catalogue, base)
        text = index_page(entries, base, with_viewers=self._viewers_may_read)
        return HTMLResponse(text, headers=PAGE_HEADERS)

    async def index_json(self, request: Request) -> Response:
        """List the served images as JSON."""
        entries = await run_in_threadpool(listing, self._catalogue, str(request.base_url))
        return JSONResponse([entry.to_json() for entry in entries], headers=HEADERS)

    async def asset(self, request: Request) -> Response:
        """Return a file of the client."""
        name = request.path_params["name"]
        if name not in ASSETS:
            return problem(request, 404, ABSENT)
        return Response(_asset(name), media_type=ASSETS[name], headers=HEADERS)

    async def view(self, request: Request) -> Response:
        """Show one image in the viewer, or another file on its page."""
        if answer := await self._file(request, self._file_page):
            return answer
        found = await self._found(request)
        if isinstance(found, Response):
            return found
        text = viewer_page(found[0], with_viewers=self._viewers_may_read)
        return HTMLResponse(text, headers=PAGE_HEADERS)

    async def about(self, request: Request) -> Response:
        """Return the description of one image or file as JSON, with its addresses."""
        if answer := await self._file(request, self._files.about):
            return answer
        found = await self._found(request)
        if isinstance(found, Response):
            return found
        entry, image, group = found
        about = image.describe(group).to_json() | {
            "name": entry.name,
            "displayed": entry.title,
            "data": entry.urls["0.5"],
            "index": f"{entry.base}/index.json",
            "view": entry.at("view"),
            "download": entry.download,
            "overlays": overlays(entry, image, group),
        }
        return JSONResponse(about, headers=HEADERS)

    async def _found(self, request: Request) -> tuple[Entry, ServedImage, str] | Response:
        """Return the image of an address, or the answer that there is none."""
        try:
            return await self._find(request) or problem(request, 404, ABSENT)
        except VcoreError as error:
            return self.failed(request, error)

    async def thumbnail(self, request: Request) -> Response:
        """Return a small picture of one image or file as PNG."""
        if answer := await self._file(request, self._files.thumbnail):
            return answer
        found = await self._found(request)
        if isinstance(found, Response):
            return found
        _, image, group = found
        if not image.describe(group).levels:
            return problem(request, 404, ABSENT)
        try:
            key = f"{image.serial}/thumbnail/{group}"
            data = await self._computed(request, key, lambda: thumbnail(image, group))
        except VcoreError as error:
            return self.failed(request, error)
        return Response(data, media_type="image/png", headers=HEADERS)

    async def image(self, request: Request) -> Response:
        """Return one image of a collection, or one view of a scene, as PNG."""
        answer = await self._file(request, self._files.image)
        return answer or problem(request, 404, ABSENT)

    async def _file_page(self, request: Request) -> Response | None:
        entry = await self._files.entry(request)
        return None if entry is None else HTMLResponse(viewer_page(entry), headers=PAGE_HEADERS)

    async def _file(
        self, request: Request, answer: Callable[[Request], Awaitable[Response | None]]
    ) -> Response | None:
        """Return the answer about a collection or scene, or why there is none; None for volumes."""
        try:
            return await answer(request)
        except HTTPException as error:
            return problem(request, error.status_code, error.detail)
        except VcoreError as error:
            return self.failed(request, error)

    async def file(self, request: Request) -> Response:
        """Return the compressed file itself."""
        path = self._catalogue.file(request.path_params["path"])
        if path is None:
            return problem(request, 404, ABSENT)
        return FileResponse(
            path, media_type="application/octet-stream", filename=path.name, headers=HEADERS
        )

    def failed(self, request: Request, error: VcoreError) -> Response:
        """Answer with a message that names no folder of this machine; log the whole one."""
        logger.warning("%s: %s", request.url.path, error)
        return problem(request, 500, self._catalogue.public(str(error)))

    async def _find(self, request: Request) -> tuple[Entry, ServedImage, str] | None:
        path = request.path_params["path"]
        found = await run_in_threadpool(self._catalogue.find, path)
        group = None if found is None else found[0].group_at(found[1])
        if found is None or group is None:
            return None
        image, rest = found
        name = path.rstrip("/").removesuffix(rest).rstrip("/")
        described, file = image.describe(group), self._catalogue.file(name)
        base = str(request.base_url).rstrip("/")
        full = f"{name}/{group}".rstrip("/")
        entry = Entry(full, described.about, base, described, file.name if file else "")
        return entry, image, group


def wants_page(request: Request) -> bool:
    """Return whether a person's browser asks, rather than a program."""
    return "text/html" in request.headers.get("accept", "")


def problem(request: Request, status: int, text: str) -> Response:
    """Answer with an error: a page for browsers, a line of text for programs."""
    if wants_page(request):
        page = error_page(status, text, str(request.base_url))
        return HTMLResponse(page, status, PAGE_HEADERS | {"Cache-Control": "no-store"})
    headers = {"Cache-Control": "no-store", "Vary": "Accept", "X-Content-Type-Options": "nosniff"}
    return PlainTextResponse(f"{text}\n", status, headers)
