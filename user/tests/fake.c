// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../device.h"
#include "../port.h"
#include "fake.h"

static char calls[1 << 16];
static char returned[sizeof(calls)];
static const char *fail_call;
static const char *fail_text;
static int fail_error;
static const char *meanwhile_call;
static void (*meanwhile)(void);
static int devices;
static int last_device;

/* Of each device, by its descriptor. */
#define MAX_DEVICES 256
static int other_end[MAX_DEVICES];

/* A whole daemon has several threads. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void fake_reset(void)
{
	calls[0] = '\0';
	fail_call = NULL;
	fail_text = NULL;
	fail_error = 0;
	meanwhile_call = NULL;
}

/* What was called since the last time this was asked, a line for each call. */
const char *fake_calls(void)
{
	memcpy(returned, calls, sizeof(calls));
	calls[0] = '\0';
	return returned;
}

/* How many are open. */
int fake_devices(void)
{
	return devices;
}

/* Lets the next call fail whose line begins with @call. */
void fake_fail(const char *call, int error, const char *text)
{
	fail_call = call;
	fail_error = error;
	fail_text = text;
}

/* Has something happen during the next call whose line begins with @call. */
void fake_meanwhile(const char *call, void (*happens)(void))
{
	meanwhile_call = call;
	meanwhile = happens;
}

/* As when the port of the device that was opened last is deleted. */
void fake_hang_up(void)
{
	close(other_end[last_device]);
	other_end[last_device] = -1;
}

/* A daemon made of this file is held in a call by naming it in FAKE_BLOCK. */
static void block(const char *line)
{
	const char *call = getenv("FAKE_BLOCK");

	if (call && !strncmp(line, call, strlen(call)))
		pause();
}

static int record(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* @line was added to @calls. Returns the error that the call is to end with. */
static int verdict(const char *line)
{
	int err = 0;

	if (fail_call && !strncmp(line, fail_call, strlen(fail_call))) {
		strcat(calls, " failed");
		fail_call = NULL;
		err = -fail_error;
	}
	strcat(calls, "\n");
	return err;
}

static int record(const char *format, ...)
{
	char line[256];
	va_list args;
	size_t length;
	int err;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	pthread_mutex_lock(&lock);
	length = strlen(calls);
	/* Nobody compares that much: begin anew. */
	if (length > sizeof(calls) - 2 * sizeof(line))
		length = 0;
	memcpy(calls + length, line, strlen(line) + 1);
	err = verdict(line);
	pthread_mutex_unlock(&lock);
	block(line);
	if (meanwhile_call && !strncmp(line, meanwhile_call, strlen(meanwhile_call))) {
		meanwhile_call = NULL;
		meanwhile();
	}
	return err;
}

/* Descriptors are told apart by the size of their file, eventfds by their count. */
static unsigned long long identity(int fd)
{
	unsigned long long count = 0;
	struct stat st;

	if (fd < 0)
		return 0;
	if (fstat(fd, &st))
		return 999999;
	if (S_ISREG(st.st_mode))
		return st.st_size;
	if (read(fd, &count, sizeof(count)) != sizeof(count))
		return 888888;
	return count;
}

int port_ensure(const char *name, unsigned int queues, unsigned int *ifindex,
		char *cause, size_t size)
{
	int err = record("port %s %u", name, queues);

	*ifindex = FAKE_IFINDEX;
	if (err)
		snprintf(cause, size, "%s", fail_text);
	return err;
}

int device_open(void)
{
	int ends[2], err = record("open");

	if (err)
		return err;
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pthread_mutex_lock(&lock);
	other_end[ends[0] % MAX_DEVICES] = ends[1];
	last_device = ends[0] % MAX_DEVICES;
	devices++;
	pthread_mutex_unlock(&lock);
	return ends[0];
}

void device_close(int device)
{
	record("close");
	pthread_mutex_lock(&lock);
	if (other_end[device % MAX_DEVICES] >= 0)
		close(other_end[device % MAX_DEVICES]);
	devices--;
	pthread_mutex_unlock(&lock);
	close(device);
}

int device_info(int device, struct vhuge_info *info)
{
	(void)device;
	*info = (struct vhuge_info){
		.features = FAKE_FEATURES,
		.id = 1,
		.max_regions = FAKE_REGIONS,
		.max_vrings = FAKE_VRINGS,
		.max_vring_num = 1024,
		.ifindex = FAKE_IFINDEX,
		.queue_pairs = FAKE_PAIRS,
	};
	return record("info");
}

void device_error(int device, char *text, size_t size)
{
	(void)device;
	snprintf(text, size, "%s", fail_text ? fail_text : "");
}

int device_attach(int device, unsigned int ifindex)
{
	(void)device;
	return record("attach %u", ifindex);
}

int device_set_mtu(int device, unsigned int mtu)
{
	(void)device;
	return record("mtu %u", mtu);
}

int device_announce(int device, const uint8_t mac[6])
{
	(void)device;
	return record("announce %02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		      mac[4], mac[5]);
}

int device_set_features(int device, uint64_t features)
{
	(void)device;
	return record("features %#llx", (unsigned long long)features);
}

static int record_region(const char *call, const struct vhuge_region *r)
{
	return record("%s %#llx %#llx %#llx %#llx fd %llu", call, (unsigned long long)r->guest_addr,
		      (unsigned long long)r->user_addr, (unsigned long long)r->length,
		      (unsigned long long)r->offset, identity(r->fd));
}

int device_set_regions(int device, struct vhuge_region *regions, unsigned int count)
{
	unsigned int i;

	(void)device;
	for (i = 0; i < count; i++)
		record_region(" region", &regions[i]);
	return record("set regions %u", count);
}

int device_add_region(int device, struct vhuge_region *region)
{
	(void)device;
	return record_region("add region", region);
}

int device_remove_region(int device, struct vhuge_region *region)
{
	(void)device;
	return record_region("remove region", region);
}

int device_set_vring(int device, struct vhuge_vring *v)
{
	(void)device;
	if (v->flags == VHUGE_VRING_NUM)
		return record("num %u: %u", v->index, v->num);
	if (v->flags == VHUGE_VRING_BASE)
		return record("base %u: %u", v->index, v->base);
	return record("addr %u: %#llx %#llx %#llx flags %u", v->index, (unsigned long long)v->desc,
		      (unsigned long long)v->avail, (unsigned long long)v->used, v->flags);
}

int device_set_vring_fd(int device, unsigned int index, unsigned int kind, int fd)
{
	static const char * const kinds[] = { "kick", "call", "err" };

	(void)device;
	return record("%s %u: fd %llu", kinds[kind], index, identity(fd));
}

int device_enable_vring(int device, unsigned int index, bool enable)
{
	(void)device;
	if (index >= FAKE_VRINGS) {
		record("enable %u out of range", index);
		return -EINVAL;
	}
	return record("%s %u", enable ? "enable" : "disable", index);
}

int device_start_vring(int device, unsigned int index)
{
	(void)device;
	return record("start %u", index);
}

int device_stop_vring(int device, unsigned int index, uint32_t *base)
{
	(void)device;
	*base = 0x1234 + index;
	return record("stop %u", index);
}
