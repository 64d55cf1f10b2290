// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <linux/capability.h>
#include <stdio.h>
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
