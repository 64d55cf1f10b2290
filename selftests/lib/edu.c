// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <string.h>

#include "die.h"
#include "edu.h"
#include "pci.h"
#include "wait.h"

#define BAR (1UL << 20)
#define BUFFER 0x40000UL
#define SOURCE 0x80
#define TARGET 0x88
#define COUNT 0x90
#define START 0x98

#define RUN 1U
#define TO_MEMORY 2U

bool edu_open(struct edu *edu)
{
	if (!pci_find(&edu->pci, 0x1234, 0x11e8))
		return false;
	pci_set_command(&edu->pci, PCI_MEMORY);
	edu->registers = pci_map(&edu->pci, BAR);
	return true;
}

void edu_master(const struct edu *edu, bool on)
{
	pci_set_command(&edu->pci, PCI_MEMORY | (on ? PCI_MASTER : 0));
}

bool edu_is_master(const struct edu *edu)
{
	return pci_command(&edu->pci) & PCI_MASTER;
}

static void set(const struct edu *edu, unsigned int at, uint64_t value)
{
	__atomic_store_n((uint64_t *)(edu->registers + at), value, __ATOMIC_RELEASE);
}

static bool done(void *arg)
{
	const struct edu *edu = arg;

	return !(__atomic_load_n((uint64_t *)(edu->registers + START), __ATOMIC_ACQUIRE) & RUN);
}

static void copy(const struct edu *edu, uint64_t from, uint64_t to, unsigned int bytes,
		 unsigned int how)
{
	set(edu, SOURCE, from);
	set(edu, TARGET, to);
	set(edu, COUNT, bytes);
	set(edu, START, RUN | how);
	if (!wait_until(done, (void *)edu)) {
		errno = ETIMEDOUT;
		die("DMA from %#llx to %#llx", (unsigned long long)from, (unsigned long long)to);
	}
}

void edu_read(const struct edu *edu, uint64_t iova, unsigned int bytes)
{
	copy(edu, iova, BUFFER, bytes, 0);
}

void edu_write(const struct edu *edu, uint64_t iova, unsigned int bytes)
{
	copy(edu, BUFFER, iova, bytes, TO_MEMORY);
}

int iommu_faults_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || lseek(fd, 0, SEEK_END) < 0)
		die("/dev/kmsg");
	return fd;
}

/* Each read is a line; EPIPE: lines were lost, others follow. */
static bool said(void *arg)
{
	char line[1024];
	ssize_t length;

	for (;;) {
		length = read(*(int *)arg, line, sizeof(line) - 1);
		if (length < 0 && errno != EPIPE)
			return false;
		line[length < 0 ? 0 : length] = '\0';
		if (strstr(line, "DMAR: DRHD: handling fault"))
			return true;
	}
}

bool iommu_faulted(int faults)
{
	return wait_until(said, &faults);
}
