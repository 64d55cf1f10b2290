// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation, and each copy from and to the caller, of the calls that
 * concern memory fails once: the old table stays in force, nothing is pinned or
 * mapped that was not before, and the next try works.
 */
#include "harness.h"

#include "die.h"
#include "edu.h"
#include "failnth.h"
#include "state.h"

#define GUEST 0x140000000ULL
#define USER 0x1000000000ULL
#define PAGES 4
#define RING 1

FIXTURE(failnth_memory)
{
	struct hugepages before;
	int dev;
	/* A region of each page; the device has the first two. */
	struct vhuge_region regions[PAGES];
	/* One of holes. */
	struct vhuge_region holes;
	struct edu edu;
	struct state state;
};

FIXTURE_VARIANT(failnth_memory)
{
	int (*call)(void *arg);
	/* Segments there are when the call was carried out. */
	unsigned int segments;
	/* Failures there are at least: the copies and allocations of the call. */
	unsigned int failures;
	/* A PCI device has the memory. */
	bool dma;
	/* A ring is in the first region, and crosses into the second. */
	bool ring;
};

static void must(int result, const char *what)
{
	if (result < 0) {
		errno = -result;
		die("%s", what);
	}
}

static int take_edu(FIXTURE_DATA(failnth_memory) *self)
{
	return device_space(self->dev, VHUGE_SPACE_GUEST, &self->edu.pci);
}

/* From whatever the call led to, in steps that a PCI device allows. */
static void undo(void *arg)
{
	FIXTURE_DATA(failnth_memory) *self = arg;

	must(device_set_regions(self->dev, NULL, 0), "removing all");
	must(device_set_regions(self->dev, self->regions, 2), "setting the first two");
	if (ftruncate(self->holes.fd, 0) || ftruncate(self->holes.fd, HPAGE))
		die("making holes");
	state_read(&self->state, self->dev);
}

static void start_ring(FIXTURE_DATA(failnth_memory) *self)
{
	const struct vhuge_vring vring = {
		.flags = VHUGE_VRING_NUM | VHUGE_VRING_ADDR,
		.index = RING,
		.num = 1024,
		.desc = self->regions[1].user_addr - 4096,
		.avail = USER,
		.used = USER + 0x10000,
	};

	must(device_vring(self->dev, &vring), "setting up a ring");
	must(device_start(self->dev, RING), "starting a ring");
}

FIXTURE_SETUP(failnth_memory)
{
	int file;
	unsigned int i;

	NEED_MODULE_AND_PAGES(2 * PAGES + 1);
	NEED_FAILURES();
	self->before = hugepages_now();
	if (variant->dma && !edu_open(&self->edu))
		SKIP(return, "the machine has no PCI device edu (1234:11e8)");
	hugepages_arrange(2 * PAGES, 2);
	file = hugetlb_full_file(PAGES);
	/* In user addresses side by side, so that a ring can lie in two. */
	for (i = 0; i < PAGES; i++)
		self->regions[i] = (struct vhuge_region) {
			.guest_addr = GUEST + i * 2 * HPAGE,
			.user_addr = USER + i * HPAGE,
			.length = HPAGE,
			.offset = i * HPAGE,
			.fd = file,
		};
	self->holes = self->regions[2];
	self->holes.offset = 0;
	self->holes.fd = hugetlb_file(1);
	self->dev = device_open();
	ASSERT_GE(self->dev, 0);
	if (variant->dma)
		ASSERT_CALL(self->dev, 0, take_edu(self));
	undo(self);
	if (variant->ring)
		start_ring(self);
}

FIXTURE_TEARDOWN_PARENT(failnth_memory)
{
	expect_pages_back(_metadata, &self->before);
}

static int set_others(void *arg)
{
	FIXTURE_DATA(failnth_memory) *self = arg;

	return device_set_regions(self->dev, &self->regions[1], 3);
}

static int add_two(void *arg)
{
	FIXTURE_DATA(failnth_memory) *self = arg;

	return device_add_regions(self->dev, &self->regions[2], 2);
}

static int add_holes(void *arg)
{
	FIXTURE_DATA(failnth_memory) *self = arg;

	return device_add_regions(self->dev, &self->holes, 1);
}

static int remove_one(void *arg)
{
	FIXTURE_DATA(failnth_memory) *self = arg;

	return device_remove_regions(self->dev, &self->regions[1], 1);
}

