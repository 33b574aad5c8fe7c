"""The messages of Windows' security log, English and French, read back into the names of the event's data.

Enters: a message as people read it, where a shipper sent nothing else. Leaves: the event's number by its first
sentence, and the fields by section and label (`Subject` / `Account Name` is `SubjectUserName`).
Source: Windows' message tables, as the events print them.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tocsin.model import Native

_LINE = re.compile(r"(\s*)([^\t:]{1,60}?)\s?:(?=[\t\r\n\s]|$)[\t ]*(.*)")
_SPLIT = re.compile(r"\r?\n|#015#012|\r")
_SPACE = str.maketrans({"’": "'", "\u00a0": " ", "\u202f": " "})
_MAX_LINES = 200

_SECTIONS = {
    "Subject": ("subject", "sujet", "objet"),
    "Target": (
        "new logon",
        "target account",
        "account for which logon failed",
        "account whose credentials were used",
        "account information",
        "new account",
        "account that was locked out",
        "user",
        "nouvelle ouverture de session",
        "compte cible",
        "compte pour lequel l'ouverture de session a échoué",
        "compte dont les informations d'identification ont été utilisées",
        "informations sur le compte",
        "informations de compte",
        "nouveau compte",
        "compte verrouillé",
        "utilisateur",
    ),
    "Group": ("group", "new group", "deleted group", "groupe", "nouveau groupe", "groupe supprimé"),
    "Member": ("member", "membre"),
}
_SECTION_OF = {text: name for name, texts in _SECTIONS.items() for text in texts}

_ACCOUNT = {
    "UserSid": ("security id", "user id", "id de sécurité", "id d'utilisateur", "id utilisateur"),
    "UserName": ("account name", "user name", "group name", "nom du compte", "nom de compte", "nom du groupe"),
    "DomainName": (
        "account domain",
        "domain name",
        "group domain",
        "supplied realm name",
        "domain",
        "domaine du compte",
        "domaine de compte",
        "nom de domaine",
        "domaine du groupe",
    ),
    "LogonId": ("logon id", "id d'ouverture de session", "id de connexion"),
    "LogonGuid": ("logon guid", "guid d'ouverture de session"),
}
_ACCOUNT_PART = {text: name for name, texts in _ACCOUNT.items() for text in texts}
_MEMBER_PART = {"UserSid": "MemberSid", "UserName": "MemberName"}

_LABELS = {
    "LogonType": ("logon type", "type d'ouverture de session"),
    "LogonProcessName": ("logon process", "processus d'ouverture de session"),
    "AuthenticationPackageName": ("authentication package", "package d'authentification"),
    "LmPackageName": ("package name (ntlm only)", "nom du package (ntlm uniquement)"),
    "WorkstationName": ("workstation name", "source workstation", "nom de la station de travail"),
    "IpAddress": (
        "source network address",
        "client address",
        "network address",
        "source address",
        "adresse du réseau source",
        "adresse réseau source",
        "adresse du client",
        "adresse client",
        "adresse réseau",
        "adresse source",
    ),
    "IpPort": ("source port", "client port", "port source", "port client", "port du client"),
    "TargetServerName": ("target server name", "nom du serveur cible"),
    "Status": ("status", "failure code", "result code", "error code", "état", "code d'échec", "code de résultat"),
    "SubStatus": ("sub status", "sous-état"),
    "FailureReason": ("failure reason", "raison de l'échec"),
    "NewProcessId": ("new process id", "id du nouveau processus"),
    "NewProcessName": ("new process name", "nom du nouveau processus"),
    "ParentProcessName": ("creator process name", "nom du processus créateur"),
    "CommandLine": ("process command line", "ligne de commande de processus", "ligne de commande du processus"),
    "ProcessName": ("process name", "caller process name", "nom du processus", "nom du processus de l'appelant"),
    "ProcessId": (
        "process id",
        "caller process id",
        "creator process id",
        "id du processus",
        "id du processus créateur",
    ),
    "PrivilegeList": ("privileges", "privilèges"),
    "ShareName": ("share name", "nom de partage", "nom du partage"),
    "ShareLocalPath": ("share path", "chemin de partage", "chemin du partage"),
    "RelativeTargetName": ("relative target name", "nom cible relatif", "nom de cible relatif"),
    "ObjectServer": ("object server", "serveur d'objet"),
    "ObjectType": ("object type", "type d'objet"),
    "ObjectName": ("object name", "nom de l'objet", "nom d'objet"),
    "ServiceName": ("service name", "nom du service"),
    "ServiceFileName": ("service file name", "nom du fichier de service"),
    "TaskName": ("task name", "nom de la tâche", "nom de tâche"),
    "TicketEncryptionType": ("ticket encryption type", "type de chiffrement du ticket"),
    "TicketOptions": ("ticket options", "options du ticket"),
    "PreAuthType": ("pre-authentication type", "type de pré-authentification"),
    "SamAccountName": ("sam account name", "nom du compte sam", "nom de compte sam"),
}
_LABEL_OF = {text: name for name, texts in _LABELS.items() for text in texts}

_SENTENCES = {
    1102: ("the audit log was cleared", "le journal d'audit a été effacé"),
    4624: ("an account was successfully logged on", "l'ouverture de session d'un compte s'est correctement déroulée"),
    4625: ("an account failed to log on", "échec d'ouverture de session d'un compte"),
    4634: ("an account was logged off", "fermeture de session d'un compte"),
    4647: ("user initiated logoff", "fermeture de session initiée par l'utilisateur"),
    4648: (
        "a logon was attempted using explicit credentials",
        "tentative d'ouverture de session en utilisant des informations d'identification explicites",
    ),
    4672: (
        "special privileges assigned to new logon",
        "privilèges spéciaux attribués à la nouvelle ouverture de session",
    ),
    4688: ("a new process has been created", "un nouveau processus a été créé"),
    4689: ("a process has exited", "un processus est terminé"),
    4697: ("a service was installed in the system", "un service a été installé sur le système"),
    4698: ("a scheduled task was created", "une tâche planifiée a été créée"),
    4720: ("a user account was created", "un compte d'utilisateur a été créé"),
    4722: ("a user account was enabled", "un compte d'utilisateur a été activé"),
    4723: (
        "an attempt was made to change an account's password",
        "une tentative de modification de mot de passe d'un compte a été effectuée",
    ),
    4724: (
        "an attempt was made to reset an account's password",
        "une tentative de réinitialisation de mot de passe d'un compte a été effectuée",
    ),
    4725: ("a user account was disabled", "un compte d'utilisateur a été désactivé"),
    4726: ("a user account was deleted", "un compte d'utilisateur a été supprimé"),
    4728: (
        "a member was added to a security-enabled global group",
        "un membre a été ajouté à un groupe global dont la sécurité est activée",
    ),
    4732: (
        "a member was added to a security-enabled local group",
        "un membre a été ajouté à un groupe local dont la sécurité est activée",
    ),
    4738: ("a user account was changed", "un compte d'utilisateur a été modifié"),
    4740: ("a user account was locked out", "un compte d'utilisateur a été verrouillé"),
    4756: (
        "a member was added to a security-enabled universal group",
        "un membre a été ajouté à un groupe universel dont la sécurité est activée",
    ),
    4768: (
        "a kerberos authentication ticket (tgt) was requested",
        "un ticket d'authentification kerberos (tgt) a été demandé",
    ),
    4769: ("a kerberos service ticket was requested", "un ticket de service kerberos a été demandé"),
    4771: ("kerberos pre-authentication failed", "échec de la pré-authentification kerberos"),
    4776: (
        "the computer attempted to validate the credentials for an account",
        "the domain controller attempted to validate the credentials for an account",
        "l'ordinateur a tenté de valider les informations d'identification d'un compte",
    ),
    5140: ("a network share object was accessed", "un objet de partage réseau a fait l'objet d'un accès"),
}
_ID_OF = {sentence: event_id for event_id, sentences in _SENTENCES.items() for sentence in sentences}


def id_of_message(line: str) -> int | None:
    """Give the number of the security event whose message a line starts with, None when it is none that we know."""
    sentence = line[:120].partition(".")[0].partition("#")[0].partition("\n")[0]
    return _ID_OF.get(_folded(sentence)) if 20 <= len(sentence) < 110 else None


def fields_of_message(message: object) -> Native:
    """Give the fields that a security event's message names, under the names of the event's data."""
    if not isinstance(message, str):
        return {}
    fields: Native = {}
    section = ""
    for line in _SPLIT.split(message.replace("#011", "\t"), _MAX_LINES)[:_MAX_LINES]:
        match = _LINE.match(line)
        if match is None:
            continue
        indent, label, value = match[1], _folded(match[2]), match[3].strip()
        if not value and (not indent or label in _SECTION_OF):
            section = _SECTION_OF.get(label, "")
            continue
        name = _name_of(section if indent else "", label)
        if name and value:
            fields.setdefault(name, value)
    return fields


@lru_cache(maxsize=2048)
def _name_of(section: str, label: str) -> str:
    part = _ACCOUNT_PART.get(label)
    if part is None:
        return _LABEL_OF.get(label, "")
    if section == "Member":
        return _MEMBER_PART.get(part, "")
    if section == "Group":
        return f"Target{part}".replace("TargetUserSid", "TargetSid")
    return f"{section or 'Target'}{part}"


def _folded(text: str) -> str:
    return text.translate(_SPACE).strip().lower()
