"""Facts of endpoints: what starts by itself, what is blinded or destroyed, processes of EDR agents and of Linux audit.

Enters: Windows, Sysmon and Defender events by their own fields; others by their OCSF columns. Leaves: rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from tocsin.detect.behaviour.facts.rows import Autorun, Beat, Fact, Process, Tamper, Touched
from tocsin.detect.behaviour.facts.values import WHAT_CHARS, ByColumns, Reader, text
from tocsin.detect.findings import reference
from tocsin.model import Columns, Event, Native
from tocsin.model import names as spell
from tocsin.probes.fill import look_up

_TASK_PARTS = re.compile(r"<(?:Command|Arguments|ClassId)>(.*?)</", re.S)
_ENTITIES = (("&quot;", '"'), ("&lt;", "<"), ("&gt;", ">"), ("&apos;", "'"), ("&amp;", "&"))


def action_of(task: str) -> str:
    """Give what a task's XML starts, as a command line."""
    found = " ".join(part.strip() for part in _TASK_PARTS.findall(task))
    for coded, plain in _ENTITIES:
        found = found.replace(coded, plain)
    return found[:WHAT_CHARS]


def _host(native: Native) -> str:
    return spell.host(text(native.get("Computer")))


def _user(native: Native) -> str:
    return spell.account(text(native.get("SubjectUserName") or native.get("User")))


def tamper(event: Event, time_us: int, kind: str, what: str, user: str = "") -> Tamper:
    """Make a row about a machine's own protection."""
    native = event.native
    return Tamper(time_us, _host(native), user or _user(native), kind, what[:WHAT_CHARS], reference(event))


_SERVICE_KEY = re.compile(r"\\services\\([^\\]+)\\(imagepath|parameters\\servicedll)$")
_START_KEYS = re.compile(
    r"\\currentversion\\run(?:once|onceex|services|servicesonce)?(?:\\|$)"
    r"|\\policies\\explorer\\run\\"
)
_HIDDEN_KEYS = re.compile(
    r"\\winlogon\\(?:shell|userinit|notify|taskman|vmapplet|appsetup|gpextensions)"
    r"|\\windows\\(?:appinit_dlls|load|run|iconservicelib)$"
    r"|\\image file execution options\\[^\\]+\\(?:debugger|verifierdlls|globalflag)$"
    r"|\\silentprocessexit\\[^\\]+\\monitorprocess$"
    r"|\\userinitmprlogonscript$|\\appcertdlls\\|\\session manager\\(?:bootexecute|setupexecute|execute)$"
    r"|\\active setup\\installed components\\[^\\]+\\stubpath$|\\command processor\\autorun$"
    r"|\\control\\print\\(?:monitors|environments|providers)\\.*\\driver$"
    r"|\\control\\lsa\\(?:security packages|notification packages|authentication packages|osconfig\\security packages)$"
    r"|\\control\\securityproviders\\securityproviders$|\\netsh\\|\\natural language 6.*\\dlloverridepath$"
    r"|\\shell\\(?:open|runas|print)\\command(?:\\|$)|\\(?:inprocserver32|localserver32|treatas|scriptleturl)\\\(default\)$"
    r"|\\office.*\\(?:test\\special\\perf|addins\\[^\\]+\\path)|\\scrnsave\.exe$|\\dns\\parameters\\serverlevelplugindll$"
    r"|\\taskcache\\(?:tree|tasks)\\[^\\]+\\(?:sd|actions)$|\\shell folders\\(?:common )?startup$"
    r"|\\currentversion\\app paths\\[^\\]+\.exe\\\(default\)$|\\cor_profiler_path$|\\windows ce services\\autostart"
    r"|\\terminal server\\.*\\initialprogram$|\\wds\\rdpwd\\startupprograms$"
    r"|\\contextmenuhandlers\\|\\bootverificationprogram"
)
_MARK = "\\"


def registry(event: Event, time_us: int, key: str, value: str) -> Iterator[Fact]:
    """Give what a written registry value makes start by itself, or makes blind."""
    lowered = key.lower()
    service = _SERVICE_KEY.search(lowered)
    if service:
        yield _autorun(event, time_us, "service", service[1], value)
    elif _START_KEYS.search(lowered):
        yield _autorun(event, time_us, "runkey", key, value)
    elif _HIDDEN_KEYS.search(lowered):
        yield _autorun(event, time_us, "registry", key, value)
    else:
        blinded = blinded_by(lowered, value)
        if blinded:
            yield tamper(event, time_us, *blinded)


