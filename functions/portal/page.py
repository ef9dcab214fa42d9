"""The page: files from this folder's `page`, under a policy that loads nothing from elsewhere."""

import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from functions.portal.bodies.common import ErrorBody, SignInBody
from functions.portal.callers import SCOPE
from functions.portal.errors import ApiError
from functions.portal.guard import portal_settings

FOLDER = Path(__file__).parent / "page"
# Not left to what the machine knows of: a module of another type is not run
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
router = APIRouter()


@router.get("/", include_in_schema=False)
async def page(request: Request) -> Response:
    """The page itself."""
    return _file(request, "index.html")


@router.get("/page/{name}", include_in_schema=False)
async def part(request: Request, name: str) -> Response:
    """What the page is made of."""
    return _file(request, name)


@router.get("/api/docs", include_in_schema=False)
async def documents(request: Request) -> Response:
    """The API's routes, to be read by people."""
    return _file(request, "docs.html")


def _file(request: Request, name: str) -> Response:
    """A file of the page, or word that the browser has it as it is; the host would send a file no sooner in parts."""
    if name not in _files():
        raise ApiError(404, "notFound", "There is no such part of the page.")
    content, kind, tag = _files()[name]
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    return Response(content, media_type=kind, headers={"ETag": tag})


@cache
def _files() -> dict[str, tuple[bytes, str, str]]:
    """Content, type and tag of each file by its name."""
    return {each.name: _read(each) for each in FOLDER.iterdir() if each.is_file()}


def _read(path: Path) -> tuple[bytes, str, str]:
    content = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return content, kind, f'"{hashlib.sha256(content).hexdigest()[:32]}"'


@router.get("/api/sign-in", tags=["page"], responses={503: {"model": ErrorBody}})
async def sign_in() -> SignInBody:
    """What the page needs to sign somebody in."""
    portal = portal_settings()
    return SignInBody(
        authority=portal.sign_in,
        tenant=portal.tenant,
        client_id=portal.client_id,
        scope=f"api://{portal.client_id}/{SCOPE}",
    )


def content_policy(sign_in: str) -> str:
    """What a browser may load and call: this app alone, and Entra ID for tokens."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self' {sign_in}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def is_page(request_path: str) -> bool:
    """True for what a browser shows or loads, false for the API's answers."""
    return not request_path.startswith("/api/") or request_path == "/api/docs"
