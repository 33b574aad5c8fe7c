"""Peak memory of `tocsin scan -` on an input of any size: it must stay under 1 GiB.

    python benchmarks/scan/memory.py [--gigabytes N]

A child process is fed Zeek conn, Sysmon and alert records (all different) through a pipe; the peak resident set of
the largest of its processes is printed and asserted. The input is made as it is sent and never stored.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

LIMIT_KIB = 1 << 20
LINES_A_BLOCK = 20_000


def blocks() -> Iterator[bytes]:
    """Give blocks of lines without end: no two lines are equal."""
    number = 0
    while True:
        lines = []
        for _ in range(LINES_A_BLOCK):
            number += 1
            lines.append(line(number))
        yield "".join(lines).encode()


def line(number: int) -> str:
    """Give one record; kinds take turns, and so do 50,000 hosts and a million accounts."""
    moment = 1_700_000_000 + number / 50
    host, user = f"poste-{number * 7919 % 50_000}", f"u{number * 104_729 % 1_000_000}"
    return json.dumps(_record(number, moment, host, user)) + "\n"


def _record(number: int, moment: float, host: str, user: str) -> dict[str, object]:
    if number % 3 == 0:
        ends = {"id.orig_h": f"10.{number % 250}.{number // 250 % 250}.9", "id.resp_h": f"192.0.2.{number % 200}"}
        ports = {"id.orig_p": number % 60_000, "id.resp_p": 443, "proto": "tcp", "conn_state": "SF"}
        sizes = {"orig_bytes": number % 9000, "resp_bytes": number % 70_000, "duration": 1.5}
        return {"_path": "conn", "ts": moment, "uid": f"C{number}", **ends, **ports, **sizes}
    if number % 3 == 1:
        return {
            "EventID": 1,
            "Channel": "Microsoft-Windows-Sysmon/Operational",
            "Computer": host,
            "@timestamp": moment,
            "Image": "C:\\Windows\\System32\\cmd.exe",
            "CommandLine": f"cmd.exe /c echo {number}",
            "ParentImage": "C:\\Windows\\explorer.exe",
            "User": f"CHU\\{user}",
            "Hashes": f"SHA256={number:064X}",
        }
    return {"time": moment, "alert_name": f"Scan {number % 5000}", "hostname": host, "src_ip": f"10.1.2.{number % 250}"}


def main() -> int:
    """Feed, wait, print, assert."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=10.0)
    wanted = int(parser.parse_args().gigabytes * 1e9)
    command = [sys.executable, "-m", "tocsin", "scan", "-", "--json", "--lang", "en"]
    started = time.monotonic()
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    sent = 0
    for block in blocks():
        child.stdin.write(block)
        sent += len(block)
        if sent >= wanted:
            break
    child.stdin.close()
    summary = child.stdout.read().splitlines()[-1].decode()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    spent_s = time.monotonic() - started
    print(f"{sent / 1e9:.1f} GB in {spent_s:.0f} s, peak {usage.ru_maxrss / 1024:.0f} MiB")
    print(summary[:400])
    assert child.returncode == 0
    assert usage.ru_maxrss < LIMIT_KIB, "more than 1 GiB"
    return 0


if __name__ == "__main__":
    sys.exit(main())
