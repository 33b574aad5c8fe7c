"""The OCSF columns of AWS events, by log.

Enters: an event of the family `aws`. Leaves: columns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tocsin.model import Columns, Event, Native
from tocsin.probes import peers
from tocsin.probes.fill import Table, fill, look_up, text_of, whole

_PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6"}

_CLOUDTRAIL: Table = {
    "api.operation": ("eventName", "insightDetails.eventName"),
    "api.service": ("eventSource", "insightDetails.eventSource"),
    "activity_name": ("eventName", "insightDetails.eventName"),
    "actor.user.name": (
        "userIdentity.userName",
        "userIdentity.sessionContext.sessionIssuer.userName",
        "User name",
        "userIdentity.principalId",
        "userIdentity.invokedBy",
    ),
    "actor.user.uid": ("userIdentity.arn", "userIdentity.principalId", "userIdentity.identityProvider"),
    "session.uid": ("userIdentity.accessKeyId", "AWS access key"),
    "http_request.user_agent": "userAgent",
    "cloud.region": "awsRegion",
    "cloud.account.uid": ("recipientAccountId", "userIdentity.accountId"),
    "status_detail": ("errorCode", "errorMessage", "insightDetails.errorCode"),
    "message": "errorMessage",
    "metadata.uid": "eventID",
    "resource.uid": (
        "resources.ARN",
        "resources.arn",
        "requestParameters.bucketName",
        "requestParameters.roleArn",
        "requestParameters.instanceId",
        "requestParameters.functionName",
        "requestParameters.secretId",
        "requestParameters.name",
        "Resources",
    ),
    "resource.type": "resources.type",
    "user.name": "requestParameters.userName",
}

_GUARDDUTY: Table = {
    "finding.title": ("title", "type"),
    "finding.uid": "type",
    "finding.category": "type",
    "message": ("description", "title"),
    "metadata.uid": ("id", "arn"),
    "cloud.region": "region",
    "cloud.account.uid": "accountId",
    "actor.user.name": (
        "resource.accessKeyDetails.userName",
        "resource.kubernetesDetails.kubernetesUserDetails.username",
    ),
    "actor.user.uid": "resource.accessKeyDetails.principalId",
    "api.operation": "service.action.awsApiCallAction.api",
    "api.service": "service.action.awsApiCallAction.serviceName",
    "device.uid": "resource.instanceDetails.instanceId",
    "device.ip": "resource.instanceDetails.networkInterfaces.privateIpAddress",
    "resource.uid": (
        "resource.s3BucketDetails.arn",
        "resource.instanceDetails.instanceId",
        "resource.eksClusterDetails.arn",
        "resource.ecsClusterDetails.arn",
        "resource.rdsDbInstanceDetails.dbInstanceIdentifier",
        "resource.lambdaDetails.functionArn",
        "resource.containerDetails.id",
    ),
    "resource.type": "resource.resourceType",
    "src_endpoint.ip": (
        "service.action.awsApiCallAction.remoteIpDetails.ipAddressV4",
        "service.action.portProbeAction.portProbeDetails.remoteIpDetails.ipAddressV4",
        "service.action.kubernetesApiCallAction.remoteIpDetails.ipAddressV4",
        "service.action.rdsLoginAttemptAction.remoteIpDetails.ipAddressV4",
    ),
    "dst_endpoint.ip": "service.action.portProbeAction.portProbeDetails.localIpDetails.ipAddressV4",
    "query.hostname": "service.action.dnsRequestAction.domain",
    "process.name": ("service.runtimeDetails.process.name",),
    "process.file.path": "service.runtimeDetails.process.executablePath",
}

_SECURITYHUB: Table = {
    "finding.title": "Title",
    "finding.uid": ("GeneratorId", "Id"),
    "finding.category": "Types",
    "message": "Description",
    "metadata.uid": "Id",
    "cloud.region": ("Region", "Resources.Region"),
    "cloud.account.uid": "AwsAccountId",
    "resource.uid": "Resources.Id",
    "resource.type": "Resources.Type",
    "device.uid": "Resources.Details.AwsEc2Instance.InstanceId",
    "src_endpoint.ip": ("Action.AwsApiCallAction.RemoteIpDetails.IpAddressV4", "Network.SourceIpV4"),
    "dst_endpoint.ip": "Network.DestinationIpV4",
    "api.operation": "Action.AwsApiCallAction.Api",
    "actor.user.name": "Resources.Details.AwsIamAccessKey.UserName",
    "activity_name": "Types",
}

_VPCFLOW: Table = {
    "src_endpoint.ip": ("srcaddr", "srcAddr"),
    "src_endpoint.port": ("srcport", "srcPort"),
    "dst_endpoint.ip": ("dstaddr", "dstAddr"),
    "dst_endpoint.port": ("dstport", "dstPort"),
    "traffic.bytes_out": "bytes",
    "traffic.packets_out": "packets",
    "connection_info.uid": ("interface_id", "interfaceId", "interface-id"),
    "connection_info.state": ("tcp_flags", "tcp-flags"),
    "rule.action": "action",
    "activity_name": "action",
    "status_detail": ("log_status", "log-status", "status"),
    "cloud.account.uid": ("account_id", "accountId", "account-id"),
    "cloud.region": "region",
    "device.uid": ("instance_id", "instanceId", "instance-id"),
}

_S3ACCESS: Table = {
    "src_endpoint.ip": ("remoteip", "remote_ip"),
    "actor.user.uid": "requester",
    "actor.user.name": "requester",
    "api.operation": "operation",
    "activity_name": "operation",
    "resource.uid": "bucket",
    "file.path": "key",
    "http_request.url": ("requesturi", "request_uri"),
    "http_request.user_agent": ("useragent", "user_agent"),
    "http_response.code": ("httpstatus", "http_status"),
    "status_detail": ("errorcode", "error_code"),
    "traffic.bytes_in": ("bytessent", "bytes_sent"),
    "tls.version": ("tlsversion", "tls_version"),
}

_WAF: Table = {
    "src_endpoint.ip": "httpRequest.clientIp",
    "http_request.method": "httpRequest.httpMethod",
    "http_request.url": "httpRequest.uri",
    "dst_endpoint.hostname": "httpRequest.host",
    "http_response.code": "responseCodeSent",
    "rule.action": "action",
    "activity_name": "action",
    "policy.name": ("terminatingRuleId", "webaclId"),
    "resource.uid": "webaclId",
    "metadata.uid": "httpRequest.requestId",
}


def columns(event: Event) -> Columns:
    """Give the OCSF columns of an AWS event."""
    make = _BY_KIND.get(event.source.partition(".")[2])
    return (
        make(event.native) if make else fill(event.native, {"activity_name": "detail-type", "cloud.region": "region"})
    )


def _cloudtrail(native: Native) -> Columns:
    found = fill(native, _CLOUDTRAIL)
    found["class_uid"] = 3002 if found.get("api.operation") == "ConsoleLogin" else 6003
    found.update(peers.endpoint("src_endpoint", native.get("sourceIPAddress")))
    failed = text_of(native.get("errorCode")) or look_up(native, "responseElements.ConsoleLogin") == "Failure"
    found["status"] = "Failure" if failed else "Success"
    arn = text_of(look_up(native, "userIdentity.arn"))
    if arn and "@" in arn and look_up(native, "userIdentity.type") == "AssumedRole":
        found["actor.user.name"] = arn.rpartition("/")[2]  # the person behind a role of single sign-on
    if found["class_uid"] == 3002 and "actor.user.name" in found:
        found["user.name"] = found["actor.user.name"]
    return found


def _guardduty(native: Native) -> Columns:
    found = fill(native, _GUARDDUTY)
    found["class_uid"] = 2004
    found.update(
        _severity(look_up(native, "severity"), ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.0, "low")))
    )
    if look_up(native, "service.additionalInfo.sample") is True:  # made by an administrator to try the alerting
        found.update(_severity(0, ()))
    kind = text_of(native.get("type"))
    if kind:
        found["activity_name"] = kind.partition(":")[0]
    connection = look_up(native, "service.action.networkConnectionAction")
    if isinstance(connection, dict):
        found.update(_connection(connection))
    return found


def _connection(connection: dict[str, Any]) -> Columns:
    """Put GuardDuty's local and remote side where source and destination are."""
    outward = connection.get("connectionDirection") == "OUTBOUND"
    near, far = ("src_endpoint", "dst_endpoint") if outward else ("dst_endpoint", "src_endpoint")
    table = {
        f"{near}.ip": "localIpDetails.ipAddressV4",
        f"{near}.port": "localPortDetails.port",
        f"{far}.ip": "remoteIpDetails.ipAddressV4",
        f"{far}.port": "remotePortDetails.port",
        "connection_info.protocol_name": "protocol",
    }
    return fill(connection, table)


