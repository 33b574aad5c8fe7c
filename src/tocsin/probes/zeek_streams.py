"""Tell a Zeek JSON record's stream and its field names from its keys alone, where the writer left out `_path`.

Enters: the keys of a JSON object. Leaves: the stream's name (`conn`, `dns`…; empty when it is not Zeek's) and the
keys under Zeek's dotted names. Zeek leaves unset fields out, so a stream is known by any of several small sets.
Source: https://docs.zeek.org/en/current/script-reference/log-files.html
"""

from __future__ import annotations

from functools import lru_cache

_WITH_ID = """
conn: conn_state | orig_pkts resp_pkts | orig_ip_bytes
quic: client_initial_dcid | server_scid
dns: trans_id proto | query qtype | query qclass | query qtype_name | query rcode | query rejected | AA TC RD
tunnel: tunnel_type
dce_rpc: endpoint | named_pipe operation | endpoint operation
ntlm: domainname | server_nb_computer_name | server_dns_computer_name | username hostname
kerberos: request_type | client service | cipher forwardable | forwardable renewable | error_msg service
sip: call_id | request_from | response_from | request_path
smtp: helo | mailfrom | rcptto | last_reply
rdp: security_protocol | keyboard_layout | cookie | cert_count
http: method host | method uri | host uri | trans_depth version | status_code trans_depth | response_body_len
radius: framed_addr | connect_info | tunnel_client | username result | username mac | reply_msg result
ldap_search: base_object | deref_aliases | result_count
ldap: message_id opcode | message_id result
snmp: community | get_requests
modbus_detailed: unit_id func request_response
modbus: func
dnp3: fc_request | fc_reply | iin
dnp3_control: block_type function_code
dnp3_objects: function_code object_count
bacnet: bvlc_function | pdu_type pdu_service
bacnet_discovery: pdu_service vendor | pdu_service range
bacnet_property: pdu_service property
dicom_command: calling_ae command | sop_class_uid command message_id
dicom: calling_ae called_ae | calling_ae implementation_class_uid
hl7: control_id message_type | sending_application ack_code
mqtt_connect: proto_name proto_version | client_id connect_status
mqtt_publish: retain qos | topic payload
mqtt_subscribe: topics action
ntp: stratum | ref_id org_time
socks: request_p | bound_p
rfb: client_major_version | authentication_method
syslog: facility severity
signatures: sig_id
intel: seen.indicator | seen.where
notice: note
ssl: cipher | server_name | established | cert_chain_fuids | cert_chain_fps | ja3 | next_protocol | ssl_history
ssh: auth_attempts | auth_success | kex_alg | host_key | hassh | client server | direction client
smb_mapping: share_type | path native_file_system
smb_cmd: sub_command | command tree
smb_files: action path | action name | action size | action fuid | times.modified
irc: nick command | command value | dcc_file_name | command addl
ftp: command reply_code | command arg | data_channel.passive | reply_msg cwd
mysql: cmd arg | cmd success
postgresql: frontend | backend
redis: cmd.name | cmd.command
pe: is_exe
files: fuid source | fuid seen_bytes | fuid mime_type
analyzer: analyzer_kind | analyzer_name
dpd: failure_reason
weird: name peer | name notice
smb_mapping: path
ssh: server | client
"""

_WITHOUT_ID = """
files: fuid tx_hosts | fuid rx_hosts | fuid seen_bytes
dhcp: msg_types | uids mac | client_addr mac | assigned_addr mac
notice: note actions | note suppress_for | note peer_descr
weird: name notice peer | name addl peer
x509: certificate.serial | certificate.subject | fingerprint certificate.version
pe: is_exe machine
ocsp: serialNumber certStatus
software: software_type
known_certs: host port_num subject | host port_num issuer_subject
known_services: host port_num port_proto
known_devices: dhcp_host_name mac
known_modbus: host device_type
signatures: sig_id
intel: seen.indicator
arp: src_mac dst_mac operation
capture_loss: gaps acks percent_lost
stats: pkts_proc bytes_recv mem
packet_filter: node filter init
cluster: node message
broker: ty ev
analyzer: analyzer_kind | cause analyzer_name
telemetry: metric_type labels label_values
"""

_EXACT = {frozenset({"ts", "host"}): "known_hosts"}

_DOTTED = (
    "id.orig_h id.orig_p id.resp_h id.resp_p id.ctx id.vlan id.inner_vlan seen.indicator seen.indicator_type "
    "seen.where seen.node data_channel.passive data_channel.orig_h data_channel.resp_h data_channel.resp_p "
    "times.modified times.accessed times.created times.changed version.major version.minor version.minor2 "
    "version.minor3 version.addl request.host request.name bound.host bound.name remote_location.country_code "
    "remote_location.region remote_location.city remote_location.latitude remote_location.longitude san.dns "
    "san.uri san.email san.ip basic_constraints.ca basic_constraints.path_len certificate.version "
    "certificate.serial certificate.subject certificate.issuer certificate.not_valid_before "
    "certificate.not_valid_after certificate.key_alg certificate.sig_alg certificate.key_type "
    "certificate.key_length certificate.exponent certificate.curve"
)

_BY_UNDERSCORE = {name.replace(".", "_"): name for name in _DOTTED.split()}

Signatures = tuple[tuple[str, tuple[frozenset[str], ...]], ...]


def _table(text: str) -> Signatures:
    rows = (line.partition(": ") for line in text.strip().splitlines())
    return tuple((name, tuple(frozenset(keys.split()) for keys in sets.split(" | "))) for name, _, sets in rows)


_SIGNATURES_WITH_ID = _table(_WITH_ID)
_SIGNATURES_WITHOUT_ID = _table(_WITHOUT_ID)


@lru_cache(maxsize=4096)
def stream_of(keys: tuple[str, ...]) -> str:
    """Give the stream whose records have these keys (dotted or with underscores), or an empty text."""
    names = frozenset(dotted(keys))
    if "ts" not in names and "@timestamp" not in names:
        return ""
    with_id = "id.orig_h" in names and "id.resp_h" in names
    for stream, alternatives in _SIGNATURES_WITH_ID if with_id else _SIGNATURES_WITHOUT_ID:
        if any(alternative <= names for alternative in alternatives):
            return stream
    if with_id:
        return "unknown"
    return _EXACT.get(names, "")


@lru_cache(maxsize=4096)
def dotted(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Give the keys under Zeek's dotted names: some shippers write `id_orig_h` for `id.orig_h`."""
    return tuple(_BY_UNDERSCORE.get(key, key) for key in keys)
