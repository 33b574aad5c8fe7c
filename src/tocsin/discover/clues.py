"""The clues from which roles are told: what was seen, the role that it speaks for, and how strongly.

Enters: nothing. Leaves: `CLUES`. A weight is the confidence that this clue gives alone: 0.9 and more where only that
role does it (who gives Kerberos tickets is a domain controller), 0.5 to 0.85 where others may, at most 0.75 for a port
whose protocol nobody read. The texts are for people, through gettext.
Source: RFC 4120, 2131, 3164; DICOM PS3.4; IHE technical frameworks (SWF, LAB); MS-NRPC, MS-DRSR, MS-RPRN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tocsin.discover import makers
from tocsin.discover.profiles import Profile
from tocsin.i18n import N_

Found = tuple[int, str]
"""How many there were of what a clue asks for, and an example."""
Test = Callable[[Profile], Found]


class Clue(NamedTuple):
    """What speaks for a role when at least `least` were found."""

    role: str
    weight: float
    text: str
    found: Test
    least: int = 1


def _gives(mark: str) -> Test:
    return lambda profile: (profile.gives(mark), "")


def _may_give(mark: str) -> Test:
    return lambda profile: (profile.may_give(mark), "")


def _may_take(mark: str) -> Test:
    return lambda profile: (profile.may_take(mark), "")


def _sign(kind: str, *starts: str) -> Test:
    def found(profile: Profile) -> Found:
        values = profile.values(kind)
        fit = [one for one in sorted(values) if not starts or one.startswith(starts)]
        return sum(values[one] for one in fit), ", ".join(fit[:3])

    return found


def _spoken(kind: str, *words: str) -> Test:
    """Look for a word in what a machine calls itself (an AE title, a sending application)."""

    def found(profile: Profile) -> Found:
        fit = [one for one in sorted(profile.values(kind)) if any(word in one.upper() for word in words)]
        return len(fit), ", ".join(fit[:2])

    return found


_IMAGES = tuple(f"store {kind}" for kind in "CT MR US CR DX MG XA RF NM PT RT ES ECG".split())


def _desk_like(profile: Profile) -> bool:
    """Say whether a person sits before it: it browses, and logs on to the domain or prints."""
    offices = profile.may_take("kerberos") or profile.may_take("print")
    return bool(offices and (profile.values("browser") or profile.may_take("proxy") or profile.may_take("smb")))


def _asks_list(profile: Profile) -> Found:
    return (0, "") if _desk_like(profile) else _sign("asks", "worklist")(profile)


def _modality(profile: Profile) -> Found:
    """Count what it stores as the device that made it: it asks for no query and serves no storage itself."""
    if any(one.startswith("store") for one in profile.values("serves")) or "query" in profile.values("asks"):
        return 0, ""
    return _sign("asks", *_IMAGES)(profile)


def _calls_dicom(profile: Profile) -> Found:
    """Count archives that a machine calls, where nobody calls it: a device rather than an archive."""
    asks = profile.values("asks")
    console = "query" in asks or profile.may_take("kerberos") or profile.values("browser")
    quiet = not profile.may_give("dicom") and not console
    return (profile.may_take("dicom"), "") if quiet else (0, "")


def _maker(profile: Profile) -> Found:
    if profile.may_give("dicom") > 2:
        return 0, ""
    for one in sorted(profile.values("implementation")):
        name, device = makers.of_uid(one.partition(" ")[0])
        if device:
            return 1, name
    return 0, ""


def _archive(profile: Profile) -> Found:
    stores = _sign("serves", "store")(profile)
    return (profile.may_give("dicom"), stores[1]) if stores[0] else (0, "")


def _router(profile: Profile) -> Found:
    """Count archives to which a machine that receives images passes images on."""
    stores = _sign("asks", "store")(profile)[0] and _sign("serves", "store")(profile)[0]
    passes = stores and "query" not in profile.values("serves")
    return (profile.may_take("dicom"), "") if passes and profile.may_give("dicom") < 3 else (0, "")


def _engine(profile: Profile) -> Found:
    """Count the ends of HL7 where it both gets and sends: the middle of a star."""
    gets, sends = profile.may_give("hl7"), profile.may_take("hl7")
    return (gets + sends, "") if gets >= 2 and sends >= 2 else (0, "")


def _results(profile: Profile) -> Found:
    """Count results that a machine sends to one or two others without being a server of many."""
    if profile.may_give("hl7") or len(profile.clients) > 3 or profile.values("gets") or profile.may_take("hl7") > 2:
        return 0, ""
    return _sign("sends", "ORU", "OUL", "QBP", "SSU", "EAR")(profile)


def _passes_results(profile: Profile) -> Found:
    """Count the machines whose results it gets, where it sends results on: a middleware, a gateway."""
    gets = {"ORU", "OUL"} & set(profile.values("gets"))
    return (len(profile.clients), "") if gets and profile.values("sends") else (0, "")


def _vitals(profile: Profile) -> Found:
    return (profile.may_take("vitals"), "") if not profile.may_give("vitals") else (0, "")


_LONG_US = 6 * 3_600_000_000
"""What a machine does not do is known only after a while."""


def _embedded(profile: Profile) -> Found:
    """Count the few machines that a device of a care zone talks to: no directory, no shares, no mail, no web."""
    offices = ("kerberos", "ldap", "smb", "proxy", "sip", "print", "smtp", "capwap", "rtsp", "rdp")
    used = any(profile.may_take(mark) for mark in offices) or profile.values("browser") or "internet" in profile.servers
    known = any(profile.may_give(mark) for mark in ("print", "rtsp", "sip", "capwap"))
    long = profile.flows >= 10 and profile.last_us - profile.first_us >= _LONG_US
    few = long and 0 < len(profile.servers) <= 8 and len(profile.clients) <= 4
    return (len(profile.servers), "") if profile.near == "care" and few and not used and not known else (0, "")


def _prints(profile: Profile) -> Found:
    return (0, "") if profile.sweeps else (profile.may_take("print"), "")


def _printer(profile: Profile) -> Found:
    return (profile.may_give("print"), "") if not profile.may_take("print") else (0, "")


def _phone(profile: Profile) -> Found:
    calls = profile.may_take("sip")
    others = ("kerberos", "smb", "vitals", "dicom", "hl7")
    more = any(profile.may_take(mark) for mark in others) or profile.values("browser") or profile.values("sends")
    return (calls, "") if not more and profile.may_give("sip") <= 2 and len(profile.servers) <= 6 else (0, "")


def _is_desk(profile: Profile) -> bool:
    """Say whether a machine may be somebody's desk: it serves few, stands with no servers, runs no backup agent."""
    among_servers = profile.near in {"servers", "technical", "dmz"} or profile.may_give("backup") > 0
    return len(profile.clients) <= 5 and not among_servers


