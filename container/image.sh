#!/bin/bash
# Builds localhost/muster:VERSION and localhost/muster-tools:VERSION: image.sh MUSTER [--archive FOLDER]
# MUSTER is linked statically. With --archive they are also written to FOLDER, as OCI archives. TOOLS_DEBIAN names the release that
# the tools are of (bookworm), TOOLS_MORE what is to be there besides.
set -euo pipefail

muster=$(realpath "$1")
archive=''
[ "${2:-}" != --archive ] || archive=$(realpath --canonicalize-missing "$3")
cd "$(dirname "$0")/.."
tools=(ca-certificates postgresql-client sqlite3 s3cmd awscli gzip zstd ${TOOLS_MORE:-})

version=$(cat .version)
revision=$(git describe --always --abbrev=40 --exclude='*' --dirty 2>/dev/null || true)
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat --format=%Y .version)}
in_storage=container/with-storage.sh

if readelf --program-headers "$muster" | grep -q INTERP; then
	echo "image.sh: '$muster' is linked dynamically and would not start in the image: 'make static' builds the one that does" >&2
	exit 1
fi

context=$(mktemp -d)
# A build that was cut off leaves its containers in the storage.
trap '$in_storage buildah rm --all >/dev/null 2>&1; rm -rf "$context"' EXIT

base=$(container/base.sh "${TOOLS_DEBIAN:-bookworm}" essential "${tools[@]}")
base_image=localhost/muster-base:$(basename "$base" .tar)
if ! $in_storage podman image exists "$base_image"; then
	# Nothing is made of the base before it any more.
	$in_storage podman images --quiet localhost/muster-base | xargs -r $in_storage podman rmi --force >/dev/null
	container=$($in_storage buildah from scratch)
	$in_storage buildah add --quiet "$container" "$base" / >/dev/null
	$in_storage buildah commit --quiet --rm --identity-label=false --timestamp "$(stat --format=%Y "$base")" "$container" "$base_image" >/dev/null
fi

cp "$muster" "$context/muster"
cp container/passwd container/group LICENSE "$context"
labels=(--label "org.opencontainers.image.version=$version" --label "org.opencontainers.image.created=$(date -u -d "@$epoch" +%FT%TZ)")
[ -z "$revision" ] || labels+=(--label "org.opencontainers.image.revision=$revision")
for image in muster muster-tools; do
	$in_storage buildah bud --quiet --isolation chroot --network host --pull-never --target "$image" --build-arg BASE="$base_image" \
		--timestamp "$epoch" --identity-label=false "${labels[@]}" --tag "localhost/$image:$version" \
		--file container/Containerfile "$context" >/dev/null
	[ -z "$archive" ] && continue
	mkdir -p "$archive"
	rm -f "$archive/$image-$version.oci.tar"
	$in_storage buildah push --quiet "localhost/$image:$version" "oci-archive:$archive/$image-$version.oci.tar:$image:$version"
done
# The images of the same names before them.
$in_storage podman image prune --force >/dev/null
