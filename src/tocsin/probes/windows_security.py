"""The security log of Windows: what each event is, and its OCSF columns.

Enters: flat native fields of a `windows.security` event. Leaves: OCSF columns.
Source: https://learn.microsoft.com/windows/security/threat-protection/auditing (each event's page).
"""

from __future__ import annotations

from tocsin.model import Columns, Native
from tocsin.probes.fill import Table, fill, text_of, whole
from tocsin.probes.windows_naming import account_columns, base_name, process_columns

MEANING: dict[int, tuple[int, str]] = {
    1100: (1008, "log-service-stop"),
    1102: (1008, "log-clear"),
    1104: (1008, "log-full"),
    4608: (0, "system-start"),
    4616: (0, "time-change"),
    4624: (3002, "logon"),
    4625: (3002, "logon"),
    4634: (3002, "logoff"),
    4647: (3002, "logoff"),
    4648: (3002, "logon-explicit"),
    4649: (3002, "replay"),
    4656: (0, "object-open"),
    4657: (201002, "registry-set"),
    4658: (0, "object-close"),
    4660: (0, "object-delete"),
    4661: (3004, "object-open"),
    4662: (3004, "directory-access"),
    4663: (0, "object-access"),
    4670: (0, "permissions-change"),
    4672: (3003, "privileges-assign"),
    4673: (3003, "privilege-use"),
    4674: (3003, "privilege-use"),
    4688: (1007, "process-create"),
    4689: (1007, "process-end"),
    4696: (1007, "token-assign"),
    4697: (201004, "service-install"),
    4698: (1006, "task-create"),
    4699: (1006, "task-delete"),
    4700: (1006, "task-enable"),
    4701: (1006, "task-disable"),
    4702: (1006, "task-change"),
    4703: (3003, "token-right-change"),
    4704: (3001, "right-assign"),
    4705: (3001, "right-remove"),
    4706: (3004, "trust-create"),
    4707: (3004, "trust-delete"),
    4713: (3004, "policy-change"),
    4717: (3001, "logon-right-assign"),
    4718: (3001, "logon-right-remove"),
    4719: (3004, "audit-policy-change"),
    4720: (3001, "user-create"),
    4722: (3001, "user-enable"),
    4723: (3001, "password-change"),
    4724: (3001, "password-reset"),
    4725: (3001, "user-disable"),
    4726: (3001, "user-delete"),
    4738: (3001, "user-change"),
    4739: (3004, "policy-change"),
    4740: (3001, "user-lock"),
    4741: (3001, "computer-create"),
    4742: (3001, "computer-change"),
    4743: (3001, "computer-delete"),
    4764: (3006, "group-change"),
    4765: (3001, "sid-history-add"),
    4766: (3001, "sid-history-add"),
    4767: (3001, "user-unlock"),
    4768: (3002, "ticket-request"),
    4769: (3002, "service-ticket-request"),
    4770: (3002, "ticket-renew"),
    4771: (3002, "preauthentication"),
    4772: (3002, "ticket-request"),
    4773: (3002, "service-ticket-request"),
    4774: (3002, "account-map"),
    4775: (3002, "account-map"),
    4776: (3002, "credential-check"),
    4777: (3002, "credential-check"),
    4778: (3002, "session-reconnect"),
    4779: (3002, "session-disconnect"),
    4780: (3001, "user-change"),
    4781: (3001, "user-rename"),
    4794: (3001, "password-reset"),
    4798: (3001, "groups-list"),
    4799: (3006, "members-list"),
    4800: (3002, "session-lock"),
    4801: (3002, "session-unlock"),
    4825: (3002, "remote-desktop-deny"),
    4886: (3004, "certificate-request"),
    4887: (3004, "certificate-issue"),
    4888: (3004, "certificate-deny"),
    4928: (3004, "replica-source-add"),
    4929: (3004, "replica-source-remove"),
    4932: (3004, "replication-start"),
    4933: (3004, "replication-end"),
    4946: (0, "firewall-rule-add"),
    4947: (0, "firewall-rule-change"),
    4948: (0, "firewall-rule-delete"),
    4964: (3003, "special-logon"),
    5058: (0, "key-file-access"),
    5059: (0, "key-move"),
    5061: (0, "key-use"),
    5136: (3004, "directory-change"),
    5137: (3004, "directory-create"),
    5138: (3004, "directory-restore"),
    5139: (3004, "directory-move"),
    5140: (4006, "share-access"),
    5141: (3004, "directory-delete"),
    5142: (4006, "share-add"),
    5143: (4006, "share-change"),
    5144: (4006, "share-delete"),
    5145: (4006, "share-check"),
    5152: (4001, "packet-block"),
    5154: (4001, "listen"),
    5155: (4001, "listen-block"),
    5156: (4001, "connection-allow"),
    5157: (4001, "connection-block"),
    5158: (4001, "bind"),
    5159: (4001, "bind-block"),
    5379: (0, "credential-read"),
    5381: (0, "credential-read"),
    5382: (0, "credential-read"),
    6272: (3002, "network-access-grant"),
    6273: (3002, "network-access-deny"),
    6416: (0, "device-connect"),
    **dict.fromkeys((4727, 4731, 4744, 4749, 4754, 4759), (3006, "group-create")),
    **dict.fromkeys((4728, 4732, 4746, 4751, 4756, 4761), (3006, "member-add")),
    **dict.fromkeys((4729, 4733, 4747, 4752, 4757, 4762), (3006, "member-remove")),
    **dict.fromkeys((4730, 4734, 4748, 4753, 4758, 4763), (3006, "group-delete")),
    **dict.fromkeys((4735, 4737, 4745, 4750, 4755, 4760), (3006, "group-change")),
}
"""Event id -> OCSF class and what was done."""

