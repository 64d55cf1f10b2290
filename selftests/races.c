// SPDX-License-Identifier: GPL-2.0
/*
 * What may change under a call: descriptors that become other files, memory
 * that becomes another file's, the namespace, the module. Nothing here is wrong
 * by its result, whatever it is; the kernel must be well, and in the end
 * everything is released and the next guest works.
 */
#include "harness.h"

#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "die.h"
#include "pump.h"

#define PAGES 2
#define NUM 64
/* Descriptors that are now this and now that. */
#define DEVICE 200
#define MEMORY 201
#define EVENT 202
#define THREADS 3
#define SWAPS 3000

FIXTURE(races)
{
	struct hugepages before;
	struct rig rig;
};

FIXTURE_SETUP(races)
{
	NEED_MODULE_AND_PAGES(4 * PAGES);
	self->before = hugepages_now();
	rig_make(&self->rig, VERSION_1, NUM, PAGES);
}

FIXTURE_TEARDOWN_PARENT(races)
{
	expect_pages_back(_metadata, &self->before);
}

static void renew(struct ring *ring)
{
	ring_reset(ring);
	ring->kick = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ring->call = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ring->err = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

/* On the same memory and port; the frames of the one before are not its own. */
static void next_guest_works(struct __test_metadata *_metadata, struct rig *rig)
{
	renew(&rig->rx);
	renew(&rig->tx);
	rig->ifindex = if_nametoindex(PORT);
	rig->wire = wire_open(rig->ifindex);
	ASSERT_EQ(0, rig_start(rig)) TH_LOG("%s: %s", rig->step, device_error(rig->guest.dev));
	ASSERT_EQ(NULL, rig_sends(rig, 1));
	ASSERT_EQ(NULL, rig_receives(rig, 2));
	close(rig->guest.dev);
}

struct caller {
	struct rig *rig;
	const bool *over;
	unsigned int seed;
	pthread_t thread;
};

/* One call by descriptors that may be anything when the kernel looks. */
static void call(struct rig *rig, unsigned int dice)
{
	struct vhuge_region region = guest_region(&rig->guest);
	unsigned int index = dice >> 4 & 1;

	region.fd = MEMORY;
	switch (dice & 15) {
	case 0 ... 2:
		device_set_regions(DEVICE, &region, 1);
		break;
	case 3:
		device_remove_regions(DEVICE, &region, 1);
		break;
	case 4:
		device_add_regions(DEVICE, &region, 1);
		break;
	case 5 ... 7:
		device_vring_fd(DEVICE, index, dice % 3, EVENT);
		break;
	case 8:
		device_stop(DEVICE, index);
		break;
	case 9 ... 10:
		device_start(DEVICE, index);
		break;
	case 11:
		device_attach(DEVICE, rig->ifindex);
		break;
	case 12:
		device_detach(DEVICE);
		break;
	default:
		device_enable(DEVICE, index, dice >> 5 & 1);
		break;
	}
}

static void *keep_calling(void *arg)
{
	struct caller *caller = arg;
	uint64_t one = 1;

	while (!__atomic_load_n(caller->over, __ATOMIC_RELAXED)) {
		caller->seed = caller->seed * 1103515245 + 12345;
		call(caller->rig, caller->seed >> 12);
		(void)!write(EVENT, &one, sizeof(one));
	}
	return NULL;
}

static void set_up(struct rig *rig, int dev)
{
	int was = rig->guest.dev;

	rig->guest.dev = dev;
	ring_set_up(&rig->rx);
	ring_set_up(&rig->tx);
	rig->guest.dev = was;
}

/* Each of the descriptors is one of several files, or none, and never for long. */
static void swap(struct rig *rig, unsigned int round)
{
	static int devices[2] = { -1, -1 }, plain = -1, event = -1;
	int which = round & 1;

	if (plain < 0) {
		plain = memfd_create("plain", MFD_CLOEXEC);
		event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	}
	if (!(round & 15)) {
		close(devices[which]);
		devices[which] = device_open();
		set_up(rig, devices[which]);
	}
	dup2(round & 2 ? rig->guest.file : plain, MEMORY);
	dup2(round & 4 ? event : rig->tx.kick, EVENT);
	dup2(round & 8 ? devices[which] : round & 4 ? devices[!which] : event, DEVICE);
	if (!(round % 7))
		close(DEVICE);
	if (!(round % 5))
		close(MEMORY);
	if (!(round % 3))
		close(EVENT);
}

TEST_F(races, descriptors_become_others)
{
	struct caller callers[THREADS];
	unsigned int i;
	bool over = false;

	for (i = 0; i < THREADS; i++) {
		callers[i] = (struct caller) { .rig = &self->rig, .over = &over, .seed = i + 1 };
		ASSERT_EQ(0, pthread_create(&callers[i].thread, NULL, keep_calling, &callers[i]));
	}
	for (i = 1; i <= SWAPS; i++)
		swap(&self->rig, i);
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	for (i = 0; i < THREADS; i++)
		pthread_join(callers[i].thread, NULL);
	for (i = 3; i < 256; i++)
		if ((int)i != self->rig.guest.file)
			close(i);
	next_guest_works(_metadata, &self->rig);
}

/* The guest's process and the namespace of its port go at once, under traffic. */
TEST_F(races, namespace_goes)
{
	struct rig *rig = &self->rig;
	int i, ready[2], status;
	pid_t child;
	char byte;

	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, pipe(ready));
		child = fork();
		ASSERT_GE(child, 0);
		if (!child) {
			port_namespace();
			rig->ifindex = port_add(PORT, 1);
			if (!rig->ifindex || link_set_up(PORT, true))
				die("the port");
			rig->wire = wire_open(rig->ifindex);
			if (rig_start(rig))
				die("%s", rig->step);
			if (write(ready[1], "", 1) != 1)
				die("pipe");
			pump(rig);
		}
		close(ready[1]);
		ASSERT_EQ(1, read(ready[0], &byte, 1));
		close(ready[0]);
		usleep(i * 1000);
		kill(child, SIGKILL);
		ASSERT_EQ(child, waitpid(child, &status, 0));
		ring_reset(&rig->rx);
		ring_reset(&rig->tx);
	}
	next_guest_works(_metadata, rig);
}