def _member(profile: Profile) -> Found:
    """Count the controllers that a desk logs on to."""
    return (profile.may_take("kerberos"), "") if _is_desk(profile) else (0, "")


def _desk(profile: Profile) -> Found:
    """Count the offices' services that a desk uses: web, mail, shares, printing."""
    marks = ("smb", "proxy", "tls", "http", "print", "mailbox", "ldap", "dns")
    return (sum(1 for mark in marks if profile.may_take(mark)), "") if _is_desk(profile) else (0, "")


def _windows_lease(profile: Profile) -> Found:
    """Look for the class that Windows gives when it asks for an address; servers seldom ask for one."""
    return _sign("class", "MSFT")(profile) if _is_desk(profile) else (0, "")


def _shares(profile: Profile) -> Found:
    return (0, "") if profile.gives("sysvol") or profile.may_give("kerberos") else (profile.gives("share"), "")


def _smb(profile: Profile) -> Found:
    other = ("kerberos", "spooler", "sql", "dicom", "hl7")
    return (0, "") if any(profile.may_give(one) for one in other) else (profile.may_give("smb"), "")


def _names(profile: Profile) -> Found:
    return (0, "") if profile.may_give("kerberos") else (profile.gives("dns"), "")


def _clock(profile: Profile) -> Found:
    return (0, "") if profile.may_give("kerberos") else (profile.may_give("ntp"), "")


def _backup(profile: Profile) -> Found:
    return profile.may_take("backup") + (profile.may_take("vmware") if profile.may_take("backup") else 0), ""


