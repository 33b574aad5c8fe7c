"""Care units of invented hospitals as data: what they are called, how urgent they are, what stands in them.

A unit: code, label, class, zone, workstations, devices (`kind:count`), needs (names of `NEEDS`), tolerated downtime,
autonomy, and whether it works by day only. `NEEDS` says how long and by what work goes on without an application.
"""

# ruff: noqa: E501  (data, one a line)
from __future__ import annotations

from typing import NamedTuple


class Unit(NamedTuple):
    """One care unit or technical platform."""

    code: str
    label: str
    life: str
    zone: str
    desks: int
    devices: str
    needs: str
    downtime: str
    autonomy: str
    kind: str = "care"
    by_day: bool = False
    diversion: str = ""


# fmt: off
DEVICES: dict[str, tuple[str, str, dict[str, str]]] = {
    # kind: role, label, other keys
    "mon": ("monitor", "Moniteur multiparamétrique", {"maker": "Vitalys", "model": "Vigie 12", "emdn": "Z1203", "may_isolate": "no"}),
    "cen": ("monitoring_station", "Centrale de surveillance", {"maker": "Vitalys", "model": "Phare", "emdn": "Z1203", "system": "Windows 10 LTSC", "may_isolate": "no"}),
    "pon": ("gateway", "Passerelle HL7 des moniteurs", {"maker": "Vitalys", "model": "Pont", "system": "Windows 10 LTSC", "may_isolate": "no"}),
    "resp": ("ventilator", "Respirateur", {"maker": "Pneumia", "model": "Souffle V", "emdn": "Z1203", "may_isolate": "no"}),
    "pompe": ("medical_device", "Station de pompes", {"maker": "Vitalys", "model": "Perfo 6", "emdn": "Z120303", "may_isolate": "no"}),
    "anest": ("medical_device", "Station d’anesthésie", {"maker": "Pneumia", "model": "Narcia", "emdn": "Z1203010101", "may_isolate": "no"}),
    "arceau": ("modality", "Arceau de bloc", {"maker": "Radiora", "model": "Arko", "emdn": "Z1103", "may_isolate": "no"}),
    "ct": ("modality", "Scanner", {"maker": "Radiora", "model": "Spira 128", "emdn": "Z110306", "system": "Windows 10 LTSC", "may_isolate": "ask"}),
    "irm": ("modality", "IRM", {"maker": "Magnesia", "model": "Onda 3T", "emdn": "Z110501", "system": "Windows 10 LTSC"}),
    "dx": ("modality", "Salle de radiologie", {"maker": "Radiora", "model": "Clarix DR", "emdn": "Z1103", "system": "Windows 10 LTSC"}),
    "us": ("modality", "Échographe", {"maker": "Sonavia", "model": "S7", "emdn": "Z1104", "system": "Windows 10 LTSC"}),
    "mg": ("modality", "Mammographe", {"maker": "Senolux", "model": "M3", "emdn": "Z11030202", "system": "Windows 7"}),
    "angio": ("modality", "Salle d’angiographie", {"maker": "Coronis", "model": "Arc 2", "emdn": "Z1103", "system": "Windows 10 LTSC", "may_isolate": "no"}),
    "tep": ("modality", "TEP-scanner", {"maker": "Isotopia", "model": "Lumen", "emdn": "Z1103", "system": "Windows 10 LTSC"}),
    "gamma": ("modality", "Gamma-caméra", {"maker": "Isotopia", "model": "Spectra", "emdn": "Z1103", "system": "Windows 7"}),
    "endo": ("modality", "Colonne d’endoscopie", {"maker": "Endovue", "model": "E4", "emdn": "Z1202", "system": "Windows 10 LTSC"}),
    "acc": ("medical_device", "Accélérateur de radiothérapie", {"maker": "Linax", "model": "Rayon 6", "emdn": "Z1101", "system": "Windows 10 LTSC", "may_isolate": "no"}),
    "dial": ("medical_device", "Générateur de dialyse", {"maker": "Dialux", "model": "D500", "emdn": "Z1209", "may_isolate": "no"}),
    "couv": ("medical_device", "Incubateur", {"maker": "Neonis", "model": "Nid 3", "emdn": "Z1205", "may_isolate": "no"}),
    "cec": ("medical_device", "Circulation extracorporelle", {"maker": "Pneumia", "model": "Cora", "emdn": "Z1206", "may_isolate": "no"}),
    "ctg": ("monitor", "Cardiotocographe", {"maker": "Vitalys", "model": "Tocofil", "emdn": "Z1203", "may_isolate": "no"}),
    "ecg": ("medical_device", "Électrocardiographe", {"maker": "Cardion", "model": "Trace 12", "emdn": "Z1203"}),
    "eeg": ("medical_device", "Électroencéphalographe", {"maker": "Cardion", "model": "Onde 32", "emdn": "Z1203", "system": "Windows 10 LTSC"}),
    "gds": ("analyser", "Gaz du sang délocalisés", {"maker": "Analytix", "model": "Gazo", "emdn": "W02"}),
    "glu": ("analyser", "Station de lecteurs de glycémie", {"maker": "Analytix", "model": "Sucra", "emdn": "W02"}),
    "bioch": ("analyser", "Automate de biochimie", {"maker": "Analytix", "model": "Chem 800", "emdn": "W02", "system": "Windows 10 LTSC"}),
    "hemato": ("analyser", "Automate d’hématologie", {"maker": "Analytix", "model": "Hema 5", "emdn": "W02", "system": "Windows 7"}),
    "hemost": ("analyser", "Automate d’hémostase", {"maker": "Analytix", "model": "Coag 2", "emdn": "W02", "system": "Windows 7"}),
    "micro": ("analyser", "Automate de microbiologie", {"maker": "Analytix", "model": "Germa", "emdn": "W02", "system": "Windows 10 LTSC"}),
    "immuno": ("analyser", "Automate d’immunologie", {"maker": "Analytix", "model": "Immo 3", "emdn": "W02", "system": "Windows 10 LTSC"}),
    "pcr": ("analyser", "Automate de biologie moléculaire", {"maker": "Analytix", "model": "Brin", "emdn": "W02", "system": "Windows 10 LTSC"}),
    "lame": ("modality", "Scanner de lames", {"maker": "Endovue", "model": "Lame 40", "emdn": "W02", "system": "Windows 10 LTSC"}),
    "frigo": ("medical_device", "Réfrigérateur de produits sanguins", {"maker": "Frigesta", "model": "H200", "may_isolate": "no"}),
    "arm": ("medication_cabinet", "Armoire sécurisée", {"maker": "Pharmatique", "model": "Coffra", "system": "Windows 10 IoT"}),
    "robot": ("medical_device", "Robot de dispensation", {"maker": "Pharmatique", "model": "Dispa", "system": "Windows 10 LTSC"}),
    "clave": ("medical_device", "Autoclave", {"maker": "Vaporis", "model": "A12"}),
}
# fmt: on

