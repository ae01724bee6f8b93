#!/usr/bin/env bash
# Writes every page that is made from code: sources, kinds, and the command line's reference.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

cargo build -q --locked --profile ci --package countersign-tidy --package countersign
"$target/ci/countersign-tidy"
"$target/ci/countersign" reference docs/reference
