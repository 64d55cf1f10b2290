// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that fail halfway: at each page and each region in turn something runs
 * out, or the process is killed. What was before stays, and nothing is held.
 */
#include "harness.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "die.h"
#include "state.h"
#include "wait.h"

#define GUEST 0x100000000ULL
#define USER 0x7a0000000000ULL
/* A table of files with two pages each, beside one that stays. */
#define FILES 3
#define PAGES (2 * FILES)

#define CGROUPS "/sys/fs/cgroup/"
#define GROUP CGROUPS "vhugetest/"

FIXTURE(halfway)
{
	struct hugepages before;
	int dev;
	struct vhuge_region stays;
	struct state state;
};

static void write_to(const char *path, unsigned long value)
{
	FILE *file = fopen(path, "w");

	if (!file || fprintf(file, "%lu\n", value) < 0 || fclose(file))
		die("writing %lu to %s", value, path);
}

static void set_limit(unsigned long pages)
{
	write_to("/sys/module/vhuge/parameters/limit_mib", pages * HPAGE >> 20);
}

FIXTURE_SETUP(halfway)
{
	NEED_MODULE_AND_PAGES(4 * PAGES);
	self->before = hugepages_now();
	self->dev = device_open();
	ASSERT_GE(self->dev, 0);
	self->stays = (struct vhuge_region) {
		.guest_addr = GUEST,
		.user_addr = USER,
		.length = HPAGE,
		.fd = hugetlb_full_file(1),
	};
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, &self->stays, 1));
	state_read(&self->state, self->dev);
}

FIXTURE_TEARDOWN_PARENT(halfway)
{
	set_limit(0);
	rmdir(GROUP);
	expect_pages_back(_metadata, &self->before);
}

/* The table that is to be: all holes, behind the region that stays. */
static void make_table(FIXTURE_DATA(halfway) *self, struct vhuge_region *table)
{
	unsigned int i;

	table[0] = self->stays;
	for (i = 1; i <= FILES; i++)
		table[i] = (struct vhuge_region) {
			.guest_addr = GUEST + i * 4 * HPAGE,
			.user_addr = USER + i * 4 * HPAGE,
			.length = 2 * HPAGE,
			.fd = hugetlb_file(2),
		};
}

static void close_table(struct vhuge_region *table)
{
	unsigned int i;

	for (i = 1; i <= FILES; i++)
		close(table[i].fd);
}

/* Both ways to get there fail, and leave everything as it was. */
static void expect_refusal(struct __test_metadata *_metadata, FIXTURE_DATA(halfway) *self,
			   int error, unsigned int at)
{
	struct vhuge_region table[FILES + 1];
	struct hugepages pool = hugepages_now(), seen;
	struct state state;

	make_table(self, table);
	EXPECT_CALL(self->dev, error, device_set_regions(self->dev, table, FILES + 1))
		TH_LOG("after %u pages", at);
	EXPECT_CALL(self->dev, error, device_add_regions(self->dev, &table[1], FILES))
		TH_LOG("after %u pages", at);
	state_read(&state, self->dev);
	EXPECT_EQ(NULL, state_differs(&self->state, &state))
		TH_LOG("after %u pages: %s", at, state_differs(&self->state, &state));
	close_table(table);
	EXPECT_TRUE(hugepages_wait(&pool, &seen))
		TH_LOG("after %u pages: %ld of %ld free, %ld before", at, seen.free, seen.total,
		       pool.free);
}

/* Nothing stands in the way of the next try. */
static void expect_success(struct __test_metadata *_metadata, FIXTURE_DATA(halfway) *self)
{
	struct vhuge_region table[FILES + 1];

	make_table(self, table);
	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, table, FILES + 1));
	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, &self->stays, 1));
	close_table(table);
}

TEST_F(halfway, no_hugepage_at_each_page)
{
	/* All that are free, and then one after the other less. */
	long held = hugepages_now().free;
	int hog = hugetlb_full_file(held);
	unsigned int pages;

	for (pages = 0; pages < PAGES; pages++) {
		expect_refusal(_metadata, self, -ENOMEM, pages);
		if (ftruncate(hog, --held * HPAGE))
			die("giving a hugepage back");
	}
	close(hog);
	expect_success(_metadata, self);
}

TEST_F(halfway, limit_at_each_page)
{
	unsigned int pages;

	/* One page is pinned, and what the limit leaves room for. */
	for (pages = 0; pages < PAGES; pages++) {
		set_limit(1 + pages);
		expect_refusal(_metadata, self, -EDQUOT, pages);
	}
	set_limit(1 + PAGES);
	expect_success(_metadata, self);
}

/* Moves this process into a group of its own, with the controller hugetlb. */
static bool enter_group(void)
{
	int control = open(CGROUPS "cgroup.subtree_control", O_WRONLY | O_CLOEXEC);

	if (control < 0 || write(control, "+hugetlb", 8) != 8)
		return false;
	close(control);
	if (mkdir(GROUP, 0755) && errno != EEXIST)
		die("mkdir " GROUP);
	write_to(GROUP "cgroup.procs", getpid());
	return true;
}

TEST_F(halfway, cgroup_at_each_page)
{
	unsigned int pages;

	if (!enter_group())
		SKIP(return, "no cgroup v2 controller hugetlb at " CGROUPS);
	for (pages = 0; pages < PAGES; pages++) {
		write_to(GROUP "hugetlb.2MB.max", pages * HPAGE);
		expect_refusal(_metadata, self, -ENOMEM, pages);
	}
	write_to(GROUP "hugetlb.2MB.max", PAGES * HPAGE);
	expect_success(_metadata, self);
}

/* Does this again and again, until it is killed. */
static void set_and_clear(FIXTURE_DATA(halfway) *self, unsigned int *rounds)
{
	struct vhuge_region table[FILES + 1];
	int dev;

	for (;; __atomic_add_fetch(rounds, 1, __ATOMIC_RELEASE)) {
		dev = device_open();
		make_table(self, table);
		if (dev < 0 || device_set_regions(dev, table, FILES + 1) ||
		    device_remove_regions(dev, &table[2], 1) ||
		    device_add_regions(dev, &table[2], 1))
			die("%s", device_error(dev));
		close_table(table);
		close(dev);
	}
}

static bool works(void *rounds)
{
	return __atomic_load_n((unsigned int *)rounds, __ATOMIC_ACQUIRE);
}

/* Killed after a time that grows: at any step of what it does. */
TEST_F(halfway, killed_at_any_step)
{
	struct hugepages pool = hugepages_now(), seen;
	unsigned int *rounds;
	struct state state;
	unsigned int i;
	pid_t child;

	rounds = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (rounds == MAP_FAILED)
		die("mmap");
	for (i = 0; i < 30; i++) {
		*rounds = 0;
		child = fork();
		if (!child)
			set_and_clear(self, rounds);
		ASSERT_TRUE(wait_until(works, rounds));
		usleep(i * 333);
		kill(child, SIGKILL);
		ASSERT_EQ(child, waitpid(child, NULL, 0));
		EXPECT_TRUE(hugepages_wait(&pool, &seen))
			TH_LOG("killed: %ld of %ld free, %ld before", seen.free, seen.total,
			       pool.free);
		state_read(&state, self->dev);
		EXPECT_EQ(NULL, state_differs(&self->state, &state))
			TH_LOG("killed: %s", state_differs(&self->state, &state));
	}
	expect_success(_metadata, self);
}

TEST_HARNESS_MAIN
