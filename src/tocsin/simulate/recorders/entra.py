"""Entra ID's sign-in log, as Azure Monitor exports it.

Enters: sign-ins. Leaves: JSON lines (`SignInLogs`).
Source: https://learn.microsoft.com/en-us/graph/api/resources/signin
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from tocsin.simulate.acts import SignIn
from tocsin.simulate.agents import agent
from tocsin.simulate.cast import Place
from tocsin.simulate.dice import number
from tocsin.simulate.recorders.contract import Recorder, Sink, Writes
from tocsin.simulate.text import guid, iso, mixed

_CODES = {
    0: "",
    50126: "Error validating credentials due to invalid username or password.",
    50053: "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
    50074: "Strong Authentication is required.",
    500121: "Authentication failed during strong authentication request.",
    53003: "Access has been blocked by Conditional Access policies.",
    50034: "The user account does not exist in the tenant.",
    50057: "The user account is disabled.",
}


class Entra(Recorder):
    """Writes sign-ins."""

    SOURCE = "entra"

    def __init__(self, place: Place, sink: Sink) -> None:
        super().__init__(place, sink)
        self.lines = sink.file("entra/signins.json")

    def acts(self) -> Mapping[type, Writes]:
        """Give what each act leaves."""
        return {SignIn: self.sign_in}

    def sign_in(self, act: SignIn) -> None:
        """Write a sign-in; it reaches the export minutes later."""
        account = act.account
        if account.site != self.site or not account.mail:
            return
        address = act.address or self.place.outside_address
        reason = _CODES.get(act.code, "Authentication failed.")
        created, tenant = iso(act.time_us), self.place.tenant
        record = {
            "time": created,
            "resourceId": f"/tenants/{tenant}/providers/Microsoft.aadiam",
            "operationName": "Sign-in activity",
            "operationVersion": "1.0",
            "category": "SignInLogs",
            "tenantId": tenant,
            "resultType": str(act.code),
            "resultSignature": "None",
            "resultDescription": reason,
            "durationMs": 0,
            "callerIpAddress": address,
            "correlationId": guid(mixed(act.no, 1)),
            "identity": account.label or account.name,
            "Level": 4,
            "location": act.country,
            "properties": self._properties(act, address, reason, created),
        }
        self.lines.append((act.time_us + 120_000_000, orjson.dumps(record).decode()))

    def _properties(self, act: SignIn, address: str, reason: str, created: str) -> dict[str, object]:
        account = act.account
        details = "MFA denied; user declined the authentication" if act.code == 500121 else ""
        return {
            "id": guid(act.no),
            "createdDateTime": created,
            "userDisplayName": account.label or account.name,
            "userPrincipalName": account.mail,
            "userId": guid(number("entra", account.mail)),
            "appId": guid(number("app", act.app)),
            "appDisplayName": act.app,
            "ipAddress": address,
            "status": {
                "errorCode": act.code,
                "failureReason": reason or "Other.",
                "additionalDetails": details or ("MFA requirement satisfied by claim in the token" if act.mfa else ""),
            },
            "clientAppUsed": act.legacy or "Browser",
            "userAgent": agent(act.agent),
            "deviceDetail": {
                "deviceId": "",
                "operatingSystem": act.device,
                "browser": "Edge 142.0.0" if act.agent == "edge" else "Rich Client",
                "isCompliant": act.device == "Windows10" and not act.address,
                "isManaged": act.device == "Windows10" and not act.address,
            },
            "location": {
                "city": act.city or "Montclair",
                "countryOrRegion": act.country,
                "geoCoordinates": {"latitude": act.latitude or 46.2, "longitude": act.longitude or 5.2},
            },
            "conditionalAccessStatus": "success" if act.code == 0 else "failure",
            "authenticationRequirement": "multiFactorAuthentication"
            if act.mfa or act.code == 500121
            else "singleFactorAuthentication",
            "isInteractive": True,
            "riskState": "none" if act.risk == "none" else "atRisk",
            "riskLevelDuringSignIn": act.risk,
            "riskLevelAggregated": act.risk,
            "resourceDisplayName": act.app,
            "tokenIssuerType": "AzureAD",
        }
