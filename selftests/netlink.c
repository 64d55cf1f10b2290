// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink family shows what was set up. It answers in the initial network
 * namespace only, so the port of these tests lives there.
 */
#include "harness.h"

#include <linux/capability.h>

#include "die.h"
#include "netlink.h"
#include "process.h"
#include "rig.h"

#define NAME "vhugetest0"
#define PAGES 6
#define HOLE 2
#define NUM 128
#define MOST 2048

FIXTURE(netlink)
{
	struct hugepages before;
	struct rig rig;
	uint32_t id;
};

/* A guest of two regions, opened, neither attached nor with rings. */
FIXTURE_SETUP(netlink)
{
	struct vhuge_info info;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	link_delete(NAME);
	rig_make_beside(&self->rig, NAME, VERSION_1, NUM, PAGES);
	self->rig.guest.hole = HOLE;
	ASSERT_EQ(0, guest_open(&self->rig.guest));
	ASSERT_CALL(self->rig.guest.dev, 0, device_info(self->rig.guest.dev, &info));
	self->id = info.id;
}

FIXTURE_TEARDOWN_PARENT(netlink)
{
	link_delete(NAME);
	expect_pages_back(_metadata, &self->before);
}

/* Those objects of a dump that have this number as this attribute. */
static unsigned int dump(struct __test_metadata *_metadata, uint8_t command, unsigned int attr,
			 uint64_t number, struct object *objects)
{
	static struct object all[MOST];
	int count = netlink_dump(command, all, MOST), i;
	unsigned int found = 0;

	ASSERT_GE(count, 0);
	ASSERT_LE(count, MOST);
	for (i = 0; i < count; i++)
		if (object_number(&all[i], attr) == number)
			objects[found++] = all[i];
	return found;
}

static void the_port(struct __test_metadata *_metadata, FIXTURE_DATA(netlink) *self,
		     struct object *port)
{
	ASSERT_EQ(1, dump(_metadata, VHUGE_GENL_PORT_GET, VHUGE_PORT_ATTR_IFINDEX,
			  self->rig.ifindex, port));
}

TEST_F(netlink, port)
{
	int dev = self->rig.guest.dev;
	struct object port;

	the_port(_metadata, self, &port);
	EXPECT_STREQ(NAME, object_text(&port, VHUGE_PORT_ATTR_IFNAME));
	EXPECT_EQ(1, object_number(&port, VHUGE_PORT_ATTR_QUEUE_PAIRS));
	EXPECT_EQ(0, object_number(&port, VHUGE_PORT_ATTR_CARRIER));
	EXPECT_FALSE(object_has(&port, VHUGE_PORT_ATTR_DEVICE));

	ASSERT_CALL(dev, 0, device_attach(dev, self->rig.ifindex));
	ASSERT_CALL(dev, 0, ring_start(&self->rig.rx));
	ASSERT_CALL(dev, 0, ring_start(&self->rig.tx));
	the_port(_metadata, self, &port);
	EXPECT_EQ(1, object_number(&port, VHUGE_PORT_ATTR_CARRIER));
	EXPECT_EQ(self->id, object_number(&port, VHUGE_PORT_ATTR_DEVICE));

	ASSERT_CALL(dev, 0, device_detach(dev));
	the_port(_metadata, self, &port);
	EXPECT_FALSE(object_has(&port, VHUGE_PORT_ATTR_DEVICE));
	ASSERT_EQ(0, link_delete(NAME));
	EXPECT_EQ(0, dump(_metadata, VHUGE_GENL_PORT_GET, VHUGE_PORT_ATTR_IFINDEX,
			  self->rig.ifindex, &port));
	/* For the teardown. */
	EXPECT_NE(0, port_add(NAME, 1));
}

