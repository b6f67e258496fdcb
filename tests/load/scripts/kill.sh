#!/usr/bin/env bash
# kill.sh: the server is killed in the middle of a busy hour at random points, on SQLite and on PostgreSQL; after each
# kill everything acknowledged must be there (tests/stories/kill). KILLS=150, a third of it on PostgreSQL; KILL_SEED repeats a run.
set -euo pipefail
exec python3 - "${KILLS:-150}" <<'PY'
import json, os, re, subprocess, sys, time

def machine():
    with open("/proc/stat") as stat:
        ticks = [int(word) for word in stat.readline().split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)

kills, whole = int(sys.argv[1]), True
story = "stories::kill::whatever_was_acknowledged_survives_every_kill"
for store, test, budget in [("sqlite", story, kills), ("postgresql", story + "_over_postgresql", -(-kills // 3))]:
    began, before = time.time(), machine()
    run = subprocess.run(["cargo", "test", "--quiet", "--test", "tests", "--", "--exact", "--nocapture", test],
        env={**os.environ, "KILL_POINTS": str(kills)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    after = machine()
    ran = "1 passed" in run.stdout
    survived = max(map(int, re.findall(r"KILLS_SURVIVED=(\d+)", run.stdout)), default=0)
    seed = re.search(r"KILL_SEED=(\d+)", run.stdout)
    if not ran or survived < budget:
        whole = False
        sys.stderr.write(run.stdout)
    print(json.dumps({"name": f"soak_kills_{store}", "value": survived, "unit": "kills survived", "budget": budget,
        "seed": int(seed[1]) if seed else None, "seconds": round(time.time() - began),
        "machine_busy": round((after[0] - before[0]) / max(1, after[1] - before[1]), 3)}), flush=True)
sys.exit(0 if whole else 1)
PY
