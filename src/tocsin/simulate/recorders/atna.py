"""IHE ATNA: what medical applications say of who used whose records.

Enters: audits. Leaves: audit messages (DICOM PS3.15) over syslog (RFC 5424). Patients are numbers that mean nothing.
Source: DICOM PS3.15 A.5, IHE ITI TF-2 3.20.
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.simulate.acts import Audit
from tocsin.simulate.recorders.contract import Recorder, Writes
from tocsin.simulate.text import iso, mixed

_EVENTS = {
    "query": ("110112", "Query", "E"),
    "access": ("110110", "Patient Record", "R"),
    "images": ("110103", "DICOM Instances Accessed", "R"),
    "transfer": ("110104", "DICOM Instances Transferred", "R"),
    "export": ("110106", "Export", "R"),
    "order": ("110109", "Order Record", "U"),
    "login": ("110114", "User Authentication", "E"),
}


class Atna(Recorder):
    """Writes audit messages."""

    SOURCE = "atna"

    def acts(self) -> Mapping[type, Writes]:
        """Give what each act leaves."""
        return {Audit: self.audit}

    def audit(self, act: Audit) -> None:
        """Write one message."""
        machine = act.machine
        if machine.site != self.site:
            return
        code, name, action = _EVENTS.get(act.event, _EVENTS["access"])
        outcome = "0" if act.success else "4"
        stamp = iso(act.time_us + machine.clock_us)
        source = machine.name.rpartition("-")[0].upper() or machine.name.upper()
        patients = "".join(
            f'<ParticipantObjectIdentification ParticipantObjectID="P{mixed(act.no, 50 + rank) % 90_000:06}" '
            'ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1"><ParticipantObjectIDTypeCode csd-code="2" '
            'codeSystemName="RFC-3881" originalText="Patient Number"/></ParticipantObjectIdentification>'
            for rank in range(act.patients if act.event != "login" else 0)
        )
        kind = (
            '<EventTypeCode csd-code="110122" codeSystemName="DCM" originalText="Login"/>'
            if act.event == "login"
            else ""
        )
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?><AuditMessage><EventIdentification EventActionCode="{action}" '
            f'EventDateTime="{stamp}" EventOutcomeIndicator="{outcome}"><EventID csd-code="{code}" codeSystemName="DCM" '
            f'originalText="{name}"/>{kind}</EventIdentification><ActiveParticipant UserID="{act.account.name}" '
            f'UserIsRequestor="true" NetworkAccessPointID="{act.client.address}" NetworkAccessPointTypeCode="2">'
            '<RoleIDCode csd-code="110153" codeSystemName="DCM" originalText="Source Role ID"/></ActiveParticipant>'
            f'<ActiveParticipant UserID="{source}" UserIsRequestor="false" NetworkAccessPointID="{machine.address}" '
            'NetworkAccessPointTypeCode="2"><RoleIDCode csd-code="110152" codeSystemName="DCM" originalText="Destination Role ID"/>'
            f'</ActiveParticipant><AuditSourceIdentification AuditEnterpriseSiteID="{self.site.upper()}" AuditSourceID="{source}">'
            f'<AuditSourceTypeCode csd-code="4"/></AuditSourceIdentification>{patients}</AuditMessage>'
        )
        line = f"<85>1 {stamp} {machine.full_name} {source} {1_000 + machine.rank} IHE+DICOM - \ufeff{text}"
        self.sink.file("atna/atna.log").append((act.time_us, line))