TEST_F(netlink, device)
{
	int dev = self->rig.guest.dev;
	struct vhuge_get_segments get;
	struct object device;
	char comm[17] = "";
	FILE *file = fopen("/proc/self/comm", "r");

	if (!file || fscanf(file, "%16s", comm) != 1)
		die("/proc/self/comm");
	ASSERT_CALL(dev, 0, device_features(dev, VERSION_1));
	ASSERT_CALL(dev, 0, device_segments(dev, &get, NULL, 0, 0));
	ASSERT_EQ(1, dump(_metadata, VHUGE_GENL_DEVICE_GET, VHUGE_DEVICE_ATTR_ID, self->id,
			  &device));
	EXPECT_EQ(getpid(), object_number(&device, VHUGE_DEVICE_ATTR_PID));
	EXPECT_STREQ(comm, object_text(&device, VHUGE_DEVICE_ATTR_COMM));
	EXPECT_EQ(VERSION_1, object_number(&device, VHUGE_DEVICE_ATTR_FEATURES));
	EXPECT_EQ(2, object_number(&device, VHUGE_DEVICE_ATTR_REGIONS));
	EXPECT_EQ(get.total, object_number(&device, VHUGE_DEVICE_ATTR_SEGMENTS));
	EXPECT_EQ((PAGES - 1) * HPAGE, object_number(&device, VHUGE_DEVICE_ATTR_PINNED));
	EXPECT_EQ(get.generation, object_number(&device, VHUGE_DEVICE_ATTR_GENERATION));
	EXPECT_FALSE(object_has(&device, VHUGE_DEVICE_ATTR_IFINDEX));
	EXPECT_EQ((PAGES - 1) * HPAGE, object_number(&device, VHUGE_DEVICE_ATTR_FRESH));
	EXPECT_EQ(VHUGE_SPACE_NONE, object_number(&device, VHUGE_DEVICE_ATTR_SPACE));
	EXPECT_FALSE(object_has(&device, VHUGE_DEVICE_ATTR_LOCK_LIMIT));

	ASSERT_CALL(dev, 0, device_attach(dev, self->rig.ifindex));
	ASSERT_EQ(1, dump(_metadata, VHUGE_GENL_DEVICE_GET, VHUGE_DEVICE_ATTR_ID, self->id,
			  &device));
	EXPECT_EQ(self->rig.ifindex, object_number(&device, VHUGE_DEVICE_ATTR_IFINDEX));
	close(dev);
	EXPECT_EQ(0, dump(_metadata, VHUGE_GENL_DEVICE_GET, VHUGE_DEVICE_ATTR_ID, self->id,
			  &device));
}

static unsigned int the_rings(struct __test_metadata *_metadata, FIXTURE_DATA(netlink) *self,
			      struct object *rings)
{
	return dump(_metadata, VHUGE_GENL_VRING_GET, VHUGE_VRING_ATTR_DEVICE, self->id, rings);
}

TEST_F(netlink, rings)
{
	const uint64_t live = VHUGE_VRING_STATE_STARTED | VHUGE_VRING_STATE_ENABLED;
	struct rig *rig = &self->rig;
	struct object rings[2], *tx = &rings[1];
	int dev = rig->guest.dev;

	EXPECT_EQ(0, the_rings(_metadata, self, rings));
	ASSERT_CALL(dev, 0, device_features(dev, VERSION_1));
	ASSERT_CALL(dev, 0, ring_set_up(&rig->rx));
	ASSERT_CALL(dev, 0, ring_set_up(&rig->tx));
	ASSERT_EQ(2, the_rings(_metadata, self, rings));
	EXPECT_EQ(RX, object_number(&rings[0], VHUGE_VRING_ATTR_INDEX));
	EXPECT_EQ(TX, object_number(tx, VHUGE_VRING_ATTR_INDEX));
	EXPECT_EQ(NUM, object_number(tx, VHUGE_VRING_ATTR_NUM));
	EXPECT_EQ(0, object_number(tx, VHUGE_VRING_ATTR_STATE));
	EXPECT_FALSE(object_has(tx, VHUGE_VRING_ATTR_FAULT));

	ASSERT_CALL(dev, 0, device_enable(dev, TX, 1));
	ASSERT_CALL(dev, 0, device_start(dev, TX));
	ASSERT_CALL(dev, 0, device_start(dev, RX));
	ASSERT_EQ(2, the_rings(_metadata, self, rings));
	EXPECT_EQ(live, object_number(tx, VHUGE_VRING_ATTR_STATE));
	EXPECT_EQ(VHUGE_VRING_STATE_STARTED, object_number(&rings[0], VHUGE_VRING_ATTR_STATE));
	EXPECT_FALSE(object_has(tx, VHUGE_VRING_ATTR_PACKETS));

	ASSERT_CALL(dev, 0, device_attach(dev, rig->ifindex));
	ASSERT_EQ(NULL, rig_sends(rig, 1));
	ASSERT_EQ(2, the_rings(_metadata, self, rings));
	EXPECT_EQ(1, object_number(tx, VHUGE_VRING_ATTR_PACKETS));
	EXPECT_EQ(60, object_number(tx, VHUGE_VRING_ATTR_BYTES));
	EXPECT_EQ(0, object_number(tx, VHUGE_VRING_ATTR_DROPS));
	EXPECT_EQ(1, object_number(tx, VHUGE_VRING_ATTR_KICKS));
	EXPECT_EQ(1, object_number(tx, VHUGE_VRING_ATTR_CALLS));

	ring_put_head(&rig->tx, NUM);
	ring_publish(&rig->tx);
	ring_kick(&rig->tx);
	ASSERT_TRUE(rig_broken(&rig->tx));
	ASSERT_EQ(2, the_rings(_metadata, self, rings));
	EXPECT_EQ(live | VHUGE_VRING_STATE_BROKEN, object_number(tx, VHUGE_VRING_ATTR_STATE));
	EXPECT_LT(5, strlen(object_text(tx, VHUGE_VRING_ATTR_FAULT)));
}

