"""Files on shares turned into something nobody can open."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.detect.behaviour.inside_rows import DAY, HOUR, at, file_op, names, tell, written
from tocsin.detect.behaviour import share_encryption as encryption
from tocsin.detect.behaviour import snapshot
from tocsin.detect.behaviour.facts import FileOp
from tocsin.detect.behaviour.file_kinds import ordinary, parts, passing

KINDS = ("docx", "xlsx", "pdf", "jpg", "pptx", "csv")


def files(count: int, dirs: int = 6, kinds: tuple[str, ...] = KINDS) -> list[str]:
    """Give paths of files in directories."""
    return [f"service{n % dirs}\\dossier {n}.{kinds[n // dirs % len(kinds)]}" for n in range(count)]


def renamed(
    count: int, extension: str = "k7xq", every: float = 0.4, begin: float = 0, dirs: int = 6, **more: Any
) -> list[FileOp]:
    """Make an encryptor that opens each file and then adds an extension."""
    rows = []
    for n, name in enumerate(files(count, dirs)):
        rows.append(file_op(begin + n * every, "open", name, **more))
        rows.append(file_op(begin + n * every + 0.1, "rename", f"{name}.{extension}", name, **more))
    return rows


def test_fifty_files_of_several_kinds_become_one() -> None:
    signs = tell(encryption, renamed(80))
    assert signs[-1].sure
    assert signs[-1].decades == 4
    assert signs[-1].times == 50
    assert written(signs[-1]).startswith("10.20.1.7 turned 50 files in 6 directories into .k7xq within 19 s (")
    assert names(signs[-1], "source") == ["10.20.1.7"]
    assert names(signs[-1], "destination") == ["10.20.9.1"]
    assert [sign.sure for sign in signs[:-1]] == [False] * (len(signs) - 1)


def _copied(count: int) -> Iterator[FileOp]:
    """A copy with a new name is written, then the original deleted."""
    for n, name in enumerate(files(count)):
        yield file_op(n, "open", name)
        yield file_op(n + 0.1, "write", f"{name}.enc1")
        yield file_op(n + 0.2, "delete", name)


def _deleted_first(count: int) -> Iterator[FileOp]:
    for n, name in enumerate(files(count)):
        yield file_op(n, "delete", name)
        yield file_op(n + 0.2, "write", f"{name}.enc1")


def _replaced(count: int) -> Iterator[FileOp]:
    for n, name in enumerate(files(count)):
        yield file_op(n + 0.1, "write", f"{parts(name).directory}\\{parts(name).stem}.enc1")
        yield file_op(n + 0.2, "delete", name)


def _deleted_at_the_end(count: int) -> Iterator[FileOp]:
    for n, name in enumerate(files(count)):
        yield file_op(n, "write", f"{name}.enc1")
        yield file_op(1_000 + n, "delete", name)


def _own_extension_each(count: int) -> Iterator[FileOp]:
    for n, name in enumerate(files(count)):
        yield file_op(n, "rename", f"{name}.{n * 7919:08x}z", name)


def _nameless(count: int) -> Iterator[FileOp]:
    for n, name in enumerate(files(count)):
        yield file_op(n, "rename", f"{parts(name).directory}\\{n * 7919:012X}", name)


def _later(rows: list[FileOp], seconds: float) -> list[FileOp]:
    return [row._replace(time_us=row.time_us + round(seconds * 1e6)) for row in rows]


ATTACKS = {
    "a copy is written, the original deleted": list(_copied(70)),
    "the original is deleted first": list(_deleted_first(70)),
    "the extension is replaced": list(_replaced(70)),
    "all originals are deleted at the end": list(_deleted_at_the_end(70)),
    "an extension of its own for each file": list(_own_extension_each(70)),
    "names without extension": list(_nameless(70)),
    "five files an hour": renamed(100, every=720),
    "bursts of five and silence between": [
        row for n in range(20) for row in _later(renamed(100, every=0.2)[n * 10 : n * 10 + 10], n * 1800)
    ],
    "an ordinary extension for some of the files, with a note": [
        *renamed(16, every=1),
        *(file_op(n + 0.3, "write", f"service{n}\\lisez-moi.txt") for n in range(6)),
    ],
}


@pytest.mark.parametrize("name", ATTACKS)
def test_sure(name: str) -> None:
    assert tell(encryption, ATTACKS[name])[-1].sure


def test_a_note_is_named() -> None:
    rows = [*renamed(30, every=1), *(file_op(n + 0.3, "write", f"service{n}\\LISEZ-MOI.hta") for n in range(6))]
    assert tell(encryption, rows)[-1].facts["note"] == "lisez-moi.hta"


def test_one_kind_of_file_is_told_but_not_sure() -> None:
    rows = [file_op(n, "rename", f"s{n % 4}\\{n}.pdf.zed9", f"s{n % 4}\\{n}.pdf") for n in range(200)]
    signs = tell(encryption, rows)
    assert signs
    assert all(sign.decades <= 2 and not sign.sure for sign in signs)


def test_reading_and_rewriting_in_place() -> None:
    rows = [file_op(n * 0.5 + step, action, name) for n, name in enumerate(files(90)) for step, action in
            ((0, "read"), (0.2, "write"))]  # fmt: skip
    (sign,) = tell(encryption, rows)
    assert sign.decades == 2
    assert not sign.sure


def test_canary() -> None:
    memory = encryption.memory()
    memory.canaries = ("000 ne pas toucher.docx",)
    name = "direction\\000 Ne pas toucher.docx"
    rows = [
        file_op(0, "read", name),
        file_op(5, "rename", f"{name}.x", name),
        file_op(6, "delete", name),
        file_op(9, "write", name, client="10.20.1.8"),
    ]
    signs = tell(encryption, rows, memory)
    assert [sign.sure for sign in signs] == [True, True]
    assert [sign.decades for sign in signs] == [4, 4]


def _office() -> Iterator[FileOp]:
    """Word and Excel save by way of temporary names."""
    for n, name in enumerate(files(300)):
        place, file = parts(name).directory, parts(name).file
        yield file_op(n, "open", name)
        yield file_op(n + 0.1, "write", f"{place}\\~${file}")
        yield file_op(n + 0.2, "write", f"{place}\\~WRD{n:04d}.tmp")
        yield file_op(n + 0.3, "rename", f"{place}\\~WRL{n:04d}.tmp", name)
        yield file_op(n + 0.4, "rename", name, f"{place}\\~WRD{n:04d}.tmp")
        yield file_op(n + 0.5, "write", f"{place}\\{n * 7919:08X}")
        yield file_op(n + 0.6, "rename", name, f"{place}\\{n * 7919:08X}")
        yield file_op(n + 0.7, "delete", f"{place}\\~${file}")
        yield file_op(n + 0.8, "delete", f"{place}\\~WRL{n:04d}.tmp")


def _rsync() -> Iterator[FileOp]:
    for n, name in enumerate(files(300)):
        hidden = f"{parts(name).directory}\\.{parts(name).file}.{n * 7919:06x}"
        yield file_op(n * 0.1, "write", hidden)
        yield file_op(n * 0.1 + 0.05, "rename", name, hidden)


def _archive() -> Iterator[FileOp]:
    for n, name in enumerate(files(300)):
        yield file_op(n * 0.1, "write", f"{name}.gz")
        yield file_op(n * 0.1 + 0.05, "delete", name)


def _dicom() -> Iterator[FileOp]:
    for n in range(600):
        yield file_op(n * 0.1, "write", f"etude{n % 9}\\IM{n:06d}.part")
        yield file_op(n * 0.1 + 0.05, "rename", f"etude{n % 9}\\IM{n:06d}", f"etude{n % 9}\\IM{n:06d}.part")


def _update() -> Iterator[FileOp]:
    for n in range(300):
        kind = ("dll", "exe", "xml", "chm")[n % 4]
        yield file_op(n * 0.1, "rename", f"app{n % 5}\\m{n}.{kind}.old", f"app{n % 5}\\m{n}.{kind}")
        yield file_op(n * 0.1 + 0.05, "write", f"app{n % 5}\\m{n}.{kind}")


def _laboratory() -> Iterator[FileOp]:
    """An analyser's own format, met every day by several machines before somebody renames into it."""
    for day in range(4):
        for n in range(20):
            yield file_op(day * DAY + n, "write", f"auto{n % 4}\\run{day}-{n}.qz4", client=f"10.20.3.{n % 3}")
    for n, name in enumerate(files(90)):
        yield file_op(4 * DAY + n, "rename", f"{name}.qz4", name, client="10.20.3.1")


