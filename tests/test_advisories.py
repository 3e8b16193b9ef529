"""The locks hold no version that an advisory was known of; pyproject.toml has the floors."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from serving import ROOT

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FLOORS = tuple(map(Requirement, SETTINGS["tool"]["uv"]["constraint-dependencies"]))


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_no_locked_version_is_below_a_floor(lock: str) -> None:
    pins = dict(re.findall(r"^([\w.-]+)==([^ ;]+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))
    held = [floor for floor in FLOORS if floor.name in pins]
    assert len(held) > 10
    assert [str(floor) for floor in held if not floor.specifier.contains(pins[floor.name])] == []


def test_no_floor_is_for_nothing() -> None:
    known = (ROOT / "requirements-test.lock").read_text(encoding="utf-8")
    assert [floor.name for floor in FLOORS if f"\n{floor.name}==" not in known] == []


def audited(folder: Path, said: str, status: int) -> subprocess.CompletedProcess[str]:
    """Run the audit with a pip-audit that says this."""
    for name in ("requirements.lock", "requirements-test.lock"):
        (folder / name).touch()
    (folder / "deploy").mkdir()
    (folder / "deploy/audit.sh").write_text((ROOT / "deploy/audit.sh").read_text())
    tool = folder / ".tools/audit/bin/pip-audit"
    tool.parent.mkdir(parents=True)
    tool.write_text(f"#!/bin/sh\necho '{said}'\nexit {status}\n")
    tool.chmod(0o755)
    own = {"PATH": os.environ["PATH"]}
    return subprocess.run(["sh", str(folder / "deploy/audit.sh")], env=own, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("said", "status", "expected", "words"),
    [
        ("No known vulnerabilities found", 0, 0, "No known vulnerabilities found"),
        ("Found 1 known vulnerability in 1 package", 1, 1, "Found 1 known"),
        (
            "No known vulnerabilities found\nlxml Dependency could not be audited: lxml (6.1.3)",
            0,
            2,
            "does not know 1 packages",
        ),
        ("ERROR:pip_audit._cli:connection refused", 1, 2, "No feed of advisories could be reached"),
    ],
)
def test_an_audit_tells_nothing_known_from_nobody_asked(
    tmp_path: Path, said: str, status: int, expected: int, words: str
) -> None:
    done = audited(tmp_path, said, status)
    assert done.returncode == expected
    assert words in done.stdout + done.stderr
