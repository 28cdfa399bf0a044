"""A page about the run, and its tables."""

from __future__ import annotations

import datetime
import html
from pathlib import Path
from string import Template

import pandas as pd

from host.core import Context, Plugin, plugins
from host.files import write_rows

PAGE = Template("<title>$title</title><table>$rows</table>")


class Section:
    """A part of the report; subclasses give its rows."""

    title = "section"

    def __init__(self, context: Context) -> None:
        self._run = context.run

    def rows(self) -> list[tuple[str, str]]:
        raise NotImplementedError

    def frame(self) -> pd.DataFrame:
        return pd.DataFrame(self.rows(), columns=["key", "value"])

    def store(self) -> None:
        self.frame().to_csv(self._run.run_folder / "tables" / f"{self.title}.csv")  # expect: LPR202


class Overview(Section):
    title = "overview"

    def rows(self) -> list[tuple[str, str]]:
        state = self._run.metadata.get("current_state", {})
        return [("entities", str(len(self._run.metadata["entities"]))), ("stage", str(state))]


class Inputs(Section):
    title = "inputs"

    def rows(self) -> list[tuple[str, str]]:
        text = (self._run.run_folder / "01_input.txt").read_text()  # expect: LPR102
        return [("prompt", text), ("words", str(len(text.split())))]


@plugins.register("report")
class Report(Plugin):
    order = 90
    sections: tuple[type[Section], ...] = (Overview, Inputs)

    def execute(self) -> None:
        made = [cls(self.context) for cls in self.sections]
        for section in made:
            section.store()
        rows = "".join(f"<tr><td>{html.escape(k)}<td>{html.escape(v)}" for s in made for k, v in s.rows())
        self.page_path().write_text(PAGE.substitute(title=self.context.run.run_foldr.name, rows=rows))  # expect: LPR001 LPR202
        write_rows(self.context.folder, "report.csv", [row for s in made for row in s.rows()])  # expect: LPR202
        self.recorder.metadata.setdefault("reports", []).append(str(datetime.date.today()))  # expect: LPR003

    def page_path(self) -> Path:
        return self.recorder.run_folder / "report.html"