/* All of the ring's memory is elsewhere then. */
static int replace_all(void *arg)
{
	FIXTURE_DATA(failnth_memory) *self = arg;
	struct vhuge_region others[2] = { self->regions[0], self->regions[1] };

	others[0].offset = 2 * HPAGE;
	others[1].offset = 3 * HPAGE;
	return device_set_regions(self->dev, others, 2);
}

#define FAILS(name, ...) FIXTURE_VARIANT_ADD(failnth_memory, name) { __VA_ARGS__ }

FAILS(set, set_others, 3, 5);
FAILS(add, add_two, 4, 5);
FAILS(add_holes, add_holes, 3, 5);
FAILS(remove, remove_one, 1, 4);
FAILS(replace_under_ring, replace_all, 2, 6, .ring = true);
FAILS(set_for_device, set_others, 3, 5, .dma = true);
FAILS(add_for_device, add_two, 4, 6, .dma = true);
FAILS(remove_from_device, remove_one, 1, 4, .dma = true);

/* What the functions of struct failnth get. */
struct context {
	FIXTURE_DATA(failnth_memory) *self;
	const FIXTURE_VARIANT(failnth_memory) *variant;
	int kind;
};

static int call(void *arg)
{
	struct context *context = arg;

	return context->variant->call(context->self);
}

static const char *unchanged(void *arg)
{
	struct context *context = arg;
	struct state state;

	state_read(&state, context->self->dev);
	return state_differs(&context->self->state, &state);
}

static const char *done(void *arg)
{
	struct context *context = arg;
	struct vhuge_get_segments get;

	must(device_segments(context->self->dev, &get, NULL, 0, 0), "counting segments");
	return get.total == context->variant->segments ? NULL : "not as many segments";
}

static void undo_call(void *arg)
{
	undo(((struct context *)arg)->self);
}

static void expect_each(struct __test_metadata *_metadata, struct failnth *failnth,
			unsigned int failures)
{
	const char *wrong = failnth_each(failnth);

	EXPECT_EQ(NULL, wrong)
		TH_LOG("failure %u (%s): %s", failnth->nth, strerror(-failnth->err), wrong);
	EXPECT_LE(failures, failnth->failures);
	TH_LOG("%u failures", failnth->failures);
}

TEST_F(failnth_memory, each_failure)
{
	struct context context = { .self = self, .variant = variant };
	struct failnth failnth = {
		.arg = &context,
		.call = call,
		.unchanged = unchanged,
		.done = done,
		.undo = undo_call,
	};

	expect_each(_metadata, &failnth, variant->failures);
}

static int set_kind(void *arg)
{
	struct context *context = arg;

	return context->kind == VHUGE_SPACE_GUEST ? take_edu(context->self) :
	       device_space(context->self->dev, context->kind, NULL);
}

static const char *kind_is_set(void *arg)
{
	struct context *context = arg;
	struct state state;

	state_read(&state, context->self->dev);
	return state.segments[0].iova == VHUGE_IOVA_NONE ? "there are no IOVAs" : NULL;
}

static void set_no_kind(void *arg)
{
	struct context *context = arg;

	must(device_space(context->self->dev, VHUGE_SPACE_NONE, NULL), "having no space");
	state_read(&context->self->state, context->self->dev);
}

TEST_F(failnth_memory, each_failure_of_set_space)
{
	struct context context = {
		.self = self,
		.kind = variant->dma ? VHUGE_SPACE_GUEST : VHUGE_SPACE_PHYSICAL,
	};
	struct failnth failnth = {
		.arg = &context,
		.call = set_kind,
		.unchanged = unchanged,
		.done = kind_is_set,
		.undo = set_no_kind,
	};

	set_no_kind(&context);
	expect_each(_metadata, &failnth, 2);
}

static int translate(void *arg)
{
	struct context *context = arg;
	struct vhuge_translation entries[2] = { { .addr = GUEST }, { .addr = GUEST + 1 } };

	return device_translate(context->self->dev, 0, entries, 2);
}

static void nothing(void *arg)
{
	(void)arg;
}

TEST_F(failnth_memory, each_failure_of_translate)
{
	struct context context = { .self = self };
	struct failnth failnth = {
		.arg = &context,
		.call = translate,
		.unchanged = unchanged,
		.done = unchanged,
		.undo = nothing,
	};

	/* The size, the structure and each entry in, each entry and the structure out. */
	expect_each(_metadata, &failnth, 6);
}

TEST_HARNESS_MAIN
