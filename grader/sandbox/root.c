#include "sandbox/root.h"

#include "base/fd.h"
#include "base/text.h"
#include "sandbox/handover.h"
#include "sandbox/site.h"
#include "sandbox/user.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* While the root is put together: the new one, and the host's old one. */
#define NEW "/new"
#define OLD "/old"

enum { TREE_PATH = PATH_MAX, ETC_FILE_MOST = 1 << 20 };

/* Files of /etc that compilers and runtimes read; what holds names of people, hosts or keys is not among them. */
static const char *const etc_copied[] = {
        "/etc/ld.so.cache",    "/etc/ld.so.conf",  "/etc/services",  "/etc/protocols", "/etc/mime.types",
        "/etc/host.conf",      "/etc/gai.conf",    "/etc/debian_version", "/etc/fpc.cfg", "/etc/fpc-*.cfg",
        "/etc/ssl/openssl.cnf", "/etc/ld.so.conf.d/*.conf",
};
static const char *const etc_bound[] = {
        "/etc/alternatives", "/etc/java*", "/etc/.java", "/etc/ssl/certs", "/etc/pki/tls/certs",
        "/etc/pki/java",     "/etc/perl",  "/etc/python3*", "/etc/crypto-policies",
};
static const char *const system_folders[] = {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};
static const char *const devices[] = {"null", "zero", "full", "random", "urandom"};

static bool inside(char path[static TREE_PATH], const char *top, const char *name, struct mishap *mishap)
{
	if (snprintf(path, TREE_PATH, "%s%s", top, name) < TREE_PATH)
		return true;
	return mishap_text(mishap, "the path %.100s… is too long", name);
}

/* Makes the folder and those above it, in the new root. */
static bool folder_make(const char *name, struct mishap *mishap)
{
	char path[TREE_PATH];
	if (!inside(path, NEW, name, mishap))
		return false;
	for (char *at = path + strlen(NEW) + 1; *at != '\0'; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return mishap_errno(mishap, "mkdir %.150s", path);
		*at = '/';
	}
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return mishap_errno(mishap, "mkdir %.150s", path);
	return true;
}

static bool parent_make(const char *name, struct mishap *mishap)
{
	char parent[TREE_PATH];
	if (!inside(parent, "", name, mishap))
		return false;
	char *slash = strrchr(parent, '/');
	if (slash == NULL || slash == parent)
		return true;
	*slash = '\0';
	return folder_make(parent, mishap);
}

static bool file_make(const char *name, const void *bytes, size_t length, struct mishap *mishap)
{
	char path[TREE_PATH];
	if (!inside(path, NEW, name, mishap) || !parent_make(name, mishap))
		return false;
	FD_AUTO fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 || !fd_write_all(fd, bytes, length))
		return mishap_errno(mishap, "writing %.150s", name);
	return true;
}

static bool link_make(const char *name, const char *target, struct mishap *mishap)
{
	char path[TREE_PATH];
	if (!inside(path, NEW, name, mishap))
		return false;
	if (symlink(target, path) < 0 && errno != EEXIST)
		return mishap_errno(mishap, "symlink %.150s", name);
	return true;
}

/* Flags of a mount that a bind of it in a user namespace must keep (mount_namespaces(7)). */
static unsigned long flags_kept(const char *path)
{
	struct statvfs info;
	unsigned long flags = 0;
	if (statvfs(path, &info) < 0)
		return 0;
	flags |= (info.f_flag & ST_NODEV) != 0 ? MS_NODEV : 0;
	flags |= (info.f_flag & ST_NOEXEC) != 0 ? MS_NOEXEC : 0;
	flags |= (info.f_flag & ST_RDONLY) != 0 ? MS_RDONLY : 0;
	flags |= (info.f_flag & ST_NOATIME) != 0 ? MS_NOATIME : 0;
	flags |= (info.f_flag & ST_NODIRATIME) != 0 ? MS_NODIRATIME : 0;
	flags |= (info.f_flag & ST_RELATIME) != 0 ? MS_RELATIME : 0;
	return flags;
}

