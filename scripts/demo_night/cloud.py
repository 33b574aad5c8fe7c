"""The identity and cloud layers: Entra sign-ins, the M365 unified audit log, AWS CloudTrail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from demo_night.hospital import ACCOUNT, SUFFIX, THIEF, Night, iso

Row = tuple[datetime, dict[str, object]]

_TENANT = "7d1f6a0e-0000-4000-8000-00000000c0de"


def sign_ins(night: Night) -> Iterator[Row]:
    """Give Entra sign-ins as Azure Monitor exports them: everyday ones, refused pushes, the one accepted."""
    for moment in night.moments(700):
        yield moment, _sign_in(night, moment, night.dice.choice(night.people), "192.0.2.1", 0)
    for step in range(7):
        moment = night.at("02:09:10") + timedelta(seconds=19 * step)
        yield moment, _sign_in(night, moment, ACCOUNT, THIEF, 500121)
    moment = night.at("02:11:40")
    yield moment, _sign_in(night, moment, ACCOUNT, THIEF, 0)


def _uuid(night: Night) -> str:
    return str(UUID(int=night.dice.getrandbits(128), version=4))


def _sign_in(night: Night, moment: datetime, user: str, address: str, code: int) -> dict[str, object]:
    mail = f"{user}@{SUFFIX}"
    reason = "" if code == 0 else "Authentication failed during strong authentication request."
    return {
        "time": iso(moment),
        "resourceId": f"/tenants/{_TENANT}/providers/Microsoft.aadiam",
        "operationName": "Sign-in activity",
        "category": "SignInLogs",
        "tenantId": _TENANT,
        "resultType": str(code),
        "resultDescription": reason,
        "callerIpAddress": address,
        "correlationId": _uuid(night),
        "identity": user,
        "Level": 4,
        "location": "FR" if address.startswith("192.") else "MD",
        "properties": {
            "id": _uuid(night),
            "createdDateTime": iso(moment),
            "userDisplayName": user,
            "userPrincipalName": mail,
            "appDisplayName": "Passerelle VPN Valbourg",
            "ipAddress": address,
            "clientAppUsed": "Browser",
            "conditionalAccessStatus": "success" if code == 0 else "failure",
            "riskLevelDuringSignIn": "none",
            "status": {"errorCode": code, "failureReason": reason or "Other.",
                       "additionalDetails": "MFA denied; user declined the authentication" if code else "MFA done"},
            "deviceDetail": {"operatingSystem": "Windows10", "browser": "Edge 130.0"},
            "location": {"countryOrRegion": "FR" if address.startswith("192.") else "MD"},
            "authenticationRequirement": "multiFactorAuthentication",
        },
    }  # fmt: skip


def audit(night: Night) -> Iterator[Row]:
    """Give the M365 unified audit log: files read all night, and a rule that hides mail."""
    for moment in night.moments(900):
        user = night.dice.choice(night.people)
        yield (
            moment,
            _m365(
                night,
                moment,
                user,
                "192.0.2.1",
                "FileAccessed",
                "SharePoint",
                ObjectId="https://valbourg.sharepoint.example/gardes.xlsx",
            ),
        )
    moment = night.at("02:49:30")
    parameters = [
        {"Name": "Name", "Value": "."},
        {"Name": "SubjectOrBodyContainsWords", "Value": "sécurité;alerte;ransomware;virus"},
        {"Name": "DeleteMessage", "Value": "True"},
        {"Name": "StopProcessingRules", "Value": "True"},
    ]
    yield moment, _m365(night, moment, ACCOUNT, THIEF, "New-InboxRule", "Exchange", ResultStatus="True",
                        Parameters=parameters,
                        ObjectId=f"{ACCOUNT}\\.")  # fmt: skip


def _m365(
    night: Night, moment: datetime, user: str, address: str, operation: str, workload: str, **fields: object
) -> dict[str, object]:
    record: dict[str, object] = {
        "CreationTime": f"{moment:%Y-%m-%dT%H:%M:%S}",
        "Id": _uuid(night),
        "Operation": operation,
        "OrganizationId": _TENANT,
        "RecordType": 1 if workload == "Exchange" else 6,
        "UserKey": _uuid(night),
        "UserType": 0,
        "Version": 1,
        "Workload": workload,
        "ClientIP": f"{address}:{night.dice.randint(49152, 65535)}",
        "UserId": f"{user}@{SUFFIX}",
    }
    return record | fields


def trail(night: Night) -> Iterator[Row]:
    """Give CloudTrail of the account that keeps the off-site backups."""
    for moment in night.moments(500):
        yield (
            moment,
            _aws(
                night,
                moment,
                "robot-sauvegarde",
                "192.0.2.1",
                "s3.amazonaws.com",
                "ListObjects",
                {"bucketName": "valbourg-sauvegardes"},
            ),
        )
    for clock, source, name, parameters in (
        ("02:45:02", "sts.amazonaws.com", "GetCallerIdentity", None),
        ("02:46:10", "cloudtrail.amazonaws.com", "StopLogging", {"name": "valbourg-journal"}),
        (
            "02:46:55",
            "s3.amazonaws.com",
            "PutBucketVersioning",
            {"bucketName": "valbourg-sauvegardes", "VersioningConfiguration": {"Status": "Suspended"}},
        ),
        ("02:47:30", "iam.amazonaws.com", "CreateAccessKey", {"userName": "admin-secours"}),
    ):
        moment = night.at(clock)
        yield moment, _aws(night, moment, "sauvegarde-externe", THIEF, source, name, parameters)


def _aws(
    night: Night, moment: datetime, user: str, address: str, source: str, name: str, parameters: object
) -> dict[str, object]:
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE000000000",
            "arn": f"arn:aws:iam::111122223333:user/{user}",
            "accountId": "111122223333",
            "userName": user,
        },
        "eventTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": source,
        "eventName": name,
        "awsRegion": "eu-west-3",
        "sourceIPAddress": address,
        "userAgent": "aws-cli/2.17.0" if address == THIEF else "Boto3/1.35.0",
        "requestParameters": parameters,
        "responseElements": None,
        "readOnly": name.startswith(("Get", "List")),
        "eventID": _uuid(night),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
    }