def _autorun(event: Event, time_us: int, kind: str, name: str, command: str) -> Autorun:
    native = event.native
    return Autorun(time_us, _host(native), _user(native), kind, name, command[:WHAT_CHARS], reference(event))


_OFF = re.compile(r"(?:dword|qword)?\s*\(?0x0*[04]\)?$|^[04]$", re.I)
_ZERO = re.compile(r"(?:dword|qword)?\s*\(?0x0+\)?$|^0$", re.I)
_SET = re.compile(r"(?:dword|qword)?\s*\(?0x0*[1-9a-f]|^[1-9]", re.I)
_WATCHERS = (
    "eventlog|windefend|wdnissvc|wdfilter|wdboot|sense|wscsvc|securityhealthservice|sysmon|sysmon64|sysmondrv|mpssvc|wecsvc|"
    "diagtrack|mbamservice|csagent|csfalconservice|sentinelagent|hurukai|cyserver|epfw|ekrn|savservice|mcshield|ossecsvc|"
    "wazuhsvc|nxlog|winlogbeat|filebeat|splunkforwarder|osqueryd"
)
_SWITCHES: tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...] = (
    (re.compile(rf"\\services\\(?:{_WATCHERS})\\start$"), re.compile(r"0x0*4\b|^4$"), "disabled"),
    (re.compile(r"\\control\\minint(?:\\|$)"), re.compile(r""), "disabled"),
    (re.compile(r"\\wmi\\autologger\\(?:eventlog|defender)[^\\]*\\(?:.*\\)?(?:start|enabled)$"), _OFF, "disabled"),
    (re.compile(r"\\winevt\\channels\\[^\\]+\\enabled$"), _ZERO, "disabled"),
    (
        re.compile(r"\\services\\eventlog\\[^\\]+\\(?:file|maxsize|restrictguestaccess)$"),
        re.compile(r"\\temp\\|\\users\\"),
        "config",
    ),
    (
        re.compile(
            r"\\(?:processcreationincludecmdline_enabled|enablescriptblocklogging|enablemodulelogging|enabletranscripting)$"
        ),
        _ZERO,
        "disabled",
    ),
    (re.compile(r"\\windows defender\\(?:.*\\)?disable\w+$"), _SET, "disabled"),
    (re.compile(r"\\windows defender\\exclusions\\"), re.compile(r""), "config"),
    (re.compile(r"\\windows defender\\features\\tamperprotection$"), _OFF, "disabled"),
    (re.compile(r"\\(?:standardprofile|domainprofile|publicprofile)\\enablefirewall$"), _ZERO, "disabled"),
    (re.compile(r"\\policies\\system\\enablelua$"), _ZERO, "disabled"),
    (re.compile(r"\\amsienable$"), _ZERO, "disabled"),
    (re.compile(r"\\__pslockdownpolicy$"), re.compile(r""), "disabled"),
    (re.compile(r"\\lsa\\(?:runasppl|restrictedadmin|disablerestrictedadmin)$"), _ZERO, "disabled"),
    (re.compile(r"\\wdigest\\uselogoncredential$"), _SET, "config"),
    (
        re.compile(r"\\instances\\sysmon instance\\altitude$|\\services\\sysmon\w*\\parameters\\"),
        re.compile(r""),
        "config",
    ),
    (re.compile(r"\\etw(?:enabled)?$|\\complus_etwenabled$"), _OFF, "disabled"),
)


def blinded_by(key: str, value: str) -> tuple[str, str] | None:
    """Say what a registry key in lower case blinds with a value: kind and name, or None."""
    for pattern, wanted, kind in _SWITCHES:
        if pattern.search(key) and wanted.search(value.strip()):
            parts = key.rstrip(_MARK).split(_MARK)
            return kind, _MARK.join(parts[-3:])
    return None


