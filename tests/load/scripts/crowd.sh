#!/usr/bin/env bash
# crowd.sh: a full hall, a storm of returns, and one browser that asks for thousands of numbers. Run under ../ns.sh.
# B = built generators, P = the program, C = the sample catalogue; HOLD=10000 WINDOWS=200 STORM=5000 FLOOD=10000
set -euo pipefail
work=$(mktemp -d); pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
hold=${HOLD:-10000} windows=${WINDOWS:-200} storm=${STORM:-5000} flood=${FLOOD:-10000}
. "$(dirname "$0")/house.sh"

"$B/wsecho" --mode axum --port 9100 --rbuf 4096 --threads 2 >/dev/null & echo=$!; pids+=("$echo")
until (exec 3<>/dev/tcp/127.0.0.1/9100) 2>/dev/null; do :; done
"$B/wsload" hold --url ws://127.0.0.1:9100/ws --n "$storm" --conc 64 --hold 3 --pid "$echo" > "$work/floor"
# As many sockets of a server that does nothing but answer, each heard as often as a page that waits.
"$B/wsload" hold --url ws://127.0.0.1:9100/ws --n "$hold" --conc 64 --every 25 --hold 20 --pid "$echo" > "$work/idle"
kill "$echo"; wait "$echo" 2>/dev/null || true

staff=$(set_up_house); open_house
"$B/hallload" rush --address "$address" --hall xinqu --n "$hold" --staff "$staff" --rate 200 --secs 10 --idle 20 --pid "$house" > "$work/rush"
close_house
windows=1
set_up_house >/dev/null; open_house
"$B/hallload" storm --address "$address" --hall xinqu --n "$storm" --conc 64 --pid "$house" > "$work/storm"
close_house
set_up_house >/dev/null; open_house
"$B/hallload" flood --address "$address" --hall xinqu --n "$flood" --honest 500 --rate 20 > "$work/flood"
close_house

python3 - "$work" <<'PY'
import json, sys

def read(name):
    with open(f"{sys.argv[1]}/{name}") as lines:
        return json.loads(next(line for line in lines if line.startswith("{")))

rush, floor, idle, storm, flood = read("rush"), read("floor"), read("idle"), read("storm"), read("flood")
whole = True

def say(name, value, unit, budget, holds, **more):
    global whole
    whole = whole and holds
    print(json.dumps({"name": name, "value": value, "unit": unit, "budget": budget, **more}))

busy, told = rush["machine_busy"], rush["accept_told_ms"].get("p99")
taken = rush["take_number_ms"].get("p99")
say("crowd_held", rush["held"], "citizens", rush["n"], rush["held"] == rush["n"], windows=rush["windows"], trouble=rush["trouble"][:3], errors=rush["errors"])
say("load_rss", round(rush["rss_kib"] / 1024, 1), "MiB", 160, rush["rss_kib"] / 1024 <= 160)
say("take_number_p99", taken, "ms", 200, taken is not None and taken <= 200, taken=rush["taken"], refused=rush["refused"], machine_busy=busy)
say("accept_told_p99", told, "ms", 150, told is not None and told <= 150, accepts=rush["accepts"], machine_busy=busy)
say("idle_cpu", round(rush["idle_cpu_percent"], 2), "percent of one core", 2, rush["idle_cpu_percent"] <= 2, machine_busy=rush["machine_busy_idle"])
# What the machine itself takes for that today: said beside it, with no bar of its own.
bare = idle["server"]["idle_cpu_pct"]
say("idle_cpu_ratio", round(rush["idle_cpu_percent"] / bare, 2) if bare else None, "ratio", "", bare > 0 and idle["open"] == idle["n"], floor=bare, machine_busy=idle["machine_busy_hold"])
ratio = round(storm["cpu_us_per_resume"] / floor["server"]["cpu_us_per_handshake"], 2)
say("storm_ratio", ratio, "ratio", 2, ratio <= 2, resume_us=storm["cpu_us_per_resume"], asked=storm["returned_by_asking"], floor_us=floor["server"]["cpu_us_per_handshake"], machine_busy=storm["machine_busy"])
# The way after a restart, when no ticket is known: said beside it, with no bar of its own.
by_request = round(storm["cpu_us_per_request"] / floor["server"]["cpu_us_per_handshake"], 2)
say("storm_ratio_by_request", by_request, "ratio", "", storm["returned_by_request"] == storm["held"], request_us=storm["cpu_us_per_request"], returned=storm["returned_by_request"])
say("all_back", round(storm["all_back_secs"], 1), "s", 30, storm["all_back_secs"] <= 30 and storm["returned_with_chance"] == storm["held"], returned=storm["returned_with_chance"])
say("storm_second_visits", storm["second_visits"], "visits", 0, storm["second_visits"] == 0 and storm["returned"] == storm["held"])
say("flood_numbers", flood["numbers"], "numbers", 1, flood["numbers"] == 1, asked=flood["n"], refused=flood["refused"], seconds=round(flood["flood_secs"], 1))
share = round(flood["honest_in_time"] / flood["honest"], 4)
say("flood_honest_ok", share, "share", 0.99, share >= 0.99, honest=flood["honest"], worst_ms=flood["honest_ms"].get("max"), machine_busy=flood["machine_busy"])
sys.exit(0 if whole else 1)
PY
