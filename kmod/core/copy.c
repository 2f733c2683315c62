// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "copy.h"

int ember_copy_in(void *to, size_t known, size_t least, void __user *user)
{
	u32 size;
	int err;

	if (get_user(size, (u32 __user *)user))
		return -EFAULT;
	if (size < least || size > PAGE_SIZE)
		return size < least ? -EINVAL : -E2BIG;
	err = copy_struct_from_user(to, known, user, size);
	if (err)
		return err;
	*(u32 *)to = size;
	return 0;
}

int ember_copy_out(void __user *user, const void *from, size_t known)
{
	u32 size = *(const u32 *)from;

	return copy_to_user(user, from, min_t(size_t, size, known)) ? -EFAULT : 0;
}
