// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "device.h"
#include "die.h"
#include "packed.h"
#include "ring.h"
#include "wait.h"

static int make_eventfd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	if (fd < 0)
		die("eventfd");
	return fd;
}

static void reset_split(struct ring *ring)
{
	memset(ring->desc, 0, ring->num * sizeof(*ring->desc));
	memset(ring->avail, 0, sizeof(*ring->avail) + ring->num * 2 + 2);
	memset(ring->used, 0, sizeof(*ring->used) + ring->num * sizeof(ring->used->ring[0]) + 2);
	ring->next_avail = 0;
	ring->next_used = 0;
}

static void free_all(struct ring *ring)
{
	unsigned int i;

	ring->nfree = ring->num;
	for (i = 0; i < ring->num; i++)
		ring->free[i] = ring->num - 1 - i;
}

void ring_reset(struct ring *ring)
{
	if (ring->packed)
		packed_reset(ring);
	else
		reset_split(ring);
	free_all(ring);
}

void ring_resume(struct ring *ring, uint32_t base)
{
	uint16_t used = ring->used->idx;

	free_all(ring);
	if (ring->packed) {
		packed_resume(ring, base);
		return;
	}
	reset_split(ring);
	ring->next_avail = used;
	ring->next_used = used;
	ring->avail->idx = used;
	ring->used->idx = used;
}

void ring_make(struct ring *ring, struct guest *guest, unsigned int index, unsigned int num)
{
	*ring = (struct ring) { .guest = guest, .index = index, .num = num };
	ring->desc = guest_alloc(guest, num * sizeof(*ring->desc), 16);
	ring->avail = guest_alloc(guest, sizeof(*ring->avail) + num * 2 + 2, 4);
	ring->used = guest_alloc(guest, sizeof(*ring->used) +
				 num * sizeof(ring->used->ring[0]) + 2, 4);
	ring->kick = make_eventfd();
	ring->call = make_eventfd();
	ring->err = make_eventfd();
	ring_reset(ring);
}

void ring_pack(struct ring *ring)
{
	ring->packed = true;
	ring_reset(ring);
}

uint32_t ring_base(const struct ring *ring)
{
	return ring->packed ? packed_base(ring) : ring->next_used;
}

int ring_set_up(struct ring *ring)
{
	struct vhuge_vring set = {
		.flags = VHUGE_VRING_NUM | VHUGE_VRING_ADDR | VHUGE_VRING_BASE,
		.index = ring->index,
		.num = ring->num,
		.base = ring_base(ring),
		.desc = front_end_address(ring->guest, ring->desc),
		.avail = front_end_address(ring->guest, ring->avail),
		.used = front_end_address(ring->guest, ring->used),
	};
	int dev = ring->guest->dev;
	int err;

	err = device_vring(dev, &set);
	if (!err)
		err = device_vring_fd(dev, ring->index, VHUGE_VRING_KICK, ring->kick);
	if (!err)
		err = device_vring_fd(dev, ring->index, VHUGE_VRING_CALL, ring->call);
	if (!err)
		err = device_vring_fd(dev, ring->index, VHUGE_VRING_ERR, ring->err);
	return err;
}

int ring_start(struct ring *ring)
{
	int err = ring_set_up(ring);

	if (!err)
		err = device_enable(ring->guest->dev, ring->index, 1);
	if (!err)
		err = device_start(ring->guest->dev, ring->index);
	return err;
}

static struct vring_desc desc_of(const struct ring *ring, const struct buffer *buffer)
{
	return (struct vring_desc) {
		.addr = guest_address(ring->guest, buffer->bytes),
		.len = buffer->length,
		.flags = buffer->in ? VRING_DESC_F_WRITE : 0,
	};
}

void ring_put_desc(const struct ring *ring, void *at, struct vring_desc desc)
{
	struct vring_packed_desc packed = {
		.addr = desc.addr, .len = desc.len, .flags = desc.flags,
	};

	memcpy(at, ring->packed ? (void *)&packed : &desc, sizeof(desc));
}

static uint16_t take_desc(struct ring *ring)
{
	if (!ring->nfree) {
		errno = ENOSPC;
		die("no descriptor of %u left in ring %u", ring->num, ring->index);
	}
	return ring->free[--ring->nfree];
}

void ring_put_head(struct ring *ring, uint16_t head)
{
	ring->avail->ring[ring->next_avail++ % ring->num] = head;
}

uint16_t ring_offer_raw(struct ring *ring, const struct vring_desc *descs, unsigned int count)
{
	uint16_t head = take_desc(ring), at = head;
	unsigned int i;

	if (ring->packed) {
		packed_offer(ring, head, descs, count);
		return head;
	}
	for (i = 0; i < count; i++) {
		ring->desc[at] = descs[i];
		if (i + 1 < count) {
			ring->follows[at] = take_desc(ring);
			ring->desc[at].flags |= VRING_DESC_F_NEXT;
			ring->desc[at].next = ring->follows[at];
			at = ring->follows[at];
		}
	}
	ring->follows[at] = UINT16_MAX;
	ring_put_head(ring, head);
	return head;
}

