// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin for QEMU's emulation: how often the first processor of a VM executed
 * which block of code.
 *
 * It counts from the time that a file DIR/count is there, which it confirms by
 * DIR/counting, until that is gone. Then DIR/blocks has a line for each block:
 * address, instructions in it, executions; and DIR/counting is removed. DIR is
 * what the VM sees as a folder, so programs there say what is to be counted.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qemu.h"

int qemu_plugin_version = 1;

/* A block, which may be translated many times. Blocks are never forgotten. */
struct block {
	unsigned long addr;
	unsigned long instructions;
	unsigned long executed;
	struct block *next;
};

#define LISTS 65536

static struct block *list[LISTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool counting;

/* Written by one thread, the processor's. */
static void executed(unsigned int cpu, void *data)
{
	struct block *block = data;

	if (!cpu && __atomic_load_n(&counting, __ATOMIC_RELAXED))
		block->executed++;
}

static struct block *find(unsigned long addr, unsigned long instructions)
{
	struct block **at = &list[(addr ^ addr >> 16 ^ instructions << 8) % LISTS];

	for (; *at; at = &(*at)->next)
		if ((*at)->addr == addr && (*at)->instructions == instructions)
			return *at;

	*at = calloc(1, sizeof(**at));
	if (!*at)
		abort();
	(*at)->addr = addr;
	(*at)->instructions = instructions;
	return *at;
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	struct block *block;

	(void)id;
	pthread_mutex_lock(&lock);
	block = find(qemu_plugin_tb_vaddr(tb), qemu_plugin_tb_n_insns(tb));
	pthread_mutex_unlock(&lock);
	qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, 0, block);
}

/* A new file in DIR, which was opened as @folder. */
static FILE *create(int folder, const char *name)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	FILE *file = fdopen(fd, "w");

	if (!file)
		abort();
	return file;
}

static void write_blocks(FILE *file)
{
	struct block *block;
	int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < LISTS; i++) {
		for (block = list[i]; block; block = block->next) {
			if (block->executed)
				fprintf(file, "%016lx %lu %lu\n", block->addr,
					block->instructions, block->executed);
			block->executed = 0;
		}
	}
	pthread_mutex_unlock(&lock);
	if (fclose(file))
		abort();
}

static void *watch(void *dir)
{
	int folder = open(dir, O_RDONLY | O_DIRECTORY);

	for (;; usleep(5000)) {
		bool wanted = !faccessat(folder, "count", F_OK, 0);

		if (wanted == counting)
			continue;
		__atomic_store_n(&counting, wanted, __ATOMIC_RELAXED);
		if (wanted) {
			fclose(create(folder, "counting"));
		} else {
			/* the block that is being executed may count still */
			usleep(20000);
			write_blocks(create(folder, "blocks"));
			unlinkat(folder, "counting", 0);
		}
	}
	return NULL;
}

/* Argument: dir=DIR. */
int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	pthread_t thread;

	(void)info;
	if (argc != 1 || strncmp(argv[0], "dir=", 4)) {
		fprintf(stderr, "blocks: the argument is dir=DIR\n");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return pthread_create(&thread, NULL, watch, strdup(argv[0] + 4));
}
