"""The model of names: what it says of names, and that training gives the same bytes again."""

from __future__ import annotations

import random
import string
import subprocess
import sys
from pathlib import Path

import pytest

from tocsin.detect.behaviour import letters

ROOT = Path(__file__).parents[3]
MODELS = ROOT / "src/tocsin/detect/behaviour/models"


@pytest.mark.parametrize("name", ["facebook", "chu-exemple", "windows-update", "meteo-montagne", "silverriver", "www"])
def test_names_that_people_chose(name: str) -> None:
    assert letters.drawn(name) < letters.DRAWN


@pytest.mark.parametrize("name", ["kwqjdhnbxcvuytr", "03c10175375169c68f", "d10lpsik1i8c69", "x7gq2kzv9w1"])
def test_names_that_machines_drew(name: str) -> None:
    assert letters.drawn(name) > letters.DRAWN


def test_most_drawn_names_are_told() -> None:
    rng = random.Random(5)
    names = ["".join(rng.choices(string.ascii_lowercase, k=12)) for _ in range(300)]
    assert sum(letters.drawn(name) >= letters.DRAWN for name in names) > 280


@pytest.mark.parametrize("label", ["", "\x00", "é" * 80, "a" * 10_000, "-", "\ud800x", "１２３"])
def test_any_text_has_an_answer(label: str) -> None:
    assert isinstance(letters.drawn(label), float)


def test_model_is_small() -> None:
    assert (MODELS / letters.MODEL).stat().st_size == letters.SIZE**3 < 100_000


def test_trained_again_it_is_the_same() -> None:
    pytest.importorskip("hstspreload", reason="the material (pip install hstspreload) is not here")
    script = ROOT / "scripts/train_dga.py"
    run = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    if "is made from" in run.stderr:
        pytest.skip(run.stderr.strip())
    assert (run.returncode, run.stdout.strip()) == (0, "the same")
