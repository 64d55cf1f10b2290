// SPDX-License-Identifier: GPL-2.0
/*
 * A PCI device does DMA into guest memory, through a real IOMMU driver: at the
 * addresses it was given, in pages that are adjacent for it and nowhere else, and
 * no byte more or longer than it may.
 *
 * The IOMMU translates 39 bits, so the front-end's mapping is placed low.
 *
 * vm: -a intel_iommu=on
 * vm: -q "-device intel-iommu,caching-mode=on -device edu,dma_mask=0xffffffffffffffff"
 */
#include "harness.h"

#include <linux/capability.h>
#include <signal.h>
#include <sys/wait.h>

#include "die.h"
#include "edu.h"
#include "pci.h"
#include "process.h"
#include "wait.h"

#define GUEST 0x140000000ULL
#define USER 0x1000000000ULL
#define PAGES 6

#define NEED_EDU(edu) do {						\
	if (!edu_open(edu))						\
		SKIP(return, "the machine has no PCI device edu (1234:11e8)"); \
} while (0)

/*
 * What is not mapped is a fault. The first one of this machine: QEMU loses some
 * of those that follow at once.
 */
TEST(the_log_tells_what_was_stopped)
{
	struct edu edu;
	int dev, faults;

	NEED_MODULE_AND_PAGES(0);
	NEED_EDU(&edu);
	dev = device_open();
	ASSERT_CALL(dev, 0, device_space(dev, VHUGE_SPACE_GUEST, &edu.pci));
	faults = iommu_faults_open();
	edu_master(&edu, true);
	edu_write(&edu, GUEST, EDU_MOST);
	EXPECT_TRUE(iommu_faulted(faults));
	close(dev);
	EXPECT_FALSE(edu_is_master(&edu));
}

FIXTURE(dma)
{
	struct hugepages before;
	struct edu edu;
	int dev;
	int file;
	/* All of the file but a part of its first and last pages. */
	struct vhuge_region region;
	/* What is in it, byte by byte; the map is of the whole file. */
	unsigned char *map;
};

FIXTURE_VARIANT(dma)
{
	unsigned int kind;
};

FIXTURE_VARIANT_ADD(dma, by_guest_address)
{
	.kind = VHUGE_SPACE_GUEST,
};

FIXTURE_VARIANT_ADD(dma, by_user_address)
{
	.kind = VHUGE_SPACE_USER,
};

static unsigned char pattern(size_t at)
{
	return at * 7 + at / 4093 + at / HPAGE;
}

FIXTURE_SETUP(dma)
{
	size_t i;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	NEED_EDU(&self->edu);
	self->before = hugepages_now();
	/* Backwards and never adjacent: no run of two pages anywhere. */
	hugepages_arrange(2 * PAGES, 2);
	self->file = hugetlb_file(PAGES);
	for (i = PAGES; i-- > 0;)
		if (hugetlb_fill(self->file, i, 1))
			die("filling page %zu", i);
	self->map = mmap((void *)USER, PAGES * HPAGE, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED_NOREPLACE, self->file, 0);
	if (self->map == MAP_FAILED)
		die("mapping at %#llx", USER);
	for (i = 0; i < PAGES * HPAGE; i++)
		self->map[i] = pattern(i);
	self->region = (struct vhuge_region) {
		.guest_addr = GUEST,
		.user_addr = USER + 3 * 4096,
		.length = PAGES * HPAGE - 5 * 4096,
		.offset = 3 * 4096,
		.fd = self->file,
	};
	self->dev = device_open();
	ASSERT_GE(self->dev, 0);
}

FIXTURE_TEARDOWN_PARENT(dma)
{
	if (self->edu.registers)
		EXPECT_FALSE(edu_is_master(&self->edu));
	expect_pages_back(_metadata, &self->before);
}

static int take_edu(FIXTURE_DATA(dma) *self, const FIXTURE_VARIANT(dma) *variant)
{
	return device_space(self->dev, variant->kind, &self->edu.pci);
}

