// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation fails once while a port is made, deleted or looked at, and
 * while a guest sends: nothing is left of a port that was not made, what is
 * asked for is answered in full or not at all, a frame arrives or is counted.
 */
#include "harness.h"

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "die.h"
#include "failnth.h"
#include "netlink.h"
#include "rig.h"

#define NAME "vhugetest1"
#define PAGES 2
#define NUM 64
#define MOST 64

FIXTURE(failnth_port)
{
	struct hugepages before;
	struct mnl_socket *socket;
	/* Requests to add and to delete the port. */
	char add[512], delete[512];
	uint8_t command;
	int objects;
};

static void put_request(char *buffer, uint16_t type)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct nlattr *info;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(message, IFLA_IFNAME, NAME);
	if (type != RTM_NEWLINK)
		return;
	message->nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
	mnl_attr_put_u32(message, IFLA_NUM_TX_QUEUES, 2);
	mnl_attr_put_u32(message, IFLA_NUM_RX_QUEUES, 2);
	info = mnl_attr_nest_start(message, IFLA_LINKINFO);
	mnl_attr_put_str(message, IFLA_INFO_KIND, "vhuge");
	mnl_attr_nest_end(message, info);
}

FIXTURE_SETUP(failnth_port)
{
	NEED_MODULE_AND_PAGES(PAGES);
	self->before = hugepages_now();
	NEED_FAILURES();
	self->socket = mnl_socket_open(NETLINK_ROUTE);
	if (!self->socket || mnl_socket_bind(self->socket, 0, MNL_SOCKET_AUTOPID))
		die("netlink");
	put_request(self->add, RTM_NEWLINK);
	put_request(self->delete, RTM_DELLINK);
}

FIXTURE_TEARDOWN_PARENT(failnth_port)
{
	link_delete(NAME);
	expect_pages_back(_metadata, &self->before);
}

/* What the kernel has not told yet. */
static void drain(FIXTURE_DATA(failnth_port) *self)
{
	char buffer[8192];

	while (recv(mnl_socket_get_fd(self->socket), buffer, sizeof(buffer), MSG_DONTWAIT) >= 0 ||
	       errno != EAGAIN)
		;
}

/* The answer may be what fails: whether there is an interface tells more. */
static int send_request(FIXTURE_DATA(failnth_port) *self, const void *request)
{
	const struct nlmsghdr *message = request;
	char buffer[8192];
	ssize_t length;

	if (mnl_socket_sendto(self->socket, message, message->nlmsg_len) < 0)
		return -errno;
	length = mnl_socket_recvfrom(self->socket, buffer, sizeof(buffer));
	if (length < 0)
		return -errno;
	return mnl_cb_run(buffer, length, 0, mnl_socket_get_portid(self->socket), NULL, NULL) < 0 ?
	       -errno : 0;
}

static bool exists(void)
{
	return if_nametoindex(NAME);
}

static int add(void *arg)
{
	FIXTURE_DATA(failnth_port) *self = arg;
	int err = send_request(self, self->add);

	return err && exists() ? 0 : err;
}

static int delete(void *arg)
{
	FIXTURE_DATA(failnth_port) *self = arg;
	int err = send_request(self, self->delete);

	return err && !exists() ? 0 : err;
}

static const char *is_not_there(void *arg)
{
	drain(arg);
	return exists() ? "the port is there" : NULL;
}

static const char *is_there(void *arg)
{
	drain(arg);
	return exists() ? NULL : "the port is not there";
}

static void undo_add(void *arg)
{
	if (delete(arg))
		die("deleting the port");
}

static void undo_delete(void *arg)
{
	if (add(arg))
		die("adding the port");
}

/*
 * Each takes seconds of an emulated kernel that looks at everything, and most
 * are not the module's: every fifth.
 */
TEST_F_TIMEOUT(failnth_port, add, 1000)
{
	struct failnth failnth = {
		.arg = self,
		.call = add,
		.unchanged = is_not_there,
		.done = is_there,
		.undo = undo_add,
		.step = 5,
	};
	const char *wrong = failnth_each(&failnth);

	EXPECT_EQ(NULL, wrong)
		TH_LOG("failure %u (%s): %s", failnth.nth, strerror(-failnth.err), wrong);
	EXPECT_LE(10, failnth.failures);
	TH_LOG("%u failures", failnth.failures);
}

