#!/usr/bin/env bash
# Sets up what the tests need and runs every check. Arguments go to pytest.
set -euo pipefail

# shellcheck source=packaging/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

require_system_packages Xvfb:xvfb xauth:xauth xdotool:xdotool
require_environment test

cd "$project"
bin="$environment/bin"
"$bin/ruff" check .
"$bin/ruff" format --check .
"$bin/mypy"
# The window tests want a real window: a screen of their own, and not the Wayland session of whoever runs them.
unset WAYLAND_DISPLAY
QT_QPA_PLATFORM=xcb exec xvfb-run --auto-servernum --server-args='-screen 0 1440x900x24' "$bin/python" -m pytest "$@"
