// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

#include "die.h"
#include "pci.h"

#define BUS "/sys/bus/pci/"
#define COMMAND 4

static const char *path_of(const struct vhuge_space *pci, const char *file)
{
	static char path[128];

	snprintf(path, sizeof(path), BUS "devices/%04x:%02x:%02x.%u/%s", pci->pci_domain,
		 pci->pci_bus, pci->pci_devfn >> 3, pci->pci_devfn & 7, file);
	return path;
}

static unsigned int number_in(const struct vhuge_space *pci, const char *name)
{
	FILE *file = fopen(path_of(pci, name), "r");
	unsigned int number;

	if (!file || fscanf(file, "%x", &number) != 1)
		die("%s", path_of(pci, name));
	fclose(file);
	return number;
}

bool pci_find(struct vhuge_space *pci, unsigned int vendor, unsigned int device)
{
	DIR *dir = opendir(BUS "devices");
	struct dirent *entry;
	unsigned int slot, function;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		*pci = (struct vhuge_space) {};
		if (sscanf(entry->d_name, "%x:%x:%x.%x", &pci->pci_domain, &pci->pci_bus,
			   &slot, &function) != 4)
			continue;
		pci->pci_devfn = slot << 3 | function;
		found = number_in(pci, "vendor") == vendor && number_in(pci, "device") == device;
	}
	if (dir)
		closedir(dir);
	return found;
}

bool pci_exists(const struct vhuge_space *pci)
{
	return !access(path_of(pci, "vendor"), F_OK);
}

unsigned int pci_command(const struct vhuge_space *pci)
{
	int fd = open(path_of(pci, "config"), O_RDONLY | O_CLOEXEC);
	uint16_t command;

	if (fd < 0 || pread(fd, &command, sizeof(command), COMMAND) != sizeof(command))
		die("reading %s", path_of(pci, "config"));
	close(fd);
	return command;
}

void pci_set_command(const struct vhuge_space *pci, unsigned int command)
{
	int fd = open(path_of(pci, "config"), O_RDWR | O_CLOEXEC);
	uint16_t value = command;

	if (fd < 0 || pwrite(fd, &value, sizeof(value), COMMAND) != sizeof(value))
		die("writing %s", path_of(pci, "config"));
	close(fd);
}

void *pci_map(const struct vhuge_space *pci, size_t size)
{
	int fd = open(path_of(pci, "resource0"), O_RDWR | O_CLOEXEC);
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		die("mapping %s", path_of(pci, "resource0"));
	close(fd);
	return map;
}

static void write_one(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "1", 1) != 1)
		die("writing 1 to %s", path);
	close(fd);
}

void pci_unplug(const struct vhuge_space *pci)
{
	write_one(path_of(pci, "remove"));
}

void pci_rescan(void)
{
	write_one(BUS "rescan");
}
