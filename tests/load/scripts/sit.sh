#!/usr/bin/env bash
# sit.sh: what thousands who only wait cost over time. Run under ../ns.sh.
# B = built generators, P = the program, C = the sample catalogue; HOLD=5000 MINUTES=5
set -euo pipefail
work=$(mktemp -d); pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
hold=${HOLD:-5000} minutes=${MINUTES:-5} windows=1
. "$(dirname "$0")/house.sh"

set_up_house >/dev/null; open_house
"$B/hallload" hold --address "$address" --hall xinqu --n "$hold" --conc 64 --hold 30 --sit $((minutes * 60)) --pid "$house" > "$work/sat"
close_house

python3 - "$work/sat" <<'PY'
import json, sys

with open(sys.argv[1]) as lines:
    run = json.loads(next(line for line in lines if line.startswith("{")))
sat, busy = run["sat"], run["sat"]["machine_busy"]
held_mib = run["server"]["rss_held_kib"] / 1024
say = lambda **figure: print(json.dumps(figure))
say(name="soak_waiting_held", value=sat["open"], unit="citizens", budget=run["n"], seconds=sat["secs"], machine_busy=busy)
say(name="soak_waiting_rss_growth", value=round(sat["rss_grown_kib"] / 1024, 2), unit="MiB", budget=round(held_mib * 0.05, 1), held=round(held_mib, 1), machine_busy=busy)
say(name="soak_waiting_cpu", value=round(sat["cpu_percent"], 2), unit="percent of one core", budget=5, machine_busy=busy)
sys.exit(0 if sat["open"] == run["n"] and sat["rss_grown_kib"] / 1024 <= held_mib * 0.05 and sat["cpu_percent"] <= 5 else 1)
PY
