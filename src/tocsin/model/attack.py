"""ATT&CK Enterprise v19: the tactics in their order, and each technique with its tactics and its names.

Enters: ids as rules and products write them (`T1003.001`, `TA0006`, `credential-access`, in any case; also ids
that v19 has revoked). Leaves: names in English or French, tactics, parents. An unknown id answers with itself.
The table is `attack.tsv` beside this file, read at the first question.
Source: MITRE ATT&CK® v19 (ids, English names); the French names are ours. Notice in docs/rules.md.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from msgspec import Struct


class Tactic(Struct, frozen=True):
    """Why an attacker does something. `short` is the name that Sigma tags use."""

    id: str
    short: str
    en: str
    fr: str


class Technique(Struct, frozen=True):
    """How an attacker does it. `tactics` are short names, in the order of ATT&CK."""

    id: str
    tactics: tuple[str, ...]
    en: str
    fr: str


TACTICS: tuple[Tactic, ...] = (
    Tactic("TA0043", "reconnaissance", "Reconnaissance", "Reconnaissance"),
    Tactic("TA0042", "resource-development", "Resource Development", "Développement de ressources"),
    Tactic("TA0001", "initial-access", "Initial Access", "Accès initial"),
    Tactic("TA0002", "execution", "Execution", "Exécution"),
    Tactic("TA0003", "persistence", "Persistence", "Persistance"),
    Tactic("TA0004", "privilege-escalation", "Privilege Escalation", "Élévation de privilèges"),
    Tactic("TA0005", "stealth", "Stealth", "Furtivité"),
    Tactic("TA0112", "defense-impairment", "Defense Impairment", "Affaiblissement des défenses"),
    Tactic("TA0006", "credential-access", "Credential Access", "Accès aux identifiants"),
    Tactic("TA0007", "discovery", "Discovery", "Découverte"),
    Tactic("TA0008", "lateral-movement", "Lateral Movement", "Mouvement latéral"),
    Tactic("TA0009", "collection", "Collection", "Collecte"),
    Tactic("TA0011", "command-and-control", "Command and Control", "Commande et contrôle"),
    Tactic("TA0010", "exfiltration", "Exfiltration", "Exfiltration"),
    Tactic("TA0040", "impact", "Impact", "Impact"),
)
"""In the order of an attack. Until v18, Stealth and Defense Impairment were one tactic, Defense Evasion."""

DEFENSE_EVASION = Tactic("TA0005", "defense-evasion", "Defense Evasion", "Évasion des défenses")
"""The tactic that v19 split: older rules and products still name it."""

REVOKED: dict[str, str] = {
    "T1070.001": "T1685.005",
    "T1070.002": "T1685.006",
    "T1562": "T1685",
    "T1562.001": "T1685",
    "T1562.002": "T1685.001",
    "T1562.003": "T1690",
    "T1562.004": "T1686",
    "T1562.006": "T1685",
    "T1562.007": "T1686.001",
    "T1562.008": "T1685.002",
    "T1562.009": "T1688",
    "T1562.010": "T1689",
    "T1562.011": "T1685.003",
    "T1562.012": "T1685.004",
    "T1562.013": "T1686.002",
    "T1574.002": "T1574.001",
    "T1656": "T1684.001",
    "T1672": "T1684.002",
}
"""Ids that v18 and older had -> the ids that took their place."""

_COLUMNS: dict[str, str] = {
    "recon": "reconnaissance",
    "resdev": "resource-development",
    "initial": "initial-access",
    "exec": "execution",
    "persist": "persistence",
    "privesc": "privilege-escalation",
    "stealth": "stealth",
    "impair": "defense-impairment",
    "cred": "credential-access",
    "discovery": "discovery",
    "lateral": "lateral-movement",
    "collect": "collection",
    "c2": "command-and-control",
    "exfil": "exfiltration",
    "impact": "impact",
}
_TACTIC: dict[str, Tactic] = {
    key: tactic for tactic in (DEFENSE_EVASION, *TACTICS) for key in (tactic.short, tactic.id.lower())
}


@cache
def techniques() -> dict[str, Technique]:
    """Give all techniques and sub-techniques by id."""
    table: dict[str, Technique] = {}
    for line in files("tocsin.model").joinpath("attack.tsv").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        technique_id, tactics, english, french = line.split("\t")
        shorts = tuple(_COLUMNS[tactic] for tactic in tactics.split())
        above = table.get(technique_id.partition(".")[0])
        table[technique_id] = Technique(technique_id, shorts or (above.tactics if above else ()), english, french)
    return table


def current(technique_id: str) -> str:
    """Give the id as v19 has it: upper case, a revoked id replaced."""
    plain = technique_id.strip().upper()
    return REVOKED.get(plain, plain)


def known(technique_id: str) -> bool:
    """Say whether ATT&CK has this technique, also under a revoked id."""
    return current(technique_id) in techniques()


def name(technique_id: str, lang: str = "en") -> str:
    """Give a technique's own name (`LSASS Memory`) in English or, for `fr`, in French."""
    technique = techniques().get(current(technique_id))
    if technique is None:
        return technique_id
    return technique.fr if lang.lower().startswith("fr") else technique.en


def full_name(technique_id: str, lang: str = "en") -> str:
    """Give a sub-technique's name after its parent's: `OS Credential Dumping: LSASS Memory`."""
    above = parent(technique_id)
    if above is None or above not in techniques():
        return name(technique_id, lang)
    colon = "\u00a0: " if lang.lower().startswith("fr") else ": "
    return f"{name(above, lang)}{colon}{name(technique_id, lang)}"


def tactics_of(technique_id: str) -> tuple[str, ...]:
    """Give the short names of a technique's tactics, in the order of an attack; none for an unknown id."""
    technique = techniques().get(current(technique_id))
    return technique.tactics if technique else ()


def tactic_name(tactic: str, lang: str = "en") -> str:
    """Give a tactic's name from its short name or its id."""
    found = _TACTIC.get(tactic.strip().lower().replace("_", "-"))
    if found is None:
        return tactic
    return found.fr if lang.lower().startswith("fr") else found.en


def parent(technique_id: str) -> str | None:
    """Give the technique above a sub-technique; None for a technique."""
    above, dot, _ = current(technique_id).partition(".")
    return above if dot else None