/* What the device calls the byte @at of the file. */
static uint64_t iova_of(FIXTURE_DATA(dma) *self, const FIXTURE_VARIANT(dma) *variant, size_t at)
{
	return at - self->region.offset + (variant->kind == VHUGE_SPACE_GUEST ?
					   self->region.guest_addr : self->region.user_addr);
}

static void expect_pattern(struct __test_metadata *_metadata, FIXTURE_DATA(dma) *self,
			   size_t from, size_t to)
{
	size_t at, bad = 0;

	for (at = from; at < to; at++)
		bad += self->map[at] != pattern(at);
	EXPECT_EQ(0, bad)
		TH_LOG("bytes that changed from %#zx to %#zx: %zu", from, to, bad);
}

/*
 * Copies across a border of pages into the device, and from there across another
 * one; everything else in the file stays as it is.
 */
static void expect_dma(struct __test_metadata *_metadata, FIXTURE_DATA(dma) *self,
		       const FIXTURE_VARIANT(dma) *variant)
{
	const size_t from = 2 * HPAGE - 777, to = 4 * HPAGE - 1234, bytes = EDU_MOST;
	size_t i;

	edu_master(&self->edu, true);
	edu_read(&self->edu, iova_of(self, variant, from), bytes);
	edu_write(&self->edu, iova_of(self, variant, to), bytes);
	EXPECT_EQ(0, memcmp(self->map + to, self->map + from, bytes));
	expect_pattern(_metadata, self, 0, to);
	expect_pattern(_metadata, self, to + bytes, PAGES * HPAGE);
	for (i = to; i < to + bytes; i++)
		self->map[i] = pattern(i);
}

/* The device is done, and nothing is written. */
static void expect_stopped(struct __test_metadata *_metadata, FIXTURE_DATA(dma) *self,
			   uint64_t iova)
{
	edu_master(&self->edu, true);
	edu_write(&self->edu, iova, EDU_MOST);
	expect_pattern(_metadata, self, 0, PAGES * HPAGE);
}

/* Something else than the pattern is in the device's buffer. */
static void fill_edu(FIXTURE_DATA(dma) *self, const FIXTURE_VARIANT(dma) *variant)
{
	edu_master(&self->edu, true);
	edu_read(&self->edu, iova_of(self, variant, HPAGE + 99), EDU_MOST);
}

TEST_F(dma, reaches_scattered_pages)
{
	struct vhuge_translation entry = { .addr = self->region.guest_addr + 12345 };
	struct vhuge_segment segments[PAGES];
	struct vhuge_get_segments get;
	unsigned int i;

	ASSERT_CALL(self->dev, 0, take_edu(self, variant));
	EXPECT_FALSE(edu_is_master(&self->edu));
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, &self->region, 1));
	expect_dma(_metadata, self, variant);

	/* Many segments, and one range for the device. */
	ASSERT_CALL(self->dev, 0, device_segments(self->dev, &get, segments, 0, PAGES));
	EXPECT_EQ(PAGES, get.total);
	for (i = 0; i < get.count; i++)
		EXPECT_EQ(iova_of(self, variant, segments[i].offset), segments[i].iova);
	ASSERT_CALL(self->dev, 0, device_translate(self->dev, 0, &entry, 1));
	EXPECT_EQ(iova_of(self, variant, entry.offset), entry.iova);
	EXPECT_EQ(self->region.length - 12345, entry.length);
}

/* Regions that were there before, and both ends of them. */
TEST_F(dma, no_byte_more)
{
	size_t end = self->region.offset + self->region.length;

	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, &self->region, 1));
	ASSERT_CALL(self->dev, 0, take_edu(self, variant));
	expect_dma(_metadata, self, variant);
	fill_edu(self, variant);
	expect_stopped(_metadata, self, iova_of(self, variant, end));
	expect_stopped(_metadata, self, iova_of(self, variant, self->region.offset - EDU_MOST));
}

