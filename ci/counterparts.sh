#!/usr/bin/env bash
# Builds the real programs that tests run against, from the Go modules under ci/counterparts, into the
# cache outside the checkout: ci/counterparts.sh NAME..., with no name those of `make test`, with --slow
# those of `make test-slow`.
# `ci/counterparts.sh --path NAME` prints the folder where a built one is. go.sum pins every byte.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

# name: the packages to build; the program has the package's last name unless `=` says another.
declare -A packages=(
  [etcd]="etcd=go.etcd.io/etcd/server/v3"
  [kubernetes]="k8s.io/kubernetes/cmd/kubectl k8s.io/kubernetes/cmd/kube-apiserver k8s.io/kubernetes/cmd/kube-controller-manager"
  [tofu]="github.com/opentofu/opentofu/cmd/tofu"
  [terraform-local]="github.com/terraform-providers/terraform-provider-local"
  [terraform-tls]="github.com/terraform-providers/terraform-provider-tls"
)
order=(etcd kubernetes)
slow=(tofu terraform-local terraform-tls)

# What a server says of its own version is linked in; without it the API server calls itself v0.0.0.
linked_version() { # name
  [ "$1" = kubernetes ] || return 0
  local version x=k8s.io/component-base/version
  version=$(sed -n 's/^require k8s.io\/kubernetes //p' ci/counterparts/kubernetes/go.mod)
  local minor=${version#v1.}
  printf -- '-X %s.gitVersion=%s -X %s.gitMajor=1 -X %s.gitMinor=%s' $x "$version" $x $x "${minor%%.*}"
}

build() { # name
  local name=$1 home version started item program
  home=$(counterpart "$name")
  mkdir -p "$cache"
  # Two runs at once build it once.
  exec 9>"$cache/$name.lock"
  flock 9
  if [ -e "$home/complete" ]; then say "$name: in $home"; return; fi
  have go || die "$name: \`go\` is not installed, and this is built from Go modules"
  started=$SECONDS
  mkdir -p "$home"
  version=$(linked_version "$name")
  for item in ${packages[$name]}; do
    program=${item%%=*}
    # -p 2: the compiler and linker take up to 2.7 GB each, and cargo is building beside.
    (cd "ci/counterparts/$name" && CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOTOOLCHAIN=local go build -p 2 -trimpath \
      -ldflags "-s -w $version" -o "$home/${program##*/}" "${item#*=}")
    say "$name: ${program##*/} after $((SECONDS - started)) s"
  done
  touch "$home/complete"
  say "$name: built in $((SECONDS - started)) s into $home"
}

case "${1:-}" in
  --path) counterpart "${2:?a name}" ;;
  *)
    [ $# -gt 0 ] || set -- "${order[@]}"
    [ "$1" != --slow ] || set -- "${slow[@]}"
    for name in "$@"; do
      [ -n "${packages[$name]:-}" ] || die "no counterpart \`$name\`; there are: ${order[*]} ${slow[*]}"
      build "$name"
    done
    ;;
esac
