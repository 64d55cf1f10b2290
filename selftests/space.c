// SPDX-License-Identifier: GPL-2.0
/*
 * IOVA spaces without a device that does DMA: physical addresses, who sees
 * them, and what is refused. dma.c has the others.
 */
#include "harness.h"

#include <fcntl.h>
#include <linux/capability.h>

#include "die.h"
#include "pci.h"
#include "process.h"

#define GUEST 0x100000000ULL
#define PAGES 6

FIXTURE(space)
{
	struct hugepages before;
	int dev;
	struct vhuge_region region;
};

FIXTURE_SETUP(space)
{
	int file;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	hugepages_arrange(2 * PAGES, 2);
	file = hugetlb_full_file(PAGES);
	self->region = (struct vhuge_region) {
		.guest_addr = GUEST,
		.user_addr = (uintptr_t)hugetlb_map(file, PAGES) + 4096,
		.length = PAGES * HPAGE - 3 * 4096,
		.offset = 4096,
		.fd = file,
	};
	self->dev = device_open();
	ASSERT_GE(self->dev, 0);
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, &self->region, 1));
}

FIXTURE_TEARDOWN_PARENT(space)
{
	expect_pages_back(_metadata, &self->before);
}

/* Both calls, at both ends of each segment, against pagemap. */
static void expect_iovas(struct __test_metadata *_metadata, FIXTURE_DATA(space) *self,
			 bool physical)
{
	struct vhuge_segment segments[PAGES];
	struct vhuge_translation entries[2];
	struct vhuge_get_segments get;
	uint64_t expected;
	unsigned int i, k;

	ASSERT_CALL(self->dev, 0, device_segments(self->dev, &get, segments, 0, PAGES));
	EXPECT_EQ(PAGES, get.total);
	for (i = 0; i < get.count; i++) {
		expected = physical ? physical_address((void *)segments[i].user_addr) :
				      VHUGE_IOVA_NONE;
		EXPECT_EQ(expected, segments[i].iova);
		memset(entries, 0, sizeof(entries));
		entries[0].addr = segments[i].guest_addr + 12345;
		entries[1].addr = segments[i].guest_addr + segments[i].length - 1;
		ASSERT_CALL(self->dev, 0, device_translate(self->dev, 0, entries, 2));
		for (k = 0; k < 2; k++) {
			expected = physical ? physical_address((void *)entries[k].other) :
					      VHUGE_IOVA_NONE;
			EXPECT_EQ(expected, entries[k].iova);
		}
		EXPECT_EQ(segments[i].length - 12345, entries[0].length);
		EXPECT_EQ(1, entries[1].length);
	}
}

TEST_F(space, physical_addresses)
{
	struct vhuge_get_segments get;
	__u64 generation;

	expect_iovas(_metadata, self, false);
	ASSERT_CALL(self->dev, 0, device_segments(self->dev, &get, NULL, 0, 0));
	generation = get.generation;
	ASSERT_CALL(self->dev, 0, device_space(self->dev, VHUGE_SPACE_PHYSICAL, NULL));
	expect_iovas(_metadata, self, true);
	ASSERT_CALL(self->dev, 0, device_segments(self->dev, &get, NULL, 0, 0));
	EXPECT_NE(generation, get.generation);

	/* It stays so when the table changes. */
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, NULL, 0));
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, &self->region, 1));
	expect_iovas(_metadata, self, true);
	ASSERT_CALL(self->dev, 0, device_space(self->dev, VHUGE_SPACE_NONE, NULL));
	expect_iovas(_metadata, self, false);
}

/* pagemap gives its numbers to those with CAP_SYS_ADMIN: only one cap is dropped. */
TEST_F(space, physical_addresses_need_a_capability)
{
	ASSERT_CALL(self->dev, 0, device_space(self->dev, VHUGE_SPACE_PHYSICAL, NULL));
	process_drop_capability(CAP_SYS_RAWIO);
	expect_iovas(_metadata, self, false);
	EXPECT_CALL(self->dev, -EPERM, device_space(self->dev, VHUGE_SPACE_PHYSICAL, NULL));
	EXPECT_CALL(self->dev, -EPERM, device_space(self->dev, VHUGE_SPACE_GUEST, NULL));
	EXPECT_CALL(self->dev, -EPERM, device_space(self->dev, VHUGE_SPACE_USER, NULL));
	EXPECT_TRUE(strstr(device_error(self->dev), "CAP_SYS_RAWIO"));
	EXPECT_CALL(self->dev, 0, device_space(self->dev, VHUGE_SPACE_NONE, NULL));
}

TEST_F(space, what_is_no_space)
{
	struct vhuge_space pci = { .pci_bus = 1 };

	EXPECT_CALL(self->dev, -EINVAL, device_space(self->dev, VHUGE_SPACE_USER + 1, NULL));
	EXPECT_CALL(self->dev, -EINVAL, device_space(self->dev, VHUGE_SPACE_NONE, &pci));
	EXPECT_CALL(self->dev, -EINVAL, device_space(self->dev, VHUGE_SPACE_PHYSICAL, &pci));
	pci.pci_bus = 256;
	EXPECT_CALL(self->dev, -EINVAL, device_space(self->dev, VHUGE_SPACE_GUEST, &pci));
	pci.pci_bus = 0;
	pci.pci_devfn = 256;
	EXPECT_CALL(self->dev, -EINVAL, device_space(self->dev, VHUGE_SPACE_GUEST, &pci));
	pci.pci_devfn = 0;
	pci.pci_domain = 0xfffe;
	EXPECT_CALL(self->dev, -ENODEV, device_space(self->dev, VHUGE_SPACE_GUEST, &pci));
	EXPECT_TRUE(strstr(device_error(self->dev), "fffe:00:00.0"));
	expect_iovas(_metadata, self, false);
}

static void expect_words(struct __test_metadata *_metadata, int dev, const char *words)
{
	EXPECT_TRUE(strstr(device_error(dev), words))
		TH_LOG("\"%s\" says nothing of \"%s\"", device_error(dev), words);
}

TEST_F(space, a_device_with_a_driver)
{
	struct vhuge_space pci;

	/* The share that this program was read from. */
	if (!pci_find(&pci, 0x1af4, 0x1009) && !pci_find(&pci, 0x1af4, 0x1049))
		SKIP(return, "no virtio-9p device");
	EXPECT_CALL(self->dev, -EBUSY, device_space(self->dev, VHUGE_SPACE_GUEST, &pci));
	expect_words(_metadata, self->dev, "driver virtio-pci");
	expect_iovas(_metadata, self, false);
}

TEST_F(space, a_device_without_iommu)
{
	struct vhuge_space pci = {};

	if (!access("/sys/bus/pci/devices/0000:00:00.0/iommu_group", F_OK))
		SKIP(return, "this machine has an IOMMU");
	EXPECT_CALL(self->dev, -ENXIO, device_space(self->dev, VHUGE_SPACE_GUEST, &pci));
	expect_words(_metadata, self->dev, "no IOMMU translates");
	expect_iovas(_metadata, self, false);
}

TEST_HARNESS_MAIN
