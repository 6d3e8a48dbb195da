"""Codecs of an entry, one per config subentry, and the thread in which most of them run."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
import threading
import time
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.requirements import RequirementsNotFound, async_process_requirements
from homeassistant.util.thread import async_raise
from homeassistant.util.yaml import parse_yaml

from ..const import DOMAIN
from ..core.background import Background
from ..core.issues import delete_issue, report_issue
from ..wire.frame_log import FrameLog
from .api.cayenne import CayenneCodec
from .api.codecs.codec import DANGEROUS, Codec, CodecError, Decoded, Reason
from .api.codecs.javascript import ENGINE, SCRIPT_STACK, JavaScriptCodec
from .api.codecs.layout import LayoutCodec
from .api.codecs.match import CodecMatch
from .api.codecs.mbus import LIBRARY, MbusCodec
from .api.controls import Control, ControlError, Fault, read_controls
from .api.model import LorawanDevice
from .template_codec import TEMPLATE_SECONDS, TemplateCodec

SUBENTRY_TYPE: Final = "codec"
CONF_CODE: Final = "code"
CONF_CONTROLS: Final = "controls"
CONF_KIND: Final = "kind"
CAYENNE: Final = "cayenne"
JAVASCRIPT: Final = "javascript"
LAYOUT: Final = "layout"
MBUS: Final = "mbus"
TEMPLATE: Final = "template"
KINDS: Final = (JAVASCRIPT, LAYOUT, TEMPLATE, CAYENNE, MBUS)
# Limits that a codec may exceed in a row before it is put aside.
_MAX_STOPPED: Final = 3
# Seconds in which the last call ends when an entry is unloaded.
_STOP_SECONDS: Final = 2.0
# Error of a codec without its engine or library.
_NO_ENGINE: Final = "engine"


@dataclass(slots=True, eq=False)
class LoadedCodec:
    """Codec of a subentry.

    Attributes:
        subentry_id: ID of the subentry.
        data: Data of the subentry.
        title: Title of the subentry.
        match: Devices of the codec.
        controls: Controls of the devices.
        codec: Codec, or None while it cannot be used.
        error: Why it cannot be used, or why the last payload could not be decoded.
        decoded: Number of decoded payloads.
        failed: Number of payloads that could not be decoded.
        stopped: Number of payloads in a row for which the codec was stopped.

    """

    subentry_id: str
    data: Mapping[str, Any]
    title: str
    match: CodecMatch
    controls: tuple[Control, ...] = ()
    codec: Codec | None = None
    error: str | None = None
    decoded: int = 0
    failed: int = 0
    stopped: int = 0

    def diagnostics_data(self) -> dict[str, Any]:
        """Return what is known of the codec, without its code."""
        return {
            "title": self.title,
            "kind": self.data[CONF_KIND],
            "usable": self.codec is not None,
            "error": self.error,
            "decoded": self.decoded,
            "failed": self.failed,
        }


class ScriptThread:
    """Thread in which codecs run, one after the other, so that none holds up Home Assistant."""

    def __init__(self) -> None:
        """Initialize without a thread."""
        self._executor: ThreadPoolExecutor | None = None
        # The time of a call does not include that of the calls before it.
        self._turn = asyncio.Lock()

    async def async_run[**ArgumentsT, ResultT](
        self,
        hass: HomeAssistant,
        call: Callable[ArgumentsT, ResultT],
        *args: ArgumentsT.args,
        **kwargs: ArgumentsT.kwargs,
    ) -> ResultT:
        """Return the result of a call in the thread."""
        async with self._turn:
            return await self._async_call(hass, lambda: call(*args, **kwargs))

    async def _async_call[ResultT](self, hass: HomeAssistant, call: Callable[[], ResultT]) -> ResultT:
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, f"{DOMAIN} codec")
            # Some systems give threads a stack that is too small for the engine; the setting applies to new threads.
            before = threading.stack_size(SCRIPT_STACK)
            try:
                self._executor.submit(_do_nothing)
            finally:
                threading.stack_size(before)
        return await hass.loop.run_in_executor(self._executor, call)

    async def async_decode(
        self, hass: HomeAssistant, codec: Codec, payload: bytes, port: int | None, at: float
    ) -> Decoded:
        """Return the values of a payload.

        Raises:
            CodecError: The payload cannot be decoded, or the codec took too long.

        """
        if not isinstance(codec, TemplateCodec):
            return await self.async_run(hass, codec.decode, payload, port, at)
        call = _StoppableCall(lambda: codec.decode(payload, port, at))
        async with self._turn:
            decoding = asyncio.ensure_future(self._async_call(hass, call))
            try:
                while not (await asyncio.wait((decoding,), timeout=TEMPLATE_SECONDS))[0]:
                    if call.stop(TEMPLATE_SECONDS):
                        raise CodecError(Reason.TIME)
                return await decoding
            finally:
                # The caller may be cancelled as well.
                decoding.cancel()

    async def async_stop(self, hass: HomeAssistant) -> None:
        """End the thread after the call that is under way, which is limited."""
        if self._executor is not None:
            executor, self._executor = self._executor, None
            end = hass.async_add_executor_job(partial(executor.shutdown, cancel_futures=True))
            # A template may still be in a single long operation, which nothing can stop.
            await asyncio.wait((end,), timeout=_STOP_SECONDS)


def _do_nothing() -> None:
    """Start the thread."""


class _StoppableCall:
    """Call in another thread that can be stopped, since a template has no limits of its own."""

    def __init__(self, call: Callable[[], Decoded]) -> None:
        """Initialize without starting the call."""
        self._call = call
        self._lock = threading.Lock()
        self._thread: int | None = None
        self._began = 0.0
        self._is_over = False

    def __call__(self) -> Decoded:
        """Return the result of the call."""
        with self._lock:
            self._thread, self._began = threading.get_ident(), time.thread_time()
        try:
            return self._call()
        finally:
            with self._lock:
                self._is_over = True

    def stop(self, limit: float) -> bool:
        """Raise an exception in the call, and return True, if it has taken more CPU seconds than the limit.

        While Home Assistant is busy, a short call may last long.
        """
        with self._lock:
            if self._thread is None or self._is_over:
                return False
            if time.clock_gettime(time.pthread_getcpuclockid(self._thread)) - self._began < limit:
                return False
            async_raise(self._thread, TimeoutError)
            return True


async def async_build(hass: HomeAssistant, thread: ScriptThread, kind: str, code: str) -> Codec:
    """Return a codec.

    Raises:
        CodecError: The code cannot be used.
        RequirementsNotFound: The engine for scripts or the library for M-Bus cannot be installed.

    """
    if kind == CAYENNE:
        return CayenneCodec()
    if kind == LAYOUT:
        try:
            layout = parse_yaml(code)
        except HomeAssistantError as err:
            raise CodecError(Reason.CODE, str(err)) from None
        return LayoutCodec(layout)
    if kind == TEMPLATE:
        return TemplateCodec(hass, code)
    if kind == MBUS:
        await async_process_requirements(hass, DOMAIN, [LIBRARY], is_built_in=False)
        return await thread.async_run(hass, MbusCodec, code)
    await async_process_requirements(hass, DOMAIN, [ENGINE], is_built_in=False)
    return await thread.async_run(hass, JavaScriptCodec, code)


def parse_controls(text: str) -> tuple[Control, ...]:
    """Return the controls that a person has declared as YAML.

    Raises:
        ControlError: The text cannot be used.

    """
    try:
        return read_controls(parse_yaml(text) if text.strip() else None)
    except HomeAssistantError as err:
        raise ControlError(Fault.LIST, details=str(err)) from None


class Codecs:
    """Codecs that a person has chosen for devices of an entry.

    Args:
        hass: Home Assistant.
        entry: Config entry, whose subentries are the codecs.
        background: Tasks of the entry.
        frame_log: Counts payloads that cannot be decoded.

    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, *, background: Background, frame_log: FrameLog) -> None:
        """Initialize without codecs."""
        self._hass = hass
        self._entry = entry
        self._background = background
        self._frame_log = frame_log
        self._loaded: dict[str, LoadedCodec] = {}
        # Codec by device, with the properties of the device on which the choice depends.
        self._found: dict[str, tuple[tuple[str | None, ...], LoadedCodec | None]] = {}
        self._lock = asyncio.Lock()
        self.thread = ScriptThread()

    async def async_load(self) -> list[LoadedCodec]:
        """Load the codecs of the subentries, and return the new ones; those that have not changed keep their counts."""
        new: list[LoadedCodec] = []
        async with self._lock:
            before, loaded = self._loaded, dict[str, LoadedCodec]()
            for subentry_id, subentry in tuple(self._entry.subentries.items()):
                if subentry.subentry_type != SUBENTRY_TYPE:
                    continue
                known = before.get(subentry_id)
                if known is None or known.data != subentry.data:
                    match = CodecMatch.from_data(subentry.data)
                    known = LoadedCodec(subentry_id, subentry.data, subentry.title, match)
                    await self._build(known)
                    # A later version may refuse what this one accepts.
                    with suppress(ControlError):
                        known.controls = parse_controls(subentry.data.get(CONF_CONTROLS, ""))
                    new.append(known)
                known.title = subentry.title
                loaded[subentry_id] = known
            # Until then, payloads are decoded with the codecs as they were.
            self._loaded, self._found = loaded, {}
            for subentry_id, known in before.items():
                if loaded.get(subentry_id) is not known:
                    delete_issue(self._hass, f"codec_stopped_{subentry_id}")
            if all(known.error != _NO_ENGINE for known in loaded.values()):
                delete_issue(self._hass, f"codec_engine_{self._entry.entry_id}")
        return new

    async def _build(self, known: LoadedCodec) -> None:
        try:
            known.codec = await async_build(
                self._hass, self.thread, known.data[CONF_KIND], known.data.get(CONF_CODE, "")
            )
        except CodecError as err:
            known.error = f"{err.reason} {err.details}".strip()
        except RequirementsNotFound:
            known.error = _NO_ENGINE
            report_issue(self._hass, f"codec_engine_{self._entry.entry_id}", "codec_engine", name=self._entry.title)

    @callback
    def find(self, device: LorawanDevice) -> LoadedCodec | None:
        """Return the codec that a person has chosen for a device, or None."""
        identity = device.name, device.model, device.app_eui
        # Looked up with each uplink.
        if (found := self._found.get(device.device_id)) is None or found[0] != identity:
            ranked = [(known.match.rank(device), known) for known in self._loaded.values()]
            rank, known = max(ranked, key=lambda item: item[0], default=(0, None))
            found = self._found[device.device_id] = identity, known if rank else None
        return found[1]

    @callback
    def decode(
        self,
        device: LorawanDevice,
        payload: bytes,
        port: int | None,
        at: float,
        take: Callable[[Mapping[str, Any]], None],
    ) -> bool:
        """Decode a payload with the codec of its device; return whether there is one.

        Args:
            device: Device of the payload.
            payload: Payload.
            port: Port of the uplink.
            at: Unix time of the uplink.
            take: Called with the values; for a codec that runs in the thread, a moment later.

        """
        if not self._loaded or (known := self.find(device)) is None:
            return False
        if isinstance(known.codec, JavaScriptCodec | TemplateCodec):
            self._background.read(self._async_decode(known, payload, port, at, take), "codec")
        elif known.codec is not None:
            try:
                decoded = known.codec.decode(payload, port, at)
            except CodecError as err:
                self._note_failure(known, err)
            else:
                known.decoded += 1
                take(decoded.values)
        return True

    async def _async_decode(
        self,
        known: LoadedCodec,
        payload: bytes,
        port: int | None,
        at: float,
        take: Callable[[Mapping[str, Any]], None],
    ) -> None:
        if known.codec is None:
            return
        try:
            decoded = await self.thread.async_decode(self._hass, known.codec, payload, port, at)
        except CodecError as err:
            self._note_failure(known, err)
            return
        known.decoded += 1
        known.stopped = 0
        take(decoded.values)

    @callback
    def _note_failure(self, known: LoadedCodec, error: CodecError) -> None:
        """Count a failure; put a codec aside that is stopped again and again."""
        known.failed += 1
        known.error = f"{error.reason} {error.details}".strip()
        self._frame_log.count_unknown(f"codec {error.reason}")
        known.stopped = known.stopped + 1 if error.reason in DANGEROUS else 0
        # The last payload of a codec that has been changed or removed meanwhile is nobody's problem.
        is_current = self._loaded.get(known.subentry_id) is known
        if known.stopped < _MAX_STOPPED or known.codec is None or not is_current:
            return
        known.codec = None
        report_issue(
            self._hass,
            f"codec_stopped_{known.subentry_id}",
            "codec_stopped",
            codec=known.title,
            name=self._entry.title,
            reason=error.reason.value,
        )

    async def async_stop(self) -> None:
        """End the thread."""
        await self.thread.async_stop(self._hass)
