"""Who made a device or its software: by the root of its DICOM UIDs, by its hardware address, by what it calls itself.

Enters: UIDs, version names, hardware addresses. Leaves: names of makers and products, nothing where it is not known.
Roots are those that makers put before the UIDs that they give out (PS3.5 annex B; visible in any image). No table of
hardware addresses ships: the IEEE's registry is read from a file where the user gives one.
Source: DICOM PS3.7 D.3.3.2 (implementation class UID and version name); IEEE Registration Authority (MA-L, MA-M, MA-S).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping

_ROOTS = {
    "1.2.840.113619": "GE HealthCare",
    "1.3.12.2.1107": "Siemens Healthineers",
    "1.3.46.670589": "Philips",
    "1.2.392.200036.9116": "Canon Medical (Toshiba)",
    "1.2.392.200036.9125": "Fujifilm",
    "1.2.392.200036.9107": "Konica Minolta",
    "1.2.840.113564": "Carestream (Kodak)",
    "1.2.124.113532": "Agfa HealthCare",
    "1.3.51.0": "Agfa HealthCare",
    "1.2.246.352": "Varian",
    "1.2.840.113681": "Hologic",
    "1.2.410.200001": "Samsung Medison",
}
"""Makers of devices and of their archives."""
_SOFTWARE = {
    "1.2.276.0.7230010.3": "DCMTK (OFFIS)",
    "1.2.40.0.13.1": "dcm4che",
    "1.2.826.0.1.3680043.9.3811": "pynetdicom",
    "1.2.826.0.1.3680043.2.1143": "GDCM",
    "1.2.826.0.1.3680043.2.135.1066": "Conquest",
    "1.3.6.1.4.1.30071.8": "fo-dicom",
    "1.3.6.1.4.1.25403": "ClearCanvas",
    "1.3.6.1.4.1.19291": "OsiriX",
}
"""Libraries and free software: these say what talks, not which device."""
_MAC = re.compile(r"[0-9A-Fa-f]{2}")


def of_uid(uid: str) -> tuple[str, bool]:
    """Give the maker or software of a DICOM UID by its root, and whether it is a maker of devices."""
    for table, device in ((_ROOTS, True), (_SOFTWARE, False)):
        for root, name in table.items():
            if uid == root or uid.startswith(root + "."):
                return name, device
    return "", False


def oui(mac: str) -> str:
    """Give the 24 bits of a hardware address that name its maker, as `00a0c9`; nothing where they name nobody.

    Addresses that a system made up itself (the second bit of the first byte) belong to no maker.
    """
    digits = "".join(_MAC.findall(mac)[:6]).lower()
    if len(digits) != 12 or int(digits[1], 16) & 0b11:
        return ""
    return digits[:6]


def read_registry(text: str) -> Mapping[str, str]:
    """Read the IEEE's `oui.csv` or `oui.txt`, or Wireshark's `manuf`: 24 bits → name of the maker."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        pair = _registry_line(line)
        if pair is not None:
            found.setdefault(*pair)
    return found


_CSV = re.compile(r"MA-L,([0-9A-Fa-f]{6}),(.*)")
_TXT = re.compile(r"([0-9A-Fa-f]{2})-([0-9A-Fa-f]{2})-([0-9A-Fa-f]{2})\s+\(hex\)\s+(\S.*)")
_MANUF = re.compile(r"([0-9A-Fa-f]{2}):([0-9A-Fa-f]{2}):([0-9A-Fa-f]{2})(?::00:00:00/24)?\s+(\S.*)")


def _registry_line(line: str) -> tuple[str, str] | None:
    if match := _CSV.match(line):
        return match[1].lower(), next(csv.reader([match[2]]))[0].strip()[:64]
    if match := _TXT.match(line) or _MANUF.match(line):
        return (match[1] + match[2] + match[3]).lower(), match[4].split("\t")[-1].strip()[:64]
    return None
