"""Who may talk to whom in an invented hospital, with the reason.

Enters: a hospital whose machines and units stand. Leaves: its flows.
"""

# ruff: noqa: E501  (data, one a line)
from __future__ import annotations

from scripts.maps.making import SHARER, Built, shared
from scripts.maps.servers import SERVERS
from scripts.maps.units import DEVICES, TITLES

SERVES: dict[str, tuple[str, str, str]] = {
    # application: what its users reach, ports, purpose
    "dossier-patient": ("dpi-lb", "tcp/443", "dossier patient"),
    "identite": ("sip", "tcp/443", "identités"),
    "prescription": ("pharma", "tcp/443", "prescription"),
    "resultats": ("resultats", "tcp/443", "résultats de biologie"),
    "gap": ("gap", "tcp/443", "admissions"),
    "rendez-vous": ("agenda", "tcp/443", "rendez-vous"),
    "ris": ("ris", "tcp/443", "comptes rendus"),
    "dictee": ("dictee", "tcp/443", "dictée"),
    "chimio": ("chimio", "tcp/443", "préparations"),
    "sil": ("sil", "tcp/443", "paillasses"),
    "depot-sang": ("sang-srv", "tcp/443", "dépôt de sang"),
    "anapath": ("anapath-srv", "tcp/443", "anatomopathologie"),
    "dossier-rea": ("rea-srv", "tcp/443", "dossier de réanimation"),
    "anesthesie": ("anesthesie", "tcp/443 tcp/2575", "dossier d’anesthésie"),
    "programme-bloc": ("bloc-srv", "tcp/443", "programme opératoire"),
    "dossier-obstetrical": ("obstetrique", "tcp/443", "dossier obstétrical"),
    "greffe": ("greffe-srv", "tcp/443", "transplantation"),
    "dialyse-dossier": ("dialyse-srv", "tcp/443 tcp/9300", "séances de dialyse"),
    "radiotherapie-rv": ("rv", "tcp/443 tcp/1433", "radiothérapie"),
    "sterilisation-trace": ("ster-srv", "tcp/443", "traçabilité"),
    "regulation": ("samu-srv", "tcp/443", "régulation"),
    "lien-samu": ("passerelle-samu", "tcp/443", "lien SAMU"),
    "restauration": ("repas", "tcp/443", "repas"),
    "brancardage": ("brancard", "tcp/443", "brancardage"),
    "rh-paie": ("rh", "tcp/443", "paie"),
    "facturation": ("finances", "tcp/443", "gestion"),
    "recherche": ("entrepot", "tcp/443", "entrepôt de données"),
    "dossier-psy": ("psy-srv", "tcp/443", "dossier de psychiatrie"),
    "dossier-residents": ("residents", "tcp/443", "dossier des résidents"),
    "armoires": ("armoires", "tcp/443", "armoires sécurisées"),
}

CARRIES = frozenset(SERVES) - {
    "restauration",
    "rh-paie",
    "facturation",
    "recherche",
    "dictee",
    "brancardage",
    "rendez-vous",
}
"""Applications whose flows carry care: clinical isolation keeps them."""

AD_PORTS = (
    "tcp/53 udp/53 tcp/88 udp/88 udp/123 tcp/135 tcp/389 udp/389 tcp/445 tcp/464 tcp/636 tcp/3268-3269 tcp/49152-65535"
)


def flows(built: Built) -> None:
    """Say who may talk to whom in a hospital, and why."""
    _common_flows(built)
    _application_flows(built)
    _device_flows(built)
    _technical_flows(built)
    _forbidden(built)
    if built.spec.shared:
        _group_flows(built)


def _care_zones(built: Built) -> list[str]:
    zones = built.book.sections["zones"]["zones"]
    return [name for name, body in zones.items() if body["kind"] == "care"]


def _server_zones(built: Built) -> list[str]:
    zones = built.book.sections["zones"]["zones"]
    return [name for name, body in zones.items() if body["kind"] == "servers"]


def _offices(built: Built) -> list[str]:
    zones = built.book.sections["zones"]["zones"]
    return [name for name, body in zones.items() if body["kind"] == "office"]


def _to(built: Built, *stems: str) -> list[str]:
    """Give the machines of some kinds, the university hospital's where there are none here and the group shares."""
    found = [one for stem in stems for one in built.stems.get(stem, ())]
    if found or not built.spec.shared:
        return found
    counts = {server.stem: server.counts[0] for server in SERVERS}
    return [f"{SHARER}/{stem}-{number:02d}" for stem in stems for number in range(1, min(2, counts.get(stem, 0)) + 1)]


