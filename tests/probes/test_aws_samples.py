"""Sample alerts of GuardDuty, made to try the alerting, do not ring."""

from __future__ import annotations

import pytest

from tocsin import probes
from tocsin.model import Event
from tocsin.model.event import Origin


@pytest.mark.parametrize(("sample", "severity"), [(True, "informational"), (False, "critical"), (None, "critical")])
def test_a_sample_is_no_alert(sample: bool | None, severity: str) -> None:
    service = {"serviceName": "guardduty", "additionalInfo": {} if sample is None else {"sample": sample}}
    native = {
        "accountId": "1",
        "type": "Impact:S3/X",
        "severity": 9.5,
        "title": "x",
        "resource": {},
        "service": service,
    }
    event = Event("aws.guardduty", 0, native, b"{}", Origin("a"), 0)  # type: ignore[arg-type]
    assert probes.columns(event)["finding.severity"] == severity
