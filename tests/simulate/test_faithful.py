"""Simulated records against real ones, source by source: fields present, shapes of values, burstiness, heavy tails."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import mean, pstdev

import pytest

from tests.simulate.making import attack, made, read
from tocsin.ingest import files
from tocsin.model import Event, Reject
from tocsin.probes import formats

ZEEK = ("network/rita/json_with_all_fields", "network/slips/test9-mixed-zeek-dir", "multi/lsass_campaign_01/zeek")
WINDOWS = (
    "multi/lsass_campaign_02/host",
    "multi/shire_empire_shell_rubeus_asktgt_createnetonly/host",
    "multi/shire_covenant_sharpsc_create_dcerpc_smb_svcctl/host",
    "multi/shire_covenant_dcsync_dcerpc_drsuapi_DsGetNCChanges/host",
)
SHIPPER = frozenset(
    "@version Category EventReceivedTime EventTime EventType ExecutionProcessID Message Opcode OpcodeValue "
    "RecordNumber Severity SeverityValue SourceModuleName SourceModuleType ThreadID Version host port tags ActivityID "
    "AccountName AccountType Domain UserID ERROR_EVT_UNRESOLVED timestamp AdditionalInfo2".split()
)
"""What the collectors of the real sets add: other collectors add other fields."""
EMPTY = frozenset({"CertIssuerName", "CertSerialNumber", "CertThumbprint", "AdditionalInfo2"})
"""Fields that are there but empty: the real sets' collector leaves them out."""
NEWER = frozenset(
    "_path ssl_history cert_chain_fps client_cert_chain_fps sni_matches_cert local_orig local_resp requested_addr "
    "curve next_protocol ja3 ja3s tls msg_id user_agent resp_fuids resp_mime_types validation_status subject issuer "
    "request_type till success cipher client error_msg forwardable renewable".split()
)
"""Fields that Zeek writes now or where they apply, and the old or short real sets lack."""
OLDER = frozenset("_path md5 sha1 cert_chain_fuids client_cert_chain_fuids fuids is_webmail date from".split())
"""Fields of the real sets' versions or add-on packages."""


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    folder = tmp_path_factory.mktemp("ours")
    found = [*read(folder / "day", made(10)), *read(folder / "attack", attack())]
    return [one for _, one in found if isinstance(one, Event)]


def real(data: Path, folders: Iterable[str]) -> Iterator[Event]:
    for path in files.find([str(data / folder) for folder in folders]):
        for block in files.blocks(path, "real"):
            if not isinstance(block, Reject):
                yield from (one for one in formats.BY_NAME[block.format].read(block) if isinstance(one, Event))


Kind = tuple[str, object]


def fields(events: Iterable[Event]) -> tuple[dict[Kind, Counter[str]], Counter[Kind]]:
    """Count the fields of each kind of record, and the records."""
    found: dict[Kind, Counter[str]] = defaultdict(Counter)
    records: Counter[Kind] = Counter()
    for one in events:
        kind = (one.source, one.native.get("EventID", ""))
        records[kind] += 1
        found[kind].update(one.native.keys())
    return found, records


def test_windows_fields_are_those_of_real_events(data: Path, ours: list[Event]) -> None:
    known, records = fields(real(data, WINDOWS))
    simulated, own = fields(one for one in ours if one.source.startswith("windows."))
    compared = set(known) & set(simulated)
    assert len(compared) >= 12
    for kind in compared:
        strange = set(simulated[kind]) - set(known[kind]) - {"User", "SourceUser", "TargetUser", "ParentUser"}
        strange -= {"ParentProcessName", "MandatoryLabel", "ProcessId", "Level", "TimeCreated", *EMPTY}
        assert not strange, (kind, strange)
        always = {name for name, count in known[kind].items() if count == records[kind]} - SHIPPER
        never = {name for name in always if simulated[kind][name] < own[kind]}
        assert not never, (kind, never)


def test_zeek_fields_are_those_of_real_logs(data: Path, ours: list[Event]) -> None:
    known, records = fields(real(data, ZEEK))
    simulated, own = fields(one for one in ours if one.source.startswith("zeek."))
    compared = {kind for kind in set(known) & set(simulated) if records[kind] >= 5}
    assert {kind[0] for kind in compared} >= {"zeek.conn", "zeek.dns", "zeek.http", "zeek.ssl", "zeek.files"}
    for kind in compared:
        strange = set(simulated[kind]) - set(known[kind]) - NEWER
        assert not strange, (kind, strange)
        always = {name for name, count in known[kind].items() if count == records[kind]} - OLDER
        never = {name for name in always if not simulated[kind][name]}
        assert not never, (kind, never)
        for name in always & {"ts", "uid", "id.orig_h", "conn_state", "query", "proto"}:
            assert simulated[kind][name] == own[kind]


