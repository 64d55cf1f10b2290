// SPDX-License-Identifier: GPL-2.0
/*
 * bench-pin ROUNDS MIB...: how long it takes until the hugepages of a file are
 * pinned, by the module, by udmabuf, and until they are mapped by mmap(MAP_POPULATE),
 * which pins nothing. In turns, so that what else the machine does meets all; of
 * pages that the file has, and in a third of the rounds of holes that are to be
 * filled, which takes as long as clearing them. A line for each sample: case, means,
 * nanoseconds.
 *
 * bench-pin --once MIB: pins once, between two marks in the kernel's trace, and
 * prints how many mappings that added.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include <linux/udmabuf.h>

#include "device.h"
#include "die.h"
#include "hugepage.h"
#include "process.h"

#define GUEST 0x100000000ULL
#define MARKS "/sys/kernel/tracing/trace_marker"

struct means {
	const char *name;
	const char *needs;
	/* Of all pages of a file of @size bytes; what holds them then, for release(). */
	void *(*pin)(int file, size_t size);
	void (*release)(void *pinned, size_t size);
};

static int device, udmabuf;

static void *pin_vhuge(int file, size_t size)
{
	const struct vhuge_region region = {
		.guest_addr = GUEST, .user_addr = GUEST, .length = size, .fd = file,
	};
	int err = device_add_regions(device, &region, 1);

	if (err) {
		errno = -err;
		die("pinning: %s", device_error(device));
	}
	return NULL;
}

static void release_vhuge(void *pinned, size_t size)
{
	(void)pinned;
	(void)size;
	device_set_regions(device, NULL, 0);
}

static void *pin_udmabuf(int file, size_t size)
{
	struct udmabuf_create create = { .memfd = file, .size = size };
	int fd = ioctl(udmabuf, UDMABUF_CREATE, &create);

	if (fd < 0)
		die("UDMABUF_CREATE of %zu MiB", size >> 20);
	return (void *)(intptr_t)fd;
}

static void release_udmabuf(void *pinned, size_t size)
{
	(void)size;
	close((intptr_t)pinned);
}

static void *pin_populate(int file, size_t size)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);

	if (map == MAP_FAILED)
		die("mmap of %zu MiB", size >> 20);
	return map;
}

static void release_populate(void *pinned, size_t size)
{
	munmap(pinned, size);
}

static const struct means means[] = {
	{ "vhuge", DEVICE_PATH, pin_vhuge, release_vhuge },
	{ "udmabuf", "/dev/udmabuf", pin_udmabuf, release_udmabuf },
	{ "populate", "/dev/null", pin_populate, release_populate },
	{ }
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

static int make_file(unsigned int mib, bool present)
{
	unsigned int pages = mib / (HPAGE >> 20);
	int file = memfd_create("bench", MFD_CLOEXEC | MFD_HUGETLB | MFD_ALLOW_SEALING);

	/* udmabuf wants the seal */
	if (file < 0 || ftruncate(file, pages * HPAGE) ||
	    fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK) ||
	    (present && hugetlb_fill(file, 0, pages)))
		die("making a file of %u MiB", mib);
	return file;
}

static void sample(const struct means *m, unsigned int mib, bool present)
{
	int file = make_file(mib, present);
	double begin = now();
	void *pinned = m->pin(file, (size_t)mib << 20);

	begin = now() - begin;
	m->release(pinned, (size_t)mib << 20);
	close(file);
	printf("%u-MiB-%s %s %.0f\n", mib, present ? "present" : "fresh", m->name, begin);
	fflush(stdout);
}

static void samples(unsigned int mib, bool present)
{
	const struct means *m;

	for (m = means; m->name; m++)
		if (!access(m->needs, F_OK))
			sample(m, mib, present);
}

static void mark(int marks, const char *text)
{
	if (write(marks, text, strlen(text)) < 0)
		die("writing to " MARKS);
}

static void once(unsigned int mib)
{
	int file = make_file(mib, true), marks = open(MARKS, O_WRONLY | O_CLOEXEC);
	int mappings;

	if (marks < 0)
		die("opening " MARKS);
	/* The second time libc has mapped what it needs to count. */
	process_mappings();
	mappings = process_mappings();
	mark(marks, "pinning");
	pin_vhuge(file, (size_t)mib << 20);
	mark(marks, "pinned");
	printf("%d\n", (int)process_mappings() - mappings);
}

int main(int argc, char **argv)
{
	int rounds, i, round;

	if (argc < 3) {
		fprintf(stderr, "usage: bench-pin ROUNDS|--once MIB...\n");
		return 2;
	}
	device = device_open();
	if (device < 0)
		die("opening " DEVICE_PATH);
	if (!strcmp(argv[1], "--once")) {
		once(atoi(argv[2]));
		return 0;
	}
	udmabuf = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	rounds = atoi(argv[1]);
	for (i = 2; i < argc; i++)
		for (round = 0; round < rounds; round++) {
			samples(atoi(argv[i]), true);
			if (round % 3 == 0)
				samples(atoi(argv[i]), false);
		}
	return 0;
}
