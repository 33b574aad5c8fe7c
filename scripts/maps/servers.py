"""Servers and applications of invented hospitals as data, by the size of the hospital.

Enters: nothing. Leaves: rows. Counts stand for five sizes: university hospital, large, middle, psychiatric, small (a
retirement home or a hospital of proximity). 0 means that there is none here: the group's own serves.
"""

# ruff: noqa: E501  (data, one a line)
from __future__ import annotations

from typing import NamedTuple

SIZES = ("chu", "large", "middle", "psy", "small")


class Server(NamedTuple):
    """Machines alike: zone, name, how many by size, label, role, system, whether they may be isolated."""

    zone: str
    stem: str
    counts: tuple[int, int, int, int, int]
    label: str
    role: str
    system: str = ""
    isolate: str = ""


class Application(NamedTuple):
    """An application: label, vendor, time to bring it back, tolerated loss, needs, components (`name need stem…`)."""

    code: str
    label: str
    vendor: str
    back: str
    loss: str
    needs: str
    parts: tuple[str, ...]


_WIN, _LIN, _RH = "Windows Server 2022", "Debian 12", "Red Hat 9"

# fmt: off
SERVERS: tuple[Server, ...] = (
    Server("administration-si", "dc", (8, 4, 2, 2, 0), "Contrôleur de domaine", "domain_controller", _WIN, "no"),
    Server("administration-si", "pki", (2, 1, 0, 0, 0), "Autorité de certification", "application", _WIN, "ask"),
    Server("administration-si", "bastion", (4, 2, 1, 1, 0), "Bastion d’administration", "bastion", _LIN),
    Server("administration-si", "pc-admin", (64, 16, 6, 5, 1), "Poste d’administration", "workstation", "Windows 11"),
    Server("administration-si", "edr", (2, 1, 1, 1, 0), "Console de l’EDR", "edr", _LIN),
    Server("administration-si", "journaux", (6, 2, 1, 1, 0), "Collecte des journaux", "log_server", _LIN),
    Server("administration-si", "vulns", (2, 1, 0, 0, 0), "Scanner de vulnérabilités", "vulnerability_scanner", _LIN),
    Server("serveurs", "dhcp", (4, 2, 2, 2, 0), "DHCP", "dhcp", _WIN),
    Server("serveurs", "dns", (4, 0, 0, 0, 0), "Résolveur DNS", "dns", _LIN, "no"),
    Server("serveurs", "ntp", (2, 1, 1, 1, 0), "Heure", "ntp", _LIN),
    Server("serveurs", "fic", (12, 5, 2, 2, 0), "Serveur de fichiers", "file_server", _WIN),
    Server("serveurs", "print", (6, 3, 1, 1, 0), "Serveur d’impression", "print_server", _WIN),
    Server("serveurs", "mail", (6, 0, 0, 0, 0), "Messagerie", "mail", _WIN),
    Server("serveurs", "sync", (2, 1, 1, 1, 0), "Synchronisation avec le cloud", "directory_sync", _WIN),
    Server("serveurs", "maj", (4, 2, 1, 1, 0), "Mises à jour et inventaire", "management", _WIN),
    Server("serveurs", "supervision", (4, 2, 1, 1, 0), "Supervision", "management", _LIN),
    Server("serveurs", "radius", (2, 2, 1, 1, 0), "Contrôle d’accès au réseau", "application", _LIN),
    Server("serveurs", "dictee", (2, 1, 1, 0, 0), "Dictée numérique", "application", _WIN),
    Server("serveurs", "ster-srv", (2, 1, 1, 0, 0), "Traçabilité de la stérilisation", "application", _WIN),
    Server("serveurs", "repas", (2, 1, 1, 1, 0), "Commandes de repas", "application", _WIN),
    Server("serveurs", "brancard", (2, 1, 0, 0, 0), "Régulation du brancardage", "application", _WIN),
    Server("serveurs", "rh", (4, 0, 0, 0, 0), "Paie et temps de travail", "application", _WIN),
    Server("serveurs", "finances", (4, 2, 1, 1, 0), "Gestion économique et financière", "application", _WIN),
    Server("serveurs", "intranet", (4, 1, 1, 1, 0), "Intranet", "web", _LIN),
    Server("serveurs", "appli", (96, 34, 10, 8, 0), "Application métier", "application", _WIN),
    Server("serveurs", "bdd", (24, 8, 2, 2, 0), "Base de données", "database", _LIN),
    Server("serveurs-soins", "dpi-lb", (2, 0, 0, 0, 0), "Répartiteur du DPI", "web", _LIN, "no"),
    Server("serveurs-soins", "dpi-web", (12, 0, 0, 0, 0), "DPI frontal", "web", _RH),
    Server("serveurs-soins", "dpi-bdd", (4, 0, 0, 0, 0), "DPI base de données", "database", _RH, "no"),
    Server("serveurs-soins", "eai", (4, 2, 2, 0, 0), "Bus HL7", "hl7_engine", _LIN, "no"),
    Server("serveurs-soins", "sip", (2, 0, 0, 0, 0), "Identités des patients", "application", _RH, "ask"),
    Server("serveurs-soins", "gap", (4, 2, 1, 1, 0), "Gestion administrative des patients", "application", _WIN),
    Server("serveurs-soins", "agenda", (2, 1, 1, 0, 0), "Rendez-vous", "application", _WIN),
    Server("serveurs-soins", "pharma", (4, 0, 0, 0, 0), "Prescription", "application", _WIN, "ask"),
    Server("serveurs-soins", "armoires", (2, 1, 1, 0, 0), "Armoires sécurisées", "application", _WIN, "ask"),
    Server("serveurs-soins", "chimio", (2, 1, 0, 0, 0), "Préparation des chimiothérapies", "application", _WIN, "ask"),
    Server("serveurs-soins", "rea-srv", (2, 1, 1, 0, 0), "Dossier de réanimation", "application", _WIN, "ask"),
    Server("serveurs-soins", "moncen", (4, 2, 1, 0, 0), "Serveur du monitorage", "application", _WIN, "no"),
    Server("serveurs-soins", "pompes", (2, 1, 1, 0, 0), "Serveur des pompes", "infusion_server", _WIN, "ask"),
    Server("serveurs-soins", "anesthesie", (2, 1, 1, 0, 0), "Dossier d’anesthésie", "application", _WIN, "ask"),
    Server("serveurs-soins", "bloc-srv", (2, 1, 1, 0, 0), "Programme opératoire", "application", _WIN, "ask"),
    Server("serveurs-soins", "obstetrique", (2, 1, 1, 0, 0), "Dossier obstétrical", "application", _WIN, "ask"),
    Server("serveurs-soins", "greffe-srv", (1, 0, 0, 0, 0), "Dossier de transplantation", "application", _WIN, "ask"),
    Server("serveurs-soins", "dialyse-srv", (2, 1, 1, 0, 0), "Dossier de dialyse", "application", _WIN, "ask"),
    Server("serveurs-soins", "rv", (2, 0, 0, 0, 0), "Enregistrement et vérification des traitements", "application", _WIN, "no"),
    Server("serveurs-soins", "dosimetrie", (4, 0, 0, 0, 0), "Planification dosimétrique", "application", _WIN, "ask"),
    Server("serveurs-soins", "samu-srv", (4, 0, 0, 0, 0), "Logiciel de régulation", "application", _RH, "no"),
    Server("serveurs-soins", "psy-srv", (0, 0, 0, 2, 0), "Dossier de psychiatrie", "application", _WIN, "ask"),
    Server("serveurs-soins", "residents", (1, 0, 0, 0, 0), "Dossier des résidents", "web", _LIN, "ask"),
    Server("serveurs-imagerie", "pacs", (4, 2, 1, 0, 0), "PACS", "pacs", _WIN, "no"),
    Server("serveurs-imagerie", "archive", (4, 0, 0, 0, 0), "Archive d’images du groupe", "pacs", _LIN, "no"),
    Server("serveurs-imagerie", "pacs-cache", (4, 2, 1, 1, 0), "Cache d’images", "dicom_router", _LIN, "ask"),
    Server("serveurs-imagerie", "ris", (2, 1, 1, 0, 0), "RIS", "ris", _WIN, "ask"),
    Server("serveurs-imagerie", "dmwl", (2, 1, 1, 0, 0), "Liste de travail DICOM", "worklist", _WIN, "ask"),
    Server("serveurs-imagerie", "reconstruction", (6, 2, 0, 0, 0), "Reconstruction d’images", "application", _WIN, "ask"),
    Server("serveurs-imagerie", "passerelle-avc", (2, 1, 1, 0, 0), "Passerelle de téléexpertise", "gateway", _LIN, "no"),
    Server("serveurs-biologie", "sil", (4, 2, 1, 0, 0), "SIL", "application", _WIN, "ask"),
    Server("serveurs-biologie", "sil-bdd", (2, 1, 1, 0, 0), "SIL base de données", "database", _WIN, "ask"),
    Server("serveurs-biologie", "middleware", (4, 2, 1, 0, 0), "Intergiciel des automates", "application", _WIN, "ask"),
    Server("serveurs-biologie", "resultats", (2, 1, 1, 0, 0), "Serveur de résultats", "application", _WIN, "ask"),
    Server("serveurs-biologie", "sang-srv", (2, 1, 1, 0, 0), "Dépôt de sang", "application", _WIN, "no"),
    Server("serveurs-biologie", "anapath-srv", (2, 0, 0, 0, 0), "Anatomopathologie", "application", _WIN, "ask"),
    Server("serveurs-recherche", "calcul", (40, 0, 0, 0, 0), "Calcul scientifique", "application", _LIN),
    Server("serveurs-recherche", "entrepot", (6, 0, 0, 0, 0), "Entrepôt de données de santé", "database", _LIN),
    Server("dmz", "vpn", (4, 2, 1, 1, 1), "Accès distant", "vpn"),
    Server("dmz", "proxy", (6, 2, 1, 1, 0), "Mandataire web", "proxy", _LIN),
    Server("dmz", "relais", (4, 0, 0, 0, 0), "Relais de messagerie", "mail", _LIN),
    Server("dmz", "portail", (4, 1, 1, 0, 0), "Portail des patients", "web", _LIN),
    Server("dmz", "passerelle-samu", (2, 1, 1, 0, 0), "Passerelle SAMU", "gateway", _LIN, "no"),
    Server("sauvegardes", "sauvegarde", (6, 2, 1, 1, 0), "Serveur de sauvegarde", "backup", _WIN, "ask"),
    Server("sauvegardes", "depot", (4, 2, 1, 1, 0), "Dépôt immuable", "storage", _LIN, "no"),
    Server("sauvegardes", "nas", (4, 2, 1, 1, 1), "NAS des copies", "nas"),
    Server("coffre", "coffre", (3, 0, 0, 0, 0), "Coffre de sauvegarde du groupe", "storage", _LIN, "no"),
    Server("hyperviseurs", "hv", (72, 18, 6, 4, 1), "Hyperviseur", "hypervisor", "", "no"),
    Server("hyperviseurs", "vcentre", (2, 1, 1, 1, 0), "Gestion des hyperviseurs", "management", "", "ask"),
    Server("hyperviseurs", "baie", (8, 2, 2, 1, 0), "Baie de stockage", "storage", "", "no"),
    Server("reseau", "sw-coeur", (6, 4, 2, 2, 2), "Cœur de réseau", "switch", "", "no"),
    Server("reseau", "sw-acces", (320, 110, 34, 30, 3), "Commutateur d’accès", "switch", "", "no"),
    Server("reseau", "fw", (6, 4, 2, 2, 2), "Pare-feu", "firewall", "", "no"),
    Server("reseau", "wlc", (6, 2, 2, 2, 0), "Contrôleur Wi-Fi", "wifi_controller", "", "ask"),
    Server("reseau", "ap", (820, 260, 60, 50, 6), "Borne Wi-Fi", "access_point", "", "ask"),
    Server("telephonie", "ipbx", (6, 2, 2, 2, 1), "Autocommutateur", "phone_server", "", "no"),
    Server("telephonie", "appel-malade", (6, 2, 1, 1, 1), "Appel malade", "application", "Windows 10 IoT", "no"),
    Server("telephonie", "tel", (640, 330, 110, 90, 20), "Poste téléphonique", "phone", "", "ask"),
    Server("gtb", "gtb", (6, 3, 2, 1, 1), "Supervision du bâtiment", "building_control", "Windows 10 LTSC", "ask"),
    Server("gtb", "cta", (220, 60, 18, 6, 3), "Automate de traitement d’air", "building_control", "", "no"),
    Server("gtb", "onduleur", (70, 20, 6, 4, 1), "Onduleur", "ups", "", "no"),
    Server("video-badges", "video", (6, 2, 1, 1, 0), "Enregistreur vidéo", "camera"),
    Server("video-badges", "badges", (4, 2, 1, 1, 0), "Contrôle d’accès", "badge_reader", _WIN),
    Server("video-badges", "cam", (260, 110, 30, 50, 6), "Caméra", "camera"),
    Server("impression", "impr", (800, 330, 90, 60, 8), "Imprimante", "printer"),
    Server("bureaux", "borne", (60, 14, 4, 2, 0), "Borne d’accueil", "kiosk", "Windows 10 IoT"),
    Server("bureaux", "caisse", (30, 8, 2, 1, 0), "Caisse", "cash_desk", "Windows 10 IoT"),
    Server("multimedia", "tv", (300, 180, 0, 0, 0), "Écran de chambre", "smart_tv"),
    Server("wifi-soins", "chariot", (620, 190, 50, 20, 6), "Chariot de soins", "trolley", "Windows 11 IoT"),
    Server("wifi-soins", "tablette", (480, 120, 30, 40, 14), "Tablette de soins", "tablet", "Android 14"),
)
# fmt: on

