"""Linux servers' authentication log (sshd, sudo), as rsyslog sends it.

Enters: SSH log-ons and sudo. Leaves: syslog lines with RFC 3339 times.
Source: OpenSSH and sudo, their own sentences.
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.simulate.acts import Machine, Ssh, Sudo
from tocsin.simulate.cast import Place
from tocsin.simulate.recorders.contract import Recorder, Sink, Writes
from tocsin.simulate.text import digest, second
from tocsin.simulate.wires import source_port


class Linux(Recorder):
    """Writes auth.log."""

    SOURCE = "linux"

    def __init__(self, place: Place, sink: Sink) -> None:
        super().__init__(place, sink)
        self.lines = sink.file("linux/auth.log")

    def acts(self) -> Mapping[type, Writes]:
        """Give what each act leaves."""
        return {Ssh: self.ssh, Sudo: self.sudo}

    def write(self, machine: Machine, us: int, program: str, text: str) -> None:
        """Add a line."""
        if self.sink.silent and self.sink.mute(machine, us):
            return
        at = us + machine.clock_us
        stamp = f"{second(at // 1_000_000)}.{at % 1_000_000:06}+00:00"
        self.lines.append((us, f"<86>{stamp} {machine.name} {program}: {text}"))

    def ssh(self, act: Ssh) -> None:
        """Tell a log-on and its end, or its refusal."""
        server = act.server
        if not server.audited or server.os != "linux" or server.site != self.site:
            return
        program = f"sshd[{1_200 + act.no % 30_000}]"
        where = f"from {act.client.address} port {source_port(act.client, act.no)}"
        if act.reason:
            unknown = "invalid user " if act.reason == "unknown_user" else ""
            self.write(server, act.time_us, program, f"Failed password for {unknown}{act.account.name} {where} ssh2")
            return
        key = f": ED25519 SHA256:{digest(act.account.name, 21)}" if act.method == "publickey" else ""
        self.write(server, act.time_us, program, f"Accepted {act.method} for {act.account.name} {where} ssh2{key}")
        opened = f"pam_unix(sshd:session): session opened for user {act.account.name}(uid={1_000 + act.account.rank % 800}) by (uid=0)"
        self.write(server, act.time_us + 30_000, program, opened)
        closed = f"pam_unix(sshd:session): session closed for user {act.account.name}"
        self.write(server, act.time_us + int(act.duration * 1e6), program, closed)

    def sudo(self, act: Sudo) -> None:
        """Tell a command."""
        machine = act.machine
        if machine.audited and machine.os == "linux" and machine.site == self.site:
            name = act.account.name
            text = f"{name:>8} : TTY=pts/0 ; PWD=/home/{name} ; USER=root ; COMMAND={act.command}"
            self.write(machine, act.time_us, "sudo", text)
