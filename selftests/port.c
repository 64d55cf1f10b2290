// SPDX-License-Identifier: GPL-2.0
/*
 * Ports: the interface as "ip link" sees it, guests that come and go, and what
 * keeps the module in memory.
 */
#include "harness.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <poll.h>
#include <sys/syscall.h>

#include "die.h"
#include "process.h"
#include "rig.h"
#include "wait.h"

#define PAGES 1
#define NUM 64

FIXTURE(port)
{
	struct hugepages before;
	/* A guest beside a port: nothing is opened, attached or started yet. */
	struct rig rig;
	int dev;
};

FIXTURE_SETUP(port)
{
	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	rig_make(&self->rig, VERSION_1, NUM, PAGES);
	ASSERT_EQ(0, guest_open(&self->rig.guest));
	self->dev = self->rig.guest.dev;
}

FIXTURE_TEARDOWN_PARENT(port)
{
	expect_pages_back(_metadata, &self->before);
}

/* Does what "ip -d link show" prints of the port contain this? */
static bool shows(const char *text)
{
	FILE *ip = popen("ip -d link show " PORT, "r");
	char all[4096];
	size_t length;

	if (!ip)
		die("running ip");
	length = fread(all, 1, sizeof(all) - 1, ip);
	all[length] = 0;
	pclose(ip);
	if (strstr(all, text))
		return true;
	fprintf(stderr, "# no \"%s\" in: %s\n", text, all);
	return false;
}

static void read_mac(char *mac, size_t room)
{
	FILE *file = fopen("/sys/class/net/" PORT "/address", "r");

	if (!file || !fgets(mac, room, file))
		die("reading the address of " PORT);
	fclose(file);
}

TEST_F(port, shows_what_it_is)
{
	EXPECT_TRUE(shows("vhuge"));
	EXPECT_TRUE(shows("mtu 1500"));
	EXPECT_TRUE(shows("link/ether"));
	EXPECT_EQ(0, port_ip("link del " PORT));
	EXPECT_EQ(0, if_nametoindex(PORT));
	ASSERT_NE(0, port_add(PORT, 4));
	EXPECT_TRUE(shows("numtxqueues 4"));
	/* Kernels without RPS do not tell. */
	EXPECT_EQ(!access("/sys/class/net/" PORT "/queues/rx-0/rps_cpus", F_OK),
		  shows("numrxqueues 4"));
	EXPECT_EQ(0, port_ip("link set " PORT " mtu 9000"));
	EXPECT_TRUE(shows("mtu 9000"));
	EXPECT_EQ(0, port_ip("link set " PORT " name vm7"));
	EXPECT_NE(0, if_nametoindex("vm7"));
	EXPECT_EQ(0, port_ip("link set vm7 name " PORT));
}

TEST_F(port, keeps_its_settings)
{
	char before[32], after[32];

	EXPECT_EQ(0, port_ip("link set " PORT " mtu 4000"));
	read_mac(before, sizeof(before));
	EXPECT_STRNE("00:00:00:00:00:00\n", before);
	ASSERT_CALL(self->dev, 0, device_attach(self->dev, self->rig.ifindex));
	ASSERT_CALL(self->dev, 0, device_detach(self->dev));
	close(self->dev);
	read_mac(after, sizeof(after));
	EXPECT_STREQ(before, after);
	EXPECT_TRUE(shows("mtu 4000"));
	EXPECT_EQ(0, port_ip("link set " PORT " address 02:00:00:00:12:34"));
	EXPECT_TRUE(shows("02:00:00:00:12:34"));
}

TEST_F(port, attach_and_detach)
{
	unsigned int many = port_add("vm1", 4);
	struct vhuge_info info;

	ASSERT_CALL(self->dev, 0, device_attach(self->dev, self->rig.ifindex));
	ASSERT_CALL(self->dev, 0, device_info(self->dev, &info));
	EXPECT_EQ(self->rig.ifindex, info.ifindex);
	EXPECT_EQ(1, info.queue_pairs);
	ASSERT_CALL(self->dev, 0, device_detach(self->dev));
	ASSERT_CALL(self->dev, 0, device_info(self->dev, &info));
	EXPECT_EQ(0, info.ifindex);
	EXPECT_EQ(0, info.queue_pairs);
	EXPECT_CALL(self->dev, -ENOENT, device_detach(self->dev));
	ASSERT_CALL(self->dev, 0, device_attach(self->dev, many));
	ASSERT_CALL(self->dev, 0, device_info(self->dev, &info));
	EXPECT_EQ(many, info.ifindex);
	EXPECT_EQ(4, info.queue_pairs);
}

