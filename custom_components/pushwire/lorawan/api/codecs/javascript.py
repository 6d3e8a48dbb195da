"""JavaScript codecs in the form in which manufacturers publish them.

Wire code, except for the engine: ``quickjs-ng`` is installed when the first such codec is added. A
script has no access to files, network or time-outs. Its time, memory and stack are limited, and it is
run in a thread of its own (``SCRIPT_STACK``), because the engine's stack must fit into that of the
thread.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
import re
from typing import TYPE_CHECKING, Any, Final

import orjson

from ....wire.values import as_dict, as_list, as_text
from .codec import MAX_VALUES, CodecError, Decoded, Reason

if TYPE_CHECKING:
    import quickjs

ENGINE: Final = "quickjs-ng==0.17.0.2"
MAX_CODE: Final = 256 * 1024
# Limits of one script: CPU seconds of a call, bytes of memory and of the stack.
_SECONDS: Final = 0.5
_MEMORY: Final = 16 * 1024 * 1024
_STACK: Final = 256 * 1024
# Stack of the thread in which scripts run, in bytes.
SCRIPT_STACK: Final = 2 * 1024 * 1024
_MAX_RESULT: Final = 64 * 1024
# A published module becomes a script.
_EXPORT: Final = re.compile(r"^\s*export\s+(?:default\s+)?(?=(?:async\s+)?function|const|let|var|class)", re.MULTILINE)

# The functions of LoRaWAN TS013, and their older forms (The Things Network V2, ChirpStack V3).
_HOST: Final = """
(() => {
  "use strict";
  const own = name => {
    const exported = globalThis.module && globalThis.module.exports;
    if (exported && typeof exported[name] === "function") return exported[name];
    if (typeof globalThis.exports[name] === "function") return globalThis.exports[name];
    return undefined;
  };
  const find = name => {
    try { const found = (0, eval)("typeof " + name + " === 'function' ? " + name + " : undefined");
          return found || own(name); } catch (error) { return own(name); }
  };
  const decode = input => {
    const { bytes, fPort } = input;
    const recvTime = new Date(input.recvTime);
    const uplink = find("decodeUplink");
    if (uplink) return uplink({ bytes, fPort, recvTime, variables: {} });
    const older = find("Decode");
    if (older) return { data: older(fPort, bytes, {}) };
    const oldest = find("Decoder");
    if (oldest) return { data: oldest(bytes, fPort) };
    throw new Error("no function");
  };
  globalThis.__pushwire = text => {
    const input = JSON.parse(text);
    if (input.call === "names") {
      return JSON.stringify(["decodeUplink", "Decode", "Decoder", "normalizeUplink", "encodeDownlink",
                             "decodeDownlink", "Encoder", "Encode"].filter(find));
    }
    if (input.call === "encode") {
      const encode = find("encodeDownlink");
      if (encode) return JSON.stringify(encode({ data: input.data, variables: {} }));
      const older = find("Encode");
      if (older) return JSON.stringify({ bytes: [...older(input.fPort, input.data, {})] });
      return JSON.stringify({ bytes: [...find("Encoder")(input.data, input.fPort)] });
    }
    const result = decode(input);
    const normalize = find("normalizeUplink");
    if (normalize && result && result.data && !(result.errors && result.errors.length)) {
      const normalized = normalize({ data: result.data });
      if (normalized && normalized.data && !(normalized.errors && normalized.errors.length)) {
        result.normalized = normalized.data;
      }
    }
    return JSON.stringify(result);
  };
})();
"""
_PRELUDE: Final = """
globalThis.console = Object.fromEntries(
  ["debug", "error", "info", "log", "trace", "warn"].map(name => [name, () => undefined]));
