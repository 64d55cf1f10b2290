// SPDX-License-Identifier: GPL-2.0
/*
 * Ordered init and exit of the module; nothing else.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <net/rtnetlink.h>

#include "dev.h"
#include "iommu.h"
#include "netlink.h"
#include "port.h"
#include "zerocopy.h"

#ifndef CONFIG_64BIT
#error "guest memory is reached through the linear map of a 64-bit kernel"
#endif

static int __init vhuge_init(void)
{
	int err;

	err = rtnl_link_register(&vhuge_link_ops);
	if (err)
		return err;

	err = vhuge_netlink_init();
	if (err)
		goto unregister_link;

	err = vhuge_iommu_init();
	if (err)
		goto exit_netlink;

	err = vhuge_dev_init();
	if (err)
		goto exit_iommu;
	return 0;

exit_iommu:
	vhuge_iommu_exit();
exit_netlink:
	vhuge_netlink_exit();
unregister_link:
	rtnl_link_unregister(&vhuge_link_ops);
	return err;
}

static void __exit vhuge_exit(void)
{
	vhuge_dev_exit();
	vhuge_iommu_exit();
	vhuge_netlink_exit();
	rtnl_link_unregister(&vhuge_link_ops);
	vhuge_zerocopy_exit();
}

module_init(vhuge_init);
module_exit(vhuge_exit);

MODULE_DESCRIPTION("Virtqueues of guests with pinned hugepages as network interface queues");
MODULE_AUTHOR("vhuge developers");
MODULE_LICENSE("GPL");
