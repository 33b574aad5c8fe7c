"""`tocsin simulate`: from a care map, the logs that its probes would write, with or without an attack in them."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tocsin.cli import session
from tocsin.cli.usage import Examples
from tocsin.errors import ConfigError
from tocsin.i18n import N_, _, n_

if TYPE_CHECKING:
    from tocsin.simulate.running import Total

NAME = "simulate"
ABOUT = N_(
    "Write what the probes of a hospital would write: everyday life of its people and machines, from a care map, and "
    "the attacks of plots. The truth is in a file beside the logs, never in them. The same seed gives the same bytes."
)
EXAMPLES: Examples = (
    (N_("a week of the small hospital that ships with Tocsin"), "tocsin simulate small --out ./sim --days 7"),
    (N_("two days with an attack, then look for it"), "tocsin simulate small --out ./sim --days 4 --plot s01-brest"),
    (N_("your own map and your own plot"), "tocsin simulate ./map --out ./sim --plot ./night.yaml --seed 7"),
    (N_("only what Zeek and Windows write"), "tocsin simulate small --out ./sim --sources zeek,windows"),
)
_MOVING_S, _PLAIN_S = 0.2, 10.0


def run(
    ctx: typer.Context,
    maps: Annotated[str, typer.Argument(metavar=N_("MAP"), help=N_("A care map's folder, or one that ships."))],
    out: Annotated[
        Path, typer.Option("--out", metavar=N_("DIR"), help=N_("A folder for logs and truth; must be new."))
    ],
    days: Annotated[int, typer.Option("--days", metavar=N_("N"), min=1, max=3660, help=N_("How many days."))] = 1,
    seed: Annotated[int, typer.Option("--seed", metavar=N_("S"), help=N_("Another seed, another hospital life."))] = 1,
    start: Annotated[
        str, typer.Option("--start", metavar=N_("DAY"), help=N_("The first day, such as 2026-11-16 (a Monday)."))
    ] = "2026-11-16",
    plot: Annotated[
        list[str] | None,
        typer.Option("--plot", metavar=N_("NAME"), help=N_("A plot's name or file; may be given several times.")),
    ] = None,
    sources: Annotated[
        str | None, typer.Option("--sources", metavar=N_("NAMES"), help=N_("Only these probes, parted by commas."))
    ] = None,
    faults: Annotated[
        str,
        typer.Option("--faults", metavar=N_("KIND"), help=N_("Lost, doubled and late records: none, usual, rough.")),
    ] = "usual",
    quiet: Annotated[
        bool, typer.Option("--only-plots", help=N_("Leave everyday life out: only what the plots do."))
    ] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar=N_("N"), help=N_("Worker processes; 0 chooses."))
    ] = None,
) -> int:
    """Run the verb; give the exit code."""
    settings = session.settings(ctx)
    from tocsin.care import files
    from tocsin.simulate import plots, running
    from tocsin.simulate.faults import KINDS

    if faults not in KINDS:
        raise ConfigError(_("“{value}” is no kind of faults").format(value=faults), ", ".join(KINDS))
    first, wanted = _day(start), _sources(sources)
    loaded = files.load(maps)
    if loaded.faults:
        said = n_("{n} fault in the map", "{n} faults in the map", len(loaded.faults)).format(n=len(loaded.faults))
        session.note(said + " · tocsin care check " + maps)
    order = running.Order(
        loaded.map, seed, first, days, tuple(map(plots.load, plot or ())), wanted, KINDS[faults], quiet
    )
    given = settings.workers if workers is None else max(0, workers)
    meter = _Meter()
    total = running.run(order, out, given or os.cpu_count() or 1, meter)
    meter.close()
    records = n_("{n} record", "{n} records", total.records.total()).format(n=f"{total.records.total():,}")
    session.put(f"{records} · {out / running.LOGS}\n")
    session.put(_("The truth: {path}").format(path=out / running.TRUTH) + "\n")
    session.put(_("Look at it: tocsin scan {path}").format(path=out / running.LOGS) + "\n")
    return 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.partition("T")[0])
    except ValueError:
        raise ConfigError(_("“{value}” is no day").format(value=text), _("Write it as 2026-11-16.")) from None


def _sources(text: str | None) -> frozenset[str]:
    from tocsin.simulate.recorders import SOURCES

    names = frozenset(one.strip() for one in (text or "").split(",") if one.strip())
    unknown = sorted(names - set(SOURCES))
    if unknown:
        known = _("There are: {known}.").format(known=", ".join(SOURCES))
        raise ConfigError(_("no probe is named “{name}”").format(name=unknown[0]), known)
    return names


class _Meter:
    """Says how far it is: one line that moves on a terminal, a line each ten seconds elsewhere."""

    def __init__(self) -> None:
        import sys

        from tocsin import clock

        self._clock, self._stream = clock, sys.stderr
        self._moving = sys.stderr.isatty()
        self._started_s = self._last_s = clock.elapsed_s()
        self._drawn = False

    def __call__(self, total: Total) -> None:
        """Take note; draw when it is time to."""
        now_s = self._clock.elapsed_s()
        if now_s - self._last_s < (_MOVING_S if self._moving else _PLAIN_S):
            return
        self._last_s = now_s
        share = 100 * total.stretches // max(1, total.stretches_total)
        records = total.records.total()
        rate = records / max(0.001, now_s - self._started_s)
        text = (
            f"{share:3}\u00a0% · "
            + n_("{n} record", "{n} records", records).format(n=f"{records:,}")
            + f" · {rate:,.0f}/s"
        )
        self._stream.write(f"\r\x1b[K{text}" if self._moving else text + "\n")
        self._stream.flush()
        self._drawn = True

    def close(self) -> None:
        """Wipe the moving line."""
        if self._drawn and self._moving:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
