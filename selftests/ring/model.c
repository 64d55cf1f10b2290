// SPDX-License-Identifier: GPL-2.0
#include "model.h"

void model_start(struct model *model)
{
	const struct driver *driver = model->driver;

	model->used = driver->is_packed ? driver->at : driver_used_idx(driver);
	model->popped = model->used;
	model->shown = model->used;
	model->seen = model->used;
	model->flags = 0;
}

/* A descriptor, whatever form it had. */
struct form {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
	u16 id;
};

/*
 * Add a descriptor's bytes to the chain. A piece ends where the next byte is
 * elsewhere or belongs to another region.
 */
static int take_bytes(const struct model *model, struct vhuge_chain *chain,
		      const struct form *desc, u32 limit)
{
	u64 addr = desc->addr;
	u32 i, span, last_span = 0;
	char *byte, *end = NULL;

	if (!!(desc->flags & WRITE) != model->writes)
		return -VHUGE_FAULT_DIRECTION;

	for (i = 0; i < desc->len; i++) {
		if (chain->length == limit) {
			chain->cut = true;
			return 0;
		}
		byte = addr + i < addr ? NULL :
		       guest_byte(model->guest, addr + i, &span);
		if (!byte || byte != end || span != last_span) {
			if (chain->pieces == chain->room) {
				chain->cut = true;
				return 0;
			}
			if (!byte)
				return -VHUGE_FAULT_MEMORY;
			chain->piece[chain->pieces++] =
				(struct vhuge_piece) { .addr = byte };
		}
		chain->piece[chain->pieces - 1].length++;
		chain->length++;
		last_span = span;
		end = byte + 1;
	}
	return 0;
}

/*
 * A table of descriptors: the ring's own, from @first on when it is packed, or
 * one in the guest's memory.
 */
struct table {
	const struct model *model;
	bool in_memory;
	u64 addr;
	u64 first;
	u32 count;
	u32 most;
};

static struct form split_form(const struct vring_desc *desc)
{
	return (struct form) {
		.addr = le64toh(desc->addr),
		.len = le32toh(desc->len),
		.flags = le16toh(desc->flags),
		.next = le16toh(desc->next),
	};
}

static struct form packed_form(const struct vring_packed_desc *desc, u32 i)
{
	return (struct form) {
		.addr = le64toh(desc->addr),
		.len = le32toh(desc->len),
		.flags = le16toh(desc->flags),
		.next = i + 1,
		.id = le16toh(desc->id),
	};
}

static int get_far(const struct table *table, u32 i, struct form *form)
{
	u64 at = table->addr + i * 16ULL;
	struct vring_desc desc;

	if (at < table->addr ||
	    !guest_get(table->model->guest, at, &desc, sizeof(desc)))
		return -VHUGE_FAULT_MEMORY;
	if (!table->model->driver->is_packed) {
		*form = split_form(&desc);
		return 0;
	}
	*form = packed_form((struct vring_packed_desc *)&desc, i);
	form->flags &= ~NEXT;
	if (!table->model->writes)
		form->flags &= ~WRITE;
	form->flags |= i + 1 < table->count ? NEXT : 0;
	return 0;
}

static int get_desc(const struct table *table, u32 i, struct form *form)
{
	const struct driver *driver = table->model->driver;

	if (table->in_memory)
		return get_far(table, i, form);
	if (driver->is_packed)
		*form = packed_form(&driver->ring[(table->first + i) %
						  driver->num], i);
	else
		*form = split_form(&driver->desc[i]);
	return 0;
}

static int open_table(struct table *table, const struct form *desc)
{
	const struct model *model = table->model;
	u32 most = model->driver->num > 64 ? model->driver->num : 64;

	if (table->in_memory || !model->indirect || !desc->len ||
	    desc->len % 16 || desc->len / 16 > 32768 || desc->flags & NEXT)
		return -VHUGE_FAULT_INDIRECT;
	if (desc->addr + desc->len < desc->addr)
		return -VHUGE_FAULT_MEMORY;
	if (model->driver->is_packed && desc->len / 16 > most)
		return -VHUGE_FAULT_LOOP;

	*table = (struct table) {
		.model = model,
		.in_memory = true,
		.addr = desc->addr,
		.count = desc->len / 16,
		.most = most,
	};
	return 0;
}

/* Walk from @i on; the descriptors of the ring that it takes are counted. */
static int take_chain(struct model *model, struct vhuge_chain *chain,
		      struct table table, u32 i, u32 limit)
{
	u16 id = 0, slots = 0;
	struct form desc;
	u32 steps = 0;
	int err;

	for (;; model->work++) {
		err = get_desc(&table, i, &desc);
		if (err)
			return err;
		if (!table.in_memory) {
			id = desc.id;
			slots++;
		}

		if (desc.flags & INDIRECT) {
			err = open_table(&table, &desc);
			if (err)
				return err;
			i = 0;
			steps = 0;
			model->work--;
			continue;
		}

		err = take_bytes(model, chain, &desc, limit);
		if (err)
			return err;
		if (!(desc.flags & NEXT)) {
			chain->ticket = (struct vhuge_ticket) { id, slots };
			return 0;
		}
		i = desc.next;
		if (i >= table.count)
			return -VHUGE_FAULT_NEXT;
		if (++steps == table.most)
			return -VHUGE_FAULT_LOOP;
	}
}

