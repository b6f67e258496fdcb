#!/usr/bin/env python3
"""Figures, one JSON object a line on standard input.

figures.py of PART    hands the lines of a part of the bench or the soak on, gives each the machine's busyness since the part began where it
                      has none, and fails when a figure misses its bar or budget, was promised and is missing, says less than it should, or
                      was measured on something that did not work; all of that and other lines go to standard error
figures.py table      a table to be read: name, value, unit, bar or budget
"""
import json
import operator
import re
import sys

# What each part promises (the issues' names), and of which a floor or a peer runs beside it.
PROMISED = {
    "queue": ["queue_cost_growth"],
    "day": ["eta_hit", "eta_width", "eta_hit_apart", "share_ratio", "overtakes_most", "overtaken_longest", "idle_beside_ready"],
    "store": ["durable_ops"],
    "line": ["waiting_citizen_rss", "join_cpu", "load_rss", "place_pushes_per_visit"],
    "relay": ["relay_cpu_per_packet", "relay_rss_per_call"],
    "browser": ["accept_to_first_frame", "accept_to_first_sound", "video_delay", "citizen_page", "link_to_in_queue"],
    "sim": ["sim_seeds", "sim_seconds", "sim_violations", "planted_found"],
    "kill": ["kills", "kills_lost", "kills_doubled", "kills_reordered", "ready_after_kill", "all_back"],
    "talk": ["talk_kills", "kills", "kills_lost", "kills_doubled", "kills_reordered", "ready_after_kill", "all_back"],
    "history": ["history_ops", "history_valid", "kills", "kills_lost", "kills_doubled", "kills_reordered", "ready_after_kill", "all_back"],
    "wait": ["soak_waiting_held", "soak_waiting_rss_growth", "soak_waiting_cpu"],
    "crowd": ["load_rss", "take_number_p99", "accept_told_p99", "idle_cpu", "storm_ratio", "storm_ratio_by_request", "all_back", "flood_honest_ok"],
}
# The parts of the soak: each of their lines says its budget, and an empty one that it has none.
SOAK = {"sim", "kill", "talk", "history", "wait", "crowd"}
BESIDE = {"durable_ops", "waiting_citizen_rss", "join_cpu", "relay_cpu_per_packet", "relay_rss_per_call", "accept_to_first_frame", "video_delay"}

# So many lines of one name: by name, or by part, which runs on two stores, and kills in the middle of two things; one where nothing is said.
LINES = {"durable_ops": 2}
LINES_OF = {"kill": 4, "history": 2}
# What a bar is for: the ratio, or else the value; and of these more is better.
OF_THE_RATIO = BESIDE - {"relay_rss_per_call"}
MORE_IS_BETTER = {"durable_ops", "eta_hit", "eta_hit_apart", "talk_kills", "crowd_held", "flood_honest_ok", "soak_waiting_held"}

# A budget in words: what it is held to, and perhaps more after it.
BUDGET = re.compile(r"(<=|>=|=) ([0-9.]+)(?![0-9.])")
HOLDS = {"<=": operator.le, ">=": operator.ge, "=": operator.eq}


