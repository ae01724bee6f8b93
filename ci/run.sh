#!/usr/bin/env bash
# Reads this machine, then the files named, with the network off; prints what was found.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

bin=$target/${PROFILE:-release}/countersign
[ -x "$bin" ] || die "$bin is not built; use \`make run\`"

# Exit 3 means "done, and some things could not be read": a result, not an error.
step() {
  local code=0
  "$bin" --offline "$@" || code=$?
  case $code in
    0) ;;
    3) say "(exit 3: what could not be read is listed above with its reason; everything else was stored)" ;;
    *) exit "$code" ;;
  esac
}

step scan
[ $# -eq 0 ] || step import "$@"
