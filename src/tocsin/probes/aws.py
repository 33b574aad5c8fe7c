"""Amazon Web Services: CloudTrail, GuardDuty, Security Hub, VPC flow logs, S3 access logs, WAF.

Enters: the JSON objects of these services (as delivered, inside EventBridge's `detail`, or as a flat row of Athena or
the console's CSV), and flow and S3 access logs as text lines. Leaves: events `aws.cloudtrail`, `aws.guardduty`,
`aws.securityhub`, `aws.vpcflow`, `aws.s3access`, `aws.waf`, nested as received.
Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html and
the like pages of the other services.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.model.times import parse_time
from tocsin.probes import aws_columns, aws_text
from tocsin.probes.contract import Envelope

NAME = "aws"
LAYER: Layer = "cloud"
SOURCES = ("aws",)

_FLAT_NAMES = {
    "eventversion": "eventVersion",
    "eventtime": "eventTime",
    "eventdatetime": "eventTime",
    "eventsource": "eventSource",
    "eventname": "eventName",
    "eventtype": "eventType",
    "eventid": "eventID",
    "awsregion": "awsRegion",
    "sourceipaddress": "sourceIPAddress",
    "sourceip": "sourceIPAddress",
    "useragent": "userAgent",
    "requestuseragent": "userAgent",
    "useridentity": "userIdentity",
    "errorcode": "errorCode",
    "errormessage": "errorMessage",
    "requestid": "requestID",
    "requestparameters": "requestParameters",
    "responseelements": "responseElements",
    "additionaleventdata": "additionalEventData",
    "recipientaccountid": "recipientAccountId",
    "readonly": "readOnly",
    "resources": "resources",
}
"""Column names of tables without their case, spaces and underscores -> CloudTrail's own names."""
_NOT_LETTERS = re.compile(r"[\s_]+")


def claims(record: dict[str, Any]) -> bool:
    """Say whether this is a record of one of the AWS logs."""
    return _kind(record) is not None


def _kind(record: dict[str, Any]) -> str | None:
    if "eventName" in record and ("eventSource" in record or "userIdentity" in record or "awsRegion" in record):
        return "cloudtrail"
    if "insightDetails" in record and "eventVersion" in record:
        return "cloudtrail"
    if "detail-type" in record:
        return "eventbridge" if isinstance(record.get("detail"), dict) else None
    if "AwsAccountId" in record and ("ProductArn" in record or "GeneratorId" in record):
        return "securityhub"
    if "accountId" in record and "service" in record and "type" in record:
        return "guardduty" if "resource" in record or "schemaVersion" in record else None
    return _log_kind(record)


def _log_kind(record: dict[str, Any]) -> str | None:
    if ("srcaddr" in record and "dstaddr" in record and ("interface_id" in record or "interface-id" in record)) or (
        "srcAddr" in record and "dstAddr" in record
    ):
        return "vpcflow"
    if "bucket" in record and "operation" in record and ("remoteip" in record or "remote_ip" in record):
        return "s3access"
    if "webaclId" in record and "httpRequest" in record:
        return "waf"
    if _is_flat(record):
        return "flat"
    return None


def _is_flat(record: dict[str, Any]) -> bool:
    return (
        ("eventname" in record and "eventsource" in record)
        or ("Event name" in record and "Event source" in record)
        or record.get("Event Type") in {"AwsApiCall", "AwsConsoleSignIn", "AwsServiceEvent"}
    )


def read(record: dict[str, Any]) -> Parsed:
    """Read one record of any of the AWS logs."""
    kind = _kind(record)
    if kind == "eventbridge":
        return _read_eventbridge(record)
    if kind == "flat":
        record = _unflattened(record)
        kind = "cloudtrail"
    return Parsed(f"aws.{kind}", _time(record), record)


def _time(record: Native) -> int | None:
    """Give the time at which the thing happened; of a finding, when it was last seen."""
    names = (
        "eventTime",
        "UpdatedAt",
        "updatedAt",
        "CreatedAt",
        "createdAt",
        "timestamp",
        "start",
        "time",
        "timestamp_s",
    )
    times = (parse_time(record.get(name)) for name in names)
    return next((time for time in times if time is not None), None)


def _read_eventbridge(record: dict[str, Any]) -> Parsed:
    """Take the service's own record out of EventBridge's; the wrapper stays under `eventbridge`."""
    detail: dict[str, Any] = record["detail"]
    kind = _kind(detail)
    wrapper = {name: value for name, value in record.items() if name != "detail"}
    if kind in {None, "eventbridge", "flat"}:
        return Parsed("aws.eventbridge", parse_time(record.get("time")), record)
    time_us = _time(detail)
    native = {**detail, "eventbridge": wrapper}
    return Parsed(f"aws.{kind}", time_us if time_us is not None else parse_time(record.get("time")), native)


def _unflattened(record: dict[str, Any]) -> Native:
    """Give a table's row CloudTrail's own names back, and objects where a cell holds JSON."""
    native: Native = {}
    for name, value in record.items():
        known = _FLAT_NAMES.get(_NOT_LETTERS.sub("", name).lower(), name)
        native[known if known not in native else name] = _opened(value)
    return native


def _opened(value: object) -> object:
    if not isinstance(value, str) or value[:1] not in {"{", "["}:
        return value
    try:
        return orjson.loads(value)
    except ValueError:
        return value


def claims_text(line: str, envelope: Envelope) -> bool:  # noqa: ARG001 - the door's shape
    """Say whether this line is a VPC flow record or an S3 server access record."""
    return aws_text.claims(line)


def read_text(line: str, envelope: Envelope) -> Parsed:  # noqa: ARG001 - the door's shape
    """Read a VPC flow record or an S3 server access record."""
    return aws_text.read(line)


def columns(event: Event) -> Columns:
    """Give the OCSF columns of an AWS event."""
    return aws_columns.columns(event)
