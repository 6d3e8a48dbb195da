"""Logins and access tokens of the hub (docs/protocols/livisi.md, 1.2)."""

import asyncio
import base64
from dataclasses import dataclass
from http import HTTPStatus
import secrets
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
import orjson

from ..base import Data, parse, reply
from .errors import (
    ACCOUNT_LOCKED,
    INVALID_ARGUMENT,
    INVALID_CLIENT,
    INVALID_CONTENT,
    INVALID_CREDENTIALS,
    INVALID_OPERATION,
    INVALID_TOKEN,
    TOKEN_EXPIRED,
    ApiError,
)
from .hub import Hub

CLIENT = "Basic Y2xpZW50SWQ6Y2xpZW50UGFzcw=="

_FAILURES_TO_LOCK = 5
_CONTENT_TYPES = frozenset({"application/json", "application/x-www-form-urlencoded"})


@dataclass(slots=True)
class Session:
    """One login: the token's end in event-loop time, and the refresh token that renews it."""

    expires_at: float
    refresh: str


class Sessions(Hub):
    """The hub's account and its sessions."""

    def __init__(self, *, password: str, expires_in: int, **options: Any) -> None:
        """Initialize without sessions; a token is valid for `expires_in` seconds."""
        super().__init__(**options)
        self.password = password
        self.expires_in = expires_in
        self.locked = False
        self.honors_refresh = True
        self._failures = 0
        self._sessions: dict[str, Session] = {}
        self._refresh_tokens: set[str] = set()

    @property
    def access_tokens(self) -> list[str]:
        """Access tokens of all sessions, expired sessions included."""
        return list(self._sessions)

    def expire_tokens(self, *, refresh: bool = False) -> None:
        """End the lifetime of every access token (2007); `refresh` deletes the refresh tokens as well."""
        for session in self._sessions.values():
            session.expires_at = 0
        if refresh:
            self._refresh_tokens.clear()

    def revoke_tokens(self) -> None:
        """Delete every session (2002), as the hub does with old sessions."""
        self._sessions.clear()
        self._refresh_tokens.clear()

    def change_password(self, password: str) -> None:
        """Change the password and delete every session."""
        self.password = password
        self.revoke_tokens()

    def lock_account(self, on: bool = True) -> None:  # noqa: FBT001, FBT002
        """Lock or unlock the account (2013)."""
        self.locked = on
        self._failures = 0

    def hand_out_token(self, refresh: str = "") -> str:
        """Open a session and return its access token."""
        token = self._new_token()
        if refresh:
            self._refresh_tokens.add(refresh)
        self._sessions[token] = Session(asyncio.get_running_loop().time() + self.expires_in, refresh)
        return token

    def check_token(self, token: str | None) -> None:
        """Raise if an access token is missing, unknown or expired."""
        if token is None or (session := self._sessions.get(token)) is None:
            raise ApiError(INVALID_TOKEN)
        if session.expires_at <= asyncio.get_running_loop().time():
            raise ApiError(TOKEN_EXPIRED)

    def log_in(self, request: web.Request, body: bytes) -> web.Response:
        """Answer a request for an access token, and count it."""
        self.logins += 1
        try:
            return self._grant(request, body)
        except ApiError:
            self.refused_logins += 1
            raise

    def _grant(self, request: web.Request, body: bytes) -> web.Response:
        content_type = request.headers.get("Content-Type", "")
        if self.generation == "v1" and content_type not in _CONTENT_TYPES:
            return web.Response(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        if request.headers.get("Authorization") != CLIENT:
            raise ApiError(INVALID_CLIENT)
        is_form = content_type.startswith("application/x-www-form-urlencoded")
        fields = dict(parse_qsl(body.decode(errors="replace"))) if is_form else parse(body)
        if not isinstance(fields, dict):
            raise ApiError(INVALID_CONTENT)
        match fields.get("grant_type"):
            case "password":
                self._check_password(fields)
                refresh = secrets.token_hex(16)
            case "refresh_token":
                refresh = str(fields.get("refresh_token"))
                if not self.honors_refresh:
                    raise ApiError(INVALID_OPERATION)
                if refresh not in self._refresh_tokens:
                    raise ApiError(INVALID_TOKEN)
            case _:
                raise ApiError(INVALID_OPERATION)
        return reply(
            {
                "access_token": self.hand_out_token(refresh),
                "token_type": "Bearer",
                "expires_in": self.expires_in,
                "refresh_token": refresh,
            }
        )

    def _check_password(self, fields: Data) -> None:
        if self.locked:
            raise ApiError(ACCOUNT_LOCKED)
        if not fields.get("username") or "password" not in fields:
            raise ApiError(INVALID_ARGUMENT)
        if fields["username"] != "admin" or fields["password"] != self.password:
            self._failures += 1
            self.locked = self._failures >= _FAILURES_TO_LOCK
            raise ApiError(INVALID_CREDENTIALS)
        self._failures = 0

    def _new_token(self) -> str:
        claims = {"iss": self.serial_number, "sub": "admin", "jti": secrets.token_hex(16)}
        header = base64.b64encode(b'{"alg":"RS256","typ":"JWT"}').decode()
        payload = base64.b64encode(orjson.dumps(claims)).decode()
        signature = ""
        while not {"+", "/", "="} <= set(signature):
            # Real tokens are standard base64: sooner or later, every client meets these characters.
            signature = base64.b64encode(secrets.token_bytes(64)).decode()
        return f"{header}.{payload}.{signature}"
