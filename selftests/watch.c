// SPDX-License-Identifier: GPL-2.0
/*
 * Who watches memory learns of every change: by poll() on the device, and by
 * events of the netlink family, also when changes go on while it starts.
 */
#include "harness.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "die.h"
#include "netlink.h"
#include "process.h"

#define GUEST 0x100000000ULL
#define USER 0x7a0000000000ULL
#define PAGES 4
#define ROOM (8 << 20)
#define MOST 64

FIXTURE(watch)
{
	struct hugepages before;
	int dev;
	uint32_t id;
	int events;
	/* One region for each page of a file. */
	struct vhuge_region regions[PAGES];
};

static uint32_t id_of(int dev)
{
	struct vhuge_info info;

	if (device_info(dev, &info))
		die("VHUGE_GET_INFO");
	return info.id;
}

FIXTURE_SETUP(watch)
{
	unsigned int i;

	NEED_MODULE_AND_PAGES(PAGES);
	self->before = hugepages_now();
	self->events = netlink_listen(netlink_group(VHUGE_GENL_GROUP_REGIONS), ROOM);
	ASSERT_GE(self->events, 0);
	self->dev = device_open();
	ASSERT_GE(self->dev, 0);
	self->id = id_of(self->dev);
	self->regions[0].fd = hugetlb_full_file(PAGES);
	for (i = 0; i < PAGES; i++) {
		self->regions[i].guest_addr = GUEST + i * 2 * HPAGE;
		self->regions[i].user_addr = USER + i * 3 * HPAGE;
		self->regions[i].length = HPAGE;
		self->regions[i].offset = i * HPAGE;
		self->regions[i].fd = self->regions[0].fd;
	}
}

FIXTURE_TEARDOWN_PARENT(watch)
{
	expect_pages_back(_metadata, &self->before);
}

static short polled(int dev)
{
	struct pollfd pollfd = { .fd = dev, .events = POLLIN | POLLPRI };

	if (poll(&pollfd, 1, 0) < 0)
		die("poll");
	return pollfd.revents;
}

TEST_F(watch, poll_says_when_the_table_changed)
{
	struct vhuge_segment segments[PAGES];
	struct vhuge_get_segments get;

	EXPECT_EQ(0, polled(self->dev));
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, self->regions, 2));
	EXPECT_EQ(POLLIN, polled(self->dev));
	EXPECT_EQ(POLLIN, polled(self->dev));
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, &self->regions[2], 1));

	/* Not read to its end; read in parts; once for several changes. */
	ASSERT_CALL(self->dev, 0, device_segments(self->dev, &get, NULL, 0, 0));
	EXPECT_EQ(POLLIN, polled(self->dev));
	ASSERT_CALL(self->dev, 0, device_segments(self->dev, &get, segments, 0, get.total - 1));
	EXPECT_EQ(POLLIN, polled(self->dev));
	ASSERT_CALL(self->dev, 0, device_segments(self->dev, &get, segments, get.total - 1, 1));
	EXPECT_EQ(0, polled(self->dev));

	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, NULL, 0));
	EXPECT_EQ(POLLIN, polled(self->dev));
	ASSERT_CALL(self->dev, 0, device_segments(self->dev, &get, NULL, 0, 0));
	EXPECT_EQ(0, polled(self->dev));

	/* What failed, and what looks only, is no change; IOVAs are one. */
	EXPECT_CALL(self->dev, -ENOENT, device_remove_regions(self->dev, self->regions, 1));
	EXPECT_EQ(0, polled(self->dev));
	ASSERT_CALL(self->dev, 0, device_space(self->dev, VHUGE_SPACE_PHYSICAL, NULL));
	EXPECT_EQ(POLLIN, polled(self->dev));
}

