"""Build one invented hospital from its units and its size.

Enters: a `Spec`. Leaves: the text of its YAML files. Everything that a group shares is its university hospital's.
"""

# ruff: noqa: E501  (data, one a line)
from __future__ import annotations

from scripts.maps.flows import flows
from scripts.maps.making import SHARER, Built, Spec, shared
from scripts.maps.servers import APPLICATIONS, SERVERS, VENDORS, Application
from scripts.maps.sheet import Body, share
from scripts.maps.units import DEVICES, NEEDS, TITLES, Unit

ZONES: tuple[tuple[str, str, str, str], ...] = (
    ("administration-si", "Administration du SI (niveau 0)", "A", "admin"),
    ("serveurs", "Serveurs communs", "A", "servers"),
    ("serveurs-soins", "Serveurs du dossier patient", "A", "servers"),
    ("serveurs-imagerie", "Serveurs d’imagerie", "A", "servers"),
    ("serveurs-biologie", "Serveurs de biologie", "A", "servers"),
    ("serveurs-recherche", "Serveurs de recherche", "D", "servers"),
    ("dmz", "Zone exposée", "C", "dmz"),
    ("sauvegardes", "Sauvegardes", "A", "technical"),
    ("coffre", "Coffre de sauvegarde du groupe", "A", "technical"),
    ("hyperviseurs", "Hyperviseurs et stockage", "A", "technical"),
    ("reseau", "Équipements du réseau", "A", "technical"),
    ("telephonie", "Téléphonie", "A", "technical"),
    ("gtb", "Bâtiment : fluides, traitement d’air, ascenseurs", "A", "technical"),
    ("video-badges", "Vidéoprotection et contrôle d’accès", "D", "technical"),
    ("impression", "Imprimantes", "C", "technical"),
    ("multimedia", "Multimédia des chambres", "D", "technical"),
    ("wifi-soins", "Wi-Fi des soins", "B", "care"),
    ("bureaux", "Bureaux", "D", "office"),
)
CARE_ZONES: dict[str, str] = {
    "samu": "SAMU – régulation", "urgences": "Urgences et SMUR", "urgences-enfants": "Urgences pédiatriques",
    "reanimation": "Réanimations", "reanimation-sud": "Réanimations, hôpital sud",
    "neonatalogie": "Réanimations néonatale et pédiatrique", "blocs": "Blocs opératoires",
    "blocs-sud": "Blocs, hôpital sud", "blocs-mere-enfant": "Blocs, femme-mère-enfant", "maternite": "Maternité",
    "neurovasculaire": "Neurovasculaire et neurochirurgie", "transplantation": "Transplantation et secteur stérile",
    "dialyse": "Dialyse", "imagerie": "Modalités d’imagerie", "imagerie-sud": "Modalités, hôpital sud",
    "imagerie-mere-enfant": "Modalités, femme-mère-enfant", "medecine-nucleaire": "Médecine nucléaire",
    "radiotherapie": "Radiothérapie", "oncologie": "Oncologie", "laboratoire": "Laboratoires", "pharmacie": "Pharmacie",
    "sterilisation": "Stérilisation", "hospitalisation": "Hospitalisation", "hospitalisation-sud": "Hospitalisation, hôpital sud",
    "hospitalisation-enfants": "Hospitalisation, femme-mère-enfant", "gerontologie": "Centre de gérontologie",
    "psychiatrie": "Psychiatrie", "consultations": "Consultations", "consultations-sud": "Consultations, hôpital sud",
    "consultations-enfants": "Consultations, femme-mère-enfant", "residence": "Résidents", "recherche": "Recherche",
    "enseignement": "Enseignement",
}  # fmt: skip


