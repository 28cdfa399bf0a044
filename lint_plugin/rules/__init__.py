"""The rules, one file each; `RULES` is in order of code."""

from __future__ import annotations

from lint_plugin.rules.base import Example, Rule
from lint_plugin.rules.bypassed_storage_copy import BypassedStorageCopy
from lint_plugin.rules.bypassed_storage_write import BypassedStorageWrite
from lint_plugin.rules.duplicated_extension_logic import DuplicatedExtensionLogic
from lint_plugin.rules.hardcoded_sequence_lookup import HardcodedSequenceLookup
from lint_plugin.rules.hardcoded_sequence_prefix import HardcodedSequencePrefix
from lint_plugin.rules.os_path_join_on_run_folder import OsPathJoinOnRunFolder
from lint_plugin.rules.unknown_recorder_attribute import UnknownRecorderAttribute

RULES: tuple[type[Rule], ...] = (
    UnknownRecorderAttribute,
    HardcodedSequencePrefix,
    HardcodedSequenceLookup,
    BypassedStorageCopy,
    BypassedStorageWrite,
    OsPathJoinOnRunFolder,
    DuplicatedExtensionLogic,
)
BY_CODE: dict[str, type[Rule]] = {rule.code: rule for rule in RULES}

__all__ = ["BY_CODE", "RULES", "Example", "Rule"]
