"""What happens in a hospital, one small value an act: the words that plots and everyday life are written in.

Enters: nothing. Leaves: `Machine`, `Account` (who and where) and the kinds of acts, `KINDS`. An act is what somebody or
something does once; what each probe writes of it is the recorders' job, so one act leaves the same trace everywhere.
A field is a word of a plot's step: `on`, `from`, `to` and `by` are `machine`, `client`, `server` and `account`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from msgspec import Struct


class Machine(Struct, frozen=True, kw_only=True, eq=False):
    """A machine of the hospital or outside: `site` is empty outside. `os` is windows, linux, device or network."""

    name: str
    address: str
    site: str = ""
    zone: str = ""
    zone_kind: str = "external"
    role: str = "other"
    os: str = "device"
    server: bool = False
    full_name: str = ""
    """With its domain, in small letters."""
    domain: str = ""
    """The Windows domain's short name."""
    ae_title: str = ""
    software: str = ""
    rank: int = 0
    """Its place in the map: unlike numbers for unlike machines."""
    clock_us: int = 0
    """How far its clock is ahead of the truth."""
    audited: bool = False
    """Sends Windows or Linux logs to the collector."""
    agent: str = ""
    """The EDR that watches it: harfanglab, defender, or nothing."""


class Account(Struct, frozen=True, kw_only=True, eq=False):
    """An account. `kind` is person, admin, service, vendor, machine, system or break_glass."""

    name: str
    site: str = ""
    kind: str = "person"
    domain: str = ""
    sid: str = "S-1-5-18"
    mail: str = ""
    """Its name in the cloud; empty where it has none."""
    label: str = ""
    rank: int = 0


SYSTEM = Account(name="SYSTEM", kind="system", domain="NT AUTHORITY")


class Logon(NamedTuple):
    """Somebody logs on to a machine: Windows' 4624 (or 4625), 4672, and on the network what the kind needs.

    `kind`: interactive, unlock, network, remote (RDP), service, batch, explicit (4648, RunAs). `client` is where it
    comes from, None for the console. `protocol`: kerberos, ntlm, negotiate. `reason` is empty on success, else
    unknown_user, bad_password, locked, disabled, expired, not_allowed. `session` numbers the log-on; its log-off has
    the same.
    """

    time_us: int
    no: int
    machine: Machine
    account: Account
    kind: str = "network"
    client: Machine | None = None
    protocol: str = "kerberos"
    reason: str = ""
    session: int = 0
    duration: float = 900.0
    """Seconds that a remote session's connection lasts."""
    carried: bool = False
    """Its connection is another act's: it needs none of its own."""


class Logoff(NamedTuple):
    """A session ends (4634, 4647)."""

    time_us: int
    no: int
    machine: Machine
    account: Account
    kind: str = "network"
    session: int = 0


class Ticket(NamedTuple):
    """A Kerberos ticket is asked for: `kind` AS or TGS, `service` such as `cifs/fic-01` or `krbtgt`.

    `cipher` aes256, aes128 or rc4; `reason` empty, bad_password, unknown_user, no_preauth, expired; `preauth` no for an
    AS request without pre-authentication.
    """

    time_us: int
    no: int
    client: Machine
    server: Machine
    account: Account
    kind: str = "TGS"
    service: str = "krbtgt"
    cipher: str = "aes256"
    reason: str = ""
    preauth: bool = True


class Ssh(NamedTuple):
    """A log-on by SSH: `method` password or publickey; a `reason` where it fails (bad_password, unknown_user)."""

    time_us: int
    no: int
    client: Machine
    server: Machine
    account: Account
    method: str = "password"
    reason: str = ""
    duration: float = 60.0


class Sudo(NamedTuple):
    """A command run as root on a Linux machine."""

    time_us: int
    no: int
    machine: Machine
    account: Account
    command: str


class Process(NamedTuple):
    """A program starts (Sysmon 1, Security 4688). `image` and `parent` are whole paths."""

    time_us: int
    no: int
    machine: Machine
    account: Account
    image: str
    command: str = ""
    parent: str = "C:\\Windows\\explorer.exe"
    parent_command: str = ""
    session: int = 0
    elevated: bool = False
    original: str = ""
    """The name that its maker gave the file; the image's own where not given."""
    company: str = "Microsoft Corporation"


