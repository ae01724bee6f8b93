#!/usr/bin/env bash
# The built binary on real input, as a newcomer would use it: scan, import, ask, exit codes.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

bin=$target/ci/countersign
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# expect "CODES" ARGS…: runs the binary on a data folder of its own; the exit code must be listed.
expect() {
  local wanted=$1 code=0
  shift
  echo "+ countersign $*"
  timeout 300 "$bin" --data "$work/data" --offline "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
  case " $wanted " in
    *" $code "*) ;;
    *) tail -n 40 "$work/out" "$work/err"; die "countersign $*: exit $code, expected one of: $wanted" ;;
  esac
}

json() { # PROGRAM: a Python expression over `rows`, the JSON lines of the last output
  python3 -c '
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1]) if line.strip()]
assert eval(sys.argv[2]), (sys.argv[2], rows[:3])
' "$work/out" "$1"
}

[ -d examples ] || die "examples/ is missing"
expect "0 3" scan
expect "0 3" import examples
expect 0 identity ls -f jsonl
json 'len(rows) > 0 and all({"v", "id", "kind", "class", "name", "native_id", "last_used"} <= row.keys() for row in rows)'
id=$(python3 -c 'import json, sys; print(json.loads(open(sys.argv[1]).readline())["id"])' "$work/out")

expect 0 who "$id" -f json
tr -d '\n' <"$work/out" >"$work/one" && mv "$work/one" "$work/out"
json 'all(rows[0][answer]["summary"].strip() for answer in ("owner", "reach", "use", "expiry", "revocation"))'

expect 0 credential ls -f jsonl
expect 0 run ls
expect 0 db check
expect 4 who no-such-thing-anywhere
expect 2 identity no-such-verb
expect 1 import "$work/no-such-file"
expect 0 completions bash
expect 0 --help
