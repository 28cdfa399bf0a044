"""The entity types that a module saves, as its text says: whatever has a save method counts as a recorder here."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from lint_plugin.config.settings import Config
from lint_plugin.flow.nodes import last_name
from lint_plugin.source.text import SourceError, SourceText

_FROM_FILE = "save_from_filesystem"
_ERROR = "save_error"
_PROMPT = "save_prompt_id"
_SERVERS = ("url", "swarmui", "comfyui")
_DOWNLOADS = tuple(f"download_and_save_from_{server}{sync}" for server in _SERVERS for sync in ("", "_sync"))
# Methods of the class itself that save under a type of their caller's.
_OWN = frozenset({_FROM_FILE, _ERROR, _PROMPT, *_DOWNLOADS})


def save_words(config: Config) -> frozenset[str]:
    """The names of which a file must hold one to save anything."""
    return frozenset({config.save_method, config.helper_method, *_OWN} - {""})


def saved_types(tree: ast.Module, config: Config) -> frozenset[str] | None:
    """Every type that a module saves, `output_*` for a download of a computed medium; None where one is not known."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    found: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or node.attr not in save_words(config) or _is_own(node, parents, config):
            continue
        call = parents.get(node)
        if not isinstance(call, ast.Call) or call.func is not node:
            return None  # handed on: with which type it will be called is not seen
        entity = _type_of(call, node.attr, config)
        if entity is None:
            return None
        found.add(entity)
    return frozenset(found)


def _type_of(call: ast.Call, method: str, config: Config) -> str | None:
    if method == _ERROR:
        return "error"
    if method == _PROMPT:
        return "prompt_id"
    if method in _DOWNLOADS:
        media = _constant(call, 1, "media_type")
        return "output_*" if media is None else f"output_{media}"
    if method in (_FROM_FILE, config.helper_method):
        return _constant(call, 1, "entity_type")
    return _constant(call, 0, config.save_parameters[0])


def _constant(call: ast.Call, position: int, keyword: str) -> str | None:
    given = call.args[: position + 1]
    if any(isinstance(argument, ast.Starred) for argument in given):
        return None
    value = given[position] if len(given) > position else next((k.value for k in call.keywords if k.arg == keyword), None)
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def _is_own(node: ast.AST, parents: dict[ast.AST, ast.AST], config: Config) -> bool:
    """Whether a use stands in one of the recorder's own methods that save for their caller."""
    method = ""
    while node in parents:
        node = parents[node]
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            method = node.name
        elif isinstance(node, ast.ClassDef):
            names = {node.name, *map(last_name, node.bases)}
            return bool(names & set(config.recorder_classes)) and (method in _OWN or method.startswith("_"))
    return False


def saved_in(paths: Iterable[str], config: Config) -> frozenset[str] | None:
    """Every type that some files save; None where one is not known, or a file cannot be read."""
    found: set[str] = set()
    for path in paths:
        try:
            with open(path, "rb") as file:
                types = saved_types(SourceText(file.read()).parse(), config)
        except (OSError, SourceError):
            return None
        if types is None:
            return None
        found |= types
    return frozenset(found)