# fmt: off
APPLICATIONS: tuple[Application, ...] = (
    Application("reseau", "Réseau et pare-feu", "", "2 h", "", "", ("coeur 0.5 sw-coeur", "pare-feu 0.5 fw")),
    Application("virtualisation", "Virtualisation et stockage", "", "8 h", "", "reseau", ("hyperviseurs 0.75 hv", "stockage 0.5 baie")),
    Application("annuaire", "Active Directory, DNS, DHCP", "", "4 h", "1 h", "virtualisation", ("controleurs 0.25 dc", "adresses 0.5 dhcp")),
    Application("eai", "Bus d’échanges HL7", "interlien", "4 h", "15 min", "annuaire virtualisation", ("moteur 0.5 eai", "compte 1 @svc-eai")),
    Application("identite", "Serveur d’identités des patients", "interlien", "4 h", "15 min", "eai virtualisation", ("serveur 0.5 sip",)),
    Application("dossier-patient", "Dossier patient informatisé (DPI)", "soluvie", "4 h", "15 min", "annuaire virtualisation eai identite", ("repartiteurs 0.5 dpi-lb", "frontaux 0.6 dpi-web", "base 0.5 dpi-bdd", "compte 1 @svc-dpi")),
    Application("prescription", "Prescription et circuit du médicament", "soluvie", "4 h", "15 min", "dossier-patient", ("serveur 0.5 pharma",)),
    Application("armoires", "Armoires sécurisées", "pharmatique", "8 h", "", "prescription", ("serveur 0.5 armoires",)),
    Application("chimio", "Préparation des chimiothérapies", "pharmatique", "4 h", "1 h", "annuaire virtualisation", ("serveur 0.5 chimio",)),
    Application("sil", "Système d’information du laboratoire", "labologic", "2 h", "15 min", "annuaire virtualisation eai", ("serveur 0.5 sil", "base 0.5 sil-bdd")),
    Application("automates", "Intergiciel des automates", "labologic", "2 h", "", "sil", ("serveur 0.5 middleware",)),
    Application("resultats", "Serveur de résultats", "labologic", "2 h", "15 min", "sil eai", ("serveur 0.5 resultats",)),
    Application("depot-sang", "Traçabilité du sang", "labologic", "2 h", "15 min", "annuaire virtualisation", ("serveur 0.5 sang-srv",)),
    Application("anapath", "Anatomopathologie", "labologic", "8 h", "1 h", "annuaire virtualisation eai", ("serveur 0.5 anapath-srv",)),
    Application("ris", "Système d’information de radiologie", "radiora", "4 h", "1 h", "annuaire virtualisation eai", ("serveur 0.5 ris", "liste-de-travail 0.5 dmwl")),
    Application("pacs", "Archivage et lecture des images", "radiora", "4 h", "1 h", "reseau", ("pacs 0.5 pacs", "cache 0.5 pacs-cache")),
    Application("archive-images", "Archive d’images du groupe", "radiora", "8 h", "4 h", "reseau virtualisation", ("archive 0.5 archive",)),
    Application("dictee", "Dictée numérique", "", "24 h", "", "annuaire virtualisation", ("serveur 0.5 dictee",)),
    Application("teleexpertise", "Téléexpertise AVC", "radiora", "1 h", "", "reseau", ("passerelle 0.5 passerelle-avc",)),
    Application("regulation", "Logiciel de régulation du SAMU", "soluvie", "15 min", "5 min", "reseau virtualisation", ("serveur 0.5 samu-srv",)),
    Application("lien-samu", "Lien avec le SAMU", "", "1 h", "", "reseau", ("passerelle 0.5 passerelle-samu",)),
    Application("monitorage", "Monitorage central", "vitalys", "30 min", "", "reseau", ("serveur 0.5 moncen",)),
    Application("dossier-rea", "Dossier de réanimation", "vitalys", "2 h", "15 min", "annuaire virtualisation monitorage", ("serveur 0.5 rea-srv",)),
    Application("pompes", "Serveur des pompes à perfusion", "vitalys", "8 h", "", "reseau virtualisation", ("serveur 0.5 pompes",)),
    Application("anesthesie", "Dossier d’anesthésie", "vitalys", "3 h", "30 min", "annuaire virtualisation", ("serveur 0.5 anesthesie",)),
    Application("programme-bloc", "Programme opératoire", "soluvie", "4 h", "30 min", "annuaire virtualisation", ("serveur 0.5 bloc-srv",)),
    Application("dossier-obstetrical", "Dossier obstétrical", "soluvie", "4 h", "30 min", "annuaire virtualisation identite", ("serveur 0.5 obstetrique",)),
    Application("greffe", "Dossier de transplantation", "soluvie", "4 h", "1 h", "annuaire virtualisation", ("serveur 1 greffe-srv",)),
    Application("dialyse-dossier", "Dossier de dialyse", "soluvie", "4 h", "1 h", "annuaire virtualisation", ("serveur 0.5 dialyse-srv",)),
    Application("radiotherapie-rv", "Radiothérapie : enregistrement et vérification", "linax", "2 h", "15 min", "annuaire virtualisation", ("serveur 0.5 rv", "dosimetrie 0.5 dosimetrie")),
    Application("sterilisation-trace", "Traçabilité de la stérilisation", "", "8 h", "4 h", "annuaire virtualisation", ("serveur 0.5 ster-srv",)),
    Application("telephonie", "Téléphonie et appel malade", "telavox", "2 h", "", "reseau", ("autocommutateurs 0.5 ipbx", "appel-malade 0.7 appel-malade")),
    Application("fluides-air", "Traitement d’air et fluides (GTB)", "climatis", "2 h", "", "reseau", ("supervision 0.5 gtb", "automates 0.9 cta")),
    Application("gap", "Gestion administrative des patients", "soluvie", "8 h", "1 h", "annuaire virtualisation identite", ("serveur 0.5 gap",)),
    Application("facturation", "Gestion économique et facturation", "soluvie", "24 h", "4 h", "annuaire virtualisation", ("serveur 0.5 finances",)),
    Application("rendez-vous", "Agenda des rendez-vous", "soluvie", "8 h", "4 h", "gap", ("serveur 0.5 agenda",)),
    Application("restauration", "Commandes de repas", "", "24 h", "", "annuaire virtualisation", ("serveur 0.5 repas",)),
    Application("brancardage", "Régulation du brancardage", "", "8 h", "", "annuaire virtualisation", ("serveur 0.5 brancard",)),
    Application("messagerie", "Messagerie et MSSanté", "", "8 h", "1 h", "annuaire virtualisation", ("serveur 0.5 mail", "relais 0.5 relais")),
    Application("fichiers", "Partages de fichiers et impression", "", "8 h", "4 h", "annuaire virtualisation", ("fichiers 0.9 fic", "impression 0.5 print")),
    Application("rh-paie", "Paie et temps de travail", "soluvie", "72 h", "24 h", "annuaire virtualisation", ("serveur 0.5 rh",)),
    Application("recherche", "Recherche et entrepôt de données", "", "120 h", "24 h", "annuaire virtualisation", ("calcul 0.3 calcul", "entrepot 0.5 entrepot")),
    Application("dossier-psy", "Dossier de psychiatrie", "soluvie", "8 h", "1 h", "annuaire virtualisation", ("serveur 0.5 psy-srv",)),
    Application("dossier-residents", "Dossier des résidents", "soluvie", "24 h", "4 h", "annuaire virtualisation", ("serveur 1 residents",)),
    Application("wifi", "Wi-Fi", "", "4 h", "", "reseau", ("controleurs 0.5 wlc", "bornes 0.8 ap")),
)
# fmt: on