def _relay(profile: Profile) -> Found:
    return (profile.may_give("smtp"), "") if profile.may_take("smtp") else (0, "")


def _web(profile: Profile) -> Found:
    tables = (profile.serves, profile.serves_hint)
    return len({client for table in tables for mark in ("tls", "http") for client in table.get(mark, ())}), ""


def _scanner(profile: Profile) -> Found:
    return (profile.tried, "") if profile.tried_ports >= 15 else (0, "")


def _hypervisor(profile: Profile) -> Found:
    return (profile.may_give("vmware"), "") if not profile.may_take("backup") else (0, "")


def _directory(profile: Profile) -> Found:
    return min(profile.may_give("kerberos"), profile.may_give("ldap")), ""


def _called(profile: Profile) -> Found:
    return (0, "") if "worklist" in profile.values("serves") else (profile.may_give("dicom"), "")


def _fetches(profile: Profile) -> Found:
    return (profile.may_give("proxy") if "internet" in profile.servers else 0), ""


def _jumps(profile: Profile) -> Found:
    """Count the machines on which it opens sessions, where people come to it to do so."""
    reached = not profile.sweeps and profile.may_give("rdp") + profile.may_give("tls") + profile.may_give("ssh")
    return (profile.may_take("rdp") + profile.may_take("ssh") if reached else 0), ""


def _browses(profile: Profile) -> Found:
    return _sign("browser")(profile) if _is_desk(profile) else (0, "")


def _led(profile: Profile) -> Found:
    return profile.may_take("capwap"), ""


def _building(profile: Profile) -> Found:
    marks = ("modbus", "bacnet")
    return sum(profile.may_give(mark) + profile.may_take(mark) for mark in marks), ""


