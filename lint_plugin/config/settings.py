"""What the engine knows about a project's recorder: the table `[tool.recorder]`, as one plain object.

Reading and checking the table is `lint_plugin.config.reading`'s work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# One row per key of [tool.recorder]: key -> default. The type of the default is the type the key takes.
DEFAULTS: Mapping[str, object] = {
    "recorder-classes": ("LivePipelineRecorder",),
    "recorder-factories": ("get_recorder", "load_recorder"),
    "recorder-modules": ("recorder", "*pipeline_recorder"),
    "recorder-names": ("recorder",),
    "folder-names": ("run_folder",),
    "folder-attributes": ("run_folder",),
    "renamed-attributes": {"run_dir": "run_folder"},
    "save-method": "save_entity",
    "detects-format": "auto",
    "format-key": "format",
    "save-parameters": ("entity_type", "content", "metadata"),
    "folder-type": "path",
    "output-folder-attribute": "",
    "helper-method": "",
    "content": "bytes",
    "source-key": "filesystem_path",
    "comment": "",
    "required-arguments": {},
    "writers": {},
    "select": (),
    "ignore": (),
    "exclude": (),
    "per-file-ignores": {},
    "baseline": "",
    "metadata": {},
    "run-roots": (),
    "source-roots": (".",),
}


@dataclass(init=False)
class Config:
    """The settings of one `[tool.recorder]` table; keys as in `DEFAULTS` with `_` for `-`.

    Lists are tuples, tables are dicts, so that a `Config` can be pickled to a worker and compared.

    Attributes:
        path: The configuration file, or `""` when the defaults are in force.
        root: The folder that relative paths (`source-roots`, `exclude`, `baseline`) count from.
        given: The keys that the file really holds; `source-roots` behaves differently when it is set.
    """

    recorder_classes: tuple[str, ...]
    recorder_factories: tuple[str, ...]
    recorder_modules: tuple[str, ...]
    recorder_names: tuple[str, ...]
    folder_names: tuple[str, ...]
    folder_attributes: tuple[str, ...]
    renamed_attributes: dict[str, str]
    save_method: str
    detects_format: str  # "auto", "true" or "false"
    format_key: str
    save_parameters: tuple[str, str, str]
    folder_type: str  # "path" or "str"
    output_folder_attribute: str  # the first of `folder_attributes` where the file does not give one
    helper_method: str
    content: str  # "bytes" or "path"
    source_key: str
    comment: str
    required_arguments: dict[str, tuple[str, ...]]
    writers: dict[str, int | str]
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    exclude: tuple[str, ...]
    per_file_ignores: dict[str, tuple[str, ...]]
    baseline: str
    metadata: dict[str, str]
    run_roots: tuple[str, ...]
    source_roots: tuple[str, ...]
    path: str
    root: str
    given: frozenset[str]

    def __init__(self, values: Mapping[str, object] | None = None, path: str = "", root: str = ".") -> None:
        given = {} if values is None else values
        for key, default in DEFAULTS.items():
            setattr(self, key.replace("-", "_"), given.get(key, default))
        if not self.output_folder_attribute and self.folder_attributes:
            self.output_folder_attribute = self.folder_attributes[0]
        self.given = frozenset(given)
        self.path = path
        self.root = root

    def all_folder_attributes(self) -> frozenset[str]:
        """Every attribute that means a folder of the run: the real ones and the renamed ones that stand for one."""
        renamed = {old for old, new in self.renamed_attributes.items() if new in self.folder_attributes}
        return frozenset(self.folder_attributes) | renamed

    def __hash__(self) -> int:
        return hash((self.path, self.root))
