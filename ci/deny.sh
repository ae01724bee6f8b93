#!/usr/bin/env bash
# cargo-deny from the cache, with its arguments.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
exec cargo deny --all-features "$@"
