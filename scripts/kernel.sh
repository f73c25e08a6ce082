#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Get a kernel, or a part of one, into the cache, and print where it is.
#
#	kernel.sh image KERNEL		a folder with vmlinuz (and lib/modules)
#	kernel.sh headers KERNEL	a KDIR that modules build against
#	kernel.sh build KERNEL		the folder of a kernel built here
#	kernel.sh source 6.1|6.12	the unpacked linux-source
#	kernel.sh busybox		a folder with bin/ for a VM's root
#	kernel.sh procps		a folder with slabtop and its libraries
#
# KERNEL is one of Debian's: 6.1 or 6.12 (the cloud flavour, the smallest),
# 6.1-rt, 6.12-rt, 6.1-full, 6.12-full (the ordinary kernel, which has 9p); or
# one built here from linux-source-6.1, the configuration in config/: kunit, A,
# B, C or D. Packages are unpacked, never installed: the kernels of this
# machine stay as they are.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

CONFIG=$ROOT/scripts/config

# newest PATTERN: of the packages whose name matches, the one with the highest
# version in its name.
newest() {
	local name
	name=$(apt-cache pkgnames linux- | grep -xE "$1" | sort -V | tail -n 1)
	[ -n "$name" ] || die "no package $1 known: run apt-get update"
	echo "$name"
}

# The headers name the newest kernel: Debian keeps images whose headers are
# gone, but not the other way round.
headers_package() {
	local version=${1%%-*} flavour=

	case $1 in
	6.1 | 6.12) flavour=-cloud ;;
	*-rt) flavour=-rt ;;
	*-full) ;;
	*) die "no kernel $1" ;;
	esac
	newest "linux-headers-${version/./[.]}[.][^-]*(-[0-9]+)?$flavour-amd64"
}

candidate() {
	apt-cache show --no-all-versions "$1" | sed -n 's/^Version: //p' | tr : -
}

# unpack FOLDER PACKAGE...: download, and unpack below FOLDER.
unpack() {
	local dir=$1 deb
	shift
	mkdir "$dir/deb"
	say "downloading $*"
	(cd "$dir/deb" && apt-get -q download "$@" 2>&1) >"$dir/apt.log" ||
		{ cat "$dir/apt.log" >&2; die "cannot download $*"; }
	for deb in "$dir"/deb/*.deb; do
		dpkg-deb -x "$deb" "$dir"
	done
	rm -r "$dir/deb" "$dir/apt.log"
}

make_image() {
	local package=$1 dir=$2

	unpack "$dir" "$package"
	mv "$dir"/boot/vmlinuz-* "$dir/vmlinuz"
	# 6.12 follows the merged /usr
	[ -d "$dir/lib" ] || mv "$dir/usr/lib" "$dir/lib"
	rm -rf "${dir:?}"/{boot,usr}
	PATH=$PATH:/usr/sbin:/sbin depmod -b "$dir" "$(ls "$dir/lib/modules")"
}

make_busybox() {
	local dir=$1 applet

	unpack "$dir" busybox-static
	rm -rf "${dir:?}/usr"
	for applet in $("$dir/bin/busybox" --list | grep -vx busybox); do
		ln -sf busybox "$dir/bin/$applet"
	done
}

make_procps() {
	local dir=$1

	unpack "$dir" procps libproc2-0 libncursesw6 libtinfo6 libc6 \
		libsystemd0 libgcrypt20 liblzma5 libzstd1 liblz4-1 libcap2 libgpg-error0
	rm -rf "${dir:?}"/usr/share "${dir:?}"/usr/lib/*/gconv "${dir:?}/etc"
}

# Of a headers package only one path is absolute: the include in its Makefile.
make_headers() {
	local package=$1 dir=$2 parts
	mapfile -t parts < <(apt-cache depends "$package" |
		sed -nE 's/^ *\|?Depends: (linux-headers-.*|linux-kbuild-.*)/\1/p')

	unpack "$dir" "$package" "${parts[@]}"
	# shellcheck disable=SC2016	# make expands it, not the shell
	sed -i 's#/usr/src/#$(dir $(lastword $(MAKEFILE_LIST)))../#' \
		"$dir/usr/src/$package/Makefile"
	ln -s "usr/src/$package" "$dir/kdir"
}

