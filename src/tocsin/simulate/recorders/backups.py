"""The backup server's jobs, as its syslog forwarding writes them.

Enters: backup jobs. Leaves: syslog lines (RFC 5424) with the job's result.
Source: Veeam Backup & Replication, "Event reference" (instances 110 job started, 190 job finished).
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.simulate.acts import Backup
from tocsin.simulate.recorders.contract import Recorder, Writes
from tocsin.simulate.text import guid, iso, mixed


class Backups(Recorder):
    """Writes job results."""

    SOURCE = "backup"

    def acts(self) -> Mapping[type, Writes]:
        """Give what each act leaves."""
        return {Backup: self.job}

    def job(self, act: Backup) -> None:
        """Write a job's start and end."""
        machine = act.machine
        if machine.site != self.site:
            return
        session, job = guid(act.no), guid(mixed(len(act.job), 6))
        common = f'JobID="{job}" JobSessionID="{session}" JobType="0" JobName="{act.job}"'
        result = {"Success": 0, "Warning": 1, "Failed": 2}.get(act.result, 0)
        begun = act.time_us - int(act.duration * 1e6)
        said = act.message or f"Backup job '{act.job}' has been finished with {act.result} state."
        lines = (
            (begun, 14, f"instanceId=110 {common} Description=\"Backup job '{act.job}' has been started.\""),
            (
                act.time_us,
                (14, 12, 11)[result],
                f'instanceId=190 {common} JobResult="{result}" ProcessedObjects="{len(act.targets)}" TransferredSize="{act.size}" '
                f'Description="{said}"',
            ),
        )
        for us, level, text in lines:
            stamp = iso(us + machine.clock_us)
            line = f'<{level}>1 {stamp} {machine.full_name} Veeam_MP 4712 - - [origin enterpriseId="31023"] [categoryId=0 {text}]'
            self.sink.file("backup/jobs.log").append((us, line))
