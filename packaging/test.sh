#!/usr/bin/env bash
# Sets up what the tests need and runs every check. Arguments go to pytest.
# With --rabbitmq4 as the first: runs the tests of brokers, and only those, against a RabbitMQ 4 of their own.
set -euo pipefail

# shellcheck source=packaging/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

require_system_packages Xvfb:xvfb xauth:xauth xdotool:xdotool
require_rabbitmq
require_environment test

cd "$project"
bin="$environment/bin"
if [ "${1:-}" = --rabbitmq4 ]; then
    shift
    WQSTUDIO_RABBITMQ_HOME=$(packaging/rabbitmq4.sh)
    export WQSTUDIO_RABBITMQ_HOME
    # Entering its system tree takes root's rights.
    [ "$(id -u)" -eq 0 ] || give_up 'run this as root'
    exec "$bin/python" -m pytest -k rabbit tests/contract tests/unit/brokers/rabbitmq "$@"
fi
"$bin/ruff" check .
"$bin/ruff" format --check .
"$bin/mypy"
# The window tests want a real window: a screen of their own, and not the Wayland session of whoever runs them.
unset WAYLAND_DISPLAY
QT_QPA_PLATFORM=xcb exec xvfb-run --auto-servernum --server-args='-screen 0 1440x900x24' "$bin/python" -m pytest "$@"
