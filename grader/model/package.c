#include "model/package.h"

#include "base/text.h"

#include <string.h>

static const struct {
	const char *program, *package;
} packages[] = {
	{"java", "default-jre-headless"},
	{"javac", "default-jdk-headless"},
	{"node", "nodejs"},
	{"npm", "npm"},
	{"go", "golang-go"},
	{"rustc", "rustc"},
	{"cargo", "cargo"},
	{"python3", "python3"},
	{"python", "python-is-python3"},
	{"perl", "perl"},
	{"gcc", "gcc"},
	{"g++", "g++"},
	{"cc", "gcc"},
	{"c++", "g++"},
	{"clang", "clang"},
	{"clang++", "clang"},
	{"make", "make"},
	{"cmake", "cmake"},
	{"ruby", "ruby"},
	{"lua", "lua5.4"},
	{"php", "php-cli"},
	{"kotlinc", "kotlin"},
	{"mcs", "mono-mcs"},
	{"mono", "mono-runtime"},
	{"ghc", "ghc"},
	{"ocamlfind", "ocaml-findlib"},
	{"erl", "erlang-base"},
	{"bash", "bash"},
};

static bool in_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '.' ||
	       c == '_' || c == '-';
}

/* The name that ends at `end`, without its folder and without quotation marks around it. */
static bool name_package(const char *from, const char *end, struct text *text)
{
	const char *quoted = end - from > 8 ? end - 8 : from;
	if (memchr(quoted, '\r', (size_t)(end - quoted)) != NULL ||
	    memmem(quoted, (size_t)(end - quoted), "\\r", 2) != NULL) {
		text_puts(text, "a carriage return (\\r) stands behind that name: save the file with Unix line ends (LF)");
		return true;
	}
	while (end > from && !in_name(end[-1]) && end[-1] != '/' && end[-1] != ' ')
		end--;
	const char *name = end;
	while (name > from && in_name(name[-1]))
		name--;
	for (size_t i = 0; i < sizeof(packages) / sizeof(packages[0]); i++) {
		if (strlen(packages[i].program) != (size_t)(end - name) ||
		    memcmp(packages[i].program, name, (size_t)(end - name)) != 0)
			continue;
		text_printf(text, "%s is not installed here (package %s)", packages[i].program, packages[i].package);
		return true;
	}
	return false;
}

bool package_missing(const char *words, size_t length, struct text *text)
{
	static const char *const phrases[] = {": No such file or directory", ": not found", ": command not found"};
	for (const char *line = words, *end = words + length; line < end;) {
		const char *newline = memchr(line, '\n', (size_t)(end - line)), *last = newline != NULL ? newline : end;
		for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
			const char *at = memmem(line, (size_t)(last - line), phrases[i], strlen(phrases[i]));
			if (at != NULL && at + strlen(phrases[i]) == last && name_package(line, at, text))
				return true;
		}
		line = last + 1;
	}
	return false;
}