globalThis.module = { exports: {} };
globalThis.exports = globalThis.module.exports;
"""
_DECODERS: Final = frozenset({"decodeUplink", "Decode", "Decoder"})
_ENCODERS: Final = frozenset({"encodeDownlink", "Encode", "Encoder"})

# Units of the normalized payload of The Things Network; its other quantities name theirs.
_NORMALIZED_UNITS: Final[Mapping[str, str]] = {
    "action.motion.count": "",
    "air.co2": "ppm",
    "air.lightIntensity": "lx",
    "air.location": "",
    "air.pressure": "hPa",
    "air.relativeHumidity": "%",
    "air.temperature": "°C",
    "battery": "V",
    "metering.water.total": "L",
    "rain.cumulative": "mm",
    "rain.intensity": "mm/h",
    "soil.depth": "cm",
    "soil.ec": "dS/m",
    "soil.moisture": "%",
    "soil.temperature": "°C",
    "water.current.speed": "m/s",
    "water.temperature": "°C",
    "water.temperature.max": "°C",
    "water.temperature.min": "°C",
    "wind.direction": "°",
    "wind.speed": "m/s",
}


class JavaScriptCodec:
    """Codec of a script; all its methods are called in one thread.

    Args:
        source: Script.

    Raises:
        CodecError: The script cannot be run, or has no function that decodes.

    """

    def __init__(self, source: str) -> None:
        """Initialize by running the script once."""
        if len(source) > MAX_CODE:
            raise CodecError(Reason.CODE)
        self._source = _EXPORT.sub("", source)
        self._context: quickjs.Context | None = None
        self._call: Any = None
        names = set(as_list(self._ask(call="names")))
        if names.isdisjoint(_DECODERS):
            raise CodecError(Reason.FUNCTION)
        self.encodes = not names.isdisjoint(_ENCODERS)

    def decode(self, payload: bytes, port: int | None, at: float) -> Decoded:
        """Return the values of a payload; see ``Codec``."""
        result = self._ask(
            call="decode",
            bytes=list(payload),
            fPort=port,
            recvTime=datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds"),
        )
        if not isinstance(result, dict):
            raise CodecError(Reason.RESULT)
        if errors := _texts(result.get("errors")):
            raise CodecError(Reason.ERROR, "; ".join(errors))
        data = result.get("data")
        if not isinstance(data, dict):
            raise CodecError(Reason.RESULT)
        # Some older codecs return the whole result of the newer form.
        if isinstance(inner := data.get("data"), dict) and data.keys() <= {"data", "errors", "warnings"}:
            if errors := _texts(data.get("errors")):
                raise CodecError(Reason.ERROR, "; ".join(errors))
            data = inner
        normalized = result.get("normalized")
        values = {**_without_normalized(data, normalized), **_normalized(normalized)}
        if _count(values) > MAX_VALUES:
            raise CodecError(Reason.RESULT)
        return Decoded(values, tuple(_texts(result.get("warnings"))))

    def encode(self, data: Mapping[str, Any], port: int | None) -> tuple[bytes, int | None]:
        """Return the payload and the port of a downlink.

        Args:
            data: Fields of the downlink.
            port: Port that a person chose, or None.

        Raises:
            CodecError: The script has no such function, or refuses the fields.

        """
        if not self.encodes:
            raise CodecError(Reason.FUNCTION)
        result = as_dict(self._ask(call="encode", data=data, fPort=port))
        if errors := _texts(result.get("errors")):
            raise CodecError(Reason.ERROR, "; ".join(errors))
        own_port = result.get("fPort")
        try:
            payload = bytes(as_list(result.get("bytes")))
        except TypeError, ValueError:
            raise CodecError(Reason.RESULT) from None
        if not payload:
            raise CodecError(Reason.RESULT)
        return payload, port if port is not None else own_port if isinstance(own_port, int) else None

    def _ask(self, **request: Any) -> Any:
        """Return the answer of the host function.

        Raises:
            CodecError: The script was stopped or raised an exception.

        """
        # The engine is installed only when it is needed.
        import quickjs  # noqa: PLC0415

        try:
            # The keys of fields that were written as YAML are texts of a class of their own.
            question = orjson.dumps(request, option=orjson.OPT_NON_STR_KEYS).decode()
        except orjson.JSONEncodeError as err:
            raise CodecError(Reason.ERROR, str(err)) from None
        try:
            if self._context is None:
                self._context = self._run(quickjs.Context())
                self._call = self._context.get("__pushwire")
            self._context.set_time_limit(_SECONDS)
            text = self._call(question)
        except (quickjs.JSException, MemoryError, RecursionError) as err:
            # Whatever the script has left behind is discarded with it.
            self._context = self._call = None
            raise _error_of(err) from None
        if text is None or not isinstance(text, str):
            raise CodecError(Reason.RESULT)
        if len(text) > _MAX_RESULT:
            self._context = self._call = None
            raise CodecError(Reason.RESULT)
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            raise CodecError(Reason.RESULT) from None

    def _run(self, context: quickjs.Context) -> quickjs.Context:
        context.set_memory_limit(_MEMORY)
        context.set_max_stack_size(_STACK)
        context.set_time_limit(_SECONDS)
        for source in (_PRELUDE, self._source, _HOST):
            context.eval(source)
        return context


def _error_of(error: Exception) -> CodecError:
    text = str(error).strip().partition("\n")[0]
    if "interrupted" in text:
        return CodecError(Reason.TIME)
    if "out of memory" in text or isinstance(error, MemoryError) or text in ("", "null", "[uninitialized]"):
        return CodecError(Reason.MEMORY)
    if "stack overflow" in text or "call stack size" in text or isinstance(error, RecursionError):
        return CodecError(Reason.RECURSION)
    if text.startswith("SyntaxError"):
        return CodecError(Reason.CODE, text)
    if text == "Error: no function":
        return CodecError(Reason.FUNCTION)
    return CodecError(Reason.ERROR, text)


def _texts(value: Any) -> list[str]:
    """Return the texts of a list of warnings or errors."""
    items = value if isinstance(value, list) else [] if value is None else [value]
    return [text for item in items if (text := as_text(item) or as_text(as_dict(item).get("message")))]


def _normalized(data: Any) -> dict[str, Any]:
    """Return the measurements of a normalized payload by their path, with their units.

    Several measurements, of which those with a time are older ones, come as a list.
    """
    values: dict[str, Any] = {}
    for measurement in data if isinstance(data, list) else [data]:
        if isinstance(measurement, dict) and "time" not in measurement:
            for path, value in _leaves(measurement):
                unit = _NORMALIZED_UNITS.get(path)
                key = path.replace(".", "_")
                values.setdefault(key, {"value": value, "unit": unit} if unit else value)
    return values


def _without_normalized(data: Mapping[str, Any], normalized: Any) -> dict[str, Any]:
    """Return decoded values without those that a normalized payload repeats."""
    first = normalized[0] if isinstance(normalized, list) and normalized else normalized
    known = [value for _, value in _leaves(as_dict(first))]
    return {name: value for name, value in data.items() if isinstance(value, bool) or value not in known}


def _leaves(data: Mapping[str, Any], path: str = "") -> list[tuple[str, Any]]:
    leaves: list[tuple[str, Any]] = []
    for name, value in data.items():
        if isinstance(value, dict):
            leaves += _leaves(value, f"{path}{name}.")
        else:
            leaves.append((f"{path}{name}", value))
    return leaves


def _count(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_count, value.values()))
    return sum(map(_count, value)) if isinstance(value, list) else 1
