"""Record of what frames change while a snapshot is being read."""

import pytest

from custom_components.pushwire.wire.snapshot import PendingSnapshots


def test_only_changes_after_the_request_count() -> None:
    snapshots = PendingSnapshots()
    snapshots.record("light", ["on"])
    with snapshots.read() as snapshot:
        assert not snapshot.has_changes
        snapshots.record("light", ["on", "level"], "10:00")
        requested = snapshot.mark()
        snapshots.record("light", ["level"], "10:01")
        with snapshots.read() as later:
            snapshots.record("sensor", ["value"])
    snapshots.record("light", ["color"])
    assert snapshot.changed("light") == {"on": "10:00", "level": "10:01"}
    assert snapshot.changed("light", requested) == {"level": "10:01"}
    assert snapshot.changed("sensor") == later.changed("sensor") == {"value": ""}
    assert later.changed("light") == snapshot.changed("other") == {}


def test_a_failed_snapshot_records_nothing_more() -> None:
    snapshots = PendingSnapshots()
    with pytest.raises(ValueError, match="odd"), snapshots.read():
        raise ValueError("odd")
    assert snapshots.active == []
