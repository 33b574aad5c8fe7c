"""Microsoft 365's unified audit log, as the Management API gives it.

Enters: work in the cloud. Leaves: JSON lines; they come late, as there.
Source: https://learn.microsoft.com/en-us/office/office-365-management-api/office-365-management-activity-api-schema
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from tocsin.simulate.acts import CloudWork
from tocsin.simulate.agents import agent
from tocsin.simulate.cast import Place
from tocsin.simulate.dice import number
from tocsin.simulate.recorders.contract import Recorder, Sink, Writes
from tocsin.simulate.text import guid, second

_TYPES = {"Exchange": 1, "SharePoint": 6, "OneDrive": 6, "AzureActiveDirectory": 8, "MicrosoftTeams": 25}
_MAILBOX = frozenset(
    {"MailItemsAccessed", "Send", "SendAs", "HardDelete", "SoftDelete", "MoveToDeletedItems", "Create"}
)


class M365(Recorder):
    """Writes the unified audit log."""

    SOURCE = "m365"

    def __init__(self, place: Place, sink: Sink) -> None:
        super().__init__(place, sink)
        self.lines = sink.file("m365/audit.json")

    def acts(self) -> Mapping[type, Writes]:
        """Give what each act leaves."""
        return {CloudWork: self.work}

    def work(self, act: CloudWork) -> None:
        """Write a record."""
        account = act.account
        if account.site != self.site or not account.mail:
            return
        address = act.address or self.place.outside_address
        record: dict[str, object] = {
            "CreationTime": second(act.time_us // 1_000_000),
            "Id": guid(act.no),
            "Operation": act.operation,
            "OrganizationId": self.place.tenant,
            "RecordType": 2 if act.operation in _MAILBOX else _TYPES.get(act.workload, 6),
            "UserKey": f"{number('key', account.mail):016X}",
            "UserType": 0,
            "Version": 1,
            "Workload": act.workload,
            "ClientIP": f"{address}:{49_152 + act.no % 16_000}" if act.workload == "Exchange" else address,
            "UserId": account.mail,
        }
        if act.workload in {"SharePoint", "OneDrive"}:
            record |= self._file(act)
        else:
            record["ResultStatus"] = "Succeeded" if act.operation in _MAILBOX else str(act.success)
            record["ObjectId"] = act.item
            if act.parameters:
                record["Parameters"] = [{"Name": name, "Value": value} for name, value in act.parameters]
        self.lines.append((act.time_us + 300_000_000 + act.no % 600_000_000, orjson.dumps(record).decode()))

    def _file(self, act: CloudWork) -> dict[str, object]:
        site = f"https://{self.site}.sharepoint.example/sites/commun/"
        name = act.item.rpartition("/")[2]
        return {
            "ObjectId": f"{site}{act.item}",
            "EventSource": "SharePoint",
            "ItemType": "File",
            "SiteUrl": site,
            "SourceFileName": name,
            "SourceFileExtension": name.rpartition(".")[2],
            "SourceRelativeUrl": act.item.rpartition("/")[0],
            "UserAgent": agent(act.agent),
        }
