"""The text forms of two AWS logs: VPC flow records and S3 server access records.

Enters: one line. Leaves: `aws.vpcflow` with the field names of AWS's JSON form (`srcaddr`…), `aws.s3access` with those
of its documentation, lower case.
Source: https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
"""

from __future__ import annotations

import re
from datetime import datetime

from tocsin.model import Parsed
from tocsin.model.times import parse_time

_FLOW = re.compile(r"[2-9] (?:\d+|unknown|-) eni-[0-9a-z]+ ")
_FLOW_NAMES = (
    "version account_id interface_id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
    "log_status vpc_id subnet_id instance_id tcp_flags type pkt_srcaddr pkt_dstaddr region az_id sublocation_type "
    "sublocation_id pkt_src_aws_service pkt_dst_aws_service flow_direction traffic_path"
)
_S3 = re.compile(r"[0-9a-f]{32,64} \S+ \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] ")
_S3_NAMES = (
    "bucketowner bucket time remoteip requester requestid operation key requesturi httpstatus errorcode bytessent "
    "objectsize totaltime turnaroundtime referrer useragent versionid hostid signatureversion ciphersuite "
    "authenticationtype hostheader tlsversion accesspointarn aclrequired"
)
_S3_CELL = re.compile(r'\[([^\]]*)\]|"([^"]*)"|(\S+)')


def claims(line: str) -> bool:
    """Say whether this line is one of the two."""
    return bool(_FLOW.match(line) or _S3.match(line))


def read(line: str) -> Parsed:
    """Read a claimed line. Raises ValueError when it has more fields than AWS knows."""
    return _read_flow(line) if _FLOW.match(line) else _read_s3(line)


def _read_flow(line: str) -> Parsed:
    cells = line.split()
    native = dict(zip(_named(_FLOW_NAMES.split(), len(cells)), cells, strict=True))
    return Parsed("aws.vpcflow", parse_time(native.get("start")), {k: v for k, v in native.items() if v != "-"})


def _read_s3(line: str) -> Parsed:
    cells = [next(part for part in (*match.groups(), "") if part is not None) for match in _S3_CELL.finditer(line)]
    native = dict(zip(_named(_S3_NAMES.split(), len(cells)), cells, strict=True))
    when = datetime.strptime(native["time"], "%d/%b/%Y:%H:%M:%S %z")
    time_us = round(when.timestamp()) * 1_000_000
    return Parsed("aws.s3access", time_us, {k: v for k, v in native.items() if v not in {"-", ""}})


def _named(names: list[str], count: int) -> list[str]:
    """Give as many names as there are cells; AWS appends fields, so later ones are numbered."""
    return [*names[:count], *(f"field_{rank}" for rank in range(len(names) + 1, count + 1))]