def _common_flows(built: Built) -> None:
    book = built.book
    soins = book.anchor("soins", _care_zones(built))
    postes = book.anchor("postes", [*_care_zones(built), *_offices(built)])
    tous = book.anchor("tous", [*_care_zones(built), *_offices(built), *_server_zones(built)])
    book.remark("annuaire, noms, heure, adresses")
    book.flow(tous, _to(built, "dc"), AD_PORTS, "annuaire")
    book.flow(postes, _to(built, "dhcp"), "udp/67", "adresses")
    if built.stems.get("dns"):
        book.flow(tous, _to(built, "dns"), "tcp/53 udp/53", "noms")
    book.flow(["telephonie", "gtb", "reseau", "impression", "dmz"], _to(built, "ntp"), "udp/123", "heure")
    book.remark("postes")
    book.flow(postes, _to(built, "proxy"), "tcp/3128", "navigation")
    book.flow(postes, _to(built, "fic"), "tcp/445", "partages")
    book.flow(postes, _to(built, "print"), "tcp/445 tcp/631", "impression")
    book.flow(postes, _to(built, "mail"), "tcp/443", "messagerie")
    if built.stems.get("print"):
        book.flow(built.stems["print"], ["impression"], "tcp/9100 tcp/631", "impression")
    book.flow(postes, _to(built, "ipbx"), "udp/5060 tcp/5061 udp/16384-32767", "téléphone", vital=True)
    book.flow(["telephonie"], _to(built, "ipbx"), "udp/5060 tcp/5061 udp/16384-32767", "téléphone", vital=True)
    book.flow(soins, _to(built, "dpi-lb"), "tcp/443", "dossier patient", vital=True)


def _application_flows(built: Built) -> None:
    """Let the zones of the units reach what each needs."""
    book = built.book
    book.remark("applications du soin et de gestion")
    users: dict[str, dict[str, None]] = {}
    for unit in built.spec.units:
        for code in unit.needs.split():
            users.setdefault(code, {})[unit.zone] = None
    for code, zones in users.items():
        if code in SERVES and code != "dossier-patient" and shared(built, code):
            stem, ports, purpose = SERVES[code]
            book.flow(list(zones), _to(built, stem), ports, purpose, vital=code in CARRIES)
    chains = (
        ("dpi-lb", "dpi-web", "tcp/8443", "frontaux du dossier"), ("dpi-web", "dpi-bdd", "tcp/1521", "base du dossier"),
        ("sil", "sil-bdd", "tcp/1433", "base du laboratoire"), ("appli", "bdd", "tcp/1433 tcp/5432", "bases métier"),
        ("middleware", "sil", "tcp/2575", "résultats validés"), ("armoires", "pharma", "tcp/443", "dispensation"),
        ("portail", "agenda", "tcp/443", "rendez-vous en ligne"), ("calcul", "entrepot", "tcp/5432", "entrepôt de données"),
        ("pacs", "pacs-cache", "tcp/11112", "cache d’images"), ("pacs", "archive", "tcp/11112", "archivage des images"),
        ("pacs", "passerelle-avc", "tcp/11112", "téléexpertise AVC"), ("reconstruction", "pacs", "tcp/11112", "images reconstruites"),
    )  # fmt: skip
    for one, other, ports, purpose in chains:
        if built.stems.get(one) and _to(built, other):
            book.flow(
                built.stems[one], _to(built, other), ports, purpose, vital=one not in {"appli", "portail", "calcul"}
            )
    book.remark("échanges HL7")
    talkers = [
        stem
        for stem in (
            "gap",
            "sip",
            "dpi-web",
            "pharma",
            "ris",
            "sil",
            "resultats",
            "obstetrique",
            "anesthesie",
            "rea-srv",
            "moncen",
            "dialyse-srv",
            "psy-srv",
        )
        if built.stems.get(stem)
    ]
    engine = _to(built, "eai")
    if talkers and engine:
        ends = [one for stem in talkers for one in built.stems[stem]]
        book.flow(ends, engine, "tcp/2575 tcp/2576", "messages HL7", vital=True)
    if talkers and built.stems.get("eai"):
        book.flow(built.stems["eai"], ends, "tcp/2575 tcp/6661", "messages HL7", vital=True)


