"""CloudTrail of the account that keeps copies off site.

Enters: calls. Leaves: JSON lines, one record each.
Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from tocsin.simulate.acts import AwsCall
from tocsin.simulate.recorders.contract import Recorder, Writes
from tocsin.simulate.text import digest, guid, mixed, second

_READS = ("Get", "List", "Describe", "Head")


class CloudTrail(Recorder):
    """Writes CloudTrail."""

    SOURCE = "cloudtrail"

    def acts(self) -> Mapping[type, Writes]:
        """Give what each act leaves."""
        return {AwsCall: self.call}

    def call(self, act: AwsCall) -> None:
        """Write a call."""
        account = act.account
        if account.site != self.site:
            return
        number, name = self.place.aws_account, account.name
        record: dict[str, object] = {
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "IAMUser",
                "principalId": f"AIDA{digest(name, 8).upper()}",
                "arn": f"arn:aws:iam::{number}:user/{name}",
                "accountId": number,
                "accessKeyId": f"AKIA{digest(name + 'k', 8).upper()}",
                "userName": name,
            },
            "eventTime": f"{second(act.time_us // 1_000_000)}Z",
            "eventSource": f"{act.service}.amazonaws.com",
            "eventName": act.operation,
            "awsRegion": act.region,
            "sourceIPAddress": act.address or self.place.outside_address,
            "userAgent": act.agent,
            "requestParameters": dict(act.parameters) or None,
            "responseElements": None,
            "requestID": guid(mixed(act.no, 3)),
            "eventID": guid(act.no),
            "readOnly": act.operation.startswith(_READS),
            "eventType": "AwsApiCall",
            "managementEvent": not (act.service == "s3" and "Object" in act.operation),
            "recipientAccountId": number,
            "eventCategory": "Data" if act.service == "s3" and "Object" in act.operation else "Management",
        }
        if act.error:
            record |= {"errorCode": act.error, "errorMessage": "User is not authorized to perform this action"}
        late = 200_000_000 + act.no % 400_000_000
        self.sink.file("cloudtrail/cloudtrail.json").append((act.time_us + late, orjson.dumps(record).decode()))
