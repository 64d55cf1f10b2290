// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <kselftest.h>

#include "die.h"
#include "link.h"
#include "verified.h"

#define REQUEST 512

/* bpf_csum_level(skb, BPF_CSUM_LEVEL_INC); return TC_ACT_OK; */
static int load_program(void)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = BPF_CSUM_LEVEL_INC },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_csum_level },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = TC_ACT_OK },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SCHED_CLS,
		.insn_cnt = ARRAY_SIZE(program),
		.insns = (uintptr_t)program,
		.license = (uintptr_t)"GPL",
	};
	int fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	if (fd < 0)
		die("loading a program");
	return fd;
}

static struct tcmsg *put_tc(struct nlmsghdr *message, uint16_t type, unsigned int ifindex,
			    const char *kind)
{
	struct tcmsg *tc;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	tc = mnl_nlmsg_put_extra_header(message, sizeof(*tc));
	tc->tcm_ifindex = ifindex;
	mnl_attr_put_strz(message, TCA_KIND, kind);
	return tc;
}

static int add_clsact(unsigned int ifindex)
{
	char buffer[REQUEST];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct tcmsg *tc = put_tc(message, RTM_NEWQDISC, ifindex, "clsact");

	tc->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	tc->tcm_parent = TC_H_CLSACT;
	return link_ask(message);
}

static int add_program(unsigned int ifindex, int program)
{
	char buffer[REQUEST];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct tcmsg *tc = put_tc(message, RTM_NEWTFILTER, ifindex, "bpf");
	struct nlattr *options;

	tc->tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS);
	tc->tcm_info = TC_H_MAKE(1U << 16, htons(ETH_P_ALL));
	options = mnl_attr_nest_start(message, TCA_OPTIONS);
	mnl_attr_put_u32(message, TCA_BPF_FD, program);
	mnl_attr_put_strz(message, TCA_BPF_NAME, "verified");
	mnl_attr_put_u32(message, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	mnl_attr_nest_end(message, options);
	return link_ask(message);
}

int verified_from_now_on(unsigned int ifindex)
{
	int program = load_program();
	int err = add_clsact(ifindex);

	if (!err)
		err = add_program(ifindex, program);
	close(program);
	return err;
}
