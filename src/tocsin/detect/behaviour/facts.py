"""What behaviour is learned from: a dozen kinds of facts, read from events of any product.

Enters: events. Leaves: rows (`Flow`, `Query`, `Logon`, …), small tuples that detectors watch. A worker reads them
next to the rules; they travel to the one process that holds the detectors' memory. The sources that are many a second
(Zeek conn, EVE flow, Sysmon) are read directly; all others through their OCSF columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from tocsin.detect.findings import reference
from tocsin.model import Columns, Event, EventRef, Native
from tocsin.model import names as spell
from tocsin.probes.fill import first, look_up


class Flow(NamedTuple):
    """One connection: bytes and seconds, `state` in Zeek's code (`S0`, `SF`, `REJ`) where known."""

    time_us: int
    src: str
    dst: str
    port: int
    proto: str
    service: str
    sent: int
    got: int
    duration: float
    state: str
    event: EventRef


class Query(NamedTuple):
    """One DNS question with what came back."""

    time_us: int
    src: str
    name: str
    qtype: str
    rcode: str
    answers: tuple[str, ...]
    event: EventRef


class Web(NamedTuple):
    """One HTTP request or TLS handshake: `host` is the Host header or the SNI, `agent` the user agent or JA4/JA3."""

    time_us: int
    src: str
    dst: str
    port: int
    host: str
    agent: str
    tls: bool
    event: EventRef


class FileOp(NamedTuple):
    """One operation on a network share: `action` is open, read, write, rename or delete; `before` the old name."""

    time_us: int
    client: str
    server: str
    share: str
    action: str
    name: str
    before: str
    event: EventRef


class Logon(NamedTuple):
    """One log-on, tried or done. `kind`: interactive, network, remote, service, batch, explicit, vpn, ssh, cloud, mfa.

    `src` is where it came from (address or host), `dst` the machine or application; `reason` the vendor's code of a
    failure; `place` the country, followed by `@latitude,longitude` where known; `device` the client as it calls
    itself. `mfa` is the answer to a second factor: a push denied or ignored is one that failed.
    """

    time_us: int
    account: str
    src: str
    dst: str
    kind: str
    protocol: str
    success: bool
    reason: str
    place: str
    device: str
    event: EventRef


class Bound(NamedTuple):
    """A machine was seen with an address (its own Kerberos tickets and log-ons say so)."""

    time_us: int
    host: str
    address: str
    event: EventRef


class Ticket(NamedTuple):
    """One Kerberos ticket asked for: `kind` AS or TGS; `cipher` as hexadecimal text (`0x17` is RC4).

    `reason` is the code of a failure, `preauth` the pre-authentication type (`0` is none) where known.
    """

    time_us: int
    account: str
    service: str
    src: str
    kind: str
    cipher: str
    success: bool
    event: EventRef
    reason: str = ""
    preauth: str = ""


class Process(NamedTuple):
    """One program started. Paths and command line as received, `digest` its hash where known."""

    time_us: int
    host: str
    user: str
    parent: str
    image: str
    command: str
    digest: str
    event: EventRef


class Autorun(NamedTuple):
    """One thing that starts by itself: `kind` service, task, driver, runkey, wmi."""

    time_us: int
    host: str
    user: str
    kind: str
    name: str
    command: str
    event: EventRef


class Call(NamedTuple):
    """One call of a cloud's or directory's interface; `what` are the parameters that say what it was for."""

    time_us: int
    principal: str
    service: str
    action: str
    region: str
    src: str
    agent: str
    success: bool
    account: str
    resource: str
    event: EventRef
    what: str = ""


class Change(NamedTuple):
    """One access to or change of a directory object (4662, 5136, 4742).

    `what` are rights and GUIDs, or `attribute=value`; `actor` keeps a machine account's `$`.
    """

    time_us: int
    host: str
    actor: str
    target: str
    what: str
    event: EventRef


Fact = Flow | Query | Web | FileOp | Logon | Ticket | Bound | Process | Autorun | Call | Change
Reader = Callable[[Event, int], Iterator[Fact]]
ColumnsOf = Callable[[Event], Columns]


