// SPDX-License-Identifier: GPL-2.0
/*
 * The rules that all ioctls share: structures and table entries that grow,
 * unknown numbers and bits, bad pointers.
 */
#include "harness.h"

#include <sys/ioctl.h>

#include "die.h"

#define GUEST 0x100000000ULL
#define USER 0x7a0000000000ULL
#define TAIL 64
#define LAST_COMMAND VHUGE_CMD_SET_SPACE

union argument {
	struct {
		__u32 size;
		__u32 flags;
	};
	struct vhuge_info info;
	struct vhuge_error error;
	struct vhuge_features features;
	struct vhuge_regions regions;
	struct vhuge_get_segments segments;
	struct vhuge_translate translate;
	struct vhuge_space space;
	struct vhuge_vring vring;
	struct vhuge_vring_fd fd;
	struct vhuge_vring_state state;
	struct vhuge_attach attach;
	struct vhuge_detach detach;
	struct vhuge_mtu mtu;
	struct vhuge_announce announce;
	unsigned char bytes[256];
};

FIXTURE(uapi)
{
	struct hugepages before;
	struct vhuge_region regions[2];
	char text[256];
	int dev;
	/* A valid argument of the call under test. */
	union argument valid;
};

FIXTURE_VARIANT(uapi)
{
	unsigned long command;
	unsigned int size;
	/* Flags that the header names. */
	unsigned int flags;
	/* Where the reserved member is, 0 when there is none. */
	size_t reserved;
	/* What the call answers to the valid argument. */
	int result;
	void (*fill)(FIXTURE_DATA(uapi) *self);
};

static void fill_nothing(FIXTURE_DATA(uapi) *self)
{
	(void)self;
}

static void fill_error(FIXTURE_DATA(uapi) *self)
{
	self->valid.error.length = sizeof(self->text);
	self->valid.error.text = (uintptr_t)self->text;
}

static void fill_features(FIXTURE_DATA(uapi) *self)
{
	self->valid.features.features = 0;
}

static void fill_first_region(FIXTURE_DATA(uapi) *self)
{
	self->valid.regions.count = 1;
	self->valid.regions.entry_size = sizeof(struct vhuge_region);
	self->valid.regions.regions = (uintptr_t)&self->regions[0];
}

static void fill_second_region(FIXTURE_DATA(uapi) *self)
{
	fill_first_region(self);
	self->valid.regions.regions = (uintptr_t)&self->regions[1];
}

static void fill_segments(FIXTURE_DATA(uapi) *self)
{
	self->valid.segments.entry_size = sizeof(struct vhuge_segment);
}

static void fill_translate(FIXTURE_DATA(uapi) *self)
{
	self->valid.translate.entry_size = sizeof(struct vhuge_translation);
}

static void fill_vring(FIXTURE_DATA(uapi) *self)
{
	self->valid.vring.flags = VHUGE_VRING_NUM;
	self->valid.vring.num = 128;
}

static void fill_vring_fd(FIXTURE_DATA(uapi) *self)
{
	self->valid.fd.kind = VHUGE_VRING_ERR;
	self->valid.fd.fd = -1;
}

static void fill_enable(FIXTURE_DATA(uapi) *self)
{
	self->valid.state.value = 1;
}

static void fill_attach(FIXTURE_DATA(uapi) *self)
{
	self->valid.attach.ifindex = 0x7fffffff;
}

static void fill_mtu(FIXTURE_DATA(uapi) *self)
{
	self->valid.mtu.mtu = 1500;
}

static void fill_announce(FIXTURE_DATA(uapi) *self)
{
	self->valid.announce.mac[0] = 2;
}

/* Members of the table that most rows have in common. */
#define CALL(number, type)						\
	.command = (number), .size = sizeof(struct type)
#define RESERVED(type) .reserved = offsetof(struct type, reserved)

FIXTURE_VARIANT_ADD(uapi, get_info)
{
	CALL(VHUGE_GET_INFO, vhuge_info), .fill = fill_nothing,
};

FIXTURE_VARIANT_ADD(uapi, get_error)
{
	CALL(VHUGE_GET_ERROR, vhuge_error), RESERVED(vhuge_error), .fill = fill_error,
};

