#!/bin/bash
# relay.sh: what a relayed packet and a relayed call cost our relay, beside Janus, back to back, three rounds.
# Prints one JSON object a line; `ratio` is the median of the rounds' ratios, null where Janus is not installed.
# CALLS=20 SECS=8 ROUNDS=3; B = folder with built generators and R = a built relay_bench, else both are built here.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
if [ -z "${RELAY_BENCH_INSIDE:-}" ]; then
    target=${CARGO_TARGET_DIR:-}
    if [ -z "${B:-}" ]; then
        cargo build --quiet --release --manifest-path "$here/Cargo.toml" --bin rtcload >&2
        B=${target:-$here/target}/release
    fi
    if [ -z "${R:-}" ]; then
        (cd "$here/../.." && cargo build --quiet --release -p yunyiban-media --example relay_bench) >&2
        R=${target:-$here/../../target}/release/examples/relay_bench
    fi
    export B R RELAY_BENCH_INSIDE=1
    exec "$here/ns.sh" "$here/scripts/relay.sh"
fi
calls=${CALLS:-20} secs=${SECS:-8} rounds=${ROUNDS:-3} out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

ours() {
    "$R" 127.0.1.1:0 127.0.0.1:0 > "$out/addresses" & local relay=$!
    while [ ! -s "$out/addresses" ]; do sleep 0.1; done
    local signal; signal=$(sed 's/.*"signal":"\([^"]*\)".*/\1/' "$out/addresses")
    timeout 120 "$B/rtcload" --target relay --signal "$signal" --ip 127.0.1.1 --calls "$calls" --secs "$secs" --pid $relay || true
    kill $relay; wait $relay 2>/dev/null || true; rm -f "$out/addresses"
}

for _ in $(seq "$rounds"); do
    if command -v janus > /dev/null; then
        touch "$out/peer"
        B=$B CALLS=$calls SECS=$secs "$here/scripts/janus.sh" >> "$out/peer" 2>> "$out/peer.log" || true
    fi
    ours >> "$out/ours"
done

python3 - "$out" <<'PY'
import json, statistics, sys

def read(name):
    try:
        with open(f"{sys.argv[1]}/{name}") as lines:
            return [json.loads(line) for line in lines if line.startswith("{") and "rtc-relay" in line]
    except FileNotFoundError:
        return None

ours, peer = read("ours"), read("peer")
if not ours:
    sys.exit("the relay gave no result")
# A peer that is there and does not work is no peer that is missing.
if peer == []:
    with open(f"{sys.argv[1]}/peer.log") as log:
        sys.exit("Janus is installed and gave no result: " + log.read()[-2000:])
peer = peer or []
whole = all(run["endpoints_up"] == 2 * run["calls"] and run["lost_pct"] < 1 for run in ours + peer)
# The first bar is of the ratio, the second of the value.
figures = [("relay_cpu_per_packet", "server_cpu_us_per_packet", "us", 1.0), ("relay_rss_per_call", "rss_kib_per_call", "KiB", 6 * 1024)]
for name, key, unit, bar in figures:
    pairs = [(a[key], b[key]) for a, b in zip(ours, peer)]
    print(json.dumps({
        "name": name,
        "value": statistics.median(run[key] for run in ours),
        "unit": unit,
        "peer": statistics.median(run[key] for run in peer) if peer else None,
        "ratio": round(statistics.median(a / b for a, b in pairs if b), 3) if pairs else None,
        "bar": bar,
        "machine_busy": statistics.median(run["machine_busy"] for run in ours),
        "calls": ours[0]["calls"],
        "all_up_and_under_1_percent_lost": whole,
    }))
PY
