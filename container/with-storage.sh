#!/bin/bash
# Runs buildah, podman or skopeo on a storage of muster's own, away from the user's: with-storage.sh COMMAND ARGUMENT...
# It lies in build/image/storage, or where MUSTER_STORAGE says.
set -euo pipefail

storage=${MUSTER_STORAGE:-$(cd "$(dirname "$0")/.." && pwd)/build/image/storage}
sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo --preserve-env=CONTAINERS_CONF,CONTAINERS_STORAGE_CONF,CONTAINERS_REGISTRIES_CONF,TMPDIR,PODMAN_IGNORE_CGROUPSV1_WARNING)
mkdir -p "$storage/tmp"

# An overlay cannot lie on an overlay.
driver=overlay
[ "$(stat --file-system --format=%T "$storage")" != overlayfs ] || driver=vfs

put() { [ "$(cat "$1" 2>/dev/null)" = "$2" ] || { printf '%s\n' "$2" >"$1.$$" && mv "$1.$$" "$1"; }; }
put "$storage/storage.conf" "[storage]
driver = \"$driver\"
graphroot = \"$storage/root\"
runroot = \"$storage/run\""
# The limits are ones that may be set without CAP_SYS_RESOURCE; crun refuses the hybrid of both versions of cgroups.
put "$storage/containers.conf" "[containers]
default_ulimits = [\"nofile=1024:4096\", \"nproc=1024:4096\"]
[network]
network_backend = \"netavark\"
[engine]
cgroup_manager = \"cgroupfs\"
events_logger = \"file\"
runtime = \"runc\"
tmp_dir = \"$storage/run/libpod\""
# No registry is ever asked for a short name.
put "$storage/registries.conf" "unqualified-search-registries = []"

export CONTAINERS_CONF=$storage/containers.conf CONTAINERS_STORAGE_CONF=$storage/storage.conf
export CONTAINERS_REGISTRIES_CONF=$storage/registries.conf TMPDIR=$storage/tmp
# Podman 5 says with each call that version 1 of cgroups is deprecated, among what the container says.
export PODMAN_IGNORE_CGROUPSV1_WARNING=1
# What is mounted meanwhile goes with the command, however that ends.
exec "${sudo[@]}" unshare --mount "$@"
