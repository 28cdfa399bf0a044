"""Plain data that is passed on: a class with `__slots__` and `__init__`, compared and shown by its fields.

Not a dataclass, because loading `dataclasses` and having it make the classes of the engine takes longer than the
work on a file; `typing.NamedTuple` takes a tenth of that, and a class that is written out next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self


class Record:
    """Data by name. Subclasses name their fields in `__slots__`, and `__init__` takes them; nobody changes them later."""

    __slots__: tuple[str, ...] = ()

    def values(self) -> tuple[object, ...]:
        """The values of all fields, in order."""
        return tuple(getattr(self, name) for name in self.__slots__)

    def replace(self, **changes: object) -> Self:
        """The same but for some fields."""
        return type(self)(**(dict(zip(self.__slots__, self.values(), strict=True)) | changes))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and type(other) is type(self) and other.values() == self.values()

    def __hash__(self) -> int:
        return hash(self.values())

    def __repr__(self) -> str:
        fields = (f"{name}={value!r}" for name, value in zip(self.__slots__, self.values(), strict=True))
        return f"{type(self).__name__}({', '.join(fields)})"
