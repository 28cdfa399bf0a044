"""What `--show-settings` prints: the table that holds for a file, as TOML."""

from __future__ import annotations

import json

from lint_plugin.config.schema import CODES
from lint_plugin.config.selection import Selection
from lint_plugin.config.settings import DEFAULTS, Config


def settings_text(path: str, config: Config, select: tuple[str, ...], ignore: tuple[str, ...]) -> str:
    """Every key with its value, which of them the file gives, and the codes that are looked for."""
    selection = Selection(config, path, select, ignore)
    wanted = [code for code in CODES if selection.wants(code)]
    source = config.path or "none, so the defaults hold"
    lines = [
        f"# settings for {path}",
        f"# configuration file: {source}",
        f"# codes looked for: {', '.join(wanted) or 'none'}",
        "[tool.recorder]",
    ]
    for key in DEFAULTS:
        comment = "" if key in config.given else "  # default"
        value = getattr(config, key.replace("-", "_"))
        if key == "detects-format" and value != "auto":
            value = value == "true"
        lines.append(f"{key} = {_toml(value)}{comment}")
    return "".join(f"{line}\n" for line in lines)


def _toml(value: object) -> str:
    if isinstance(value, dict):
        items = [f"{_key(key)} = {_toml(item)}" for key, item in value.items()]
        return f"{{ {', '.join(items)} }}" if items else "{}"
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return key if key.isidentifier() and key.isascii() else json.dumps(key, ensure_ascii=False)