def _engine() -> Iterator[FileOp]:
    for n in range(2_000):
        name = f"flux{n % 5}\\oru{n}.hl7"
        yield file_op(n * 300, "rename", f"{name}.lu5", name)


QUIET = {
    "office programs save": list(_office()),
    "rsync": list(_rsync()),
    "an archive job": list(_archive()),
    "a DICOM import": list(_dicom()),
    "an update of programs": list(_update()),
    "a format that the site knows": list(_laboratory()),
    "logs are rotated": [
        file_op(n, "rename", f"j{n % 5}\\a{n}.log.{n % 9}", f"j{n % 5}\\a{n}.log") for n in range(200)
    ],
    "a folder is moved": [
        file_op(n * 0.01, "rename", f"archives\\2025\\{name}", name) for n, name in enumerate(files(400))
    ],
    "a folder is deleted": [file_op(n * 0.01, "delete", name) for n, name in enumerate(files(400))],
    "a backup reads everything": [file_op(n * 0.01, "read", name) for n, name in enumerate(files(900))],
    "a copy of a folder": [file_op(n * 0.01, "write", name) for n, name in enumerate(files(900))],
    "photos get another ending": [file_op(n, "rename", f"p\\{n}.jpeg", f"p\\{n}.jpg") for n in range(200)],
    "nine files": renamed(9),
    "pipes": [file_op(n, "open", f"svcctl{n}", share="\\\\srv\\ipc$") for n in range(200)],
    "readers of what somebody else encrypted": [
        file_op(n, "open", f"{name}.k7xq", client=f"10.20.4.{n % 9}") for n, name in enumerate(files(200))
    ],
    "five files a day, for weeks": renamed(100, every=DAY / 5),
}


