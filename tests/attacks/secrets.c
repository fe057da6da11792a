/* Tries to read what is not its own.  Arguments: a word that only secrets hold, then paths of files that hold it. */
#include "attack.h"

#include <dirent.h>
#include <linux/perf_event.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/ipc.h>
#include <sys/klog.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/uio.h>

extern char **environ;

static bool holds(const char *path, const char *word)
{
	static char bytes[65536];
	int fd = open(path, O_RDONLY | O_NONBLOCK);
	ssize_t count = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));
	int kept = errno;
	if (fd >= 0)
		close(fd);
	errno = kept;
	return count > 0 && memmem(bytes, (size_t)count, word, strlen(word)) != NULL;
}

static bool walk(const char *folder, const char *word, int depth)
{
	DIR *entries = depth > 4 ? NULL : opendir(folder);
	bool found = false;
	if (entries == NULL)
		return false;
	for (struct dirent *entry; !found && (entry = readdir(entries)) != NULL;) {
		char path[4096];
		struct stat info;
		if (entry->d_name[0] == '.' || snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) >= 4096 ||
		    lstat(path, &info) < 0)
			continue;
		if (S_ISDIR(info.st_mode))
			found = walk(path, word, depth + 1);
		else if (S_ISREG(info.st_mode) && info.st_size < 65536)
			found = holds(path, word);
		if (found)
			printf("found in %s\n", path);
	}
	closedir(entries);
	return found;
}

/* Other processes: everything in /proc that is not this one or its own. */
static void processes_try(const char *word)
{
	static const char *const files[] = {"environ",         "cmdline", "mem",  "maps",
	                                    "root/etc/shadow", "cwd/.",   "fd/0", "fd/3"};
	char name[64], path[128];
	DIR *entries = opendir("/proc");
	unsigned others = 0;
	for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
		int pid = atoi(entry->d_name);
		if (pid > 0 && pid != getpid() && pid != getppid())
			others++;
	}
	errno = ENOENT;
	attempt("other processes in /proc", others > 0);
	for (int i = 0; i < 2; i++) {
		int pid = i == 0 ? 1 : getppid();
		for (size_t k = 0; pid > 0 && k < sizeof(files) / sizeof(files[0]); k++) {
			snprintf(path, sizeof(path), "/proc/%d/%s", pid, files[k]);
			snprintf(name, sizeof(name), "%s of %s", files[k], i == 0 ? "process 1" : "the parent");
			int fd = open(path, O_RDONLY | O_NONBLOCK);
			attempt(name, fd >= 0);
			if (fd >= 0)
				close(fd);
		}
	}
	unsigned told = 0;
	for (int pid = 1; pid < 40000; pid++) {
		snprintf(path, sizeof(path), "/proc/%d/environ", pid);
		if (pid != getpid() && holds(path, word))
			told++;
	}
	errno = ENOENT;
	attempt("a secret in some environment", told > 0);
}

static void hands_try(const char *word)
{
	unsigned open_ones = 0, secrets = 0;
	for (int fd = 3; fd < 1024; fd++)
		open_ones += fcntl(fd, F_GETFD) >= 0;
	errno = EBADF;
	attempt("an inherited descriptor", open_ones > 0);
	for (char **variable = environ; *variable != NULL; variable++)
		secrets += strstr(*variable, word) != NULL;
	errno = ENOENT;
	attempt("a secret in the own environment", secrets > 0);
}

static void memory_try(void)
{
	char byte;
	struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
	attempt("ptrace of process 1", ptrace(PTRACE_SEIZE, 1, NULL, NULL) == 0);
	attempt("ptrace of the parent", ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == 0);
	attempt("process_vm_readv of process 1", process_vm_readv(1, &here, 1, &there, 1, 0) >= 0);
	int process = (int)syscall(SYS_pidfd_open, 1, 0);
	attempt("pidfd_getfd of process 1", process >= 0 && syscall(SYS_pidfd_getfd, process, 0, 0) >= 0);
	errno = 0;
	attempt("kcmp", syscall(SYS_kcmp, getpid(), 1, 0, 0, 0) >= 0);
	/* KEYCTL_SEARCH, KEYCTL_GET_KEYRING_ID of the session keyring */
	attempt("keyctl", syscall(SYS_keyctl, 0, -3, 0, 0, 0) >= 0);
	attempt("add_key", syscall(SYS_add_key, "user", "planted", "x", 1, -3) >= 0);
	int segment = shmget(0x47524144, 64, 0);
	attempt("shared memory of the host", segment >= 0);
	attempt("the kernel's log", klogctl(3, &byte, 1) >= 0);
	struct perf_event_attr counter = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(counter), .exclude_kernel = 1};
	attempt("perf_event_open", syscall(SYS_perf_event_open, &counter, 0, -1, -1, 0) >= 0);
}

int main(int count, char **arguments)
{
	const char *word = count > 1 ? arguments[1] : "nothing";
	static const char *const places[] = {"/srv", "/home", "/tmp", "/var", "/run", "/opt", "/root", "/mnt", "/dev/shm"};
	hands_try(word);
	for (int i = 2; i < count; i++)
		attempt(arguments[i], holds(arguments[i], word));
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		errno = ENOENT;
		attempt(places[i], walk(places[i], word, 0));
	}
	attempt("/etc/shadow", open("/etc/shadow", O_RDONLY) >= 0);
	processes_try(word);
	memory_try();
	int diagnosis = socket(AF_NETLINK, SOCK_DGRAM, 4 /* NETLINK_SOCK_DIAG */);
	attempt("sock_diag", diagnosis >= 0);
	attempt("/proc/net/tcp", open("/proc/net/tcp", O_RDONLY) >= 0);
	attempt("/proc/kallsyms", open("/proc/kallsyms", O_RDONLY) >= 0);
	return attacks_done();
}
