"""Facts of Windows and Sysmon events, read from their own fields because they are many a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tocsin.detect.behaviour.facts import endpoint
from tocsin.detect.behaviour.facts.rows import Autorun, Bound, Change, Fact, FileOp, Flow, Logon, Process, Ticket
from tocsin.detect.behaviour.facts.values import WHAT_CHARS, Reader, number, text
from tocsin.detect.findings import reference
from tocsin.model import Event, Native
from tocsin.model import names as spell
from tocsin.probes import windows

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
    account = spell.account(text(native.get("TargetUserName")))
    if not account:
        if native["EventID"] == 4624:
            yield from _bound(event, native, time_us)
        return
    explicit = native["EventID"] == 4648
    source = text(native.get("IpAddress"))
    own = spell.host(text(native.get("Computer")))
    yield Logon(
        time_us,
        account,
        (own if explicit else spell.address(source) if spell.routable(source) else ""),
        spell.host(text(native.get("TargetServerName"))) or own if explicit else own,
        "explicit" if explicit else _LOGON_KINDS.get(text(native.get("LogonType")), "network"),
        text(native.get("AuthenticationPackageName") or native.get("LmPackageName")),
        native["EventID"] != 4625,
        text(native.get("SubStatus") or native.get("Status")) if native["EventID"] == 4625 else "",
        "",
        spell.host(text(native.get("WorkstationName"))),
        reference(event),
    )


def _bound(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    """A machine's own account came from its own address."""
    name = text(native.get("TargetUserName")).partition("@")[0]
    source = spell.address(text(native.get("IpAddress")))
    if name.endswith("$") and spell.routable(source):
        yield Bound(time_us, spell.host(name), source, reference(event))


