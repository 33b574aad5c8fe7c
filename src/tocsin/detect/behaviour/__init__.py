"""Behavioural detectors: what is unusual here, by what was usual. Pure.

The list is the only registry. `Watcher` holds all memories and turns signs into findings.
"""

from tocsin.detect.behaviour import (
    admin_edge,
    beacon,
    cloud_rare_call,
    cloud_sequence,
    command_line,
    destruction,
    dga,
    dicom_identity,
    dicom_sweep,
    dns_tunnel,
    exfiltration,
    first_seen,
    hl7_refusals,
    hl7_replay,
    hl7_sender,
    kerberoast,
    lateral_path,
    long_lived,
    medical_zone,
    mfa_fatigue,
    new_place,
    rare_ancestry,
    rare_outside,
    replication,
    scan,
    service_account,
    share_encryption,
    silence,
    spray,
    vendor_leash,
)
from tocsin.detect.behaviour.contract import Detector, Sign, Surroundings
from tocsin.detect.behaviour.facts import FactsByKind, gather
from tocsin.detect.behaviour.watcher import Watcher

DETECTORS: tuple[Detector, ...] = (
    spray,
    kerberoast,
    replication,
    new_place,
    mfa_fatigue,
    service_account,
    lateral_path,
    cloud_rare_call,
    cloud_sequence,
    beacon,
    long_lived,
    rare_outside,
    dicom_identity,
    dicom_sweep,
    hl7_sender,
    hl7_replay,
    hl7_refusals,
    admin_edge,
    medical_zone,
    scan,
    share_encryption,
    dns_tunnel,
    dga,
    exfiltration,
    rare_ancestry,
    command_line,
    first_seen,
    silence,
    destruction,
    vendor_leash,
)

__all__ = ["DETECTORS", "Detector", "FactsByKind", "Sign", "Surroundings", "Watcher", "gather"]
