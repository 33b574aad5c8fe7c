"""What words make an everyday program do that its name does not say: load, run, decode, dump, weaken, look around.

Enters: a program and the words of its command line (`commands`). Leaves: decades, techniques, whether it looks around.
The table is our own: what the programs' manuals say they can do, weighed by how seldom care and its IT need it.
Source: manuals of the programs; the collections LOLBAS and GTFOBins for which ones are misused; ATT&CK.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_TABLE = r"""
powershell downloadstring|downloadfile|downloaddata|start-bitstransfer|net\.webclient|openread 0.9 T1105 T1059.001
powershell invoke-webrequest|iwr|invoke-restmethod|curl|wget 0.3 T1105
powershell iex|invoke-expression|icm|\.invoke|invokescript|scriptblock\]?::create 0.7 T1059.001
powershell frombase64string|gzipstream|deflatestream|memorystream|tobase64string 0.9 T1027 T1059.001
powershell reflection|virtualalloc|getdelegatefor\w+|createthread|loadlibrary|dllimport|add-type|marshal 1.0 T1055
powershell -windowstyle.hidden 0.4 T1564.003
powershell -encodedcommand 0.1 T1027.010
powershell amsiutils|amsiinitfailed|amsicontext|etwprovider 1.9 T1685
powershell set-mppreference|add-mppreference|uninstall-windowsfeature 0.9 T1685
powershell mimikatz|sekurlsa|invoke-\w*(?:kerberoast|mimi|inject|dcsync|bloodhound)\w*|power(?:view|up) 1.9 T1003
powershell get-domain\w+|get-net(?:user|group|computer|session|loggedon|localgroup)|find-localadmin\w* 1.0 T1087.002
powershell minidump|ntds|lsass|sam\b|out-minidump|get-credential|convertto-securestring|promptforcredential 0.8 T1003
powershell net\.sockets|tcpclient|udpclient|httplistener|reverse 1.0 T1095
powershell clear-eventlog|wevtutil|remove-eventlog 1.0 T1685.005
powershell new-service|new-scheduledtask\w*|register-scheduledtask|set-wmiinstance|__eventfilter 0.5 T1053.005
powershell \[char\]|-bxor|-join|tochararray 0.4 T1027
powershell -version.<n> 0.4 T1562.010
cmd certutil.*-(?:urlcache|decode)|bitsadmin.*/transfer|mshta.*http|regsvr32.*/i 1.0 T1105
cmd echo.*<self|echo.*\\\\.\\pipe 0.9 T1059.003
cmd \\\\127\.0\.0\.1|<self\$> 1.3 T1021.002
cmd copy.*<(?:share|self)\$>.*\.(?:exe|dll|bat|ps1) 0.8 T1570
cmd mklink.*globalroot|globalroot.*shadowcopy|harddiskvolumeshadowcopy 1.5 T1003.003
cmd set.*&&.*call|for.*/f.*\bin\b.*do 0.3 T1059.003
rundll32 javascript|vbscript|mshtml|runhtmlapplication 1.9 T1218.011
rundll32 minidump|comsvcs\.dll|#<n>.*full 1.5 T1003.001
rundll32 url\.dll.*(?:openurl|fileprotocolhandler).*(?:\.exe|\.hta|\.dll) 0.8 T1218.011
rundll32 (?:advpack|ieadvpack|syssetup|pcwutl|zipfldr|shdocvw)\.dll|setupapi\.dll.*installhinfsection 0.7 T1218.011
rundll32 ^<(?:temp|drop|profile|user|self)\$?>.(?!msi) 0.7 T1218.011
rundll32 davclnt\.dll|davsetcookie 1.0 T1187
rundll32 ^<share\$?> 0.5 T1218.011
rundll32 control_rundll.*<(?:temp|drop|profile|user)> 1.0 T1218.002
regsvr32 /i:?.*<url|scrobj\.dll|/i:.*http 1.9 T1218.010
regsvr32 ^(?:[-/]\S+ )*<(?:temp|drop|profile|user|self)\$?> 0.7 T1218.010
regsvr32 /n.*/i 0.5 T1218.010
mshta <url|javascript|vbscript|about: 1.6 T1218.005
mshta ^<(?:temp|drop|profile|user)> 0.8 T1218.005
certutil -urlcache|/urlcache|-verifyctl|/verifyctl|-url\b.*<url 1.3 T1105
certutil -decode|/decode|-decodehex|-encode|/encode 1.0 T1140
certutil -ping.*<url 0.5 T1105
bitsadmin /transfer|/addfile|/create|/setnotifycmdline|/resume 1.0 T1197
wmic process.*call.*create 1.0 T1047
wmic /node:.*process|/node:.*call 0.6 T1047
wmic /format:?.*(?:<url|<temp|<drop|<profile|\.xsl|http) 1.6 T1220
wmic shadowcopy 1.0 T1490
wmic product.*call.*uninstall|antivirusproduct|namespace.*securitycenter 0.6 T1518.001
wmic service.*call.*(?:create|delete) 0.7 T1543.003
cscript ^(?:[-/]\S+ |<n> )*<(?:temp|drop|profile)> 0.6 T1059.005
wscript ^(?:[-/]\S+ |<n> )*<(?:temp|drop|profile)> 0.6 T1059.005
cscript //e:|pubprn|winrm|manage-bde\.wsf|syncappv|squiblytwo 0.9 T1216
wscript //e:|pubprn|\.js\b 0.4 T1059.007
msbuild <(?:temp|drop|profile|user)> 0.9 T1127.001
msbuild \.(?:xml|txt|csproj)\b.*$ 0.2 T1127.001
installutil /logfile:?.*/u|/logtoconsole:?.*/u|<(?:temp|drop|profile|user)> 1.0 T1218.004
regasm|regsvcs <(?:temp|drop|profile|user)> 0.8 T1218.009
cmstp /s.*\.inf|/au|/ni|<(?:temp|drop|profile|user)> 1.2 T1218.003
msiexec /i.*<url|/q.*<url|-i.*<url|/package.*<url 0.9 T1218.007
msiexec /y|/z 0.9 T1218.007
odbcconf /a|regsvr|/f\b|-f\b 1.0 T1218.008
mavinject /injectrunning 1.6 T1218.013
forfiles /c.*(?:cmd|powershell|\.exe) 0.7 T1202
pcalua -a 1.0 T1202
control <(?:temp|drop|profile|user|share)\$?> 1.0 T1218.002
hh <url|<(?:temp|drop)> 0.9 T1218.001
xwizard|syncappvpublishingserver|presentationhost|ieexec|infdefaultinstall|scriptrunner|tttracer|cdb . 0.9 T1218
syncappvpublishingserver ; 1.2 T1216
schtasks /create.*(?:powershell|cmd\b|mshta|rundll#?|regsvr#?|wscript|cscript) 0.5 T1053.005
schtasks /create.*<(?:temp|drop|profile|user)> 0.8 T1053.005
schtasks /s\b.*/create|/create.*/s\b|/u\b.*/p\b 0.5 T1053.005
schtasks /sc.*minute 0.3 T1053.005
at \\\\|/every|<n>.*(?:cmd|\.exe) 0.7 T1053.002
sc create.*(?:cmd|powershell|%comspec%|rundll#?|mshta) 1.3 T1543.003
sc create.*<(?:temp|drop|profile|user|self|share)\$?> 1.1 T1543.003
sc (?:<share>|\\\\\S+).*(?:create|config|start) 0.6 T1543.003
sc (?:config|failure).*binpath 0.9 T1543.003
sc sdset|sdset 0.9 T1564
reg (?:save|export).*<hklm>.*(?:sam|security|system)\b 0.9 T1003.002
reg add.*(?:currentversion.*run|runonce|winlogon|image.file.execution|utilman|sethc|silentprocessexit) 0.8 T1547.001
reg add.*(?:uselogoncredential|disablerestrictedadmin|runasppl|enablelua|localaccounttokenfilterpolicy) 1.2 T1112
reg add.*(?:disableantispyware|disablerealtime|windows.defender|minint|eventlog|includecmdline|scriptblock) 1.2 T1685
reg add.*(?:shell.open|ms-settings|delegateexecute|mscfile) 1.2 T1548.002
reg add.*(?:fdenytsconnections|shadow\b) 0.6 T1021.001
reg query.*(?:password|winlogon|putty|vnc|snmp|autologon) 0.7 T1552.002
net user.*/add|localgroup.*/add|group.*/add 0.7 T1136.001
net user.*/active|user.*/delete 0.4 T1098
net (?:use|view).*<(?:self)\$?>|use.*ipc 0.5 T1021.002
net use.*admin\$|use.*c\$ 0.6 T1021.002
netsh portproxy 1.3 T1090
netsh (?:advfirewall|firewall).*(?:off|disable|allprofiles.state) 0.9 T1562.004
netsh wlan.*key.?clear|wlan.*export 0.9 T1555
netsh add.helper|trace.start|helper.*\.dll 1.0 T1546.007
ntdsutil ifm|ac.*i.*ntds|snapshot|create.full 1.6 T1003.003
vssadmin create.*shadow 0.9 T1003.003
diskshadow -?/?s\b.*<(?:temp|drop|user|profile)> 0.8 T1003.003
esentutl /vss|ntds|/y.*(?:sam|ntds|system|webcache|login) 1.1 T1003.003
procdump|procdump64 lsass|-ma 1.3 T1003.001
psexec|psexec64 \\\\|<share|-accepteula|-s\b 0.5 T1569.002
nltest /domain_trusts|/dclist|/all_trusts 0.7 T1482
dsquery -limit.*<n>|trustdomain|objectcategory 0.6 T1087.002
setspn -t.*-q|-q.*\*/\* 1.0 T1558.003
cmdkey /list 0.2 T1555.004
vaultcmd /listcreds 1.0 T1555.004
findstr cpassword|/s.*password|password.*\*\. 0.9 T1552.001
auditpol /clear|/remove|/set.*disable|/restore 1.3 T1685
wevtutil cl\b|clear-log|sl.*/e:?.?false 1.3 T1685.005
fltmc unload 1.3 T1685
fsutil usn.*deletejournal 1.2 T1070
fsutil setzerodata 0.6 T1070
cipher /w 0.8 T1485
attrib \+h.*\+s|\+s.*\+h|\+s\b 0.4 T1564.001
icacls everyone.*f|/grant.*everyone|tout.le.monde 0.4 T1222.001
takeown <system>|/f.*<system> 0.6 T1222.001
expand|extrac32|makecab|replace|print <(?:share|self)\$?>|harddiskvolumeshadow 0.4 T1105
csc|vbc|jsc <(?:temp|drop|user|profile)> 0.3 T1027.004
curl|wget <url:ip>|-o.*<(?:drop|temp)>|\|.*(?:sh|bash|python)\b 0.6 T1105
ssh|plink -r.*<n>|-d\b.*<n>|-o.*proxycommand 0.5 T1572
runas /netonly|/savecred 0.5 T1134
winrs -r:?|/r:? 0.4 T1021.006
pktmon|tcpdump start|-w\b 0.4 T1040
bash|sh|zsh /dev/(?:tcp|udp) 1.9 T1059.004
bash|sh|dash|zsh curl.*\|.*(?:sh|bash|python)|wget.*\|.*(?:sh|bash|python) 1.2 T1105
bash|sh|dash|zsh base64.*-d.*\|.*(?:sh|bash|python|perl)|<decoded> 1.2 T1140
bash|sh|dash|zsh (?:nc|ncat|netcat|socat).*-e|mkfifo.*nc 1.9 T1059.004
bash|sh|dash|zsh history.*-c|histfile|unset.*hist 0.9 T1070.003
bash|sh|dash|zsh chmod.*(?:\+s|4755|u\+s)|authorized_keys|ld\.so\.preload|\bshadow\b 0.7 T1548.001
nc|ncat|netcat|socat -e\b|exec:|-l.*-p|/bin/(?:ba)?sh 1.3 T1059.004
python|perl|ruby|php|lua|awk|gawk -[cer]\b.*(?:socket|pty|subprocess|system|exec|/bin/(?:ba)?sh|/inet/) 1.4 T1059.006
curl|wget <drop>|-o.*/tmp 0.5 T1105
openssl enc.*-d|s_client.*<ip>|-base64.*-d 0.5 T1140
base64 -d|--decode 0.3 T1140
find -perm.*(?:4000|u.s|#)|-exec.*(?:/bin/)?(?:ba)?sh 0.8 T1548.001
tar --checkpoint-action|to-command 1.6 T1548
chmod \+s|u\+s 0.5 T1548.001
chattr [+-]i\b 0.5 T1222.002
cat|less|cp|head|tail (?<!-)\bshadow\b|id_rsa|\.ssh 0.8 T1003.008
insmod|modprobe <(?:drop|user)>|\.ko\b 0.6 T1547.006
useradd|usermod -o.*-u.*<n>|-u.*0\b|-aG.*(?:sudo|root|wheel|docker) 0.5 T1136.001
crontab -r|<drop>|<other>|- 0.3 T1053.003
systemctl (?:stop|disable|mask).*(?:audit|syslog|falco|osquery|wazuh|ossec|clam|sysmon|apparmor|firewall|ufw) 1.2 T1685
service (?:auditd|rsyslog|iptables|apparmor|ufw).*stop 1.0 T1685
iptables -f\b|--flush 0.7 T1562.004
setenforce 0|<n> 1.0 T1685
auditctl -e.*0|-d\b|-e.*<n> 1.2 T1685
gdb|strace -p 0.5 T1055.008
dd /dev/(?:zero|u?random).*of /dev/|of /dev/(?:sd|nvme|vd) 1.2 T1561
shred|wipefs . 0.5 T1485
docker --privileged|-v./:/|/var/run/docker\.sock|<other>.*chroot 0.8 T1611
kubectl exec|get.secrets?|cluster-admin 0.3 T1609
"""
_LOOKING = (
    "whoami hostname systeminfo ipconfig ifconfig arp route netstat tasklist qprocess quser query nltest dsquery klist "
    "nbtstat net net1 wmic gpresult driverquery tree ver nslookup setspn cmdkey reg sc schtasks fsutil vssadmin id "
    "uname w who last ps ss ip getent groups lsof df mount env history find netsh qwinsta adfind dsget csvde ldifde"
)
LOOKING = frozenset(word for name in _LOOKING.split() for word in (name, f"{name}.exe"))
_ACTS = re.compile(
    r"/add|/del|add|create|delete|start|stop|set\b|config|use\b|/create|/change|/run|import|save|export|call|install"
    r"|/release|/renew|/flushdns"
)
"""Words with which these programs change something: then they do not just look."""


class Capability(NamedTuple):
    """What a command line can do beyond its program's name: decades, techniques."""

    decades: float
    techniques: tuple[str, ...]


_LINES = tuple(
    (frozenset(re.split(r"[|,]", head)), re.compile(pattern), float(worth), tuple(techniques.split()))
    for line in _TABLE.strip().splitlines()
    for head, pattern, worth, techniques in [re.match(r"(\S+) (.+) (\d\.\d) ((?:T\S+ ?)+)$", line).groups()]  # type: ignore[union-attr]
)
_BY_HEAD: dict[str, list[tuple[re.Pattern[str], float, tuple[str, ...]]]] = {}
for _heads, _pattern, _worth, _known in _LINES:
    for _head in sorted(_heads):
        _BY_HEAD.setdefault(_head, []).append((_pattern, _worth, _known))
_CARRIERS = frozenset(
    {"cmd", "powershell", "sh", "bash", "dash", "wmic", "forfiles", "schtasks", "sc", "wsl", "sudo", "psexec"}
)
"""Programs whose words name other programs that they start."""
MOST = 2.2
"""Decades of what words can do, together."""
_RENAMED = {"pwsh": "powershell", "powershell_ise": "powershell", "net1": "net", "dash": "sh", "ksh": "sh", "ash": "sh"}


def stem(name: str) -> str:
    """Give a program's name without extension, other names of the same one alike."""
    plain = name.removesuffix(".exe")
    return _RENAMED.get(plain, plain)


@lru_cache(maxsize=8_192)
def capability(name: str, words: tuple[str, ...]) -> Capability:
    """Say what the words of a command line can do. A shell's line is read for the programs that it names as well."""
    told = {stem(name): " ".join(words)}
    if stem(name) in _CARRIERS:
        for at, word in enumerate(words):
            inner = stem(word)
            if inner in _BY_HEAD and inner not in told:
                told[inner] = " ".join(words[at + 1 :])
    total, techniques = 0.0, dict[str, None]()
    for head, text in told.items():
        for pattern, worth, known in _BY_HEAD.get(head, ()):
            if pattern.search(text):
                total += worth
                techniques.update(dict.fromkeys(known))
    return Capability(min(MOST, total), tuple(techniques))


@lru_cache(maxsize=8_192)
def looks_around(name: str, words: tuple[str, ...]) -> str:
    """Give what a command line asks about, as a short text; empty where it does not just look around."""
    inner = words
    if stem(name) in {"cmd", "sh", "bash"} and len(words) > 1 and words[0] in {"/c", "-c"}:
        name, inner = words[1], words[2:]
    if name not in LOOKING or any(_ACTS.match(word) for word in inner[:4]):
        return ""
    return " ".join((stem(name), *inner[:1])) if stem(name) in {"net", "wmic", "reg", "sc", "netsh"} else stem(name)
