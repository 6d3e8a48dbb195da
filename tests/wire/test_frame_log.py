"""Recent frames, and counters of what cannot be used."""

import logging

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.pushwire.wire.frame_log import CAPTURE_LENGTH, CAPTURE_SECONDS, RING_LENGTH, FrameLog


def test_frames_are_kept_for_diagnostics() -> None:
    log = FrameLog("test")
    for number in range(RING_LENGTH):
        log.handle(str, f"{{'{number}'}}")
    log.handle(str, b'{"note":"x"}')
    frames = log.diagnostics_data()["frames"]
    assert len(frames) == RING_LENGTH
    assert frames[-1]["frame"] == {"note": "x"}
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


def test_a_capture_keeps_all_frames_for_some_minutes(freezer: FrozenDateTimeFactory) -> None:
    log = FrameLog("test")
    log.handle(str, '{"number":0}')
    log.capture()
    for number in range(1, CAPTURE_LENGTH + 2):
        log.handle(str, f'{{"number":{number}}}')
    captured = log.diagnostics_data()["captured"]
    assert [item["frame"]["number"] for item in captured] == list(range(1, CAPTURE_LENGTH + 1))
    # It stays until the next one begins.
    freezer.tick(CAPTURE_SECONDS)
    log.handle(str, '{"number":-1}')
    assert log.diagnostics_data()["captured"] == captured
    log.capture()
    log.handle(str, '{"number":-2}')
    assert [item["frame"] for item in log.diagnostics_data()["captured"]] == [{"number": -2}]
    freezer.tick(CAPTURE_SECONDS)
    log.handle(str, '{"number":-3}')
    assert len(log.diagnostics_data()["captured"]) == 1
