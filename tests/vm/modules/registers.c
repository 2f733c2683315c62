// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/registers: a device's registers, as a process maps them by UIO or /dev/mem: a page
 * by its number, uncached. phys: where they are.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

static ulong phys;
module_param(phys, ulong, 0444);

static int registers_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	return io_remap_pfn_range(vma, vma->vm_start, phys >> PAGE_SHIFT,
				  vma->vm_end - vma->vm_start, vma->vm_page_prot);
}

static const struct file_operations registers_fops = {
	.owner = THIS_MODULE,
	.mmap = registers_mmap,
};

static struct miscdevice registers_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "registers",
	.mode = 0600,
	.fops = &registers_fops,
};

module_misc_device(registers_misc);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("For tests: a device's registers, to be mapped");