TEST_F(dma, not_after_removal)
{
	ASSERT_CALL(self->dev, 0, take_edu(self, variant));
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, &self->region, 1));
	fill_edu(self, variant);
	ASSERT_CALL(self->dev, 0, device_remove_regions(self->dev, &self->region, 1));
	expect_stopped(_metadata, self, iova_of(self, variant, 2 * HPAGE));
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, &self->region, 1));
	expect_dma(_metadata, self, variant);
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, NULL, 0));
	expect_stopped(_metadata, self, iova_of(self, variant, 2 * HPAGE));
}

TEST_F(dma, only_reads_what_is_read_only)
{
	ASSERT_CALL(self->dev, 0, take_edu(self, variant));
	self->region.flags = VHUGE_REGION_READONLY;
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, &self->region, 1));
	fill_edu(self, variant);
	expect_stopped(_metadata, self, iova_of(self, variant, 2 * HPAGE));
	/* The buffer holds what was read, as writable memory shows. */
	ASSERT_CALL(self->dev, 0, device_remove_regions(self->dev, &self->region, 1));
	self->region.flags = 0;
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, &self->region, 1));
	expect_dma(_metadata, self, variant);
}

/* Two regions, of which one stays when the other changes. */
TEST_F(dma, what_stays_in_the_table_stays_mapped)
{
	struct vhuge_region table[2] = { self->region, self->region };

	table[1].guest_addr += 2 * PAGES * HPAGE;
	table[1].user_addr += 2 * PAGES * HPAGE;
	table[1].length = HPAGE;
	table[1].offset = 0;
	ASSERT_CALL(self->dev, 0, take_edu(self, variant));
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, table, 2));
	expect_dma(_metadata, self, variant);
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, table, 1));
	expect_dma(_metadata, self, variant);
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, &table[1], 1));
	expect_dma(_metadata, self, variant);

	/* Other memory in the same place, and a region that grows over it. */
	table[1].offset = HPAGE;
	EXPECT_CALL(self->dev, -EBUSY, device_set_regions(self->dev, table, 2));
	EXPECT_TRUE(strstr(device_error(self->dev), "remove that region first"))
		TH_LOG("\"%s\"", device_error(self->dev));
	table[1].offset = 0;
	table[1].length += 4096;
	EXPECT_CALL(self->dev, -EBUSY, device_set_regions(self->dev, table, 2));
	expect_dma(_metadata, self, variant);
}

/* All that was mapped on the way to a refusal is unmapped again. */
TEST_F(dma, all_or_nothing)
{
	struct vhuge_region table[2] = { self->region, self->region };
	const uint64_t bad[] = {
		0xfee00000,	/* where messages of interrupts go */
		0xfed00000,	/* ends in there */
		1ULL << 62,	/* more than the IOMMU translates */
	};
	unsigned int i;

	ASSERT_CALL(self->dev, 0, take_edu(self, variant));
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, &self->region, 1));
	fill_edu(self, variant);
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, NULL, 0));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		table[1].guest_addr = bad[i];
		table[1].user_addr = bad[i];
		EXPECT_CALL(self->dev, -EADDRNOTAVAIL, device_set_regions(self->dev, table, 2))
			TH_LOG("address %#llx", (unsigned long long)bad[i]);
		EXPECT_CALL(self->dev, -EADDRNOTAVAIL, device_add_regions(self->dev, table, 2));
		expect_stopped(_metadata, self, iova_of(self, variant, 2 * HPAGE));
	}
	ASSERT_CALL(self->dev, 0, device_space(self->dev, VHUGE_SPACE_NONE, NULL));
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, table, 2));
	EXPECT_CALL(self->dev, -EADDRNOTAVAIL, take_edu(self, variant));
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, table, 1));
	ASSERT_CALL(self->dev, 0, take_edu(self, variant));
	expect_dma(_metadata, self, variant);
}

