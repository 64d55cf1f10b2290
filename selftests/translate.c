// SPDX-License-Identifier: GPL-2.0
/*
 * Translated addresses are right to the byte: both addresses, the offset in the
 * file and the length for which the answer holds are compared with what
 * /proc/self/pagemap says of the same bytes.
 */
#include "harness.h"

#include <signal.h>
#include <sys/time.h>

#include "die.h"

#define GUEST 0x100000000ULL
#define PAGES 8
#define REGIONS 3
#define MOST 4096

FIXTURE(translate)
{
	struct hugepages before;
	int dev;
	struct vhuge_region regions[REGIONS];
};

FIXTURE_VARIANT(translate)
{
	/* As for the fixture "segments". */
	unsigned int stride;
	const char *order;
};

FIXTURE_VARIANT_ADD(translate, contiguous)
{
	.stride = 1, .order = "abcdefgh",
};

FIXTURE_VARIANT_ADD(translate, scattered)
{
	.stride = 2, .order = "abcdefgh",
};

FIXTURE_VARIANT_ADD(translate, runs)
{
	.stride = 1, .order = "abcgfedh",
};

/*
 * Three regions of one file: the first ends within a page, where the second
 * begins, and there is a gap before the third. User addresses are those of the
 * mapping, so guest and user order are opposite.
 */
FIXTURE_SETUP(translate)
{
	const size_t cut[] = {
		5 * 4096, 2 * HPAGE + 3 * 4096, 5 * HPAGE, 6 * HPAGE + 4096, 8 * HPAGE - 4096,
	};
	unsigned int i;
	char *map;
	int file;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	hugepages_arrange(2 * PAGES, variant->stride);
	file = hugetlb_file(PAGES);
	for (i = 0; i < PAGES; i++)
		if (hugetlb_fill(file, variant->order[i] - 'a', 1))
			die("filling page %u", i);
	map = hugetlb_map(file, PAGES);
	for (i = 0; i < REGIONS; i++) {
		size_t from = i < 2 ? cut[i] : cut[3], to = i < 2 ? cut[i + 1] : cut[4];

		self->regions[i].guest_addr = GUEST + (REGIONS - i) * PAGES * HPAGE;
		self->regions[i].user_addr = (uintptr_t)map + from;
		self->regions[i].length = to - from;
		self->regions[i].offset = from;
		self->regions[i].fd = file;
	}
	self->dev = device_open();
	ASSERT_GE(self->dev, 0);
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, self->regions, REGIONS));
}

FIXTURE_TEARDOWN_PARENT(translate)
{
	expect_pages_back(_metadata, &self->before);
}

/* Bytes of a region from @at on that lie behind each other in memory. */
static uint64_t run_length(const struct vhuge_region *region, uint64_t at)
{
	const char *bytes = (const char *)region->user_addr;
	uint64_t next = HPAGE - (region->offset + at) % HPAGE;
	uint64_t start = physical_address(bytes + at);

	while (at + next < region->length && physical_address(bytes + at + next) == start + next)
		next += HPAGE;
	return at + next < region->length ? next : region->length - at;
}

/* What is right for byte @at of region @number, by guest or by user address. */
static struct vhuge_translation right(FIXTURE_DATA(translate) *self, unsigned int number,
				      uint64_t at, bool by_user)
{
	const struct vhuge_region *region = &self->regions[number];
	uint64_t guest = region->guest_addr + at, user = region->user_addr + at;

	return (struct vhuge_translation) {
		.addr = by_user ? user : guest,
		.other = by_user ? guest : user,
		.iova = VHUGE_IOVA_NONE,
		.offset = region->offset + at,
		.length = run_length(region, at),
		/* The table is ordered by guest address. */
		.region = REGIONS - 1 - number,
	};
}

static void show(struct __test_metadata *_metadata, const char *what,
		 const struct vhuge_translation *entry)
{
	TH_LOG("%s: address %#llx other %#llx iova %#llx", what, entry->addr, entry->other,
	       entry->iova);
	TH_LOG("%s: offset %#llx length %#llx region %u", what, entry->offset, entry->length,
	       entry->region);
}

static void expect_right(struct __test_metadata *_metadata, FIXTURE_DATA(translate) *self,
			 const struct vhuge_translation *expected, unsigned int count,
			 bool by_user)
{
	static struct vhuge_translation seen[MOST];
	unsigned int i;

	memset(seen, 0xa5, sizeof(seen));
	for (i = 0; i < count; i++) {
		seen[i].addr = expected[i].addr;
		seen[i].reserved = 0;
	}
	ASSERT_CALL(self->dev, 0, device_translate(self->dev, by_user ? VHUGE_TRANSLATE_USER : 0,
						   seen, count));
	for (i = 0; i < count; i++)
		EXPECT_EQ(0, memcmp(&expected[i], &seen[i], sizeof(*seen))) {
			show(_metadata, "expected", &expected[i]);
			show(_metadata, "seen", &seen[i]);
		}
	EXPECT_EQ(0xa5a5a5a5a5a5a5a5ULL, seen[count].addr);
}

/* Offsets in a region: around every page border, both ends, and strewn in it. */
static unsigned int probes(const struct vhuge_region *region, uint64_t *at)
{
	uint64_t border = HPAGE - region->offset % HPAGE, strewn;
	unsigned int n = 0;

	at[n++] = 0;
	at[n++] = 1;
	for (; border < region->length; border += HPAGE) {
		at[n++] = border - 1;
		at[n++] = border;
		at[n++] = border + 1;
		at[n++] = border + 4095;
	}
	for (strewn = 1234567; strewn < region->length; strewn += 777777)
		at[n++] = strewn;
	at[n++] = region->length - 2;
	at[n++] = region->length - 1;
	return n;
}

