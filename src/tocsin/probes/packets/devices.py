"""SSH, RDP, DHCP, SMTP, FTP, Modbus and DNP3 of packets, as Zeek's records.

Enters: a flow, one of its packets, and whether the responder sent it. Leaves: the records that this packet
completes; `*_end` gives what the end of the flow leaves open. Memory per flow is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.probes.packets import names
from tocsin.probes.packets.flows import Flow, Record
from tocsin.probes.packets.packet import Layers, Packet, first, number, numbers

MAX_LEASES = 4096
_LOGGED_FTP = frozenset({"APPE", "DELE", "RETR", "STOR", "STOU", "ACCT", "PORT", "PASV", "EPRT", "EPSV", "PASS"})
_RDP_PROTOCOLS = {0: "RDP", 1: "SSL", 2: "HYBRID", 4: "RDSTLS", 8: "HYBRID_EX"}


def ssh(flow: Flow, packet: Packet, reply: bool) -> Iterator[Record]:
    """Note banners and HASSH fingerprints; the record comes at the end of the flow."""
    layers = packet.layers
    record = _kept(flow, packet, "ssh")
    if banner := first(layers, "ssh_protocol"):
        record["server" if reply else "client"] = banner
        record["version"] = 1 if banner.startswith("SSH-1.") and not banner.startswith("SSH-1.99") else 2
    if print_ := first(layers, "ssh_kex_hassh"):
        record["hassh"] = print_
    if print_ := first(layers, "ssh_kex_hasshserver"):
        record["hasshServer"] = print_
    yield from ()


def rdp(flow: Flow, packet: Packet, reply: bool) -> Iterator[Record]:
    """Note cookie, client and the protocol agreed on; the record comes at the end of the flow."""
    del reply
    layers = packet.layers
    record = _kept(flow, packet, "rdp")
    if cookie := first(layers, "rdp_rt_cookie"):
        record["cookie"] = cookie.partition("mstshash=")[2].strip() or cookie
    if name := first(layers, "rdp_client_name"):
        record["client_name"] = name
    if build := first(layers, "rdp_client_build"):
        record["client_build"] = build
    if "rdp_negReq_selectedProtocol" in layers:
        chosen = number(layers, "rdp_negReq_selectedProtocol")
        record["security_protocol"] = _RDP_PROTOCOLS.get(chosen, f"unknown-{chosen}")
        record["result"] = "encrypted" if chosen else "Success"
    elif "rdp_negFailure_failureCode" in layers:
        record["result"] = f"failure-{number(layers, 'rdp_negFailure_failureCode')}"
    yield from ()


def _kept(flow: Flow, packet: Packet, path: str) -> Record:
    if path not in flow.state:
        flow.state[path] = flow.head(path, packet.time_us)
    record: Record = flow.state[path]
    return record


def ssh_end(flow: Flow) -> Iterator[Record]:
    """Give what was seen of an SSH connection."""
    record: Record = flow.state.get("ssh", {})
    if "client" in record or "server" in record:
        yield record


def rdp_end(flow: Flow) -> Iterator[Record]:
    """Give what was seen of an RDP connection."""
    record: Record = flow.state.get("rdp", {})
    if any(name in record for name in ("cookie", "client_name", "security_protocol", "result")):
        yield record


class Leases:
    """The DHCP transactions of a capture: question and answer go between other addresses, so no flow holds both."""

    def __init__(self) -> None:
        self._pending: dict[tuple[str, str], Record] = {}

    def packet(self, flow: Flow, packet: Packet) -> Iterator[Record]:
        """Add a message to its transaction; an ACK or NAK completes it."""
        layers = packet.layers
        if "dhcp_option_dhcp" not in layers:
            return
        key = (first(layers, "dhcp_id"), first(layers, "dhcp_hw_mac_addr"))
        if key not in self._pending:
            if len(self._pending) >= MAX_LEASES:
                yield self._pending.pop(next(iter(self._pending)))
            self._pending[key] = {"_path": "dhcp", "ts": packet.time_us / 1e6, "uids": [], "msg_types": []}
        record = self._pending[key]
        kind = number(layers, "dhcp_option_dhcp")
        record["msg_types"] = [*record["msg_types"], names.DHCP_MESSAGES.get(kind, f"unknown-{kind}")][-16:]
        record["uids"] = list(dict.fromkeys([*record["uids"], flow.uid]))[-16:]
        _dhcp_fields(record, layers)
        if kind in {5, 6}:
            yield self._pending.pop(key)

    def end(self) -> Iterator[Record]:
        """Give the transactions that nobody completed."""
        yield from self._pending.values()
        self._pending = {}


def _dhcp_fields(record: Record, layers: Layers) -> None:
    table = {
        "client_addr": "dhcp_ip_client",
        "server_addr": "dhcp_option_dhcp_server_id",
        "mac": "dhcp_hw_mac_addr",
        "host_name": "dhcp_option_hostname",
        "client_fqdn": "dhcp_fqdn_name",
        "domain": "dhcp_option_domain_name",
        "requested_addr": "dhcp_option_requested_ip_address",
        "assigned_addr": "dhcp_ip_your",
    }
    for name, field in table.items():
        value = first(layers, field)
        if value and value != "0.0.0.0":
            record[name] = value
    if lease := number(layers, "dhcp_option_ip_address_lease_time"):
        record["lease_time"] = float(lease)


def smtp(flow: Flow, packet: Packet, reply: bool) -> Iterator[Record]:
    """Gather one mail after the other: envelope, headers, last reply."""
    del reply
    layers = packet.layers
    if first(layers, "smtp_response_code") and "smtp" in flow.state:
        flow.state["smtp"]["last_reply"] = " ".join(
            (first(layers, "smtp_response_code"), first(layers, "smtp_rsp_parameter"))
        ).strip()
    parameters = layers.get("smtp_req_parameter", [])
    for rank, command in enumerate(layers.get("smtp_req_command", ())):
        parameter = parameters[rank] if rank < len(parameters) else ""
        if command.upper() == "MAIL" and "mailfrom" in flow.state.get("smtp", {}):
            yield from smtp_end(flow)
        _smtp_command(_mail(flow, packet), command.upper(), parameter)
    if "imf_from" in layers or "imf_subject" in layers:
        _mail_headers(_mail(flow, packet), layers)


def _mail(flow: Flow, packet: Packet) -> Record:
    if "smtp" not in flow.state:
        depth = flow.state["smtp_depth"] = flow.state.get("smtp_depth", 0) + 1
        flow.state["smtp"] = {**flow.head("smtp", packet.time_us), "trans_depth": depth}
        if helo := flow.state.get("smtp_helo"):
            flow.state["smtp"]["helo"] = helo
    record: Record = flow.state["smtp"]
    return record


def _smtp_command(record: Record, command: str, parameter: str) -> None:
    if command in {"HELO", "EHLO"}:
        record["helo"] = parameter
    elif command == "MAIL":
        record["mailfrom"] = _mailbox(parameter)
    elif command == "RCPT":
        record["rcptto"] = [*record.get("rcptto", []), _mailbox(parameter)][:100]
    elif command == "STARTTLS":
        record["tls"] = True


def _mailbox(parameter: str) -> str:
    return parameter.partition(":")[2].strip().partition(" ")[0].strip("<>")


def _mail_headers(record: Record, layers: Layers) -> None:
    for name, field in {"date": "imf_date", "from": "imf_from", "subject": "imf_subject"}.items():
        if value := first(layers, field):
            record[name] = value
    if targets := layers.get("imf_to"):
        record["to"] = targets[:100]
    for name, field in {"msg_id": "imf_message_id", "user_agent": "imf_user_agent"}.items():
        if value := first(layers, field):
            record[name] = value


def smtp_end(flow: Flow) -> Iterator[Record]:
    """Give the mail that is being sent, if any, and keep the greeting for the next one."""
    record: Record | None = flow.state.pop("smtp", None)
    if record is not None:
        flow.state["smtp_helo"] = record.get("helo", "")
        if len(record) > 8:  # more than the head and its number
            yield record


def ftp(flow: Flow, packet: Packet, reply: bool) -> Iterator[Record]:
    """Pair the commands that move files or log in with their replies; passwords are never kept."""
    del reply
    layers = packet.layers
    command = first(layers, "ftp_request_command").upper()
    argument = first(layers, "ftp_request_arg")
    if command == "USER":
        flow.state["ftp_user"] = argument
    elif command:
        record = flow.head("ftp", packet.time_us)
        record.update({"user": flow.state.get("ftp_user", "<unknown>"), "command": command})
        if command == "PASS":
            record["password"] = "<hidden>"
        elif argument:
            record["arg"] = argument
        flow.state["ftp"] = record
    code = number(layers, "ftp_response_code")
    if code >= 200 and "ftp" in flow.state:
        record = flow.state.pop("ftp")
        if record["command"] in _LOGGED_FTP:
            yield {**record, "reply_code": code, "reply_msg": first(layers, "ftp_response_arg")}


def modbus(flow: Flow, packet: Packet, reply: bool) -> Iterator[Record]:
    """Tell each request, and each answer that is an exception."""
    layers = packet.layers
    exceptions = numbers(layers, "modbus_exception_code")
    if reply and not exceptions:
        return
    for rank, code in enumerate(numbers(layers, "modbus_func_code")):
        record = flow.head("modbus", packet.time_us)
        record["tid"] = number(layers, "mbtcp_trans_id")
        record["unit"] = number(layers, "mbtcp_unit_id")
        record["func"] = names.MODBUS_FUNCTIONS.get(code & 0x7F, f"unknown-{code & 0x7F}")
        record["pdu_type"] = "RESP" if reply else "REQ"
        if reply and rank < len(exceptions):
            record["exception"] = names.MODBUS_EXCEPTIONS.get(exceptions[rank], f"unknown-{exceptions[rank]}")
        yield record


def dnp3(flow: Flow, packet: Packet, reply: bool) -> Iterator[Record]:
    """Pair application requests with their answers."""
    del reply
    layers = packet.layers
    for code in numbers(layers, "dnp3_al_func"):
        name = names.DNP3_FUNCTIONS.get(code, f"unknown-{code}")
        if code < 128:
            yield from dnp3_end(flow)
            flow.state["dnp3"] = {**flow.head("dnp3", packet.time_us), "fc_request": name}
            continue
        record = flow.state.pop("dnp3", None) or flow.head("dnp3", packet.time_us)
        record["fc_reply"] = name
        if "dnp3_al_iin" in layers:
            record["iin"] = number(layers, "dnp3_al_iin")
        yield record


def dnp3_end(flow: Flow) -> Iterator[Record]:
    """Give a request that nobody answered."""
    record: Record | None = flow.state.pop("dnp3", None)
    if record is not None:
        yield record
