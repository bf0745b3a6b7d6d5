#!/usr/bin/env bash
# Ensures that the real programs the tests run against are installed; quiet when they are.
# A missing one is installed on Debian or Ubuntu as root or by sudo without a password. Elsewhere the test run ends here
# with the list of what to install: tests are never skipped in silence.
set -euo pipefail

# program and the packages that bring it; of several program names one is enough
requirements=(
  'prometheus:prometheus'
  'prometheus-alertmanager|alertmanager:prometheus-alertmanager'
  'etcd:etcd-server etcd-client'
  'redis-server:redis-server'
  'chromium:chromium'
)

require_node_24() {
  local version
  version=$(node --version 2>/dev/null) || version=none
  local major=${version#v}
  major=${major%%.*}
  if [[ ! $major =~ ^[0-9]+$ ]] || ((major < 24)); then
    echo "The tests need Node 24 or newer, found: $version. Run them by 'npm test' after 'npm ci', which brings its own." >&2
    exit 1
  fi
}

has_one_of() {
  local name
  for name in ${1//|/ }; do
    if command -v "$name" >/dev/null; then return 0; fi
  done
  return 1
}

# Fills the arrays missing_programs and missing_packages.
look_for_missing() {
  missing_programs=()
  missing_packages=()
  local requirement
  for requirement in "${requirements[@]}"; do
    has_one_of "${requirement%%:*}" && continue
    missing_programs+=("${requirement%%:*}")
    read -ra packages <<<"${requirement#*:}"
    missing_packages+=("${packages[@]}")
  done
}

give_up() {
  echo "$1" >&2
  echo "The tests need: ${missing_programs[*]//|/ or }" >&2
  echo "On Debian or Ubuntu: apt-get install --no-install-recommends ${missing_packages[*]}" >&2
  exit 1
}

# What runs a command as root; not local, since the trap below needs it after the function.
as_root=()

install_missing() {
  command -v apt-get >/dev/null || give_up 'Programs are missing, and this system has no apt-get to install them with.'
  if ((EUID != 0)); then
    if ! { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }; then
      give_up 'Programs are missing, and installing them takes root or sudo without a password.'
    fi
    as_root=(sudo -n)
  fi

  echo "Installing for the tests: ${missing_packages[*]}" >&2
  # The packages start services of their own unless a policy says no (exit 101). The tests start theirs on free ports.
  local policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    trap '"${as_root[@]}" rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
  fi
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
  "${apt[@]}" update >&2 || give_up 'apt-get update failed.'
  # Ubuntu has Chromium under another name, as a snap.
  if ! apt-cache show chromium &>/dev/null; then missing_packages=("${missing_packages[@]/%chromium/chromium-browser}"); fi
  "${apt[@]}" install --yes --no-install-recommends "${missing_packages[@]}" </dev/null >&2 ||
    give_up 'apt-get install failed.'
}

require_node_24
look_for_missing
if ((${#missing_programs[@]} > 0)); then
  install_missing
  look_for_missing
  if ((${#missing_programs[@]} > 0)); then give_up 'Programs are still missing after the installation.'; fi
fi
