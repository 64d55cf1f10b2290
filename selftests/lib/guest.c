// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "device.h"
#include "die.h"
#include "guest.h"
#include "hugepage.h"

void guest_make(struct guest *guest, unsigned int pages)
{
	/* Of the pages in the way every second one stays free. */
	hugepages_arrange(2 * pages, 2);
	*guest = (struct guest) { .dev = -1, .pages = pages };
	guest->file = hugetlb_full_file(pages);
	guest->bytes = hugetlb_map(guest->file, pages);
}

struct vhuge_region guest_region(const struct guest *guest)
{
	return (struct vhuge_region) {
		.guest_addr = GUEST_BASE,
		.user_addr = FRONT_END_BASE,
		.length = guest->pages * HPAGE,
		.fd = guest->file,
	};
}

int guest_open(struct guest *guest)
{
	struct vhuge_region regions[2] = { guest_region(guest), guest_region(guest) };
	size_t behind = (guest->hole + 1) * HPAGE;

	guest->dev = device_open();
	if (guest->dev < 0)
		return guest->dev;
	if (!guest->hole)
		return device_set_regions(guest->dev, regions, 1);

	regions[0].length = guest->hole * HPAGE;
	regions[1].guest_addr += behind;
	regions[1].user_addr += behind;
	regions[1].offset += behind;
	regions[1].length -= behind;
	return device_set_regions(guest->dev, regions, 2);
}

uint64_t guest_address(const struct guest *guest, const void *bytes)
{
	return GUEST_BASE + ((const unsigned char *)bytes - guest->bytes);
}

uint64_t front_end_address(const struct guest *guest, const void *bytes)
{
	return FRONT_END_BASE + ((const unsigned char *)bytes - guest->bytes);
}

void *guest_alloc(struct guest *guest, size_t size, size_t align)
{
	size_t at = (guest->used + align - 1) & -align;

	if (at + size > guest->pages * HPAGE) {
		errno = ENOMEM;
		die("the guest has no %zu bytes left", size);
	}
	guest->used = at + size;
	return guest->bytes + at;
}

void *guest_alloc_across(struct guest *guest, size_t size, size_t before)
{
	size_t border = (guest->used + before + HPAGE - 1) & -HPAGE;

	guest->used = border - before;
	return guest_alloc(guest, size, 1);
}