_TO_SERVER = {
    # kinds of devices: what they reach
    "pompe": ("pompes", "tcp/443 tcp/9200", "pompes à perfusion"), "anest": ("anesthesie", "tcp/2575", "relevés d’anesthésie"),
    "dial": ("dialyse-srv", "tcp/9300", "séances de dialyse"), "acc": ("rv", "tcp/1433 tcp/443", "traitements de radiothérapie"),
    "arm": ("armoires", "tcp/443", "armoires sécurisées"), "robot": ("armoires", "tcp/443", "robots de dispensation"),
    "clave": ("ster-srv", "tcp/443", "cycles de stérilisation"), "frigo": ("sang-srv", "tcp/443", "températures des produits sanguins"),
    "couv": ("moncen", "tcp/24105", "incubateurs"), "cec": ("anesthesie", "tcp/2575", "circulation extracorporelle"),
    "ecg": ("pacs", "tcp/104", "tracés ECG"), "eeg": ("fic", "tcp/445", "tracés EEG"), "resp": ("moncen", "tcp/24105", "respirateurs"),
    "cen": ("moncen", "tcp/24105", "centrales vers le serveur"), "pon": ("moncen", "tcp/24105", "monitorage vers HL7"),
    "ctg": ("obstetrique", "tcp/2575", "cardiotocographes"),
}  # fmt: skip
_ANALYSERS = ("gds", "glu", "bioch", "hemato", "hemost", "micro", "immuno", "pcr")


def _device_flows(built: Built) -> None:
    book = built.book
    book.remark("dispositifs médicaux")
    kinds: dict[str, list[str]] = {}
    for stem, series in built.stems.items():
        kind, _, code = stem.partition("-")
        if kind in DEVICES and any(code == unit.code for unit in built.spec.units):
            kinds.setdefault(kind, []).extend(series)
    modalities = [one for kind in TITLES for one in kinds.get(kind, ())]
    if modalities:
        book.flow(modalities, _to(built, "pacs"), "tcp/104 tcp/11112", "envoi des images DICOM", vital=True)
        book.flow(modalities, _to(built, "dmwl"), "tcp/104", "liste de travail DICOM", vital=True)
    if _to(built, "pacs"):
        book.flow("*soins", _to(built, "pacs"), "tcp/443 tcp/11112", "lecture des images", vital=True)
    analysers = [one for kind in _ANALYSERS for one in kinds.get(kind, ())]
    if analysers:
        book.flow(analysers, _to(built, "middleware"), "tcp/2575 tcp/5000-5010", "résultats des automates", vital=True)
    alone: list[str] = []
    for unit in built.spec.units:
        stations = [one for kind in ("cen", "pon") for one in built.stems.get(f"{kind}-{unit.code}", ())]
        monitors = built.stems.get(f"mon-{unit.code}", [])
        if monitors and stations:
            book.flow(monitors, stations, "udp/24000-24100 tcp/24105", f"surveillance – {unit.label}", vital=True)
        else:
            alone += monitors
    if alone:
        book.flow(alone, _to(built, "moncen"), "udp/24000-24100 tcp/24105", "surveillance des patients", vital=True)
    for kind, (stem, ports, purpose) in _TO_SERVER.items():
        if kinds.get(kind) and _to(built, stem):
            book.flow(kinds[kind], _to(built, stem), ports, purpose, vital=True)
    gtb = built.stems.get("gtb")
    if gtb:
        book.flow(
            gtb, [*built.stems["cta"], *built.stems["onduleur"]], "udp/47808 tcp/502", "traitement d’air", vital=True
        )


