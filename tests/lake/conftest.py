"""The lake's tests read English messages, whatever language a test before them spoke."""

from __future__ import annotations

import pytest

from tocsin import i18n


@pytest.fixture(autouse=True)
def _english() -> None:
    i18n.use("en")
