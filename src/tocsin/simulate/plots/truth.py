"""The truth of a simulation: which acts were the plots', of whom and what. It never touches the telemetry.

Enters: plots and their cues. Leaves: records, one a plot and one an act.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tocsin.simulate.acts import Account, Machine
from tocsin.simulate.plots.model import Cue, Plot
from tocsin.simulate.text import iso


def truth(plots: Iterable[Plot], cues: Iterable[Cue]) -> Iterator[dict[str, object]]:
    """Give the plots with their first and last act, then every act."""
    cues = list(cues)
    for plot in plots:
        own = [cue.act.time_us for cue in cues if cue.plot == plot.name]
        techniques = sorted({step.technique for step in plot.steps if step.technique})
        yield {
            "kind": "plot",
            "plot": plot.name,
            "label": plot.label,
            "expect": plot.expect,
            "begins": iso(min(own)) if own else None,
            "ends": iso(max(own)) if own else None,
            "techniques": techniques,
            "acts": len(own),
        }
    for cue in cues:
        yield _act(cue)


def _act(cue: Cue) -> dict[str, object]:
    machines: dict[str, Machine] = {}
    accounts: dict[str, Account] = {}
    for value in cue.act:
        several = value if isinstance(value, tuple) else (value,)
        machines |= {one.name: one for one in several if isinstance(one, Machine)}
        accounts |= {one.name: one for one in several if isinstance(one, Account)}
    return {
        "kind": "act",
        "time": iso(cue.act.time_us),
        "plot": cue.plot,
        "step": cue.step.number,
        "do": cue.step.do,
        "technique": cue.step.technique,
        "say": cue.step.say,
        "sites": sorted(
            {one.site for one in machines.values() if one.site} | {one.site for one in accounts.values() if one.site}
        ),
        "hosts": sorted(one.name for one in machines.values() if one.site),
        "addresses": sorted({one.address for one in machines.values()}),
        "accounts": sorted(accounts),
        "unseen_by": sorted(cue.unseen_by),
    }