def _technical_flows(built: Built) -> None:
    book = built.book
    book.remark("Internet, exposition")
    out = [one for stem in ("proxy", "sync") for one in built.stems.get(stem, ())]
    if out:
        book.flow(out, ["internet"], "tcp/80 tcp/443", "Internet")
    if built.stems.get("relais"):
        book.flow(built.stems["relais"], ["internet"], "tcp/25", "messagerie")
        book.flow(["internet"], built.stems["relais"], "tcp/25", "messagerie")
        book.flow(built.stems["relais"], built.stems["mail"], "tcp/25", "messagerie")
    book.flow(
        ["internet"],
        [*built.stems.get("vpn", ()), *built.stems.get("portail", ())],
        "tcp/443",
        "accès distant et portail",
    )
    if built.stems.get("passerelle-samu"):
        book.flow(built.stems["passerelle-samu"], ["internet"], "tcp/443", "lien SAMU", vital=True)
    book.flow(["wifi-invites"], ["internet"], "tcp/80 tcp/443 udp/443", "accès des visiteurs")
    book.remark("administration, sauvegardes, journaux, supervision")
    inner = [*_server_zones(built), "dmz", "hyperviseurs", "reseau", "sauvegardes"]
    book.flow(
        ["administration-si"],
        [one for one in inner if one in built.book.sections["zones"]["zones"]],
        "tcp/22 tcp/443 tcp/3389 tcp/5985-5986",
        "administration",
    )
    if _to(built, "bastion"):
        book.flow(["telemaintenance"], _to(built, "bastion"), "tcp/443", "télémaintenance")
    if built.stems.get("sauvegarde"):
        book.flow(
            built.stems["sauvegarde"],
            [*_server_zones(built), "hyperviseurs"],
            "tcp/902 tcp/6162 tcp/49152-65535",
            "sauvegarde",
        )
        book.flow(
            built.stems["sauvegarde"],
            [*built.stems.get("depot", ()), *built.stems.get("nas", ())],
            "tcp/2500-3300",
            "dépôt des sauvegardes",
        )
        vault = _to(built, "coffre")
        if vault:
            book.flow(built.stems["sauvegarde"], vault, "tcp/2500-3300", "coffre du groupe")
    if _to(built, "journaux") and _server_zones(built):
        book.flow([*_server_zones(built), "dmz", "reseau"], _to(built, "journaux"), "tcp/6514 udp/514", "journaux")
    watchers = [one for stem in ("maj", "supervision") for one in built.stems.get(stem, ())]
    if watchers:
        book.flow(
            watchers,
            [*_server_zones(built), *_offices(built), "reseau", "impression"],
            "tcp/135 tcp/445 udp/161 tcp/8530-8531",
            "mises à jour et supervision",
        )
    if built.stems.get("vulns"):
        book.flow(
            built.stems["vulns"], [*_server_zones(built), *_offices(built), "dmz"], "", "recherche de vulnérabilités"
        )
    if built.stems.get("wlc"):
        book.flow(built.stems["ap"], built.stems["wlc"], "udp/5246-5247", "bornes Wi-Fi")
    if built.stems.get("video"):
        book.flow(built.stems["video"], built.stems["cam"], "tcp/554 udp/554", "vidéoprotection")
    if built.stems.get("hv") and built.stems.get("baie"):
        book.flow(built.stems["hv"], built.stems["baie"], "tcp/2049 tcp/3260", "stockage")


def _forbidden(built: Built) -> None:
    book = built.book
    book.remark("interdits")
    devices = [
        name
        for name in _care_zones(built)
        if name not in {"wifi-soins"}
        and not name.startswith(("consult", "hospit", "geront", "resid", "psych", "oncol", "pharm"))
    ]
    book.flow([*devices, "gtb"], ["internet"], "", "aucun dispositif ne parle à Internet", allow=False)
    book.flow(
        ["wifi-invites"], [*_server_zones(built), *_care_zones(built)], "", "les visiteurs restent dehors", allow=False
    )
    book.flow(
        ["telemaintenance"],
        [*built.stems.get("dc", ()), "sauvegardes"],
        "",
        "aucun mainteneur sur l’annuaire ni les sauvegardes",
        allow=False,
    )
    book.flow(["sauvegardes"], ["internet"], "", "les sauvegardes ne sortent que par la réplication", allow=False)
    if built.stems.get("coffre"):
        book.flow([*_care_zones(built), *_offices(built)], ["coffre"], "", "personne ne touche au coffre", allow=False)


def _group_flows(built: Built) -> None:
    """Say what passes between this hospital and the university hospital besides applications."""
    book = built.book
    book.remark("groupe : approbation des annuaires, images, téléexpertise")
    if built.stems.get("dc"):
        book.flow(built.stems["dc"], [f"{SHARER}/dc-01", f"{SHARER}/dc-02"], AD_PORTS, "approbation des annuaires")
    if built.stems.get("passerelle-avc"):
        book.flow(
            built.stems["passerelle-avc"],
            [f"{SHARER}/passerelle-avc-01"],
            "tcp/443 tcp/2762",
            "téléexpertise AVC",
            vital=True,
        )
    if built.stems.get("eai"):
        book.flow(
            built.stems["eai"],
            [f"{SHARER}/eai-01", f"{SHARER}/eai-02"],
            "tcp/2575",
            "messages HL7 du groupe",
            vital=True,
        )
