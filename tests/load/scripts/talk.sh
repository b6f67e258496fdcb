#!/usr/bin/env bash
# talk.sh: P, the program that ships, is killed at drawn moments while fifty wait and three talk in real browsers; after each kill
# everything told is there once and in its order, and the three hear each other again (tests/browser/stories/kill.spec.ts).
# TALK_KILLS=100; KILL_SEED draws the same moments again.
set -euo pipefail
export TALK_KILLS=${TALK_KILLS:-100} PROGRAM_UNDER_TEST=$P
log=$(mktemp)
trap 'rm -f "$log"' EXIT
whole=0
deploy/scripts/browser-tests stories/kill.spec.ts >"$log" 2>&1 || whole=1
grep -o '{"name":"talk_kills".*}' "$log" || whole=1
# The same by the names of every other kill: ready is whoever answers the first request, back is everybody once the last talk is heard again.
python3 - "$log" <<'PY' || whole=1
import json, re, sys

with open(sys.argv[1]) as log:
    figures = [json.loads(line) for line in re.findall(r'\{"name":.*\}', log.read())]
[run] = [figure for figure in figures if figure["name"] == "talk_kills"]
again = [figure for figure in figures if figure["name"] == "talking_again_after_kill"]
ready = max(figure["value"] - figure["from_reachable"] for figure in again)

def say(name, value, unit, budget):
    print(json.dumps({"name": name, "value": value, "unit": unit, "budget": budget, "store": "sqlite", "amid": "three talks"}))

say("kills", run["value"], "kills", f">= {run['budget']}")
for what in ["lost", "doubled", "reordered"]:
    say(f"kills_{what}", run[what], "things", "= 0")
say("ready_after_kill", ready, "ms, worst", "<= 2000")
say("all_back", run["talking_again_max"], "ms, worst", "<= 30000")
PY
[ "$whole" = 0 ] || cat "$log" >&2
exit "$whole"
