#!/usr/bin/env bash
# Live fuzzing of every target for FUZZ_SECONDS in all (120), or FUZZ_SECONDS_EACH per target.
# No sanitizer: the code is free of `unsafe`, and without it stable Rust is enough and 5x faster.
# New inputs go to a throw-away folder; a crash is kept in fuzz/artifacts and fails the run.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

[ -e fuzz/Cargo.toml ] || die "fuzz/ is missing"
mapfile -t targets < <(cargo fuzz list)
[ ${#targets[@]} -gt 0 ] || die "fuzz/ has no targets"
seconds=${FUZZ_SECONDS_EACH:-$((${FUZZ_SECONDS:-120} / ${#targets[@]}))}
[ "$seconds" -ge 2 ] || seconds=2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo fuzz build -s none
for name in "${targets[@]}"; do
  echo "== $name, $seconds s"
  mkdir -p "$work/$name" "fuzz/corpus/$name"
  cargo fuzz run -s none "$name" "$work/$name" "fuzz/corpus/$name" -- \
    -max_total_time="$seconds" -seed=1 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1
done