TEST_F(port, has_one_guest)
{
	unsigned int other = port_add("vm1", 1);
	int dev = device_open();

	ASSERT_GE(dev, 0);
	ASSERT_CALL(self->dev, 0, device_attach(self->dev, self->rig.ifindex));
	EXPECT_CALL(dev, -EBUSY, device_attach(dev, self->rig.ifindex));
	EXPECT_GT(strlen(device_error(dev)), 0);
	EXPECT_CALL(self->dev, -EBUSY, device_attach(self->dev, other));
	EXPECT_CALL(self->dev, -EBUSY, device_attach(self->dev, self->rig.ifindex));
	ASSERT_CALL(self->dev, 0, device_detach(self->dev));
	EXPECT_CALL(dev, 0, device_attach(dev, self->rig.ifindex));
	EXPECT_CALL(self->dev, -EBUSY, device_attach(self->dev, self->rig.ifindex));
	close(dev);
	EXPECT_CALL(self->dev, 0, device_attach(self->dev, self->rig.ifindex));
}

TEST_F(port, that_does_not_exist)
{
	const unsigned int lo = if_nametoindex("lo");

	EXPECT_CALL(self->dev, -ENOENT, device_attach(self->dev, 0));
	EXPECT_CALL(self->dev, -ENOENT, device_attach(self->dev, 0x7ffffff0));
	EXPECT_CALL(self->dev, -ENOENT, device_attach(self->dev, 1U << 31));
	EXPECT_CALL(self->dev, -ENOENT, device_attach(self->dev, ~0U));
	EXPECT_CALL(self->dev, -ENOENT, device_attach(self->dev, lo));
	EXPECT_GT(strlen(device_error(self->dev)), 0);
	EXPECT_EQ(0, link_delete(PORT));
	EXPECT_CALL(self->dev, -ENOENT, device_attach(self->dev, self->rig.ifindex));
}

TEST_F(port, of_another_namespace)
{
	unsigned int ifindex = self->rig.ifindex;

	/* A number no interface of the new namespace has by chance. */
	while (ifindex < 32) {
		ASSERT_EQ(0, link_delete(PORT));
		ifindex = port_add(PORT, 1);
		ASSERT_NE(0, ifindex);
	}
	port_namespace();
	EXPECT_CALL(self->dev, -ENOENT, device_attach(self->dev, ifindex));
}

TEST_F(port, needs_cap_net_admin)
{
	process_drop_capability(CAP_NET_ADMIN);
	EXPECT_CALL(self->dev, -EPERM, device_attach(self->dev, self->rig.ifindex));
	EXPECT_GT(strlen(device_error(self->dev)), 0);
}

TEST_F(port, carrier_follows_the_guest)
{
	struct rig *rig = &self->rig;

	EXPECT_EQ(0, port_value(PORT, "carrier"));
	ASSERT_CALL(self->dev, 0, device_features(self->dev, rig->features));
	ASSERT_CALL(self->dev, 0, device_attach(self->dev, rig->ifindex));
	EXPECT_EQ(0, port_value(PORT, "carrier"));
	ASSERT_CALL(self->dev, 0, ring_set_up(&rig->rx));
	ASSERT_CALL(self->dev, 0, ring_set_up(&rig->tx));
	ASSERT_CALL(self->dev, 0, device_start(self->dev, RX));
	ASSERT_CALL(self->dev, 0, device_start(self->dev, TX));
	EXPECT_EQ(0, port_value(PORT, "carrier"));
	ASSERT_CALL(self->dev, 0, device_enable(self->dev, RX, 1));
	ASSERT_CALL(self->dev, 0, device_enable(self->dev, TX, 1));
	EXPECT_TRUE(port_wait_carrier(PORT, true));

	ASSERT_CALL(self->dev, 0, device_enable(self->dev, RX, 0));
	ASSERT_CALL(self->dev, 0, device_enable(self->dev, TX, 0));
	EXPECT_TRUE(port_wait_carrier(PORT, false));
	ASSERT_CALL(self->dev, 0, device_enable(self->dev, RX, 1));
	ASSERT_CALL(self->dev, 0, device_enable(self->dev, TX, 1));
	EXPECT_TRUE(port_wait_carrier(PORT, true));

	ASSERT_CALL(self->dev, 0, device_detach(self->dev));
	EXPECT_TRUE(port_wait_carrier(PORT, false));
	ASSERT_CALL(self->dev, 0, device_attach(self->dev, rig->ifindex));
	EXPECT_TRUE(port_wait_carrier(PORT, true));

	ASSERT_CALL(self->dev, 0, device_stop(self->dev, RX));
	ASSERT_CALL(self->dev, 0, device_stop(self->dev, TX));
	EXPECT_TRUE(port_wait_carrier(PORT, false));
	/* Enabling outlives stopping. */
	ASSERT_CALL(self->dev, 0, device_start(self->dev, RX));
	ASSERT_CALL(self->dev, 0, device_start(self->dev, TX));
	EXPECT_TRUE(port_wait_carrier(PORT, true));
	close(self->dev);
	EXPECT_TRUE(port_wait_carrier(PORT, false));
}

