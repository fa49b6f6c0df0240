#!/usr/bin/env bash
# Makes a Debian trixie system tree with RabbitMQ 4, for tests against it, and prints where it is.
# Argument: the folder, ~/.cache/wqstudio/rabbitmq4 when none is given. Does nothing where a finished one is.
set -euo pipefail

# shellcheck source=packaging/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

tree=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/wqstudio/rabbitmq4}
mirror=${WQSTUDIO_DEBIAN_MIRROR:-http://deb.debian.org/debian}
finished=$tree/etc/wqstudio-rabbitmq4

enter() { as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C chroot "$tree" "$@"; }

make_base() {
    say "making a Debian trixie tree with RabbitMQ 4 in $tree (a few minutes, 300 MB)"
    as_root rm -rf --one-file-system "$tree"
    mkdir -p "$(dirname "$tree")"
    as_root debootstrap --variant=minbase trixie "$tree" "$mirror" >&2
}

# A tree is no running system: its services stay down, and names are looked up as outside.
install_rabbitmq() {
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$tree/usr/sbin/policy-rc.d" >/dev/null
    as_root chmod +x "$tree/usr/sbin/policy-rc.d"
    as_root cp /etc/resolv.conf /etc/hosts "$tree/etc/"
    enter apt-get install -y -qq --no-install-recommends rabbitmq-server >&2
    enter apt-get clean
    # The node runs as whoever runs the tests, with its data below /tmp.
    as_root chmod 1777 "$tree/tmp"
    as_root touch "$finished"
}

if [ ! -e "$finished" ]; then
    require_commands debootstrap:debootstrap
    make_base
    install_rabbitmq
fi
echo "$tree"