static bool mount_restrict(const char *path, bool recursive, uint64_t attributes, struct mishap *mishap)
{
	struct mount_attr change = {.attr_set = attributes};
	if (mount_setattr(AT_FDCWD, path, recursive ? AT_RECURSIVE : 0, &change, sizeof(change)) == 0)
		return true;
	if (errno != ENOSYS)
		return mishap_errno(mishap, "mount_setattr %.150s", path);
	unsigned long flags = MS_REMOUNT | MS_BIND | MS_NOSUID | flags_kept(path); /* before Linux 5.12 */
	flags |= (attributes & MOUNT_ATTR_RDONLY) != 0 ? MS_RDONLY : 0;
	flags |= (attributes & MOUNT_ATTR_NODEV) != 0 ? MS_NODEV : 0;
	if (mount(NULL, path, NULL, flags, NULL) < 0)
		return mishap_errno(mishap, "remounting %.150s", path);
	return true;
}

enum { ATTRIBUTES_READ = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };

static bool bind_make(const char *source, const char *name, uint64_t attributes, struct mishap *mishap)
{
	char from[TREE_PATH], to[TREE_PATH];
	if (!inside(from, OLD, source, mishap) || !inside(to, NEW, name, mishap))
		return false;
	if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) < 0)
		return mishap_errno(mishap, "binding %.150s", source);
	return mount_restrict(to, true, attributes, mishap);
}

static bool system_make(struct mishap *mishap)
{
	for (size_t i = 0; i < sizeof(system_folders) / sizeof(system_folders[0]); i++) {
		const char *name = system_folders[i];
		char old[TREE_PATH], target[PATH_MAX];
		struct stat info;
		if (!inside(old, OLD, name, mishap))
			return false;
		if (lstat(old, &info) < 0)
			continue;
		ssize_t length = S_ISLNK(info.st_mode) ? readlink(old, target, sizeof(target) - 1) : -1;
		if (length >= 0) {
			target[length] = '\0';
			if (!link_make(name, target, mishap))
				return false;
		} else if (!folder_make(name, mishap) || !bind_make(name, name, ATTRIBUTES_READ, mishap)) {
			return false;
		}
	}
	return true;
}

static bool toolchains_make(const struct toolchains *toolchains, struct mishap *mishap)
{
	for (size_t i = 0; i < toolchains->count; i++) {
		const char *root = toolchains->roots[i];
		if (!folder_make(root, mishap) || !bind_make(root, root, ATTRIBUTES_READ, mishap))
			return false;
	}
	return true;
}

static bool etc_copy(const char *old, struct mishap *mishap)
{
	TEXT_AUTO content = {0};
	if (!file_read(old, ETC_FILE_MOST, &content)) /* unreadable here: programs do without it, as on many hosts */
		return true;
	return file_make(old + strlen(OLD), text_string(&content), content.length, mishap);
}

static bool etc_bind(const char *old, struct mishap *mishap)
{
	const char *name = old + strlen(OLD);
	struct stat info;
	if (lstat(old, &info) < 0 || !S_ISDIR(info.st_mode) || access(old, R_OK | X_OK) < 0)
		return true;
	return folder_make(name, mishap) && bind_make(name, name, ATTRIBUTES_READ, mishap);
}

static bool etc_each(const char *pattern, bool (*each)(const char *, struct mishap *), struct mishap *mishap)
{
	char path[TREE_PATH];
	if (!inside(path, OLD, pattern, mishap))
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
	return file_make("/etc/passwd", users.bytes, users.length, mishap) &&
	       file_make("/etc/group", groups.bytes, groups.length, mishap);
}

static bool etc_make(const struct site *site, struct mishap *mishap)
{
	static const struct {
		const char *name, *content;
	} files[] = {
	        {"/etc/hosts", "127.0.0.1 localhost box\n::1 localhost ip6-localhost ip6-loopback\n"},
	        {"/etc/hostname", "box\n"},
	        {"/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n"},
	        {"/etc/resolv.conf", ""},
	};
	if (!folder_make("/etc", mishap) || !people_make(site, mishap))
		return false;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (!file_make(files[i].name, files[i].content, strlen(files[i].content), mishap))
			return false;
	for (size_t i = 0; i < sizeof(etc_bound) / sizeof(etc_bound[0]); i++)
		if (!etc_each(etc_bound[i], etc_bind, mishap))
			return false;
	for (size_t i = 0; i < sizeof(etc_copied) / sizeof(etc_copied[0]); i++)
		if (!etc_each(etc_copied[i], etc_copy, mishap))
			return false;
	return link_make("/etc/localtime", "/usr/share/zoneinfo/Etc/UTC", mishap);
}

