"""Workflows of the repository: time limits, and releases of tested commits only."""

from collections.abc import Iterator
import os
from pathlib import Path
import subprocess
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / ".github/workflows").glob("*.yml")}
COMMIT = "0123abc"


def checks() -> Iterator[str]:
    """Yield the name of every check of a commit."""
    for name in ("test", "validate"):
        for job in WORKFLOWS[name]["jobs"].values():
            title = str(job["name"])
            for row in job.get("strategy", {}).get("matrix", {}).get("include", [{}]):
                yield title.replace("${{ matrix.name }}", str(row.get("name")))


@pytest.mark.parametrize(
    "job",
    [job for workflow in WORKFLOWS.values() for job in workflow["jobs"].values()],
    ids=lambda job: str(job["name"]),
)
def test_every_job_has_a_time_limit(job: dict[str, Any]) -> None:
    assert 0 < job["timeout-minutes"] <= 60


def release_step(passed: list[str], tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run the check of a release with some passed checks."""
    stub = tmp_path / "gh"
    lines = "\n".join(passed)
    stub.write_text(f"#!/bin/sh\necho \"$@\" > '{tmp_path}/called'\ncat <<'END'\n{lines}\nEND\n")
    stub.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "GH_REPO": "owner/name"}
    return subprocess.run(  # noqa: S603 (our own script)
        [ROOT / "scripts/tests-passed", COMMIT], env=environment, capture_output=True, text=True, check=False
    )


def test_only_a_tested_commit_is_released(tmp_path: Path) -> None:
    steps = [str(step.get("run")) for step in WORKFLOWS["release"]["jobs"]["draft"]["steps"]]
    names = ["tests-passed", "scripts/package", "--draft=false"]
    positions = [next(number for number, step in enumerate(steps) if name in step) for name in names]
    assert positions == sorted(positions)
    everything = list(checks())
    assert len(everything) == 6
    assert release_step(everything, tmp_path).returncode == 0
    assert COMMIT in (tmp_path / "called").read_text()
    for missing in everything:
        result = release_step([name for name in everything if name != missing], tmp_path)
        assert result.returncode == 1
        assert missing in result.stderr