TEST_F(netlink, regions)
{
	struct object regions[2];
	unsigned int i;

	ASSERT_EQ(2, dump(_metadata, VHUGE_GENL_REGION_GET, VHUGE_REGION_ATTR_DEVICE, self->id,
			  regions));
	for (i = 0; i < 2; i++) {
		uint64_t at = i ? (HOLE + 1) * HPAGE : 0;
		uint64_t pages = i ? PAGES - HOLE - 1 : HOLE;
		const struct object *region = &regions[i];

		EXPECT_EQ(i, object_number(region, VHUGE_REGION_ATTR_INDEX));
		EXPECT_EQ(GUEST_BASE + at, object_number(region, VHUGE_REGION_ATTR_GUEST_ADDR));
		EXPECT_EQ(FRONT_END_BASE + at, object_number(region, VHUGE_REGION_ATTR_USER_ADDR));
		EXPECT_EQ(pages * HPAGE, object_number(region, VHUGE_REGION_ATTR_LENGTH));
		EXPECT_EQ(at, object_number(region, VHUGE_REGION_ATTR_OFFSET));
		EXPECT_EQ(HPAGE, object_number(region, VHUGE_REGION_ATTR_PAGE_SIZE));
		EXPECT_EQ(pages, object_number(region, VHUGE_REGION_ATTR_PAGES));
		/* None of this guest's pages are adjacent. */
		EXPECT_EQ(pages, object_number(region, VHUGE_REGION_ATTR_SEGMENTS));
	}
}

static void expect_segment(struct __test_metadata *_metadata,
			   const struct vhuge_segment *segment, const struct object *object)
{
	EXPECT_EQ(segment->region, object_number(object, VHUGE_SEGMENT_ATTR_REGION));
	EXPECT_EQ(segment->guest_addr, object_number(object, VHUGE_SEGMENT_ATTR_GUEST_ADDR));
	EXPECT_EQ(segment->user_addr, object_number(object, VHUGE_SEGMENT_ATTR_USER_ADDR));
	EXPECT_EQ(segment->length, object_number(object, VHUGE_SEGMENT_ATTR_LENGTH));
	EXPECT_EQ(segment->offset, object_number(object, VHUGE_SEGMENT_ATTR_OFFSET));
	EXPECT_EQ(segment->page_size, object_number(object, VHUGE_SEGMENT_ATTR_PAGE_SIZE));
	EXPECT_EQ((uint32_t)segment->node, object_number(object, VHUGE_SEGMENT_ATTR_NODE));
}

TEST_F(netlink, segments)
{
	struct vhuge_segment segments[PAGES];
	struct object objects[PAGES];
	struct vhuge_get_segments get;
	unsigned int i;

	ASSERT_CALL(self->rig.guest.dev, 0,
		    device_segments(self->rig.guest.dev, &get, segments, 0, PAGES));
	ASSERT_EQ(get.count, dump(_metadata, VHUGE_GENL_SEGMENT_GET, VHUGE_SEGMENT_ATTR_DEVICE,
				  self->id, objects));
	for (i = 0; i < get.count; i++)
		expect_segment(_metadata, &segments[i], &objects[i]);
}

/* More objects than one message holds: all of them, each once, in order. */
TEST_F(netlink, long_tables)
{
	static struct vhuge_region regions[512];
	static struct object objects[MOST];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regions); i++)
		regions[i] = (struct vhuge_region) {
			.guest_addr = GUEST_BASE + i * 8192,
			.user_addr = FRONT_END_BASE + i * 8192,
			.length = 4096,
			.offset = i * 4096,
			.fd = self->rig.guest.file,
		};
	ASSERT_CALL(self->rig.guest.dev, 0,
		    device_set_regions(self->rig.guest.dev, regions, ARRAY_SIZE(regions)));
	ASSERT_EQ(ARRAY_SIZE(regions), dump(_metadata, VHUGE_GENL_REGION_GET,
					    VHUGE_REGION_ATTR_DEVICE, self->id, objects));
	for (i = 0; i < ARRAY_SIZE(regions); i++)
		EXPECT_EQ(i, object_number(&objects[i], VHUGE_REGION_ATTR_INDEX));
	ASSERT_EQ(ARRAY_SIZE(regions), dump(_metadata, VHUGE_GENL_SEGMENT_GET,
					    VHUGE_SEGMENT_ATTR_DEVICE, self->id, objects));
	for (i = 0; i < ARRAY_SIZE(regions); i++)
		EXPECT_EQ(i * 4096, object_number(&objects[i], VHUGE_SEGMENT_ATTR_OFFSET));
}

