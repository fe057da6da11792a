#include "sandbox/root.h"

#include "base/fd.h"
#include "sandbox/etc.h"
#include "sandbox/handover.h"
#include "sandbox/site.h"
#include "sandbox/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const system_folders[] = {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};
static const char *const devices[] = {"null", "zero", "full", "random", "urandom"};

static bool system_make(struct mishap *mishap)
{
	for (size_t i = 0; i < sizeof(system_folders) / sizeof(system_folders[0]); i++) {
		const char *name = system_folders[i];
		char old[TREE_PATH_MOST], target[PATH_MAX];
		struct stat info;
		if (!tree_path(old, TREE_OLD, name, mishap))
			return false;
		if (lstat(old, &info) < 0)
			continue;
		ssize_t length = S_ISLNK(info.st_mode) ? readlink(old, target, sizeof(target) - 1) : -1;
		if (length >= 0) {
			target[length] = '\0';
			if (!tree_link(name, target, mishap))
				return false;
		} else if (!tree_folder(name, mishap) || !tree_bind(name, name, TREE_READ, mishap)) {
			return false;
		}
	}
	return true;
}

static bool toolchains_make(const struct toolchains *toolchains, struct mishap *mishap)
{
	for (size_t i = 0; i < toolchains->count; i++) {
		const char *root = toolchains->roots[i];
		if (!tree_folder(root, mishap) || !tree_bind(root, root, TREE_READ, mishap))
			return false;
	}
	return true;
}

static bool devices_make(struct mishap *mishap)
{
	if (!tree_folder("/dev/shm", mishap))
		return false;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		char name[64];
		snprintf(name, sizeof(name), "/dev/%s", devices[i]);
		if (!tree_file(name, "", 0, mishap) ||
		    !tree_bind(name, name, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, mishap))
			return false;
	}
	return tree_link("/dev/fd", "/proc/self/fd", mishap) && tree_link("/dev/stdin", "/proc/self/fd/0", mishap) &&
	       tree_link("/dev/stdout", "/proc/self/fd/1", mishap) && tree_link("/dev/stderr", "/proc/self/fd/2", mishap);
}

/* In a user namespace the kernel lets a /proc be mounted only where another one can be seen whole (mount_namespaces(7)):
 * the host's lies below the box's own, or stands for it.  What it shows of other processes is what anybody may know of
 * them: they belong to another user namespace than the program (ptrace(2), access mode checking). */
static bool places_make(const struct site *site, struct mishap *mishap)
{
	char from[TREE_PATH_MOST];
	static const char *const folders[] = {"/proc", "/tmp", "/box", "/run", "/var", "/sys"};
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (!tree_folder(folders[i], mishap))
			return false;
	if (!tree_link("/var/tmp", "/tmp", mishap) || !tree_path(from, TREE_OLD, "/proc", mishap))
		return false;
	if (!site->host.root && mount(from, TREE_NEW "/proc", NULL, MS_BIND | MS_REC, NULL) < 0)
		return mishap_errno(mishap, "binding /proc");
	return tree_bind(site->folder, "/box", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, mishap);
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
	if (mkdir("/tmp" TREE_NEW, 0755) < 0 || mkdir("/tmp" TREE_OLD, 0755) < 0)
		return mishap_errno(mishap, "mkdir in a new tmpfs");
	if (syscall(SYS_pivot_root, "/tmp", "/tmp" TREE_OLD) < 0)
		return mishap_errno(mishap, "pivot_root");
	if (chdir("/") < 0)
		return mishap_errno(mishap, "chdir /");
	if (mount("box", TREE_NEW, "tmpfs", MS_NOSUID | MS_NODEV, "size=4m,nr_inodes=4096,mode=0755") < 0)
		return mishap_errno(mishap, "mount(tmpfs) for the new root");
	return true;
}

/* pivot_root(2): with "." twice the old root lies on top of the new one and can be taken off. */
static bool base_leave(struct mishap *mishap)
{
	if (!tree_restrict(TREE_NEW, false, TREE_READ, mishap))
		return false;
	if (chdir(TREE_NEW) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
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
