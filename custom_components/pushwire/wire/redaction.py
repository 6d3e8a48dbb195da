"""Redaction of diagnostics: no secret, address or identifier of a person's devices remains.

Secrets are replaced by one word. Identifiers are replaced by numbered pseudonyms, such as
``mac-1``, that are the same everywhere in one file, so that a report can still be followed.
They are found by their key and by their shape, then replaced wherever they occur: in values,
in keys, and within texts, in any case, with or without separators, and percent-encoded.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set as AbstractSet
from contextlib import suppress
from ipaddress import ip_address
import re
from typing import Any, Final
from urllib.parse import quote, unquote

import orjson

REDACTED: Final = "**REDACTED**"

# Kinds of identifiers by key, in lower case and without separators.
_KINDS: Final = {
    **dict.fromkeys(("host", "hostname", "ip", "url", "address", "server", "domain"), "host"),
    **dict.fromkeys(("mac", "macaddress", "bssid"), "mac"),
    **dict.fromkeys(("ssid", "wifiactivessid", "bluetoothhotspotname"), "network"),
    **dict.fromkeys(("devaddr", "panid", "extpanid"), "network"),
    **dict.fromkeys(("serial", "serialno", "serialnumber", "deviceserial", "sn", "meterid", "meternumber"), "serial"),
    **dict.fromkeys(
        (
            "lat",
            "latitude",
            "lon",
            "long",
            "lng",
            "longitude",
            "alt",
            "altitude",
            "coordinates",
            "geolocation",
            "gps",
            "location",
            "staticlocation",
        ),
        "position",
    ),
    **dict.fromkeys(("email", "mail"), "email"),
}
# Words of keys that hold a position, whatever else stands in the key.
_POSITION_WORDS: Final = re.compile(
    r"(?<![a-z])(?:lat|lon|lng|latitude|longitude|altitude|coordinates?|position|gps|breite(?:ngrad)?|l(?:ä|ae|a)nge(?:ngrad)?"
    r"|northing|easting|geo(?:location|hash)?|mgrs|utm)(?![a-z])",
    re.IGNORECASE,
)
_KINDS_BY_ENDING: Final = {
    "eui": "eui",
    "eui64": "eui",
    "hostname": "host",
    "ipaddress": "host",
    "macaddress": "mac",
    "serialnumber": "serial",
}
# Endings of the keys of secrets.
_SECRETS: Final = ("key", "password", "passphrase", "token", "secret", "credentials")
# Parts of keys whose values look like addresses and are none.
_VERSIONS: Final = ("version", "firmware", "model", "type")
_PAYLOADS: Final = ("payload", "data", "hex", "raw", "bytes", "value", "packet")

_HEX: Final = r"[0-9a-f]"
# Name and password in a URL.
_LOGIN: Final = re.compile(r"(?<=://)[^/\s@]+@")
_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SHAPES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("email", _EMAIL),
    ("eui", re.compile(rf"(?<![0-9a-z])(?:{_HEX}{{2}}[:\-]){{7}}{_HEX}{{2}}(?![0-9a-z])", re.IGNORECASE)),
    ("mac", re.compile(rf"(?<![0-9a-z:\-])(?:{_HEX}{{2}}[:\-]){{5}}{_HEX}{{2}}(?![0-9a-z])", re.IGNORECASE)),
    ("position", re.compile(r"-?\d{1,3}\.\d{4,}\s*[,;]\s*-?\d{1,3}\.\d{4,}")),
    ("host", re.compile(r"(?<=://)(?:\[[^\]]+\]|[^/\s:?#\"'@]+)")),
    (
        "host",
        re.compile(
            r"(?<![\w.-])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:local|lan|home|internal|box|home\.arpa)(?![\w-])",
            re.IGNORECASE,
        ),
    ),
)
_BARE_HEX: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("eui", re.compile(rf"(?:(?<![0-9a-z])|(?<=0x)){_HEX}{{16}}(?![0-9a-z])", re.IGNORECASE)),
    ("mac", re.compile(rf"(?<![0-9a-z])(?=[0-9]*[a-f]){_HEX}{{12}}(?![0-9a-z])", re.IGNORECASE)),
)
_IP: Final = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\w)|(?<![\w.:])[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*(?![\w:])",
    re.IGNORECASE,
)
_COORDINATE: Final = re.compile(r"-?\d{1,3}\.\d{3,}")
_TOKEN: Final = re.compile(r"[^\s\"'/,;=&?#@()\[\]{}<>|\\]+")
# Kinds whose parts may be separated in several ways.
_SEPARATED: Final = ("mac", "eui", "serial")
# Letters and digits, but not those of a percent-encoded separator.
_CHARACTER: Final = re.compile(r"(?<!%)(?<!%[0-9])[0-9a-zA-Z]")
_LONGEST_SEPARATOR: Final = len("%3A")
# Shorter identifiers are replaced only where their key says what they are.
_SHORTEST: Final = 5
# Decimals that the coordinates of a place have at least.
_DECIMALS: Final = 3
# Largest coordinate in degrees.
_MAX_DEGREES: Final = 180
# Decimals of a coordinate that show the region alone.
_REGION: Final = 2
_DECIMAL_NUMBER: Final = re.compile(r"(?<![\w.])-?\d{1,3}\.\d{3,}(?![\w.])")
_DEGREES: Final = re.compile(r"\d{1,3}\s*°\s*\d{1,2}[^0-9A-Za-z]+[\d.,]*[^0-9A-Za-z]*[NSEWO]?")
_EUI_LENGTH: Final = 16


class Redaction:
    """Redaction of one file.

    Args:
        hidden: Lower-case keys whose values are secrets or personal data, besides the usual ones.
        secrets: Values that are redacted everywhere.
        readable: Words that stay, such as the name of the vendor, even if a host has the same name.
        rounds: Whether numbers that may be coordinates are rounded, whatever their keys are.

    """

    def __init__(
        self,
        hidden: AbstractSet[str],
        secrets: Iterable[str],
        readable: Iterable[str],
        *,
        rounds: bool = False,
    ) -> None:
        """Initialize without pseudonyms."""
        self._rounds = rounds
        self._hidden = {_plain(key) for key in hidden}
        forms = {form for secret in secrets if secret for form in (secret, quote(secret, safe=""))}
        self._secrets = re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))), re.IGNORECASE)
        self._has_secrets = bool(forms)
        self._readable = {word.lower() for word in readable}
        self._counts: Counter[str] = Counter()
        # Pseudonyms of words in lower case, and of identifiers that may have separators.
        self._words: dict[str, str] = {}
        self._identifiers: dict[str, str] = {}
        self._positions: dict[float, str] = {}
        # Words that are more than one token, such as names of networks.
        self._phrases = re.compile(r"(?!)")

    def apply(self, data: Any) -> Any:
        """Return JSON-like data, which must not change meanwhile, without secrets and identifiers."""
        for key, value in _leaves(data, ""):
            self._find(key, value)
        phrases = [word for word in self._words if len(word) >= _SHORTEST and _TOKEN.fullmatch(word) is None]
        if phrases:
            self._phrases = re.compile("|".join(map(re.escape, sorted(phrases, key=len, reverse=True))), re.IGNORECASE)
        return self._replace("", data)

    def _find(self, key: str, value: Any) -> None:
        """Find identifiers in a value with a key, or in a key itself."""
        if self._is_secret(key):
            return
        kind = _kind_of(key)
        if kind == "position" and isinstance(value, float):
            self._position(value)
        elif isinstance(value, str):
            for shape, identifier in _shapes_in(value, _plain(key)):
                self._pseudonym(shape, identifier)
            if kind is not None and value:
                self._pseudonym(kind, _host_of(value) if kind == "host" else value)
        elif kind in _SEPARATED:
            self._pseudonym(str(kind), str(value))

    def _pseudonym(self, kind: str, original: str) -> str:
        """Return the pseudonym of an identifier, a new one if necessary."""
        word, plain = original.lower(), _plain(original)
        if (known := self._identifiers.get(plain) or self._words.get(word)) is not None:
            return known
        self._counts[kind] += 1
        pseudonym = f"{kind}-{self._counts[kind]}"
        if kind not in _SEPARATED or len(plain) < _SHORTEST:
            self._words[word] = pseudonym
            return pseudonym
        self._identifiers[plain] = pseudonym
        if kind == "eui" and len(plain) == _EUI_LENGTH:
            # LoRaWAN sends the bytes of an EUI in reverse order.
            pairs = [plain[index : index + 2] for index in range(0, _EUI_LENGTH, 2)]
            self._identifiers.setdefault("".join(reversed(pairs)), pseudonym)
        return pseudonym

    def _position(self, value: float) -> str:
        """Return the pseudonym of a coordinate."""
        pseudonym = self._pseudonym("position", str(value))
        if value != round(value, _DECIMALS - 1):
            # A rounder number may well be something else.
            self._positions[value] = pseudonym
        return pseudonym

    def _is_secret(self, key: str) -> bool:
        plain = _plain(key)
        return plain in self._hidden or plain.endswith(_SECRETS)

    def _replace(self, key: str, value: Any) -> Any:
        """Return a value with a key, without secrets and identifiers."""
        if value in (None, "", [], {}) or isinstance(value, bool):
            return value
        if self._is_secret(key):
            return REDACTED
        if isinstance(value, dict):
            return {self._replace_in_text(name): self._replace(name, item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._replace(key, item) for item in value]
        return self._replace_leaf(_kind_of(key), value)

    def _replace_leaf(self, kind: str | None, value: Any) -> Any:
        """Return a single value with a key of some kind."""
        if isinstance(value, str):
            if kind is None or "://" in value:
                # A URL keeps its path.
                return self._replace_in_text(value)
            return self._pseudonym(kind, _host_of(value) if kind == "host" else value)
        if kind == "position":
            return self._position(value)
        if kind in _SEPARATED:
            return self._pseudonym(str(kind), str(value))
        if isinstance(value, float):
            return self._positions.get(value, self._rounded(value))
        return self._identifiers.get(str(value), value)

    def _rounded(self, value: float) -> float:
        return round(value, _REGION) if self._rounds and abs(value) <= _MAX_DEGREES else value

    def _replace_in_text(self, text: str) -> str:
        if (known := self._words.get(text.lower())) is not None and text.lower() not in self._readable:
            return known
        if self._has_secrets:
            text = self._secrets.sub(REDACTED, text)
        text = _LOGIN.sub(f"{REDACTED}@", text)
        text = _EMAIL.sub(lambda match: self._words.get(match[0].lower(), match[0]), text)
        text = self._phrases.sub(lambda match: self._words.get(match[0].lower(), match[0]), text)
        text = self._replace_identifiers(_TOKEN.sub(self._replace_token, text))
        if self._positions:
            text = _COORDINATE.sub(lambda match: self._positions.get(float(match[0]), match[0]), text)
        if self._rounds:
            text = _DEGREES.sub(REDACTED, text)
            text = _DECIMAL_NUMBER.sub(lambda match: str(self._rounded(float(match[0]))), text)
        return text

    def _replace_token(self, match: re.Match[str]) -> str:
        """Return a token of a text, such as a host with its port, without the word that it may hold."""
        token = match[0]
        word, colon, rest = token.partition(":")
        for candidate, end in ((token, ""), (token.rstrip(".:"), ""), (word, colon + rest)):
            known = self._words.get(candidate.lower()) if len(candidate) >= _SHORTEST else None
            if known is not None and candidate.lower() not in self._readable:
                return known + end
        if "%" in token and (decoded := unquote(token)) != token:
            replaced = self._replace_in_text(decoded)
            return token if replaced == decoded else replaced
        return token

    def _replace_identifiers(self, text: str) -> str:
        """Return a text without identifiers, whatever separates their parts."""
        if len(text) < _SHORTEST or not self._identifiers:
            return text
        spans = [(match.start(), match.end(), match[0].lower()) for match in _CHARACTER.finditer(text)]
        plain = "".join(letter for _, _, letter in spans)
        lengths = sorted({len(identifier) for identifier in self._identifiers}, reverse=True)
        parts: list[str] = []
        index = end = 0
        while index < len(plain):
            for length in lengths:
                if index + length > len(plain):
                    continue
                known = self._identifiers.get(plain[index : index + length])
                if known is not None and _is_connected(spans, index, length):
                    parts += text[end : spans[index][0]], known
                    end = spans[index + length - 1][1]
                    index += length
                    break
            else:
                index += 1
        return "".join((*parts, text[end:]))


def _shapes_in(text: str, plain_key: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of each identifier that has the shape of one."""
    shapes = _SHAPES
    if not any(word in plain_key for word in _PAYLOADS):
        shapes += _BARE_HEX
    text = _LOGIN.sub("", text)
    for shape, pattern in shapes:
        for match in pattern.finditer(text):
            yield shape, match[0].strip("[]")
    if not any(word in plain_key for word in _VERSIONS):
        for match in _IP.finditer(text):
            if _is_ip_address(match[0]):
                yield "host", match[0]


