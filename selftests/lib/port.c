// SPDX-License-Identifier: GPL-2.0
#include <fnmatch.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "die.h"
#include "link.h"
#include "port.h"
#include "wait.h"

void port_namespace(void)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS))
		die("a network namespace of our own");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("sysfs", "/sys", "sysfs", 0, NULL))
		die("mounting its /sys");
}

int port_ip(const char *format, ...)
{
	char command[512] = "ip ";
	va_list args;
	int status;

	va_start(args, format);
	vsnprintf(command + 3, sizeof(command) - 3, format, args);
	va_end(args);
	status = system(command);
	if (status < 0)
		die("%s", command);
	return WEXITSTATUS(status);
}

void port_silence(const char *name)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
	file = fopen(path, "w");
	if (!file)
		return;
	fputs("1", file);
	if (fclose(file))
		die("%s", path);
}

void port_up(const char *name)
{
	int err = link_set_up(name, true);

	if (err) {
		errno = -err;
		die("setting %s up", name);
	}
}

unsigned int port_add(const char *name, unsigned int queues)
{
	if (link_add(name, queues))
		return 0;
	port_silence(name);
	return if_nametoindex(name);
}

long port_value(const char *name, const char *file)
{
	char path[128];
	long value;
	FILE *in;

	snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name, file);
	in = fopen(path, "r");
	if (!in)
		return -1;
	/* The carrier of an interface that is down cannot be read. */
	if (fscanf(in, "%ld", &value) != 1)
		value = -1;
	fclose(in);
	return value;
}

uint64_t port_counter(const char *name, const char *counter)
{
	char file[64];
	long value;

	snprintf(file, sizeof(file), "statistics/%s", counter);
	value = port_value(name, file);
	if (value < 0)
		die("%s of %s", counter, name);
	return value;
}

/* One SIOCETHTOOL call; returns false where the port does not have it. */
static bool ethtool(const char *name, void *command)
{
	struct ifreq request = { .ifr_data = command };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd < 0)
		die("socket");
	err = ioctl(fd, SIOCETHTOOL, &request);
	close(fd);
	return err >= 0;
}

static unsigned int count_strings(const char *name, unsigned int set)
{
	struct {
		struct ethtool_sset_info info;
		uint32_t count;
	} sset = {
		.info = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << set },
	};

	return ethtool(name, &sset) ? sset.info.data[0] : 0;
}

uint64_t port_statistic(const char *name, const char *pattern, unsigned int *matches)
{
	unsigned int count = count_strings(name, ETH_SS_STATS), i;
	struct ethtool_gstrings *strings = calloc(1, sizeof(*strings) + count * ETH_GSTRING_LEN);
	struct ethtool_stats *stats = calloc(1, sizeof(*stats) + count * sizeof(uint64_t));
	uint64_t sum = 0;

	strings->cmd = ETHTOOL_GSTRINGS;
	strings->string_set = ETH_SS_STATS;
	strings->len = count;
	stats->cmd = ETHTOOL_GSTATS;
	stats->n_stats = count;
	*matches = 0;
	if (!count || !ethtool(name, strings) || !ethtool(name, stats))
		count = 0;
	for (i = 0; i < count; i++) {
		if (fnmatch(pattern, (char *)&strings->data[i * ETH_GSTRING_LEN], 0))
			continue;
		sum += stats->data[i];
		*matches += 1;
	}
	free(strings);
	free(stats);
	return sum;
}

/* Where a feature is among those of this kernel; @count: how many there are. */
static unsigned int find_feature(const char *name, const char *feature, unsigned int *count)
{
	struct ethtool_gstrings *strings;
	unsigned int at;

	*count = count_strings(name, ETH_SS_FEATURES);
	strings = calloc(1, sizeof(*strings) + *count * ETH_GSTRING_LEN);
	strings->cmd = ETHTOOL_GSTRINGS;
	strings->string_set = ETH_SS_FEATURES;
	strings->len = *count;
	if (!ethtool(name, strings))
		die("names of the features of %s", name);
	for (at = 0; at < *count; at++)
		if (!strcmp((char *)&strings->data[at * ETH_GSTRING_LEN], feature))
			break;
	if (at == *count)
		die("%s has no feature %s", name, feature);
	free(strings);
	return at;
}

