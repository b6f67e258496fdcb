#!/usr/bin/env bash
# kill.sh: the server is killed in the middle of a busy hour at random points, on SQLite and on PostgreSQL; after each
# kill everything acknowledged must be there. Then P, the program that ships, is killed with thousands waiting; each must stand where they
# stood, and be back in time (tests/stories/kill). KILLS=200, a third as many more on PostgreSQL; CROWD=10000, CROWD_KILLS=20 on each;
# KILL_SEED repeats a run.
set -euo pipefail
ulimit -n "$(ulimit -Hn)"
export CROWD=${CROWD:-10000} CROWD_KILLS=${CROWD_KILLS:-20} CROWD_PROGRAM=$P
exec python3 - "${KILLS:-200}" <<'PY'
import json, os, re, subprocess, sys, time

def machine():
    with open("/proc/stat") as stat:
        ticks = [int(word) for word in stat.readline().split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)

def run(test):
    command = ["cargo", "test", "--quiet", "--test", "tests", "--", "--exact", "--nocapture", test]
    ran = subprocess.run(command, env={**os.environ, "KILL_POINTS": str(kills)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return ran.stdout, "1 passed" in ran.stdout

kills, whole = int(sys.argv[1]), True
story = "stories::kill::whatever_was_acknowledged_survives_every_kill"
crowd = "stories::kill::crowd::everybody_who_waits_stands_where_they_stood"
for store, test, budget in [("sqlite", story, kills), ("postgresql", story + "_over_postgresql", -(-kills // 3))]:
    began, before = time.time(), machine()
    told, ran = run(test)
    after = machine()
    survived = max(map(int, re.findall(r"KILLS_SURVIVED=(\d+)", told)), default=0)
    seed = re.search(r"KILL_SEED=(\d+)", told)
    if not ran or survived < budget:
        whole = False
        sys.stderr.write(told)
    print(json.dumps({"name": f"soak_kills_{store}", "value": survived, "unit": "kills survived", "budget": budget,
        "seed": int(seed[1]) if seed else None, "seconds": round(time.time() - began),
        "machine_busy": round((after[0] - before[0]) / max(1, after[1] - before[1]), 3)}), flush=True)
for test in [crowd, crowd + "_over_postgresql"]:
    before = machine()
    told, ran = run(test)
    after = machine()
    for line in re.findall(r'\{"name":.*\}', told):
        figure = {**json.loads(line), "machine_busy": round((after[0] - before[0]) / max(1, after[1] - before[1]), 3)}
        print(json.dumps(figure), flush=True)
    if not ran:
        whole = False
        sys.stderr.write(told)
sys.exit(0 if whole else 1)
PY
