#!/usr/bin/env bash
# Every test in stages, cheap and most-often-failing first; stops at the first stage that fails and
# always prints where the time went. With names, only those stages: ci/test.sh fmt tidy
set -euo pipefail
source "$(dirname "$0")/lib.sh"

all=(install fmt tidy clippy rustdoc counterparts tests docs smoke fuzz)
logs=$target/ci-logs
work=$(mktemp -d)
chmod 755 "$work" # PostgreSQL runs in it as another user
table=()
counterparts=
mkdir -p "$logs"
rm -f "$logs"/*.log
export CARGO_TERM_COLOR=never
[ -z "${CI:-}" ] || export CARGO_INCREMENTAL=0

stage_install() { ci/install.sh test; }

stage_agents() { ci/install.sh agents; }

stage_tools() { ci/install.sh lint; }

# The servers built from source take minutes, so they are built beside the stages before `tests`, with what
# time those leave over; this stage is the waiting that remains.
begin_counterparts() {
  # shellcheck disable=SC2016 # the inner shell expands them
  setsid nice -n 10 bash -c 'ci/counterparts.sh; echo $? >"$1"' - "$work/counterparts.code" >"$logs/counterparts-build.log" 2>&1 </dev/null &
  counterparts=$!
}

stage_counterparts() {
  [ -n "$counterparts" ] || { ci/counterparts.sh; return; }
  while [ ! -s "$work/counterparts.code" ] && kill -0 "$counterparts" 2>/dev/null; do sleep 1; done
  cat "$logs/counterparts-build.log"
  local code
  code=$(cat "$work/counterparts.code" || echo 1)
  # What is missing says so in its own tests.
  [ "$code" = 0 ] || [ -n "${COUNTERSIGN_TEST_ALLOW_SKIP:-}" ] || die "the servers for tests could not be built"
}

stage_fmt() { cargo fmt --all --check -- -l; } # the names of the files will do

stage_tidy() {
  shellcheck -x -P SCRIPTDIR ci/*.sh .ci/run
  typos --config typos.toml
  cargo test --locked --profile ci --package countersign-tidy -- --show-output
}

stage_clippy() { cargo clippy --locked --workspace --all-targets --profile ci -- -D warnings; }

stage_rustdoc() { RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps --profile ci; }

# One cluster for the whole run; each test makes a database of its own in it.
with_postgres() {
  COUNTERSIGN_TEST_POSTGRES=$(ci/postgres.sh start "$work/pg")
  export COUNTERSIGN_TEST_POSTGRES COUNTERSIGN_TEST_PYTHON=$venv/bin/python
  local code=0
  "$@" || code=$?
  ci/postgres.sh stop "$work/pg"
  return "$code"
}

stage_tests() {
  with_postgres cargo test --locked --workspace --profile ci --no-fail-fast -- --show-output
  no_skips tests
}

stage_slow() {
  export COUNTERSIGN_TEST_SLOW=1 COUNTERSIGN_TEST_AGENTS=$agents/node_modules/.bin
  ci/counterparts.sh --slow
  with_postgres cargo test --locked --workspace --profile ci --no-fail-fast -- --show-output --ignored
  no_skips slow
}

# A test that cannot run says `skipped: why`. Here everything is installed, so that is a failure.
no_skips() {
  local skipped
  skipped=$(grep -cE '^skipped:' "$logs/$1.log" || true)
  [ "$skipped" = 0 ] || [ -n "${COUNTERSIGN_TEST_ALLOW_SKIP:-}" ] ||
    die "$skipped tests were skipped (COUNTERSIGN_TEST_ALLOW_SKIP=1 allows it)"
}

stage_docs() {
  cp -a docs "$work/docs"
  ci/docs.sh
  diff -r "$work/docs" docs || die "generated pages differ from what was there; commit what \`make docs\` writes"
}

stage_smoke() {
  cargo build --locked --profile ci --package countersign
  ci/smoke.sh
}

stage_fuzz() { ci/fuzz.sh; }

finish() {
  local code=$?
  [ -z "$counterparts" ] || kill -- "-$counterparts" 2>/dev/null || true
  [ ! -d "$work/pg/data" ] || ci/postgres.sh stop "$work/pg" 2>/dev/null || true
  rm -rf "$work"
  results
  printf '\n%-10s %8s\n' stage seconds
  [ ${#table[@]} -eq 0 ] || printf '%s\n' "${table[@]}"
  printf '%-10s %8d\n' total "$SECONDS"
  [ "$code" = 0 ] && echo "all stages passed" || echo "FAILED (exit $code); logs in $logs"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

# Cargo's closing line of every test program, and their sum.
results() {
  local found=("$logs"/tests.log "$logs"/slow.log "$logs"/tidy.log) log
  for log in "${found[@]}"; do
    [ -e "$log" ] || continue
    printf '\n== %s\n' "$(basename "$log" .log)"
    grep -E '^(test result:|tidy:)' "$log" || true
    awk '/^test result:/ {p += $4; f += $6; i += $8} END {printf "%d passed; %d failed; %d ignored (make test-slow)\n", p, f, i}' "$log"
    grep -E '^skipped:' "$log" | sort | uniq -c || true
  done
  [ ! -e "$logs/counterparts.log" ] || { printf '\n== counterparts\n'; grep -E ': (built in|in) ' "$logs/counterparts.log" || true; }
  [ ! -e "$logs/fuzz.log" ] || { printf '\n== fuzz\n'; grep -E '^(== |Done )' "$logs/fuzz.log" || true; }
}

run_stage() {
  local name=$1 started=$SECONDS code=0
  printf '── %-8s ' "$name"
  # In a subshell with its own -e: a stage stops at its first failing command.
  set +e
  (set -e; trap - EXIT; "stage_$name") >"$logs/$name.log" 2>&1 </dev/null
  code=$?
  set -e
  table+=("$(printf '%-10s %8d' "$name" $((SECONDS - started)))")
  if [ $code -ne 0 ]; then
    echo "FAILED"
    grep -E '^test .* FAILED$|panicked at|^error' "$logs/$name.log" | head -n 40 || true
    echo "… the end of $logs/$name.log:"
    tail -n 80 "$logs/$name.log"
    exit "$code"
  fi
  echo "$((SECONDS - started)) s"
  # What was fetched once need not be fetched again: from here on, the network stays unused.
  case $name in install | tools | agents) export CARGO_NET_OFFLINE=true ;; esac
}

stages=("$@")
[ $# -gt 0 ] || stages=("${all[@]}")
case " ${stages[*]} " in *" counterparts "*) begin_counterparts ;; esac
for name in "${stages[@]}"; do
  declare -F "stage_$name" >/dev/null || die "no stage \`$name\`; there are: ${all[*]} tools agents slow"
  run_stage "$name"
done