_GROUPS = frozenset(event_id for event_id, (class_uid, _) in MEANING.items() if class_uid == 3006)
_FAILED = frozenset({4625, 4771, 4772, 4773, 4777, 4825, 4888, 5152, 5155, 5157, 5159, 6273})
_KERBEROS = frozenset({4768, 4769, 4770, 4771, 4772, 4773})
_REASONS = ("SubStatus", "Status", "FailureReason", "ReasonCode", "FailureCode")
_NULL_SID = "S-1-0-0"

_SUBJECT: Table = {
    "actor.user.name": "SubjectUserName",
    "actor.user.domain": "SubjectDomainName",
    "actor.user.uid": "SubjectUserSid",
    "session.uid": ("TargetLogonId", "SubjectLogonId", "LogonID"),
    "logon_type": "LogonType",
    "auth_protocol": "AuthenticationPackageName",
    "src_endpoint.ip": ("IpAddress", "ClientAddress", "SourceAddress", "CallingStationID", "ClientIPAddress"),
    "src_endpoint.port": ("IpPort", "SourcePort"),
    "src_endpoint.hostname": ("WorkstationName", "Workstation", "ClientName"),
    "dst_endpoint.ip": "DestAddress",
    "dst_endpoint.port": "DestPort",
    "dst_endpoint.hostname": ("TargetServerName", "AuthenticationServer"),
    "service.name": ("ServiceName", "TaskName"),
}
_TARGET: Table = {
    "user.name": ("TargetUserName", "TargetAccountName", "AccountName", "User"),
    "user.domain": ("TargetDomainName", "AccountDomain"),
    "user.uid": ("TargetUserSid", "TargetSid"),
}
_GROUP: Table = {
    "resource.uid": ("TargetUserName", "TargetSid"),
    "user.name": "MemberName",
    "user.uid": "MemberSid",
}
_SHARE: Table = {"share.name": "ShareName", "file.path": "RelativeTargetName", "file.name": "RelativeTargetName"}
_DIRECTORY: Table = {"resource.uid": ("ObjectDN", "ObjectName"), "resource.type": ("ObjectClass", "ObjectType")}
_OBJECT: Table = {"resource.uid": "ObjectName", "resource.type": "ObjectType"}
_OBJECT_CLASS = {"file": (1001, "file.path"), "key": (201001, "reg_key.path"), "process": (1007, "process.file.path")}


