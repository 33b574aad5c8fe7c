"""`tocsin demo`: an invented night at a hospital, scanned by the real pipeline."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from tocsin.cli import session
from tocsin.i18n import N_, _

NAME = "demo"
ABOUT = N_(
    "Scan an invented night at a hospital and show the attack in it. "
    "The logs are made by us; the scan is the real one, and nothing leaves this machine."
)
EXAMPLES = (
    (N_("the incident on the terminal, and a page to open in a browser"), "tocsin demo"),
    (N_("remove the page again"), "tocsin demo --clean"),
)
SITE = "chu-exemple"


def run(
    ctx: typer.Context,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar=N_("FILE"), help=N_("Write the page here; else in the data folder.")),
    ] = None,
    clean: Annotated[
        bool, typer.Option("--clean", help=N_("Remove the page that the demo wrote, and do no more."))
    ] = False,
) -> int:
    """Run the verb; give the exit code."""
    settings = session.settings(ctx)
    folder = Path(settings.data_dir) / "demo"
    if clean:
        return _remove(folder)
    from tocsin import demo
    from tocsin.cli import results
    from tocsin.pipeline import ScanOptions

    results.check_writable(html)
    file = html or _folder(folder) / "night.html"
    options = ScanOptions(paths=(str(demo.night()),), site=SITE, data_dir=settings.data_dir, workers=settings.workers)
    result = results.perform(options)
    session.put(_("Exercise: an invented night at an invented hospital.") + "\n\n")
    results.print_screen(result, 0)
    results.write_page(file, result)
    session.put("\n" + _("The same as a page: {url}").format(url=file.resolve().as_uri()) + "\n")
    session.put(_("Your own logs: tocsin scan FOLDER") + "\n")
    return 0


def _folder(wanted: Path) -> Path:
    """Make the folder for the page; where the data folder may not be written, a temporary one."""
    try:
        wanted.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="tocsin-demo-"))
    return wanted


def _remove(folder: Path) -> int:
    if folder.is_dir():
        shutil.rmtree(folder)
        session.put(_("Removed: {path}").format(path=folder) + "\n")
    else:
        session.put(_("Nothing to remove.") + "\n")
    return 0