uint16_t ring_offer(struct ring *ring, const struct buffer *buffers, unsigned int count)
{
	struct vring_desc descs[RING_MAX];
	unsigned int i;

	for (i = 0; i < count; i++)
		descs[i] = desc_of(ring, &buffers[i]);
	return ring_offer_raw(ring, descs, count);
}

uint16_t ring_offer_indirect(struct ring *ring, struct vring_desc *table,
			     const struct buffer *buffers, unsigned int count)
{
	struct vring_desc named = {
		.addr = guest_address(ring->guest, table),
		.len = count * sizeof(*table),
		.flags = VRING_DESC_F_INDIRECT,
	};
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct vring_desc desc = desc_of(ring, &buffers[i]);

		/* In the table of a packed ring nothing links them. */
		if (!ring->packed && i + 1 < count) {
			desc.flags |= VRING_DESC_F_NEXT;
			desc.next = i + 1;
		}
		ring_put_desc(ring, &table[i], desc);
	}
	return ring_offer_raw(ring, &named, 1);
}

/* Release: descriptors and heads are seen by who sees the index. */
void ring_publish(struct ring *ring)
{
	if (ring->packed)
		packed_publish(ring);
	else
		__atomic_store_n(&ring->avail->idx, ring->next_avail, __ATOMIC_RELEASE);
}

/* Does the device ask for a kick about what was published since @old? */
static bool kick_wanted(const struct ring *ring, uint16_t old)
{
	if (ring->event_idx)
		return vring_need_event(__atomic_load_n((uint16_t *)&ring->used->ring[ring->num],
							__ATOMIC_ACQUIRE),
					ring->next_avail, old);
	return !(__atomic_load_n(&ring->used->flags, __ATOMIC_ACQUIRE) & VRING_USED_F_NO_NOTIFY);
}

void ring_publish_politely(struct ring *ring)
{
	uint16_t old = ring->avail->idx;
	uint64_t told = ring->told;

	ring_publish(ring);
	/* Pairs with the device's barrier between asking for kicks and looking. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (ring->packed ? packed_kick_wanted(ring, told) : kick_wanted(ring, old))
		ring_kick(ring);
}

void ring_kick(struct ring *ring)
{
	uint64_t one = 1;

	/* Pairs with the device's barrier between asking for kicks and looking. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (write(ring->kick, &one, sizeof(one)) != sizeof(one))
		die("kicking ring %u", ring->index);
}

unsigned int ring_pending(const struct ring *ring)
{
	uint16_t used;

	if (ring->packed)
		return packed_pending(ring);
	used = __atomic_load_n(&ring->used->idx, __ATOMIC_ACQUIRE);
	return (uint16_t)(used - ring->next_used);
}

bool ring_take(struct ring *ring, uint16_t *head, uint32_t *length)
{
	struct vring_used_elem *used;
	uint16_t at, next;

	if (ring->packed)
		return packed_take(ring, head, length);
	if (!ring_pending(ring))
		return false;
	used = &ring->used->ring[ring->next_used++ % ring->num];
	*head = used->id;
	*length = used->len;
	errno = EPROTO;
	if (used->id >= ring->num)
		die("ring %u: used entry names descriptor %u", ring->index, used->id);
	for (at = used->id; at != UINT16_MAX; at = next) {
		next = ring->follows[at];
		if (ring->nfree == ring->num)
			die("ring %u: descriptor %u was used twice", ring->index, at);
		ring->free[ring->nfree++] = at;
	}
	return true;
}

struct wanted {
	const struct ring *ring;
	unsigned int count;
};

static bool enough_used(void *arg)
{
	const struct wanted *wanted = arg;

	return ring_pending(wanted->ring) >= wanted->count;
}

bool ring_wait(struct ring *ring, unsigned int count)
{
	struct wanted wanted = { ring, count };

	return wait_until(enough_used, &wanted);
}

uint64_t ring_calls(struct ring *ring)
{
	uint64_t count;

	if (read(ring->call, &count, sizeof(count)) == sizeof(count))
		return count;
	if (errno != EAGAIN)
		die("reading the call eventfd of ring %u", ring->index);
	return 0;
}

void ring_want_call(struct ring *ring, int after)
{
	uint16_t at = ring->next_used + after - 1;

	if (ring->packed)
		packed_want_call(ring, after);
	else if (ring->event_idx)
		__atomic_store_n(&ring->avail->ring[ring->num], at, __ATOMIC_SEQ_CST);
	else
		ring->avail->flags = after ? 0 : VRING_AVAIL_F_NO_INTERRUPT;
}
