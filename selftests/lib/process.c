// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "die.h"
#include "process.h"

void process_drop_capability(int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	unsigned int mask = ~(1U << capability % 32);

	if (syscall(SYS_capget, &header, data))
		die("capget");
	data[capability / 32].effective &= mask;
	data[capability / 32].permitted &= mask;
	data[capability / 32].inheritable &= mask;
	if (syscall(SYS_capset, &header, data))
		die("capset without capability %d", capability);
}

void process_limit_locked_memory(unsigned long bytes)
{
	struct rlimit limit = { bytes, bytes };

	if (setrlimit(RLIMIT_MEMLOCK, &limit))
		die("RLIMIT_MEMLOCK");
}

void process_allow_files(unsigned long count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("RLIMIT_NOFILE");
	if (limit.rlim_cur >= count)
		return;
	limit.rlim_cur = count;
	if (limit.rlim_max < count)
		limit.rlim_max = count;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("RLIMIT_NOFILE of %lu", count);
}

unsigned int process_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned int count = 0;
	char line[512];

	if (!maps)
		die("/proc/self/maps");
	while (fgets(line, sizeof(line), maps))
		count += !strstr(line, "[vsyscall]");
	fclose(maps);
	return count;
}

unsigned int process_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int count = 0;
	struct dirent *entry;

	if (!dir)
		die("/proc/self/fd");
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	/* One of them was the folder itself. */
	return count - 1;
}

/* The number that ends the name of a process, 0: it is not called so. */
static unsigned long number_of(const char *process, const char *name)
{
	char path[300], comm[64] = "";
	size_t length = strlen(name);
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/comm", process);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (!fgets(comm, sizeof(comm), file))
		comm[0] = '\0';
	fclose(file);
	if (strncmp(comm, name, length) || comm[length] != '-')
		return 0;
	return strtoul(comm + length + 1, NULL, 10);
}

struct thread {
	unsigned long number;
	pid_t pid;
};

static int by_number(const void *a, const void *b)
{
	const struct thread *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

unsigned int process_threads(const char *name, pid_t *pids, unsigned int count)
{
	unsigned int found = 0, i;
	struct thread threads[256];
	struct dirent *entry;
	DIR *dir = opendir("/proc");

	if (!dir)
		die("/proc");
	while (found < 256 && (entry = readdir(dir))) {
		threads[found].number = number_of(entry->d_name, name);
		threads[found].pid = atoi(entry->d_name);
		found += threads[found].number > 0;
	}
	closedir(dir);
	qsort(threads, found, sizeof(threads[0]), by_number);
	if (count > found)
		count = found;
	for (i = 0; i < count; i++)
		pids[i] = threads[found - count + i].pid;
	return count;
}

unsigned long process_sleeps(pid_t pid)
{
	unsigned long sleeps = 0;
	char path[64], line[256];
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "r");
	if (!status)
		die("%s", path);
	while (fgets(line, sizeof(line), status))
		sscanf(line, "voluntary_ctxt_switches: %lu", &sleeps);
	fclose(status);
	return sleeps;
}
