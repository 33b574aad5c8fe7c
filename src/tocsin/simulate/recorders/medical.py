"""DICOM and HL7 records, as Tocsin's medical probe writes them from a capture beside Zeek's.

Enters: studies and messages, with the record's head. Leaves: JSON texts. Nothing of any patient is in them, as there.
"""

from __future__ import annotations

from tocsin.simulate.acts import Machine, Message, Study
from tocsin.simulate.text import quoted, second

_CLASSES = {
    "C-STORE": ("1.2.840.10008.5.1.4.1.1.2", "CT Image Storage"),
    "C-FIND": ("1.2.840.10008.5.1.4.31", "Modality Worklist Information Model - FIND"),
    "C-MOVE": ("1.2.840.10008.5.1.4.1.2.2.2", "Study Root Query/Retrieve Information Model - MOVE"),
    "C-GET": ("1.2.840.10008.5.1.4.1.2.2.3", "Study Root Query/Retrieve Information Model - GET"),
    "C-ECHO": ("1.2.840.10008.1.1", "Verification SOP Class"),
}
_STUDIES = ("1.2.840.10008.5.1.4.1.2.2.1", "Study Root Query/Retrieve Information Model - FIND")


def study(act: Study, head: str, command_head: str) -> tuple[str, str]:
    """Give the association's record, and that of its last command (none where it was rejected)."""
    calling = quoted(act.calling or act.client.ae_title or act.client.name.upper()[:16])
    called = quoted(act.called or act.server.ae_title or act.server.name.upper()[:16])
    root, _, version = (act.software or act.client.software or "1.2.276.0.7230010.3.0.3.6.7 OFFIS_DCMTK_367").partition(
        " "
    )
    own_root, _, own_version = (act.server.software or "1.2.276.0.7230010.3.0.3.6.7 OFFIS_DCMTK_367").partition(" ")
    asks_archive = act.command == "C-FIND" and act.server.role != "worklist"
    uid, name = _STUDIES if asks_archive else _CLASSES.get(act.command, _CLASSES["C-ECHO"])
    titles = f'"calling_ae":{calling},"called_ae":{called}'
    good = act.result == "accepted"
    end = (
        f'"contexts_accepted":1,"acceptor_implementation_class_uid":"{own_root}",'
        f'"acceptor_implementation_version":"{own_version}"'
        if good
        else '"reason":"calling AE title not recognized"'
    )
    dicom = (
        f'{head},{titles},"implementation_class_uid":"{root}","implementation_version":"{version}","contexts":1,'
        f'"sop_classes":["{uid}"],"result":"{act.result}",{end}}}'
    )
    if not good:
        return dicom, ""
    answers = act.number if act.command == "C-FIND" else 1
    moved = f'"completed":{act.number},"failed":0,"warned":0,' if act.command in {"C-MOVE", "C-GET"} else ""
    command = (
        f'{command_head},{titles},"command":"{act.command}","message_id":{act.no % 60_000 + 1},"is_orig":true,'
        f'"responses":{answers},"sop_class_uid":"{uid}","sop_class":"{name}",{moved}"outcome":"{act.outcome}"}}'
    )
    return dicom, command


_SEGMENTS = {
    "ADT": '"MSH","EVN","PID","PV1"',
    "ORM": '"MSH","PID","PV1","ORC","OBR"',
    "ORU": '"MSH","PID","OBR","OBX"',
    "SIU": '"MSH","SCH","PID","RGS","AIG"',
    "MDM": '"MSH","EVN","PID","TXA"',
    "RDE": '"MSH","PID","ORC","RXE"',
}


def application(machine: Machine) -> str:
    """Give the name under which a machine sends: servers that stand in for each other share one, devices do not."""
    name = machine.name.rpartition("-")[0] if machine.server else machine.name
    return (name or machine.name).upper().replace("-", "_")


def message(act: Message, head: str, site: str) -> str:
    """Give the record of a message with its answer."""
    sender, _, from_facility = (act.sending or f"{application(act.client)}|{site.upper()}").partition("|")
    target, _, to_facility = (act.receiving or f"{application(act.server)}|{site.upper()}").partition("|")
    kind, _, trigger = act.kind.partition("^")
    control = act.control or f"{act.no & 0xFFFFFFFFFF:010X}"
    stamp = second(act.time_us // 1_000_000).replace("-", "").replace(":", "").replace("T", "")
    answer = f',"ack_code":"{act.ack}"' if act.ack else ""
    segments = _SEGMENTS.get(kind, '"MSH","PID"')
    return (
        f'{head},"is_orig":true,"sending_application":{quoted(sender)},"sending_facility":{quoted(from_facility)},'
        f'"receiving_application":{quoted(target)},"receiving_facility":{quoted(to_facility)},"message_type":"{kind}",'
        f'"trigger_event":"{trigger}","structure":"{kind}_{trigger}","control_id":{quoted(control)},'
        f'"message_time":"{stamp}","processing_id":"P","version":"2.5","segments":{segments.count(",") + 1 + act.no % 6},'
        f'"segment_types":[{segments}],"request_seen":true{answer}}}'
    )
