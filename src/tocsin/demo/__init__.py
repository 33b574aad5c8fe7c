"""The demo: a small night at an invented hospital, made by `scripts/make_demo.py`, shipped in the wheel."""

from __future__ import annotations

from pathlib import Path


def night() -> Path:
    """Give the folder with the night's logs: network, endpoint, identity and cloud, as probes write them."""
    return Path(__file__).parent / "night"
