#!/usr/bin/env bash
# Sets up wqstudio beside its sources and opens it: with the demo, or with whatever is given on the command line.
set -euo pipefail

# shellcheck source=packaging/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

[ $# -gt 0 ] || set -- demo

opens_window() {
    local word
    for word in "$@"; do
        case $word in run | dlq | -h | --help | --version) return 1 ;; esac
    done
}

if opens_window "$@"; then
    [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}${QT_QPA_PLATFORM:-}" ] ||
        give_up 'there is no screen here (DISPLAY is not set). Start it on a desktop, or without a window:
    packaging/run.sh run demo --seconds 10'
    # shellcheck disable=SC2119 # the words on the command line are wqstudio's
    require_system_packages
fi
require_environment run
exec "$environment/bin/wqstudio" "$@"
