#!/usr/bin/env python3
"""Figures, one JSON object a line on standard input, as a table to be read: name, value, unit, budget or bar."""
import json
import sys

rows = [("figure", "value", "unit", "budget")]
for line in sys.stdin:
    if not line.startswith("{"):
        continue
    figure = json.loads(line)
    budget = figure.get("budget", figure.get("bar", ""))
    rows.append(tuple("" if cell is None else str(cell) for cell in (figure["name"], figure["value"], figure.get("unit", ""), budget)))
widths = [max(len(row[column]) for row in rows) for column in range(4)]
for place, row in enumerate(rows):
    print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
    if place == 0:
        print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