class Installed(NamedTuple):
    """Something that starts by itself: `what` service, driver, task, runkey or wmi (7045, 4697, 4698, Sysmon 13, 20).

    For a run key `name` is the key's path.
    """

    time_us: int
    no: int
    machine: Machine
    account: Account
    what: str
    name: str
    command: str


class FileMade(NamedTuple):
    """A file is made or deleted on a machine's own disk: `action` create, delete or rename (Sysmon 11, 23)."""

    time_us: int
    no: int
    machine: Machine
    account: Account
    image: str
    path: str
    action: str = "create"


class Opened(NamedTuple):
    """A program opens another one's memory (Sysmon 10)."""

    time_us: int
    no: int
    machine: Machine
    account: Account
    image: str
    target: str = "C:\\Windows\\System32\\lsass.exe"
    access: str = "0x1010"
    trace: str = ""


class Registry(NamedTuple):
    """A registry value is set (Sysmon 13)."""

    time_us: int
    no: int
    machine: Machine
    account: Account
    image: str
    key: str
    value: str


class Tampered(NamedTuple):
    """Less is seen or can be restored: `what` log_cleared, audit_off, service_stopped, service_disabled, defender_off,
    sysmon_stopped, catalog_deleted; `name` is the log, policy or service.
    """

    time_us: int
    no: int
    machine: Machine
    account: Account
    what: str
    name: str = ""


class Silence(NamedTuple):
    """A machine's agent stops to send: from now, for `duration` seconds, nothing of it reaches the collector."""

    time_us: int
    no: int
    machine: Machine
    duration: float = 3600.0


class DirectoryUse(NamedTuple):
    """An object of the directory is read or changed on a domain controller (4662, 5136).

    `what`: replicate (DCSync), read, write; `target` names the object, `attribute` and `value` a change.
    """

    time_us: int
    no: int
    client: Machine
    server: Machine
    account: Account
    what: str = "read"
    target: str = ""
    attribute: str = ""
    value: str = ""


class AccountChange(NamedTuple):
    """An account or group is changed (4720, 4722-4726, 4728, 4732, 4738, 4740, 4767).

    `what`: created, enabled, password_reset, disabled, deleted, group_added, changed, locked, unlocked; `group` for
    group_added; `server` is the domain controller.
    """

    time_us: int
    no: int
    server: Machine
    account: Account
    target: str
    what: str = "changed"
    group: str = ""
    client: Machine | None = None


class Lookup(NamedTuple):
    """A name is asked for: `qtype` A, AAAA, PTR, SRV, TXT, MX, NULL; `rcode` NOERROR, NXDOMAIN, SERVFAIL."""

    time_us: int
    no: int
    client: Machine
    server: Machine
    name: str
    answers: tuple[str, ...] = ()
    qtype: str = "A"
    rcode: str = "NOERROR"


class Visit(NamedTuple):
    """A page or service is reached over HTTP or TLS, inside or on the Internet; through the proxy where the zone must.

    The name is looked up first when `look_up`. `image` is the program on the client (Sysmon 3), empty for none.
    """

    time_us: int
    no: int
    client: Machine
    server: Machine
    name: str
    port: int = 443
    tls: bool = True
    sent: int = 1500
    got: int = 12_000
    duration: float = 1.2
    method: str = "GET"
    path: str = "/"
    agent: str = "edge"
    """A client of `agents.py` (edge, chrome, update, curl…), or a user agent as it is."""
    status: int = 200
    kind: str = "text/html"
    look_up: bool = False
    image: str = ""
    account: Account | None = None
    issuer: str = ""
    """Who signed the server's certificate (`CN=…`), or `self`: the handshake is then TLS 1.2, where it is seen."""


class Talk(NamedTuple):
    """Any other connection. `state` is Zeek's (SF, S0, REJ, RSTO, S1, OTH); blocked where a firewall denies it."""

    time_us: int
    no: int
    client: Machine
    server: Machine
    port: int
    proto: str = "tcp"
    service: str = ""
    sent: int = 200
    got: int = 400
    duration: float = 0.1
    state: str = "SF"
    blocked: bool = False
    image: str = ""
    account: Account | None = None