FIXTURE_VARIANT_ADD(uapi, set_features)
{
	CALL(VHUGE_SET_FEATURES, vhuge_features), .fill = fill_features,
};

FIXTURE_VARIANT_ADD(uapi, set_regions)
{
	CALL(VHUGE_SET_REGIONS, vhuge_regions), .fill = fill_first_region,
};

FIXTURE_VARIANT_ADD(uapi, add_regions)
{
	CALL(VHUGE_ADD_REGIONS, vhuge_regions), .fill = fill_second_region,
};

FIXTURE_VARIANT_ADD(uapi, remove_regions)
{
	CALL(VHUGE_REMOVE_REGIONS, vhuge_regions), .fill = fill_first_region,
};

FIXTURE_VARIANT_ADD(uapi, get_segments)
{
	CALL(VHUGE_GET_SEGMENTS, vhuge_get_segments), .fill = fill_segments,
};

FIXTURE_VARIANT_ADD(uapi, set_vring)
{
	CALL(VHUGE_SET_VRING, vhuge_vring), RESERVED(vhuge_vring), .fill = fill_vring,
	.flags = VHUGE_VRING_NUM | VHUGE_VRING_ADDR | VHUGE_VRING_BASE,
};

FIXTURE_VARIANT_ADD(uapi, set_vring_fd)
{
	CALL(VHUGE_SET_VRING_FD, vhuge_vring_fd), RESERVED(vhuge_vring_fd),
	.fill = fill_vring_fd,
};

FIXTURE_VARIANT_ADD(uapi, enable_vring)
{
	CALL(VHUGE_ENABLE_VRING, vhuge_vring_state), .fill = fill_enable,
};

FIXTURE_VARIANT_ADD(uapi, start_vring)
{
	CALL(VHUGE_START_VRING, vhuge_vring_state), .fill = fill_nothing,
};

FIXTURE_VARIANT_ADD(uapi, stop_vring)
{
	CALL(VHUGE_STOP_VRING, vhuge_vring_state), .fill = fill_nothing,
};

FIXTURE_VARIANT_ADD(uapi, attach)
{
	CALL(VHUGE_ATTACH, vhuge_attach), RESERVED(vhuge_attach), .fill = fill_attach,
	.result = -ENOENT,
};

FIXTURE_VARIANT_ADD(uapi, detach)
{
	CALL(VHUGE_DETACH, vhuge_detach), .fill = fill_nothing, .result = -ENOENT,
};

FIXTURE_VARIANT_ADD(uapi, translate)
{
	CALL(VHUGE_TRANSLATE, vhuge_translate), .fill = fill_translate,
	.flags = VHUGE_TRANSLATE_USER,
};

FIXTURE_VARIANT_ADD(uapi, set_mtu)
{
	CALL(VHUGE_SET_MTU, vhuge_mtu), RESERVED(vhuge_mtu), .fill = fill_mtu,
};

FIXTURE_VARIANT_ADD(uapi, announce)
{
	CALL(VHUGE_ANNOUNCE, vhuge_announce), .fill = fill_announce,
	/* Its last two bytes are reserved. */
	.reserved = offsetof(struct vhuge_announce, reserved) - 2,
	.result = -ENOENT,
};

FIXTURE_VARIANT_ADD(uapi, set_space)
{
	CALL(VHUGE_SET_SPACE, vhuge_space), .fill = fill_nothing,
};

/* A device with one region of two, and a ring that could be started in it. */
FIXTURE_SETUP(uapi)
{
	struct vhuge_vring vring = {
		.flags = VHUGE_VRING_NUM | VHUGE_VRING_ADDR,
		.num = 256,
		.desc = USER,
		.avail = USER + 0x10000,
		.used = USER + 0x20000,
	};
	int file, i;

	NEED_MODULE_AND_PAGES(2);
	self->before = hugepages_now();
	file = hugetlb_file(2);
	for (i = 0; i < 2; i++) {
		self->regions[i].guest_addr = GUEST + i * HPAGE;
		self->regions[i].user_addr = USER + i * HPAGE;
		self->regions[i].length = HPAGE;
		self->regions[i].offset = i * HPAGE;
		self->regions[i].fd = file;
	}
	self->dev = device_open();
	ASSERT_GE(self->dev, 0);
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, self->regions, 1));
	ASSERT_CALL(self->dev, 0, device_vring(self->dev, &vring));
	variant->fill(self);
	self->valid.size = variant->size;
}

