"""Plots: what is wrong is told by line and column; what is right is cast from the map and played in time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.simulate.making import MONDAY, brest, place
from tocsin.errors import InputError
from tocsin.simulate.acts import KINDS, Logon, Ticket, Visit
from tocsin.simulate.plots import cues, load, shipped
from tocsin.simulate.plots.reading import read
from tocsin.simulate.plots.schema import CHOICES, fields_of

HEAD = "plot: {name: p, begin: day 1 10:00}\ncast: {desk: {role: workstation}, who: {account: person}}\nsteps:\n"


@pytest.mark.parametrize(
    ("text", "place_of", "says"),
    [
        (HEAD + "  - {do: logn, on: desk, by: who}", "4:10", "not among the words"),
        (HEAD + "  - {do: logon, on: dsk, by: who}", "4:21", "not in the cast"),
        (HEAD + "  - {do: logon, on: desk}", "4:5", "must have"),
        (HEAD + "  - {do: logon, on: desk, by: who, colour: red}", "4:36", "has no word"),
        (HEAD + "  - {do: logon, on: desk, by: who, kind: astral}", "4:42", "not among the words"),
        (HEAD + "  - {do: logon, on: desk, by: who, after: soon}", "4:43", "no length of time"),
        (HEAD + "  - {do: logon, on: desk, by: who, since: never}", "4:43", "no step before"),
        (HEAD + "  - {do: logon, on: desk, by: who, technique: phishing}", "4:47", "no ATT&CK technique"),
        (HEAD + "  - {do: logon, on: desk, by: who, repeat: 0}", "4:44", "no number"),
        (HEAD + "  - {do: logon, on: desk, by: who, unseen_by: [nobody]}", "4:48", "not among the words"),
        (HEAD + "  - {do: lookup, from: desk, to: directory, name: '{thief.name}'}", "4:51", "not in the cast"),
        (HEAD + "  - {do: lookup, from: desk, to: directory, name: '{desk.colour}'}", "4:51", "nothing has"),
        ("plot: {name: p, begin: tomorrow}\nsteps: []", "1:24", "no day and hour"),
        ("plot: {name: p, colour: red}\nsteps: []", "1:17", "no key"),
        ("cast: {}", "1:1", "is missing"),
        ("", "", "empty"),
        ("a: [", "", "not valid YAML"),
    ],
)
def test_faults_have_their_place(text: str, place_of: str, says: str) -> None:
    plot, problems = read("p.yaml", text)
    assert plot is None
    assert any(says in one.text() and place_of in str(one.place) for one in problems), [
        (str(one.place), one.text()) for one in problems
    ]


def test_every_act_has_words_and_every_choice_an_act() -> None:
    for do in KINDS:
        assert fields_of(do)
    for do, field in CHOICES:
        assert field in KINDS[do]._fields
        default = KINDS[do]._field_defaults.get(field)
        assert default in {None, "", *CHOICES[do, field]}


@pytest.mark.parametrize("name", shipped())
def test_shipped_plots_are_right(name: str) -> None:
    plot = load(name)
    assert plot.label
    assert plot.steps


def test_a_cast_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    plot, first = brest()
    again = cues(plot, [place()], 1, MONDAY, 7)
    assert [cue.act.time_us for cue in again] == [cue.act.time_us for cue in first]
    assert [cue.act.no for cue in again] == [cue.act.no for cue in first]
    other = cues(plot, [place(2)], 2, MONDAY, 7)
    assert [cue.act.no for cue in other] != [cue.act.no for cue in first]


def test_steps_come_in_time_and_repeat() -> None:
    _plot, acts = brest()
    beacons = [cue.act for cue in acts if isinstance(cue.act, Visit)]
    gaps = [(b.time_us - a.time_us) / 1e6 for a, b in pairwise(beacons)]
    assert len(beacons) == 50
    assert 55 <= min(gaps) <= max(gaps) <= 65
    logon = next(cue.act for cue in acts if isinstance(cue.act, Logon))
    assert 60e6 <= logon.time_us - acts[0].act.time_us <= 180e6
    roasted = [cue.act.service for cue in acts if isinstance(cue.act, Ticket)]
    assert len(set(roasted)) == 4


def test_words_with_braces_stay() -> None:
    text = HEAD + "  - {do: process, on: desk, by: who, image: x, command: 'bcdedit /set {default} {n} {desk.name}'}"
    plot, problems = read("p.yaml", text)
    assert plot is not None, problems
    (cue,) = cues(plot, [place()], 1, MONDAY, 1)
    command = cue.act.command  # type: ignore[union-attr]
    assert command.startswith("bcdedit /set {default} 1 ")
    assert "{desk" not in command


def test_what_the_map_lacks_is_said_with_its_line() -> None:
    text = HEAD.replace("role: workstation", "role: cash_desk") + "  - {do: logon, on: desk, by: who}"
    plot, _ = read("p.yaml", text)
    assert plot is not None
    with pytest.raises(InputError, match=r"p\.yaml:2:8"):
        cues(plot, [place()], 1, MONDAY, 1)


def test_no_such_plot() -> None:
    with pytest.raises(InputError, match="no such plot"):
        load("s99")
