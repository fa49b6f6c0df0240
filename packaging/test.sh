#!/usr/bin/env bash
# Sets up what the tests need and runs every check. Arguments go to pytest; "-n 0" runs one test after the other.
# With --rabbitmq4 as the first: runs RabbitMQ's tests, and only those, against a RabbitMQ 4 in a system tree.
# With --scenarios as the first: plays all scenarios that come with the studio on both brokers, some ten minutes; what
# follows goes to "wqstudio run --all".
set -euo pipefail

# shellcheck source=packaging/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

# Since most tests wait for brokers. Whoever has done their share takes over from the others, so that all end together.
at_once=(--numprocesses 4 --dist worksteal)

test_rabbitmq4() {
    [ "$(id -u)" -eq 0 ] || give_up '--rabbitmq4 enters a system tree, which only root may: run it with sudo'
    WQSTUDIO_RABBITMQ_HOME=$(packaging/rabbitmq4.sh)
    export WQSTUDIO_RABBITMQ_HOME
    unset PYTHONDONTWRITEBYTECODE
    exec "$environment/bin/python" -m pytest "${at_once[@]}" -k rabbit tests/contract tests/unit/brokers/rabbitmq "$@"
}

play_scenarios() {
    exec "$environment/bin/wqstudio" run --all "$@"
}

require_system_packages Xvfb:xvfb xauth:xauth xdotool:xdotool
require_rabbitmq
require_environment test
require_node_packages amqplib@2.3.1

cd "$project"
bin="$environment/bin"
if [ "${1:-}" = --rabbitmq4 ]; then
    test_rabbitmq4 "${@:2}"
elif [ "${1:-}" = --scenarios ]; then
    play_scenarios "${@:2}"
fi
"$bin/ruff" check .
"$bin/ruff" format --check .
# Tests start hundreds of processes, which would compile what they import each time.
unset PYTHONDONTWRITEBYTECODE
# Types are checked beside the tests, which mostly wait for brokers.
types=$(mktemp)
nice "$bin/mypy" >"$types" 2>&1 &
checking=$!
trap 'kill "$checking" 2>/dev/null || true; rm -f "$types"' EXIT
failed=0
# The window tests want a real window: a screen of their own, and not the Wayland session of whoever runs them.
unset WAYLAND_DISPLAY
run_tests() {
    QT_QPA_PLATFORM=xcb xvfb-run --auto-servernum --server-args='-screen 0 1440x900x24' "$bin/python" -m pytest "$@"
}
run_tests "${at_once[@]}" "$@" || failed=$?
# Several brokers, windows and loads of messages at once can be too much for a small computer: what failed is judged by
# a run that has the computer to itself. What fails there, too, has failed.
if [ "$failed" -eq 1 ]; then
    say 'some failed beside others; trying those once more, one after the other'
    failed=0
    run_tests --last-failed --last-failed-no-failures none "$@" || failed=$?
fi
wait "$checking" || {
    failed=$?
    cat "$types"
}
exit "$failed"