DAY = {
    "weekday": [0, 0, 0, 0, 0, 0, 0.1, 0.3, 0.8, 1, 1, 1, 0.8, 0.8, 1, 1, 0.9, 0.6, 0.2, 0, 0, 0, 0, 0],
    "saturday": [0, 0, 0, 0, 0, 0, 0, 0, 0.1, 0.2, 0.2, 0.2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    "sunday": [0] * 24,
}
NIGHT_TOO = {
    "weekday": [
        0.45,
        0.4,
        0.35,
        0.3,
        0.3,
        0.3,
        0.35,
        0.45,
        0.65,
        0.85,
        1,
        1,
        0.95,
        0.9,
        0.95,
        0.95,
        0.95,
        0.95,
        1,
        1,
        0.9,
        0.8,
        0.65,
        0.55,
    ],
    "saturday": [
        0.5,
        0.45,
        0.4,
        0.35,
        0.3,
        0.3,
        0.35,
        0.45,
        0.6,
        0.8,
        0.95,
        1,
        0.95,
        0.9,
        0.95,
        0.95,
        0.95,
        0.95,
        1,
        1,
        0.95,
        0.85,
        0.7,
        0.6,
    ],
    "sunday": [
        0.55,
        0.5,
        0.45,
        0.4,
        0.35,
        0.3,
        0.35,
        0.45,
        0.6,
        0.8,
        0.95,
        1,
        0.95,
        0.9,
        0.95,
        0.95,
        0.95,
        0.95,
        1,
        1,
        0.9,
        0.8,
        0.65,
        0.55,
    ],
}
HEADS = {
    "zones": "Zones : un niveau de protection, un préfixe, un VLAN. Dans une zone de soins, une machine inconnue compte en classe A.",
    "serveurs": "Serveurs, réseau, téléphonie, bâtiment. « dc-01..08 » écrit huit machines, « 10.32.0.11..18 » leurs adresses.",
    "postes": "Postes de travail par unité.",
    "biomedical": "Dispositifs médicaux, par unité. may_isolate : yes, no ou ask ; « ask » quand rien n’est dit.",
    "applications": "Applications : chacune fonctionne tant que ses composants (k sur n) et ses besoins fonctionnent.",
    "services": "Services de soins. Classes : A une vie en minutes, B en heures, C des soins ralentis, D aucun effet sur les soins.",
    "personnes": "Comptes qui comptent par leur nom, et mainteneurs avec leur laisse : quand, vers quoi, comment.",
    "sauvegardes": "Sauvegardes : ce qu’elles protègent, où elles sont, et la dernière restauration réussie.",
    "flux": "Flux permis, avec leur raison. « vital » : gardé quand une machine est isolée cliniquement. « &soins » nomme une liste de zones, « *soins » la reprend.",
}


def build(spec: Spec) -> dict[str, str]:
    """Give the files of a hospital."""
    built = Built(spec)
    _zones(built)
    _servers(built)
    _units(built)
    _rest(built)
    _applications(built)
    _services(built)
    _people(built)
    _backups(built)
    flows(built)
    site = f"{spec.label} : un hôpital inventé ; noms, adresses et chiffres sont imaginaires. Écrit par scripts/make_maps.py."
    return built.book.files({**HEADS, "site": site})


def _zones(built: Built) -> None:
    """Give each zone room for its machines; zones without machines are left out."""
    room: dict[str, int] = {}
    for server in SERVERS:
        room[server.zone] = room.get(server.zone, 0) + server.counts[built.rank]
    care: dict[str, tuple[int, str]] = {}
    for unit in built.spec.units:
        devices = sum(int(one.partition(":")[2]) for one in unit.devices.split())
        have, life = care.get(unit.zone, (room.get(unit.zone, 0), unit.life))
        care[unit.zone] = (have + unit.desks + devices, min(life, unit.life))
    if built.spec.machines:
        care["bureaux"] = (care["bureaux"][0] + 1200, "D")
    for name, label, life, kind in ZONES:
        machines = care.pop(name, (room.get(name, 0), ""))[0]
        if machines:
            built.book.zone(name, label, life, kind, machines)
    for name, (machines, life) in care.items():
        kind = "office" if name in {"recherche", "enseignement"} else "care"
        built.book.zone(name, CARE_ZONES[name], life, kind, machines)
    built.book.zone("wifi-invites", "Wi-Fi des patients et visiteurs", "D", "guest", 300 * (5 - built.rank))
    built.book.zone("telemaintenance", "Tunnels des mainteneurs", "C", "external", 40)


def _servers(built: Built) -> None:
    for server in SERVERS:
        count = server.counts[built.rank]
        if count:
            keys: Body = {"system": server.system} if server.system else {}
            keys |= {"may_isolate": server.isolate} if server.isolate else {}
            built.stems[server.stem] = built.book.machines(
                server.zone, server.stem, count, server.label, server.role, "serveurs", **keys
            )


def _units(built: Built) -> None:
    for unit in built.spec.units:
        isolate = {"A": "ask"}.get(unit.life, "yes")
        label = f"Poste – {unit.label}"
        built.stems[f"pc-{unit.code}"] = built.book.machines(
            unit.zone,
            f"pc-{unit.code}",
            unit.desks,
            label,
            "workstation",
            "postes",
            system="Windows 11",
            may_isolate=isolate,
        )
        for one in unit.devices.split():
            _devices(built, unit, *one.split(":"))


def _devices(built: Built, unit: Unit, kind: str, count: str) -> None:
    role, label, keys = DEVICES[kind]
    stem = f"{kind}-{unit.code}"
    contact = {"B": "biomédical, poste 7502"}.get(unit.life, "biomédical, poste 7501")
    title = {"ae_title": f"{kind}_{unit.code}".upper()[:16]} if kind in TITLES and count == "1" else {}
    built.stems[stem] = built.book.machines(
        unit.zone, stem, int(count), f"{label} – {unit.label}", role, "biomedical", **keys, **title, contact=contact
    )


def _rest(built: Built) -> None:
    """Fill up to the number of machines that the hospital shall have, with thin clients."""
    rest = built.spec.machines - built.book.count
    if rest > 0:
        built.stems["client-leger"] = built.book.machines(
            "bureaux", "client-leger", rest, "Client léger", "thin_client", "postes", system="Linux embarqué"
        )


def _applications(built: Built) -> None:
    for one in APPLICATIONS:
        first = one.parts[0].split()[2]
        if built.stems.get(first):
            built.local[one.code] = one
    for code, one in built.local.items():
        needs = {name: {} for need in one.needs.split() if (name := shared(built, need))}
        body: Body = {"label": one.label}
        body |= {"vendor": one.vendor} if one.vendor and _maintains(built, one.vendor) else {}
        body |= {"recovery_time": one.back}
        body |= {"recovery_point": one.loss} if one.loss else {}
        body |= {"needs": list(needs)} if needs else {}
        body |= {"components": dict(_parts(built, one))}
        built.book.put("applications", "applications", code, body)


def _maintains(built: Built, vendor: str) -> bool:
    return any(name == vendor and any(built.stems.get(stem) for stem in stems) for name, _, _, _, stems, _ in VENDORS)


def _parts(built: Built, one: Application) -> list[tuple[str, Body]]:
    found: list[tuple[str, Body]] = []
    for part in one.parts:
        name, need, stem = part.split()
        if stem.startswith("@"):
            found.append((name, {"members": [stem[1:]]}))
        elif built.stems.get(stem):
            found.append((name, {"need": share(built.count(stem), float(need)), "members": built.stems[stem]}))
    return found


def _services(built: Built) -> None:
    plans = dict(_first_of_kind(built.spec.units))
    for unit in built.spec.units:
        needs = {}
        for code in unit.needs.split():
            name = shared(built, code)
            if name:
                autonomy, fallback = NEEDS[code]
                needs[name] = {"autonomy": autonomy, "fallback": fallback}
        parts = {}
        for stem, series in built.stems.items():
            kind, _, code = stem.rpartition("-")
            if code == unit.code and (kind in DEVICES or kind == "pc"):
                label = "postes" if kind == "pc" else kind
                parts[label] = {"need": share(built.count(stem), 0.4 if kind == "pc" else 0.7), "members": series}
        built.book.put("services", "services", unit.code, _service(unit, needs, parts, plans.get(unit.code, "")))


def _first_of_kind(units: tuple[Unit, ...]) -> list[tuple[str, str]]:
    """Give the units that have a continuity plan: the first of each kind, and all of class A."""
    first: dict[str, str] = {}
    for unit in units:
        first.setdefault(unit.kind, unit.code)
    return [(unit.code, f"PCRA {unit.code} v2") for unit in units if unit.life == "A" or unit.code in first.values()]


def _service(unit: Unit, needs: Body, parts: Body, plan: str) -> Body:
    contact = {
        "administrative": "responsable du service, poste 7400",
        "platform": "cadre du plateau technique, poste 7200",
    }
    body: Body = {"label": unit.label, "class": unit.life}
    body |= {"kind": unit.kind} if unit.kind != "care" else {}
    body |= {
        "downtime": unit.downtime,
        "recovery_point": "15 min" if unit.life == "A" else "1 h",
        "autonomy": unit.autonomy,
    }
    body |= {"procedure": f"fiche {unit.code.upper()}-01"}
    body |= {"diversion": unit.diversion} if unit.diversion else {}
    body |= {
        "contact": contact.get(unit.kind, f"cadre de santé de garde – {unit.label.partition(' (')[0]}, poste 7100")
    }
    body |= {"plan": plan, "tested": "2026-06-11"} if plan else {}
    body |= {"load": DAY} if unit.by_day else {"load": NIGHT_TOO} if unit.code == "urg" else {}
    return {**body, "needs": needs, "components": parts}


def _people(built: Built) -> None:
    put, name = built.book.put, built.spec.name
    admins = built.stems.get("pc-admin", [])
    put(
        "personnes",
        "identities",
        "bris-de-glace-ad",
        {
            "label": "Compte de secours de l’annuaire",
            "kind": "break_glass",
            "accounts": ["secours-ad"],
            "owner": "RSSI",
        },
    )
    put(
        "personnes",
        "identities",
        "bris-de-glace-cloud",
        {
            "label": "Compte de secours du cloud",
            "kind": "break_glass",
            "accounts": [f"secours@{name}.example"],
            "owner": "RSSI",
        },
    )
    for account, stems in (
        ("svc-dpi", ("dpi-web", "dpi-bdd")),
        ("svc-eai", ("eai",)),
        ("svc-sauvegarde", ("sauvegarde",)),
        ("svc-pacs", ("pacs",)),
    ):
        hosts = [one for stem in stems for one in built.stems.get(stem, ())]
        if hosts:
            put(
                "personnes",
                "identities",
                account,
                {"kind": "service", "accounts": [account], "owner": "DSI", "hosts": hosts},
            )
    put(
        "personnes",
        "identities",
        "admin-domaine",
        {
            "label": "Administrateurs du domaine",
            "kind": "person",
            "accounts": ["adm-garnier", "adm-lemoine"],
            "owner": "DSI",
            "hosts": admins,
        },
    )
    for vendor, label, contact, windows, stems, ports in VENDORS:
        targets = [one for stem in stems for one in built.stems.get(stem, ())]
        if targets:
            put(
                "personnes",
                "identities",
                f"presta-{vendor}",
                {
                    "label": f"Mainteneur {label}",
                    "kind": "vendor",
                    "accounts": [f"presta-{vendor}"],
                    "vendor": vendor,
                    "owner": "DSI",
                },
            )
            via = built.stems.get("bastion", [f"{SHARER}/bastion-01"])[0].partition("..")[0]
            put(
                "personnes",
                "vendors",
                vendor,
                {
                    "label": label,
                    "contact": contact,
                    "windows": list(windows),
                    "targets": targets,
                    "ports": ports.split(),
                    "via": via,
                },
            )


def _backups(built: Built) -> None:
    """Protect every application that has a tolerated loss: care often and immutable, the rest four-hourly."""
    groups: dict[str, list[str]] = {}
    for code, one in built.local.items():
        if one.loss:
            groups.setdefault(
                {"15 min": "soins", "5 min": "soins", "30 min": "soins", "1 h": "metier"}.get(one.loss, "gestion"), []
            ).append(code)
    vault = built.stems.get("coffre") or ([f"{SHARER}/coffre-01"] if built.spec.shared else [])
    every = {"soins": "15 min", "metier": "1 h", "gestion": "4 h"}
    for name, codes in groups.items():
        kept = [*built.stems.get("sauvegarde", ()), *built.stems.get("depot", ()), *vault]
        body: Body = {
            "protects": codes,
            "kept_on": kept,
            "every": every[name],
            "immutable": "yes",
            "offsite": "yes",
            "proved": "2026-09-14",
        }
        built.book.put("sauvegardes", "backups", name, body)
