// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "format.h"

static const char * const features[64] = {
	[0] = "csum",
	[1] = "guest_csum",
	[2] = "ctrl_guest_offloads",
	[3] = "mtu",
	[5] = "mac",
	[6] = "gso",
	[7] = "guest_tso4",
	[8] = "guest_tso6",
	[9] = "guest_ecn",
	[10] = "guest_ufo",
	[11] = "host_tso4",
	[12] = "host_tso6",
	[13] = "host_ecn",
	[14] = "host_ufo",
	[15] = "mrg_rxbuf",
	[16] = "status",
	[17] = "ctrl_vq",
	[18] = "ctrl_rx",
	[19] = "ctrl_vlan",
	[20] = "ctrl_rx_extra",
	[21] = "guest_announce",
	[22] = "mq",
	[23] = "ctrl_mac_addr",
	[24] = "notify_on_empty",
	[26] = "log_all",
	[27] = "any_layout",
	[28] = "indirect_desc",
	[29] = "event_idx",
	[32] = "version_1",
	[33] = "access_platform",
	[34] = "ring_packed",
	[35] = "in_order",
	[36] = "order_platform",
	[37] = "sr_iov",
	[38] = "notification_data",
	[40] = "ring_reset",
	[53] = "notf_coal",
	[54] = "guest_uso4",
	[55] = "guest_uso6",
	[56] = "host_uso",
	[57] = "hash_report",
	[59] = "guest_hdrlen",
	[60] = "rss",
	[61] = "rsc_ext",
	[62] = "standby",
	[63] = "speed_duplex",
};

/**
 * format_feature() - name of a virtio feature bit (virtio 1.2, 5.1.3 and 6)
 * @bit: number of the bit, below 64
 *
 * Returns: the name, NULL when it has none.
 */
const char *format_feature(unsigned int bit)
{
	return features[bit];
}

/**
 * format_bytes() - a size with its unit
 * @text: receives it, FORMAT_BYTES long
 * @bytes: the size
 *
 * The unit is the largest in which the size is a whole number: nothing is
 * rounded away.
 *
 * Returns: @text
 */
const char *format_bytes(char *text, uint64_t bytes)
{
	static const char * const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	unsigned int unit = 0;

	while (bytes && !(bytes & 1023) && unit < 4) {
		bytes >>= 10;
		unit++;
	}
	snprintf(text, FORMAT_BYTES, "%llu %s", (unsigned long long)bytes, units[unit]);
	return text;
}

/* A process names itself as it likes; a terminal must not obey that name. */
void format_plain(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
			*text = '?';
	}
}
