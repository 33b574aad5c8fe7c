"""Facts of all other products, read from the OCSF columns that their probes fill."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.detect.behaviour.facts.rows import Call, Fact, Flow, Logon
from tocsin.detect.behaviour.facts.values import WHAT_CHARS, ByColumns, number, seconds, text
from tocsin.detect.findings import reference
from tocsin.model import Columns, Event, Native
from tocsin.model import names as spell
from tocsin.probes.fill import first, look_up

MAX_SESSION_S = 30 * 86_400.0
"""A session that is said to have lasted longer is not believed to."""


def _closed_flow(event: Event, time_us: int, columns: Columns) -> Iterator[Fact]:
    """Read what a firewall writes when a session is over: it began so much earlier."""
    length_s = seconds(columns.get("duration"))
    yield from _flow(event, time_us - int(length_s * 1e6) if 0 < length_s < MAX_SESSION_S else time_us, columns)


def _flow(event: Event, time_us: int, columns: Columns) -> Iterator[Fact]:
    src, dst = text(columns.get("src_endpoint.ip")), text(columns.get("dst_endpoint.ip"))
    if src and dst:
        denied = text(columns.get("rule.action")).lower() in {"deny", "denied", "drop", "dropped", "block", "blocked"}
        yield Flow(
            time_us,
            src,
            dst,
            number(columns.get("dst_endpoint.port")),
            text(columns.get("connection_info.protocol_name")).lower(),
            text(columns.get("app_name")).lower(),
            number(columns.get("traffic.bytes_out")),
            number(columns.get("traffic.bytes_in")),
            seconds(columns.get("duration")),
            "REJ" if denied else text(columns.get("connection_info.state")),
            reference(event),
        )


_DENIED_PUSH = frozenset({"user.mfa.okta_verify.deny_push", "user.mfa.okta_verify.deny_push_upgrade_needed"})
_SECOND_FACTOR = frozenset({"user.authentication.auth_via_mfa"}) | _DENIED_PUSH
_ENTRA_DENIED = "500121"
"""Entra's sign-in error of a second factor that was not given."""

_DETAILS = ("properties.status.additionalDetails", "status.additionalDetails", "Additional Details")
_CODES = ("properties.status.errorCode", "status.errorCode", "Status.errorCode", "Sign-in error code")


def _factor(native: Native, columns: Columns, kind: str) -> str:
    """Say `mfa` where the event is the answer to a second factor, else the kind of log-on."""
    if columns.get("activity_name") in _SECOND_FACTOR:
        return "mfa"
    return "mfa" if any(text(look_up(native, path)) == _ENTRA_DENIED for path in _CODES) else kind


def _reason(native: Native, columns: Columns) -> str:
    details = first(look_up(native, path) for path in _DETAILS)
    return details or text(columns.get("status_detail"))


_COUNTRIES = (
    "properties.location.countryOrRegion",
    "location.countryOrRegion",
    "LocationDetails.countryOrRegion",
    "client.geographicalContext.country",
    "srccountry",
    "srcregion",
)
_LATITUDES = (
    "properties.location.geoCoordinates.latitude",
    "location.geoCoordinates.latitude",
    "LocationDetails.geoCoordinates.latitude",
    "client.geographicalContext.geolocation.lat",
)
_LONGITUDES = tuple(
    path.replace("latitude", "longitude").replace("geolocation.lat", "geolocation.lon") for path in _LATITUDES
)


def _place(native: Native) -> str:
    """Give the country, with the coordinates where the product tells them (`FR@48.86,2.35`)."""
    country = first(look_up(native, path) for path in _COUNTRIES) or ""
    latitude = first(look_up(native, path) for path in _LATITUDES)
    longitude = first(look_up(native, path) for path in _LONGITUDES)
    return f"{country}@{latitude},{longitude}" if latitude and longitude else country


def _logon(kind: str) -> ByColumns:
    def read(event: Event, time_us: int, columns: Columns) -> Iterator[Fact]:
        if columns.get("class_uid") != 3002:
            return
        account = spell.account(text(columns.get("user.name") or columns.get("actor.user.name")))
        if account:
            failed = columns.get("status") == "Failure"
            yield Logon(
                time_us,
                account,
                text(columns.get("src_endpoint.ip")),
                spell.host(text(columns.get("device.hostname"))) or text(columns.get("app_name")).lower(),
                _factor(event.native, columns, kind),
                text(columns.get("auth_protocol")),
                not failed and columns.get("activity_name") not in _DENIED_PUSH,
                _reason(event.native, columns) if failed else "",
                _place(event.native),
                text(columns.get("http_request.user_agent") or columns.get("device.os.name")),
                reference(event),
            )

    return read


def _call(event: Event, time_us: int, columns: Columns) -> Iterator[Fact]:
    if columns.get("class_uid") == 3002:
        yield from _logon("cloud")(event, time_us, columns)
    action = text(columns.get("api.operation") or columns.get("activity_name"))
    principal = text(columns.get("actor.user.name") or columns.get("actor.user.uid") or columns.get("user.name"))
    if action and principal:
        yield Call(
            time_us,
            principal.lower(),
            text(columns.get("api.service")),
            action,
            text(columns.get("cloud.region")),
            text(columns.get("src_endpoint.ip")),
            text(columns.get("http_request.user_agent")),
            columns.get("status") != "Failure",
            text(columns.get("cloud.account.uid")),
            text(columns.get("resource.uid")),
            reference(event),
            _parameters(event.native),
        )


_TELLING = ("forwardto", "forwardasattachmentto", "redirectto", "forwardingsmtpaddress", "forwardingaddress")


def _parameters(native: Native) -> str:
    """Name the parameters of a mailbox's command that send its mail elsewhere, with their values."""
    listed = native.get("Parameters")
    pairs = listed if isinstance(listed, list) else []
    told = [
        f"{pair['Name']}={text(pair.get('Value'))}"
        for pair in pairs
        if isinstance(pair, dict) and str(pair.get("Name")).lower() in _TELLING
    ]
    return " ".join(told)[:WHAT_CHARS]


_FLOWS, _LOGONS, _CALLS = frozenset({"Flow"}), frozenset({"Logon"}), frozenset({"Call", "Logon"})
_LISTED: tuple[tuple[ByColumns, frozenset[str], tuple[str, ...]], ...] = (
    (_flow, _FLOWS, ("netflow.flow", "aws.vpcflow")),
    (_closed_flow, _FLOWS, ("fortigate.traffic", "paloalto.traffic", "stormshield.connection")),
    (_logon("vpn"), _LOGONS, ("fortigate.vpn", "ivanti.vpn", "paloalto.globalprotect", "stormshield.vpn")),
    (_logon("cloud"), _LOGONS, ("azure.signin", "okta.system", "keycloak.event")),
    (_logon("ssh"), _LOGONS, ("linux.auth",)),
    (_logon("remote"), _LOGONS, ("wallix.bastion",)),
    (
        _call,
        _CALLS,
        (
            "aws.cloudtrail",
            "azure.activity",
            "azure.audit",
            "m365.audit",
            "gcp.audit",
            "gcp.workspace",
            "kubernetes.audit",
        ),
    ),
)
READERS: dict[str, tuple[ByColumns, frozenset[str]]] = {
    source: (read, kinds) for read, kinds, sources in _LISTED for source in sources
}
"""Source -> its reader and the kinds of facts that it may give."""