static void expect_no_port(struct __test_metadata *_metadata, int dev)
{
	struct vhuge_info info;

	EXPECT_TRUE(wait_for_event(dev, 0) & POLLHUP);
	ASSERT_CALL(dev, 0, device_info(dev, &info));
	EXPECT_EQ(0, info.ifindex);
	EXPECT_EQ(0, info.queue_pairs);
	EXPECT_CALL(dev, -ENOENT, device_detach(dev));
}

static short events_now(int dev)
{
	struct pollfd pollfd = { .fd = dev, .events = POLLIN | POLLOUT };

	if (poll(&pollfd, 1, 0) < 0)
		die("poll");
	return pollfd.revents;
}

TEST_F(port, deleted_while_in_use)
{
	unsigned int ifindex;

	ASSERT_CALL(self->dev, 0, device_attach(self->dev, self->rig.ifindex));
	ASSERT_CALL(self->dev, 0, ring_start(&self->rig.rx));
	ASSERT_CALL(self->dev, 0, ring_start(&self->rig.tx));
	EXPECT_EQ(0, events_now(self->dev) & POLLHUP);
	EXPECT_EQ(0, link_delete(PORT));
	expect_no_port(_metadata, self->dev);

	/* The rings stayed started: another port has a guest at once. */
	ifindex = port_add(PORT, 1);
	ASSERT_NE(0, ifindex);
	EXPECT_EQ(0, link_set_up(PORT, true));
	ASSERT_CALL(self->dev, 0, device_attach(self->dev, ifindex));
	EXPECT_EQ(0, events_now(self->dev) & POLLHUP);
	EXPECT_TRUE(port_wait_carrier(PORT, true));
}

TEST_F(port, goes_with_its_namespace)
{
	int ready[2];
	pid_t child;
	char byte;

	ASSERT_EQ(0, pipe(ready));
	child = fork();
	ASSERT_GE(child, 0);
	if (!child) {
		port_namespace();
		byte = device_attach(self->dev, port_add(PORT, 1));
		_exit(write(ready[1], &byte, 1) != 1);
	}
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	EXPECT_EQ(0, byte) TH_LOG("the module says: %s", device_error(self->dev));
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	expect_no_port(_metadata, self->dev);
	ASSERT_CALL(self->dev, 0, device_attach(self->dev, self->rig.ifindex));
}

TEST_F(port, many_come_and_go)
{
	unsigned int ifindex;
	int i;

	ASSERT_CALL(self->dev, 0, ring_start(&self->rig.rx));
	ASSERT_CALL(self->dev, 0, ring_start(&self->rig.tx));
	for (i = 0; i < 20; i++) {
		ifindex = port_add("vm1", 1 + i % 3);
		ASSERT_NE(0, ifindex);
		ASSERT_EQ(0, link_set_up("vm1", i & 1));
		ASSERT_CALL(self->dev, 0, device_attach(self->dev, ifindex));
		if (i & 2)
			ASSERT_CALL(self->dev, 0, device_detach(self->dev));
		ASSERT_EQ(0, link_delete("vm1"));
	}
}

static int unload(void)
{
	return syscall(SYS_delete_module, "vhuge", O_NONBLOCK) ? -errno : 0;
}

static bool refused(int result)
{
	return result == -EBUSY || result == -EWOULDBLOCK;
}

TEST_F(port, guest_keeps_the_module)
{
	EXPECT_TRUE(refused(unload())) TH_LOG("with a device open");
	ASSERT_CALL(self->dev, 0, device_attach(self->dev, self->rig.ifindex));
	EXPECT_TRUE(refused(unload())) TH_LOG("with a guest at a port");
	ASSERT_EQ(0, link_delete(PORT));
	EXPECT_TRUE(refused(unload())) TH_LOG("with a device open, and no port");
}

TEST_HARNESS_MAIN
