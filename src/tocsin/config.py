"""The settings: one `tocsin.toml`, strict; an empty file runs.

Enters: a TOML file and `TOCSIN_*` environment variables. Leaves: `Settings`, and for each setting its sentence,
default, value and where the value came from. A variable of the environment goes before the file.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from tocsin.errors import ConfigError
from tocsin.i18n import N_, _

FILE_VARIABLE = "TOCSIN_CONFIG"
PREFIX = "TOCSIN_"
PLACES = (Path("tocsin.toml"), Path("/etc/tocsin/tocsin.toml"))


def default_data_dir() -> str:
    """Give the user's data folder, as the XDG base directory specification says."""
    return str(Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "tocsin")


class Settings(BaseSettings):
    """Every setting of Tocsin, with its sentence and its default."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, validate_default=False)

    site: str = Field("local", min_length=1, description=N_("Name of the hospital that the logs come from."))
    data_dir: str = Field(
        default_factory=default_data_dir,
        min_length=1,
        description=N_("Folder for added rules and for the compiled form of rules (made when needed)."),
    )
    lang: Literal["", "en", "fr"] = Field(
        "", description=N_("Language of texts, en or fr; empty follows the locale of the machine.")
    )
    rules: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description=N_("Folders or files of Sigma rules used besides those of Tocsin.")
    )
    care: str = Field("", description=N_("The care map: a folder, or the name of one that ships; empty for none."))
    workers: int = Field(0, ge=0, le=256, description=N_("Worker processes; 0 chooses by cores and size of the input."))

    @field_validator("data_dir")
    @classmethod
    def _expand(cls, value: str) -> str:
        return str(Path(value).expanduser())

    @field_validator("rules", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Let `TOCSIN_RULES` name several folders as `PATH` does."""
        return tuple(part for part in value.split(os.pathsep) if part) if isinstance(value, str) else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment go before the file; no `.env` is read."""
        return env_settings, init_settings


KEYS = tuple(Settings.model_fields)


class Loaded(NamedTuple):
    """Settings with the origin of each: `default`, the file's path, or the variable's name."""

    settings: Settings
    file: Path | None
    origins: dict[str, str]


class Line(NamedTuple):
    """One setting as `tocsin config` prints it; values are written as TOML."""

    key: str
    sentence: str
    default: str
    value: str
    origin: str


def find_file(asked: str | None, environ: Mapping[str, str]) -> Path | None:
    """Give the configuration file: the one asked for, `$TOCSIN_CONFIG`, `./tocsin.toml`, or that of `/etc`.

    Raises:
        ConfigError: a file that was asked for does not exist.
    """
    named = asked or environ.get(FILE_VARIABLE)
    if not named:
        return next((place for place in PLACES if place.is_file()), None)
    if not Path(named).is_file():
        raise ConfigError(
            _("{path}: no such configuration file").format(path=named),
            _("Write one with: tocsin config --example > tocsin.toml"),
        )
    return Path(named)


def load(asked: str | None = None, environ: Mapping[str, str] = os.environ) -> Loaded:
    """Read the settings.

    Raises:
        ConfigError: the file cannot be read, is not TOML, has an unknown key, or a value is not allowed.
    """
    file = find_file(asked, environ)
    values = _read(file) if file else {}
    origins = {key: _origin(key, values, file, environ) for key in KEYS}
    _refuse_unknown_variables(environ)
    try:
        return Loaded(Settings(**values), file, origins)
    except ValidationError as error:
        raise _wrong_value(error, origins) from error


def _origin(key: str, values: dict[str, Any], file: Path | None, environ: Mapping[str, str]) -> str:
    variable = PREFIX + key.upper()
    if variable in environ:
        return variable
    return str(file) if key in values else "default"


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text("utf-8")
        values = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}", _("Run as a user who may read this file.")) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            _("{path} is not valid TOML: {error}").format(path=file, error=error),
            _("See an example with: tocsin config --example"),
        ) from error
    for key in values:
        if key not in KEYS:
            raise _unknown(key, _("in {path} line {line}").format(path=file, line=_line_of(key, text)))
    return values


def _line_of(key: str, text: str) -> int:
    """Give the line (from 1) where a key or a table of that name stands."""
    start = re.compile(rf"\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[].=]")
    return next((number for number, line in enumerate(text.splitlines(), 1) if start.match(line)), 1)


def _unknown(key: str, where: str) -> ConfigError:
    near = difflib.get_close_matches(key.lower(), KEYS, 1, 0.5)
    hint = _("Did you mean “{key}”?").format(key=near[0]) + " " if near else ""
    return ConfigError(
        _("unknown key “{key}” {where}").format(key=key, where=where),
        hint + _("All keys: tocsin config"),
    )


def _refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    known = {FILE_VARIABLE, *(PREFIX + key.upper() for key in KEYS)}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            raise _unknown(name.removeprefix(PREFIX).lower(), _("in the variable {name}").format(name=name))


def _wrong_value(error: ValidationError, origins: Mapping[str, str]) -> ConfigError:
    first = error.errors(include_url=False)[0]
    key = str(first["loc"][0]) if first["loc"] else "?"
    sentence = Settings.model_fields[key].description or "" if key in KEYS else ""
    return ConfigError(
        _("{key} (from {origin}): {problem}").format(
            key=key, origin=origins.get(key, "?"), problem=first["msg"][:1].lower() + first["msg"][1:]
        ),
        _(sentence),
    )


def lines(loaded: Loaded) -> list[Line]:
    """Give every setting with its sentence, default, value and origin, in the order of the class."""
    found = []
    for key, field in Settings.model_fields.items():
        default = default_data_dir() if field.default_factory else field.default
        value = toml(getattr(loaded.settings, key))
        found.append(Line(key, field.description or "", toml(default), value, loaded.origins[key]))
    return found


def toml(value: object) -> str:
    """Write a setting's value as TOML."""
    if isinstance(value, str):
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(char if " " <= char != "\x7f" else f"\\u{ord(char):04x}" for char in quoted) + '"'
    if isinstance(value, tuple | list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return str(value)


def example() -> str:
    """Give a commented `tocsin.toml` that holds every setting at its default."""
    parts = [_("# Settings of Tocsin. All are optional: an empty file runs. Remove the # before a line to change it.")]
    for key, field in Settings.model_fields.items():
        default = "~/.local/share/tocsin" if field.default_factory else field.default
        parts += ["", f"# {_(field.description) if field.description else key}", f"# {key} = {toml(default)}"]
    return "\n".join(parts) + "\n"
