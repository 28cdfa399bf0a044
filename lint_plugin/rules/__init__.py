"""The rules, one file each; `RULES` is in order of code."""

from __future__ import annotations

from lint_plugin.rules.base import Example, Rule
from lint_plugin.rules.bypassed_storage_copy import BypassedStorageCopy
from lint_plugin.rules.bypassed_storage_removal import BypassedStorageRemoval
from lint_plugin.rules.bypassed_storage_write import BypassedStorageWrite
from lint_plugin.rules.duplicated_extension_logic import DuplicatedExtensionLogic
from lint_plugin.rules.entity_type_never_saved import EntityTypeNeverSaved
from lint_plugin.rules.hardcoded_sequence_lookup import HardcodedSequenceLookup
from lint_plugin.rules.hardcoded_sequence_prefix import HardcodedSequencePrefix
from lint_plugin.rules.os_path_join_on_run_folder import OsPathJoinOnRunFolder
from lint_plugin.rules.recorder_state_changed import RecorderStateChanged
from lint_plugin.rules.unknown_recorder_argument import UnknownRecorderArgument
from lint_plugin.rules.unknown_recorder_attribute import UnknownRecorderAttribute

RULES: tuple[type[Rule], ...] = (
    UnknownRecorderAttribute,
    UnknownRecorderArgument,
    RecorderStateChanged,
    HardcodedSequencePrefix,
    HardcodedSequenceLookup,
    EntityTypeNeverSaved,
    BypassedStorageCopy,
    BypassedStorageWrite,
    BypassedStorageRemoval,
    OsPathJoinOnRunFolder,
    DuplicatedExtensionLogic,
)
BY_CODE: dict[str, type[Rule]] = {rule.code: rule for rule in RULES}

__all__ = ["BY_CODE", "RULES", "Example", "Rule"]
