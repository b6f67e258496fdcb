#!/usr/bin/env bash
# line.sh: what a waiting citizen and a joining cost, and what a draining line is told. Run under ../ns.sh.
# B = built generators, P = the program, C = the sample catalogue; HOLD=5000 DRAIN=2000 ROUNDS=3 WINDOWS=3
set -euo pipefail
work=$(mktemp -d); pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
hold=${HOLD:-5000} drain=${DRAIN:-2000} rounds=${ROUNDS:-3} windows=${WINDOWS:-3}
. "$(dirname "$0")/house.sh"

for _ in $(seq "$rounds"); do
  "$B/wsecho" --mode axum --port 9100 --rbuf 4096 --threads 2 >/dev/null & echo=$!; pids+=("$echo")
  until (exec 3<>/dev/tcp/127.0.0.1/9100) 2>/dev/null; do :; done
  "$B/wsload" hold --url ws://127.0.0.1:9100/ws --n "$hold" --conc 64 --hold 3 --pid "$echo" >> "$work/floor"
  kill "$echo"; wait "$echo" 2>/dev/null || true
  "$B/write_floor" "$work" >> "$work/write"
  set_up_house >/dev/null; open_house
  "$B/hallload" hold --address "$address" --hall xinqu --n "$hold" --conc 64 --hold 3 --pid "$house" >> "$work/ours"
  close_house
done

staff=$(set_up_house); open_house
"$B/hallload" drain --address "$address" --hall xinqu --n "$drain" --staff "$staff" --pid "$house" >> "$work/drain"
close_house

python3 - "$work" <<'PY'
import json, statistics, sys

def read(name):
    with open(f"{sys.argv[1]}/{name}") as lines:
        return [json.loads(line) for line in lines if line.startswith("{")]

ours, floor, write, drain = read("ours"), read("floor"), read("write"), read("drain")[-1]
middle = statistics.median
say = lambda **figure: print(json.dumps(figure))
rss = [(a["server"]["bytes_per_citizen"], b["server"]["bytes_per_conn"]) for a, b in zip(ours, floor)]
if any(run["open"] < run["n"] for run in ours + floor):
    sys.exit("not everybody was held")
say(name="waiting_citizen_rss", value=middle(a for a, _ in rss), unit="bytes", floor=middle(b for _, b in rss),
    ratio=round(middle(a / b for a, b in rss), 3), bar=1.5, held=min(run["open"] for run in ours), machine_busy=middle(run["machine_busy"] for run in ours))
cpu = [(a["server"]["cpu_us_per_join"], b["server"]["cpu_us_per_handshake"] + w["cpu_us_per_write"]) for a, b, w in zip(ours, floor, write)]
say(name="join_cpu", value=middle(a for a, _ in cpu), unit="us", floor=middle(b for _, b in cpu),
    ratio=round(middle(a / b for a, b in cpu), 3), bar=2, errors=ours[-1]["errors"], machine_busy=middle(run["machine_busy"] for run in ours))
say(name="load_rss", value=round(middle(run["server"]["rss_held_kib"] for run in ours) / 1024, 1), unit="MiB", held=ours[-1]["open"], machine_busy=ours[-1]["machine_busy"])
# Every message of the visit's topic up to the ring and with it: places with their estimates and now-serving, and the changes in between.
say(name="place_pushes_per_visit", value=round(drain["messages_mean"] + 1, 2), unit="messages", bar=12, most=drain["messages"].get("max", 0) + 1, with_welcome=round(drain["messages_mean"] + 2, 2), reached=drain["reached"],
    of=drain["n"], last_place_exact=drain["last_place_exact"], trouble=drain["trouble"], machine_busy=drain["machine_busy"])
PY
