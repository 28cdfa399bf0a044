"""What a module needs to know of the other files of its project."""

from __future__ import annotations

from typing import Protocol

from lint_plugin.facts import Evidence, GivenPath, HandedWrite, KnownClass, ReturnedPath


class Project(Protocol):
    """What other files say. `lint_plugin.facts.Facts` is one; another reads them while the facts are gathered."""

    def named(self, folder: str, origin: str) -> Evidence | None:
        """What an imported name is, by the folder of the file that imports it."""

    def member(self, instance: str, attribute: str) -> Evidence | None:
        """What an attribute of a class's instances is."""

    def shared(self, key: str) -> Evidence | None:
        """What the project stores under an attribute of an object that all of its code shares (`flask.g.recorder`)."""

    def class_of(self, origin: str) -> KnownClass | None:
        """The recorder class behind a name as `Evidence.origin` gives it."""

    def other_class_with(self, attribute: str) -> str | None:
        """Where another class than the recorder has an attribute that recorders lack."""

    def knows_classes(self) -> bool:
        """Whether the project imports or defines a configured class or factory."""

    def given_folder(self, key: tuple[str, str, str]) -> GivenPath | None:
        """The run folder that a call gives a parameter."""

    def hands_folders_to(self, path: str) -> bool:
        """Whether a function of a file is given a run folder."""

    def written_by(self, home: str, name: str) -> tuple[HandedWrite, ...]:
        """What a function of another file writes of the paths that it is given.

        Args:
            home: The folder of the file that imports the function; of a method its class, as `Evidence.instance` names it.
            name: The dotted name under which it is imported, or the method's name.
        """

    def returned_by(self, folder: str, origin: str, handed: bool) -> ReturnedPath | None:
        """The path below a run folder that an imported function returns; `handed` where a call gives it a path."""

    def path_of(self, instance: str, attribute: str) -> ReturnedPath | None:
        """The path below a run folder that an attribute of a class's instances is, or a method of theirs returns."""

    def returns_paths(self) -> bool:
        """Whether any function returns such a path to another module."""


class Silent:
    """A project of which nothing is known; what knows something says that over this."""

    __slots__ = ()

    def named(self, folder: str, origin: str) -> Evidence | None:
        return None

    def member(self, instance: str, attribute: str) -> Evidence | None:
        return None

    def shared(self, key: str) -> Evidence | None:
        return None

    def class_of(self, origin: str) -> KnownClass | None:
        return None

    def other_class_with(self, attribute: str) -> str | None:
        return None

    def knows_classes(self) -> bool:
        return False

    def given_folder(self, key: tuple[str, str, str]) -> GivenPath | None:
        return None

    def hands_folders_to(self, path: str) -> bool:
        return False

    def written_by(self, home: str, name: str) -> tuple[HandedWrite, ...]:
        return ()

    def returned_by(self, folder: str, origin: str, handed: bool) -> ReturnedPath | None:
        return None

    def path_of(self, instance: str, attribute: str) -> ReturnedPath | None:
        return None

    def returns_paths(self) -> bool:
        return False
