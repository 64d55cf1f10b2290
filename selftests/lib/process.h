/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a test reads from, or takes away from, its own process.
 */
#ifndef SELFTESTS_PROCESS_H
#define SELFTESTS_PROCESS_H

#include <sys/types.h>

/* Gives up a capability for good. */
void process_drop_capability(int capability);

/* Sets RLIMIT_MEMLOCK, soft and hard. */
void process_limit_locked_memory(unsigned long bytes);

/* Raises the number of files that may be open to at least @count. */
void process_allow_files(unsigned long count);

/* Mappings that count against vm.max_map_count. */
unsigned int process_mappings(void);

/* Descriptors that are open. */
unsigned int process_files(void);

/*
 * Threads of the kernel that are called "NAME-NUMBER": of those with the highest
 * numbers up to @count, the lowest one first. Returns how many.
 */
unsigned int process_threads(const char *name, pid_t *pids, unsigned int count);

/* How often a process has gone to sleep. */
unsigned long process_sleeps(pid_t pid);

#endif
