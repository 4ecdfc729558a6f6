"""The page of its own, as a web application."""

from __future__ import annotations

from fastapi import FastAPI

from ..ui import kit
from .assembly import Face
from .behind_proxy import BelowPath


def web_application(face: Face, auth: tuple[str, str] | None) -> FastAPI:
    """Our routes, and the page at the root; ``auth`` is the name and the password it asks for."""
    web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    kit.mount(web, face.page.blocks, auth, **face.page.look)
    face.add_routes(web, kit.login_checks(web) if auth else ())
    web.add_middleware(BelowPath)
    return web
