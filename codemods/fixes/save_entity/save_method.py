"""Whether the configured save method takes what a rewrite would give it, and gives what the code goes on with."""

from __future__ import annotations

import re

from codemods.edits import Leave
from codemods.fixes.save_entity.shape import FILE, JSON, TEXT, Shape
from codemods.fixes.save_entity.target import Target
from codemods.fixes.save_entity.uses import Uses
from lint_plugin.analysis import Analysis
from lint_plugin.config.settings import DEFAULTS, Config
from lint_plugin.facts import Signature

_TAKES_ALL = frozenset({"Any", "object", "Content"})
_TAKES_BYTES = frozenset({"bytes", "bytearray", "Buffer", "ReadableBuffer", "ByteString", "AnyStr"})
_GIVES_NAME = re.compile(
    r"""['"]?(?:builtins\.)?(?:typing\.)?(?:str|Any|object|Optional\[str\]|(?:None \| )?str(?: \| None)?)['"]?"""
)
_TAKES = {TEXT: frozenset({"str", "AnyStr"}), JSON: frozenset({"dict", "Dict", "Mapping", "MutableMapping"})}
# Parameters of these names are a file's path or handle, whatever they are annotated with.
_FILE_NAMES = re.compile(r"(?:.*_)?(?:path|paths|file|files|filename|local|artifact|dir|folder|source|src|uri|url)\Z")


def require_save_method(analysis: Analysis, shape: Shape, target: Target, uses: Uses) -> None:
    """Make sure of it, by the method's definition where that is in sight, else by the configuration.

    Raises:
        Leave: The method is missing, takes or gives something else, or nothing says what it takes.
    """
    config, known = analysis.config, analysis.evidence.class_of(target.path.evidence)
    method = config.helper_method or config.save_method
    signature = None if known is None else known.methods.get(method)
    if known is not None and signature is None and not known.open:
        raise Leave(f"`{known.name}` has no method `{method}`: set `save-method` in the configuration")
    if known is not None and signature is not None:
        _require_signature(config, f"{known.name}.{method}", signature, uses)
    if config.helper_method:
        _require_helper_fits(method, shape, uses)
    else:
        _require_takes_content(config, shape, signature)


def _require_signature(config: Config, method: str, signature: Signature, uses: Uses) -> None:
    """A call saves, with the configured parameters, and gives the file's name where the code goes on with it."""
    if not config.helper_method:
        if not set(config.save_parameters) <= set(signature.names):
            raise Leave(f"`{method}` takes other parameters ({', '.join(signature.names)}): set `save-parameters`")
        missing = sorted(set(signature.required) - set(config.save_parameters))
        if missing:
            raise Leave(f"`{method}` cannot be called without `{missing[0]}`: give the parameter a default")
    if not signature.runs:
        raise Leave(f"`{method}` is `async`, a generator or a context manager: a plain call of it would save nothing")
    if (uses.target or uses.path_name) and signature.result and not _GIVES_NAME.fullmatch(signature.result):
        what = "returns nothing" if signature.result == "None" else f"returns `{signature.result}`"
        raise Leave(f"`{method}` {what}, and `{uses.target or uses.path_name}` is read later as the name or path of the file")


def _require_takes_content(config: Config, shape: Shape, signature: Signature | None) -> None:
    """The annotation of the content's parameter, or the configuration, says that it takes such content."""
    if "content" in config.given and (config.content == "bytes" or shape.kind == FILE):
        return
    method, parameter = config.save_method, config.save_parameters[1]
    annotation = "" if signature is None else signature.types.get(parameter, "")
    what = {TEXT: "a str", JSON: "a dict"}.get(shape.kind, "bytes")
    advice = f"set `content` in the configuration to what `{method}()` takes"
    if annotation:
        wanted = _TAKES.get(shape.kind, _TAKES_BYTES)
        if not (wanted | _TAKES_ALL) & set(re.findall(r"\w+", annotation)):
            raise Leave(f"`{method}()` takes `{parameter}: {annotation}`, and would be given {what}: {advice}")
    elif (method != DEFAULTS["save-method"] or "content" in config.given) and _FILE_NAMES.match(parameter):
        raise Leave(f"whether `{parameter}` of `{method}()` takes {what} is not known: {advice}")


def _require_helper_fits(helper: str, shape: Shape, uses: Uses) -> None:
    """A helper method takes a file, and gives None for an error: nothing may count on its success."""
    if shape.kind != FILE:
        raise Leave(f"`{helper}` takes files only")
    if shape.removes_source:
        raise Leave(f"`{helper}` hides errors, and the source must not be removed after one")
    if uses.path_name:
        raise Leave(f"`{helper}` hides errors, and `{uses.path_name}` is used at line {uses.path_line}")
