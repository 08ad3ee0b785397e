"""The web application: read-only routes with checksums as ETags and bounded concurrent decoding."""

import asyncio
import re
from collections.abc import Callable, Sequence

from google_crc32c import value as crc32c
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from vcore.errors import VcoreError
from vcore.runtime.executor import threads
from vcore.serve.catalogue import Catalogue
from vcore.serve.documents import VERSIONS
from vcore.serve.image import Found, ServedImage
from vcore.serve.pages import ABSENT, Pages, problem, wants_page
from vcore.zarr.cache import ChunkCache

CACHE_BYTES = 1 << 28
"""Default size of the cache of encoded chunks, shared by all files, in bytes."""
MAX_WAITING = 1024
"""Maximum number of requests waiting for a chunk; further ones get status 503."""
RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
PLAIN = "zarr"
"""First part of the addresses of Zarr v3 whatever its conventions, as those of collections."""
CLOSED = 499
"""Status for requests closed by the client (nginx convention)."""


class Server:
    """Request handlers.

    Parameters
    ----------
    catalogue
        The served hierarchies.
    cache_bytes
        Maximum size of the cache of encoded chunks, in bytes.
    viewers_may_read
        Whether other origins may read, so that pages include links to web viewers.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        cache_bytes: int = CACHE_BYTES,
        *,
        viewers_may_read: bool = False,
    ) -> None:
        self._catalogue = catalogue
        self._pages = Pages(catalogue, self._computed, viewers_may_read=viewers_may_read)
        self._cache = ChunkCache(cache_bytes)
        self._turns = asyncio.Semaphore(threads())
        self._waiting = 0

    @property
    def routes(self) -> list[Route]:
        """Routes of the pages, then of documents and chunks."""
        return [*self._pages.routes, Route("/{version}/{path:path}", self.node)]

    async def node(self, request: Request) -> Response:
        """Return a metadata document or a chunk."""
        version, path = request.path_params["version"], request.path_params["path"]
        if version == PLAIN:
            version = VERSIONS[0]
        if version not in VERSIONS:
            return problem(request, 404, ABSENT)
        try:
            image_and_key = self._catalogue.known(path)
            if image_and_key is None:
                image_and_key = await run_in_threadpool(self._catalogue.find, path)
            found = (
                None if image_and_key is None else image_and_key[0].find(version, image_and_key[1])
            )
            if image_and_key is None or found is None:
                return self._elsewhere(request, image_and_key)
            return await self._answer(request, image_and_key[0], found)
        except VcoreError as error:
            return self._pages.failed(request, error)

    def _elsewhere(self, request: Request, found: tuple[ServedImage, str] | None) -> Response:
        """Send a browser that opens an image's address to its page; all others find nothing."""
        if found is None or found[0].group_at(found[1]) is None or not wants_page(request):
            return problem(request, 404, ABSENT)
        # the path as it was asked, still escaped
        path = request.scope["raw_path"].decode("ascii", "replace").strip("/").partition("/")[2]
        base = str(request.base_url).rstrip("/")
        return RedirectResponse(f"{base}/view/{path}", 303, {"Vary": "Accept"})

    async def _answer(self, request: Request, image: ServedImage, found: Found) -> Response:
        headers = _headers(found)
        data = None
        if image.tag:
            headers["ETag"] = f'"{image.tag}"'
        else:
            data = await self._bytes(request, image, found)
            headers["ETag"] = f'"{crc32c(data):08x}"'
        if _matches(request.headers.get("if-none-match"), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        if request.method == "HEAD" and found.nbytes is not None:
            return Response(headers=headers | {"Content-Length": str(found.nbytes)})
        if data is None:
            data = await self._bytes(request, image, found)
        return _ranged(request, data, headers)

    async def _bytes(self, request: Request, image: ServedImage, found: Found) -> bytes:
        if not found.key:
            return found.compute()
        return await self._computed(request, f"{image.serial}/{found.key}", found.compute)

    async def _computed(self, request: Request, key: str, compute: Callable[[], bytes]) -> bytes:
        """Return the cached bytes of ``key``, or compute them in the bounded pool."""
        if (kept := self._cache.kept(key)) is not None:
            return kept
        if self._waiting >= MAX_WAITING:
            raise HTTPException(503, "Too many requests wait.", {"Retry-After": "1"})
        self._waiting += 1
        try:
            async with self._turns:
                if await request.is_disconnected():  # the viewer has moved on
                    raise HTTPException(CLOSED)
                future = self._cache.get(key, compute)
                return await asyncio.shield(asyncio.wrap_future(future))
        finally:
            self._waiting -= 1


def application(
    catalogue: Catalogue,
    origins: Sequence[str] = (),
    cache_bytes: int = CACHE_BYTES,
    hosts: Sequence[str] | None = None,
) -> Starlette:
    """Return the ASGI application.

    Parameters
    ----------
    catalogue
        The served hierarchies.
    origins
        Origins of web pages allowed to read: "https://host" or "*"; none by default.
    cache_bytes
        Maximum size of the cache of encoded chunks, in bytes.
    hosts
        Accepted host names; None for any. Prevents DNS rebinding, where a page's own host name
        resolves to this machine and bypasses the origin check.
    """
    server = Server(catalogue, cache_bytes, viewers_may_read=bool(origins))
    around = [] if hosts is None else [Middleware(TrustedHostMiddleware, allowed_hosts=hosts)]
    if origins:
        around.append(
            Middleware(
                CORSMiddleware,
                allow_origins=list(origins),
                allow_methods=["GET", "HEAD", "OPTIONS"],
                allow_headers=["*"],
                allow_private_network=True,  # needed by public pages to read from loopback
                expose_headers=["Content-Range", "Content-Length", "Accept-Ranges", "ETag"],
            )
        )
    return Starlette(routes=server.routes, middleware=around)


def _headers(found: Found | None) -> dict[str, str]:
    kind = "application/octet-stream" if found is not None and found.key else "application/json"
    # no-cache: clients may store responses but must revalidate, because files can be rewritten
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return headers | ({} if found is None else {"Content-Type": kind, "Accept-Ranges": "bytes"})


def _matches(asked: str | None, tag: str) -> bool:
    tags = [t.strip().removeprefix("W/") for t in (asked or "").split(",")]
    return tag in tags or "*" in tags


def _ranged(request: Request, data: bytes, headers: dict[str, str]) -> Response:
    """Return the whole body, or the requested single range (RFC 9110, section 14)."""
    match = RANGE.fullmatch(request.headers.get("range", ""))
    if not match or match[1] == match[2] == "" or not _still(request, headers["ETag"]):
        return Response(data, headers=headers)
    size = len(data)
    if match[1]:
        first, last = int(match[1]), min(int(match[2] or size - 1), size - 1)
    else:
        first, last = max(size - int(match[2]), 0), size - 1
    if first > last:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return Response(data[first : last + 1], 206, headers)


def _still(request: Request, tag: str) -> bool:
    return request.headers.get("if-range", tag) == tag
