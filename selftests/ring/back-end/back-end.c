// SPDX-License-Identifier: GPL-2.0
/*
 * A vhost-user back-end that polls, around the ring code of the module: what it
 * does with a frame is what DPDK's net_vhost does, so the two can be compared.
 *
 *   back-end SOCKET receive          take what the guest sends into own buffers
 *   back-end SOCKET send LENGTH      give the guest frames of that length
 *   back-end SOCKET check COUNT      send frames that are all different, and have
 *                                    each come back as it was; from when there is
 *                                    something to read on the standard input on,
 *                                    since DPDK drops what comes while it starts
 *
 * It serves one front-end, for as long as that stays or until COUNT frames came
 * back, and says what it did.
 */
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "content.h"
#include "pool.h"
#include "serve.h"

/* Bursts between two looks at the socket. */
#define BURSTS 4096

/* Frames that are away: fewer than any ring holds, so that none is dropped. */
#define WINDOW 96U

struct work {
	enum { RECEIVE, SEND, CHECK } what;
	u64 count;
	bool ready;
	u64 sent;
	u64 received;
	u64 bytes;
	u64 bursts;
	u64 idle;
};

static const char usage[] =
	"usage: back-end SOCKET receive | send LENGTH | check COUNT\n";

#define OFFERED (1ULL << VIRTIO_F_VERSION_1 | 1ULL << VIRTIO_F_IN_ORDER | \
		 1ULL << VIRTIO_F_RING_PACKED | \
		 1ULL << VIRTIO_NET_F_MRG_RXBUF | \
		 1ULL << VIRTIO_RING_F_INDIRECT_DESC | \
		 1ULL << VIRTIO_RING_F_EVENT_IDX)

/* A look at a ring; those before the first frame do not count. */
static void tally(struct work *work, u64 *frames, int count)
{
	if (count > 0) {
		*frames += count;
		work->bursts++;
	} else if (*frames) {
		work->idle++;
	}
}

static int receive(struct session *session, struct work *work)
{
	struct frame frame[BURST];
	int i, count;

	pool_get(frame, BURST);
	count = serve_receive(session, frame);
	for (i = 0; i < count; i++) {
		if (work->what == CHECK &&
		    !content_check(&frame[i], work->received + i))
			exit(1);
		work->bytes += frame[i].length;
	}
	pool_put(frame, BURST);
	tally(work, &work->received, count);
	return count;
}

static int send_some(struct session *session, struct work *work, u32 most)
{
	struct frame frame[BURST];
	int count;
	u32 i;

	pool_get(frame, BURST);
	for (i = 0; i < most; i++) {
		if (work->what == CHECK)
			content_make(&frame[i], work->sent + i);
		else
			content_mark(&frame[i], work->sent + i, work->count);
	}
	count = serve_send(session, frame, most);
	pool_put(frame, BURST);
	tally(work, &work->sent, count);
	return count;
}

/* How many frames may be sent now. */
static u32 allowed(const struct work *work)
{
	u64 away = work->sent - work->received, left;

	if (work->what == SEND)
		return BURST;
	left = WINDOW - away;
	if (left > work->count - work->sent)
		left = work->count - work->sent;
	return left < BURST ? left : BURST;
}

/* May frames be sent yet? */
static bool ready(struct work *work)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	return work->what != CHECK || work->ready || poll(&input, 1, 0) > 0;
}

static bool finished(const struct work *work)
{
	return work->what == CHECK && work->received == work->count;
}

/* Return a negated fault. */
static int bursts(struct session *session, struct work *work)
{
	int i, ret = 0;

	for (i = 0; i < BURSTS && ret >= 0 && !finished(work); i++) {
		if (work->what != SEND && session_serves(session, SENDS))
			ret = receive(session, work);
		if (ret >= 0 && work->what != RECEIVE && work->ready && allowed(work) &&
		    session_serves(session, RECEIVES))
			ret = send_some(session, work, allowed(work));
	}
	return ret;
}

static int serve(struct session *session, struct work *work)
{
	int ret, err;

	while (!finished(work)) {
		err = session_listen(session);
		if (err == -EPIPE || err == -ECONNRESET)
			return finished(work) || work->what != CHECK ? 0 : 1;
		if (err) {
			fprintf(stderr, "back-end: %s\n", wire_error(-err));
			return 1;
		}
		work->ready = ready(work);
		ret = bursts(session, work);
		if (ret < 0) {
			fprintf(stderr, "back-end: ring broken: %s\n",
				vhuge_fault_text(-ret));
			return 1;
		}
	}
	return 0;
}

/* The connected socket. */
static int meet(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	unlink(path);
	if (listener < 0 ||
	    bind(listener, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(listener, 1)) {
		perror(path);
		exit(1);
	}
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	return fd;
}

static bool parse(int argc, char **argv, struct work *work)
{
	static const char *const name[] = { "receive", "send", "check" };

	if (argc < 3)
		return false;
	while (strcmp(argv[2], name[work->what]))
		if (work->what++ == CHECK)
			return false;
	if (argc != (work->what == RECEIVE ? 3 : 4))
		return false;
	if (argc == 4)
		work->count = strtoull(argv[3], NULL, 0);
	return work->what != SEND ||
	       (work->count >= 60 && work->count <= 1514);
}

int main(int argc, char **argv)
{
	struct work work = {};
	struct session session;
	int status;

	if (!parse(argc, argv, &work)) {
		fputs(usage, stderr);
		return 2;
	}
	pool_init();
	session_open(&session, meet(argv[1]), OFFERED);
	status = serve(&session, &work);
	printf("features %#llx sent %llu received %llu bytes %llu bursts %llu idle %llu\n",
	       session.features, work.sent, work.received, work.bytes,
	       work.bursts, work.idle);
	session_close(&session);
	return status;
}
