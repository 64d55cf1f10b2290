// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include <linux/genetlink.h>

#include "genl.h"

static struct nlmsghdr *genl_request(void *buffer, uint16_t type, uint16_t flags,
				     uint8_t command, uint8_t version)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *genl;

	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	genl = mnl_nlmsg_put_extra_header(header, sizeof(*genl));
	genl->cmd = command;
	genl->version = version;
	return header;
}

/* One socket per request: one that broke off may have answers left in it. */
static int request(struct genl *genl, struct nlmsghdr *header, mnl_cb_t answer, void *context)
{
	struct nl nl;
	int err;

	err = nl_open(&nl, NETLINK_GENERIC);
	if (err)
		return err;
	err = nl_talk(&nl, header, answer, context);
	memcpy(genl->text, nl.text, sizeof(genl->text));
	nl_close(&nl);
	return err;
}

static int read_id(const struct nlmsghdr *header, void *context)
{
	struct genl *genl = context;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, header, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			genl->id = mnl_attr_get_u16(attr);
	}
	return MNL_CB_OK;
}

/**
 * genl_find() - look a family up
 * @genl: to set up
 * @name: of the family
 *
 * Returns: 0 or a negative error; -ENOENT: there is no such family.
 */
int genl_find(struct genl *genl, const char *name)
{
	char buffer[NL_REQUEST];
	struct nlmsghdr *header;

	*genl = (struct genl){ .name = name };
	header = genl_request(buffer, GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY, 1);
	mnl_attr_put_strz(header, CTRL_ATTR_FAMILY_NAME, name);
	return request(genl, header, read_id, genl);
}

/**
 * genl_dump() - ask for all objects of a command
 * @genl: the family
 * @command: what to dump
 * @version: of the family
 * @object: called for each object, its attributes behind a genlmsghdr
 * @context: handed to @object
 *
 * Returns: 0 or a negative error; -EINTR: objects came or went meanwhile.
 */
int genl_dump(struct genl *genl, uint8_t command, uint8_t version,
	      mnl_cb_t object, void *context)
{
	char buffer[NL_REQUEST];

	return request(genl, genl_request(buffer, genl->id, NLM_F_DUMP, command, version),
		       object, context);
}
