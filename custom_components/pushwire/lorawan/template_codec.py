"""Codecs that a person writes as a Home Assistant template."""

from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import TemplateError
from homeassistant.helpers.template import Template
import orjson

from .api.codecs.codec import MAX_VALUES, CodecError, Decoded, Reason

# CPU seconds, in which a template of a payload is rendered many times over.
TEMPLATE_SECONDS: Final = 0.5


class TemplateCodec:
    """Codec of a template that returns an object with the values.

    The template has no access to states. It knows ``payload`` (bytes, for ``unpack``), ``bytes`` (list of
    numbers), ``hex``, ``port``, and ``timestamp`` (Unix time of the uplink).

    Args:
        hass: Home Assistant.
        code: Template.

    Raises:
        CodecError: The template is not valid.

    """

    def __init__(self, hass: HomeAssistant, code: str) -> None:
        """Initialize by compiling the template."""
        self._template = Template(code, hass)
        try:
            self._template.ensure_valid()
        except TemplateError as err:
            raise CodecError(Reason.CODE, str(err)) from None

    def decode(self, payload: bytes, port: int | None, at: float) -> Decoded:
        """Return the values of a payload; see ``Codec``."""
        variables = {
            "payload": payload,
            "bytes": list(payload),
            "hex": payload.hex(),
            "port": port,
            "timestamp": at,
        }
        try:
            result = self._template.async_render(variables, limited=True)
        except TemplateError as err:
            raise CodecError(Reason.ERROR, str(err)) from None
        try:
            # Numbers that are not finite become null.
            values = orjson.loads(result if isinstance(result, str) else orjson.dumps(result))
        except TypeError, orjson.JSONDecodeError:
            raise CodecError(Reason.RESULT) from None
        if not isinstance(values, dict) or len(values) > MAX_VALUES:
            raise CodecError(Reason.RESULT)
        return Decoded(values)
