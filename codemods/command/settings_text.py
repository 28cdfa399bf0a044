"""What `--show-settings` prints: the table that holds for a file, as TOML or JSON."""

from __future__ import annotations

import json

from lint_plugin.config.schema import CODES
from lint_plugin.config.selection import Selection
from lint_plugin.config.settings import DEFAULTS, Config


def settings_text(path: str, config: Config, select: tuple[str, ...], ignore: tuple[str, ...]) -> str:
    """Every key with its value, which of them the file gives, and the codes that are looked for."""
    source = config.path or "none, so the defaults hold"
    lines = [
        f"# settings for {path}",
        f"# configuration file: {source}",
        f"# codes looked for: {', '.join(_wanted(path, config, select, ignore)) or 'none'}",
        "[tool.recorder]",
    ]
    for key, value in _values(config).items():
        comment = "" if key in config.given else "  # default"
        lines.append(f"{key} = {_toml(value)}{comment}")
    return "".join(f"{line}\n" for line in lines)


def settings_json(path: str, config: Config, select: tuple[str, ...], ignore: tuple[str, ...]) -> str:
    """The same as one JSON object."""
    document = {
        "path": path,
        "configuration": config.path or None,
        "codes": _wanted(path, config, select, ignore),
        "given": [key for key in DEFAULTS if key in config.given],
        "settings": _values(config),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _wanted(path: str, config: Config, select: tuple[str, ...], ignore: tuple[str, ...]) -> list[str]:
    selection = Selection(config, path, select, ignore)
    return [code for code in CODES if selection.wants(code)]


def _values(config: Config) -> dict[str, object]:
    """Each key with its value, as a table holds it."""
    values = {key: getattr(config, key.replace("-", "_")) for key in DEFAULTS}
    if config.detects_format != "auto":
        values["detects-format"] = config.detects_format == "true"
    return values


def _toml(value: object) -> str:
    if isinstance(value, dict):
        items = [f"{_key(key)} = {_toml(item)}" for key, item in value.items()]
        return f"{{ {', '.join(items)} }}" if items else "{}"
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return key if key.isidentifier() and key.isascii() else json.dumps(key, ensure_ascii=False)
