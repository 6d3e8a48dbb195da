"""Errors of the hub (docs/protocols/livisi.md, 1.3)."""

from ..base import Data

UNKNOWN_ERROR = 1000
INVALID_OPERATION = 1004
INVALID_ARGUMENT = 1005
UNSUPPORTED_REQUEST = 1007
PRECONDITION_FAILED = 1008
INVALID_TOKEN = 2002
INVALID_CLIENT = 2003
TOKEN_EXPIRED = 2007
INVALID_CREDENTIALS = 2009
ACCOUNT_LOCKED = 2013
ENTITY_NOT_FOUND = 3000
INVALID_CONTENT = 3001
NOTHING_CHANGED = 3002
ENTITY_EXISTS = 3003
INVALID_ACTION = 4000
INVALID_PARAMETER = 4001
ACTION_NOT_PERMITTED = 4002
ACTION_NOT_SUPPORTED = 4003
TERMS_NOT_ACCEPTED = 5003

ERRORS: dict[int, tuple[int, str]] = {
    UNKNOWN_ERROR: (500, "An unknown error has occurred."),
    INVALID_OPERATION: (400, "Invalid operation."),
    INVALID_ARGUMENT: (400, "A required argument is missing or has the wrong value."),
    1006: (503, "The service is too busy."),
    UNSUPPORTED_REQUEST: (400, "The request is not supported."),
    PRECONDITION_FAILED: (412, "Precondition failed."),
    INVALID_TOKEN: (403, "Invalid token."),
    INVALID_CLIENT: (401, "Invalid client id or secret."),
    TOKEN_EXPIRED: (401, "The token has expired."),
    INVALID_CREDENTIALS: (401, "Invalid user credentials."),
    ACCOUNT_LOCKED: (403, "The account is temporarily locked."),
    ENTITY_NOT_FOUND: (404, "The entity does not exist."),
    INVALID_CONTENT: (400, "The content could not be parsed."),
    NOTHING_CHANGED: (304, "Nothing has changed."),
    ENTITY_EXISTS: (409, "The entity exists already."),
    INVALID_ACTION: (404, "The action is invalid."),
    INVALID_PARAMETER: (400, "An action parameter is invalid."),
    ACTION_NOT_PERMITTED: (403, "The action is not permitted."),
    ACTION_NOT_SUPPORTED: (404, "The action type is not supported."),
    TERMS_NOT_ACCEPTED: (412, "The terms and conditions are not accepted."),
}
"""HTTP status and description by error code."""

CODE_BY_STATUS = {401: 2007, 403: 2002, 404: 3000, 409: 2006, 412: 1008, 503: 1006, 408: 1002}


class ApiError(Exception):
    """An answer with one of the hub's error codes."""

    def __init__(self, code: int) -> None:
        """Initialize with an error code."""
        super().__init__(code)
        self.code = code


def error_body(code: int) -> Data:
    """Return the body of an error response."""
    _, text = ERRORS.get(code, (0, ""))
    return {"errorcode": code, "description": text, "messages": []}
