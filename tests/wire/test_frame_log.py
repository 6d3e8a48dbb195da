"""Redaction of recent frames, and counters of what cannot be used."""

import logging
from typing import Any

import pytest

from custom_components.pushwire.wire.frame_log import REDACTED, RING_LENGTH, FrameLog, redact

HIDDEN = frozenset({"apikey", "mac"})
SECRETS = frozenset({"s3cret"})


@pytest.mark.parametrize(
    "value,shown",
    [
        ({"apikey": "x"}, {"apikey": REDACTED}),
        # Vendors write the same key in several ways.
        ({"ApiKey": "x", "MAC": 5}, {"ApiKey": REDACTED, "MAC": REDACTED}),
        ({"apikey": {"nested": "x"}}, {"apikey": REDACTED}),
        ({"apikey": [0]}, {"apikey": REDACTED}),
        ({"a": [{"b": ({"apikey": "x"},)}]}, {"a": [{"b": [{"apikey": REDACTED}]}]}),
        # A missing value is worth knowing.
        ({"apikey": None, "mac": ""}, {"apikey": None, "mac": ""}),
        ({"apikeys": "x", "on": True}, {"apikeys": "x", "on": True}),
        ({"path s3cret": "/api/s3cret/lights"}, {f"path {REDACTED}": f"/api/{REDACTED}/lights"}),
        ({"mac s3cret": "x"}, {f"mac {REDACTED}": "x"}),
        (["s3cret", {"s3cret"}], [REDACTED, [REDACTED]]),
        ({5: 7}, {"5": 7}),
    ],
)
def test_hidden_keys_and_secrets_are_redacted(value: Any, shown: Any) -> None:
    assert redact(value, HIDDEN, SECRETS) == shown


def test_a_secret_in_a_hidden_key_is_redacted() -> None:
    assert redact({"s3cret": "x"}, frozenset({"s3cret"}), SECRETS) == {REDACTED: REDACTED}


def test_frames_are_redacted_when_they_are_shown() -> None:
    log = FrameLog("test")
    for number in range(RING_LENGTH):
        log.handle(str, f"{{'{number}'}}")
    log.handle(str, b'{"APIKEY":"x","note":"s3cret"}')
    frames = log.diagnostics_data(HIDDEN, SECRETS)["frames"]
    assert len(frames) == RING_LENGTH
    assert frames[-1]["frame"] == {"APIKEY": REDACTED, "note": REDACTED}
    assert frames[0]["frame"] == "5 bytes that are not JSON"


def test_what_cannot_be_used_is_logged_once_per_kind(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    log = FrameLog("test")
    for kind in ("odd", "odd", "other", "odd"):
        log.count_unknown(kind)
    assert log.unknown == {"odd": 3, "other": 1}
    assert [(record.levelno, record.args) for record in caplog.records] == [
        (logging.DEBUG, ("test", "odd")),
        (logging.DEBUG, ("test", "other")),
    ]


def test_a_frame_that_fails_is_counted_and_returns_nothing() -> None:
    log = FrameLog("test")
    assert log.handle(int, "5") == 5
    assert log.handle(int, "x") is None
    log.call(lambda: None)
    log.call([].clear)
    log.call([].pop)
    assert log.seen == 2
    assert sorted(log.failures.values()) == [1, 1]
