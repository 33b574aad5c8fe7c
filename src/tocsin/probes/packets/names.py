"""Names of protocol numbers, as Zeek writes them.

Sources: IANA registries (DNS, TLS, Kerberos), RFC 4120, MS-ERREF, the Modbus and IEEE 1815 (DNP3) specifications.
"""

from __future__ import annotations

DNS_TYPES = {
    **{1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 10: "NULL", 12: "PTR", 13: "HINFO", 15: "MX", 16: "TXT", 28: "AAAA"},
    **{33: "SRV", 35: "NAPTR", 41: "EDNS", 43: "DS", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 64: "SVCB", 65: "HTTPS"},
    **{249: "TKEY", 250: "TSIG", 251: "IXFR", 252: "AXFR", 255: "*", 256: "URI", 257: "CAA"},
}
DNS_RCODES = {
    **{0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 6: "YXDOMAIN"},
    **{7: "YXRRSET", 8: "NXRRSET", 9: "NOTAUTH", 10: "NOTZONE"},
}

TLS_VERSIONS = {0x0300: "SSLv3", 0x0301: "TLSv10", 0x0302: "TLSv11", 0x0303: "TLSv12", 0x0304: "TLSv13"}
TLS_VERSIONS |= {0xFEFF: "DTLSv10", 0xFEFD: "DTLSv12", 0xFEFC: "DTLSv13"}
TLS_GROUPS = {
    **{23: "secp256r1", 24: "secp384r1", 25: "secp521r1", 29: "x25519", 30: "x448", 256: "ffdhe2048"},
    **{0x11EB: "SecP256r1MLKEM768", 0x11EC: "X25519MLKEM768", 0x11ED: "SecP384r1MLKEM1024"},
    **{0x0200: "MLKEM512", 0x0201: "MLKEM768", 0x0202: "MLKEM1024", 0x6399: "X25519Kyber768Draft00"},
}
TLS_CIPHERS = {
    0x0004: "TLS_RSA_WITH_RC4_128_MD5",
    0x0005: "TLS_RSA_WITH_RC4_128_SHA",
    0x000A: "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    0x002F: "TLS_RSA_WITH_AES_128_CBC_SHA",
    0x0033: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
    0x0035: "TLS_RSA_WITH_AES_256_CBC_SHA",
    0x0039: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
    0x003C: "TLS_RSA_WITH_AES_128_CBC_SHA256",
    0x003D: "TLS_RSA_WITH_AES_256_CBC_SHA256",
    0x009C: "TLS_RSA_WITH_AES_128_GCM_SHA256",
    0x009D: "TLS_RSA_WITH_AES_256_GCM_SHA384",
    0x009E: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
    0x009F: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
    0x1301: "TLS_AES_128_GCM_SHA256",
    0x1302: "TLS_AES_256_GCM_SHA384",
    0x1303: "TLS_CHACHA20_POLY1305_SHA256",
    0xC009: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    0xC00A: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    0xC011: "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    0xC013: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    0xC014: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    0xC023: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    0xC024: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
    0xC027: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    0xC028: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
    0xC02B: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    0xC02C: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    0xC02F: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    0xC030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    0xCCA8: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    0xCCA9: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
}

KERBEROS_CIPHERS = {
    **{1: "des-cbc-crc", 3: "des-cbc-md5", 16: "des3-cbc-sha1", 17: "aes128-cts-hmac-sha1-96"},
    **{18: "aes256-cts-hmac-sha1-96", 19: "aes128-cts-hmac-sha256-128", 20: "aes256-cts-hmac-sha384-192"},
    **{23: "rc4-hmac", 24: "rc4-hmac-exp"},
}
KERBEROS_ERRORS = {
    **{3: "KDC_ERR_BAD_PVNO", 6: "KDC_ERR_C_PRINCIPAL_UNKNOWN", 7: "KDC_ERR_S_PRINCIPAL_UNKNOWN"},
    **{8: "KDC_ERR_PRINCIPAL_NOT_UNIQUE", 9: "KDC_ERR_NULL_KEY", 10: "KDC_ERR_CANNOT_POSTDATE"},
    **{12: "KDC_ERR_POLICY", 13: "KDC_ERR_BADOPTION", 14: "KDC_ERR_ETYPE_NOSUPP", 15: "KDC_ERR_SUMTYPE_NOSUPP"},
    **{16: "KDC_ERR_PADATA_TYPE_NOSUPP", 18: "KDC_ERR_CLIENT_REVOKED", 20: "KDC_ERR_TGT_REVOKED"},
    **{23: "KDC_ERR_KEY_EXPIRED", 24: "KDC_ERR_PREAUTH_FAILED", 25: "KDC_ERR_PREAUTH_REQUIRED"},
    **{29: "KDC_ERR_SVC_UNAVAILABLE", 31: "KRB_AP_ERR_BAD_INTEGRITY", 32: "KRB_AP_ERR_TKT_EXPIRED"},
    **{34: "KRB_AP_ERR_REPEAT", 36: "KRB_AP_ERR_BADMATCH", 37: "KRB_AP_ERR_SKEW", 41: "KRB_AP_ERR_MODIFIED"},
    **{52: "KRB_ERR_RESPONSE_TOO_BIG", 60: "KRB_ERR_GENERIC", 68: "KDC_ERR_WRONG_REALM"},
}

NT_STATUS = {
    0xC0000022: "ACCESS_DENIED",
    0xC0000034: "OBJECT_NAME_NOT_FOUND",
    0xC000006A: "WRONG_PASSWORD",
    0xC000006D: "LOGON_FAILURE",
    0xC000006E: "ACCOUNT_RESTRICTION",
    0xC0000071: "PASSWORD_EXPIRED",
    0xC0000072: "ACCOUNT_DISABLED",
    0xC00000CC: "BAD_NETWORK_NAME",
    0xC0000234: "ACCOUNT_LOCKED_OUT",
}
SHARE_TYPES = {1: "DISK", 2: "PIPE", 3: "PRINT"}