# fmt: off
VENDORS: tuple[tuple[str, str, str, tuple[str, ...], tuple[str, ...], str], ...] = (
    # name, label, contact, windows, stems of targets, ports
    ("radiora", "Radiora (imagerie)", "astreinte 24 h", ("mon-fri 08:00-19:00", "sat 09:00-12:00"), ("pacs", "archive", "ris", "dmwl"), "tcp/3389 tcp/443"),
    ("soluvie", "Soluvie (dossier patient)", "astreinte 24 h", ("mon-fri 07:00-20:00", "sun 02:00-05:00"), ("dpi-web", "dpi-bdd", "pharma", "gap", "agenda", "samu-srv", "psy-srv", "residents"), "tcp/22 tcp/3389"),
    ("labologic", "Labologic (laboratoire)", "heures ouvrées", ("mon-fri 08:00-18:00",), ("sil", "sil-bdd", "middleware", "resultats", "sang-srv", "anapath-srv"), "tcp/3389"),
    ("interlien", "Interlien (échanges)", "heures ouvrées", ("mon-fri 08:00-18:00",), ("eai", "sip"), "tcp/22"),
    ("pharmatique", "Pharmatique (armoires et robots)", "heures ouvrées", ("mon-fri 08:00-18:00",), ("armoires", "chimio"), "tcp/443"),
    ("vitalys", "Vitalys (monitorage)", "astreinte 24 h", ("mon-sun 00:00-24:00",), ("moncen", "rea-srv", "pompes", "anesthesie"), "tcp/443"),
    ("linax", "Linax (radiothérapie)", "astreinte 24 h", ("mon-sat 06:00-22:00",), ("rv", "dosimetrie"), "tcp/3389"),
    ("telavox", "Telavox (téléphonie)", "astreinte 24 h", ("mon-fri 08:00-18:00",), ("ipbx", "appel-malade"), "tcp/22 tcp/443"),
    ("climatis", "Climatis (bâtiment)", "heures ouvrées", ("mon-fri 08:00-17:00",), ("gtb",), "tcp/3389"),
)
# fmt: on
