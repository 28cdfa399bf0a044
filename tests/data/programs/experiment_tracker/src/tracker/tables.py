"""Rows of numbers."""

from __future__ import annotations

import csv


def append_row(path, row) -> None:
    with open(path, "a", newline="") as file:
        csv.writer(file).writerow(row)


def read_rows(path) -> list[list[str]]:
    with open(path, newline="") as file:
        return list(csv.reader(file))