LDAP_OPERATIONS = {0: "bind", 2: "unbind", 3: "search", 6: "modify", 8: "add", 10: "delete", 12: "modifyDN"}
LDAP_OPERATIONS |= {14: "compare", 16: "abandon", 23: "extended"}
LDAP_RESULTS = {
    **{0: "success", 1: "operationsError", 2: "protocolError", 3: "timeLimitExceeded", 4: "sizeLimitExceeded"},
    **{7: "authMethodNotSupported", 8: "strongerAuthRequired", 10: "referral", 14: "saslBindInProgress"},
    **{16: "noSuchAttribute", 32: "noSuchObject", 49: "invalidCredentials", 50: "insufficientAccessRights"},
    **{51: "busy", 52: "unavailable", 53: "unwillingToPerform", 68: "entryAlreadyExists"},
}
LDAP_SCOPES = {0: "base", 1: "single", 2: "tree"}

DHCP_MESSAGES = {1: "DISCOVER", 2: "OFFER", 3: "REQUEST", 4: "DECLINE", 5: "ACK", 6: "NAK", 7: "RELEASE", 8: "INFORM"}

MODBUS_FUNCTIONS = {
    **{1: "READ_COILS", 2: "READ_DISCRETE_INPUTS", 3: "READ_HOLDING_REGISTERS", 4: "READ_INPUT_REGISTERS"},
    **{5: "WRITE_SINGLE_COIL", 6: "WRITE_SINGLE_REGISTER", 7: "READ_EXCEPTION_STATUS", 8: "DIAGNOSTICS"},
    **{11: "GET_COMM_EVENT_COUNTER", 12: "GET_COMM_EVENT_LOG", 15: "WRITE_MULTIPLE_COILS"},
    **{16: "WRITE_MULTIPLE_REGISTERS", 17: "REPORT_SLAVE_ID", 20: "READ_FILE_RECORD", 21: "WRITE_FILE_RECORD"},
    **{22: "MASK_WRITE_REGISTER", 23: "READ_WRITE_MULTIPLE_REGISTERS", 24: "READ_FIFO_QUEUE"},
    **{43: "ENCAP_INTERFACE_TRANSPORT", 90: "PROGRAM_UNITY"},
}
MODBUS_EXCEPTIONS = {1: "ILLEGAL_FUNCTION", 2: "ILLEGAL_DATA_ADDRESS", 3: "ILLEGAL_DATA_VALUE"}
MODBUS_EXCEPTIONS |= {4: "SLAVE_DEVICE_FAILURE", 5: "ACKNOWLEDGE", 6: "SLAVE_DEVICE_BUSY", 8: "MEMORY_PARITY_ERROR"}
MODBUS_EXCEPTIONS |= {10: "GATEWAY_PATH_UNAVAILABLE", 11: "GATEWAY_TARGET_DEVICE_FAILED_TO_RESPOND"}

DNP3_FUNCTIONS = {
    **{0: "CONFIRM", 1: "READ", 2: "WRITE", 3: "SELECT", 4: "OPERATE", 5: "DIRECT_OPERATE", 6: "DIRECT_OPERATE_NR"},
    **{7: "IMMED_FREEZE", 8: "IMMED_FREEZE_NR", 9: "FREEZE_CLEAR", 10: "FREEZE_CLEAR_NR", 13: "COLD_RESTART"},
    **{14: "WARM_RESTART", 15: "INITIALIZE_DATA", 16: "INITIALIZE_APPL", 17: "START_APPL", 18: "STOP_APPL"},
    **{19: "SAVE_CONFIG", 20: "ENABLE_UNSOLICITED", 21: "DISABLE_UNSOLICITED", 22: "ASSIGN_CLASS"},
    **{23: "DELAY_MEASURE", 24: "RECORD_CURRENT_TIME", 25: "OPEN_FILE", 26: "CLOSE_FILE", 27: "DELETE_FILE"},
    **{129: "RESPONSE", 130: "UNSOLICITED_RESPONSE"},
}

SERVICES = {
    **{"dns": "dns", "mdns": "dns", "llmnr": "dns", "nbns": "netbios_ns", "http": "http", "http2": "http2"},
    **{"tls": "ssl", "dtls": "ssl", "quic": "quic", "ssh": "ssh", "smb": "smb", "smb2": "smb", "dcerpc": "dce_rpc"},
    **{"kerberos": "krb", "ldap": "ldap", "cldap": "ldap", "rdp": "rdp", "ntlmssp": "ntlm", "gss-api": "gssapi"},
    **{"dhcp": "dhcp", "dhcpv6": "dhcp", "mbtcp": "modbus", "dnp3": "dnp3", "smtp": "smtp", "ftp": "ftp"},
    **{"ftp-data": "ftp-data", "ntp": "ntp", "snmp": "snmp", "sip": "sip", "radius": "radius", "mqtt": "mqtt"},
    **{"irc": "irc", "hl7": "hl7", "dicom": "dicom", "mysql": "mysql", "tds": "tds", "pgsql": "postgresql"},
    **{"s7comm": "s7comm", "enip": "enip", "opcua": "opcua", "bacapp": "bacnet", "iec60870_104": "iec104"},
    **{"syslog": "syslog", "tftp": "tftp", "nfs": "nfs", "telnet": "telnet", "vnc": "rfb", "socks": "socks"},
    **{"wireguard": "wireguard", "openvpn": "openvpn", "imap": "imap", "pop": "pop3", "ssdp": "ssdp"},
}
