// SPDX-License-Identifier: GPL-2.0-only
/* A device in the module's place that speaks a later version, or no version at all. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

static bool mute;
module_param(mute, bool, 0444);

static long otherabi_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	u32 version = 99;

	if (mute)
		return -ENOTTY;
	/* Behind `size`, as in struct ember_query, whatever else has changed. */
	return copy_to_user((u32 __user *)arg + 1, &version, sizeof(version)) ? -EFAULT : 0;
}

static const struct file_operations otherabi_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = otherabi_ioctl,
};

static struct miscdevice otherabi_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "emberprof",
	.fops = &otherabi_fops,
	.mode = 0666,
};

module_misc_device(otherabi_misc);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Another version of the contract, for a test");
