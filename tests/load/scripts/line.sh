#!/usr/bin/env bash
# line.sh: what a waiting citizen and a joining cost, and what a draining line is told. Run under ../ns.sh.
# B = built generators, P = the program, C = the sample catalogue; HOLD=5000 DRAIN=2000 ROUNDS=3
set -euo pipefail
ulimit -n 20000 2>/dev/null || true
work=$(mktemp -d); pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
hold=${HOLD:-5000} drain=${DRAIN:-2000} rounds=${ROUNDS:-3}
address=127.0.0.1:8090

# A fresh hall with its bounds raised, and people who need not say that they are still there, its windows staffed; prints the staff as name:password,…
set_up() {
  rm -rf "$work/house"; mkdir "$work/house"
  (
    cd "$work/house"
    "$P" init --name bench --id xinqu --telephone 12345 --windows 3 --hours '1-7 00:00-24:00' --administrator admin --display-name admin \
      --badge 1 --origin "http://$address" --listen "$address" --certificate - --media 127.0.0.1:8091 --advertised 127.0.0.1 --data data --catalogue "$C" >/dev/null
    "$P" rules --set max_live_visits=100000 --set timers.citizen_lease_ms=36000000 >/dev/null
    for name in wang lin zhao; do
      "$P" staff add --name "$name" --display-name "$name" --badge "$name" | grep -oE '[a-zA-Z0-9]{12}' | head -1 | sed "s/^/$name:/"
    done | paste -sd,
  )
}

open_house() {
  (cd "$work/house" && exec env YUNYIBAN_LIMITS__VISITS_PER_ADDRESS_PER_MINUTE=1000000 YUNYIBAN_LIMITS__CONNECTIONS=20000 YUNYIBAN_LOG__LEVEL=error \
    "$P" serve >"$work/house/log" 2>&1) & house=$!
  pids+=("$house")
  until (exec 3<>"/dev/tcp/127.0.0.1/8090") 2>/dev/null; do kill -0 "$house"; done
}

close_house() { kill "$house"; wait "$house" 2>/dev/null || true; }

for _ in $(seq "$rounds"); do
  "$B/wsecho" --mode axum --port 9100 --rbuf 4096 --threads 2 >/dev/null & echo=$!; pids+=("$echo")
  until (exec 3<>/dev/tcp/127.0.0.1/9100) 2>/dev/null; do :; done
  "$B/wsload" hold --url ws://127.0.0.1:9100/ws --n "$hold" --conc 64 --hold 3 --pid "$echo" >> "$work/floor"
  kill "$echo"; wait "$echo" 2>/dev/null || true
  "$B/write_floor" "$work" >> "$work/write"
  set_up >/dev/null; open_house
  "$B/hallload" hold --address "$address" --hall xinqu --n "$hold" --conc 64 --hold 3 --pid "$house" >> "$work/ours"
  close_house
done

staff=$(set_up); open_house
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
say(name="waiting_citizen_rss", value=middle(a for a, _ in rss), unit="bytes", floor=middle(b for _, b in rss),
    ratio=round(middle(a / b for a, b in rss), 3), bar=1.5, held=min(run["open"] for run in ours), machine_busy=middle(run["machine_busy"] for run in ours))
cpu = [(a["server"]["cpu_us_per_join"], b["server"]["cpu_us_per_handshake"] + w["cpu_us_per_write"]) for a, b, w in zip(ours, floor, write)]
say(name="join_cpu", value=middle(a for a, _ in cpu), unit="us", floor=middle(b for _, b in cpu),
    ratio=round(middle(a / b for a, b in cpu), 3), bar=2, errors=ours[-1]["errors"], machine_busy=middle(run["machine_busy"] for run in ours))
say(name="load_rss", value=round(middle(run["server"]["rss_held_kib"] for run in ours) / 1024, 1), unit="MiB", held=ours[-1]["open"], machine_busy=ours[-1]["machine_busy"])
say(name="place_pushes_per_visit", value=drain["messages_mean"], unit="messages", bar=12, most=drain["messages"].get("max"), reached=drain["reached"],
    of=drain["n"], last_place_exact=drain["last_place_exact"], trouble=drain["trouble"], machine_busy=drain["machine_busy"])
PY