TEST_F_TIMEOUT(failnth_port, delete, 1000)
{
	struct failnth failnth = {
		.arg = self,
		.call = delete,
		.unchanged = is_there,
		.done = is_not_there,
		.undo = undo_delete,
		.step = 5,
	};
	const char *wrong;

	undo_delete(self);
	wrong = failnth_each(&failnth);
	EXPECT_EQ(NULL, wrong)
		TH_LOG("failure %u (%s): %s", failnth.nth, strerror(-failnth.err), wrong);
	TH_LOG("%u failures", failnth.failures);
}

static int dump(void *arg)
{
	FIXTURE_DATA(failnth_port) *self = arg;
	static struct object objects[MOST];

	self->objects = netlink_dump(self->command, objects, MOST);
	return self->objects < 0 ? self->objects : 0;
}

static const char *nothing_new(void *arg)
{
	(void)arg;
	return NULL;
}

static const char *all_told(void *arg)
{
	FIXTURE_DATA(failnth_port) *self = arg;

	return self->objects == 1 ? NULL : "another number of objects";
}

static void leave(void *arg)
{
	(void)arg;
}

/* One port, one device with a region of one segment and a ring that is set up. */
TEST_F(failnth_port, dumps)
{
	static const uint8_t commands[] = {
		VHUGE_GENL_PORT_GET, VHUGE_GENL_DEVICE_GET, VHUGE_GENL_VRING_GET,
		VHUGE_GENL_REGION_GET, VHUGE_GENL_SEGMENT_GET,
	};
	struct failnth failnth = {
		.arg = self,
		.call = dump,
		.unchanged = nothing_new,
		.done = all_told,
		.undo = leave,
	};
	struct guest guest;
	struct ring ring;
	const char *wrong;
	unsigned int i;

	ASSERT_NE(0, port_add(NAME, 1));
	guest_make(&guest, 1);
	ASSERT_EQ(0, guest_open(&guest));
	ring_make(&ring, &guest, RX, NUM);
	ASSERT_EQ(0, ring_set_up(&ring));
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		self->command = commands[i];
		wrong = failnth_each(&failnth);
		EXPECT_EQ(NULL, wrong)
			TH_LOG("command %u, failure %u (%s): %s", commands[i], failnth.nth,
			       strerror(-failnth.err), wrong);
		EXPECT_LE(5, failnth.failures);
	}
}

/*
 * The thread that serves the guest cannot allocate: the frame is dropped and
 * counted, and the buffer is given back.
 */
TEST_F(failnth_port, transmit)
{
	unsigned char arrived[WIRE_MAX];
	uint64_t dropped = 0, was;
	bool struck = true;
	unsigned char *frame;
	struct rig rig;
	unsigned int nth;

	rig_make(&rig, VERSION_1, NUM, PAGES);
	ASSERT_EQ(0, rig_start(&rig)) TH_LOG("%s", rig.step);
	frame = rig_alloc(&rig, 1500);
	ASSERT_TRUE(failnth_thread("napi/" PORT));
	for (nth = 1; struck; nth++) {
		ASSERT_GT(200, nth);
		rig_offer_frame(&rig, frame, 1500, nth);
		was = port_counter(PORT, "rx_packets");
		failnth_arm(nth);
		ASSERT_TRUE(rig_transmit(&rig, 1)) TH_LOG("failure %u", nth);
		struck = failnth_struck();
		if (port_counter(PORT, "rx_packets") == was) {
			ASSERT_TRUE(struck);
			ASSERT_EQ(++dropped, port_counter(PORT, "rx_dropped"));
			continue;
		}
		ASSERT_EQ(1500, wire_receive(rig.wire, arrived));
		ASSERT_EQ(1500, wire_compare(arrived, 1500, nth));
	}
	ASSERT_EQ(NULL, rig_sends(&rig, nth));
	EXPECT_LT(0, dropped);
	TH_LOG("%u failures, %lu frames dropped", nth - 2, dropped);
}

TEST_HARNESS_MAIN
