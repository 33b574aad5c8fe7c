"""The story as people read it: where, who, what, in both languages, each thing once."""

from __future__ import annotations

from msgspec.structs import replace

from tests.report.samples import finding
from tocsin import i18n
from tocsin.correlate.correlator import Correlator
from tocsin.model import Entity, Finding
from tocsin.model.voice import Voice

ENGLISH = Voice()
FRENCH = Voice("fr", i18n.translator("fr"))
HOST = Entity("host", "srv-1", "subject")
ACCOUNT = Entity("identity", "a.martin", "actor")
SOURCE = Entity("address", "203.0.113.9", "source")
DUMP = finding(
    1, 0, "LSASS Dump Command", (HOST, ACCOUNT), techniques=("T1003.001",), facts={"command": "procdump -ma lsass.exe"}
)


def told(one: Finding, voice: Voice) -> list[str]:
    correlator = Correlator()
    correlator.observe(one)
    (incident,) = correlator.incidents(voice)
    return [incident.title, *(sentence.replace("\u00a0", " ") for sentence in incident.story)]


def test_a_rule_in_english() -> None:
    assert told(DUMP, ENGLISH) == [
        "Credential Access on srv-1 with the account a.martin",
        "At 02:14:00 UTC (2026-11-02), on srv-1, account a.martin: LSASS Dump Command (T1003.001 LSASS Memory)"
        " — “procdump -ma lsass.exe”.",
        "Evidence: one kind, of weight 2.0, seen by: endpoint.",
    ]


def test_a_rule_in_french() -> None:
    assert told(DUMP, FRENCH) == [
        "Accès aux identifiants sur srv-1 avec le compte a.martin",
        "À 02:14:00 UTC (2026-11-02), sur srv-1, compte a.martin : mémoire de LSASS vidée par une commande"
        " (T1003.001 Mémoire de LSASS) — « procdump -ma lsass.exe ».",
        "Indices : une seule sorte, de poids 2,0, vue par : machines.",
    ]


def test_the_title_of_somebody_elses_rule_stays() -> None:
    other = replace(DUMP, title="Suspicious Foo Execution")
    assert " : Suspicious Foo Execution (T1003.001" in told(other, FRENCH)[1]


def test_from_where() -> None:
    entered = replace(DUMP, entities=(Entity("address", "10.20.1.9", "destination"), SOURCE), facts={})
    assert ", from 203.0.113.9: LSASS" in told(entered, ENGLISH)[1]
    assert ", depuis 203.0.113.9 : mémoire" in told(entered, FRENCH)[1]
    cloud = replace(DUMP, entities=(ACCOUNT, Entity("cloud", "111122223333", "object")))
    assert told(cloud, FRENCH)[0] == "Accès aux identifiants dans le cloud avec le compte a.martin"


def test_a_detectors_sentence_names_each_once() -> None:
    message = "{account} did what it never does from {src}"
    facts = {"message": message, "account": "a.martin", "src": "203.0.113.9", "service": "vpn"}
    sign = replace(DUMP, rule=None, entities=(ACCOUNT, SOURCE), facts=facts, techniques=())
    assert told(sign, ENGLISH)[1] == ("At 02:14:00 UTC (2026-11-02): a.martin did what it never does from 203.0.113.9.")
