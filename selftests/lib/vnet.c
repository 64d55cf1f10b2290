// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

#include "die.h"
#include "link.h"
#include "port.h"
#include "vnet.h"
#include "wait.h"

#define TUN "/dev/net/tun"

int vnet_open(unsigned int ifindex)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = ifindex,
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int room = 64 << 20, on = 1;

	if (fd < 0)
		die("packet socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)))
		die("options of the packet socket");
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die("binding to interface %u", ifindex);
	return fd;
}

int vnet_send(int vnet, const struct virtio_net_hdr *header, const unsigned char *frame,
	      size_t length)
{
	struct iovec parts[] = {
		{ (void *)header, sizeof(*header) },
		{ (void *)frame, length },
	};

	return writev(vnet, parts, 2) < 0 ? -errno : 0;
}

size_t vnet_receive(int vnet, struct virtio_net_hdr *header, unsigned char *frame, size_t room)
{
	struct iovec parts[] = {
		{ header, sizeof(*header) },
		{ frame, room },
	};
	ssize_t length;

	if (!wait_for_event(vnet, POLLIN))
		return 0;
	length = readv(vnet, parts, 2);
	if (length < 0)
		die("receiving from the packet socket");
	return length - sizeof(*header);
}

/* Nobody who cares for devices runs where tests do. */
static int open_tun(void)
{
	int fd = open(TUN, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (system("modprobe tun") || access(TUN, F_OK)) {
		mkdir("/dev/net", 0755);
		if (mknod(TUN, S_IFCHR | 0600, makedev(10, 200)) && errno != EEXIST)
			return -1;
	}
	return open(TUN, O_RDWR | O_CLOEXEC);
}

int vnet_tap(const char *name, unsigned int *ifindex)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open_tun();

	if (fd < 0)
		return -1;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &request))
		die("making tap %s", name);
	port_silence(name);
	if (link_set_up(name, true))
		die("tap %s", name);
	*ifindex = if_nametoindex(name);
	return fd;
}