bool port_feature(const char *name, const char *feature)
{
	unsigned int count, at = find_feature(name, feature, &count);
	unsigned int blocks = (count + 31) / 32;
	struct ethtool_gfeatures *get;
	bool on;

	get = calloc(1, sizeof(*get) + blocks * sizeof(get->features[0]));
	get->cmd = ETHTOOL_GFEATURES;
	get->size = blocks;
	if (!ethtool(name, get))
		die("features of %s", name);
	on = get->features[at / 32].active >> at % 32 & 1;
	free(get);
	return on;
}

void port_set_feature(const char *name, const char *feature, bool on)
{
	unsigned int count, at = find_feature(name, feature, &count);
	unsigned int blocks = (count + 31) / 32;
	struct ethtool_sfeatures *set;

	set = calloc(1, sizeof(*set) + blocks * sizeof(set->features[0]));
	set->cmd = ETHTOOL_SFEATURES;
	set->size = blocks;
	set->features[at / 32].valid = 1U << at % 32;
	set->features[at / 32].requested = (uint32_t)on << at % 32;
	if (!ethtool(name, set))
		die("setting feature %s of %s", feature, name);
	free(set);
}

void port_set_copybreak(const char *name, uint32_t bytes)
{
	struct {
		struct ethtool_tunable tunable;
		uint32_t bytes;
	} set = {
		.tunable = {
			.cmd = ETHTOOL_STUNABLE,
			.id = ETHTOOL_RX_COPYBREAK,
			.type_id = ETHTOOL_TUNABLE_U32,
			.len = sizeof(bytes),
		},
		.bytes = bytes,
	};

	if (!ethtool(name, &set))
		die("setting rx-copybreak of %s", name);
}

bool port_set_polling(const char *name, uint32_t usecs, bool adaptive)
{
	struct ethtool_coalesce set = {
		.cmd = ETHTOOL_SCOALESCE,
		.rx_coalesce_usecs = usecs,
		.use_adaptive_rx_coalesce = adaptive,
	};

	return ethtool(name, &set);
}

void port_set_threaded(const char *name, bool threaded)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/net/%s/threaded", name);
	file = fopen(path, "w");
	if (!file)
		die("%s", path);
	fprintf(file, "%d", threaded);
	if (fclose(file))
		die("%s", path);
}

struct expected {
	const char *name;
	const char *file;
	uint64_t value;
};

static bool counter_is(void *arg)
{
	const struct expected *expected = arg;

	return port_counter(expected->name, expected->file) == expected->value;
}

uint64_t port_wait_counter(const char *name, const char *counter, uint64_t value)
{
	struct expected expected = { name, counter, value };

	wait_until(counter_is, &expected);
	return port_counter(name, counter);
}

static bool value_is(void *arg)
{
	const struct expected *expected = arg;

	return port_value(expected->name, expected->file) == (long)expected->value;
}

static bool is_operational(void *arg)
{
	char path[64], state[16] = "";
	FILE *in;

	snprintf(path, sizeof(path), "/sys/class/net/%s/operstate", (char *)arg);
	in = fopen(path, "r");
	if (!in || !fgets(state, sizeof(state), in))
		die("reading %s", path);
	fclose(in);
	return !strcmp(state, "up\n");
}

bool port_wait_carrier(const char *name, bool carrier)
{
	struct expected expected = { name, "carrier", carrier };

	if (!wait_until(value_is, &expected))
		return false;
	if (!carrier)
		return true;
	/*
	 * Until the kernel has followed the carrier it drops what is sent. It
	 * does so under the lock of the interfaces' settings, which port_up()
	 * waits for.
	 */
	if (!wait_until(is_operational, (void *)name))
		return false;
	port_up(name);
	return true;
}