TEST_F(dma, stopped_with_its_space)
{
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, &self->region, 1));
	ASSERT_CALL(self->dev, 0, take_edu(self, variant));
	fill_edu(self, variant);
	EXPECT_TRUE(edu_is_master(&self->edu));
	ASSERT_CALL(self->dev, 0, device_space(self->dev, VHUGE_SPACE_PHYSICAL, NULL));
	EXPECT_FALSE(edu_is_master(&self->edu));
	ASSERT_CALL(self->dev, 0, take_edu(self, variant));
	expect_dma(_metadata, self, variant);
	fill_edu(self, variant);
	close(self->dev);
	EXPECT_FALSE(edu_is_master(&self->edu));
	edu_write(&self->edu, iova_of(self, variant, 2 * HPAGE), EDU_MOST);
	expect_pattern(_metadata, self, 0, PAGES * HPAGE);
}

TEST_F(dma, has_one_owner)
{
	int other = device_open();

	ASSERT_CALL(self->dev, 0, take_edu(self, variant));
	EXPECT_CALL(self->dev, -EBUSY, take_edu(self, variant));
	EXPECT_CALL(other, -EBUSY, device_space(other, variant->kind, &self->edu.pci));
	EXPECT_TRUE(strstr(device_error(other), "in use by a driver, by VFIO"))
		TH_LOG("\"%s\"", device_error(other));
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, &self->region, 1));
	expect_dma(_metadata, self, variant);
	close(self->dev);
	EXPECT_CALL(other, 0, device_space(other, variant->kind, &self->edu.pci));
}

static bool edu_stopped(void *arg)
{
	return !edu_is_master(arg);
}

/* A process that has it all, and is killed. */
TEST_F(dma, owner_is_killed)
{
	int ready[2];
	pid_t child;
	char byte;

	close(self->dev);
	if (pipe(ready))
		die("pipe");
	child = fork();
	if (!child) {
		self->dev = device_open();
		if (take_edu(self, variant) ||
		    device_add_regions(self->dev, &self->region, 1))
			die("%s", device_error(self->dev));
		fill_edu(self, variant);
		if (write(ready[1], "", 1) != 1)
			die("pipe");
		pause();
	}
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	EXPECT_TRUE(edu_is_master(&self->edu));
	kill(child, SIGKILL);
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	EXPECT_TRUE(wait_until(edu_stopped, &self->edu));

	self->dev = device_open();
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, &self->region, 1));
	ASSERT_CALL(self->dev, 0, take_edu(self, variant));
	expect_dma(_metadata, self, variant);
}

TEST_F(dma, unplugged)
{
	struct vhuge_region more = self->region;

	more.guest_addr += 2 * PAGES * HPAGE;
	more.user_addr += 2 * PAGES * HPAGE;
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, &self->region, 1));
	ASSERT_CALL(self->dev, 0, take_edu(self, variant));
	expect_dma(_metadata, self, variant);

	pci_unplug(&self->edu.pci);
	EXPECT_FALSE(pci_exists(&self->edu.pci));
	EXPECT_CALL(self->dev, -ENODEV, device_add_regions(self->dev, &more, 1));
	EXPECT_TRUE(strstr(device_error(self->dev), "was unplugged"))
		TH_LOG("\"%s\"", device_error(self->dev));
	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, &self->region, 1));
	EXPECT_CALL(self->dev, 0, device_remove_regions(self->dev, &self->region, 1));
	EXPECT_CALL(self->dev, 0, device_space(self->dev, VHUGE_SPACE_NONE, NULL));
	EXPECT_CALL(self->dev, -ENODEV, take_edu(self, variant));

	pci_rescan();
	ASSERT_TRUE(edu_open(&self->edu));
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, &self->region, 1));
	ASSERT_CALL(self->dev, 0, take_edu(self, variant));
	expect_dma(_metadata, self, variant);
}

TEST_F(dma, needs_a_capability)
{
	process_drop_capability(CAP_SYS_RAWIO);
	EXPECT_CALL(self->dev, -EPERM, take_edu(self, variant));
}

TEST_HARNESS_MAIN