class ShareUse(NamedTuple):
    """A file of a share is used over SMB: `action` open, read, write, rename, delete; `before` the name before.

    `link` numbers the connection that carries it: acts with the same link share it. The `first` of them opens it
    (ticket, log-on, mapping, 5140); it lasts `duration` seconds and carries `sent` and `got` bytes. In plots the
    repeats of a step share one link.
    """

    time_us: int
    no: int
    client: Machine
    server: Machine
    account: Account
    share: str
    name: str
    action: str = "open"
    before: str = ""
    size: int = 40_000
    link: int = 0
    first: bool = True
    sent: int = 9_000
    got: int = 60_000
    duration: float = 20.0


class RemoteCall(NamedTuple):
    """Another machine is administered or asked over DCE/RPC: `endpoint` svcctl, atsvc, winreg, samr, lsarpc, srvsvc,
    drsuapi, epmapper, IWbemServices…; `operation` as Zeek names it. `link` and `first` as of a share.
    """

    time_us: int
    no: int
    client: Machine
    server: Machine
    account: Account
    endpoint: str
    operation: str
    link: int = 0
    first: bool = True


class Study(NamedTuple):
    """A DICOM association with its commands: `command` C-STORE, C-FIND, C-MOVE, C-GET, C-ECHO; `number` of them.

    `calling` and `called` are the machines' AE titles where not given; `result` accepted or rejected.
    """

    time_us: int
    no: int
    client: Machine
    server: Machine
    command: str = "C-STORE"
    number: int = 120
    size: int = 60_000_000
    port: int = 104
    calling: str = ""
    called: str = ""
    software: str = ""
    """Implementation class UID and version (`1.2.3 NAME_1`); the client's own where not given."""
    result: str = "accepted"
    outcome: str = "success"


class Message(NamedTuple):
    """An HL7 v2 message over MLLP: `kind` such as `ORU^R01`, answered by `ack` (AA, AE, AR, or nothing)."""

    time_us: int
    no: int
    client: Machine
    server: Machine
    kind: str = "ADT^A01"
    sending: str = ""
    """`APPLICATION|FACILITY`; the machine's own where not given."""
    receiving: str = ""
    ack: str = "AA"
    port: int = 2575
    control: str = ""


class Audit(NamedTuple):
    """A medical application says who used whose records (IHE ATNA): `event` query, access, export, login, order."""

    time_us: int
    no: int
    machine: Machine
    account: Account
    client: Machine
    event: str = "access"
    patients: int = 1
    success: bool = True


class Print(NamedTuple):
    """A document goes through the print server to a printer."""

    time_us: int
    no: int
    client: Machine
    server: Machine
    account: Account
    printer: Machine
    size: int = 180_000


class Mail(NamedTuple):
    """A mail passes the relay: `client` sends to `server` over SMTP."""

    time_us: int
    no: int
    client: Machine
    server: Machine
    sender: str
    recipients: tuple[str, ...]
    subject: str = ""
    size: int = 40_000
    agent: str = ""


class SignIn(NamedTuple):
    """Somebody signs in to the cloud (Entra): `code` 0, or Entra's error (50126 bad password, 500121 MFA denied…)."""

    time_us: int
    no: int
    account: Account
    app: str = "Office 365 Exchange Online"
    address: str = ""
    """Where from; the hospital's own outside address where not given."""
    country: str = "FR"
    city: str = ""
    latitude: float = 0.0
    longitude: float = 0.0
    code: int = 0
    mfa: bool = False
    device: str = "Windows10"
    agent: str = "edge"
    risk: str = "none"
    legacy: str = ""
    """The client where it is a legacy protocol (IMAP4, POP3, SMTP)."""


class CloudWork(NamedTuple):
    """Something done in Microsoft 365 (its unified audit log): `operation` FileAccessed, New-InboxRule…

    `parameters` are pairs of an Exchange command.
    """

    time_us: int
    no: int
    account: Account
    operation: str
    workload: str = "SharePoint"
    item: str = ""
    address: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    success: bool = True
    agent: str = "edge"