TEST_F(watch, poll_wakes_who_waits)
{
	struct pollfd pollfd = { .fd = self->dev, .events = POLLIN };
	pid_t child = fork();
	int status;

	if (!child)
		_exit(poll(&pollfd, 1, -1) != 1 || pollfd.revents != POLLIN);
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, self->regions, 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

static __u64 generation_of(int dev)
{
	struct vhuge_get_segments get;

	if (device_segments(dev, &get, NULL, 0, 0))
		die("VHUGE_GET_SEGMENTS");
	return get.generation;
}

/* The next event says this of a region, and nothing else about its device. */
static void expect_event(struct __test_metadata *_metadata, FIXTURE_DATA(watch) *self,
			 const struct object *event, uint8_t command, unsigned int number,
			 unsigned int index, __u64 generation)
{
	const struct vhuge_region *region = &self->regions[number];

	EXPECT_EQ(command, event->command);
	EXPECT_EQ(self->id, object_number(event, VHUGE_REGION_ATTR_DEVICE));
	EXPECT_EQ(index, object_number(event, VHUGE_REGION_ATTR_INDEX));
	EXPECT_EQ(region->guest_addr, object_number(event, VHUGE_REGION_ATTR_GUEST_ADDR));
	EXPECT_EQ(region->user_addr, object_number(event, VHUGE_REGION_ATTR_USER_ADDR));
	EXPECT_EQ(region->length, object_number(event, VHUGE_REGION_ATTR_LENGTH));
	EXPECT_EQ(region->offset, object_number(event, VHUGE_REGION_ATTR_OFFSET));
	EXPECT_EQ(HPAGE, object_number(event, VHUGE_REGION_ATTR_PAGE_SIZE));
	EXPECT_EQ(1, object_number(event, VHUGE_REGION_ATTR_PAGES));
	EXPECT_EQ(1, object_number(event, VHUGE_REGION_ATTR_SEGMENTS));
	EXPECT_EQ(generation, object_number(event, VHUGE_REGION_ATTR_GENERATION));
}

static void expect_events(struct __test_metadata *_metadata, FIXTURE_DATA(watch) *self,
			  struct object *events, int count)
{
	ASSERT_EQ(count, netlink_events(self->events, events, MOST));
	EXPECT_EQ(-EAGAIN, netlink_events(self->events, &events[count], 1));
}

TEST_F(watch, each_region_that_comes_and_goes)
{
	struct object events[MOST];
	struct vhuge_region table[2];
	__u64 last;

	EXPECT_EQ(-EAGAIN, netlink_events(self->events, events, MOST));
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, &self->regions[1], 2));
	last = generation_of(self->dev);
	expect_events(_metadata, self, events, 2);
	expect_event(_metadata, self, &events[0], VHUGE_GENL_REGION_ADDED, 1, 0, last);
	expect_event(_metadata, self, &events[1], VHUGE_GENL_REGION_ADDED, 2, 1, last);

	/* One goes, one stays, one comes. */
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, &self->regions[2], 2));
	EXPECT_LT(last, generation_of(self->dev));
	last = generation_of(self->dev);
	expect_events(_metadata, self, events, 2);
	expect_event(_metadata, self, &events[0], VHUGE_GENL_REGION_REMOVED, 1, 0, last);
	expect_event(_metadata, self, &events[1], VHUGE_GENL_REGION_ADDED, 3, 1, last);

	/* Nothing changes, and a change fails. */
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, &self->regions[2], 2));
	EXPECT_CALL(self->dev, -EEXIST, device_add_regions(self->dev, &self->regions[0], 4));
	EXPECT_EQ(-EAGAIN, netlink_events(self->events, events, MOST));

	/* Other memory at the same addresses. */
	table[0] = self->regions[2];
	table[1] = self->regions[3];
	table[1].offset = 0;
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, table, 2));
	last = generation_of(self->dev);
	expect_events(_metadata, self, events, 2);
	expect_event(_metadata, self, &events[0], VHUGE_GENL_REGION_REMOVED, 3, 1, last);
	self->regions[3].offset = 0;
	expect_event(_metadata, self, &events[1], VHUGE_GENL_REGION_ADDED, 3, 1, last);

	close(self->dev);
	expect_events(_metadata, self, events, 2);
	EXPECT_LT(last, object_number(&events[0], VHUGE_REGION_ATTR_GENERATION));
	last = object_number(&events[0], VHUGE_REGION_ATTR_GENERATION);
	expect_event(_metadata, self, &events[0], VHUGE_GENL_REGION_REMOVED, 2, 0, last);
	expect_event(_metadata, self, &events[1], VHUGE_GENL_REGION_REMOVED, 3, 1, last);

	/* The next one with this number goes on counting from there. */
	self->dev = device_open();
	EXPECT_EQ(self->id, id_of(self->dev));
	EXPECT_LT(last, generation_of(self->dev));
}