/* How far b is ahead of a. */
static u16 ahead(u16 a, u16 b)
{
	return b - a;
}

static int see(struct model *model)
{
	u16 idx = le16toh(model->driver->avail->idx);

	/* All that is not used, and nothing taken back. */
	if (ahead(model->used, idx) > model->driver->num ||
	    ahead(model->used, idx) < ahead(model->used, model->popped))
		return -VHUGE_FAULT_AVAIL;
	model->seen = model->popped + ahead(model->popped, idx);
	return 0;
}

static int pop_split(struct model *model, struct vhuge_chain *chain, u32 limit)
{
	const struct driver *driver = model->driver;
	struct table table = {
		.model = model,
		.count = driver->num,
		.most = driver->num,
	};
	u16 head;
	int err;

	if (model->popped == model->seen) {
		err = see(model);
		if (err)
			return err;
		if (model->popped == model->seen)
			return 0;
	}

	head = le16toh(driver->avail->ring[(u16)model->popped % driver->num]);
	if (head >= driver->num)
		return -VHUGE_FAULT_HEAD;

	err = take_chain(model, chain, table, head, limit);
	if (err)
		return err;
	chain->ticket = (struct vhuge_ticket) { head, 1 };
	model->popped++;
	return 1;
}

static bool available(const struct driver *driver, u64 at)
{
	return (driver_get_flags(driver, at) & (PACKED_AVAIL | PACKED_USED)) ==
	       driver_available(driver, at);
}

static int pop_packed(struct model *model, struct vhuge_chain *chain, u32 limit)
{
	const struct driver *driver = model->driver;
	u32 away = model->popped - model->shown;
	struct table table = {
		.model = model,
		.first = model->popped,
		.count = driver->num + 1,
		.most = driver->num - away,
	};
	int err;

	if (!available(driver, model->popped)) {
		model->seen = model->popped;
		return 0;
	}
	if (away == driver->num)
		return -VHUGE_FAULT_AVAIL;

	err = take_chain(model, chain, table, 0, limit);
	if (err)
		return err;
	model->popped += chain->ticket.slots;
	if (model->seen < model->popped)
		model->seen = model->popped;
	return 1;
}

int model_pop(struct model *model, struct vhuge_chain *chain, u32 limit)
{
	model->work = 0;
	chain->pieces = 0;
	chain->length = 0;
	chain->cut = false;
	if (model->driver->is_packed)
		return pop_packed(model, chain, limit);
	return pop_split(model, chain, limit);
}

void model_push(struct model *model, struct vhuge_ticket ticket)
{
	model->used += ticket.slots;
}

/* Is something of what is shown now what the driver waits for? */
static bool event_passed(const struct model *model)
{
	const struct driver *driver = model->driver;
	u64 at;

	for (at = model->shown; at != model->used; at++) {
		if (driver->is_packed &&
		    driver_place(driver, at) == le16toh(driver->wish->off_wrap))
			return true;
		if (!driver->is_packed &&
		    (u16)at == le16toh(driver->avail->ring[driver->num]))
			return true;
	}
	return false;
}

bool model_publish(struct model *model, bool *published)
{
	const struct driver *driver = model->driver;
	bool passed = event_passed(model);

	*published = model->shown != model->used;
	model->shown = model->used;
	if (!*published)
		return false;

	if (!driver->is_packed)
		return model->event_idx ? passed :
		       !(le16toh(driver->avail->flags) & 1);
	switch (le16toh(driver->wish->flags) & 3) {
	case 1:
		return false;
	case 2:
		return model->event_idx ? passed : true;
	default:
		return true;
	}
}

void model_kick_off(struct model *model)
{
	if (!model->event_idx)
		model->flags = 1;
}

bool model_kick_on(struct model *model)
{
	model->flags = 0;
	if (model->driver->is_packed)
		return available(model->driver, model->seen);
	return le16toh(model->driver->avail->idx) != (u16)model->seen;
}

static u64 run_at(const struct vhuge_chain *chain, u32 *piece)
{
	const char *end = (char *)chain->piece[*piece].addr;
	u64 length = 0;

	while (*piece < chain->pieces && chain->piece[*piece].addr == end) {
		length += chain->piece[*piece].length;
		end += chain->piece[*piece].length;
		(*piece)++;
	}
	return length;
}

bool model_same_bytes(const struct vhuge_chain *a, const struct vhuge_chain *b)
{
	u32 i = 0, j = 0;

	while (i < a->pieces && j < b->pieces) {
		if (a->piece[i].addr != b->piece[j].addr ||
		    run_at(a, &i) != run_at(b, &j))
			return false;
	}
	return i == a->pieces && j == b->pieces;
}
