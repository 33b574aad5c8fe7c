"""`tocsin care`: the care map, what is to be protected: check, show, import, observe, diff, export."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from tocsin.cli import care_more, care_seen, session
from tocsin.cli.care_more import FAULTY, Format, Map
from tocsin.cli.usage import Examples
from tocsin.errors import ConfigError
from tocsin.i18n import N_, _, n_

if TYPE_CHECKING:
    from tocsin.care.atlas import Atlas
    from tocsin.care.files import Loaded

NAME = "care"
ABOUT = N_("Write, check and ask the care map: what is to be protected. A map is a folder of YAML files a hospital.")
EXAMPLES: Examples = (
    (N_("what is wrong with your map, line by line"), "tocsin care check ./care"),
    (N_("the small hospital that ships with Tocsin"), "tocsin care show small"),
)


class CareVerb(NamedTuple):
    """One verb below `tocsin care`."""

    name: str
    run: Callable[..., int]
    about: str
    examples: Examples


def check(
    ctx: typer.Context,
    maps: Map,
    form: Format = "text",
    strict: Annotated[bool, typer.Option("--strict", help=N_("Count advice as faults."))] = False,
) -> int:
    """Say what is wrong with a map; give the exit code."""
    from tocsin.care import files
    from tocsin.cli import care_tables as tables

    session.settings(ctx)
    loaded = files.load(maps)
    if form == "json":
        care_more.put_json(_problem_records(loaded))
    else:
        care_more.put(line for problem in loaded.problems for line in tables.problem_lines(problem))
        session.note(tables.summary(loaded.map))
    faults, advice = len(loaded.faults), len(loaded.advice)
    if not loaded.problems and form == "text":
        session.put(_("The map holds together.") + "\n")
    elif form == "text":
        counted = n_("{n} fault", "{n} faults", faults).format(n=faults)
        session.note(counted + " · " + n_("{n} piece of advice", "{n} pieces of advice", advice).format(n=advice))
    return FAULTY if faults or (strict and advice) else 0


def _problem_records(loaded: Loaded) -> Iterable[dict[str, Any]]:
    for one in loaded.problems:
        place = {"file": one.place.file, "line": one.place.line, "column": one.place.column}
        yield {"kind": "advice" if one.advice else "fault", **place, "text": one.text(_), "hint": one.help(_)}


def show(
    ctx: typer.Context,
    maps: Map,
    suspect: Annotated[
        list[str] | None,
        typer.Option(
            "--suspect",
            metavar=N_("HOST"),
            help=N_("What if this host or account were taken or cut; HOST=0.4 gives a probability. Repeatable."),
        ),
    ] = None,
    form: Format = "text",
) -> int:
    """Show services, applications and zones, or what suspected hosts would cost; give the exit code."""
    from tocsin.care import files, impact
    from tocsin.care.atlas import Atlas

    session.settings(ctx)
    loaded = files.load(maps)
    atlas = Atlas(loaded.map)
    suspected = dict(_suspected(atlas, one) for one in suspect or ())
    risks = impact.risks(atlas, suspected)
    if form == "json":
        care_more.put_json([_overview(atlas, suspected, risks)])
    elif suspected:
        care_more.put(_suspicion(atlas, suspected, risks))
    else:
        care_more.put(_whole(atlas))
    _note_faults(loaded)
    return 0


def _suspected(atlas: Atlas, written: str) -> tuple[str, float]:
    """Read `host`, `site/host` or `host=0.4`; give the id and the probability."""
    name, _sign, chance = written.partition("=")
    known = {**atlas.map.hosts, **atlas.map.identities}
    ids = [key for key in known if name in {key, key.partition("/")[2]}]
    if not ids:
        host = next(filter(None, (atlas.host(site, name) for site in atlas.map.sites)), None)
        ids = [host.id] if host else []
    try:
        share = float(chance or 1)
    except ValueError:
        share = -1.0
    if not ids or not 0 <= share <= 1:
        from tocsin.care.problems import nearest

        near = nearest(name, [key.partition("/")[2] for key in known])
        hint = _("Did you mean “{near}”?").format(near=near) if near else _("Give a host or an account of the map.")
        raise ConfigError(_("“{name}” is not in the map").format(name=written), hint)
    return ids[0], share


def _whole(atlas: Atlas) -> Iterable[str]:
    from tocsin.cli import care_tables as tables

    for site in atlas.map.sites.values():
        yield f"{site.title} ({site.name})"
    yield tables.summary(atlas.map)
    for part in (tables.services(atlas, {}), tables.applications(atlas), tables.zones(atlas)):
        yield ""
        yield from part
    yield ""
    yield _("alone: hosts and accounts whose loss alone stops something")
    yield _("doors: zones that may reach it")


def _suspicion(atlas: Atlas, suspected: dict[str, float], risks: dict[str, float]) -> Iterable[str]:
    from tocsin.care import impact
    from tocsin.cli import care_tables as tables

    yield _("If these stop: {names}").format(names=", ".join(atlas.map.short(key) for key in suspected))
    found = impact.effects(atlas, suspected)
    yield from tables.effect_lines(atlas.map, found) if found else [_("No care service stands on them.")]
    if any(share < 1 for share in suspected.values()):
        yield ""
        yield from (f"{tables.percent(share):>6}  {atlas.map.services[key].title}" for key, share in risks.items())
    for key in (key for key in suspected if key in atlas.map.hosts and len(suspected) == 1):
        yield ""
        yield _("Flows of {name} (♥ kept by clinical isolation):").format(name=atlas.map.short(key))
        yield from tables.flow_lines(atlas, key)


def _overview(atlas: Atlas, suspected: dict[str, float], risks: dict[str, float]) -> dict[str, Any]:
    from tocsin.care import impact

    care = atlas.map
    effects = [
        {"service": one.service, "state": one.state, "holds_min": one.holds_min, "because": one.because}
        for one in impact.effects(atlas, suspected)
    ]
    return {
        "sites": list(care.sites),
        "services": [_service_record(atlas, key, risks.get(key, 0.0)) for key in care.services],
        "applications": [{"id": key, "services": atlas.services_of(key)} for key in care.applications],
        "zones": [_zone_record(atlas, key) for key in care.zones],
        "suspected": suspected,
        "effects": effects,
    }


def _service_record(atlas: Atlas, key: str, risk: float) -> dict[str, Any]:
    from tocsin.cli import care_tables as tables

    one = atlas.map.services[key]
    return {
        "id": key,
        "label": one.title,
        "class": one.life_class,
        "downtime_min": one.downtime_min,
        "autonomy_min": one.autonomy_min,
        "applications": sorted(atlas.closure(key).applications),
        "members": sorted(atlas.closure(key).members),
        "alone": sorted(tables.alone(atlas, one)),
        "risk": round(risk, 4),
    }


def _zone_record(atlas: Atlas, key: str) -> dict[str, Any]:
    from tocsin.cli import care_tables as tables

    one = atlas.map.zones[key]
    fixed = {"id": key, "class": one.life_class, "kind": one.kind, "addresses": one.addresses}
    return {**fixed, "hosts": len(atlas.hosts_in(key)), "doors": tables.doors(atlas, one)}


def _note_faults(loaded: Loaded) -> None:
    faults = len(loaded.faults)
    if faults:
        text = n_("{n} fault is left out (tocsin care check)", "{n} faults are left out (tocsin care check)", faults)
        session.note(text.format(n=faults))


VERBS = (
    CareVerb(
        "check",
        check,
        N_("Say everything that is wrong with a map: file, line, column, and what to do. Exits with 2 on a fault."),
        (
            (N_("your map"), "tocsin care check ./care"),
            (N_("in a pipeline"), "tocsin care check ./care --strict --format json"),
        ),
    ),
    CareVerb(
        "show",
        show,
        N_("Show care services, applications and zones, or what would stop if some hosts did."),
        (
            (N_("the whole map"), "tocsin care show small"),
            (N_("if a host were cut off or taken"), "tocsin care show small --suspect pacs-01"),
        ),
    ),
    CareVerb(
        "import",
        care_more.bring,
        N_(
            "Bring CSV files, Mercator or NetBox into a map. Nothing is deleted, and what you wrote by hand goes "
            "before what is imported. Exits with 2 when something must be corrected."
        ),
        (
            (N_("what a spreadsheet would add"), "tocsin care import ./care serveurs.csv --dry-run"),
            (N_("Mercator's answers, fetched before"), "tocsin care import ./care activities.json applications.json"),
        ),
    ),
    CareVerb(
        "observe",
        care_seen.observe,
        N_(
            "Say which machines probes saw, what each does and why it is thought so, and who talks to whom. "
            "Nothing is sent on the network."
        ),
        (
            (N_("who is there, without any map"), "tocsin care observe ./logs"),
            (N_("beside the map, kept for later"), "tocsin care observe ./logs --map ./care --out ./seen"),
        ),
    ),
    CareVerb(
        "diff",
        care_more.diff,
        N_(
            "Say what differs between two maps, or between a map and what probes saw: unknown machines, flows that "
            "are forbidden, undeclared or unused, roles that do not fit. Exits with 1 when something differs."
        ),
        (
            (N_("what changed since the last map"), "tocsin care diff ./care-2025 ./care"),
            (N_("what the network really does"), "tocsin care diff ./care --observed ./logs"),
        ),
    ),
    CareVerb(
        "export",
        care_more.export,
        N_("Write a map as CSV tables or as a drawing. The tables can be imported again."),
        (
            (N_("one table a section"), "tocsin care export small --csv ./tables"),
            (N_("a drawing by zone"), "tocsin care export small --svg zones.svg --by zone"),
        ),
    ),
)