def facts_of(event: Event, columns_of: ColumnsOf) -> Iterator[Fact]:
    """Give the facts of one event; none when it has no time, or tells nothing that detectors watch."""
    if event.time_us is None:
        return
    reader = _READERS.get(event.source)
    if reader is not None:
        yield from reader(event, event.time_us)
    elif event.source in _BY_COLUMNS:
        yield from _BY_COLUMNS[event.source](event, event.time_us, columns_of(event))


def _number(value: object) -> int:
    try:
        return int(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0


def _seconds(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return 0.0


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _conn(event: Event, time_us: int) -> Iterator[Fact]:
    get = event.native.get
    src, dst = get("id.orig_h"), get("id.resp_h")
    if isinstance(src, str) and isinstance(dst, str):
        yield Flow(
            time_us,
            src,
            dst,
            _number(get("id.resp_p")),
            _text(get("proto")),
            _text(get("service")),
            _number(get("orig_bytes")),
            _number(get("resp_bytes")),
            _seconds(get("duration")),
            _text(get("conn_state")),
            reference(event),
        )


def _zeek_dns(event: Event, time_us: int) -> Iterator[Fact]:
    get = event.native.get
    answers = get("answers")
    listed = answers if isinstance(answers, list) else _text(answers).split(",") if answers else []
    name = _text(get("query")).rstrip(".").lower()
    if name:
        yield Query(
            time_us,
            _text(get("id.orig_h")),
            name,
            _text(get("qtype_name")),
            _text(get("rcode_name")),
            tuple(map(str, listed)),
            reference(event),
        )


def _zeek_http(event: Event, time_us: int) -> Iterator[Fact]:
    get = event.native.get
    host = _text(get("host")).partition(":")[0].lower()
    ends = (_text(get("id.orig_h")), _text(get("id.resp_h")), _number(get("id.resp_p")))
    yield Web(time_us, *ends, host, _text(get("user_agent")), False, reference(event))


def _zeek_ssl(event: Event, time_us: int) -> Iterator[Fact]:
    get = event.native.get
    agent = _text(get("ja4") or get("ja3"))
    ends = (_text(get("id.orig_h")), _text(get("id.resp_h")), _number(get("id.resp_p")))
    yield Web(time_us, *ends, _text(get("server_name")).lower(), agent, True, reference(event))


_SMB_ACTIONS = {
    "SMB::FILE_OPEN": "open",
    "SMB::FILE_READ": "read",
    "SMB::FILE_WRITE": "write",
    "SMB::FILE_RENAME": "rename",
    "SMB::FILE_DELETE": "delete",
    "SMB::FILE_CLOSE": "close",
}


def _zeek_smb(event: Event, time_us: int) -> Iterator[Fact]:
    get = event.native.get
    action = _SMB_ACTIONS.get(_text(get("action")), "")
    if action:
        yield FileOp(
            time_us,
            _text(get("id.orig_h")),
            _text(get("id.resp_h")),
            _text(get("path")).lower(),
            action,
            _text(get("name")),
            _text(get("prev_name")),
            reference(event),
        )


def _zeek_kerberos(event: Event, time_us: int) -> Iterator[Fact]:
    get = event.native.get
    account = spell.account(_text(get("client")).partition("/")[0])
    if account:
        yield Ticket(
            time_us,
            account,
            _text(get("service")),
            _text(get("id.orig_h")),
            _text(get("request_type")),
            {"rc4-hmac": "0x17"}.get(_text(get("cipher")), _text(get("cipher"))),
            _text(get("success")).lower() not in {"false", "f"},
            reference(event),
            _text(get("error_msg")),
        )


def _eve_flow(event: Event, time_us: int) -> Iterator[Fact]:
    native = event.native
    flow = native.get("flow")
    src, dst = native.get("src_ip"), native.get("dest_ip")
    if isinstance(src, str) and isinstance(dst, str) and isinstance(flow, dict):
        yield Flow(
            time_us,
            src,
            dst,
            _number(native.get("dest_port")),
            _text(native.get("proto")).lower(),
            _text(native.get("app_proto")),
            _number(flow.get("bytes_toserver")),
            _number(flow.get("bytes_toclient")),
            _seconds(flow.get("age")),
            "" if flow.get("state") != "new" else "S0",
            reference(event),
        )


_LOGON_KINDS = {
    "2": "interactive",
    "3": "network",
    "4": "batch",
    "5": "service",
    "7": "interactive",
    "8": "network",
    "9": "explicit",
    "10": "remote",
    "11": "interactive",
}


def _security(event: Event, time_us: int) -> Iterator[Fact]:
    reader = _SECURITY.get(event.native.get("EventID", 0))
    if reader is not None:
        yield from reader(event, event.native, time_us)


def _logon(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    account = spell.account(_text(native.get("TargetUserName")))
    if not account:
        if native["EventID"] == 4624:
            yield from _bound(event, native, time_us)
        return
    explicit = native["EventID"] == 4648
    source = _text(native.get("IpAddress"))
    own = spell.host(_text(native.get("Computer")))
    yield Logon(
        time_us,
        account,
        (own if explicit else spell.address(source) if spell.routable(source) else ""),
        spell.host(_text(native.get("TargetServerName"))) or own if explicit else own,
        "explicit" if explicit else _LOGON_KINDS.get(_text(native.get("LogonType")), "network"),
        _text(native.get("AuthenticationPackageName") or native.get("LmPackageName")),
        native["EventID"] != 4625,
        _text(native.get("SubStatus") or native.get("Status")) if native["EventID"] == 4625 else "",
        "",
        spell.host(_text(native.get("WorkstationName"))),
        reference(event),
    )


def _bound(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    """A machine's own account came from its own address."""
    name = _text(native.get("TargetUserName")).partition("@")[0]
    source = spell.address(_text(native.get("IpAddress")))
    if name.endswith("$") and spell.routable(source):
        yield Bound(time_us, spell.host(name), source, reference(event))


def _ticket(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    account = spell.account(_text(native.get("TargetUserName")))
    source = spell.address(_text(native.get("IpAddress")))
    if not account:
        yield from _bound(event, native, time_us)
    else:
        status = _text(native.get("Status"))
        good = native["EventID"] != 4771 and status in {"", "0x0"}
        yield Ticket(
            time_us,
            account,
            _text(native.get("ServiceName")).lower(),
            source if spell.routable(source) else "",
            "TGS" if native["EventID"] == 4769 else "AS",
            _text(native.get("TicketEncryptionType")).lower(),
            good,
            reference(event),
            "" if good else status.lower(),
            _text(native.get("PreAuthType")),
        )


def _ntlm(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    account = spell.account(_text(native.get("TargetUserName")))
    if account:
        status = _text(native.get("Status"))
        desk, own = spell.host(_text(native.get("Workstation"))), spell.host(_text(native.get("Computer")))
        good = status in {"", "0x0"}
        ref = reference(event)
        yield Logon(time_us, account, desk, own, "network", "NTLM", good, "" if good else status, "", desk, ref)


def _created(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    yield Process(
        time_us,
        spell.host(_text(native.get("Computer"))),
        spell.account(_text(native.get("SubjectUserName"))),
        _text(native.get("ParentProcessName")),
        _text(native.get("NewProcessName")),
        _text(native.get("CommandLine")),
        "",
        reference(event),
    )


def _service(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    host, user = spell.host(_text(native.get("Computer"))), spell.account(_text(native.get("SubjectUserName")))
    path = _text(native.get("ImagePath") or native.get("ServiceFileName"))
    kind = "driver" if "driver" in _text(native.get("ServiceType")).lower() else "service"
    yield Autorun(time_us, host, user, kind, _text(native.get("ServiceName")), path, reference(event))


def _task(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    host, user = spell.host(_text(native.get("Computer"))), spell.account(_text(native.get("SubjectUserName")))
    content = _text(native.get("TaskContent") or native.get("TaskContentNew"))
    yield Autorun(time_us, host, user, "task", _text(native.get("TaskName")), content, reference(event))


def _directory(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    target = native.get("ObjectName") or native.get("ObjectDN") or native.get("TargetUserName")
    host = spell.host(_text(native.get("Computer")))
    actor = _text(native.get("SubjectUserName")).lower()
    yield Change(time_us, host, actor, _text(target), _changed(native), reference(event))


_WHAT_CHARS = 2000
"""Kept of what was touched: a server's service names are some thirty, the one that matters may be the last."""


def _changed(native: Native) -> str:
    """Say what was touched: rights of 4662, attribute and value of 5136, class of 5137, names of 4742."""
    attribute, names = _text(native.get("AttributeLDAPDisplayName")), _text(native.get("ServicePrincipalNames"))
    if native.get("Properties"):
        return _text(native["Properties"])[:_WHAT_CHARS]
    if attribute:
        return f"{attribute}={_text(native.get('AttributeValue'))}"[:_WHAT_CHARS]
    if names not in {"", "-"}:
        return f"servicePrincipalName={' '.join(names.split())}"[:_WHAT_CHARS]
    if native["EventID"] == 5137:
        return f"objectClass={_text(native.get('ObjectClass'))}"
    return _text(native.get("AccessMask"))


_SECURITY: dict[object, Callable[[Event, Native, int], Iterator[Fact]]] = {
    4624: _logon,
    4625: _logon,
    4648: _logon,
    4768: _ticket,
    4769: _ticket,
    4771: _ticket,
    4776: _ntlm,
    4688: _created,
    4697: _service,
    4698: _task,
    4702: _task,
    4662: _directory,
    4742: _directory,
    5136: _directory,
    5137: _directory,
}


def _system(event: Event, time_us: int) -> Iterator[Fact]:
    if event.native.get("EventID") == 7045:
        yield from _service(event, event.native, time_us)


def _sysmon(event: Event, time_us: int) -> Iterator[Fact]:
    native = event.native
    event_id = native.get("EventID")
    if event_id == 1:
        yield _sysmon_process(event, native, time_us)
    elif event_id == 3:
        yield from _sysmon_flow(event, native, time_us)
    elif event_id == 6:
        host = spell.host(_text(native.get("Computer")))
        path = _text(native.get("ImageLoaded"))
        yield Autorun(time_us, host, "", "driver", path.rpartition("\\")[2], path, reference(event))
    elif event_id == 13 and _RUN_KEY in _text(native.get("TargetObject")).lower():
        host, user = spell.host(_text(native.get("Computer"))), spell.account(_text(native.get("User")))
        name, command = _text(native.get("TargetObject")), _text(native.get("Details"))
        yield Autorun(time_us, host, user, "runkey", name, command, reference(event))


_RUN_KEY = "\\currentversion\\run"


def _sysmon_process(event: Event, native: Native, time_us: int) -> Process:
    return Process(
        time_us,
        spell.host(_text(native.get("Computer"))),
        spell.account(_text(native.get("User"))),
        _text(native.get("ParentImage")),
        _text(native.get("Image")),
        _text(native.get("CommandLine")),
        _text(native.get("Hashes")),
        reference(event),
    )


def _sysmon_flow(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    src, dst = _text(native.get("SourceIp")), _text(native.get("DestinationIp"))
    if spell.routable(src) and spell.routable(dst):
        port = _number(native.get("DestinationPort"))
        proto, service = _text(native.get("Protocol")).lower(), _text(native.get("DestinationPortName"))
        yield Flow(time_us, src, dst, port, proto, service, 0, 0, 0.0, "", reference(event))


_READERS: dict[str, Reader] = {
    "zeek.conn": _conn,
    "zeek.open_conn": _conn,
    "zeek.dns": _zeek_dns,
    "zeek.http": _zeek_http,
    "zeek.ssl": _zeek_ssl,
    "zeek.smb_files": _zeek_smb,
    "zeek.kerberos": _zeek_kerberos,
    "suricata.flow": _eve_flow,
    "windows.security": _security,
    "windows.system": _system,
    "windows.sysmon": _sysmon,
    "linux.sysmon": _sysmon,
}


def _column_flow(event: Event, time_us: int, columns: Columns) -> Iterator[Fact]:
    src, dst = _text(columns.get("src_endpoint.ip")), _text(columns.get("dst_endpoint.ip"))
    if src and dst:
        denied = _text(columns.get("rule.action")).lower() in {"deny", "denied", "drop", "dropped", "block", "blocked"}
        yield Flow(
            time_us,
            src,
            dst,
            _number(columns.get("dst_endpoint.port")),
            _text(columns.get("connection_info.protocol_name")).lower(),
            _text(columns.get("app_name")).lower(),
            _number(columns.get("traffic.bytes_out")),
            _number(columns.get("traffic.bytes_in")),
            _seconds(columns.get("duration")),
            "REJ" if denied else _text(columns.get("connection_info.state")),
            reference(event),
        )


_DENIED_PUSH = frozenset({"user.mfa.okta_verify.deny_push", "user.mfa.okta_verify.deny_push_upgrade_needed"})
_SECOND_FACTOR = frozenset({"user.authentication.auth_via_mfa"}) | _DENIED_PUSH
_ENTRA_DENIED = "500121"
"""Entra's sign-in error of a second factor that was not given."""

_DETAILS = ("properties.status.additionalDetails", "status.additionalDetails", "Additional Details")
_CODES = ("properties.status.errorCode", "status.errorCode", "Status.errorCode", "Sign-in error code")


def _factor(native: Native, columns: Columns, kind: str) -> str:
    """Say `mfa` where the event is the answer to a second factor, else the kind of log-on."""
    if columns.get("activity_name") in _SECOND_FACTOR:
        return "mfa"
    return "mfa" if any(_text(look_up(native, path)) == _ENTRA_DENIED for path in _CODES) else kind


def _reason(native: Native, columns: Columns) -> str:
    details = first(look_up(native, path) for path in _DETAILS)
    return details or _text(columns.get("status_detail"))


_COUNTRIES = (
    "properties.location.countryOrRegion",
    "location.countryOrRegion",
    "LocationDetails.countryOrRegion",
    "client.geographicalContext.country",
    "srccountry",
    "srcregion",
)
_LATITUDES = (
    "properties.location.geoCoordinates.latitude",
    "location.geoCoordinates.latitude",
    "LocationDetails.geoCoordinates.latitude",
    "client.geographicalContext.geolocation.lat",
)
_LONGITUDES = tuple(
    path.replace("latitude", "longitude").replace("geolocation.lat", "geolocation.lon") for path in _LATITUDES
)


def _place(native: Native) -> str:
    """Give the country, with the coordinates where the product tells them (`FR@48.86,2.35`)."""
    country = first(look_up(native, path) for path in _COUNTRIES) or ""
    latitude = first(look_up(native, path) for path in _LATITUDES)
    longitude = first(look_up(native, path) for path in _LONGITUDES)
    return f"{country}@{latitude},{longitude}" if latitude and longitude else country


def _column_logon(kind: str) -> Callable[[Event, int, Columns], Iterator[Fact]]:
    def read(event: Event, time_us: int, columns: Columns) -> Iterator[Fact]:
        if columns.get("class_uid") != 3002:
            return
        account = spell.account(_text(columns.get("user.name") or columns.get("actor.user.name")))
        if account:
            failed = columns.get("status") == "Failure"
            yield Logon(
                time_us,
                account,
                _text(columns.get("src_endpoint.ip")),
                spell.host(_text(columns.get("device.hostname"))) or _text(columns.get("app_name")).lower(),
                _factor(event.native, columns, kind),
                _text(columns.get("auth_protocol")),
                not failed and columns.get("activity_name") not in _DENIED_PUSH,
                _reason(event.native, columns) if failed else "",
                _place(event.native),
                _text(columns.get("http_request.user_agent") or columns.get("device.os.name")),
                reference(event),
            )

    return read


def _column_call(event: Event, time_us: int, columns: Columns) -> Iterator[Fact]:
    if columns.get("class_uid") == 3002:
        yield from _column_logon("cloud")(event, time_us, columns)
    action = _text(columns.get("api.operation") or columns.get("activity_name"))
    principal = _text(columns.get("actor.user.name") or columns.get("actor.user.uid") or columns.get("user.name"))
    if action and principal:
        yield Call(
            time_us,
            principal.lower(),
            _text(columns.get("api.service")),
            action,
            _text(columns.get("cloud.region")),
            _text(columns.get("src_endpoint.ip")),
            _text(columns.get("http_request.user_agent")),
            columns.get("status") != "Failure",
            _text(columns.get("cloud.account.uid")),
            _text(columns.get("resource.uid")),
            reference(event),
            _parameters(event.native),
        )


_TELLING = ("forwardto", "forwardasattachmentto", "redirectto", "forwardingsmtpaddress", "forwardingaddress")


def _parameters(native: Native) -> str:
    """Name the parameters of a mailbox's command that send its mail elsewhere, with their values."""
    listed = native.get("Parameters")
    pairs = listed if isinstance(listed, list) else []
    told = [
        f"{pair['Name']}={_text(pair.get('Value'))}"
        for pair in pairs
        if isinstance(pair, dict) and str(pair.get("Name")).lower() in _TELLING
    ]
    return " ".join(told)[:_WHAT_CHARS]


ByColumns = Callable[[Event, int, Columns], Iterator[Fact]]
_BY_COLUMNS: dict[str, ByColumns] = {
    **dict.fromkeys(
        ("netflow.flow", "fortigate.traffic", "paloalto.traffic", "stormshield.connection", "aws.vpcflow"), _column_flow
    ),
    **dict.fromkeys(("fortigate.vpn", "ivanti.vpn", "paloalto.globalprotect", "stormshield.vpn"), _column_logon("vpn")),
    **dict.fromkeys(("azure.signin", "okta.system", "keycloak.event"), _column_logon("cloud")),
    "linux.auth": _column_logon("ssh"),
    "wallix.bastion": _column_logon("remote"),
    **dict.fromkeys(
        (
            "aws.cloudtrail",
            "azure.activity",
            "azure.audit",
            "m365.audit",
            "gcp.audit",
            "gcp.workspace",
            "kubernetes.audit",
        ),
        _column_call,
    ),
}

FactsByKind = dict[str, list[Any]]
"""Kind (`Flow`, `Logon`, …) -> rows, in the order in which they were read."""


_FLOWS = frozenset({"Flow"})
_LOGONS = frozenset({"Logon"})
_CALLS = frozenset({"Call", "Logon"})
_KINDS: dict[str, frozenset[str]] = {
    "zeek.conn": _FLOWS,
    "zeek.open_conn": _FLOWS,
    "zeek.dns": frozenset({"Query"}),
    "zeek.http": frozenset({"Web"}),
    "zeek.ssl": frozenset({"Web"}),
    "zeek.smb_files": frozenset({"FileOp"}),
    "zeek.kerberos": frozenset({"Ticket"}),
    "suricata.flow": _FLOWS,
    "windows.security": frozenset({"Autorun", "Bound", "Change", "Logon", "Process", "Ticket"}),
    "windows.system": frozenset({"Autorun"}),
    "windows.sysmon": frozenset({"Autorun", "Flow", "Process"}),
    "linux.sysmon": frozenset({"Autorun", "Flow", "Process"}),
    **{
        source: _FLOWS if read is _column_flow else _CALLS if read is _column_call else _LOGONS
        for source, read in _BY_COLUMNS.items()
    },
}
"""Source -> kinds of facts that its events may give: what no detector watches is not even read."""


@lru_cache(maxsize=64)
def _sources(needs: frozenset[str]) -> frozenset[str]:
    return frozenset(source for source, kinds in _KINDS.items() if kinds & needs)


def gather(events: Iterable[Event], columns_of: ColumnsOf, needs: frozenset[str], into: FactsByKind) -> None:
    """Add the facts of the needed kinds to `into`, by kind."""
    sources = _sources(needs)
    for event in events:
        if event.source not in sources:
            continue
        for fact in facts_of(event, columns_of):
            kind = type(fact).__name__
            if kind in needs:
                into.setdefault(kind, []).append(fact)