def _ticket(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    account = spell.account(text(native.get("TargetUserName")))
    source = spell.address(text(native.get("IpAddress")))
    if not account:
        yield from _bound(event, native, time_us)
    else:
        status = text(native.get("Status"))
        good = native["EventID"] != 4771 and status in {"", "0x0"}
        yield Ticket(
            time_us,
            account,
            text(native.get("ServiceName")).lower(),
            source if spell.routable(source) else "",
            "TGS" if native["EventID"] == 4769 else "AS",
            text(native.get("TicketEncryptionType")).lower(),
            good,
            reference(event),
            "" if good else status.lower(),
            text(native.get("PreAuthType")),
        )


def _ntlm(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    account = spell.account(text(native.get("TargetUserName")))
    if account:
        status = text(native.get("Status"))
        desk, own = spell.host(text(native.get("Workstation"))), spell.host(text(native.get("Computer")))
        good = status in {"", "0x0"}
        ref = reference(event)
        yield Logon(time_us, account, desk, own, "network", "NTLM", good, "" if good else status, "", desk, ref)


def _created(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    yield Process(
        time_us,
        spell.host(text(native.get("Computer"))),
        spell.account(text(native.get("SubjectUserName"))),
        text(native.get("ParentProcessName")),
        text(native.get("NewProcessName")),
        text(native.get("CommandLine")),
        "",
        reference(event),
        "",
        text(native.get("NewProcessId")),
        text(native.get("ProcessId")),
    )


def _service(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    host, user = spell.host(text(native.get("Computer"))), spell.account(text(native.get("SubjectUserName")))
    path = text(native.get("ImagePath") or native.get("ServiceFileName"))
    kind = "driver" if "driver" in text(native.get("ServiceType")).lower() else "service"
    yield Autorun(time_us, host, user, kind, text(native.get("ServiceName")), path, reference(event))


def _task(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    host, user = spell.host(text(native.get("Computer"))), spell.account(text(native.get("SubjectUserName")))
    action = endpoint.action_of(text(native.get("TaskContent") or native.get("TaskContentNew")))
    yield Autorun(time_us, host, user, "task", text(native.get("TaskName")), action, reference(event))


def _directory(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    target = native.get("ObjectName") or native.get("ObjectDN") or native.get("TargetUserName")
    host = spell.host(text(native.get("Computer")))
    actor = text(native.get("SubjectUserName")).lower()
    yield Change(time_us, host, actor, text(target), _changed(native), reference(event))


def _changed(native: Native) -> str:
    """Say what was touched: rights of 4662, attribute and value of 5136, class of 5137, names of 4742."""
    attribute, names = text(native.get("AttributeLDAPDisplayName")), text(native.get("ServicePrincipalNames"))
    if native.get("Properties"):
        return text(native["Properties"])[:WHAT_CHARS]
    if attribute:
        return f"{attribute}={text(native.get('AttributeValue'))}"[:WHAT_CHARS]
    if names not in {"", "-"}:
        return f"servicePrincipalName={' '.join(names.split())}"[:WHAT_CHARS]
    if native["EventID"] == 5137:
        return f"objectClass={text(native.get('ObjectClass'))}"
    return text(native.get("AccessMask"))


_DELETES, _WRITES, _READS = 0x10000, 0x6, 0x1
"""Rights asked for with a handle; DELETE is asked for to rename as well."""


def _file_action(native: Native) -> str:
    try:
        mask = int(text(native.get("AccessMask")), 0)
    except ValueError:
        return ""
    return "delete" if mask & _DELETES else "write" if mask & _WRITES else "read" if mask & _READS else ""


def _share(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    client, action = spell.address(text(native.get("IpAddress"))), _file_action(native)
    if action and client:
        server, share = spell.host(text(native.get("Computer"))), text(native.get("ShareName")).lower()
        name = text(native.get("RelativeTargetName"))
        yield FileOp(time_us, client, server, share, action, name, "", reference(event))


def _object(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    action, host = _file_action(native), spell.host(text(native.get("Computer")))
    if action and text(native.get("ObjectType")) == "File":
        yield FileOp(time_us, host, host, "", action, text(native.get("ObjectName")), "", reference(event))


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
    4663: _object,
    4742: _directory,
    5136: _directory,
    5137: _directory,
    5145: _share,
    **endpoint.SECURITY,
}


def _system(event: Event, time_us: int) -> Iterator[Fact]:
    event_id = event.native.get("EventID")
    if event_id == 7045:
        yield from _service(event, event.native, time_us)
    elif event_id in endpoint.SYSTEM:
        yield from endpoint.SYSTEM[event_id](event, event.native, time_us)


def _sysmon(event: Event, time_us: int) -> Iterator[Fact]:
    native = event.native
    event_id = native.get("EventID")
    if event_id == 1:
        yield _sysmon_process(event, native, time_us)
    elif event_id == 3:
        yield from _sysmon_flow(event, native, time_us)
    elif event_id == 6:
        host = spell.host(text(native.get("Computer")))
        path = text(native.get("ImageLoaded"))
        yield Autorun(time_us, host, "", "driver", path.rpartition("\\")[2], path, reference(event))
    elif event_id in endpoint.SYSMON:
        yield from endpoint.SYSMON[event_id](event, native, time_us)


def _sysmon_process(event: Event, native: Native, time_us: int) -> Process:
    return Process(
        time_us,
        spell.host(text(native.get("Computer"))),
        spell.account(text(native.get("User"))),
        text(native.get("ParentImage")),
        text(native.get("Image")),
        text(native.get("CommandLine")),
        text(native.get("Hashes")),
        reference(event),
        text(native.get("OriginalFileName")),
    )


def _sysmon_flow(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    src, dst = text(native.get("SourceIp")), text(native.get("DestinationIp"))
    if spell.routable(src) and spell.routable(dst):
        port = number(native.get("DestinationPort"))
        proto, service = text(native.get("Protocol")).lower(), text(native.get("DestinationPortName"))
        yield Flow(time_us, src, dst, port, proto, service, 0, 0, 0.0, "", reference(event))


_SYSMON = frozenset({"Autorun", "Flow", "Process", "Tamper", "Touched"})


def _by_channel(event: Event, time_us: int) -> Iterator[Fact]:
    """Read a Windows event that another product (Wazuh) carries under Windows' own names."""
    known = READERS.get(windows.source_of(text(event.native.get("Channel"))))
    if known is not None:
        yield from known[0](event, time_us)


READERS: dict[str, tuple[Reader, frozenset[str]]] = {
    "windows.security": (
        _security,
        frozenset({"Autorun", "Bound", "Change", "FileOp", "Logon", "Process", "Tamper", "Ticket"}),
    ),
    "windows.system": (_system, frozenset({"Autorun", "Tamper"})),
    "windows.sysmon": (_sysmon, _SYSMON),
    "linux.sysmon": (_sysmon, _SYSMON),
}
READERS.update(
    dict.fromkeys(
        ("wazuh.alert", "wazuh.archive"), (_by_channel, frozenset().union(*(kinds for _, kinds in READERS.values())))
    )
)
"""Source -> its reader and the kinds of facts that it may give."""
