"""Find and read plots: by path, or by the name of one that ships with Tocsin.

Enters: a name. Leaves: a `Plot`, or an `InputError` that lists what is wrong, line by line.
"""

from __future__ import annotations

from pathlib import Path

from tocsin.errors import InputError
from tocsin.i18n import _
from tocsin.simulate.plots.casting import problem_text
from tocsin.simulate.plots.model import Plot
from tocsin.simulate.plots.reading import read

FOLDER = Path(__file__).parent


def shipped() -> list[str]:
    """Name the plots that ship with Tocsin."""
    return sorted(file.stem for file in FOLDER.glob("*.yaml"))


def find(name: str) -> Path:
    """Give the file of a plot.

    Raises:
        InputError: there is none.
    """
    path = Path(name)
    if path.is_file():
        return path
    if name in shipped():
        return FOLDER / f"{name}.yaml"
    hint = _("Give a YAML file, or a plot that ships with Tocsin: {known}.").format(known=", ".join(shipped()))
    raise InputError(_("{name}: no such plot").format(name=name), hint)


def load(name: str) -> Plot:
    """Read a plot.

    Raises:
        InputError: it is not there, or something is wrong with it.
    """
    path = find(name)
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}", _("Save it as UTF-8, readable for you.")) from error
    plot, problems = read(str(path), text)
    if plot is None:
        lines = "\n".join(map(problem_text, sorted(problems, key=lambda one: one.place)))
        raise InputError(lines, _("docs/rooms/simulate.md says how a plot is written."))
    return plot
