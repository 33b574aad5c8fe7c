"""The care map beside a scan: what detectors are told, what an incident touches, how urgent that makes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.making import MINUTE, finding
from tocsin import stakes
from tocsin.correlate import Correlator
from tocsin.errors import ConfigError, InputError
from tocsin.model import Incident

SITE = "ch-valbrume"


@pytest.fixture(scope="module")
def atlas() -> stakes.Atlas:
    return stakes.load("small")


def incident(**entities: str) -> Incident:
    correlator = Correlator()
    correlator.observe(finding("dump", 0, "high", **entities))
    (found,) = correlator.incidents()
    return found


def test_what_hangs_on_a_server_is_told_and_counts(atlas: stakes.Atlas) -> None:
    before = incident(host="pacs-01")
    (after,) = stakes.weighed([before], atlas)
    assert after.stakes
    assert after.stakes[0].life_class in {"A", "B"}
    assert any("pacs-01" in stake.because for stake in after.stakes)
    assert after.urgency > before.urgency
    classes = [stake.life_class for stake in after.stakes if stake.state == after.stakes[0].state]
    assert classes == sorted(classes)


def test_what_is_outside_changes_nothing(atlas: stakes.Atlas) -> None:
    before = incident(src="203.0.113.9")
    assert stakes.weighed([before], atlas) == [before]


def test_the_most_urgent_comes_first_by_what_it_touches(atlas: stakes.Atlas) -> None:
    one, other = incident(src="203.0.113.9"), incident(host="pacs-01")
    assert [bool(each.stakes) for each in stakes.weighed([one, other], atlas)] == [True, False]


def test_what_detectors_are_told(atlas: stakes.Atlas) -> None:
    place = stakes.surroundings(atlas, SITE)
    assert place.devices
    leashed = place.leashed["presta-rx"]
    assert leashed.leash.windows[0] == (8 * 60, 19 * 60)
    assert "pacs-01" in leashed.leash.targets
    assert "bastion-01" in leashed.leash.via


def test_local_time_changes_with_the_seasons(atlas: stakes.Atlas) -> None:
    offsets = stakes.surroundings(atlas, SITE).offsets
    by_day = {minutes for _, minutes in offsets}
    assert by_day == {60, 120}
    summer = 1_782_000_000_000_000  # 21 June 2026
    assert [minutes for begin, minutes in offsets if begin <= summer][-1] == 120
    assert offsets == tuple(sorted(offsets))
    assert MINUTE > 0


def test_a_map_with_faults_or_none_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("site: {name: x}\nhosts: {a: {zone: nowhere}}\n")
    with pytest.raises(ConfigError) as caught:
        stakes.load(str(tmp_path))
    assert "tocsin care check" in (caught.value.hint or "")
    with pytest.raises(InputError):
        stakes.load(str(tmp_path / "none"))