/* Of a table with one region that changes, one region is pinned. */
TEST_F(netlink, what_is_pinned_anew)
{
	struct vhuge_region regions[3] = {};
	int dev = self->rig.guest.dev;
	struct object device;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		regions[i].guest_addr = GUEST_BASE + i * 2 * HPAGE;
		regions[i].user_addr = FRONT_END_BASE + i * 2 * HPAGE;
		regions[i].length = (i + 1) * HPAGE;
		regions[i].fd = hugetlb_full_file(i + 1);
	}
	close(dev);
	dev = device_open();
	ASSERT_CALL(dev, 0, device_space(dev, VHUGE_SPACE_PHYSICAL, NULL));
	ASSERT_CALL(dev, 0, device_set_regions(dev, regions, 3));
	ASSERT_EQ(1, dump(_metadata, VHUGE_GENL_DEVICE_GET, VHUGE_DEVICE_ATTR_ID, self->id,
			  &device));
	EXPECT_EQ(6 * HPAGE, object_number(&device, VHUGE_DEVICE_ATTR_FRESH));
	EXPECT_EQ(VHUGE_SPACE_PHYSICAL, object_number(&device, VHUGE_DEVICE_ATTR_SPACE));
	regions[1].fd = hugetlb_full_file(2);
	ASSERT_CALL(dev, 0, device_set_regions(dev, regions, 3));
	ASSERT_EQ(1, dump(_metadata, VHUGE_GENL_DEVICE_GET, VHUGE_DEVICE_ATTR_ID, self->id,
			  &device));
	EXPECT_EQ(8 * HPAGE, object_number(&device, VHUGE_DEVICE_ATTR_FRESH));
	EXPECT_EQ(6 * HPAGE, object_number(&device, VHUGE_DEVICE_ATTR_PINNED));
}

static void set_limit(const char *name, unsigned long mib)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/vhuge/parameters/%s", name);
	file = fopen(path, "w");
	if (!file || fprintf(file, "%lu\n", mib) < 0 || fclose(file))
		die("writing %s", path);
}

TEST_F(netlink, limits)
{
	const uint64_t locked = 128 << 20;
	struct object limits, device;
	int other;

	ASSERT_EQ(1, netlink_dump(VHUGE_GENL_LIMITS_GET, &limits, 1));
	EXPECT_EQ((PAGES - 1) * HPAGE, object_number(&limits, VHUGE_LIMITS_ATTR_PINNED));
	EXPECT_FALSE(object_has(&limits, VHUGE_LIMITS_ATTR_LIMIT));
	EXPECT_FALSE(object_has(&limits, VHUGE_LIMITS_ATTR_USER_LIMIT));
	set_limit("limit_mib", 1 << 20);
	set_limit("user_limit_mib", 77);
	ASSERT_EQ(1, netlink_dump(VHUGE_GENL_LIMITS_GET, &limits, 1));
	EXPECT_EQ(1ULL << 40, object_number(&limits, VHUGE_LIMITS_ATTR_LIMIT));
	EXPECT_EQ(77 << 20, object_number(&limits, VHUGE_LIMITS_ATTR_USER_LIMIT));
	set_limit("limit_mib", 0);
	set_limit("user_limit_mib", 0);

	process_limit_locked_memory(locked);
	process_drop_capability(CAP_IPC_LOCK);
	other = device_open();
	ASSERT_EQ(1, dump(_metadata, VHUGE_GENL_DEVICE_GET, VHUGE_DEVICE_ATTR_ID,
			  self->id + 1, &device));
	EXPECT_EQ(locked, object_number(&device, VHUGE_DEVICE_ATTR_LOCK_LIMIT));
	close(other);
}

TEST_F(netlink, needs_cap_net_admin)
{
	uint8_t command;

	process_drop_capability(CAP_NET_ADMIN);
	EXPECT_EQ(-EPERM, netlink_dump(VHUGE_GENL_LIMITS_GET, NULL, 0));
	for (command = VHUGE_GENL_PORT_GET; command <= VHUGE_GENL_SEGMENT_GET; command++)
		EXPECT_EQ(-EPERM, netlink_dump(command, NULL, 0));
}

TEST_F(netlink, only_in_the_initial_namespace)
{
	port_namespace();
	EXPECT_EQ(-ENOENT, netlink_dump(VHUGE_GENL_DEVICE_GET, NULL, 0));
}

TEST_HARNESS_MAIN
