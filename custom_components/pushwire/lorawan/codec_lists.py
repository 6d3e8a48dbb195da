"""Public lists of codecs, from which one is read when a person asks for it; nothing of them is shipped.

The lists are folders of files: those of The Things Network hold ``vendor/MAKER/index.yaml``, a YAML file per
model, and one per codec; those of ChirpStack ``vendors/MAKER/vendor.toml`` and a TOML file per model.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from http import HTTPStatus
import re
import tomllib
from typing import Any, Final

import aiohttp
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.yaml import parse_yaml
from yarl import URL

from ..wire.values import as_dict, as_list, as_text
from .api.codecs.javascript import MAX_CODE
from .api.controls import buttons_of

_SECONDS: Final = 30
_MAX_INDEX: Final = 256 * 1024
# Names that stay within their folder.
_NAME: Final = re.compile(r"[\w][\w.\-]*")


class CodecList(StrEnum):
    """Structure of a list."""

    CHIRPSTACK = "chirpstack"
    TTN = "ttn"


# Addresses of the lists' files as they are now.
ADDRESSES: Final[Mapping[CodecList, str]] = {
    CodecList.CHIRPSTACK: "https://raw.githubusercontent.com/chirpstack/lorawan-device-profiles/HEAD",
    CodecList.TTN: "https://raw.githubusercontent.com/TheThingsNetwork/lorawan-devices/HEAD",
}


class CodecListError(Exception):
    """A codec that cannot be read.

    Attributes:
        translation_key: Key of the error in the form.

    """

    def __init__(self, translation_key: str) -> None:
        """Initialize with a key."""
        super().__init__(translation_key)
        self.translation_key = translation_key


@dataclass(frozen=True, slots=True)
class PublishedCodec:
    """Codec as it was read.

    Attributes:
        source: URL of the script, without what may be a secret.
        code: Script.
        buttons: Declarations of buttons for the examples of downlinks.

    """

    source: str
    code: str
    buttons: Sequence[Mapping[str, Any]] = ()

    @property
    def sha256(self) -> str:
        """Hash of the script, in hex."""
        return sha256(self.code.encode()).hexdigest()


def folder_name(text: str) -> str:
    """Return the name under which the lists hold a maker: lower case, with dashes between words."""
    return "-".join(text.casefold().split())


class CodecListReader:
    """Reader of one list.

    Args:
        session: Session for the requests.
        kind: Structure of the list.
        address: URL of the folder that holds the list.

    """

    def __init__(self, session: aiohttp.ClientSession, kind: CodecList, address: str) -> None:
        """Initialize without reading anything."""
        self._session = session
        self._kind = kind
        self._root = _url(address)

    async def async_models(self, maker: str) -> list[str]:
        """Return the models of a maker.

        Raises:
            CodecListError: The list cannot be read, or has no such maker.

        """
        if self._kind is CodecList.TTN:
            names = as_list((await self._yaml("vendor", maker, "index.yaml")).get("endDevices"))
        else:
            index = as_dict((await self._toml("vendors", maker, "vendor.toml")).get("vendor"))
            names = [str(name).removesuffix(".toml") for name in as_list(index.get("devices"))]
        models = sorted({name for item in names if (name := as_text(item))}, key=str.casefold)
        if not models:
            raise CodecListError("codec_list_empty")
        return models

    async def async_codec(self, maker: str, model: str) -> PublishedCodec:
        """Return the codec of the newest firmware of a model.

        Raises:
            CodecListError: The list cannot be read, or has no such model or no codec for it.

        """
        if self._kind is CodecList.TTN:
            device = await self._yaml("vendor", maker, f"{model}.yaml")
            profiles = [
                as_dict(profile)
                for firmware in reversed(as_list(device.get("firmwareVersions")))
                for profile in as_dict(as_dict(firmware).get("profiles")).values()
            ]
            name = _first(profile.get("codec") for profile in profiles)
            codec = await self._yaml("vendor", maker, f"{name}.yaml")
            file = _first([as_dict(codec.get("uplinkDecoder")).get("fileName")])
            encoder = as_dict(codec.get("downlinkEncoder"))
            buttons = buttons_of(encoder.get("examples"), has_encoder=encoder.get("fileName") == file)
            published = await async_read_codec(self._session, str(self._path("vendor", maker, file)))
            return replace(published, buttons=buttons)
        device = as_dict((await self._toml("vendors", maker, "devices", f"{model}.toml")).get("device"))
        file = _first(as_dict(firmware).get("codec") for firmware in reversed(as_list(device.get("firmware"))))
        return await async_read_codec(self._session, str(self._path("vendors", maker, "codecs", file)))

    def _path(self, *names: str) -> URL:
        if not all(map(_NAME.fullmatch, names)):
            raise CodecListError("codec_list_missing")
        return self._root.joinpath(*names)

    async def _yaml(self, *names: str) -> dict[str, Any]:
        try:
            return as_dict(parse_yaml(await _read(self._session, self._path(*names), _MAX_INDEX)))
        except HomeAssistantError:
            raise CodecListError("codec_list_unreadable") from None

    async def _toml(self, *names: str) -> dict[str, Any]:
        try:
            return tomllib.loads(await _read(self._session, self._path(*names), _MAX_INDEX))
        except tomllib.TOMLDecodeError:
            raise CodecListError("codec_list_unreadable") from None


async def async_read_codec(session: aiohttp.ClientSession, source: str) -> PublishedCodec:
    """Return the codec of a URL.

    Raises:
        CodecListError: The URL cannot be read, or is not that of a text.

    """
    url = _url(source)
    code = await _read(session, url, MAX_CODE)
    return PublishedCodec(str(url.with_user(None).with_query(None).with_fragment(None)), code)


async def _read(session: aiohttp.ClientSession, url: URL, limit: int) -> str:
    try:
        async with session.get(url, timeout=aiohttp.ClientTimeout(_SECONDS)) as response:
            if response.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
                raise CodecListError("codec_list_missing")
            response.raise_for_status()
            content = await response.content.read(limit + 1)
            while 0 < len(content) <= limit and (more := await response.content.read(limit + 1 - len(content))):
                content += more
    except aiohttp.ClientError, TimeoutError, OSError:
        raise CodecListError("codec_list_unreachable") from None
    if len(content) > limit:
        raise CodecListError("codec_list_unreadable")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CodecListError("codec_list_unreadable") from None


def _url(text: str) -> URL:
    try:
        url = URL(text.strip())
    except ValueError:
        raise CodecListError("codec_list_bad_url") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise CodecListError("codec_list_bad_url")
    return url


def _first(names: Iterable[Any]) -> str:
    """Return the first name of several that may be missing.

    Raises:
        CodecListError: All are missing.

    """
    for name in names:
        if text := as_text(name):
            return text
    raise CodecListError("codec_list_no_codec")