FIXTURE_TEARDOWN_PARENT(uapi)
{
	expect_pages_back(_metadata, &self->before);
}

static int call(FIXTURE_DATA(uapi) *self, const FIXTURE_VARIANT(uapi) *variant,
		union argument *arg)
{
	return device_call(self->dev, variant->command, arg);
}

TEST_F(uapi, plain)
{
	EXPECT_CALL(self->dev, variant->result, call(self, variant, &self->valid));
}

TEST_F(uapi, longer_with_zero_tail)
{
	self->valid.size = variant->size + TAIL;
	EXPECT_CALL(self->dev, variant->result, call(self, variant, &self->valid));
}

TEST_F(uapi, longer_with_unknown_member)
{
	union argument arg;
	unsigned int at;

	for (at = 0; at < TAIL; at++) {
		arg = self->valid;
		arg.size = variant->size + TAIL;
		arg.bytes[variant->size + at] = 1;
		EXPECT_CALL(self->dev, -E2BIG, call(self, variant, &arg))
			TH_LOG("byte %u is not zero", variant->size + at);
	}
	/* None of the refused calls had an effect that stands in the way. */
	EXPECT_CALL(self->dev, variant->result, call(self, variant, &self->valid));
}

TEST_F(uapi, too_short)
{
	const unsigned int sizes[] = { 0, 1, 4, 7, variant->size - 1 };
	union argument arg;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		arg = self->valid;
		arg.size = sizes[i];
		EXPECT_CALL(self->dev, -EINVAL, call(self, variant, &arg))
			TH_LOG("size %u of %u", sizes[i], variant->size);
	}
	EXPECT_CALL(self->dev, variant->result, call(self, variant, &self->valid));
}

TEST_F(uapi, unknown_bit)
{
	union argument arg;
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		if (variant->flags & (1U << bit))
			continue;
		arg = self->valid;
		arg.flags |= 1U << bit;
		EXPECT_CALL(self->dev, -EOPNOTSUPP, call(self, variant, &arg))
			TH_LOG("flag %#x", 1U << bit);
	}
	if (variant->reserved) {
		arg = self->valid;
		arg.bytes[variant->reserved + 3] = 0x80;
		EXPECT_CALL(self->dev, -EOPNOTSUPP, call(self, variant, &arg));
	}
	EXPECT_CALL(self->dev, variant->result, call(self, variant, &self->valid));
}

TEST_F(uapi, bad_pointer)
{
	size_t page = getpagesize();
	char *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t seen;

	if (map == MAP_FAILED || munmap(map + page, page))
		die("mapping a page in front of a hole");
	EXPECT_CALL(self->dev, -EFAULT, call(self, variant, NULL));
	EXPECT_CALL(self->dev, -EFAULT, call(self, variant, (void *)1));
	EXPECT_CALL(self->dev, -EFAULT, call(self, variant, (void *)~0xfffUL));
	/* Only the first bytes of the structure can be read. */
	for (seen = 0; seen < variant->size; seen++) {
		void *cut = map + page - seen;

		memcpy(cut, &self->valid, seen);
		EXPECT_CALL(self->dev, -EFAULT, call(self, variant, cut))
			TH_LOG("%zu of %u bytes readable", seen, variant->size);
	}
	EXPECT_CALL(self->dev, variant->result, call(self, variant, &self->valid));
}

FIXTURE(open)
{
	struct hugepages before;
	int dev;
};

FIXTURE_SETUP(open)
{
	NEED_MODULE_AND_PAGES(1);
	self->before = hugepages_now();
	self->dev = device_open();
	ASSERT_GE(self->dev, 0);
}

FIXTURE_TEARDOWN_PARENT(open)
{
	expect_pages_back(_metadata, &self->before);
}