make_source() {
	local package=$1 dir=$2

	mkdir "$dir/package"
	unpack "$dir/package" "$package"
	say "unpacking $package"
	tar -xf "$dir/package/usr/src/$package.tar.xz" -C "$dir" \
		--strip-components=1
	rm -r "$dir/package"
}

# The fragments a kernel is made of, the later one winning.
fragments() {
	echo "$CONFIG/base.config"
	[ "$1" = kunit ] || echo "$CONFIG/$1.config"
}

# Whatever a fragment asks for must be in the result: a misspelt or an
# impossible option would otherwise quietly test nothing.
check_config() {
	local config=$1 line missing=0
	shift

	while read -r line; do
		case $line in
		CONFIG_*=n) ! grep -q "^${line%=n}=" "$config" && continue ;;
		CONFIG_*) grep -qxF "$line" "$config" && continue ;;
		*) continue ;;
		esac
		echo "not as asked for: $line" >&2
		missing=1
	done < <(awk -F= '{ v[$1] = $0 } END { for (k in v) print v[k] }' "$@")
	return $missing
}

# kernel_make SOURCE O TARGET...: quiet, the log shown only when it fails. The
# names are fixed, or every build would differ.
kernel_make() {
	local source=$1 out=$2
	shift 2
	nice make -s -C "$source" O="$out" -j"$(nproc)" \
		KBUILD_BUILD_USER=teachalloc KBUILD_BUILD_HOST=build \
		KBUILD_BUILD_TIMESTAMP=@0 "$@" >>"$out/build.log" 2>&1 || {
		tail -n 40 "$out/build.log" >&2
		die "building the kernel failed"
	}
}

make_build() {
	local name=$1 source=$2 dir=$3 out=$3/kdir frags
	mapfile -t frags < <(fragments "$name")

	mkdir "$out"
	say "building kernel $name (some minutes)"
	kernel_make "$source" "$out" tinyconfig
	cat "${frags[@]}" >>"$out/.config"
	kernel_make "$source" "$out" olddefconfig
	check_config "$out/.config" "${frags[@]}" || die "kernel $name: bad config"
	kernel_make "$source" "$out" bzImage modules
	mv "$out/arch/x86/boot/bzImage" "$dir/vmlinuz"
	mv "$out/build.log" "$out/System.map" "$dir"
	# what building a module against it does not need
	find "$out" -path "$out/scripts" -prune -o -path "$out/tools" -prune -o \
		\( -name '*.o' -o -name '*.a' -o -name '.*.cmd' -o -name 'vmlinux*' \) \
		-type f ! -name vmlinux.lds -exec rm {} +
	say "kernel $name is built"
}

# What a build depends on, in twelve letters.
build_key() {
	local name=$1 source=$2 frags
	mapfile -t frags < <(fragments "$name")
	{
		basename "$source"
		gcc --version | head -n 1
		cat "${frags[@]}"
	} | sha256sum | cut -c 1-12
}

# is_built KERNEL: is it one of those that are built here?
is_built() {
	case $1 in kunit | [A-Z]) true ;; *) false ;; esac
}

get_image() {
	local package
	if is_built "$1"; then
		get_build "$1"
	else
		package=$(headers_package "$1")
		package=${package/headers/image}
		publish "$package" make_image "$package"
	fi
}

get_headers() {
	local package
	if is_built "$1"; then
		echo "$(get_build "$1")/kdir"
	else
		package=$(headers_package "$1")
		echo "$(publish "$package" make_headers "$package")/kdir"
	fi
}

get_build() {
	local tree
	is_built "$1" || die "no kernel $1: kunit, A, B, C or D"
	tree=$(get_source 6.1)
	publish "linux-$1-$(build_key "$1" "$tree")" make_build "$1" "$tree"
}

get_source() {
	local package=linux-source-$1
	publish "$package-$(candidate "$package")" make_source "$package"
}

get_busybox() {
	publish "busybox-$(candidate busybox-static)" make_busybox
}

get_procps() {
	publish "procps-$(candidate procps)" make_procps
}

case ${1-}/$# in
image/2 | headers/2 | build/2 | source/2 | busybox/1 | procps/1) "get_$1" "${@:2}" ;;
*)
	sed -n '3,/^$/s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
