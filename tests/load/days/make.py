#!/usr/bin/env python3
"""make.py KIND SEED: draws a day of a hall and prints it as JSON. weekday-1.json is `make.py weekday 1`, and so on.

What is drawn, and from what:
- arrivals: Poisson, the rate per hour of each half hour in RATES (nobody comes while the hall is closed);
- the item of each: by its weight in ITEMS;
- talk: lognormal with the mean and coefficient of variation of the item; record: lognormal, 40 s, 0.5;
- from ring to the window's accept: uniform 2–9 s; from the call to the citizen's: 1–6 s; from 「我在?」 to the tap: 2–12 s;
- patience: every tenth leaves if not called after a lognormal time of 30 min, 0.5; the others stay;
- a mixed day has three queues, one skill and windows that take unlike ones (QUEUES, SKILLS, TAKES): no one line;
- a priority day is a weekday on which each fourth who comes declares a priority as soon as the number is there, and each eighth, while the slot is
  not full, has an appointment: in the slot that begins at most 15 minutes later, else in the one that began before, on time or late;
- windows: lunch from the closing at noon until the afternoon opens; two rests of 8–15 min each at drawn times;
  the last one fails (its page falls silent, mid-talk or not) for 40 minutes of the morning.

Times are seconds after midnight. A visit is [arrives, item, talk, record, ring, accept, here, patience or null], and on a priority day as a ninth
"priority", the beginning of the slot, or null.
Other days can be drawn with other seeds, or written by any means in the same form.
"""
import json, math, random, sys

ITEMS = [  # code, group, weight, mean minutes, coefficient of variation
    ("residence", "户籍", 4, 7.0, 0.6), ("name-change", "户籍", 1, 11.0, 0.6), ("licence", "工商", 3, 6.0, 0.7),
    ("closing-down", "工商", 1, 9.0, 0.8), ("pension", "社保", 4, 4.0, 0.7), ("medical", "社保", 3, 5.0, 0.8),
]
RATES = {  # half hour → arrivals an hour
    "weekday": {18: 34, 19: 46, 20: 44, 21: 34, 22: 24, 23: 14, 27: 42, 28: 44, 29: 34, 30: 28, 31: 20, 32: 14, 33: 6},
    "rush": {18: 60, 19: 60, 20: 44, 21: 28, 22: 14, 23: 6, 27: 66, 28: 50, 29: 24, 30: 16, 31: 12, 32: 8, 33: 4},
    "mixed": {18: 36, 19: 48, 20: 46, 21: 38, 22: 26, 23: 14, 27: 46, 28: 46, 29: 36, 30: 30, 31: 22, 32: 14, 33: 6},
    "quiet": {18: 20, 19: 26, 20: 26, 21: 22, 22: 16, 23: 10, 27: 24, 28: 26, 29: 24, 30: 20, 31: 16, 32: 10, 33: 6},
}
RATES["priority"] = RATES["weekday"]
SLOT, PER_SLOT, EARLY = 1800, 4, 900  # seconds; as in a hall's rules that say nothing of it
WINDOWS = {"mixed": 5}  # else four
QUEUES = [{"id": "a", "name": "综合"}, {"id": "b", "name": "工商", "groups": ["工商"]}, {"id": "c", "name": "社保", "groups": ["社保"]}]
SKILLS = [{"skill": "医保", "level": 2, "items": ["medical"]}]
TAKES = [  # window, queue → weight, level of 医保, universal
    ("1", {"a": 1, "b": 1}, 0, False), ("2", {"b": 2, "c": 1}, 2, False), ("3", {"c": 1}, 2, False),
    ("4", {"a": 1, "c": 3}, 1, True), ("5", {"a": 1, "b": 1, "c": 1}, 0, False),
]


def lognormal(mean, variation):
    square = math.log(1 + variation**2)
    return max(5, round(chance.lognormvariate(math.log(mean) - square / 2, math.sqrt(square))))


def visit(at):
    code, _, _, minutes, variation = chance.choices(ITEMS, weights=[item[2] for item in ITEMS])[0]
    patience = lognormal(1800, 0.5) if chance.random() < 0.1 else None
    return [at, code, lognormal(60 * minutes, variation), lognormal(40, 0.5), chance.randint(2, 9), chance.randint(1, 6),
            chance.randint(2, 12), patience]


def comes(at, booked):
    drawn, soon = chance.random(), at - at % SLOT + SLOT
    slot = soon if soon - at <= EARLY and soon // SLOT in RATES[kind] else soon - SLOT
    if drawn < 0.125 and booked.get(slot, 0) < PER_SLOT:
        booked[slot] = booked.get(slot, 0) + 1
        return slot
    return "priority" if 0.125 <= drawn < 0.375 else None


def window(number):
    rests = [chance.randint(34200, 42000), chance.randint(50400, 58000)]
    away = [[at, at + chance.randint(480, 900), "rest"] for at in rests] + [[43200, 48600, "meal"]]
    return {"id": str(number), "away": sorted(away), "silent": [[37200, 39600]] if number == windows else []}


def takes(window, queues, level, universal):
    skills = [{"skill": "医保", "level": level}] if level else []
    shares = [{"queue": queue, "weight": weight} for queue, weight in queues.items()]
    return {"window": window, "queues": shares, "skills": skills, "universal": universal}


kind, seed = sys.argv[1], int(sys.argv[2])
windows = WINDOWS.get(kind, 4)
chance = random.Random(seed)
arrivals = sorted(
    second for half, rate in RATES[kind].items() for second in range(half * 1800, half * 1800 + 1800) if chance.random() < rate / 3600)
visits = [visit(at) for at in arrivals]
if kind == "priority":
    booked = {}
    visits = [[*of, comes(of[0], booked)] for of in visits]
day = {"name": f"{kind}-{seed}", "date": "2026-11-23", "hours": [[540, 720], [810, 1020]],
       "items": [{"code": code, "group": group} for code, group, *_ in ITEMS], "windows": [window(n + 1) for n in range(windows)]}
if kind == "mixed":
    day |= {"queues": QUEUES, "skills": SKILLS, "takes": [takes(*rules) for rules in TAKES]}
head = json.dumps(day, ensure_ascii=False)[:-1]
print(head + ', "visits": [\n' + ",\n".join(json.dumps(v) for v in visits) + "\n]}")
