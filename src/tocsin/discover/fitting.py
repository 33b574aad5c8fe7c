"""Say whether what a machine was seen to do fits the role that the map declares.

Enters: roles. Leaves: yes or no. Only what is hard to explain is no: a printer that serves names, a monitor that is a
proxy. A role of servers fits any server: what hospitals call their servers is no science. Pure.
"""

from __future__ import annotations

_SERVERS = frozenset(
    {"application", "backup", "bastion", "database", "dhcp", "dicom_router", "directory_sync", "dns",
     "domain_controller", "edr", "file_server",
     "firewall", "gateway", "hl7_engine", "hypervisor", "infusion_server", "log_server", "mail",
     "management", "monitoring_station", "nas", "network", "ntp", "other", "pacs", "phone_server", "print_server",
     "proxy", "ris", "storage", "vpn", "web", "wifi_controller", "worklist"}
)  # fmt: skip
_DEVICES = frozenset(
    {"analyser", "gateway", "infusion_server", "medical_device", "medication_cabinet", "modality", "monitor",
     "monitoring_station", "other", "trolley", "ventilator"}
)  # fmt: skip
_PEOPLE = frozenset({"workstation", "thin_client", "tablet", "trolley", "kiosk", "cash_desk", "other"})

_GIVERS = frozenset({"dhcp", "dns", "domain_controller", "firewall", "gateway", "network", "switch", "wifi_controller"})
_THINGS = frozenset(
    {"access_point", "badge_reader", "building_control", "camera", "phone", "printer", "smart_tv", "switch", "ups"}
)

_FIT: dict[str, frozenset[str]] = {
    "domain_controller": frozenset({"domain_controller", "other"}),
    "dhcp": _GIVERS,
    "dns": frozenset({"dhcp", "dns", "domain_controller", "firewall", "gateway", "network", "ntp", "proxy", "other"}),
    "modality": _DEVICES | _PEOPLE | {"dicom_router", "pacs", "application"},
    "pacs": _SERVERS | {"workstation", "modality"},
    "dicom_router": _SERVERS | {"workstation", "modality"},
    "worklist": _SERVERS,
    "ris": _SERVERS | _PEOPLE | _DEVICES,
    "analyser": _DEVICES | _SERVERS,
    "monitor": _DEVICES,
    "medical_device": _DEVICES | _PEOPLE | _SERVERS | _THINGS,
    "workstation": _PEOPLE | _SERVERS | _DEVICES | {"building_control"},
    "printer": frozenset({"printer", "print_server", "other"}) | _PEOPLE,
    "phone": frozenset({"phone", "phone_server", "tablet", "workstation", "gateway", "other"}),
    "camera": frozenset({"camera", "other", "smart_tv"}),
    "access_point": frozenset({"access_point", "network", "other"}),
    "building_control": frozenset({"building_control", "ups", "management", "gateway", "other"}),
    "management": _SERVERS | {"ups"},
    "vulnerability_scanner": frozenset({"management", "edr", "other", "vulnerability_scanner"}),
    "bastion": _SERVERS | {"workstation"},
}  # fmt: skip
"""What was seen -> the declared roles with which it fits; a role that is not here fits servers."""


def fits(declared: str, seen: str) -> bool:
    """Say whether a machine of a declared role may well do what was seen."""
    return declared == seen or declared in _FIT.get(seen, _SERVERS)
