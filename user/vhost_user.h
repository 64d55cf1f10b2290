/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is on the wire between a vhost-user front-end (QEMU, DPDK virtio-user)
 * and its back-end. Numbers are in the byte order of the machine.
 */
#ifndef VHOST_USER_H
#define VHOST_USER_H

#include <assert.h>
#include <stdint.h>

enum vu_request {
	VU_GET_FEATURES = 1,
	VU_SET_FEATURES,
	VU_SET_OWNER,
	VU_RESET_OWNER,
	VU_SET_MEM_TABLE,
	VU_SET_LOG_BASE,
	VU_SET_LOG_FD,
	VU_SET_VRING_NUM,
	VU_SET_VRING_ADDR,
	VU_SET_VRING_BASE,
	VU_GET_VRING_BASE,
	VU_SET_VRING_KICK,
	VU_SET_VRING_CALL,
	VU_SET_VRING_ERR,
	VU_GET_PROTOCOL_FEATURES,
	VU_SET_PROTOCOL_FEATURES,
	VU_GET_QUEUE_NUM,
	VU_SET_VRING_ENABLE,
	VU_SEND_RARP,
	VU_NET_SET_MTU,
	VU_SET_BACKEND_REQ_FD,
	VU_IOTLB_MSG,
	VU_SET_VRING_ENDIAN,
	VU_GET_CONFIG,
	VU_SET_CONFIG,
	VU_CREATE_CRYPTO_SESSION,
	VU_CLOSE_CRYPTO_SESSION,
	VU_POSTCOPY_ADVISE,
	VU_POSTCOPY_LISTEN,
	VU_POSTCOPY_END,
	VU_GET_INFLIGHT_FD,
	VU_SET_INFLIGHT_FD,
	VU_GPU_SET_SOCKET,
	VU_RESET_DEVICE,
	VU_VRING_KICK,
	VU_GET_MAX_MEM_SLOTS,
	VU_ADD_MEM_REG,
	VU_REM_MEM_REG,
	VU_SET_STATUS,
	VU_GET_STATUS,
	VU_GET_SHARED_OBJECT,
	VU_SET_DEVICE_STATE_FD,
	VU_CHECK_DEVICE_STATE,
	VU_GET_SHMEM_CONFIG,
	VU_GET_VRING_BASE_SKIP_DRAIN,
	VU_REQUESTS
};

/* Bits of vu_header.flags */
#define VU_VERSION		0x1U
#define VU_VERSION_MASK		0x3U
#define VU_REPLY		0x4U
#define VU_NEED_REPLY		0x8U

/* The virtio feature bit that says: protocol features are understood */
#define VU_F_PROTOCOL_FEATURES	(1ULL << 30)

/* Protocol features */
#define VU_P_MQ			(1ULL << 0)
#define VU_P_RARP		(1ULL << 2)
#define VU_P_REPLY_ACK		(1ULL << 3)
#define VU_P_MTU		(1ULL << 4)
#define VU_P_RESET_DEVICE	(1ULL << 13)
#define VU_P_CONFIGURE_MEM_SLOTS (1ULL << 15)
#define VU_P_STATUS		(1ULL << 16)

/* The argument of SET_VRING_KICK, _CALL and _ERR */
#define VU_RING_INDEX		0xffULL
#define VU_RING_NO_FD		0x100ULL

/* The baseline is 8; some VMMs send up to 32 regions in one table. */
#define VU_MAX_REGIONS		32
#define VU_MAX_FDS		VU_MAX_REGIONS

struct vu_header {
	uint32_t request;
	uint32_t flags;
	uint32_t size;
};

struct vu_region {
	uint64_t guest_addr;
	uint64_t size;
	uint64_t user_addr;
	uint64_t mmap_offset;
};

struct vu_mem_table {
	uint32_t count;
	uint32_t padding;
	struct vu_region regions[VU_MAX_REGIONS];
};

struct vu_mem_region {
	uint64_t padding;
	struct vu_region region;
};

struct vu_vring_state {
	uint32_t index;
	uint32_t num;
};

struct vu_vring_addr {
	uint32_t index;
	uint32_t flags;
	uint64_t desc;
	uint64_t used;
	uint64_t avail;
	uint64_t log;
};

union vu_payload {
	uint64_t u64;
	struct vu_vring_state state;
	struct vu_vring_addr addr;
	struct vu_mem_table table;
	struct vu_mem_region region;
};

#define VU_MEM_TABLE_SIZE(n)	(8 + (n) * sizeof(struct vu_region))

static_assert(sizeof(struct vu_header) == 12, "header");
static_assert(sizeof(struct vu_region) == 32, "region");
static_assert(sizeof(struct vu_mem_table) == VU_MEM_TABLE_SIZE(VU_MAX_REGIONS), "table");
static_assert(sizeof(struct vu_mem_region) == 40, "single region");
static_assert(sizeof(struct vu_vring_state) == 8, "ring state");
static_assert(sizeof(struct vu_vring_addr) == 40, "ring addresses");

#endif /* VHOST_USER_H */
