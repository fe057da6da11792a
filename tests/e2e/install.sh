#!/bin/sh
# cmake --install and the .deb put the files where a distribution puts them, and the installed grader finds them by name.
. "$(dirname "$0")/frame"

# A build of its own: an installation has its own prefix compiled in.
if [ -e "$(dirname "$grader")/CMakeCache.txt" ]; then
	build=$(dirname "$grader")
else
	skip "installation: $grader does not lie in a folder that CMake made"
	finish
fi

# layout WHERE FOLDER: the tree below FOLDER/usr.
layout() {
	for file in bin/grader share/grader/specs/echo.yaml share/grader/specs/schema.json share/grader/specs/result.schema.json \
		share/grader/assignments/echo-server/assignment.yaml share/grader/assignments/echo-server/handout.md \
		share/grader/assignments/echo-server/starter/server.c share/grader/assignments/echo-client/assignment.yaml \
		share/grader/solutions/echo-server/server.c share/grader/solutions/echo-client/client.c \
		share/grader/template/spec.yaml share/man/man1/grader.1 share/man/man5/grader-spec.5 \
		share/bash-completion/completions/grader share/zsh/site-functions/_grader \
		share/fish/vendor_completions.d/grader.fish; do
		holds "$1: /usr/$file" [ -s "$2/usr/$file" ]
	done
	holds "$1: the program is executable" [ -x "$2/usr/bin/grader" ]
	for script in "$tree"/assignments/*/faulty/*/server "$tree"/assignments/*/faulty/*/client; do
		[ -f "$script" ] || continue
		inside=${script#"$tree/assignments/"}
		holds "$1: assignments/$inside is executable" [ -x "$2/usr/share/grader/assignments/$inside" ]
	done
	holds "$1: nothing lies outside of /usr" [ "$(ls "$2" | tr '\n' ' ')" = "usr " ]
	holds "$1: nothing is left of a build" [ -z "$(find "$2" -name '*.o' -o -name CMakeFiles -o -name '*.a')" ]
}

# finds WHERE FOLDER: from a folder that holds nothing.
finds() {
	cd "$scratch" || exit 2
	installed=$2/usr/bin/grader
	exits 0 "$1: grades by the assignment's name" "$installed" run echo-server "$2/usr/share/grader/solutions/echo-server" --quiet
	exits 0 "$1: finds the reference solution" "$installed" prove echo-server --only never-closed
	rm -rf "$scratch/lab-1"
	exits 0 "$1: grader new finds its template" "$installed" new lab-1
	exits 0 "$1: grader new's assignment proves itself" "$installed" prove lab-1
	cd "$tree" || exit 2
}

exits 0 "cmake --install" env DESTDIR="$scratch/staged" cmake --install "$build" --prefix /usr
layout "cmake --install" "$scratch/staged"
finds "cmake --install" "$scratch/staged"

if there man; then
	for page in man1/grader.1 man5/grader-spec.5; do
		run sh -c 'man --warnings -l "$1" >/dev/null' sh "$scratch/staged/usr/share/man/$page"
		holds "$page: man has nothing to complain about" [ ! -s "$err" ]
	done
else
	skip "the manual pages' troff: man is not installed"
fi
for shell in bash zsh fish; do
	case $shell in
	bash) file=bash-completion/completions/grader ;;
	zsh) file=zsh/site-functions/_grader ;;
	fish) file=fish/vendor_completions.d/grader.fish ;;
	esac
	# Its quotes at least can be looked at everywhere.
	[ $shell = zsh ] && exits 0 "zsh's completions: all quotes are closed" bash -n "$scratch/staged/usr/share/$file"
	if there $shell; then
		exits 0 "$shell reads its completions" $shell -n "$scratch/staged/usr/share/$file"
	else
		skip "$shell's completions: $shell is not installed"
	fi
done

if there dpkg-deb && there dpkg-shlibdeps; then
	exits 0 "cpack" sh -c 'cd "$1" && cpack -G DEB -B "$2"' sh "$build" "$scratch/packed"
	package=$(find "$scratch/packed" -maxdepth 1 -name '*.deb')
	holds "cpack made one .deb: $(basename "$package")" [ "$(echo "$package" | grep -c .)" -eq 1 ]
	exits 0 "dpkg-deb unpacks it" dpkg-deb -x "$package" "$scratch/unpacked"
	layout .deb "$scratch/unpacked"
	finds .deb "$scratch/unpacked"
	run dpkg-deb -f "$package" Depends
	for library in libc6 libssl libcurl libarchive libdw; do
		says ".deb: depends on $library" "$out" "$library"
	done
	open=$(dpkg-deb -c "$package" | awk '$1 ~ /^d/ && $6 ~ /(solutions|assignments\/[^\/]*\/faulty)\/$/ && $1 != "drwxr-x---"' | head -n 3)
	holds ".deb: solutions and faulty programs are not for everybody $open" [ -z "$open" ]
	closed=$(dpkg-deb -c "$package" | grep -cE '^drwxr-x--- .*/(solutions|faulty)/$')
	holds ".deb: $closed folders of them" [ "$closed" -gt 1 ]
	owners=$(dpkg-deb -c "$package" | awk '{ print $2 }' | sort -u)
	holds ".deb: everything belongs to root" [ "$owners" = root/root ]
	writable=$(dpkg-deb -c "$package" | awk '$1 !~ /^l/ && $1 ~ /^.....w|^........w/' | head -n 3)
	holds ".deb: nothing is writable by others $writable" [ -z "$writable" ]
else
	skip "the .deb: dpkg-deb or dpkg-shlibdeps is not installed"
fi
finish
