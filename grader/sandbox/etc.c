#include "sandbox/etc.h"

#include "base/fd.h"
#include "base/text.h"
#include "sandbox/site.h"
#include "sandbox/tree.h"
#include "sandbox/user.h"

#include <glob.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ETC_FILE_MOST = 1 << 20 };

/* Files of /etc that compilers and runtimes read; what holds names of people, hosts or keys is not among them. */
static const char *const etc_copied[] = {
	"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/services",        "/etc/protocols",
	"/etc/mime.types",  "/etc/host.conf",  "/etc/gai.conf",        "/etc/debian_version",
	"/etc/fpc.cfg",     "/etc/fpc-*.cfg",  "/etc/ssl/openssl.cnf", "/etc/ld.so.conf.d/*.conf",
};
static const char *const etc_bound[] = {
	"/etc/alternatives", "/etc/java*", "/etc/.java",    "/etc/ssl/certs",       "/etc/pki/tls/certs",
	"/etc/pki/java",     "/etc/perl",  "/etc/python3*", "/etc/crypto-policies",
};

static bool etc_copy(const char *old, struct mishap *mishap)
{
	TEXT_AUTO content = {0};
	if (!file_read(old, ETC_FILE_MOST, &content)) /* unreadable here: programs do without it, as on many hosts */
		return true;
	return tree_file(old + strlen(TREE_OLD), text_string(&content), content.length, mishap);
}

static bool etc_bind(const char *old, struct mishap *mishap)
{
	const char *name = old + strlen(TREE_OLD);
	struct stat info;
	if (lstat(old, &info) < 0 || !S_ISDIR(info.st_mode) || access(old, R_OK | X_OK) < 0)
		return true;
	return tree_folder(name, mishap) && tree_bind(name, name, TREE_READ, mishap);
}

static bool etc_each(const char *pattern, bool (*each)(const char *, struct mishap *), struct mishap *mishap)
{
	char path[TREE_PATH_MOST];
	if (!tree_path(path, TREE_OLD, pattern, mishap))
		return false;
	glob_t found = {0};
	bool good = true;
	if (glob(path, GLOB_NOSORT, NULL, &found) == 0)
		for (size_t i = 0; good && i < found.gl_pathc; i++)
			good = each(found.gl_pathv[i], mishap);
	globfree(&found);
	return good;
}

/* A user for every number of the pool: runtimes ask for their own name. */
static bool people_make(const struct site *site, struct mishap *mishap)
{
	TEXT_AUTO users = {0};
	TEXT_AUTO groups = {0};
	text_puts(&users, "root:x:0:0:root:/:/bin/sh\n");
	text_puts(&groups, "root:x:0:\n");
	if (site->host.root)
		for (unsigned i = 0; i < USER_COUNT; i++)
			text_printf(&users, "student%.0u:x:%u:%u::/tmp:/bin/sh\n", i, USER_FIRST + i, GROUP_POOL);
	else
		text_printf(&users, "student:x:%u:%u::/tmp:/bin/sh\n", USER_INSIDE, USER_INSIDE);
	text_printf(&groups, "student:x:%u:\n", site->host.root ? GROUP_POOL : USER_INSIDE);
	text_puts(&users, "nobody:x:65534:65534:nobody:/:/bin/false\n");
	text_puts(&groups, "nogroup:x:65534:\n");
	return tree_file("/etc/passwd", users.bytes, users.length, mishap) &&
	       tree_file("/etc/group", groups.bytes, groups.length, mishap);
}

bool etc_make(const struct site *site, struct mishap *mishap)
{
	static const struct {
		const char *name, *content;
	} files[] = {
		{"/etc/hosts", "127.0.0.1 localhost box\n::1 localhost ip6-localhost ip6-loopback\n"},
		{"/etc/hostname", "box\n"},
		{"/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n"},
		{"/etc/resolv.conf", ""},
	};
	if (!tree_folder("/etc", mishap) || !people_make(site, mishap))
		return false;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (!tree_file(files[i].name, files[i].content, strlen(files[i].content), mishap))
			return false;
	for (size_t i = 0; i < sizeof(etc_bound) / sizeof(etc_bound[0]); i++)
		if (!etc_each(etc_bound[i], etc_bind, mishap))
			return false;
	for (size_t i = 0; i < sizeof(etc_copied) / sizeof(etc_copied[0]); i++)
		if (!etc_each(etc_copied[i], etc_copy, mishap))
			return false;
	return tree_link("/etc/localtime", "/usr/share/zoneinfo/Etc/UTC", mishap);
}
