"""The page of its own, as a web application."""

from __future__ import annotations

from collections.abc import Collection

from fastapi import FastAPI

from ..ui import kit
from .assembly import Face
from .behind_proxy import BelowPath
from .known_names import KnownNames


def web_application(
    face: Face, auth: tuple[str, str] | None, names: Collection[str] | None = None
) -> FastAPI:
    """Our routes, and the page at the root; ``auth`` is the name and the password it asks for. With
    ``names`` it answers under no other than these and those of this computer.
    """
    web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    kit.mount(web, face.page.blocks, auth, **face.page.look)
    face.add_routes(web, kit.login_checks(web) if auth else ())
    web.add_middleware(BelowPath)
    if names is not None:
        web.add_middleware(KnownNames, names=names)
    return web
