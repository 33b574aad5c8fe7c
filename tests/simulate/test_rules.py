"""A rule that fires on a real trace of a technique fires on the simulated one too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulate.making import attack
from tocsin.pipeline import ScanOptions, scan

REAL = {
    "multi/shire_covenant_dcsync_dcerpc_drsuapi_DsGetNCChanges": ("Directory Replicated By An Account",),
    "multi/shire_empire_psremoting_stager": ("Hidden PowerShell With An Encoded Command",),
    "multi/lsass_campaign_01": ("LSASS Memory Read By An Unexpected Program",),
}


def fired(folder: Path) -> set[str]:
    result = scan(ScanOptions(paths=(str(folder),), workers=1))
    return {finding.title for incident in result.incidents for finding in incident.findings}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("attack")
    for path, content in attack().items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return fired(folder)


def test_the_first_plot_fires_rules_on_every_layer(simulated: set[str]) -> None:
    wanted = {
        "Hidden PowerShell With An Encoded Command",
        "LSASS Dump Command",
        "LSASS Memory Read By An Unexpected Program",
        "Kerberoasting",
        "Service Installed By A Remote Execution Tool",
        "Directory Replicated By An Account",
        "Password Theft By Directory Replication",
    }
    assert wanted <= simulated


@pytest.mark.slow
@pytest.mark.parametrize("folder", REAL)
def test_rules_of_real_traces_fire_on_simulated_ones(folder: str, data: Path, simulated: set[str]) -> None:
    real = fired(data / folder)
    for title in REAL[folder]:
        assert title in real
        assert title in simulated
