"""A platform that shows merchants their reviews after the merchants have authorised it. Run it with

    TRUSTOO_CLIENT_ID=... TRUSTOO_CLIENT_SECRET=... REDIRECT_URI=https://your.host/callback \\
        TOKENS=/var/lib/your-app/tokens uvicorn --factory examples.oauth_app:app

after `pip install ".[oauth]"`. Then open /install?shop=kettles.myshopify.com.
"""

import html
import os
import re
import secrets
from typing import Annotated

from fastapi import Cookie, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from trustoo import TrustooError, oauth
from trustoo.oauth import AsyncFileStore, AsyncPlatform, StateMismatchError

SHOP = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\.myshopify\.com")
SCOPE = "read_reviews"

Session = Annotated[str, Cookie()]


def page(text: str, status: int = 200) -> HTMLResponse:
    """Return a page. `text` must be HTML."""
    return HTMLResponse(f"<!doctype html><meta charset=utf-8><title>Reviews</title>{text}", status)


def create_app(platform: AsyncPlatform) -> FastAPI:
    """Return the web application of a platform."""
    application = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    shops: dict[str, str] = {}  # the shop of each session; use a database for several processes

    def remember(response: Response, session: str) -> Response:
        response.set_cookie("session", session, max_age=3600, secure=True, httponly=True, samesite="lax")
        return response

    @application.get("/install")
    async def install(shop: str) -> Response:
        if not SHOP.fullmatch(shop):
            return page("<p>The address must end with ?shop= and the shop's name.myshopify.com.", 400)
        session = secrets.token_urlsafe()
        # The state is signed and valid only for this session, so nobody else can complete this authorisation.
        return remember(RedirectResponse(await platform.authorize_url(shop, scope=SCOPE, bound_to=session)), session)

    @application.get("/callback")
    async def callback(request: Request, session: Session = "") -> Response:
        if not session:
            raise StateMismatchError("The session cookie is missing.")
        returned = platform.callback(dict(request.query_params), bound_to=session)
        await platform.exchange(returned)
        # The response does not state whose token it is. Ask the shop's owner before you write to the shop.
        logged_in = secrets.token_urlsafe()  # a new session after the login
        shops[logged_in] = returned.shop or ""
        return remember(RedirectResponse("/reviews", 303), logged_in)

    @application.get("/reviews")
    async def reviews(session: Session = "") -> Response:
        if (shop := shops.get(session)) is None:
            return page("<p>Please start at /install.", 401)
        found = await platform.shop(shop).reviews.list(page_size=20, sort_by="created-descending")
        lines = (f"<li>{html.escape(f'{review.rating} {review.content}')}" for review in found.list)
        return page(f"<h1>{html.escape(shop)}</h1><ul>{''.join(lines)}</ul>")

    @application.exception_handler(TrustooError)
    async def failed(_: Request, error: TrustooError) -> Response:
        if isinstance(error, StateMismatchError):
            return page("<p>This took too long, or it started in another browser. Please start at /install.", 400)
        if isinstance(error, oauth.AuthorizationDeniedError):
            return page("<p>You did not agree, so there is nothing to show.", 403)
        if isinstance(error, oauth.AuthorizationLostError):
            return RedirectResponse(f"/install?shop={error.shop}")
        print(f"{type(error).__name__}: {error}", flush=True)
        return page("<p>Trustoo does not respond as expected. Please try again later.", 502)

    return application


def app() -> FastAPI:
    """Return the application with the settings in the environment."""
    return create_app(
        AsyncPlatform(
            os.environ["TRUSTOO_CLIENT_ID"],
            os.environ["TRUSTOO_CLIENT_SECRET"],
            os.environ["REDIRECT_URI"],
            store=AsyncFileStore(os.environ["TOKENS"]),
        )
    )