TEST_F(open, unknown_number)
{
	union argument arg = { .size = sizeof(arg) };
	unsigned int number;

	for (number = LAST_COMMAND + 1; number < 256; number++)
		EXPECT_CALL(self->dev, -ENOTTY,
			    device_call(self->dev, _IO(VHUGE_IOC_TYPE, number), &arg))
			TH_LOG("number %u", number);
	for (number = 0; number <= LAST_COMMAND; number++) {
		EXPECT_CALL(self->dev, -ENOTTY,
			    device_call(self->dev, _IO(VHUGE_IOC_TYPE + 1, number), &arg));
		/* The header's numbers carry neither size nor direction. */
		EXPECT_CALL(self->dev, -ENOTTY,
			    device_call(self->dev, _IOWR(VHUGE_IOC_TYPE, number, arg), &arg));
	}
}

/* Entries of a table grow as the structures of the calls do. */
struct longer_region {
	struct vhuge_region region;
	__u64 unknown;
};

static int set_entries(int dev, void *entries, unsigned int count, unsigned int entry_size)
{
	struct vhuge_regions table = {
		.size = sizeof(table),
		.count = count,
		.entry_size = entry_size,
		.regions = (uintptr_t)entries,
	};

	return device_call(dev, VHUGE_SET_REGIONS, &table);
}

TEST_F(open, region_entries_grow)
{
	struct longer_region regions[2] = {
		{ .region = { .guest_addr = GUEST, .user_addr = USER, .length = HPAGE / 2 } },
		{ .region = { .guest_addr = GUEST + HPAGE, .user_addr = USER + HPAGE,
			      .length = HPAGE / 2, .offset = HPAGE / 2 } },
	};
	unsigned int size = sizeof(struct vhuge_region);

	regions[0].region.fd = hugetlb_file(1);
	regions[1].region.fd = regions[0].region.fd;
	EXPECT_CALL(self->dev, 0, set_entries(self->dev, regions, 2, sizeof(*regions)));
	EXPECT_CALL(self->dev, -EINVAL, set_entries(self->dev, regions, 1, size - 1));
	EXPECT_CALL(self->dev, -EINVAL, set_entries(self->dev, regions, 1, 0));
	EXPECT_CALL(self->dev, -EFAULT, set_entries(self->dev, NULL, 1, size));
	regions[1].unknown = 1;
	EXPECT_CALL(self->dev, -E2BIG, set_entries(self->dev, regions, 2, sizeof(*regions)));
	EXPECT_CALL(self->dev, 0, set_entries(self->dev, regions, 1, sizeof(*regions)));
	regions[0].region.flags = 1U << 31;
	EXPECT_CALL(self->dev, -EOPNOTSUPP, set_entries(self->dev, regions, 1, size));
}

struct longer_segment {
	struct vhuge_segment segment;
	__u64 unknown;
};

TEST_F(open, segment_entries_grow)
{
	struct vhuge_region regions[2] = {
		{ .guest_addr = GUEST, .user_addr = USER, .length = HPAGE / 2 },
		{ .guest_addr = GUEST + HPAGE, .user_addr = USER + HPAGE, .length = HPAGE / 2 },
	};
	struct longer_segment segments[3];
	struct vhuge_get_segments get = {
		.size = sizeof(get),
		.count = 3,
		.entry_size = sizeof(segments[0]),
		.segments = (uintptr_t)segments,
	};

	regions[0].fd = hugetlb_file(1);
	regions[1].fd = regions[0].fd;
	memset(segments, 0xa5, sizeof(segments));
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, regions, 2));
	ASSERT_CALL(self->dev, 0, device_call(self->dev, VHUGE_GET_SEGMENTS, &get));
	EXPECT_EQ(2, get.count);
	EXPECT_EQ(GUEST, segments[0].segment.guest_addr);
	EXPECT_EQ(GUEST + HPAGE, segments[1].segment.guest_addr);
	EXPECT_EQ(0, segments[0].unknown);
	EXPECT_EQ(0xa5a5a5a5a5a5a5a5ULL, segments[2].segment.guest_addr);
	get.count = 2;
	get.entry_size = sizeof(struct vhuge_segment) - 1;
	EXPECT_CALL(self->dev, -EINVAL, device_call(self->dev, VHUGE_GET_SEGMENTS, &get));
	get.entry_size = sizeof(struct vhuge_segment);
	get.segments = 1;
	EXPECT_CALL(self->dev, -EFAULT, device_call(self->dev, VHUGE_GET_SEGMENTS, &get));
}

TEST_HARNESS_MAIN
