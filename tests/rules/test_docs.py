"""`docs/rules.md` lists the pack as it is. `pytest --bless tests/rules/test_docs.py` writes its table anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.rules.test_rules import ALL, FILES, documents

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
BEGIN, END = "<!-- pack: begin -->", "<!-- pack: end -->"


def table() -> str:
    """Give the pack's table: one row a file, by layer, the rule that is shown."""
    lines = []
    for layer in ("network", "endpoint", "identity", "cloud", "medical"):
        files = [path for path in FILES if path.parent.name == layer]
        lines += [f"### {layer} ({len(files)})", "", "| rule | level | techniques | benign when |", "|---|---|---|---|"]
        lines += [row(path) for path in files]
        lines.append("")
    return "\n".join(lines)


def row(path: Path) -> str:
    shown = documents(path)[-1]
    techniques = " ".join(tag[7:].upper() for tag in shown["tags"] if tag.startswith("attack.t") and tag[8:9].isdigit())
    mark = " ⏱" if "correlation" in shown else ""
    return f"| {shown['title']}{mark} | {shown['level']} | {techniques} | {'; '.join(shown['falsepositives'])} |"


def test_the_page_lists_the_pack(golden: Callable[[Path, str], None]) -> None:
    text = PAGE.read_text("utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    count = f"{len(FILES)} rule files, {len(ALL)} rules"
    golden(PAGE, f"{head}{BEGIN}\n{count}\n\n{table()}\n{END}{tail}")