TEST_F(watch, rings_that_break)
{
	const struct vhuge_vring vring = {
		.flags = VHUGE_VRING_NUM | VHUGE_VRING_ADDR,
		.index = 3,
		.num = 256,
		.desc = USER,
		.avail = USER + 0x10000,
		.used = USER + 0x20000,
	};
	int faults = netlink_listen(netlink_group(VHUGE_GENL_GROUP_FAULTS), ROOM);
	struct object event;

	ASSERT_GE(faults, 0);
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, self->regions, 1));
	ASSERT_CALL(self->dev, 0, device_vring(self->dev, &vring));
	ASSERT_CALL(self->dev, 0, device_start(self->dev, 3));
	EXPECT_EQ(-EAGAIN, netlink_events(faults, &event, 1));
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, NULL, 0));
	ASSERT_EQ(1, netlink_events(faults, &event, 1));
	EXPECT_EQ(VHUGE_GENL_VRING_BROKEN, event.command);
	EXPECT_EQ(self->id, object_number(&event, VHUGE_VRING_ATTR_DEVICE));
	EXPECT_EQ(3, object_number(&event, VHUGE_VRING_ATTR_INDEX));
	EXPECT_STREQ("memory of the ring removed", object_text(&event, VHUGE_VRING_ATTR_FAULT));
}

TEST_F(watch, what_is_lost_is_told)
{
	int events = netlink_listen(netlink_group(VHUGE_GENL_GROUP_REGIONS), 4096);
	struct object event;
	unsigned int i;

	ASSERT_GE(events, 0);
	for (i = 0; i < 32; i++) {
		ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, self->regions, 1));
		ASSERT_CALL(self->dev, 0, device_remove_regions(self->dev, self->regions, 1));
	}
	EXPECT_EQ(-ENOBUFS, netlink_events(events, &event, 1));
	for (i = 0; i < 64; i++)
		EXPECT_EQ(1, netlink_events(self->events, &event, 1));
}

TEST_F(watch, joining_needs_a_capability)
{
	int regions = netlink_group(VHUGE_GENL_GROUP_REGIONS);
	int faults = netlink_group(VHUGE_GENL_GROUP_FAULTS);

	process_drop_capability(CAP_NET_ADMIN);
	EXPECT_EQ(-EPERM, netlink_listen(regions, ROOM));
	EXPECT_EQ(-EPERM, netlink_listen(faults, ROOM));
}

/* Who is mighty in a namespace of its own only hears nothing. */
TEST_F(watch, nothing_leaves_the_initial_namespace)
{
	int group = netlink_group(VHUGE_GENL_GROUP_REGIONS), events;
	struct object event;

	if (unshare(CLONE_NEWNET))
		die("unshare");
	EXPECT_EQ(-ENOENT, netlink_group(VHUGE_GENL_GROUP_REGIONS));
	events = netlink_listen(group, ROOM);
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, self->regions, 1));
	if (events >= 0)
		EXPECT_EQ(-EAGAIN, netlink_events(events, &event, 1));
	EXPECT_EQ(1, netlink_events(self->events, &event, 1));
}

/* --- a watcher that starts while tables change --- */

#define ROUNDS 300
#define WATCHERS 12
#define DEVICES 3

/* What a watcher knows, by the recipe of the header. */
struct watcher {
	int events;
	struct object known[MOST];
	unsigned int count;
	/* By number of the device. */
	uint64_t noted[MOST];
};

static unsigned int find_known(const struct watcher *watcher, const struct object *region)
{
	unsigned int i;

	for (i = 0; i < watcher->count; i++)
		if (object_number(&watcher->known[i], VHUGE_REGION_ATTR_DEVICE) ==
		    object_number(region, VHUGE_REGION_ATTR_DEVICE) &&
		    object_number(&watcher->known[i], VHUGE_REGION_ATTR_GUEST_ADDR) ==
		    object_number(region, VHUGE_REGION_ATTR_GUEST_ADDR))
			break;
	return i;
}

static int dump_regions(struct object *regions)
{
	int count;

	do {
		count = netlink_dump(VHUGE_GENL_REGION_GET, regions, MOST);
	} while (count == -EINTR);
	if (count < 0 || count > MOST)
		die("a dump of %d regions", count);
	return count;
}

