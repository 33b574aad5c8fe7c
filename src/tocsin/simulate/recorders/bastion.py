"""The WALLIX bastion: who came through it to which machine.

Enters: sessions. Leaves: syslog lines (RFC 5424 header with local time).
Source: WALLIX Bastion administration guide, "SIEM integration".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from tocsin.simulate.acts import Bastion
from tocsin.simulate.recorders.contract import Recorder, Writes


class Wallix(Recorder):
    """Writes the bastion's lines."""

    SOURCE = "bastion"

    def acts(self) -> Mapping[type, Writes]:
        """Give what each act leaves."""
        return {Bastion: self.session}

    def write(self, act: Bastion, us: int, program: str, text: str) -> None:
        """Add a line."""
        moment = datetime.fromtimestamp(us // 1_000_000, UTC).astimezone(self.place.zone_of_time)
        line = f"<134>1 {moment:%Y-%m-%dT%H:%M:%S%z}"
        stamp = f"{line[:-2]}:{line[-2:]}"
        self.sink.file("bastion/wallix.log").append(
            (us, f"{stamp} {act.machine.name} {program} {2_000 + act.no % 900} - - {text}")
        )

    def session(self, act: Bastion) -> None:
        """Write the authentication, the session and its end."""
        if act.machine.site != self.site:
            return
        user, client = act.account.name, act.client.address
        good = act.what != "refused"
        status = "success" if good else "failure"
        infos = (
            "diagnostic [Authentication succeeded]" if good else "diagnostic [Authentication failed: invalid password]"
        )
        self.write(
            act, act.time_us, "wabengine",
            f'[wabauth] action="authentify" user="{user}" client_ip="{client}" status="{status}" infos="{infos}"',
        )  # fmt: skip
        if not good:
            return
        program = "sshproxy" if act.service == "SSH" else "rdpproxy"
        session = f"{act.no & 0xFFFFFFFFFFFFFFFF:016x}"
        common = (
            f'[{act.service if act.service in {"RDP", "SSH"} else "APP"} Session] session_id="{session}" client_ip="{client}" '
            f'target_ip="{act.server.address}" user="{user}" device="{act.server.name}" service="{act.service}" account="{act.login}"'
        )
        self.write(act, act.time_us + 2_500_000, program, f'{common} type="SESSION_ESTABLISHED_SUCCESSFULLY"')
        if act.command:
            command = act.command.replace("\\", "\\\\").replace('"', '\\"')
            self.write(act, act.time_us + 40_000_000, program, f'{common} type="NEW_PROCESS" command_line="{command}"')
        end = act.time_us + int(act.duration * 1e6)
        self.write(act, end, program, f'{common} type="SESSION_DISCONNECTION" duration="{int(act.duration)}"')
