# Shared by the scripts beside it; sourced, never run.
# shellcheck shell=bash disable=SC2034 # the scripts that source this use the names
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit

# Tools and counterparts are kept outside the checkout, by version, so that a fresh clone finds them.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/countersign-counterparts
requirements_id=$(sha256sum ci/requirements.txt | cut -c1-12)
venv=$cache/python-$requirements_id
agents=$cache/agents-$(cat ci/agents/*.json | sha256sum | cut -c1-12)
cargo_fuzz_version=0.13.2
cargo_deny_version=0.20.2
cargo_mutants_version=27.1.0
node_version=24.19.0
target=${CARGO_TARGET_DIR:-$root/target}
export PATH=$venv/bin:$cache/cargo-fuzz-$cargo_fuzz_version/bin:$cache/cargo-deny-$cargo_deny_version/bin:$cache/cargo-mutants-$cargo_mutants_version/bin:$PATH:/usr/sbin

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# The folder of PostgreSQL's server programs, empty when there is none. Debian keeps them off PATH.
postgres_bin() {
  local candidate
  for candidate in "$(pg_config --bindir 2>/dev/null || true)" /usr/lib/postgresql/*/bin; do
    if [ -x "$candidate/initdb" ]; then echo "$candidate"; return; fi
  done
}

# The folder of a counterpart built by ci/counterparts.sh, keyed by everything it is built from.
counterpart() { # name
  local id
  id=$(cat "ci/counterparts/$1"/{go.mod,go.sum,tools.go} | sha256sum | cut -c1-12)
  echo "$cache/$1-$id"
}