static void start_watching(struct watcher *watcher)
{
	unsigned int i;

	watcher->events = netlink_listen(netlink_group(VHUGE_GENL_GROUP_REGIONS), ROOM);
	if (watcher->events < 0)
		die("listening");
	watcher->count = dump_regions(watcher->known);
	memset(watcher->noted, 0, sizeof(watcher->noted));
	for (i = 0; i < watcher->count; i++)
		watcher->noted[object_number(&watcher->known[i], VHUGE_REGION_ATTR_DEVICE)] =
			object_number(&watcher->known[i], VHUGE_REGION_ATTR_GENERATION);
}

static void apply(struct __test_metadata *_metadata, struct watcher *watcher,
		  const struct object *event)
{
	uint64_t noted = watcher->noted[object_number(event, VHUGE_REGION_ATTR_DEVICE)];
	unsigned int i = find_known(watcher, event);

	if (object_number(event, VHUGE_REGION_ATTR_GENERATION) <= noted)
		return;
	if (event->command == VHUGE_GENL_REGION_ADDED) {
		ASSERT_EQ(watcher->count, i)
			TH_LOG("added twice");
		watcher->known[watcher->count++] = *event;
	} else if (i < watcher->count) {
		watcher->known[i] = watcher->known[--watcher->count];
	} else {
		EXPECT_EQ(0, noted)
			TH_LOG("a region goes that was not known");
	}
}

static void follow(struct __test_metadata *_metadata, struct watcher *watcher)
{
	struct object events[MOST];
	int count, i;

	while ((count = netlink_events(watcher->events, events, MOST)) > 0) {
		ASSERT_LE(count, MOST);
		for (i = 0; i < count; i++)
			apply(_metadata, watcher, &events[i]);
	}
	EXPECT_EQ(-EAGAIN, count);
}

/* One step of a table: a region comes or goes, all go, or the device does. */
static void change(FIXTURE_DATA(watch) *self, int *dev, unsigned int *has)
{
	unsigned int number = rand() % PAGES;
	int err = 0;

	switch (rand() % 8) {
	case 0:
		close(*dev);
		*dev = device_open();
		*has = 0;
		break;
	case 1:
		err = device_set_regions(*dev, &self->regions[number], PAGES - number);
		*has = ((1U << PAGES) - 1) & ~((1U << number) - 1);
		break;
	default:
		if (*has & (1U << number))
			err = device_remove_regions(*dev, &self->regions[number], 1);
		else
			err = device_add_regions(*dev, &self->regions[number], 1);
		*has ^= 1U << number;
	}
	if (err || *dev < 0)
		die("changing device %d: %d (%s)", *dev, err, device_error(*dev));
}

/* Changes tables until all rounds are done, and keeps the last ones. */
static void change_all(FIXTURE_DATA(watch) *self, unsigned int *round, int done)
{
	unsigned int has[DEVICES] = { 0 }, i, n;
	int dev[DEVICES];

	srand(1);
	for (i = 0; i < DEVICES; i++)
		dev[i] = device_open();
	for (n = 0; n < ROUNDS; n++) {
		change(self, &dev[n % DEVICES], &has[n % DEVICES]);
		__atomic_store_n(round, n + 1, __ATOMIC_RELEASE);
	}
	if (write(done, "", 1) != 1)
		die("pipe");
	pause();
}

TEST_F(watch, starts_while_tables_change)
{
	static struct watcher watchers[WATCHERS];
	static struct object truth[MOST];
	unsigned int *round;
	int done[2], count;
	unsigned int i, k;
	pid_t child;
	char byte;

	round = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (round == MAP_FAILED || pipe(done))
		die("preparing");
	child = fork();
	if (!child)
		change_all(self, round, done[1]);
	for (i = 0; i < WATCHERS; i++) {
		while (__atomic_load_n(round, __ATOMIC_ACQUIRE) < i * ROUNDS / WATCHERS)
			sched_yield();
		start_watching(&watchers[i]);
	}
	close(done[1]);
	ASSERT_EQ(1, read(done[0], &byte, 1));
	count = dump_regions(truth);
	for (i = 0; i < WATCHERS; i++) {
		follow(_metadata, &watchers[i]);
		EXPECT_EQ(count, watchers[i].count)
			TH_LOG("watcher %u", i);
		for (k = 0; k < (unsigned int)count; k++)
			EXPECT_LT(find_known(&watchers[i], &truth[k]), watchers[i].count)
				TH_LOG("watcher %u misses a region", i);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

TEST_HARNESS_MAIN
