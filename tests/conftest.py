"""What all tests share: the development data (skipped where absent) and golden files with `--bless`."""

from __future__ import annotations

import difflib
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("tocsin", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tocsin")
"""A busy machine is no fault of the code: how long an example takes to make or to run fails nothing."""

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="write golden files anew and show what changed")


@pytest.fixture(scope="session")
def data() -> Path:
    """The unpacked development data (third-party, never in the repository)."""
    folder = ROOT / ".data"
    if not (folder / "rules" / ".complete").exists():
        if not (SHARED / "unpack").exists():
            pytest.skip("needs the development data (../shared/data), which is not on this machine")
        subprocess.run([SHARED / "unpack", folder], check=True)
    return folder


@pytest.fixture
def golden(request: pytest.FixtureRequest):
    """Compare text with a golden file; with --bless write it and print the diff."""

    def compare(path: Path, actual: str) -> None:
        expected = path.read_text("utf-8") if path.exists() else ""
        if actual == expected:
            return
        diff = "".join(difflib.unified_diff(expected.splitlines(True), actual.splitlines(True), str(path), "actual"))
        if request.config.getoption("--bless"):
            path.write_text(actual, "utf-8")
            print(diff)
            return
        pytest.fail(f"{diff}\nIf this is right: pytest --bless {request.node.nodeid}", pytrace=False)

    return compare
