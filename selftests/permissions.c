// SPDX-License-Identifier: GPL-2.0
/*
 * What those may not do who have no rights: a plain user, root of a user
 * namespace of its own, somebody in another network namespace.
 */
#include "harness.h"

#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <net/if.h>
#include <linux/vhuge_netlink.h>
#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "die.h"
#include "netlink.h"
#include "rig.h"

#define NOBODY 65534
#define PAGES 2
#define NUM 64
#define NAME "vhugetest2"

FIXTURE(permissions)
{
	struct hugepages before;
	struct rig rig;
};

/* A guest that is set up, not attached; its port is in the initial namespace. */
FIXTURE_SETUP(permissions)
{
	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	link_delete(NAME);
	rig_make_beside(&self->rig, NAME, VERSION_1, NUM, PAGES);
	ASSERT_EQ(0, guest_open(&self->rig.guest));
}

FIXTURE_TEARDOWN_PARENT(permissions)
{
	link_delete(NAME);
	expect_pages_back(_metadata, &self->before);
}

static void become_nobody(void)
{
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		die("becoming nobody");
	/* Its own /proc files are its own again. */
	prctl(PR_SET_DUMPABLE, 1);
}

static void put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("%s", file);
	close(fd);
}

/* Nobody, who is root in a user namespace and a network namespace of its own. */
static void become_root_of_nothing(void)
{
	become_nobody();
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		die("a user namespace");
	put("/proc/self/setgroups", "deny");
	put("/proc/self/uid_map", "0 65534 1");
	put("/proc/self/gid_map", "0 65534 1");
}

static const uint8_t dumps[] = {
	VHUGE_GENL_PORT_GET, VHUGE_GENL_DEVICE_GET, VHUGE_GENL_VRING_GET,
	VHUGE_GENL_REGION_GET, VHUGE_GENL_SEGMENT_GET,
};

static void expect_no_dumps(struct __test_metadata *_metadata, int result)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dumps); i++)
		EXPECT_EQ(result, netlink_dump(dumps[i], NULL, 0)) TH_LOG("command %u", dumps[i]);
}

TEST_F(permissions, of_the_device_file)
{
	struct stat st;

	ASSERT_EQ(0, stat(DEVICE_PATH, &st));
	EXPECT_EQ(0, st.st_mode & 0007);
	become_nobody();
	EXPECT_EQ(-EACCES, device_open());
}

/* A device that somebody opened for nobody: memory and rings, but no port. */
TEST_F(permissions, of_nobody)
{
	int dev = self->rig.guest.dev;

	become_nobody();
	EXPECT_CALL(dev, 0, ring_start(&self->rig.tx));
	EXPECT_CALL(dev, -EPERM, device_attach(dev, self->rig.ifindex));
	EXPECT_EQ(-EPERM, link_add("vhugetest3", 1));
	EXPECT_EQ(-EPERM, link_delete(NAME));
	EXPECT_EQ(-EPERM, link_set_up(NAME, false));
	EXPECT_LT(0, port_value(NAME, "ifindex"));
	expect_no_dumps(_metadata, -EPERM);
	EXPECT_EQ(-1, open("/sys/module/vhuge/parameters/limit_mib", O_WRONLY));
}

/* Ports of its own, and nothing that is anybody else's. */
TEST_F(permissions, of_root_of_a_user_namespace)
{
	int dev = self->rig.guest.dev;

	become_root_of_nothing();
	EXPECT_EQ(-EACCES, device_open());
	EXPECT_CALL(dev, -ENOENT, device_attach(dev, self->rig.ifindex));
	ASSERT_EQ(0, link_add("vhugetest3", 1));
	EXPECT_CALL(dev, 0, device_attach(dev, if_nametoindex("vhugetest3")));
	/* The family is in the initial network namespace only. */
	expect_no_dumps(_metadata, -ENOENT);
	EXPECT_EQ(-1, open("/sys/module/vhuge/parameters/limit_mib", O_WRONLY));
}

/* Root, but not where the port is. */
TEST_F(permissions, from_another_network_namespace)
{
	int dev = self->rig.guest.dev;

	if (unshare(CLONE_NEWNET))
		die("a network namespace");
	EXPECT_CALL(dev, -ENOENT, device_attach(dev, self->rig.ifindex));
	expect_no_dumps(_metadata, -ENOENT);
}

/* Root of a user namespace that stays where the port is. */
TEST_F(permissions, of_root_of_a_user_namespace_here)
{
	int dev = self->rig.guest.dev;

	become_nobody();
	if (unshare(CLONE_NEWUSER))
		die("a user namespace");
	EXPECT_CALL(dev, -EPERM, device_attach(dev, self->rig.ifindex));
	expect_no_dumps(_metadata, -EPERM);
}

/* Asking for a port must not load the module: whoever has a namespace could. */
TEST_F(permissions, to_load_the_module)
{
	char command[128];

	snprintf(command, sizeof(command), "grep -aq rtnl-link- build/%s/vhuge.ko",
		 getenv("VHUGE_KERNEL") ?: "6.12");
	EXPECT_NE(0, system(command));
	snprintf(command, sizeof(command), "grep -aq 'license=GPL' build/%s/vhuge.ko",
		 getenv("VHUGE_KERNEL") ?: "6.12");
	EXPECT_EQ(0, system(command));
}

TEST_HARNESS_MAIN