class AwsCall(NamedTuple):
    """A call of an AWS interface (CloudTrail): `service` such as s3, iam, sts, cloudtrail; `error` where refused."""

    time_us: int
    no: int
    account: Account
    service: str
    operation: str
    address: str = ""
    region: str = "eu-west-3"
    agent: str = "Boto3/1.35.0"
    parameters: tuple[tuple[str, str], ...] = ()
    error: str = ""


class Vpn(NamedTuple):
    """A remote access (FortiGate SSL VPN): `what` up, down or failed; `address` outside, `inside` that given."""

    time_us: int
    no: int
    account: Account
    server: Machine
    address: str
    what: str = "up"
    inside: str = ""
    duration: float = 0.0
    sent: int = 0
    got: int = 0
    country: str = "France"


class Bastion(NamedTuple):
    """A session through the bastion (Wallix): `client` to `server` by RDP, SSH or HTTPS as `login` there.

    The bastion, `machine`, opens the second connection. `what`: session, refused; `command` a command that it saw.
    """

    time_us: int
    no: int
    machine: Machine
    client: Machine
    server: Machine
    account: Account
    service: str = "RDP"
    login: str = "administrateur"
    what: str = "session"
    command: str = ""
    duration: float = 1200.0


class Backup(NamedTuple):
    """A backup job ends: `result` Success, Warning or Failed (syslog of the backup server), with its traffic."""

    time_us: int
    no: int
    machine: Machine
    job: str
    targets: tuple[Machine, ...] = ()
    store: Machine | None = None
    result: str = "Success"
    size: int = 4_000_000_000
    duration: float = 600.0
    message: str = ""


class Alert(NamedTuple):
    """The EDR of a machine raises an alert: `level` low, medium, high, critical."""

    time_us: int
    no: int
    machine: Machine
    account: Account
    title: str
    technique: str = ""
    level: str = "medium"
    image: str = ""
    command: str = ""


class Noticed(NamedTuple):
    """Suricata raises an alert on a connection: `severity` 1 (worst) to 3."""

    time_us: int
    no: int
    client: Machine
    server: Machine
    port: int
    signature: str
    number: int = 2_000_000
    category: str = "Misc activity"
    severity: int = 3
    proto: str = "tcp"
    service: str = ""


class Lease(NamedTuple):
    """A machine takes an address (DHCP)."""

    time_us: int
    no: int
    client: Machine
    server: Machine
    lease_s: int = 28_800


class Usb(NamedTuple):
    """A USB storage device is plugged in (Security 6416)."""

    time_us: int
    no: int
    machine: Machine
    account: Account
    label: str
    serial: str = ""


Act: TypeAlias = (
    Logon | Logoff | Ticket | Ssh | Sudo | Process | Installed | FileMade | Opened | Registry | Tampered | Silence
    | DirectoryUse | AccountChange | Lookup | Visit | Talk | ShareUse | RemoteCall | Study | Message | Audit | Print
    | Mail | SignIn | CloudWork | AwsCall | Vpn | Bastion | Backup | Alert | Noticed | Lease | Usb
)  # fmt: skip

KINDS: Mapping[str, type[Act]] = {
    "logon": Logon,
    "logoff": Logoff,
    "ticket": Ticket,
    "ssh": Ssh,
    "sudo": Sudo,
    "process": Process,
    "install": Installed,
    "file": FileMade,
    "open_process": Opened,
    "registry": Registry,
    "tamper": Tampered,
    "silence": Silence,
    "directory": DirectoryUse,
    "account_change": AccountChange,
    "lookup": Lookup,
    "visit": Visit,
    "talk": Talk,
    "share": ShareUse,
    "remote_call": RemoteCall,
    "study": Study,
    "message": Message,
    "audit": Audit,
    "print": Print,
    "mail": Mail,
    "sign_in": SignIn,
    "cloud": CloudWork,
    "aws": AwsCall,
    "vpn": Vpn,
    "bastion": Bastion,
    "backup": Backup,
    "alert": Alert,
    "ids_alert": Noticed,
    "lease": Lease,
    "usb": Usb,
}
"""The word that a plot's step says in `do`, and the act."""
