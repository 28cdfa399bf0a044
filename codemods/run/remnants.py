"""Whether a rewritten text can hold a finding at all: where it cannot, it need not be analysed again."""

from __future__ import annotations

from lint_plugin.analysis import Analysis
from lint_plugin.source.text import SourceText


def may_be_flagged(before: Analysis, new: SourceText) -> bool:
    """Whether a text may have findings.

    Every finding needs an attribute by which a path begins, or that is renamed; only attributes that a known recorder class
    lacks may have any name.

    Args:
        before: The text that it was made from by our own rewrites, which bring no class and no import but `os` with them.
        new: The text.
    """
    config, text = before.config, new.u8
    if not text.isascii():  # other spellings of a name count too
        import unicodedata  # few files need it

        text = unicodedata.normalize("NFKC", text.decode("utf-8")).encode("utf-8")
    attributes = config.all_folder_attributes() | {config.output_folder_attribute}
    if any(name.encode("utf-8") in text for name in (*attributes, *config.renamed_attributes, *config.run_roots)):
        return True
    # A rename may have turned another name into that of a recorder class.
    provers = {name.rpartition(".")[2] for name in (*config.recorder_classes, *config.recorder_factories)}
    if not provers.isdisjoint(config.renamed_attributes.values()):
        return True
    if not any(name.encode("utf-8") in text for name in provers):
        return False
    classes = before.evidence.classes.values()
    if any(node.name in provers or before.evidence.is_recorder_class(node) for node in classes):
        return True
    return before.facts is None or before.facts.knows_classes()
