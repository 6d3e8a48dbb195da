"""Addresses as people enter them."""

import pytest

from custom_components.pushwire.wire.address import EnteredAddress, may_be_announced, parse_address
from custom_components.pushwire.wire.errors import InvalidUrl


@pytest.mark.parametrize(
    "text,host,port",
    [
        ("192.168.1.5", "192.168.1.5", None),
        (" 192.168.1.5 ", "192.168.1.5", None),
        ("http://192.168.1.5", "192.168.1.5", None),
        ("http://192.168.1.5:8080/pwa/index.html?x=1#top", "192.168.1.5", 8080),
        ("gateway.local:8080", "gateway.local", 8080),
        ("gateway.local/", "gateway.local", None),
        ("HTTP://Gateway.local", "gateway.local", None),
        ("[::1]", "::1", None),
        ("[::1]:8080", "::1", 8080),
        ("fe80::1", "fe80::1", None),
        ("http://[fe80::1]:80/", "fe80::1", 80),
        ("bücher.example", "bücher.example", None),
        ("xn--bcher-kva.example", "bücher.example", None),
    ],
)
def test_an_address_is_understood(text: str, host: str, port: int | None) -> None:
    assert parse_address(text) == EnteredAddress("http", host, port)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "http://",
        "https://gateway.local",
        "ftp://gateway.local",
        "gateway.local:99999",
        "gateway.local:-1",
        "gateway.local:x",
        "two words",
        "[::1",
        "a<b>",
        "x" * 300,
        "://",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidUrl):
        parse_address(text)


def test_other_schemes_may_be_accepted() -> None:
    address = parse_address("http://element.example/api", schemes=("http", "https"), default_scheme="https")
    assert address == EnteredAddress("http", "element.example", None)
    assert parse_address("element.example", schemes=("https",), default_scheme="https").scheme == "https"


@pytest.mark.parametrize(
    "host,accepted",
    [
        ("192.168.1.5", True),
        ("10.0.0.1", True),
        ("169.254.3.4", True),
        ("fd00::5", True),
        ("127.0.0.1", False),
        ("::1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("255.255.255.255", False),
        ("224.0.0.1", False),
        ("ff02::1", False),
        ("fe80::1", False),
        ("8.8.8.8", False),
        ("2001:4860::1", False),
        ("gateway.local", False),
        ("", False),
    ],
)
def test_announced_addresses(host: str, *, accepted: bool) -> None:
    assert may_be_announced(host) is accepted