def machine():
    with open("/proc/stat") as stat:
        ticks = [int(word) for word in stat.readline().split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def faults(figure):
    """What a figure should say and does not."""
    name = figure.get("name", "a figure without a name")
    if not number(figure.get("value")):
        yield f"{name} has no value"
    if not figure.get("unit"):
        yield f"{name} has no unit"
    budget = figure.get("budget")
    if not (budget is None or number(budget) or budget == "" or isinstance(budget, str) and BUDGET.match(budget)):
        yield f"{name} has a budget that nobody can hold it to: {budget}"
    if not (number(figure.get("machine_busy")) and 0 <= figure["machine_busy"] <= 1):
        yield f"{name} does not say how busy the machine was"
    # A peer that is not installed says so by a ratio of null.
    if name in BESIDE and not ("ratio" in figure and ("floor" in figure or "peer" in figure)):
        yield f"{name} has nothing beside it"
    # Something stood beside it and gave nothing to compare with: no bar is held then.
    elif name in BESIDE and not number(figure["ratio"]) and (figure.get("floor"), figure.get("peer")) != (None, None):
        yield f"{name} has no ratio although something ran beside it"
    if name in BESIDE and "floor" in figure and not number(figure["floor"]):
        yield f"{name}: its floor gave no result"
    # The place that was shown last is exact for everybody, or the figure beside it is worth nothing.
    if "last_place_exact" in figure and not figure["last_place_exact"] == figure["reached"] == figure["of"]:
        yield f"{name}: of {figure['of']} the last place shown was right for {figure['last_place_exact']}, and {figure['reached']} were rung"

    # Whoever was not held, connected or served cost nothing.
    if figure.get("errors"):
        yield f"{name}: {figure['errors']}"
    if figure.get("all_up_and_under_1_percent_lost") is False:
        yield f"{name}: not every call was up, or one lost packets"
    if figure.get("foreign_hosts"):
        yield f"{name}: {figure['foreign_hosts']} foreign hosts"
    if figure.get("requests", 0) > figure.get("requests_bar", figure.get("requests", 0)):
        yield f"{name}: {figure['requests']} requests of at most {figure['requests_bar']}"


def misses(figure):
    """The bar or budget that a figure misses, in words; None where it keeps them."""
    held, bar = figure.get("ratio" if figure.get("name") in OF_THE_RATIO else "value"), figure.get("bar")
    more = figure.get("name") in MORE_IS_BETTER
    if number(held) and number(bar) and (held < bar if more else held > bar):
        return f"bar of {bar}"
    value, budget = figure.get("value"), figure.get("budget")
    if number(budget):
        budget = f"{'>=' if more else '<='} {budget}"
    words = BUDGET.match(budget or "")
    if number(value) and words and not HOLDS[words[1]](value, float(words[2])):
        return f"budget of {budget}"
    return None


def hand_on(part):
    began, seen, wrong = machine(), {}, []
    for line in sys.stdin:
        if not line.startswith("{"):
            if line.strip():
                print(line, end="", file=sys.stderr)
            continue
        figure = json.loads(line)
        if "machine_busy" not in figure:
            busy, ticks = (now - then for now, then in zip(machine(), began))
            figure["machine_busy"] = round(busy / max(1, ticks), 3)
        print(json.dumps(figure, ensure_ascii=False), flush=True)
        wrong += faults(figure)
        if part in SOAK and "budget" not in figure:
            wrong.append(f"{figure.get('name')} does not say its budget")
        if missed := misses(figure):
            wrong.append(f"{figure['name']} of {figure['value']} MISSES its {missed}")
        seen[figure.get("name")] = seen.get(figure.get("name"), 0) + 1
    lines = {name: LINES.get(name, LINES_OF.get(part, 1)) for name in PROMISED.get(part, [])}
    wrong += [f"{name} is there {seen.get(name, 0)} times of {times}" for name, times in lines.items() if seen.get(name, 0) < times]
    for fault in wrong:
        print(f"== {part}: {fault}", file=sys.stderr)
    return 1 if wrong else 0


def table():
    rows = [("figure", "value", "unit", "budget")]
    for line in sys.stdin:
        if line.startswith("{"):
            figure = json.loads(line)
            cells = (figure["name"], figure["value"], figure.get("unit", ""), figure.get("budget", figure.get("bar", "")))
            rows.append(tuple("" if cell is None else str(cell) for cell in cells))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for place, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
        if place == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def prove():
    """Each rule sees a figure that breaks it: a check that cannot fail is none."""
    good = {"name": "join_cpu", "value": 1.5, "unit": "us", "machine_busy": 0.2, "floor": 1, "ratio": 1.5}
    pushes = {"name": "place_pushes_per_visit", "value": 11, "unit": "messages", "machine_busy": 0, "reached": 2, "of": 2, "last_place_exact": 2}
    assert not list(faults(good)) and not list(faults(pushes))
    for broken in [{"value": None}, {"value": True}, {"unit": ""}, {"machine_busy": 2}, {"machine_busy": None}]:
        assert list(faults({**good, **broken})), broken
    for broken in [{"errors": {"refused": 1}}, {"all_up_and_under_1_percent_lost": False}, {"foreign_hosts": 1}, {"requests": 9, "requests_bar": 8}]:
        assert list(faults({**good, **broken})), broken
    assert misses({**good, "bar": 1.4}) and not misses({**good, "bar": 1.5}) and not misses(good)
    assert misses({**good, "name": "durable_ops", "bar": 1.6}) and not misses({**good, "name": "durable_ops", "bar": 1.5})
    assert misses({**good, "name": "link_to_in_queue", "bar": 1.4, "ratio": 1})
    kills = {"name": "kills_lost", "value": 0, "unit": "things", "machine_busy": 0.2, "budget": "= 0"}
    assert not list(faults(kills)) and not misses(kills) and not misses({**kills, "budget": ""})
    assert list(faults({**kills, "budget": "none"})) and misses({**kills, "value": 1})
    for value, budget, kept in [(2000, "<= 2000", 1), (2001, "<= 2000", 0), (9, ">= 10", 0), (10, ">= 10 a day", 1), (3, 2, 0), (2, 2, 1), (1, ">= 0.5", 1)]:
        assert bool(misses({**kills, "value": value, "budget": budget})) != bool(kept), (value, budget)
    assert misses({**kills, "name": "talk_kills", "value": 2, "budget": 3}) and not misses({**kills, "name": "talk_kills", "value": 4, "budget": 3})
    assert list(faults({key: value for key, value in good.items() if key != "ratio"}))
    assert list(faults({**good, "ratio": None})) and list(faults({**good, "floor": None, "ratio": None}))
    absent = {**{key: value for key, value in good.items() if key != "floor"}, "peer": None, "ratio": None}
    assert not list(faults(absent)) and list(faults({**absent, "peer": 2}))
    assert list(faults({**pushes, "last_place_exact": 1})) and list(faults({**pushes, "of": 3}))


if __name__ == "__main__":
    prove()
    if sys.argv[1:] == ["table"]:
        table()
    else:
        sys.exit(hand_on(sys.argv[2]))
