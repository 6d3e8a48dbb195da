"""Errors by HTTP status, and the pause that a server requires."""

import pytest

from custom_components.pushwire.wire.errors import (
    AuthenticationFailed,
    CannotConnect,
    NotReady,
    ScopeForbidden,
    WireError,
    WrongSystem,
    error_from_status,
)


@pytest.mark.parametrize(
    "status,error",
    [
        (401, AuthenticationFailed),
        (403, ScopeForbidden),
        (404, WrongSystem),
        (429, NotReady),
        (500, CannotConnect),
        (502, CannotConnect),
        (503, NotReady),
        (301, WrongSystem),
    ],
)
def test_a_status_has_its_error(status: int, error: type[WireError]) -> None:
    assert type(error_from_status(status)) is error
    assert error_from_status(status, {}, "text").details == "text"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "header,seconds",
    [
        ("30", 30),
        ("0", 0),
        ("600", 600),
        ("86400", 600),
        ("1e999", 600),
        ("-5", 0),
        ("Fri, 27 Nov 2026 08:00:00 GMT", None),
    ],
)
def test_the_required_pause_is_limited(status: int, header: str, seconds: float | None) -> None:
    assert error_from_status(status, {"Retry-After": header}).retry_after == seconds


def test_no_pause_is_required_without_the_header_or_by_another_status() -> None:
    assert error_from_status(503, {}).retry_after is None
    assert error_from_status(503).retry_after is None
    assert error_from_status(500, {"Retry-After": "30"}).retry_after is None
