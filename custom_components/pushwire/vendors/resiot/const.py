"""Constants of ResIOT."""

from typing import Final

CONF_REST_TOKEN: Final = "rest_token"  # noqa: S105 (name of a field)
CONF_REST_URL: Final = "rest_url"
