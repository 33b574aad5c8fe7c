"""A simulation is reproducible byte for byte, in bounded memory, and its truth stays out of the logs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.simulate.making import MONDAY, attack, brest, made, small
from tocsin.errors import InputError
from tocsin.simulate.faults import NONE, ROUGH
from tocsin.simulate.plots import load
from tocsin.simulate.running import LOGS, TRUTH, Order, Simulation, minutes, run


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_the_same_seed_gives_the_same_bytes_whatever_the_workers(tmp_path: Path) -> None:
    order = Order(small(), 3, MONDAY, 4, plots=(load("s01-brest"),), quiet=True, sources=frozenset({"zeek", "windows"}))
    run(order, tmp_path / "one", 1)
    run(order, tmp_path / "three", 3)
    assert contents(tmp_path / "one") == contents(tmp_path / "three")


def test_an_hour_is_the_same_twice_and_another_with_another_seed() -> None:
    first = made(10)
    made.cache_clear()
    assert made(10) == first
    assert made(10, seed=2) != first


def test_the_truth_is_beside_the_logs(tmp_path: Path) -> None:
    run(Order(small(), 1, MONDAY, 4, plots=(load("s01-brest"),), quiet=True), tmp_path, 1)
    lines = [json.loads(line) for line in (tmp_path / TRUTH).read_text().splitlines()]
    assert [line["kind"] for line in lines[:2]] == ["simulation", "plot"]
    assert lines[1]["acts"] == len(lines) - 2 == len(brest()[1])
    whole = b"".join(contents(tmp_path / LOGS).values())
    assert b"s01-brest" not in whole
    assert b"T1558" not in whole


def test_only_some_probes_write(tmp_path: Path) -> None:
    run(
        Order(small(), 1, MONDAY, 4, plots=(load("s01-brest"),), quiet=True, sources=frozenset({"fortigate"})),
        tmp_path,
        1,
    )
    assert {path.split("/")[1] for path in contents(tmp_path / LOGS)} == {"fortigate"}


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / LOGS).mkdir()
    (tmp_path / LOGS / "mine.log").write_text("mine")
    with pytest.raises(InputError):
        run(Order(small(), 1, MONDAY, 1), tmp_path, 1)


def test_a_plot_beyond_the_end_is_refused() -> None:
    with pytest.raises(InputError, match="after the end"):
        Simulation(Order(small(), 1, MONDAY, 1, plots=(load("s01-brest"),)))


def test_stretches_are_short_where_there_are_many_machines() -> None:
    assert [minutes(machines) for machines in (100, 300, 1_000, 12_000)] == [60, 30, 5, 2]


def test_faults_lose_double_and_delay() -> None:
    from random import Random

    from tocsin.simulate.faults import arrive

    lines = [(at * 1_000_000, f"{at:06}") for at in range(5_000)]
    assert arrive(list(lines), Random(1), NONE).decode().split() == [text for _, text in lines]
    rough = arrive(list(lines), Random(1), ROUGH).decode().split()
    assert len(set(rough)) < 5_000
    assert len(rough) > len(set(rough))
    assert rough != sorted(rough)


def test_a_silent_machine_sends_nothing(tmp_path: Path) -> None:
    plot = tmp_path / "silent.yaml"
    plot.write_text(
        """
plot: {name: silent, begin: day 1 10:00}
cast: {desk: {role: workstation, zone: bureaux}, who: {account: admin}}
steps:
  - {do: silence, on: desk, duration: 3000, after: 1 s}
  - {do: process, on: desk, by: who, image: 'C:\\evil.exe', after: 5 min}
"""
    )
    simulation = Simulation(Order(small(), 1, MONDAY, 1, plots=(load(str(plot)),), quiet=True))
    assert not [made for task in simulation.tasks() for made in simulation.make(task).files]


def test_an_attack_is_on_every_layer() -> None:
    sources = {path.split("/")[1] for path in attack()}
    assert {"zeek", "windows", "fortigate", "suricata", "edr"} <= sources
