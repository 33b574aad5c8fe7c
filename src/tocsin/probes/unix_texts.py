"""What the authentication programs of Unix say, sentence by sentence: shared by the syslog and journald probes.

Enters: a program's name and its message. Leaves: a flat dict with `action`, and as the sentence tells `status`,
`user`, `src_ip`, `src_port`, `method`, `reason`, `TTY`, `PWD`, `USER`, `COMMAND`…; None when the program is none
of these and the sentence is not theirs either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tocsin.probes.unix_sentences import OTHERS, PAM, PAM_COUNTED, PAM_SENTENCES, SSHD_SENTENCES, SUDO, Sentence

SSHD = frozenset({"sshd", "sshd-session", "sshd-auth", "dropbear"})
CRON = frozenset({"cron", "crond", "crontab", "anacron"})
_ACCOUNT_WORDS = (
    "useradd userdel usermod groupadd groupdel groupmod passwd chage gpasswd chpasswd adduser deluser newusers chfn"
    " chsh"
)
_OTHER_WORDS = (
    "sudo su su-l login systemd-logind polkitd polkit-agent-helper-1 pkexec unix_chkpwd systemd-user sssd doas runuser"
    " newgrp gdm-password gdm-session-worker lightdm sddm gnome-keyring-daemon"
)
ACCOUNTS = frozenset(_ACCOUNT_WORDS.split())
PROGRAMS = SSHD | CRON | ACCOUNTS | frozenset(_OTHER_WORDS.split())

_MAX_SENTENCE = 8192
"""No program writes longer ones; it bounds what a forged line can cost."""


_REPEATED = re.compile(r"message repeated (\d{1,9}) times: \[ ?((?!message repeated).*)\]$", re.DOTALL)
_FIRST_WORDS = frozenset({*SSHD_SENTENCES, "error:", "fatal:", "main:", "PAM"})


def program_of(app: str) -> str:
    """Give the bare name of a program as syslog tags write it (`/usr/sbin/CRON`, `sudo`)."""
    return app.rpartition("/")[2].lower()


def is_ours(app: str, message: str) -> bool:
    """Say whether a message is an authentication program's: by its tag, or as a PAM module's or sshd's sentence."""
    if app:
        return program_of(app) in PROGRAMS or message.startswith(("pam_", "PAM ")) or app.startswith("pam_")
    word = message.lstrip().partition(" ")[0]
    if word not in _FIRST_WORDS and not word.startswith("pam_") and "COMMAND=" not in message:
        return False
    text = _bare(message)
    if text.startswith(("pam_", "PAM ")):
        return PAM.match(text) is not None or text.startswith("PAM ")
    if "COMMAND=" in text and SUDO.match(text):
        return True
    word = text.partition(" ")[0]
    return word in SSHD_SENTENCES and bool(_first(SSHD_SENTENCES[word], text))


def read_sentence(app: str, message: str) -> dict[str, str]:
    """Give what the sentence says; an empty dict when it says nothing that we know."""
    text = message.strip()
    if len(text) > _MAX_SENTENCE:
        return {}
    program = program_of(app)
    repeated = _REPEATED.match(text)
    if repeated is not None:
        return {"repeated": repeated.group(1)} | read_sentence(app, repeated.group(2))
    pam = PAM.match(text)
    if pam is not None:
        fields = {key: value for key, value in pam.groupdict().items() if value and key != "said"}
        return fields | _first(PAM_SENTENCES, pam.group("said"))
    if text.startswith("PAM ") and PAM_COUNTED.match(text):
        return _first(PAM_SENTENCES, text[4:])
    if program == "sudo" or (not program and " ; COMMAND=" in text):
        return _read_sudo(text)
    if program in SSHD or not program:
        return _read_sshd(text)
    if program in CRON:
        return _read_cron(text)
    if program in ACCOUNTS:
        return _first(OTHERS["accounts"], text)
    return _first(OTHERS.get("su" if program == "su-l" else program, ()), text)


def _bare(message: str) -> str:
    """Take off the level words that sshd puts before its sentences."""
    text = message.lstrip()
    for lead in ("error: ", "fatal: ", "main: "):
        text = text.removeprefix(lead)
    return text


def _read_sshd(text: str) -> dict[str, str]:
    text = _bare(text)
    fields = _first(SSHD_SENTENCES.get(text.partition(" ")[0], ()), text)
    how = fields.pop("how", "")
    if how == "reset":
        fields["action"] = "connection reset"
    return fields


def _read_cron(text: str) -> dict[str, str]:
    fields = _first(OTHERS["cron"], text)
    if fields and fields["action"] != "CMD":
        fields["detail"] = fields.pop("COMMAND", "")
    return fields


def _read_sudo(text: str) -> dict[str, str]:
    found = SUDO.match(text)
    if found is None:
        return {}
    fields = {key: value for key, value in found.groupdict().items() if value}
    if "GROUP2" in fields:
        fields.setdefault("GROUP", fields.pop("GROUP2"))
    return fields | {"action": "command", "status": "Failure" if "reason" in fields else "Success"}


def _first(sentences: Iterable[Sentence], text: str) -> dict[str, str]:
    """Read the first sentence that matches."""
    for action, status, pattern in sentences:
        found = pattern.match(text)
        if found is not None:
            fields = {key.rstrip("2"): value for key, value in found.groupdict().items() if value}
            if action:
                fields["action"] = action
            if status:
                fields["status"] = status
            return fields
    return {}