static bool devices_make(struct mishap *mishap)
{
	if (!folder_make("/dev/shm", mishap))
		return false;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		char name[64];
		snprintf(name, sizeof(name), "/dev/%s", devices[i]);
		if (!file_make(name, "", 0, mishap) ||
		    !bind_make(name, name, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, mishap))
			return false;
	}
	return link_make("/dev/fd", "/proc/self/fd", mishap) && link_make("/dev/stdin", "/proc/self/fd/0", mishap) &&
	       link_make("/dev/stdout", "/proc/self/fd/1", mishap) && link_make("/dev/stderr", "/proc/self/fd/2", mishap);
}

/* In a user namespace the kernel lets a /proc be mounted only where another one can be seen (mount_namespaces(7)): the
 * host's lies below the box's own. */
static bool places_make(const struct site *site, struct mishap *mishap)
{
	char from[TREE_PATH];
	static const char *const folders[] = {"/proc", "/tmp", "/box", "/run", "/var", "/sys"};
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (!folder_make(folders[i], mishap))
			return false;
	if (!link_make("/var/tmp", "/tmp", mishap) || !inside(from, OLD, "/proc", mishap))
		return false;
	if (!site->host.root && site->host.proc && mount(from, NEW "/proc", NULL, MS_BIND | MS_REC, NULL) < 0)
		return mishap_errno(mishap, "binding /proc");
	return bind_make(site->folder, "/box", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, mishap);
}

/* Any existing folder will do to put the new root on: its own content is seen under OLD again. */
static bool base_enter(struct mishap *mishap)
{
	if (unshare(CLONE_NEWNS) < 0)
		return mishap_errno(mishap, "unshare(CLONE_NEWNS)");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return mishap_errno(mishap, "mount(MS_PRIVATE) on /");
	if (mount("grader", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=0755") < 0)
		return mishap_errno(mishap, "mount(tmpfs) on /tmp");
	if (mkdir("/tmp" NEW, 0755) < 0 || mkdir("/tmp" OLD, 0755) < 0)
		return mishap_errno(mishap, "mkdir in a new tmpfs");
	if (syscall(SYS_pivot_root, "/tmp", "/tmp" OLD) < 0)
		return mishap_errno(mishap, "pivot_root");
	if (chdir("/") < 0)
		return mishap_errno(mishap, "chdir /");
	if (mount("box", NEW, "tmpfs", MS_NOSUID | MS_NODEV, "size=4m,nr_inodes=4096,mode=0755") < 0)
		return mishap_errno(mishap, "mount(tmpfs) for the new root");
	return true;
}

/* pivot_root(2): with "." twice the old root lies on top of the new one and can be taken off. */
static bool base_leave(struct mishap *mishap)
{
	if (!mount_restrict(NEW, false, ATTRIBUTES_READ, mishap))
		return false;
	if (chdir(NEW) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return mishap_errno(mishap, "pivot_root into the new root");
	if (umount2(".", MNT_DETACH) < 0)
		return mishap_errno(mishap, "umount of the host's root");
	if (chdir("/") < 0)
		return mishap_errno(mishap, "chdir /");
	return true;
}

static bool root_build(const struct site *site, struct mishap *mishap)
{
	umask(022);
	return base_enter(mishap) && system_make(mishap) && toolchains_make(&site->toolchains, mishap) &&
	       etc_make(site, mishap) && devices_make(mishap) && places_make(site, mishap) && base_leave(mishap);
}

int root_make(const struct site *site, struct mishap *mishap)
{
	int pair[2], view = -1;
	if (!handover_pair(pair)) {
		mishap_errno(mishap, "socketpair");
		return -1;
	}
	pid_t child = fork();
	if (child == 0) {
		struct mishap own = {0};
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		bool good = root_build(site, &own);
		FD_AUTO space = good ? openat(site->proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC) : -1;
		if (good && space < 0)
			good = mishap_errno(&own, "opening /proc/self/ns/mnt");
		if (good)
			handover_done(pair[1], space);
		else
			handover_failed(pair[1], &own);
		_exit(0);
	}
	close(pair[1]);
	if (child < 0)
		mishap_errno(mishap, "fork");
	else if (!handover_wait(pair[0], "what assembles the root", &view, mishap))
		view = -1;
	close(pair[0]);
	if (child > 0)
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			continue;
	return view;
}
