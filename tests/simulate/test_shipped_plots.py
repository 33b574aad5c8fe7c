"""The plots that ship: realistic enough to judge by, and different from seed to seed."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import pytest

from tests.simulate.making import place
from tocsin.simulate.acts import Silence
from tocsin.simulate.plots import Cue, cues, load, shipped

FIRST = date(2026, 11, 16)
DAYS = 7
SCENARIOS = 12
HARMLESS = "s09-noise"

LAYERS = {
    "network": {"talk", "visit", "lookup", "share", "remote_call", "study", "ids_alert", "message", "mail", "ssh"},
    "endpoint": {"process", "install", "file", "open_process", "registry", "tamper", "silence", "sudo", "alert"},
    "identity": {"logon", "ticket", "vpn", "sign_in", "bastion", "directory", "account_change"},
    "cloud": {"cloud", "aws"},
}  # fmt: skip


def played(name: str, seed: int = 1) -> list[Cue]:
    return cues(load(name), [place(seed)], seed, FIRST, DAYS)


def shape(name: str, seed: int) -> list[str]:
    """Give what is done, and with which words, whoever it is done by."""
    words = ("command", "path", "operation", "agent", "calling")
    told = [" ".join((cue.step.do, *(str(getattr(cue.act, word, "")) for word in words))) for cue in played(name, seed)]
    return list(dict.fromkeys(told))


def test_every_scenario_of_the_design_ships() -> None:
    assert sorted(name.partition("-")[0] for name in shipped()) == [f"s{n:02}" for n in range(1, SCENARIOS + 1)]


@pytest.mark.parametrize("name", shipped())
def test_an_attack_leaves_traces_on_two_layers_and_says_its_techniques(name: str) -> None:
    plot = load(name)
    harm = [step for step in plot.steps if step.technique]
    assert plot.label
    if name == HARMLESS:
        assert (plot.expect, harm) == ("nothing", [])
        return
    assert plot.expect == "incident"
    assert len({step.technique for step in harm}) >= 5
    assert sum(any(step.do in acts for step in harm) for acts in LAYERS.values()) >= 2
    assert all(step.technique for step in plot.steps)


@pytest.mark.parametrize("name", [name for name in shipped() if name != "s01-brest"])
def test_another_seed_has_other_moments_and_other_tools(name: str) -> None:
    begins, shapes = set(), set()
    for seed in range(1, 7):
        acts = played(name, seed)
        begins.add(acts[0].act.time_us)
        shapes.add(str(shape(name, seed)))
    assert len(begins) == 6
    assert len(shapes) >= 2


@pytest.mark.parametrize("name", shipped())
def test_the_same_seed_plays_the_same(name: str) -> None:
    assert [str(cue.act) for cue in played(name, 3)] == [str(cue.act) for cue in played(name, 3)]


@pytest.mark.parametrize("name", shipped())
def test_each_choice_of_a_cast_is_played(name: str) -> None:
    """A step whose condition no seed can meet, or a choice without a step, is a slip of the pen."""
    plot = load(name)
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for step in plot.steps:
        if step.when:
            wanted[step.when[0]].add(step.when[1])
    choices = {member.name: member.words["one_of"] for member in plot.cast if "one_of" in member.words}
    for way, named in wanted.items():
        offered = choices[way]
        assert isinstance(offered, tuple)
        assert named == set(offered)


def test_what_is_blinded_is_silent_before_the_encryption() -> None:
    acts = [cue.act for cue in played("s11-blinding")]
    silent = next(act for act in acts if isinstance(act, Silence))
    encrypted = [act.time_us for act in acts if type(act).__name__ == "ShareUse"]
    assert silent.time_us < min(encrypted)
    assert max(encrypted) < silent.time_us + silent.duration * 1e6


def test_a_campaign_is_in_two_places() -> None:
    c2 = {cue.act.client.name for cue in played("s07-campaign") if cue.step.do == "visit"}  # type: ignore[union-attr]
    assert len(c2) == 2
