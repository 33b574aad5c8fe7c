"""Medical traffic made by real software, captured by dumpcap: what the committed captures are, and what live tests do.

`python -m tests.probes.medical_traffic FOLDER` writes `dicom.pcap` and `hl7.pcap` anew. It needs pynetdicom, dumpcap
and the right to make a network namespace: within it the invented addresses are on the loopback interface.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

PACS, SCANNER, STATION = "10.30.1.10", "10.30.2.21", "10.30.3.7"
LAB, RECORD = "10.40.1.20", "10.40.1.5"
ADDRESSES = (PACS, SCANNER, STATION, LAB, RECORD)
SECRETS = ("CAMILLE", "IPP0001", "19700101", "7.25")
"""What a patient's data are in this traffic: none of it may come out."""


@contextmanager
def captured(path: Path) -> Iterator[None]:
    """Capture the loopback interface into a file. Raises OSError when that is not allowed."""
    command = ["dumpcap", "-q", "-P", "-i", "lo", "-f", "tcp", "-w", str(path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as child:
        try:
            _await(lambda: path.exists() or child.poll() is not None)
            if child.poll() is not None:
                raise OSError(f"dumpcap: {child.stderr.read() if child.stderr else ''}")
            time.sleep(0.5)  # dumpcap makes the file before it listens
            yield
            time.sleep(0.5)
        finally:
            child.terminate()


def _await(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not done() and time.monotonic() < end:
        time.sleep(0.02)


def imaging(port: int, pacs: str = PACS, scanner: str = SCANNER, station: str = STATION) -> None:
    """A scanner verifies, searches, stores, moves and fetches at an archive, and calls one that is not there."""
    from pydicom.dataset import Dataset
    from pydicom.uid import ExplicitVRLittleEndian
    from pynetdicom import AE, build_role, evt, sop_class

    find, move = (
        sop_class.StudyRootQueryRetrieveInformationModelFind,
        sop_class.StudyRootQueryRetrieveInformationModelMove,
    )
    get, verify, ct = (
        sop_class.StudyRootQueryRetrieveInformationModelGet,
        sop_class.Verification,
        sop_class.CTImageStorage,
    )

    def answers(event: object) -> Iterator[tuple[int, Dataset | None]]:
        for number in range(3):
            yield 0xFF00, _study(f"CAMILLE{number}")
        yield 0x0000, None

    def moves(event: object) -> Iterator[object]:
        yield station, port + 1
        yield 1
        yield 0xFF00, _image()

    def gets(event: object) -> Iterator[object]:
        yield 1
        yield 0xFF00, _image()

    stores = [(evt.EVT_C_STORE, lambda event: 0x0000)]
    archive = AE("PACS01")
    archive.require_called_aet = True
    for context in (verify, find, move, get):
        archive.add_supported_context(context)
    archive.add_supported_context(ct, ExplicitVRLittleEndian, scu_role=True, scp_role=True)
    archive.add_requested_context(ct, ExplicitVRLittleEndian)
    viewer = AE("STATION7")
    viewer.add_supported_context(ct, ExplicitVRLittleEndian)
    modality = AE("CT_SCAN1")
    modality.implementation_class_uid = "1.2.826.0.1.3680043.9.9999.1"
    modality.implementation_version_name = "EXEMPLE_CT_4"
    for context in (verify, find, move, get):
        modality.add_requested_context(context)
    modality.add_requested_context(ct, ExplicitVRLittleEndian)

    handlers = [(evt.EVT_C_FIND, answers), (evt.EVT_C_MOVE, moves), (evt.EVT_C_GET, gets), *stores]
    servers = [archive.start_server((pacs, port), block=False, evt_handlers=handlers)]
    servers.append(viewer.start_server((station, port + 1), block=False, evt_handlers=stores))
    try:
        role = build_role(ct, scp_role=True, scu_role=True)
        link = modality.associate(
            pacs, port, ae_title="PACS01", ext_neg=[role], evt_handlers=stores, bind_address=(scanner, 0)
        )
        assert link.is_established
        link.send_c_echo()
        list(link.send_c_find(_study("CAMILLE"), find))
        link.send_c_store(_image())
        list(link.send_c_move(_study("CAMILLE"), "STATION7", move))
        list(link.send_c_get(_study("CAMILLE"), get))
        link.release()
        assert modality.associate(pacs, port, ae_title="NOBODY", bind_address=(scanner, 0)).is_rejected
        time.sleep(0.2)
    finally:
        for server in servers:
            server.shutdown()


def _study(name: str):  # type: ignore[no-untyped-def]
    from pydicom.dataset import Dataset

    study = Dataset()
    study.QueryRetrieveLevel = "STUDY"
    study.PatientName = f"ESSAI^{name}"
    study.PatientID = "IPP0001"
    study.PatientBirthDate = "19700101"
    study.StudyInstanceUID = "1.2.826.0.1.3680043.9.9999.7"
    return study


def _image():  # type: ignore[no-untyped-def]
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian
    from pynetdicom.sop_class import CTImageStorage

    image = _study("CAMILLE")
    del image.QueryRetrieveLevel
    image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, "1.2.826.0.1.3680043.9.9999.8"
    image.SeriesInstanceUID, image.Modality = "1.2.826.0.1.3680043.9.9999.9", "CT"
    image.Rows = image.Columns = 8
    image.BitsAllocated = image.BitsStored = 16
    image.HighBit, image.PixelRepresentation, image.SamplesPerPixel = 15, 0, 1
    image.PhotometricInterpretation = "MONOCHROME2"
    image.PixelData = bytes(128)
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return image


def message(number: int, kind: str = "ORU^R01^ORU_R01", results: int = 1) -> bytes:
    """Make an HL7 message of the laboratory in its MLLP frame."""
    segments = [
        f"MSH|^~\\&|LABO|CHU-EXEMPLE|DPI|CHU-EXEMPLE|202603021015||{kind}|MSG{number:05d}|P|2.5|||AL|NE||8859/1",
        "PID|1||IPP0001^^^CHU-EXEMPLE^PI||ESSAI^CAMILLE||19700101|F",
        f"OBR|1|A{number}||GLU^Glucose",
        *(f"OBX|{rank + 1}|NM|GLU^Glucose||7.25|mmol/L|||||F" for rank in range(results)),
    ]
    return b"\x0b" + "\r".join(segments).encode() + b"\r\x1c\r"


def _answer(number: int, code: str) -> bytes:
    text = f"MSH|^~\\&|DPI|CHU-EXEMPLE|LABO|CHU-EXEMPLE|202603021015||ACK^R01^ACK|ACK{number:05d}|P|2.5\r"
    return b"\x0b" + f"{text}MSA|{code}|MSG{number:05d}|IPP0001 CAMILLE\r".encode() + b"\x1c\r"


def results(port: int, record: str = RECORD, lab: str = LAB) -> None:
    """A laboratory sends results; one is refused, one needs several packets, two share one, the last has no answer."""
    listener = socket.create_server((record, port))
    codes = {1: "AA", 2: "AE", 3: "AA", 4: "AA", 5: "AR"}
    server = Thread(target=_serve, args=(listener, codes))
    server.start()
    with socket.create_connection((record, port), source_address=(lab, 0)) as link:
        messages = (message(1), message(2, "ADT^A01"), message(3, results=200), message(4) + message(5), message(6))
        for data in messages:
            link.sendall(data)
            time.sleep(0.2)
        link.shutdown(socket.SHUT_WR)
        while link.recv(4096):
            pass
    server.join()
    listener.close()


def _serve(listener: socket.socket, codes: dict[int, str]) -> None:
    link, _ = listener.accept()
    number, held = 0, b""
    with link:
        while data := link.recv(65536):
            held += data
            while b"\x1c\r" in held:
                _, _, held = held.partition(b"\x1c\r")
                number += 1
                if number in codes:
                    link.sendall(_answer(number, codes[number]))


def main(folder: str) -> None:
    """Write both captures; called again within a network namespace of its own."""
    for address in ADDRESSES:
        subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up", "mtu", "1500"], check=True)
    own = f"local {STATION} dev lo src {PACS}"  # the archive's own calls come from its address
    subprocess.run(["ip", "route", "replace", "table", "local", *own.split()], check=True)
    with captured(Path(folder) / "dicom.pcap"):
        imaging(104)
    with captured(Path(folder) / "hl7.pcap"):
        results(2575)


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        main(sys.argv[2])
    else:
        inside = [sys.executable, "-m", "tests.probes.medical_traffic", "--inside", sys.argv[1]]
        subprocess.run(["unshare", "--net", *inside], check=True)
