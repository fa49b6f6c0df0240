# Sourced by run.sh and test.sh: sets up what wqstudio needs, once, and says what it cannot do itself.
# shellcheck shell=bash

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
environment="$project/.venv"

say() { printf 'wqstudio: %s\n' "$*" >&2; }

give_up() {
    say "$*"
    exit 1
}

# Libraries that Qt loads and its wheels do not bring along, with the Debian package of each.
qt_libraries='
    libEGL.so.1:libegl1 libGL.so.1:libgl1 libX11-xcb.so.1:libx11-xcb1 libdbus-1.so.3:libdbus-1-3
    libfontconfig.so.1:libfontconfig1 libglib-2.0.so.0:libglib2.0-0 libxkbcommon.so.0:libxkbcommon0
    libxkbcommon-x11.so.0:libxkbcommon-x11-0 libxcb-cursor.so.0:libxcb-cursor0 libxcb-icccm.so.4:libxcb-icccm4
    libxcb-image.so.0:libxcb-image0 libxcb-keysyms.so.1:libxcb-keysyms1 libxcb-randr.so.0:libxcb-randr0
    libxcb-render-util.so.0:libxcb-render-util0 libxcb-shape.so.0:libxcb-shape0 libxcb-shm.so.0:libxcb-shm0
    libxcb-sync.so.1:libxcb-sync1 libxcb-xfixes.so.0:libxcb-xfixes0 libxcb-xkb.so.1:libxcb-xkb1
'

missing_qt_packages() {
    local known entry
    known=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p)
    for entry in $qt_libraries; do
        grep -qF "${entry%%:*}" <<<"$known" || echo "${entry#*:}"
    done
    [ -n "$(find /usr/share/fonts -name '*.[to]tf' -print -quit 2>/dev/null)" ] || echo fonts-dejavu-core
}

# Arguments are command:package. A user's PATH need not have the places of system programs.
missing_command_packages() {
    local entry PATH="$PATH:/sbin:/usr/sbin"
    for entry in "$@"; do
        command -v "${entry%%:*}" >/dev/null || echo "${entry#*:}"
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

may_install() {
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" -eq 0 ] && return
    # Without a terminal sudo could not ask for the password.
    command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }
}

# Does nothing without arguments.
install_packages() {
    [ $# -gt 0 ] || return 0
    may_install || give_up "these system packages are missing; have them installed, then try again:
    sudo apt-get update && sudo apt-get install --no-install-recommends $*"
    say "installing system packages: $*"
    as_root apt-get update -qq || say 'apt-get update failed; going on with the package lists that are there'
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
        give_up "apt-get could not install: $*"
}

# As install_packages, but of the services in them none is started, now or with the computer.
install_without_services() (
    policy=/usr/sbin/policy-rc.d
    if [ $# -gt 0 ] && may_install && [ ! -e "$policy" ]; then
        trap 'as_root rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod +x "$policy"
    fi
    install_packages "$@"
)

# Tests start nodes of their own; one that was installed before, and may well be used, is left as it is.
require_rabbitmq() {
    local missing
    mapfile -t missing < <(missing_command_packages rabbitmq-server:rabbitmq-server)
    [ ${#missing[@]} -gt 0 ] || return 0
    install_without_services "${missing[@]}"
    [ ! -d /run/systemd/system ] || as_root systemctl disable --quiet rabbitmq-server epmd.service epmd.socket
}

find_python() {
    local candidate
    for candidate in python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

# The interpreter for the environment, one that can make environments; installs what it lacks for that.
require_python() {
    local version
    python=$(find_python) || install_packages python3
    python=$(find_python) ||
        give_up 'Python 3.11 or newer is needed, and there is none on PATH; install it (Debian 12, Ubuntu 24.04 or newer have it).'
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
        install_packages "$version-venv"
    fi
}

# Make or renew the environment; $1 is "run" or "test". Nothing is done when pyproject.toml is as it was.
require_environment() {
    local kind=$1 target=$project stamp
    stamp=$(sha256sum <"$project/pyproject.toml")
    [ "$kind" = test ] && target="${project}[test]"
    for done in "$environment/.$kind-stamp" "$environment/.test-stamp"; do
        [ "$(cat "$done" 2>/dev/null)" = "$stamp" ] && "$environment/bin/python" -c '' 2>/dev/null && return
    done
    require_python
    say "setting up $environment (a few minutes the first time)"
    "$environment/bin/python" -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear "$environment" ||
        give_up "$python could not make $environment"
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --editable "$target" ||
        give_up 'pip could not install what is needed; its message is above. Is there a connection to the internet?'
    echo "$stamp" >"$environment/.$kind-stamp"
}

# Programs in other languages that the tests watch. Node comes with the environment: one wheel, without root's
# rights, where Debian's npm would bring some hundred packages. Arguments are name@version.
require_node_packages() {
    local stamp="$environment/.node-stamp"
    [ "$(cat "$stamp" 2>/dev/null)" = "$*" ] && return
    say "installing Node packages: $*"
    PATH="$environment/bin:$PATH" npm install --silent --prefix "$environment/node" --save-exact --no-package-lock \
        --no-audit --no-fund --ignore-scripts "$@" ||
        give_up "npm could not install $*. Is there a connection to the internet?"
    echo "$*" >"$stamp"
}

# Qt's libraries, and what else is given as command:package.
require_system_packages() {
    local missing
    mapfile -t missing < <(missing_qt_packages; missing_command_packages "$@")
    install_packages "${missing[@]}"
}

# As above, without Qt's libraries.
require_commands() {
    local missing
    mapfile -t missing < <(missing_command_packages "$@")
    install_packages "${missing[@]}"
}
