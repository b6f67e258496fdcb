#!/usr/bin/env bash
# day.sh: the drawn days (../days), each figure that has a bar with the same as its budget. B = built generators
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
"$B/day_replay" "$here"/days/*.json | python3 -c '
import json, sys

for line in sys.stdin:
    figure = json.loads(line)
    print(json.dumps(figure | ({"budget": figure["bar"]} if "bar" in figure else {}), ensure_ascii=False))
'
