#!/usr/bin/env bash
# Builds the tools for every system for which they are released, and writes checksums.
#
#   scripts/release.sh [DIR]          default: dist/
#
# The same source and Go version give the same bytes on any machine.
set -euo pipefail
case ${1:-} in
	-h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit ;;
	-*) echo "release.sh: unknown flag $1; see --help" >&2; exit 2 ;;
esac
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "${1:-$root/dist}"
dist=$(cd "${1:-$root/dist}" && pwd)
cd "$root"
version=$(sed -n 's/^const Version = "\(.*\)"$/\1/p' pkg/cli/main.go)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for system in linux darwin windows; do
	for machine in amd64 arm64; do
		name=gridcells-$version-$system-$machine
		mkdir "$work/$name"
		cp README.md LICENSE CITATION.cff "$work/$name/"
		CGO_ENABLED=0 GOOS=$system GOARCH=$machine \
			go build -trimpath -buildvcs=false -ldflags='-s -w -buildid=' -o "$work/$name/" ./cmd/...
		# The archive must not depend on this machine's times, owners or order of files.
		tar --sort=name --mtime='2000-01-01 00:00Z' --owner=0 --group=0 --numeric-owner \
			-C "$work" -cf - "$name" | gzip -n -9 > "$work/$name.tar.gz"
	done
done
(cd "$work" && sha256sum "gridcells-$version"-*.tar.gz > "gridcells-$version.sha256")
mv "$work/gridcells-$version"-*.tar.gz "$work/gridcells-$version.sha256" "$dist/"
cat "$dist/gridcells-$version.sha256"
