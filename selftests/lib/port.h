/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Network interfaces of kind "vhuge", in a network namespace of the test's own,
 * where nothing sends but the test and which goes when the test has gone.
 */
#ifndef SELFTESTS_PORT_H
#define SELFTESTS_PORT_H

#include <stdbool.h>
#include <stdint.h>

#define PORT "vm0"

/* Enters a new network namespace, with a /sys that shows it. */
void port_namespace(void);

/* Runs "ip ..."; returns its exit status. */
int port_ip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Adds a port that does not speak of its own accord. Returns its ifindex, 0: failed. */
unsigned int port_add(const char *name, unsigned int queues);

void port_up(const char *name);

/* Keeps an interface from sending by IPv6 what no test asked for. */
void port_silence(const char *name);

/* A number below /sys/class/net/NAME/, -1 when it cannot be read. */
long port_value(const char *name, const char *file);

/* A counter of "ip -s link": rx_packets, tx_bytes, ... */
uint64_t port_counter(const char *name, const char *counter);

/* Sum of the statistics of "ethtool -S" whose names match a shell pattern. */
uint64_t port_statistic(const char *name, const char *pattern, unsigned int *matches);

/* Is a feature of "ethtool -k" on? And "ethtool -K", whether it follows or not. */
bool port_feature(const char *name, const char *feature);
void port_set_feature(const char *name, const char *feature, bool on);

/* "ethtool --set-tunable rx-copybreak": the longest packet that is always copied. */
void port_set_copybreak(const char *name, uint32_t bytes);

/*
 * "ethtool -C": how long a pair polls before it asks for kicks (rx-usecs), and does a softirq
 * take what is part of a talk (adaptive-rx)? Was it accepted?
 */
bool port_set_polling(const char *name, uint32_t usecs, bool adaptive);

/* Does a thread of its own serve each queue pair, or a softirq? */
void port_set_threaded(const char *name, bool threaded);

/* Waits until the counter is @value; returns what it is. */
uint64_t port_wait_counter(const char *name, const char *counter, uint64_t value);

/* Waits for the carrier to be as wanted, and for the kernel to have followed it. */
bool port_wait_carrier(const char *name, bool carrier);

#endif
