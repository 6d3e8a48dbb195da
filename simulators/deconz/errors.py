"""Errors of the gateway, and answers that consist of results (docs/protocols/deconz.md, 2.6)."""

from aiohttp import web

from ..base import Data, reply

UNAUTHORIZED = 1
INVALID_JSON = 2
RESOURCE_NOT_AVAILABLE = 3
METHOD_NOT_AVAILABLE = 4
MISSING_PARAMETER = 5
PARAMETER_NOT_AVAILABLE = 6
INVALID_VALUE = 7
NOT_MODIFIABLE = 8
LINK_BUTTON_NOT_PRESSED = 101
DEVICE_IS_OFF = 201
DEVICE_NOT_REACHABLE = 202
INTERNAL_ERROR = 901

DESCRIPTIONS = {
    UNAUTHORIZED: "unauthorized user",
    INVALID_JSON: "body contains invalid JSON",
    RESOURCE_NOT_AVAILABLE: "resource, {address}, not available",
    METHOD_NOT_AVAILABLE: "method, {method}, not available for resource, {address}",
    MISSING_PARAMETER: "missing parameters in body",
    PARAMETER_NOT_AVAILABLE: "parameter, {name}, not available",
    INVALID_VALUE: "invalid value, {value}, for parameter, {name}",
    NOT_MODIFIABLE: "parameter, {name}, is not modifiable",
    LINK_BUTTON_NOT_PRESSED: "link button not pressed",
    DEVICE_IS_OFF: "parameter, {name}, is not modifiable. Device is set to off.",
    DEVICE_NOT_REACHABLE: "resource, {address}, is not modifiable. Device is not reachable.",
    INTERNAL_ERROR: "Internal error, 951",
}
STATUSES = {
    UNAUTHORIZED: 403,
    RESOURCE_NOT_AVAILABLE: 404,
    LINK_BUTTON_NOT_PRESSED: 403,
    DEVICE_IS_OFF: 200,
    DEVICE_NOT_REACHABLE: 200,
    INTERNAL_ERROR: 503,
}
"""HTTP status by error type; 400 for all others."""

TYPE_BY_STATUS = {401: UNAUTHORIZED, 403: UNAUTHORIZED, 404: RESOURCE_NOT_AVAILABLE, 503: INTERNAL_ERROR}


def error(kind: int, address: str, **details: object) -> Data:
    """Return one error of a result list; `details` fill in the description."""
    text = DESCRIPTIONS[kind].format_map({"address": address, "name": "", "value": "", "method": "", **details})
    return {"error": {"type": kind, "address": address, "description": text}}


def error_response(kind: int, address: str, **details: object) -> web.Response:
    """Return a response with a single error, and the HTTP status of its type."""
    return _errors([error(kind, address, **details)])


def results_response(results: list[Data]) -> web.Response:
    """Return a response with results by attribute; its status is an error only if all of them failed."""
    if results and all("error" in result for result in results):
        return _errors(results)
    return reply(results)


def _errors(errors: list[Data]) -> web.Response:
    return reply(errors, STATUSES.get(errors[0]["error"]["type"], 400))