def _securityhub(native: Native) -> Columns:
    found = fill(native, _SECURITYHUB)
    found["class_uid"] = 2004
    label = text_of(look_up(native, "Severity.Label"))
    if label:
        found["finding.severity"] = found["severity"] = label.lower()
        return found
    found.update(
        _severity(look_up(native, "Severity.Normalized"), ((90, "critical"), (70, "high"), (40, "medium"), (1, "low")))
    )
    return found


def _severity(value: Any, steps: tuple[tuple[float, str], ...]) -> Columns:
    """Map a number on a level: the first step that it reaches."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return {}
    level = next((name for least, name in steps if value >= least), "informational")
    return {"severity": level, "finding.severity": level}


def _vpcflow(native: Native) -> Columns:
    found = fill(native, _VPCFLOW)
    found["class_uid"] = 4001
    number = whole(native.get("protocol"))
    if number is not None:
        found["connection_info.protocol_name"] = _PROTOCOLS.get(number, str(number))
    start, end = whole(native.get("start")), whole(native.get("end"))
    if start is not None and end is not None:
        found["duration"] = float(end - start)
    return found


def _s3access(native: Native) -> Columns:
    found = fill(native, _S3ACCESS)
    code = found.get("http_response.code")
    found["class_uid"] = 6003
    found["api.service"] = "s3.amazonaws.com"
    if isinstance(code, int):
        found["status"] = "Failure" if code >= 400 else "Success"
    return found


def _waf(native: Native) -> Columns:
    found = {**fill(native, _WAF), "class_uid": 4002}
    headers = look_up(native, "httpRequest.headers")
    wanted = {"host": "dst_endpoint.hostname", "user-agent": "http_request.user_agent"}
    for header in headers if isinstance(headers, list) else ():
        column = wanted.get(str(header.get("name")).lower()) if isinstance(header, dict) else None
        value = text_of(header.get("value")) if column else None
        if column and value:
            found[column] = value
    return found


_BY_KIND: dict[str, Callable[[Native], Columns]] = {
    "cloudtrail": _cloudtrail,
    "guardduty": _guardduty,
    "securityhub": _securityhub,
    "vpcflow": _vpcflow,
    "s3access": _s3access,
    "waf": _waf,
}
