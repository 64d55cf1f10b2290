// SPDX-License-Identifier: GPL-2.0
#include <linux/if_link.h>
#include <stdint.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "die.h"
#include "program.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define INSN(op, to, from, at, number) \
	((struct bpf_insn) { op, BPF_REG_##to, BPF_REG_##from, at, number })
#define SET(to, number) INSN(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, number)
#define COPY(to, from) INSN(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0)
#define ADD(to, number) INSN(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, number)
#define LOAD(size, to, from, at) INSN(BPF_LDX | BPF_MEM | (size), to, from, at, 0)
#define STORE(size, to, at, from) INSN(BPF_STX | BPF_MEM | (size), to, from, at, 0)
#define CALL(function) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, function)
#define EXIT INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
/* The two halves of a load of a map's address. */
#define MAP(to, map) INSN(BPF_LD | BPF_DW | BPF_IMM, to, 1, 0, map), \
	((struct bpf_insn) { 0 })

/* Aborts with less than @bytes; those are at register 2 then. @context: in this one. */
#define NEED(context, bytes)						\
	SET(0, XDP_ABORTED),						\
	LOAD(BPF_W, 2, context, offsetof(struct xdp_md, data)),		\
	LOAD(BPF_W, 3, context, offsetof(struct xdp_md, data_end)),	\
	COPY(4, 2),							\
	ADD(4, bytes),							\
	INSN(BPF_JMP | BPF_JLE | BPF_X, 4, 3, 1, 0),			\
	EXIT

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int load(const struct bpf_insn *insns, unsigned int count, unsigned int flags)
{
	static char log[65536];
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)insns,
		.insn_cnt = count,
		.license = (uintptr_t)"GPL",
		.log_buf = (uintptr_t)log,
		.log_size = sizeof(log),
		.log_level = 1,
		.prog_flags = flags,
		.expected_attach_type = BPF_XDP,
	};
	int fd = bpf(BPF_PROG_LOAD, &attr);

	if (fd < 0)
		die("loading a program: %s", log);
	return fd;
}

int program_verdict(int verdict)
{
	const struct bpf_insn insns[] = { SET(0, verdict), EXIT };

	return load(insns, COUNT(insns), 0);
}

int program_swap(void)
{
	const struct bpf_insn insns[] = {
		NEED(1, 12),
		LOAD(BPF_W, 5, 2, 0), LOAD(BPF_H, 6, 2, 4),
		LOAD(BPF_W, 7, 2, 6), LOAD(BPF_H, 8, 2, 10),
		STORE(BPF_W, 2, 6, 5), STORE(BPF_H, 2, 10, 6),
		STORE(BPF_W, 2, 0, 7), STORE(BPF_H, 2, 4, 8),
		SET(0, XDP_TX), EXIT,
	};

	return load(insns, COUNT(insns), 0);
}

/* Calls a helper that changes the packet by @delta; passes it when that worked. */
static int change(int helper, int delta)
{
	const struct bpf_insn insns[] = {
		SET(2, delta), CALL(helper),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2, 0),
		SET(0, XDP_ABORTED), EXIT,
		SET(0, XDP_PASS), EXIT,
	};

	return load(insns, COUNT(insns), 0);
}

int program_head(int delta)
{
	return change(BPF_FUNC_xdp_adjust_head, delta);
}

int program_tail(int delta)
{
	return change(BPF_FUNC_xdp_adjust_tail, delta);
}

int program_redirect(int map, bool frags)
{
	const struct bpf_insn insns[] = {
		MAP(1, map), SET(2, 0), SET(3, 0), CALL(BPF_FUNC_redirect_map), EXIT,
	};

	return load(insns, COUNT(insns), frags ? BPF_F_XDP_HAS_FRAGS : 0);
}

int program_map(enum bpf_map_type type)
{
	union bpf_attr attr = {
		.map_type = type, .key_size = 4, .value_size = 4, .max_entries = 1,
	};
	int fd = bpf(BPF_MAP_CREATE, &attr);

	if (fd < 0)
		die("making a map of type %d", type);
	return fd;
}

int program_map_set(int map, int value)
{
	int key = 0;
	union bpf_attr attr = {
		.map_fd = map, .key = (uintptr_t)&key, .value = (uintptr_t)&value,
	};

	return bpf(BPF_MAP_UPDATE_ELEM, &attr) ? -errno : 0;
}

int program_attach(int program, unsigned int ifindex)
{
	union bpf_attr attr = {
		.link_create = {
			.prog_fd = program, .target_ifindex = ifindex,
			.attach_type = BPF_XDP, .flags = XDP_FLAGS_DRV_MODE,
		},
	};
	int fd = bpf(BPF_LINK_CREATE, &attr);

	return fd < 0 ? -errno : fd;
}

int program_replace(int link, int program)
{
	union bpf_attr attr = {
		.link_update = { .link_fd = link, .new_prog_fd = program },
	};

	return bpf(BPF_LINK_UPDATE, &attr) ? -errno : 0;
}