CLUES: tuple[Clue, ...] = (
    # identity and network
    Clue("domain_controller", 0.97, N_("gives Kerberos tickets ({n} machines)"), _gives("kerberos"), 2),
    Clue("domain_controller", 0.97, N_("logs the tickets that it gives ({n} records)"), _sign("tickets")),
    Clue("domain_controller", 0.8, N_("serves the domain’s shares or replication ({n} machines)"), _gives("sysvol"), 2),
    Clue("domain_controller", 0.6, N_("serves the ports of a directory ({n} machines)"), _directory, 3),
    Clue("dns", 0.9, N_("answers questions for names ({n} machines)"), _names, 3),
    Clue("dhcp", 0.95, N_("gives out addresses ({n} records)"), _sign("dhcp"), 2),
    Clue("dhcp", 0.6, N_("gets questions on DHCP’s port ({n} machines)"), _may_give("dhcp"), 3),
    Clue("ntp", 0.85, N_("gives the time ({n} machines)"), _clock, 3),
    # imaging
    Clue("modality", 0.93, N_("stores its own images ({example})"), _modality),
    Clue("modality", 0.85, N_("asks for a worklist ({n} times)"), _asks_list),
    Clue("modality", 0.8, N_("reports its examinations (MPPS, {n} times)"), _sign("asks", "mpps")),
    Clue("modality", 0.7, N_("calls archives by DICOM, and nobody calls it ({n} archives)"), _calls_dicom),
    Clue("modality", 0.6, N_("its DICOM software is of {example}"), _maker),
    Clue("pacs", 0.93, N_("stores images for others ({n} machines: {example})"), _archive, 2),
    Clue("pacs", 0.7, N_("answers searches for studies ({n} times)"), _sign("serves", "query")),
    Clue("pacs", 0.65, N_("is called by DICOM ({n} machines)"), _called, 3),
    Clue("dicom_router", 0.9, N_("gets images and passes them on ({n} archives)"), _router),
    Clue("worklist", 0.97, N_("serves the worklist ({n} times)"), _sign("serves", "worklist")),
    Clue("ris", 0.8, N_("calls itself {example} in HL7"), _spoken("application", "RIS", "RADIO")),
    # exchanges and laboratory
    Clue("hl7_engine", 0.95, N_("gets and sends HL7, in the middle of {n} connections"), _engine, 5),
    Clue(
        "hl7_engine", 0.6, N_("calls itself {example} in HL7"), _spoken("application", "EAI", "ENGINE", "MIRTH", "BUS")
    ),
    Clue("analyser", 0.85, N_("sends results ({n} messages: {example})"), _results),
    Clue("application", 0.85, N_("gets results and sends them on ({n} machines)"), _passes_results, 2),
    # care at the bed
    Clue("monitor", 0.75, N_("sends vital signs to {n} stations (by its port)"), _vitals),
    Clue("monitoring_station", 0.75, N_("gets the vital signs of {n} monitors (by its port)"), _may_give("vitals"), 2),
    Clue(
        "medical_device",
        0.8,
        N_("stands in a care zone and talks to {n} machines only, none of the offices’"),
        _embedded,
    ),
    # servers
    Clue("print_server", 0.9, N_("sends to {n} printers"), _prints, 2),
    Clue("print_server", 0.7, N_("serves the print spooler ({n} machines)"), _gives("spooler"), 2),
    Clue("file_server", 0.85, N_("serves shares ({n} machines)"), _shares, 3),
    Clue("file_server", 0.65, N_("is used by SMB ({n} machines)"), _smb, 5),
    Clue("backup", 0.85, N_("drives the ports of backup agents ({n} machines)"), _backup, 3),
    Clue("storage", 0.85, N_("serves disks by NFS or iSCSI ({n} machines)"), _may_give("nfs"), 2),
    Clue("hypervisor", 0.75, N_("serves the port of a hypervisor ({n} machines)"), _hypervisor),
    Clue("hypervisor", 0.6, N_("moves virtual machines ({n} machines)"), _may_give("migration"), 2),
    Clue("database", 0.9, N_("serves a database ({n} machines)"), _gives("sql")),
    Clue("database", 0.75, N_("serves the port of a database ({n} machines)"), _may_give("sql")),
    Clue("mail", 0.9, N_("gets mail and sends it on ({n} machines)"), _relay, 1),
    Clue("mail", 0.7, N_("serves mailboxes ({n} machines)"), _may_give("mailbox"), 3),
    Clue("mail", 0.65, N_("gets mail ({n} machines)"), _may_give("smtp"), 2),
    Clue("proxy", 0.93, N_("fetches pages for others ({n} machines)"), _gives("proxy"), 3),
    Clue("proxy", 0.75, N_("serves the port of a proxy and goes to the Internet ({n} machines)"), _fetches, 5),
    Clue("log_server", 0.85, N_("gets logs ({n} machines)"), _may_give("syslog"), 3),
    Clue("management", 0.8, N_("asks machines how they are by SNMP ({n} machines)"), _may_take("snmp"), 5),
    Clue("management", 0.8, N_("gives updates ({n} machines)"), _may_give("updates"), 3),
    Clue("vulnerability_scanner", 0.85, N_("tried many ports of {n} machines in vain"), _scanner, 30),
    Clue("bastion", 0.7, N_("opens sessions on {n} machines"), _jumps, 6),
    Clue("web", 0.7, N_("serves pages ({n} machines)"), _web, 5),
    # the rest of the house
    Clue("workstation", 0.7, N_("logs on to the domain ({n} controllers)"), _member),
    Clue("workstation", 0.6, N_("browses the web with {example}"), _browses),
    Clue("workstation", 0.5, N_("asks for its address as {example} does"), _windows_lease),
    Clue("workstation", 0.6, N_("uses {n} services of the offices"), _desk, 4),
    Clue("printer", 0.9, N_("prints for {n} machines"), _printer),
    Clue("phone", 0.9, N_("registers with {n} telephone servers"), _phone),
    Clue("phone_server", 0.95, N_("serves telephones ({n} machines)"), _may_give("sip"), 3),
    Clue("camera", 0.85, N_("gives a picture stream ({n} machines)"), _may_give("rtsp")),
    Clue("access_point", 0.9, N_("is led by {n} Wi-Fi controllers"), _led),
    Clue("wifi_controller", 0.9, N_("leads Wi-Fi access points ({n} machines)"), _may_give("capwap"), 2),
    Clue("building_control", 0.85, N_("speaks a building’s protocol with {n} machines"), _building),
)
"""All clues; several of one role add up."""
