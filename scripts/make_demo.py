"""Write the demo night (`src/tocsin/demo/night/`), byte for byte the same each time.

python scripts/make_demo.py            # write it
python scripts/make_demo.py --check    # fail when the committed files differ
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from demo_night import cloud, endpoint, network
from demo_night.hospital import Night

FOLDER = Path(__file__).parents[1] / "src" / "tocsin" / "demo" / "night"


def json_lines(rows: Iterable[tuple[object, dict[str, object]]]) -> Iterator[str]:
    """Give records by time, one JSON object a line."""
    for _, record in sorted(rows, key=lambda row: str(row[0])):
        yield json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def night_files() -> dict[str, bytes]:
    """Give every file of the demo: name -> compressed bytes."""
    night = Night()
    texts = {
        "zeek-conn.log.gz": network.conn_lines(night),
        "zeek.json.gz": json_lines(network.zeek_records(night)),
        "eve.json.gz": json_lines(network.eve_records(night)),
        "pare-feu.log.gz": network.firewall_lines(night),
        "windows.json.gz": json_lines(endpoint.records(night)),
        "entra.json.gz": json_lines(cloud.sign_ins(night)),
        "m365.json.gz": json_lines(cloud.audit(night)),
        "cloudtrail.json.gz": json_lines(cloud.trail(night)),
    }
    return {name: gzip.compress(("\n".join(lines) + "\n").encode(), 9, mtime=0) for name, lines in texts.items()}


def main() -> int:
    """Write or check the files; 1 when `--check` finds a difference."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wrong = 0
    for name, content in night_files().items():
        path = FOLDER / name
        if "--check" in sys.argv:
            same = path.exists() and gzip.decompress(path.read_bytes()) == gzip.decompress(content)
            wrong += not same
        else:
            path.write_bytes(content)
        print(f"{path.name:20} {len(content):>9,} bytes")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