static void every_byte(struct __test_metadata *_metadata, FIXTURE_DATA(translate) *self,
		       bool by_user)
{
	static struct vhuge_translation expected[MOST];
	uint64_t at[128];
	unsigned int i, k, n, count = 0;

	for (i = 0; i < REGIONS; i++) {
		n = probes(&self->regions[i], at);
		for (k = 0; k < n; k++)
			expected[count++] = right(self, i, at[k], by_user);
	}
	expect_right(_metadata, self, expected, count, by_user);
}

TEST_F(translate, by_guest_address)
{
	every_byte(_metadata, self, false);
}

TEST_F(translate, by_user_address)
{
	every_byte(_metadata, self, true);
}

/* Addresses outside are answered as such, and those after them still are right. */
TEST_F(translate, not_covered)
{
	const uint64_t outside[] = {
		0, 1, GUEST, self->regions[0].guest_addr - 1,
		self->regions[0].guest_addr + self->regions[0].length, 1ULL << 63, ~0ULL,
	};
	struct vhuge_translation expected[2 * ARRAY_SIZE(outside)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(outside); i++) {
		expected[2 * i] = (struct vhuge_translation) {
			.addr = outside[i], .iova = VHUGE_IOVA_NONE,
		};
		expected[2 * i + 1] = right(self, i % REGIONS, i, false);
	}
	expect_right(_metadata, self, expected, ARRAY_SIZE(expected), false);
	/* A guest address is not a user address. */
	expected[0].addr = self->regions[0].guest_addr;
	expect_right(_metadata, self, expected, 1, true);
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, NULL, 0));
	expect_right(_metadata, self, expected, 1, false);
}

TEST_F(translate, generation_is_that_of_the_segments)
{
	struct vhuge_translate translate = {
		.size = sizeof(translate), .entry_size = sizeof(struct vhuge_translation),
	};
	struct vhuge_get_segments get;

	ASSERT_CALL(self->dev, 0, device_segments(self->dev, &get, NULL, 0, 0));
	ASSERT_CALL(self->dev, 0, device_call(self->dev, VHUGE_TRANSLATE, &translate));
	EXPECT_EQ(get.generation, translate.generation);
	ASSERT_CALL(self->dev, 0, device_remove_regions(self->dev, self->regions, 1));
	ASSERT_CALL(self->dev, 0, device_call(self->dev, VHUGE_TRANSLATE, &translate));
	EXPECT_NE(get.generation, translate.generation);
}

struct longer_translation {
	struct vhuge_translation entry;
	__u64 unknown;
};

TEST_F(translate, entries_grow)
{
	struct longer_translation entries[2] = {};
	struct vhuge_translate translate = {
		.size = sizeof(translate),
		.count = 2,
		.entry_size = sizeof(entries[0]),
		.entries = (uintptr_t)entries,
	};
	unsigned int size = sizeof(struct vhuge_translation);

	entries[1].entry.addr = self->regions[1].guest_addr;
	ASSERT_CALL(self->dev, 0, device_call(self->dev, VHUGE_TRANSLATE, &translate));
	EXPECT_EQ(self->regions[1].user_addr, entries[1].entry.other);
	entries[1].unknown = 1;
	EXPECT_CALL(self->dev, -E2BIG, device_call(self->dev, VHUGE_TRANSLATE, &translate));
	entries[1].unknown = 0;
	entries[1].entry.reserved = 1;
	EXPECT_CALL(self->dev, -EOPNOTSUPP, device_call(self->dev, VHUGE_TRANSLATE, &translate));
	translate.entry_size = size - 1;
	EXPECT_CALL(self->dev, -EINVAL, device_call(self->dev, VHUGE_TRANSLATE, &translate));
	translate.entry_size = 4097;
	EXPECT_CALL(self->dev, -EINVAL, device_call(self->dev, VHUGE_TRANSLATE, &translate));
	translate.entry_size = size;
	translate.entries = 1;
	EXPECT_CALL(self->dev, -EFAULT, device_call(self->dev, VHUGE_TRANSLATE, &translate));
	translate.count = VHUGE_MAX_TRANSLATIONS + 1;
	EXPECT_CALL(self->dev, -EINVAL, device_call(self->dev, VHUGE_TRANSLATE, &translate));
}

static void nothing(int signal)
{
	(void)signal;
}

TEST_F(translate, a_signal_ends_it)
{
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } };
	struct sigaction action = { .sa_handler = nothing };
	struct vhuge_translation *entries;
	unsigned int i;
	int err;

	entries = calloc(VHUGE_MAX_TRANSLATIONS, sizeof(*entries));
	if (!entries)
		die("no memory for entries");
	for (i = 0; i < VHUGE_MAX_TRANSLATIONS; i++)
		entries[i].addr = self->regions[0].guest_addr + i;
	if (sigaction(SIGALRM, &action, NULL) || setitimer(ITIMER_REAL, &often, NULL))
		die("timer");
	do {
		err = device_translate(self->dev, 0, entries, VHUGE_MAX_TRANSLATIONS);
	} while (!err);
	EXPECT_CALL(self->dev, -EINTR, err);
	setitimer(ITIMER_REAL, &(struct itimerval) {}, NULL);
	EXPECT_CALL(self->dev, 0, device_translate(self->dev, 0, entries,
						   VHUGE_MAX_TRANSLATIONS));
	EXPECT_EQ(self->regions[0].user_addr + i - 1, entries[i - 1].other);
	free(entries);
}

TEST_HARNESS_MAIN