@pytest.mark.parametrize("name", QUIET)
def test_silent(name: str) -> None:
    assert [written(sign) for sign in tell(encryption, QUIET[name])] == []


def test_an_engine_that_marks_what_it_has_processed_becomes_known() -> None:
    signs = tell(encryption, list(_engine()))
    assert all(not sign.sure and sign.decades <= 2 for sign in signs)
    assert max(sign.time_us for sign in signs) < at(3 * DAY)


def test_names() -> None:
    assert parts("A\\b/C.Pdf.K7") == ("a\\b", "c.pdf.k7", "c.pdf", "k7")
    assert parts(".profile").extension == ""
    assert ordinary("docx")
    assert ordinary("20260302")
    assert not ordinary("k7xq")
    assert passing(parts("x\\~$lettre.docx"))
    assert passing(parts("x\\5F3A1000"))
    assert not passing(parts("x\\lettre.docx"))


def test_order_of_one_moment_changes_nothing() -> None:
    rows = renamed(60, every=0)
    shuffled = random.Random(1).sample(rows, len(rows))
    assert tell(encryption, rows, batch=9_999) == tell(encryption, shuffled, batch=9_999)


def test_time_that_goes_backwards() -> None:
    memory = encryption.memory()
    rows = renamed(80)[::-1]
    assert any(
        sign.sure for n in range(0, len(rows), 7) for sign in encryption.watch("FileOp", rows[n : n + 7], memory)
    )


def test_floods_stay_bounded() -> None:
    memory = encryption.memory()
    for n in range(30):
        rows = [
            file_op(
                m * 1e-3, ("write", "delete", "read")[m % 3], f"d{m}\\{n}-{m}.txt.x{m}", client=f"10.{n}.{m % 100}.1"
            )
            for m in range(2_000)
        ]
        list(encryption.watch("FileOp", rows, memory))
    one = [file_op(HOUR + m * 1e-3, "rename", f"d{m}\\{m}.txt.x{m}", f"d{m}\\{m}.txt") for m in range(5_000)]
    list(encryption.watch("FileOp", one, memory))
    assert len(memory.clients) <= encryption.CLIENTS
    tally = memory.clients["10.20.1.7"]
    assert max(map(len, (tally.turned, tally.dirs, tally.after, tally.gone, tally.written))) <= encryption.FILES


def test_memory_can_be_written_and_read() -> None:
    memory = encryption.memory()
    rows = renamed(80)
    tell(encryption, rows[:70], memory)
    again = snapshot.load(snapshot.dump(memory), encryption.memory)
    assert snapshot.dump(again) == snapshot.dump(memory)
    assert tell(encryption, rows[70:], again) == tell(encryption, rows[70:], memory)


def test_odd_rows_raise_nothing() -> None:
    odd = ["", "\\", "...", "\ud800.\ud800", "a" * 5_000, "x." * 900, "\\\\\\.\\", "{src}.{0}"]
    rows = [
        file_op(n, action, name, odd[-n]) for n, name in enumerate(odd) for action in ("rename", "open", "delete", "?")
    ]
    assert tell(encryption, rows) == []