def columns(native: Native, event_id: int) -> Columns:
    """Give the columns of an event of the security log, besides those that all Windows events have."""
    columns = fill(native, _SUBJECT)
    class_uid, activity = MEANING.get(event_id, (0, ""))
    columns |= {"class_uid": class_uid, "status": _status(native, event_id)}
    detail = next((text for name in _REASONS if (text := text_of(native.get(name))) and whole(text) != 0), None)
    if detail:
        columns["status_detail"] = detail
    if columns.get("session.uid") == "0x0":
        del columns["session.uid"]
    if activity:
        columns["activity_name"] = activity
    columns |= account_columns(native.get("Requester"), "actor.user")
    _add_users(columns, native, event_id)
    if event_id in _KERBEROS:
        columns["auth_protocol"] = "Kerberos"
    elif event_id in {4776, 4777}:
        columns["auth_protocol"] = "NTLM"
    if class_uid == 4001:
        _add_connection(columns, native)
    elif class_uid == 4006:
        _add_share(columns, native)
    elif event_id == 4688:
        columns |= process_columns(native, "process", "NewProcessName", "NewProcessId", "CommandLine")
        columns |= process_columns(native, "actor.process", "ParentProcessName", "ProcessId")
        return columns
    elif event_id == 4689:
        return columns | process_columns(native, "process", "ProcessName", "ProcessId")
    elif "ObjectName" in native or "ObjectDN" in native:
        _add_object(columns, native)
    return columns | process_columns(native, "actor.process", ("ProcessName", "CallerProcessName"), "ProcessId")


def _status(native: Native, event_id: int) -> str:
    code = whole(native.get("Status"))
    if event_id in _FAILED or ((event_id in _KERBEROS or event_id == 4776) and code):
        return "Failure"
    keywords = str(native.get("Keywords"))
    failed = "AUDIT_FAILURE" in str(native.get("EventType")) or "ailure" in keywords or keywords[:5] == "0x801"
    return "Failure" if failed else "Success"


def _add_users(columns: Columns, native: Native, event_id: int) -> None:
    columns |= fill(native, _GROUP if event_id in _GROUPS else _TARGET)
    if event_id in _GROUPS:
        columns["resource.type"] = "group"
        _shorten_member(columns)
    name, at, realm = str(columns.get("user.name", "")).partition("@")
    if at and name:
        columns["user.name"] = name
        columns.setdefault("user.domain", realm)
    for column in ("actor.user.uid", "user.uid"):
        if columns.get(column) == _NULL_SID:
            del columns[column]
    if event_id in {4634, 4647} or "user.name" in columns:
        return
    if event_id in {4672, 4964, 4825, 6272, 6273} and "actor.user.name" in columns:
        for part in ("name", "domain", "uid"):
            if f"actor.user.{part}" in columns:
                columns[f"user.{part}"] = columns[f"actor.user.{part}"]


def _shorten_member(columns: Columns) -> None:
    """Take the account's name out of its distinguished name (`CN=Jeanne Exemple,OU=…`)."""
    name = str(columns.get("user.name", ""))
    if name[:3].lower() == "cn=":
        columns["user.name"] = name[3:].partition(",")[0]


_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmp"}


def _add_connection(columns: Columns, native: Native) -> None:
    protocol = text_of(native.get("Protocol"))
    if protocol:
        columns["connection_info.protocol_name"] = _PROTOCOLS.get(protocol, protocol)
    columns["rule.action"] = "deny" if columns["status"] == "Failure" else "allow"
    application = text_of(native.get("Application"))
    if application:
        columns["actor.process.name"] = base_name(application)


def _add_share(columns: Columns, native: Native) -> None:
    columns |= fill(native, _SHARE)
    for column in ("share.name", "file.name"):
        if column in columns:
            columns[column] = base_name(str(columns[column])) or str(columns[column])


def _add_object(columns: Columns, native: Native) -> None:
    class_uid, column = _OBJECT_CLASS.get(str(native.get("ObjectType")).lower(), (0, ""))
    if column and columns["class_uid"] in {0, 201002}:
        path = text_of(native.get("ObjectName"))
        columns["class_uid"] = columns["class_uid"] or class_uid
        if path:
            columns[column] = path
    elif columns["class_uid"] == 201002:
        columns |= fill(native, {"reg_key.path": "ObjectName"})
    else:
        columns |= fill(native, _DIRECTORY if columns["class_uid"] == 3004 else _OBJECT)
