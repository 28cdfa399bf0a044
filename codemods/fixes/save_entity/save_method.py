"""Whether the configured save method takes what a rewrite would give it."""

from __future__ import annotations

import re

from codemods.edits import Leave
from codemods.fixes.save_entity.shape import FILE, JSON, TEXT, Shape
from codemods.fixes.save_entity.target import Target
from codemods.fixes.save_entity.uses import Uses
from lint_plugin.analysis import Analysis
from lint_plugin.config.settings import DEFAULTS
from lint_plugin.facts import Signature

_TAKES_ALL = frozenset({"Any", "object", "Content"})
_TAKES_BYTES = frozenset({"bytes", "bytearray", "Buffer", "ReadableBuffer", "ByteString", "AnyStr"})
_GIVES_NAME = re.compile(
    r"""['"]?(?:builtins\.)?(?:typing\.)?(?:str|Any|object|Optional\[str\]|(?:None \| )?str(?: \| None)?)['"]?"""
)
_TAKES = {TEXT: frozenset({"str", "AnyStr"}), JSON: frozenset({"dict", "Dict", "Mapping", "MutableMapping"})}
# Parameters of these names are a file's path or handle, whatever they are annotated with.
_FILE_NAMES = re.compile(r"(?:.*_)?(?:path|paths|file|files|filename|local|artifact|dir|folder|source|src|uri|url)\Z")


def require_takes_content(analysis: Analysis, shape: Shape, target: Target) -> None:
    """Make sure that the save method takes content, by its parameter's annotation or by the configuration.

    Raises:
        Leave: Neither says so.
    """
    config = analysis.config
    if config.helper_method or ("content" in config.given and (config.content == "bytes" or shape.kind == FILE)):
        return
    parameter = config.save_parameters[1]
    known = analysis.evidence.class_of(target.path.evidence)
    signature = None if known is None else known.methods.get(config.save_method)
    annotation = "" if signature is None else signature.types.get(parameter, "")
    what = {TEXT: "a str", JSON: "a dict"}.get(shape.kind, "bytes")
    advice = f"set `content` in the configuration to what `{config.save_method}()` takes"
    if annotation:
        wanted = _TAKES.get(shape.kind, _TAKES_BYTES)
        if not (wanted | _TAKES_ALL) & set(re.findall(r"\w+", annotation)):
            raise Leave(f"`{config.save_method}()` takes `{parameter}: {annotation}`, and would be given {what}: {advice}")
    elif (config.save_method != DEFAULTS["save-method"] or "content" in config.given) and _FILE_NAMES.match(parameter):
        raise Leave(f"whether `{parameter}` of `{config.save_method}()` takes {what} is not known: {advice}")


def require_gives_name(method: str, signature: Signature, uses: Uses) -> None:
    """Make sure that a call of the save method saves, and gives the file's name where the code goes on with it.

    Raises:
        Leave: Its definition says otherwise.
    """
    if not signature.runs:
        raise Leave(f"`{method}` is `async`, a generator or a context manager: a plain call of it would save nothing")
    if (uses.target or uses.path_name) and signature.result and not _GIVES_NAME.fullmatch(signature.result):
        what = "returns nothing" if signature.result == "None" else f"returns `{signature.result}`"
        raise Leave(f"`{method}` {what}, and `{uses.target or uses.path_name}` is read later as the name or path of the file")
