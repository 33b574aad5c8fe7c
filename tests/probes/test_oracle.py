"""Our columns against the expected documents of another project, product by product (see oracle.py).

What is asserted is the share of compared fields over all samples of the products that Tocsin has a probe for. The
action is compared only where the expected word is the vendor's own: for Windows, Wallix and HarfangLab the other
project gives words of its own making (`authentication_network`, the type of the changed object).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.probes.oracle import score

PRODUCTS = """
Suricata__suricata NetFlow__netflow Stormshield__stormshield_network_security Fortinet__fortigate
Stormshield__stormshield-endpoint-security Palo_Alto_Networks__paloalto-ngfw Palo_Alto_Networks__paloalto-prisma-access
Windows__windows Beats__winlogbeat OpenSSH__openssh HarfangLab__harfanglab Microsoft__microsoft-365-defender
Azure__azure-ad Microsoft__microsoft-entraid-graphapi Okta__okta-system-logs Keycloak__keycloak-events
Wallix__wallix-bastion Ivanti__pulse-connect AWS__aws-cloudtrail Azure__azure-activity-logs
Google_Cloud__Google_Cloud_Audit Google_Cloud__Google_Kubernetes_Engine Office_365__o365 Kubernetes__audit-log
""".split()
OWN_WORDS = {"Windows__windows", "Beats__winlogbeat", "Wallix__wallix-bastion", "HarfangLab__harfanglab"}


@pytest.fixture(scope="module")
def scores(data: Path) -> tuple[Counter[str], Counter[str]]:
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for product in PRODUCTS:
        ours, compared = score(data / "formats" / "sekoia" / f"{product}.jsonl")
        if product in OWN_WORDS:
            del compared["action"], ours["action"]
        right.update(ours)
        total.update(compared)
    return right, total


@pytest.mark.parametrize("field", ["source", "destination", "user", "host", "action", "time"])
def test_fields_agree(field: str, scores: tuple[Counter[str], Counter[str]]) -> None:
    right, total = scores
    assert total[field] > 200
    share = right[field] / total[field]
    print(f"{field}: {right[field]} of {total[field]}, {share:.1%}")
    assert share >= 0.95
