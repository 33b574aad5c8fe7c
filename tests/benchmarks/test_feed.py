"""What is fed to the product carries no labels, and says where it came from to nobody."""

from __future__ import annotations

from pathlib import Path

from benchmarks.detect import feed

from tocsin.model import attack

ZEEK = b"""#separator \\x09
#fields\tts\tid.orig_h\tlabel\tid.resp_h\tdetailedlabel
#types\ttime\taddr\tstring\taddr\tstring
1.5\t10.0.0.1\tMalicious\t10.0.0.2\tScan
#close\t2026-01-01
"""


def test_a_zeek_log_loses_its_labels(tmp_path: Path) -> None:
    path = tmp_path / "conn.log.labeled"
    path.write_bytes(ZEEK)
    text = feed.unlabelled(path)
    assert text is not None
    assert text.decode().splitlines() == [
        "#separator \\x09",
        "#fields\tts\tid.orig_h\tid.resp_h",
        "#types\ttime\taddr\taddr",
        "1.5\t10.0.0.1\t10.0.0.2",
        "#close\t2026-01-01",
    ]


def test_a_csv_loses_its_labels(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"StartTime,SrcAddr,Label\n1,10.0.0.1,Botnet\n2,10.0.0.2,\n")
    assert feed.unlabelled(path) == b"StartTime,SrcAddr\n1,10.0.0.1\n2,10.0.0.2\n"


def test_what_has_no_labels_is_fed_as_it_is(tmp_path: Path) -> None:
    for name, content in (
        ("a.json", b'{"ts":1,"label":"x"}\n'),
        ("b.log", b"#separator \\x09\n#fields\tts\tuid\n1\tC1\n"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        assert feed.unlabelled(path) is None


def test_the_tables_of_truth_name_no_file_and_only_known_techniques() -> None:
    known = set(attack.techniques())
    for name in ("evtx.tsv", "deepblue.tsv", "otrf.tsv", "stratus.tsv"):
        for row in feed.truth(name):
            assert len(row["content"]) == 16 and int(row["content"], 16) >= 0, row
            assert set(row["techniques"].split()) - {"-"} <= known, row
