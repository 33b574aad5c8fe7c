"""The rows that detectors watch: a dozen kinds of facts, each a small tuple. Pure nouns."""

from __future__ import annotations

from typing import NamedTuple

from tocsin.model import EventRef


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


class Remote(NamedTuple):
    """One use of an interface by which machines are administered from afar.

    `how` is service, task, registry, wmi or dcom; `what` the operation.
    """

    time_us: int
    src: str
    dst: str
    how: str
    what: str
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
    """One program started. Paths and command line as received, `digest` its hash where known.

    `original` is the name that its maker gave the file. `pid` and `ppid` are known where a product tells no parent.
    """

    time_us: int
    host: str
    user: str
    parent: str
    image: str
    command: str
    digest: str
    event: EventRef
    original: str = ""
    pid: str = ""
    ppid: str = ""


class Autorun(NamedTuple):
    """One thing that starts by itself: `kind` service, task, driver, runkey, registry, wmi, startup.

    `registry` are keys that start programs though they are not meant for it; `name` is then the key.
    """

    time_us: int
    host: str
    user: str
    kind: str
    name: str
    command: str
    event: EventRef


class Tamper(NamedTuple):
    """One thing that leaves less to be seen or to be restored.

    `kind` is cleared (a log), audit (less is audited), stopped or disabled (a service, a protection), config (of a
    sensor), catalog (of backups), off and on (a machine shuts down, starts); `what` names it.
    """

    time_us: int
    host: str
    user: str
    kind: str
    what: str
    event: EventRef


class Touched(NamedTuple):
    """One file made or deleted on a machine itself by `image`: `action` is create or delete."""

    time_us: int
    host: str
    user: str
    image: str
    action: str
    path: str
    event: EventRef


class Beat(NamedTuple):
    """A source of a machine was heard so many `times` within the five minutes that begin at `time_us`."""

    time_us: int
    host: str
    source: str
    times: int
    event: EventRef


class Medical(NamedTuple):
    """One exchange of a medical protocol: `protocol` is dicom, hl7 or atna.

    `action`: of DICOM associate or the command (`C-FIND`), of HL7 the message type (`ORU^R01`; empty where only its
    answer was seen), of ATNA query, retrieve, login or the event's code. `src` is who asked or sent. `calling` and
    `called` are AE titles, or sending and receiving application (`LABO|CHU`); of ATNA the account, and the archive.
    `implementation` is the DICOM implementation class UID of `calling`. `status` is accepted, rejected, aborted,
    success, warning, failure, an HL7 answer (`AA`), or nothing. `control_id` is HL7's with the message's own time.
    `amount` is how much came of it: matches of a search, images moved, patients concerned.
    """

    time_us: int
    protocol: str
    action: str
    src: str
    dst: str
    port: int
    calling: str
    called: str
    implementation: str
    control_id: str
    status: str
    amount: int
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


Seen = Flow | Query | Web | FileOp | Remote | Logon | Ticket | Bound | Call | Change
Fact = Seen | Process | Autorun | Tamper | Touched | Beat | Medical
"""One fact of any kind."""