def _is_connected(spans: list[tuple[int, int, str]], index: int, length: int) -> bool:
    """Return whether nothing but single separators is between some characters."""
    return all(
        spans[number + 1][0] - spans[number][1] <= _LONGEST_SEPARATOR for number in range(index, index + length - 1)
    )


def _is_ip_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _plain(text: str) -> str:
    """Return a text in lower case, without anything but letters and digits."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _kind_of(key: str) -> str | None:
    """Return the kind of the identifier that belongs to a key, or None."""
    plain = _plain(key)
    if (kind := _KINDS.get(plain)) is not None:
        return kind
    if is_position(key):
        return "position"
    return next((kind for ending, kind in _KINDS_BY_ENDING.items() if plain.endswith(ending)), None)


def is_position(key: str) -> bool:
    """Return whether a key holds a position: ``gps_lat``, ``longitudeDeg``, ``tracker.position``."""
    return _POSITION_WORDS.search(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key)) is not None


def has_coordinates(key: str, text: str) -> bool:
    """Return whether a text holds the coordinates of a place: degrees and minutes, or two numbers with many decimals.

    Fewer decimals are enough where the key or a sign says that the numbers are degrees.
    """
    if _DEGREES.search(text) is not None:
        return True
    least = _DECIMALS if "°" in text or is_position(key) else _DECIMALS + 1
    return sum(len(number.partition(".")[2]) >= least for number in _COORDINATE.findall(text)) > 1


def _host_of(value: str) -> str:
    """Return the host of an address, which may be a URL or have a port."""
    host = value.partition("://")[2] or value
    host = host.partition("/")[0].rpartition("@")[2]
    return host if host.count(":") > 1 else host.partition(":")[0]


def unpacked(value: Any) -> Any:
    """Return a copy of JSON-like data in which texts that hold JSON are replaced by their content."""
    if isinstance(value, Mapping):
        return {str(key): unpacked(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [unpacked(item) for item in value]
    if isinstance(value, str) and value[:1] in ("{", "["):
        with suppress(orjson.JSONDecodeError):
            return unpacked(orjson.loads(value))
    return value


def _leaves(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Yield each value with the key under which it stands, and each key without one."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield "", name
            yield from _leaves(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, key)
    elif value is not None and not isinstance(value, bool):
        yield key, value