def object_registry(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    """Read 4657: a registry value was modified."""
    key = f"{text(native.get('ObjectName'))}\\{text(native.get('ObjectValueName'))}"
    yield from registry(event, time_us, key, text(native.get("NewValue")))


_REMOVED = ("%%8448", "%%8450")
"""4719's codes of success and failure that are audited no longer."""
_CODE_WORDS = ("success removed", "failure removed")


def audit_changed(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    """Read 4719: less is audited. `what` is the subcategory; a machine's own account keeps its `$` in `user`."""
    changes = text(native.get("AuditPolicyChanges")).lower()
    if any(code in changes for code in (*_REMOVED, *_CODE_WORDS)):
        user = text(native.get("SubjectUserName")).lower()
        what = text(native.get("SubcategoryGuid") or native.get("SubcategoryId"))
        yield tamper(event, time_us, "audit", what, user)


def cleared(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    """Read 1102 and 104: a log was cleared."""
    channel = text(native.get("Channel")) if native["EventID"] == 104 else "Security"
    named = (
        native.get("LogFileCleared_Channel")
        or native.get("UserData_Channel")
        or look_up(native, "LogFileCleared.Channel")
    )
    yield tamper(event, time_us, "cleared", text(named) or channel)


def powered(kind: str) -> Callable[[Event, Native, int], Iterator[Fact]]:
    """Read an event of a machine that shuts down or starts."""

    def read(event: Event, native: Native, time_us: int) -> Iterator[Fact]:  # noqa: ARG001 - the door's shape
        yield tamper(event, time_us, kind, "machine")

    return read


_STOPPED = re.compile(r"stop|arr[êe]t|beendet|deten|arrest", re.I)
_DISABLED = re.compile(r"disab|d[ée]sactiv|deaktiv|deshabil|disattiv", re.I)


def service_state(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    """Read 7036, 7040, 7034: a service stopped, is no longer started, or died."""
    name = text(native.get("param1") or native.get("ServiceName"))
    if native["EventID"] == 7036 and _STOPPED.search(text(native.get("param2"))):
        yield tamper(event, time_us, "stopped", name)
    elif native["EventID"] == 7040 and _DISABLED.search(text(native.get("param3"))):
        yield tamper(event, time_us, "disabled", text(native.get("param4")) or name)


def sensor_changed(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    """Read Sysmon 4, 16 and 255: it stopped, was given another configuration, or failed."""
    if native["EventID"] == 4 and text(native.get("State")).lower() == "stopped":
        yield tamper(event, time_us, "stopped", "Sysmon")
    elif native["EventID"] == 16:
        yield tamper(event, time_us, "config", f"Sysmon {text(native.get('Configuration'))}")


def wmi(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    """Read Sysmon 19, 20, 21: a filter, a consumer, and what binds them."""
    if text(native.get("Operation")).lower() not in {"", "created", "modified"}:
        return
    name = text(native.get("Name") or native.get("Consumer")).strip(' "')
    what = native.get("Destination") or native.get("Query") or native.get("Filter")
    command = f"{text(native.get('Type'))}: {text(what)}" if native["EventID"] == 20 else text(what)
    yield _autorun(event, time_us, "wmi", name, command.replace("\\\\", "\\"))


_STARTUP = re.compile(
    r"\\start menu\\programs\\startup\\|\\menu d.marrer\\programmes\\d.marrage\\"
    r"|/etc/(?:cron|init\.d|profile\.d|systemd/system|rc\.local|ld\.so\.preload)",
    re.I,
)
_USELESS = re.compile(
    r"\\windows\\|\\program files|\\appdata\\|\\programdata\\|\\\$|\\temp\\|\\cache"
    r"|^/(?:proc|sys|run|var/(?:cache|log|lib)|usr)/",
    re.I,
)


def file_made(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    """Read Sysmon 11, 23, 26: a file was made or deleted. Those of programs and of their caches are left out."""
    path, image = text(native.get("TargetFilename")), text(native.get("Image"))
    made = native["EventID"] == 11
    if made and _STARTUP.search(path):
        yield _autorun(event, time_us, "startup", path, path)
    elif path and not _USELESS.search(path):
        user = spell.account(text(native.get("User")))
        yield Touched(time_us, _host(native), user, image, "create" if made else "delete", path, reference(event))


def sysmon_registry(event: Event, native: Native, time_us: int) -> Iterator[Fact]:
    """Read Sysmon 12, 13, 14: a key was made, a value was set."""
    kind, key = text(native.get("EventType")).lower(), text(native.get("TargetObject"))
    if kind.startswith("delete"):
        blinded = blinded_by(key.lower(), "")
        if blinded:
            yield tamper(event, time_us, *blinded)
    elif native["EventID"] == 13 or key.lower().endswith("\\control\\minint"):
        yield from registry(event, time_us, key, text(native.get("Details")))


SYSMON: dict[object, Callable[[Event, Native, int], Iterator[Fact]]] = {
    4: sensor_changed,
    16: sensor_changed,
    11: file_made,
    23: file_made,
    26: file_made,
    12: sysmon_registry,
    13: sysmon_registry,
    19: wmi,
    20: wmi,
    21: wmi,
}
SECURITY: dict[object, Callable[[Event, Native, int], Iterator[Fact]]] = {
    1102: cleared,
    4719: audit_changed,
    4657: object_registry,
    1100: powered("off"),
    4608: powered("on"),
}
SYSTEM: dict[object, Callable[[Event, Native, int], Iterator[Fact]]] = {
    104: cleared,
    1074: powered("off"),
    6006: powered("off"),
    6005: powered("on"),
    7036: service_state,
    7040: service_state,
}


def _task_scheduler(event: Event, time_us: int) -> Iterator[Fact]:
    native = event.native
    if native.get("EventID") in {106, 140}:
        yield _autorun(event, time_us, "task", text(native.get("TaskName")), "")


def _defender(event: Event, time_us: int) -> Iterator[Fact]:
    native = event.native
    event_id = native.get("EventID")
    if event_id in {5001, 5010, 5012}:
        yield tamper(event, time_us, "disabled", "Defender")
    elif event_id == 5007:
        blinded = blinded_by(
            text(native.get("New Value")).partition(" = ")[0].lower(), text(native.get("New Value")).partition(" = ")[2]
        )
        if blinded:
            yield tamper(event, time_us, *blinded)


_CATALOG_DELETED = 524


def _backup(event: Event, time_us: int) -> Iterator[Fact]:
    if event.native.get("EventID") == _CATALOG_DELETED and "backup" in text(event.native.get("Provider_Name")).lower():
        yield tamper(event, time_us, "catalog", "Windows Backup")


_PERMANENT = 5861
"""WMI-Activity's event of a consumer bound for good."""


def _wmi_activity(event: Event, time_us: int) -> Iterator[Fact]:
    native = event.native
    if native.get("EventID") == _PERMANENT:
        inner = native.get("Operation_ESStoConsumerBinding")
        fields: Native = inner if isinstance(inner, dict) else native
        name, cause = text(fields.get("CONSUMER")), text(fields.get("PossibleCause"))
        yield _autorun(event, time_us, "wmi", name.partition("=")[2].strip('"') or name, cause)


_CREATED = frozenset({"PROCESSCREATION", "Process Creation"})


def _json(event: Event, time_us: int) -> Iterator[Fact]:
    """Starts of programs in records of agents without a probe: CrowdStrike, SentinelOne, any in Elastic's schema."""
    native = event.native
    if str(native.get("event_simpleName")).startswith("ProcessRollup2"):
        yield _row(event, time_us, _CROWDSTRIKE)
    elif native.get("meta.event.name") in _CREATED or native.get("event.type") in _CREATED:
        yield _row(event, time_us, _SENTINELONE)
    elif isinstance(process := native.get("process"), dict) and process.get("executable"):
        told = native.get("event")
        kinds = [text(told.get(key)) for key in ("type", "action", "category")] if isinstance(told, dict) else []
        if any(
            mark in kind.lower()
            for kind in kinds[:2]
            for mark in ("start", "exec", "process_creat", "creation-process")
        ):
            yield _row(event, time_us, _ELASTIC)


_CROWDSTRIKE = (
    ("ComputerName", "aid"),
    ("UserName", "UserPrincipal"),
    ("ParentBaseFileName",),
    ("ImageFileName",),
    ("CommandLine",),
    ("SHA256HashData",),
)
_SENTINELONE = (
    ("endpoint.name",),
    ("tgt.process.user", "src.process.user"),
    ("src.process.image.path", "src.process.name"),
    ("tgt.process.image.path", "tgt.process.name"),
    ("tgt.process.cmdline",),
    ("tgt.process.image.sha256", "tgt.process.image.sha1"),
)
_ELASTIC = (
    ("host.hostname", "host.name", "agent.name"),
    ("user.name",),
    ("process.parent.executable", "process.parent.name"),
    ("process.executable",),
    ("process.command_line",),
    ("process.hash.sha256", "process.hash.md5"),
)


def _row(event: Event, time_us: int, table: tuple[tuple[str, ...], ...]) -> Process:
    host, user, parent, image, line, digest = (
        next((text(value) for path in paths if (value := look_up(event.native, path))), "") for paths in table
    )
    return Process(time_us, spell.host(host), spell.account(user), parent, image, line, digest, reference(event))


_TAMPERS = frozenset({"Tamper"})
READERS: dict[str, tuple[Reader, frozenset[str]]] = {
    "windows.microsoft-windows-taskscheduler-operational": (_task_scheduler, frozenset({"Autorun"})),
    "windows.microsoft-windows-windows-defender-operational": (_defender, _TAMPERS),
    "windows.microsoft-windows-backup": (_backup, _TAMPERS),
    "windows.microsoft-windows-backup-operational": (_backup, _TAMPERS),
    "windows.application": (_backup, _TAMPERS),
    "windows.microsoft-windows-wmi-activity-operational": (_wmi_activity, frozenset({"Autorun"})),
    "json.record": (_json, frozenset({"Process"})),
}
"""Source -> its reader and the kinds of facts that it may give."""


_PROCESS_CLASS = 1007


def _process(event: Event, time_us: int, columns: Columns) -> Iterator[Fact]:
    image = text(columns.get("process.file.path") or columns.get("process.name"))
    if columns.get("class_uid") == _PROCESS_CLASS and image:
        yield Process(
            time_us,
            spell.host(text(columns.get("device.hostname"))),
            spell.account(text(columns.get("actor.user.name") or columns.get("user.name"))),
            text(columns.get("actor.process.name")),
            _whole(image, text(columns.get("process.name"))),
            text(columns.get("process.cmd_line")),
            text(columns.get("process.hash")),
            reference(event),
        )


def _whole(path: str, name: str) -> str:
    """Give the path of an image where a product tells folder and name apart."""
    if not name or path.lower().endswith(name.lower()) or "\\" in name or "/" in name:
        return path
    mark = "/" if "/" in path else _MARK
    return f"{path.rstrip(mark)}{mark}{name}" if mark in path else path


_STARTED = frozenset({"execve", "execveat"})


def _audit(event: Event, time_us: int, columns: Columns) -> Iterator[Fact]:
    """Linux audit tells a start in records of one event: SYSCALL (who, which program), EXECVE (the words).

    Each gives a row: the first has the program, its pids and the user, the second the words and the program as called.
    """
    native = event.native
    kind = native.get("type")
    host, user = spell.host(text(native.get("node"))), spell.account(text(columns.get("actor.user.name")))
    if kind == "EXECVE":
        line = text(columns.get("process.cmd_line"))
        yield Process(time_us, host, user, "", text(native.get("a0")), line, "", reference(event))
    elif kind == "SYSCALL" and text(native.get("SYSCALL")).lower() in _STARTED:
        pid, ppid = text(native.get("pid")), text(native.get("ppid"))
        yield Process(time_us, host, user, "", text(native.get("exe")), "", "", reference(event), "", pid, ppid)


_PROCESSES = frozenset({"Process"})
PRODUCTS: dict[str, tuple[ByColumns, frozenset[str]]] = {
    "harfanglab.process": (_process, _PROCESSES),
    "defender.process": (_process, _PROCESSES),
    "linux.auditd": (_audit, _PROCESSES),
}
"""Source -> its reader by columns and the kinds of facts that it may give."""

BEAT_US = 300_000_000
HEARD = frozenset({"windows.security", "windows.sysmon", "linux.sysmon", "linux.auditd", *PRODUCTS})
"""Sources that hardly ever fall silent on a machine at work: audit and agents."""


def beats(events: Iterable[Event]) -> Iterator[Beat]:
    """Count the events of each machine and source in five minutes."""
    found: dict[tuple[str, str, int], list[object]] = {}
    for event in events:
        if event.source in HEARD and event.time_us is not None:
            name = event.native.get("Computer") or event.native.get("node") or event.native.get("DeviceName")
            slot = found.setdefault((text(name), event.source, event.time_us // BEAT_US), [0, event])
            slot[0] = slot[0] + 1  # type: ignore[operator]
    for (name, source, at), (times, first) in found.items():
        host = spell.host(name)
        if host:
            yield Beat(at * BEAT_US, host, source, times, reference(first))  # type: ignore[arg-type]
