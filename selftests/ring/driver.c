// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "driver.h"

/*
 * Sizes as the specification has them (2.7), not as sizeof() would: a used
 * ring of size 1 ends after 14 bytes.
 */
static void *area(size_t size)
{
	void *bytes = calloc(1, size);

	if (!bytes)
		abort();
	return bytes;
}

void driver_init(struct driver *driver, u32 num, bool is_packed)
{
	memset(driver, 0, sizeof(*driver));
	driver->num = num;
	driver->is_packed = is_packed;
	if (is_packed) {
		driver->ring = area(16UL * num);
		driver->wish = area(4);
		driver->device = area(4);
	} else {
		driver->desc = area(16UL * num);
		driver->avail = area(6 + 2UL * num);
		driver->used = area(6 + 8UL * num);
	}
}

void driver_free(struct driver *driver)
{
	free(driver->desc);
	free(driver->avail);
	free(driver->used);
	free(driver->ring);
	free(driver->wish);
	free(driver->device);
}

void driver_attach(const struct driver *driver, struct vhuge_ring *ring)
{
	ring->num = driver->num;
	ring->is_packed = driver->is_packed;
	if (driver->is_packed)
		vhuge_ring_use(ring, driver->ring, driver->wish,
			       driver->device);
	else
		vhuge_ring_use(ring, driver->desc, driver->avail,
			       driver->used);
}

static void put_packed(struct driver *driver, const struct vring_desc *desc,
		       u32 count, u16 id)
{
	u32 i = count;

	while (i--) {
		u64 at = driver->at + i;

		driver_put(driver, at, le64toh(desc[i].addr),
			   le32toh(desc[i].len), id);
		driver_put_flags(driver, at, le16toh(desc[i].flags) |
				 (i < count - 1 ? NEXT : 0) |
				 driver_available(driver, at));
	}
	driver->at += count;
}

u16 driver_chain(struct driver *driver, const struct vring_desc *desc, u32 count)
{
	u32 i, num = driver->num, head = driver->idx % num;

	if (driver->is_packed) {
		head = driver->at % num;
		put_packed(driver, desc, count, head);
		return head;
	}
	for (i = 0; i < count; i++)
		driver_set(driver, (head + i) % num, le64toh(desc[i].addr),
			   le32toh(desc[i].len), le16toh(desc[i].flags) |
			   (i < count - 1 ? NEXT : 0), (head + i + 1) % num);
	driver_offer(driver, head);
	return head;
}

void driver_unchain(struct driver *driver, u32 count)
{
	if (!driver->is_packed) {
		driver_set_avail_idx(driver, driver->idx - 1);
		return;
	}
	while (count--) {
		driver->at--;
		driver_put_flags(driver, driver->at,
				 driver_used(driver, driver->at));
	}
}

void driver_form(const struct driver *driver, struct vring_desc *desc)
{
	struct vring_packed_desc packed = {
		.addr = desc->addr,
		.len = desc->len,
		.flags = desc->flags & htole16(~NEXT),
		.id = htole16(0xdead),
	};

	if (driver->is_packed)
		memcpy(desc, &packed, sizeof(packed));
}

void driver_begin_at(struct driver *driver, u16 idx)
{
	driver->idx = idx;
	driver->avail->idx = htole16(idx);
	driver->used->idx = htole16(idx);
}

struct vring_desc driver_desc(u64 addr, u32 len, u16 flags, u16 next)
{
	return (struct vring_desc) {
		.addr = htole64(addr),
		.len = htole32(len),
		.flags = htole16(flags),
		.next = htole16(next),
	};
}

void driver_set(struct driver *driver, u32 i, u64 addr, u32 len, u16 flags,
		u16 next)
{
	driver->desc[i] = driver_desc(addr, len, flags, next);
}

void driver_offer(struct driver *driver, u16 head)
{
	driver->avail->ring[driver->idx % driver->num] = htole16(head);
	driver_set_avail_idx(driver, driver->idx + 1);
}

void driver_set_avail_idx(struct driver *driver, u16 idx)
{
	driver->idx = idx;
	driver->avail->idx = htole16(idx);
}

void driver_set_avail_flags(struct driver *driver, u16 flags)
{
	driver->avail->flags = htole16(flags);
}

void driver_set_used_event(struct driver *driver, u16 event)
{
	driver->avail->ring[driver->num] = htole16(event);
}

u16 driver_used_idx(const struct driver *driver)
{
	return le16toh(driver->used->idx);
}

u16 driver_used_flags(const struct driver *driver)
{
	return le16toh(driver->used->flags);
}

u16 driver_avail_event(const struct driver *driver)
{
	u16 event;

	memcpy(&event, (char *)driver->used + 4 + 8UL * driver->num,
	       sizeof(event));
	return le16toh(event);
}

u32 driver_used_id(const struct driver *driver, u16 at)
{
	return le32toh(driver->used->ring[at % driver->num].id);
}

u32 driver_used_len(const struct driver *driver, u16 at)
{
	return le32toh(driver->used->ring[at % driver->num].len);
}

bool driver_wrap(const struct driver *driver, u64 at)
{
	return at / driver->num % 2 == 0;
}

u16 driver_place(const struct driver *driver, u64 at)
{
	return at % driver->num + (driver_wrap(driver, at) ? 32768 : 0);
}

u16 driver_available(const struct driver *driver, u64 at)
{
	return driver_wrap(driver, at) ? PACKED_AVAIL : PACKED_USED;
}

u16 driver_used(const struct driver *driver, u64 at)
{
	return driver_wrap(driver, at) ? PACKED_AVAIL | PACKED_USED : 0;
}

void driver_put(struct driver *driver, u64 at, u64 addr, u32 len, u16 id)
{
	struct vring_packed_desc *desc = &driver->ring[at % driver->num];

	desc->addr = htole64(addr);
	desc->len = htole32(len);
	desc->id = htole16(id);
}

void driver_put_flags(struct driver *driver, u64 at, u16 flags)
{
	driver->ring[at % driver->num].flags = htole16(flags);
}

u16 driver_get_flags(const struct driver *driver, u64 at)
{
	return le16toh(driver->ring[at % driver->num].flags);
}