TITLES = ("ct", "irm", "dx", "us", "mg", "angio", "tep", "gamma", "endo", "arceau", "lame")
"""Kinds that talk DICOM."""

NEEDS: dict[str, tuple[str, str]] = {
    "annuaire": ("4 h", "comptes de secours sous enveloppe"),
    "reseau": ("1 h", "poste de secours hors réseau"),
    "telephonie": ("1 h", "GSM de secours"),
    "dossier-patient": ("4 h", "plans de soins imprimés chaque nuit"),
    "identite": ("4 h", "étiquettes manuelles"),
    "prescription": ("6 h", "ordonnances papier"),
    "resultats": ("2 h", "résultats par téléphone"),
    "pacs": ("1 h", "lecture sur la console"),
    "ris": ("4 h", "bons papier"),
    "dictee": ("8 h", "compte rendu manuscrit"),
    "regulation": ("30 min", "cartes et tableau de régulation papier"),
    "lien-samu": ("30 min", "téléphone rouge"),
    "monitorage": ("15 min", "surveillance au lit du patient"),
    "dossier-rea": ("2 h", "pancarte papier"),
    "pompes": ("6 h", "programmation manuelle"),
    "anesthesie": ("3 h", "feuille d’anesthésie papier"),
    "programme-bloc": ("4 h", "programme imprimé la veille"),
    "sterilisation-trace": ("8 h", "boîtes d’avance"),
    "depot-sang": ("1 h", "commande par téléphone à l’EFS"),
    "dossier-obstetrical": ("4 h", "partogramme papier"),
    "teleexpertise": ("15 min", "transfert direct"),
    "greffe": ("2 h", "appel de l’Agence de la biomédecine"),
    "dialyse-dossier": ("6 h", "feuilles de séance papier"),
    "radiotherapie-rv": ("30 min", "report des séances"),
    "chimio": ("4 h", "fiches de fabrication papier"),
    "sil": ("2 h", "paillasse papier"),
    "automates": ("2 h", "saisie manuelle"),
    "anapath": ("8 h", "registre papier"),
    "armoires": ("8 h", "ouverture mécanique et relevé"),
    "rendez-vous": ("8 h", "liste imprimée la veille"),
    "restauration": ("12 h", "menus uniques"),
    "fluides-air": ("30 min", "bouteilles et groupes autonomes"),
    "brancardage": ("4 h", "appels par téléphone"),
    "gap": ("8 h", "fiches papier"),
    "facturation": ("48 h", "saisie différée"),
    "rh-paie": ("72 h", "paie du mois précédent"),
    "messagerie": ("24 h", "téléphone"),
    "fichiers": ("24 h", "copies locales"),
    "recherche": ("72 h", "cahier papier"),
    "dossier-psy": ("8 h", "dossier papier"),
    "dossier-residents": ("12 h", "plans de soins imprimés"),
}

