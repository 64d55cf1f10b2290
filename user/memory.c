// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that hand guest memory in. The descriptors go on to the kernel as
 * they came: nothing is mapped here, no address of the front-end is followed.
 */
#include <errno.h>
#include <stdio.h>

#include "device.h"
#include "messages.h"

static struct vhuge_region to_region(const struct vu_region *r, int fd)
{
	return (struct vhuge_region){
		.guest_addr = r->guest_addr,
		.user_addr = r->user_addr,
		.length = r->size,
		.offset = r->mmap_offset,
		.fd = fd,
	};
}

static void name_region(struct frontend *f, const struct vu_region *r)
{
	snprintf(f->subject, sizeof(f->subject), "region at guest address %#llx",
		 (unsigned long long)r->guest_addr);
}

int handle_set_mem_table(struct frontend *f, struct message *m)
{
	const struct vu_mem_table *table = &m->payload.table;
	struct vhuge_region regions[VU_MAX_REGIONS];
	unsigned int i;
	int err;

	snprintf(f->subject, sizeof(f->subject), "table of %u", table->count);
	if (table->count > VU_MAX_REGIONS)
		return frontend_refuse(f, EPROTO, "more than %u", VU_MAX_REGIONS);
	if (m->header.size != VU_MEM_TABLE_SIZE(table->count))
		return frontend_refuse(f, EPROTO, "%u bytes for them", m->header.size);
	if (m->fd_count != table->count)
		return frontend_refuse(f, EPROTO, "%u file descriptors for them", m->fd_count);

	for (i = 0; i < table->count; i++)
		regions[i] = to_region(&table->regions[i], m->fds[i]);
	err = slots_reserve(&f->slots, table->count);
	if (err)
		return frontend_refuse(f, ENOMEM, "no memory to note them");
	err = frontend_check(f, device_set_regions(f->device, regions, table->count));
	if (err)
		return err;

	slots_clear(&f->slots);
	for (i = 0; i < table->count; i++)
		slots_add(&f->slots, &regions[i]);
	return 0;
}

int handle_get_max_mem_slots(struct frontend *f, struct message *m)
{
	m->payload.u64 = f->info.max_regions;
	return 0;
}

int handle_add_mem_reg(struct frontend *f, struct message *m)
{
	struct vhuge_region region = to_region(&m->payload.region.region, m->fds[0]);
	int err;

	name_region(f, &m->payload.region.region);
	if (slots_more(&f->slots, &region))
		return 0;
	if (slots_reserve(&f->slots, f->slots.count + 1))
		return frontend_refuse(f, ENOMEM, "no memory to note it");
	err = frontend_check(f, device_add_region(f->device, &region));
	if (!err)
		slots_add(&f->slots, &region);
	return err;
}

int handle_rem_mem_reg(struct frontend *f, struct message *m)
{
	struct vhuge_region region = to_region(&m->payload.region.region, -1);
	int err;

	name_region(f, &m->payload.region.region);
	if (slots_less(&f->slots, &region))
		return 0;
	err = frontend_check(f, device_remove_region(f->device, &region));
	if (!err)
		slots_remove(&f->slots, &region);
	return err;
}
