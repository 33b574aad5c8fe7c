"""What names of files say: directory, stem, extension; which extensions are ordinary everywhere.

Enters: paths on shares as probes write them. Leaves: their parts, and whether an extension says nothing by itself.
Source: extensions of office, images, medical imaging, laboratory, programs and backups, collected by us.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import log2
from typing import NamedTuple

_DOCUMENTS = (
    "doc docx docm dot dotx odt ott rtf txt md pdf xls xlsx xlsm xlsb xlt xltx ods csv tsv ppt pptx pptm pps ppsx odp "
    "vsd vsdx pub one mdb accdb dbf db sqlite eml msg pst ost ics vcf xml json yaml yml html htm mht epub xps ps tex "
    "jpg jpeg jpe jfif png gif bmp tif tiff webp heic heif svg ico psd ai eps dwg dxf raw cr2 nef mp3 wav ogg m4a wma "
    "mp4 avi mov mkv wmv mpg mpeg webm flac dcm dicom ima img nii hl7 hpr oru orm edf scp fda mzml fcs fasta fastq vcf "
    "bam svs ndpi mrxs czi lif sav sas7bdat rdata r py sql log ini cfg conf inf url lnk key pem cer crt p12 pfx rdp"
)
_PROGRAMS = (
    "exe dll sys msi msp msu cab ocx drv cpl jar war class apk bat cmd ps1 psm1 vbs js css php aspx sh so rpm deb"
)
_CONTAINERS = (
    "zip 7z rar gz tgz bz2 xz zst lz4 tar iso vhd vhdx vmdk ova qcow2 vbk vib vrb vbm bkf spb spi spf mdf ldf ndf trn "
    "dmp nbd wim gho tib tibx sna"
)
_PASSING = (
    "tmp temp part partial crdownload download filepart swp swo lock lck new old bak bck back backup orig save sav "
    "wbk asd xlk ldb laccdb rbf rbs mui cache crc md5 sha1 sha256 done ok err error processed sent pending ready wip "
    "filelist manifest idx index dat bin data journal wal shm thumbs"
)

DOCUMENTS = frozenset(_DOCUMENTS.split())
PASSING = frozenset(_PASSING.split())
ORDINARY = DOCUMENTS | PASSING | frozenset(_PROGRAMS.split()) | frozenset(_CONTAINERS.split())
"""Extensions that any site may meet any day."""

_DATED = re.compile(r"\d{1,3}|(?:19|20)\d{6}(?:\d{4,6})?|~?\d{1,3}~?|v\d{1,3}|r\d{2}|z\d{2}|\d{4}-\d\d-\d\d")
"""Numbers of rotated logs, days, versions, parts of archives."""
_NOTES = frozenset({"txt", "html", "htm", "hta", "rtf", "url"})
_NO_NOTES = ("index.html", "index.htm", "default.htm")
"""Names that a copied web site has in each directory."""
EXTENSION_CHARS = 64


class Name(NamedTuple):
    """`\\\\Medecine\\\\a.pdf.k7x` is directory `medecine`, stem `a.pdf`, extension `k7x`."""

    directory: str
    file: str
    stem: str
    extension: str


@lru_cache(maxsize=16_384)
def parts(path: str) -> Name:
    """Take a path apart, in lower case; a name that only begins with a dot has no extension."""
    directory, _, file = path.lower().replace("/", "\\").rpartition("\\")
    stem, dot, extension = file.rpartition(".")
    if not dot or not stem or len(extension) > EXTENSION_CHARS:
        return Name(directory, file, file, "")
    return Name(directory, file, stem, extension)


def ordinary(extension: str) -> bool:
    """Say whether an extension may be met anywhere."""
    return extension in ORDINARY or bool(_DATED.fullmatch(extension))


def passing(name: Name) -> bool:
    """Say whether a file is one that programs make while they work (`~$a.docx`, `.a.docx.Xw31Qz`, `5F3A1000`)."""
    return (
        name.extension in PASSING
        or name.file.startswith(("~", ".", "$"))
        or (not name.extension and len(name.file) == 8 and all(char in "0123456789abcdef" for char in name.file))
    )


def note_like(name: Name) -> bool:
    """Say whether a file could be a message left in each directory."""
    return name.extension in _NOTES and not name.file.startswith(_NO_NOTES)


def entropy(counts: dict[str, int]) -> float:
    """Give the entropy of counts in bits."""
    total = sum(counts.values())
    return -sum(count / total * log2(count / total) for count in counts.values() if count) if total else 0.0