BASE = "annuaire reseau telephonie dossier-patient"
BED = f"{BASE} prescription resultats"
ICU = f"{BED} monitorage dossier-rea pompes fluides-air"
THEATRE = "annuaire reseau telephonie anesthesie programme-bloc pacs depot-sang sterilisation-trace fluides-air"
IMAGING = "annuaire reseau telephonie ris pacs dictee"

# fmt: off
CHU: tuple[Unit, ...] = (
    Unit("samu", "SAMU – centre de réception et de régulation des appels", "A", "samu", 46, "", "annuaire reseau telephonie regulation lien-samu", "5 min", "1 h", diversion="SAMU du département voisin"),
    Unit("urg", "Urgences adultes et SMUR", "A", "urgences", 96, "mon:44 us:6 gds:2 dx:2 ct:1 ecg:10 arm:4", f"{BED} identite pacs lien-samu depot-sang", "30 min", "4 h", diversion="CH de Sainte-Orlande"),
    Unit("urgped", "Urgences pédiatriques", "A", "urgences-enfants", 38, "mon:16 us:2 gds:1 ecg:3", f"{BED} identite pacs lien-samu", "30 min", "4 h", diversion="CH de Sainte-Orlande"),
    Unit("reapol", "Réanimation polyvalente (24 lits)", "A", "reanimation", 36, "mon:28 cen:2 pon:1 resp:26 pompe:30 gds:2 us:3", ICU, "15 min", "2 h", diversion="CH de Sainte-Orlande"),
    Unit("reachir", "Réanimation chirurgicale et transplantation (18 lits)", "A", "reanimation", 28, "mon:20 cen:2 resp:20 pompe:22 gds:1 us:2", f"{ICU} greffe", "15 min", "2 h"),
    Unit("brules", "Centre des grands brûlés (8 lits)", "A", "reanimation", 12, "mon:9 cen:1 resp:9 pompe:10", ICU, "15 min", "2 h", diversion="CHU voisin"),
    Unit("reaneuro", "Réanimation neurologique (16 lits)", "A", "reanimation-sud", 24, "mon:18 cen:2 pon:1 resp:18 pompe:20 eeg:4 gds:1", f"{ICU} pacs", "15 min", "2 h"),
    Unit("usic", "Soins intensifs de cardiologie (20 lits)", "A", "reanimation-sud", 26, "mon:24 cen:2 resp:6 pompe:20 us:4 ecg:6", ICU, "15 min", "2 h"),
    Unit("reacard", "Réanimation de chirurgie cardiaque (14 lits)", "A", "reanimation-sud", 20, "mon:16 cen:2 resp:16 pompe:18 gds:1 cec:4", ICU, "15 min", "1 h"),
    Unit("neonat", "Réanimation néonatale (24 berceaux)", "A", "neonatalogie", 34, "mon:28 cen:2 pon:1 resp:22 pompe:30 couv:30 gds:2 us:2", ICU, "15 min", "1 h", diversion="CHU voisin"),
    Unit("reaped", "Réanimation pédiatrique (12 lits)", "A", "neonatalogie", 18, "mon:14 cen:1 resp:14 pompe:16 gds:1", ICU, "15 min", "2 h", diversion="CHU voisin"),
    Unit("bloc", "Blocs opératoires de l’hôpital central (24 salles)", "A", "blocs", 72, "anest:26 mon:30 arceau:8 endo:6 resp:4 gds:2", THEATRE, "30 min", "3 h", diversion="CH de Sainte-Orlande"),
    Unit("ambu", "Chirurgie ambulatoire (8 salles)", "B", "blocs", 34, "anest:8 mon:16", THEATRE, "2 h", "4 h", by_day=True),
    Unit("blocsud", "Blocs de neurochirurgie et de chirurgie cardiaque (12 salles)", "A", "blocs-sud", 44, "anest:13 mon:16 arceau:6 cec:4 gds:2 us:2", f"{THEATRE} dossier-patient", "15 min", "2 h"),
    Unit("blocme", "Blocs obstétricaux et pédiatriques (10 salles)", "A", "blocs-mere-enfant", 34, "anest:10 mon:14 arceau:2 endo:2", THEATRE, "15 min", "2 h"),
    Unit("mat", "Maternité de niveau III", "A", "maternite", 62, "ctg:26 us:8 mon:8 gds:1", f"{BED} dossier-obstetrical identite depot-sang", "30 min", "4 h", diversion="CHU voisin"),
    Unit("avc", "Unité neurovasculaire et filière AVC", "A", "neurovasculaire", 30, "mon:24 cen:1 us:2 ct:1 irm:1", f"{BED} pacs teleexpertise monitorage", "15 min", "15 min"),
    Unit("neurochir", "Neurochirurgie", "A", "neurovasculaire", 38, "mon:12 eeg:6", f"{BED} pacs", "1 h", "4 h"),
    Unit("greffe", "Coordination et unités de transplantation", "A", "transplantation", 36, "mon:14 pompe:16", f"{BED} greffe depot-sang", "1 h", "4 h"),
    Unit("hemgreffe", "Greffe de moelle, secteur stérile", "A", "transplantation", 22, "mon:16 pompe:20", f"{BED} chimio fluides-air depot-sang", "1 h", "4 h"),
    Unit("dialyse", "Dialyse et néphrologie", "A", "dialyse", 40, "dial:48 mon:8", f"{BED} dialyse-dossier", "2 h", "6 h", diversion="centre de dialyse associatif"),
    Unit("coro", "Cardiologie et neuroradiologie interventionnelles", "A", "imagerie-sud", 24, "angio:7 mon:10 us:3 ecg:4", f"{IMAGING} dossier-patient depot-sang", "15 min", "30 min"),
    Unit("imgurg", "Imagerie des urgences", "A", "imagerie", 20, "ct:2 dx:4 us:3 irm:1", f"{IMAGING} dossier-patient", "30 min", "1 h", "platform"),
    Unit("imgcen", "Imagerie centrale", "B", "imagerie", 58, "ct:4 irm:4 dx:10 us:12 mg:2 angio:3", IMAGING, "2 h", "4 h", "platform"),
    Unit("imgsud", "Imagerie neurologique et cardiaque", "B", "imagerie-sud", 36, "ct:3 irm:4 dx:4 us:8", IMAGING, "2 h", "4 h", "platform"),
    Unit("imgme", "Imagerie de la femme et de l’enfant", "B", "imagerie-mere-enfant", 26, "ct:1 irm:2 dx:4 us:10 mg:3", IMAGING, "2 h", "4 h", "platform"),
    Unit("nuc", "Médecine nucléaire", "B", "medecine-nucleaire", 24, "tep:3 gamma:4", IMAGING, "4 h", "8 h", "platform", by_day=True),
    Unit("rt", "Radiothérapie", "B", "radiotherapie", 34, "acc:6 ct:1", "annuaire reseau radiotherapie-rv dossier-patient pacs telephonie", "2 h", "24 h", by_day=True, diversion="centre de lutte contre le cancer"),
    Unit("hdjonco", "Hôpital de jour d’oncologie et d’hématologie", "B", "oncologie", 44, "pompe:40", f"{BED} chimio rendez-vous", "4 h", "4 h", by_day=True),
    Unit("onco", "Oncologie médicale", "B", "oncologie", 36, "pompe:30 mon:4", f"{BED} chimio", "4 h", "8 h"),
    Unit("bio", "Biologie d’urgence et automatisée", "A", "laboratoire", 62, "bioch:10 hemato:6 hemost:6 immuno:6 gds:2 glu:12", "annuaire reseau telephonie sil automates", "1 h", "2 h", "platform"),
    Unit("biospe", "Biologie spécialisée : microbiologie, virologie, génétique", "B", "laboratoire", 70, "micro:10 pcr:14 immuno:8 bioch:4", "annuaire reseau telephonie sil automates", "4 h", "8 h", "platform"),
    Unit("anapath", "Anatomie et cytologie pathologiques", "B", "laboratoire", 34, "lame:4", "annuaire reseau anapath dictee", "8 h", "24 h", "platform", by_day=True),
    Unit("sang", "Dépôt de sang et distribution", "A", "laboratoire", 10, "frigo:10", "annuaire reseau depot-sang telephonie", "30 min", "1 h", "platform"),
    Unit("pui", "Pharmacie à usage intérieur", "B", "pharmacie", 54, "arm:60 robot:4", "annuaire reseau prescription armoires telephonie", "4 h", "8 h", "platform"),
    Unit("upco", "Préparation des chimiothérapies", "B", "pharmacie", 14, "robot:2", "annuaire reseau chimio prescription", "4 h", "4 h", "platform", by_day=True),
    Unit("ster", "Stérilisation centrale", "B", "sterilisation", 22, "clave:14", "annuaire reseau sterilisation-trace", "4 h", "8 h", "platform"),
    Unit("medint", "Médecine interne et maladies infectieuses", "B", "hospitalisation", 66, "mon:6 pompe:16", f"{BED} restauration", "4 h", "12 h"),
    Unit("pneumo", "Pneumologie", "B", "hospitalisation", 54, "mon:12 resp:8 pompe:10", f"{BED} restauration", "4 h", "12 h"),
    Unit("gastro", "Hépato-gastro-entérologie", "B", "hospitalisation", 54, "mon:6 endo:6 pompe:10", f"{BED} restauration", "4 h", "12 h"),
    Unit("endocrino", "Endocrinologie, diabétologie, nutrition", "B", "hospitalisation", 42, "glu:4 pompe:6", f"{BED} restauration", "4 h", "12 h"),
    Unit("rhumato", "Rhumatologie et dermatologie", "B", "hospitalisation", 46, "pompe:8", f"{BED} restauration", "4 h", "12 h"),
    Unit("chirdig", "Chirurgie digestive", "B", "hospitalisation", 60, "mon:8 pompe:16", f"{BED} pacs restauration", "4 h", "12 h"),
    Unit("ortho", "Orthopédie et traumatologie", "B", "hospitalisation", 60, "mon:4 pompe:12", f"{BED} pacs restauration", "4 h", "12 h"),
    Unit("uro", "Urologie", "B", "hospitalisation", 40, "mon:4 pompe:8 us:2", f"{BED} pacs restauration", "4 h", "12 h"),
    Unit("orl", "ORL, ophtalmologie, maxillo-faciale", "B", "hospitalisation", 58, "mon:4 us:2 endo:4", f"{BED} restauration", "4 h", "12 h"),
    Unit("cardio", "Cardiologie", "B", "hospitalisation-sud", 60, "mon:20 us:8 ecg:12 pompe:12", f"{BED} pacs restauration", "2 h", "8 h"),
    Unit("chircard", "Chirurgie cardiaque et vasculaire", "B", "hospitalisation-sud", 48, "mon:16 pompe:14", f"{BED} pacs restauration", "2 h", "8 h"),
    Unit("neuro", "Neurologie", "B", "hospitalisation-sud", 58, "eeg:8 mon:8", f"{BED} pacs restauration", "4 h", "12 h"),
    Unit("ped", "Pédiatrie", "B", "hospitalisation-enfants", 64, "mon:18 pompe:18", f"{BED} restauration", "2 h", "8 h"),
    Unit("chirped", "Chirurgie pédiatrique", "B", "hospitalisation-enfants", 38, "mon:8 pompe:8", f"{BED} restauration", "4 h", "12 h"),
    Unit("gyneco", "Gynécologie et médecine de la reproduction", "B", "hospitalisation-enfants", 46, "us:8 mon:2", f"{BED} restauration", "4 h", "12 h"),
    Unit("geriaigue", "Gériatrie aiguë", "B", "gerontologie", 52, "mon:6 pompe:6", f"{BED} restauration", "4 h", "12 h"),
    Unit("ssr", "Soins médicaux et de réadaptation", "C", "gerontologie", 64, "ecg:2", f"{BED} restauration", "8 h", "24 h"),
    Unit("usld", "Soins de longue durée", "C", "gerontologie", 40, "", f"{BED} restauration", "8 h", "24 h"),
    Unit("psy", "Psychiatrie et addictologie", "C", "psychiatrie", 60, "", f"{BED} restauration", "8 h", "24 h"),
    Unit("expl", "Explorations fonctionnelles", "C", "consultations", 40, "ecg:10 eeg:6 us:4", f"{BASE} rendez-vous resultats", "8 h", "8 h", by_day=True),
    Unit("conscen", "Consultations de l’hôpital central", "C", "consultations", 150, "us:8 ecg:6", f"{BASE} rendez-vous", "8 h", "8 h", by_day=True),
    Unit("conssud", "Consultations de l’hôpital sud", "C", "consultations-sud", 84, "us:6 ecg:8", f"{BASE} rendez-vous", "8 h", "8 h", by_day=True),
    Unit("consme", "Consultations de la femme et de l’enfant", "C", "consultations-enfants", 78, "us:10", f"{BASE} rendez-vous", "8 h", "8 h", by_day=True),
)
# fmt: on