def shape(value: object) -> str:
    """Give a value's form: numbers of either base as x, words as a."""
    text = re.sub(r"(?:0x)?\b[0-9A-Fa-f]*\d[0-9A-Fa-f]*\b|\b[0-9A-Fa-f]{4,}\b", "x", str(value))
    return re.sub(r"[A-Za-z_][\w.$-]*", "a", text)[:80]


SHAPED = {
    ("windows.security", 4624): ("TargetLogonId", "LogonType", "LogonGuid", "ImpersonationLevel", "TargetUserSid"),
    ("windows.security", 4688): ("NewProcessId", "TokenElevationType", "MandatoryLabel", "SubjectLogonId"),
    ("windows.security", 4769): ("TicketEncryptionType", "TicketOptions", "IpAddress", "Status", "TargetUserName"),
    ("windows.sysmon", 1): ("UtcTime", "ProcessGuid", "ProcessId", "LogonId", "IntegrityLevel"),
    ("windows.sysmon", 10): ("GrantedAccess", "UtcTime", "SourceProcessGUID"),
    ("zeek.conn", ""): ("id.orig_h", "conn_state", "proto", "local_orig"),
    ("zeek.dns", ""): ("qtype_name", "rcode_name", "trans_id", "RD"),
}


@pytest.mark.parametrize("kind", SHAPED, ids=str)
def test_values_have_the_shapes_of_real_ones(kind: Kind, data: Path, ours: list[Event]) -> None:
    folders = WINDOWS if kind[0].startswith("windows") else ZEEK
    for name in SHAPED[kind]:
        known = {shape(one.native[name]) for one in real(data, folders) if _is(one, kind) and name in one.native}
        own = Counter(shape(one.native[name]) for one in ours if _is(one, kind) and name in one.native)
        strange = sum(count for form, count in own.items() if form not in known)
        assert own
        assert strange <= 0.1 * own.total(), (name, own.most_common(4), sorted(known)[:8])


def _is(event: Event, kind: Kind) -> bool:
    return (event.source, event.native.get("EventID", "")) == kind


def variation(times: list[int]) -> float:
    """Give how uneven the gaps are: 1 for pure chance, more where things come in bursts."""
    gaps = [later - earlier for earlier, later in zip(sorted(times), sorted(times)[1:], strict=False)]
    return pstdev(gaps) / mean(gaps)


def test_web_traffic_comes_in_bursts_as_real_traffic_does(data: Path, ours: list[Event]) -> None:
    known = by_client(real(data, ("network/slips/test9-mixed-zeek-dir",)), "zeek.conn")
    own = by_client(ours, "zeek.conn")
    assert mean(map(variation, known)) > 1
    assert mean(map(variation, own)) > 1


def by_client(events: Iterable[Event], source: str) -> list[list[int]]:
    """Give the moments of the busiest clients."""
    found: dict[str, list[int]] = defaultdict(list)
    for one in events:
        if one.source == source and one.time_us is not None:
            found[str(one.native["id.orig_h"])].append(one.time_us)
    return sorted((times for times in found.values() if len(times) > 40), key=len, reverse=True)[:20]


def test_few_names_are_asked_for_most_and_many_once(data: Path, ours: list[Event]) -> None:
    for events in (real(data, ("network/slips/test9-mixed-zeek-dir",)), ours):
        names = Counter(str(one.native.get("query")) for one in events if one.source == "zeek.dns")
        top = sum(count for _, count in names.most_common(max(1, len(names) // 10)))
        assert top > 0.25 * names.total()
        assert sum(1 for count in names.values() if count == 1) > 0.2 * len(names)


def test_sizes_have_a_heavy_tail(data: Path, ours: list[Event]) -> None:
    for events in (real(data, ("network/slips/test9-mixed-zeek-dir",)), ours):
        sizes = sorted(int(one.native.get("resp_bytes") or 0) for one in events if one.source == "zeek.conn")
        assert sum(sizes[-len(sizes) // 100 :]) > 0.15 * sum(sizes)


def test_states_and_services_are_zeeks_own(data: Path, ours: list[Event]) -> None:
    states = {str(one.native["conn_state"]) for one in ours if one.source == "zeek.conn"}
    assert states <= {"SF", "S0", "S1", "REJ", "RSTO", "RSTR", "OTH", "SH"}
    known = {str(one.native.get("service")) for one in real(data, ZEEK) if one.source == "zeek.conn"}
    own = {str(one.native.get("service")) for one in ours if one.source == "zeek.conn"}
    assert {"dns", "ssl", "http"} <= own & known