/* Regions are taken from under both rings and given back, under traffic. */
TEST_F(races, memory_goes)
{
	struct vhuge_region whole = guest_region(&self->rig.guest);
	struct rig *rig = &self->rig;
	pid_t child;
	int dev, i;

	ASSERT_EQ(0, rig_start(rig)) TH_LOG("%s", rig->step);
	dev = rig->guest.dev;
	child = fork();
	ASSERT_GE(child, 0);
	if (!child)
		pump(rig);
	for (i = 0; i < 100; i++) {
		ASSERT_CALL(dev, 0, device_remove_regions(dev, &whole, 1));
		ASSERT_CALL(dev, 0, device_add_regions(dev, &whole, 1));
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(dev);
	next_guest_works(_metadata, rig);
}

static int unload(void)
{
	return syscall(SYS_delete_module, "vhuge", O_NONBLOCK) ? -errno : 0;
}

static int load(void)
{
	char path[64];
	int fd, err;

	snprintf(path, sizeof(path), "build/%s/vhuge.ko", getenv("VHUGE_KERNEL") ?: "6.12");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s", path);
	err = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return err;
}

TEST_F(races, module_stays_under_a_guest)
{
	struct rig *rig = &self->rig;
	pid_t child;
	int i;

	ASSERT_EQ(0, rig_start(rig)) TH_LOG("%s", rig->step);
	child = fork();
	ASSERT_GE(child, 0);
	if (!child)
		pump(rig);
	for (i = 0; i < 100; i++)
		ASSERT_EQ(-EAGAIN, unload());
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(rig->guest.dev);
	next_guest_works(_metadata, rig);
}

/* The module goes and comes while others open it and make ports. */
TEST_F(races, module_goes)
{
	pid_t opener, maker;
	int i, err;

	opener = fork();
	ASSERT_GE(opener, 0);
	if (!opener)
		for (;;)
			close(device_open());
	maker = fork();
	ASSERT_GE(maker, 0);
	if (!maker)
		for (;;)
			if (!link_add("vm9", 1))
				link_delete("vm9");
	for (i = 0; i < 20; i++) {
		err = unload();
		if (!err)
			err = load() ? -ENOEXEC : -EAGAIN;
		ASSERT_EQ(-EAGAIN, err);
	}
	kill(opener, SIGKILL);
	kill(maker, SIGKILL);
	waitpid(opener, NULL, 0);
	waitpid(maker, NULL, 0);
	/* The ports went with the module. */
	link_delete(PORT);
	ASSERT_NE(0, port_add(PORT, 1));
	ASSERT_EQ(0, link_set_up(PORT, true));
	next_guest_works(_metadata, &self->rig);
}

TEST_HARNESS_MAIN