# fmt: off
OFFICES: tuple[Unit, ...] = (
    Unit("adm", "Admissions et facturation", "C", "bureaux", 190, "", "annuaire reseau gap identite facturation", "8 h", "24 h", "administrative"),
    Unit("rh", "Ressources humaines et paie", "D", "bureaux", 120, "", "annuaire reseau rh-paie messagerie fichiers", "5 d", "5 d", "administrative"),
    Unit("dir", "Direction, finances, achats, qualité, DIM", "D", "bureaux", 310, "", "annuaire reseau messagerie fichiers facturation", "5 d", "5 d", "administrative"),
    Unit("sec", "Secrétariats médicaux", "C", "bureaux", 420, "", f"{BASE} dictee rendez-vous messagerie", "8 h", "24 h", "administrative"),
    Unit("tech", "Services techniques, biomédical et logistique", "C", "bureaux", 160, "", "annuaire reseau messagerie fluides-air brancardage restauration", "8 h", "12 h", "administrative"),
    Unit("rech", "Recherche clinique et plateformes", "D", "recherche", 380, "", "annuaire reseau messagerie recherche", "5 d", "5 d", "administrative"),
    Unit("fac", "Enseignement : faculté, instituts, internat", "D", "enseignement", 560, "", "reseau messagerie", "5 d", "5 d", "administrative"),
)
# fmt: on
