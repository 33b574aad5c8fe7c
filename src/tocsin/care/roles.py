"""Say what a machine does from the words that inventories use for it, in French and English.

Enters: free text (a type, a role, a description). Leaves: a role of the schema, or nothing. Pure.
"""

from __future__ import annotations

from tocsin.care.schema import ROLES
from tocsin.care.words import word

_WORDS = {
    "domain_controller": "dc ad active_directory controleur_de_domaine annuaire",
    "workstation": "pc poste poste_de_travail desktop laptop portable client station",
    "printer": "imprimante mfp copieur",
    "switch": "commutateur",
    "firewall": "pare_feu parefeu",
    "network": "routeur router reseau",
    "access_point": "borne borne_wifi ap wifi_terminal wireless",
    "hypervisor": "hyperviseur esxi hyper_v proxmox",
    "storage": "baie stockage san",
    "backup": "sauvegarde",
    "file_server": "serveur_de_fichiers fichiers partage",
    "database": "base_de_donnees sgbd db bdd sql",
    "application": "serveur server appli applicatif app",
    "web": "serveur_web frontal",
    "mail": "messagerie exchange smtp",
    "pacs": "archivage_images",
    "modality": "modalite scanner ct irm mri mr radiologie echographe mammographe us dx",
    "analyser": "automate analyzer analyseur",
    "monitor": "moniteur scope",
    "ventilator": "respirateur ventilateur",
    "medical_device": "biomedical dispositif_medical medical biomed",
    "phone": "telephone ip_phone",
    "phone_server": "autocommutateur ipbx pbx",
    "camera": "video",
    "building_control": "gtb gtc automate_batiment bms",
    "ups": "onduleur",
    "proxy": "mandataire",
    "badge_reader": "badgeuse controle_d_acces",
}
_ROLE_OF = {one: role for role, words in _WORDS.items() for one in words.split()} | {role: role for role in ROLES}
MEDICAL = frozenset(
    {"analyser", "medical_device", "medication_cabinet", "modality", "monitor", "monitoring_station", "ventilator"}
)


def role_of(text: object) -> str:
    """Give the role that a text names: as a whole, else by the first of its words that says one."""
    whole = word(str(text or ""))
    if whole in _ROLE_OF:
        return _ROLE_OF[whole]
    return next((_ROLE_OF[one] for one in whole.split("_") if one in _ROLE_OF), "")
