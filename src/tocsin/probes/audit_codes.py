"""Numbers of Linux audit records: record types, x86-64 system calls, socket addresses.

Enters: nothing, or a hex-coded `saddr`. Leaves: names, an address with its port.
Source: include/uapi/linux/audit.h, lib/msg_typetab.h of audit-userspace, arch/x86/entry/syscalls/syscall_64.tbl.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

TYPES: dict[str, str] = {
    "1100": "USER_AUTH", "1101": "USER_ACCT", "1102": "USER_MGMT", "1103": "CRED_ACQ", "1104": "CRED_DISP",
    "1105": "USER_START", "1106": "USER_END", "1107": "USER_AVC", "1108": "USER_CHAUTHTOK", "1109": "USER_ERR",
    "1110": "CRED_REFR", "1111": "USYS_CONFIG", "1112": "USER_LOGIN", "1113": "USER_LOGOUT", "1114": "ADD_USER",
    "1115": "DEL_USER", "1116": "ADD_GROUP", "1117": "DEL_GROUP", "1118": "DAC_CHECK", "1119": "CHGRP_ID",
    "1121": "TRUSTED_APP", "1123": "USER_CMD", "1124": "USER_TTY", "1125": "CHUSER_ID", "1126": "GRP_AUTH",
    "1127": "SYSTEM_BOOT", "1128": "SYSTEM_SHUTDOWN", "1129": "SYSTEM_RUNLEVEL", "1130": "SERVICE_START",
    "1131": "SERVICE_STOP", "1132": "GRP_MGMT", "1133": "GRP_CHAUTHTOK", "1134": "MAC_CHECK", "1135": "ACCT_LOCK",
    "1136": "ACCT_UNLOCK", "1200": "DAEMON_START", "1201": "DAEMON_END", "1202": "DAEMON_ABORT",
    "1203": "DAEMON_CONFIG", "1300": "SYSCALL", "1302": "PATH", "1303": "IPC", "1304": "SOCKETCALL",
    "1305": "CONFIG_CHANGE", "1306": "SOCKADDR", "1307": "CWD", "1309": "EXECVE", "1311": "IPC_SET_PERM",
    "1316": "OBJ_PID", "1318": "TTY", "1319": "TTY", "1320": "EOE", "1321": "BPRM_FCAPS", "1322": "CAPSET",
    "1323": "MMAP", "1324": "NETFILTER_PKT", "1325": "NETFILTER_CFG", "1326": "SECCOMP", "1327": "PROCTITLE",
    "1328": "FEATURE_CHANGE", "1329": "REPLACE", "1330": "KERN_MODULE", "1331": "FANOTIFY", "1334": "BPF",
    "1335": "EVENT_LISTENER", "1336": "URINGOP", "1337": "OPENAT2", "1400": "AVC", "1401": "SELINUX_ERR",
    "1402": "AVC_PATH", "1403": "MAC_POLICY_LOAD", "1404": "MAC_STATUS", "1405": "MAC_CONFIG_CHANGE",
    "1700": "ANOM_PROMISCUOUS", "1701": "ANOM_ABEND", "1702": "ANOM_LINK", "2000": "KERNEL",
}  # fmt: skip
"""Record type by its number, as the kernel's own log line writes it."""

SYSCALLS: dict[str, str] = {
    "0": "read", "1": "write", "2": "open", "3": "close", "4": "stat", "9": "mmap", "10": "mprotect", "16": "ioctl",
    "32": "dup", "33": "dup2", "41": "socket", "42": "connect", "43": "accept", "44": "sendto", "49": "bind",
    "50": "listen", "56": "clone", "57": "fork", "58": "vfork", "59": "execve", "62": "kill", "76": "truncate",
    "77": "ftruncate", "80": "chdir", "82": "rename", "83": "mkdir", "84": "rmdir", "85": "creat", "86": "link",
    "87": "unlink", "88": "symlink", "90": "chmod", "91": "fchmod", "92": "chown", "93": "fchown", "94": "lchown",
    "101": "ptrace", "105": "setuid", "106": "setgid", "113": "setreuid", "114": "setregid", "117": "setresuid",
    "119": "setresgid", "126": "capset", "132": "utime", "153": "vhangup", "155": "pivot_root", "159": "adjtimex",
    "161": "chroot", "164": "settimeofday", "165": "mount", "166": "umount2", "167": "swapon", "169": "reboot",
    "170": "sethostname", "171": "setdomainname", "175": "init_module", "176": "delete_module", "188": "setxattr",
    "189": "lsetxattr", "190": "fsetxattr", "197": "removexattr", "198": "lremovexattr", "199": "fremovexattr",
    "227": "clock_settime", "235": "utimes", "246": "kexec_load", "257": "openat", "258": "mkdirat", "260": "fchownat",
    "263": "unlinkat", "264": "renameat", "265": "linkat", "266": "symlinkat", "268": "fchmodat", "272": "unshare",
    "280": "utimensat", "288": "accept4", "303": "name_to_handle_at", "304": "open_by_handle_at", "308": "setns",
    "310": "process_vm_readv", "311": "process_vm_writev", "313": "finit_module", "316": "renameat2",
    "319": "memfd_create", "320": "kexec_file_load", "321": "bpf", "322": "execveat", "323": "userfaultfd",
    "425": "io_uring_setup", "426": "io_uring_enter", "437": "openat2", "438": "pidfd_getfd",
}  # fmt: skip
"""The x86-64 system calls that audit rules usually watch, by number."""


def socket_address(saddr: str) -> tuple[str, int] | None:
    """Give address and port of a hex-coded `sockaddr` of IPv4 or IPv6, else None."""
    try:
        packed = bytes.fromhex(saddr)
    except ValueError:
        return None
    family = packed[:2]
    if family == b"\x02\x00" and len(packed) >= 8:
        return str(IPv4Address(packed[4:8])), int.from_bytes(packed[2:4], "big")
    if family == b"\x0a\x00" and len(packed) >= 24:
        address = IPv6Address(packed[8:24])
        return str(address.ipv4_mapped or address), int.from_bytes(packed[2:4], "big")
    return None
