"""Rows for the stories of medical detectors, made short; times are minutes after a Monday at midnight UTC."""

from __future__ import annotations

import random

from tests.detect.behaviour.account_rows import at, ref
from tocsin.detect.behaviour.facts import Medical

PACS, SCANNER, INTRUDER, LAB, RECORD = "10.30.1.10", "10.30.2.21", "10.20.3.42", "10.40.1.20", "10.40.1.5"
OWN, TOOLKIT = "1.2.826.0.1.3680043.9.9999.1", "1.2.276.0.7230010.3.0.3.6.7"


def associate(
    minutes: float,
    src: str = SCANNER,
    title: str = "CT_SCAN1",
    software: str = OWN,
    dst: str = PACS,
    called: str = "PACS01",
    status: str = "accepted",
) -> Medical:
    """Make an association."""
    event = ref(minutes, "zeek.dicom")
    return Medical(at(minutes), "dicom", "associate", src, dst, 104, title, called, software, "", status, 0, event)


def command(minutes: float, action: str = "C-FIND", amount: int = 10, src: str = SCANNER) -> Medical:
    """Make a DICOM command."""
    event = ref(minutes, "zeek.dicom_command")
    return Medical(at(minutes), "dicom", action, src, PACS, 104, "X", "PACS01", "", "", "success", amount, event)


def audit(minutes: float, account: str, amount: int, action: str = "query", src: str = "10.20.4.12") -> Medical:
    """Make an audited action."""
    event = ref(minutes, "atna.audit")
    return Medical(at(minutes), "atna", action, src, "", 0, account, "srv-dpi", "", "", "success", amount, event)


def message(
    minutes: float,
    control_id: str,
    src: str = LAB,
    application: str = "LABO|CHU",
    status: str = "AA",
    dst: str = RECORD,
    action: str = "ORU^R01",
) -> Medical:
    """Make an HL7 message."""
    event = ref(minutes, "zeek.hl7")
    return Medical(at(minutes), "hl7", action, src, dst, 2575, application, "DPI|CHU", "", control_id, status, 0, event)


CODES = ("AA", "AE", "AR", "")


def any_row(rng: random.Random, minutes: float) -> Medical:
    """Make a row of any kind, of few machines."""
    src = f"10.0.0.{rng.randrange(6)}"
    return rng.choice(
        (
            lambda: associate(
                minutes, src, f"CT{rng.randrange(3)}", f"1.2.{rng.randrange(3)}.4.5.6", called=f"P{rng.randrange(40)}"
            ),
            lambda: associate(minutes, src, "X", dst=f"10.0.1.{rng.randrange(90)}", status="rejected"),
            lambda: command(minutes, rng.choice(("C-FIND", "C-MOVE")), rng.randrange(3_000), src),
            lambda: audit(minutes, f"agent{rng.randrange(5)}", rng.randrange(300)),
            lambda: message(minutes, f"M{rng.randrange(900)}", src, f"A{rng.randrange(3)}", rng.choice(CODES)),
        )
    )()
