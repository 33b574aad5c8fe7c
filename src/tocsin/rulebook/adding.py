"""Add rules to the data folder: from a folder, a file, a zip archive or an address.

Enters: where the rules are. Leaves: a copy under `data_dir/rules/<name>`, with the licence files, and `Added`.
An archive is taken apart with care: only rule and licence files, no path outside, bounded sizes.
"""

from __future__ import annotations

import http.client
import re
import shutil
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from msgspec import Struct

from tocsin.errors import ConfigError, InputError, RemoteError
from tocsin.rulebook.finding import MAX_FILE_BYTES, SUFFIXES, rule_files
from tocsin.rulebook.loading import Progress, compiled_of

KNOWN: dict[str, str] = {
    "sigmahq": "https://github.com/SigmaHQ/sigma/releases/latest/download/sigma_all_rules.zip",
}
"""Names that stand for addresses."""

TIMEOUT_S = 60
MAX_DOWNLOAD_BYTES = 200 << 20
MAX_UNPACKED_BYTES = 500 << 20
MAX_MEMBERS = 100_000
_LICENSES = ("license", "licence", "copying", "notice")


class Added(Struct, frozen=True):
    """What was added: under which name and where, how many files, usable rules and skipped ones."""

    name: str
    folder: str
    files: int
    rules: int
    skipped: int


def add(source: str, data_dir: Path, progress: Progress = lambda _done, _total: None) -> Added:
    """Copy rules into the data folder; rules of the same name from before are replaced.

    `source` is a folder, a file, a zip archive, an https address of a zip or rule file, or a name of `KNOWN`.

    Raises:
        InputError: the source does not exist, is no archive, or holds no rules.
        RemoteError: the address does not answer, or sends too much.
        ConfigError: the data folder cannot be written.
    """
    home = data_dir / "rules"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home, prefix=".adding-") as temporary:
            staged = Path(temporary) / "rules"
            staged.mkdir()
            _stage(source, staged, Path(temporary) / "download")
            files = list(rule_files(staged))
            if not files:
                raise InputError(f"{source}: no Sigma rules in it", "Rules are files that end in .yml.")
            folder = home / name_of(source)
            if folder.exists():
                shutil.rmtree(folder)
            staged.replace(folder)
    except OSError as error:
        raise ConfigError(f"{home}: cannot be written: {error}", "Choose another data folder with data_dir.") from error
    compiled = compiled_of(list(rule_files(folder)), data_dir, progress)
    return Added(folder.name, str(folder), len(files), len(compiled.rules), len(compiled.skipped))


def name_of(source: str) -> str:
    """Give the name under which rules from a source are kept: short, of letters, digits and dashes."""
    if source in KNOWN:
        return source
    path = urllib.parse.urlsplit(source).path if _is_address(source) else source
    stem = PurePosixPath(path.rstrip("/")).name.removesuffix(".zip")
    stem = Path(stem).stem if Path(stem).suffix.lower() in SUFFIXES else stem
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "rules"


def _is_address(source: str) -> bool:
    return "://" in source


def _stage(source: str, staged: Path, download: Path) -> None:
    if source in KNOWN or _is_address(source):
        _download(KNOWN.get(source, source), download)
        if zipfile.is_zipfile(download):
            _unpack(download, staged, source)
        else:
            shutil.move(download, staged / f"{name_of(source)}.yml")
        return
    path = Path(source)
    if path.is_dir():
        _copy_folder(path, staged)
    elif not path.is_file():
        raise InputError(f"{source}: no such file or folder", f"Known names: {', '.join(KNOWN)}.")
    elif zipfile.is_zipfile(path):
        _unpack(path, staged, source)
    else:
        shutil.copyfile(path, staged / path.name)


def _copy_folder(folder: Path, staged: Path) -> None:
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and _wanted(relative.name) and path.stat().st_size <= MAX_FILE_BYTES:
            target = staged / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    above = [path for path in folder.resolve().parent.glob("LICENSE*") if path.is_file()]
    if above and not any(staged.glob("LICENSE*")):
        shutil.copyfile(above[0], staged / above[0].name)


def _wanted(name: str) -> bool:
    low = name.lower()
    return Path(low).suffix in SUFFIXES or low.startswith(_LICENSES)


def _unpack(archive: Path, staged: Path, source: str) -> None:
    try:
        with zipfile.ZipFile(archive) as opened:
            for member, parts in _members(opened, source):
                target = staged.joinpath(*parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(member) as packed, target.open("wb") as file:
                    _copy(packed, file, MAX_FILE_BYTES)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError(f"{source}: not a sound zip archive: {error}", "Download it anew.") from error


def _members(archive: zipfile.ZipFile, source: str) -> Iterator[tuple[zipfile.ZipInfo, tuple[str, ...]]]:
    """Give the members to take: rule and licence files that stay inside, within the limits."""
    size = 0
    members = archive.infolist()
    for member in members[:MAX_MEMBERS]:
        parts = PurePosixPath(member.filename.replace("\\", "/")).parts
        inside = parts and not member.filename.startswith("/") and not {"..", ""} & set(parts) and ":" not in parts[0]
        if member.is_dir() or not inside or not _wanted(parts[-1]) or member.file_size > MAX_FILE_BYTES:
            continue
        size += member.file_size
        if size > MAX_UNPACKED_BYTES:
            raise InputError(f"{source}: unpacks to more than {MAX_UNPACKED_BYTES >> 20} MiB", "This is no rule pack.")
        yield member, parts


def _copy(source: IO[bytes], target: IO[bytes], limit: int) -> None:
    """Copy at most `limit` bytes: an archive may lie about sizes."""
    target.write(source.read(limit))


class _OnlyHttps(urllib.request.HTTPRedirectHandler):
    """Follows redirections, but never to an address that is not https."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Refuse to leave https."""
        if not newurl.startswith("https://"):
            raise urllib.error.URLError(f"redirected to {newurl.partition(':')[0]}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _download(address: str, target: Path) -> None:
    hint = "Check the network and the proxy, or download it elsewhere and add the file."
    if not address.startswith("https://"):
        raise InputError(f"{address}: only https addresses are taken", "Download it yourself and add the file.")
    opener = urllib.request.build_opener(_OnlyHttps())
    size = 0
    try:
        with opener.open(address, timeout=TIMEOUT_S) as answer, target.open("wb") as file:
            while chunk := answer.read(1 << 16):
                size += len(chunk)
                if size > MAX_DOWNLOAD_BYTES:
                    raise RemoteError(f"{address}: sends more than {MAX_DOWNLOAD_BYTES >> 20} MiB", hint)
                file.write(chunk)
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise RemoteError(f"{address}: cannot be fetched: {reason}", hint) from error
