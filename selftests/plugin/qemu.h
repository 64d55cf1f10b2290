/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Of the interface between QEMU and its plugins, version 1, what is of use here; no
 * package has its header.
 */
#ifndef PLUGIN_QEMU_H
#define PLUGIN_QEMU_H

#include <stddef.h>
#include <stdint.h>

/* A block of code that was translated. */
struct qemu_plugin_tb;

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);

/* Have a function called for each block that is translated. */
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id,
					   void (*fn)(uint64_t id,
						      struct qemu_plugin_tb *tb));

/* Have a function called whenever a block is executed. @flags: 0, no registers. */
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
					  void (*fn)(unsigned int cpu,
						     void *data),
					  int flags, void *data);

/* What a plugin has. */
#define QEMU_EXPORTED __attribute__((visibility("default")))

extern QEMU_EXPORTED int qemu_plugin_version;

QEMU_EXPORTED int qemu_plugin_install(uint64_t id, const void *info, int argc,
				      char **argv);

#endif /* PLUGIN_QEMU_H */
