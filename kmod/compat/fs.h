/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmap_local_page() came with 5.11. Whether __fput_sync() is exported, and whether
 * there is file_user_path(), Kbuild looks up.
 */
#ifndef EMBER_COMPAT_FS_H
#define EMBER_COMPAT_FS_H

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/magic.h>
#include <linux/version.h>

/* Not in magic.h before 5.14, in some versions not at all. */
#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC	0x65735546
#endif
#ifndef CEPH_SUPER_MAGIC
#define CEPH_SUPER_MAGIC	0x00c36400
#endif
#ifndef CIFS_SUPER_MAGIC
#define CIFS_SUPER_MAGIC	0xFF534D42
#endif
#ifndef SMB2_SUPER_MAGIC
#define SMB2_SUPER_MAGIC	0xFE534D42
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
#define ember_kmap(page)	kmap_local_page(page)
#define ember_kunmap(address)	kunmap_local(address)
#else
#define ember_kmap(page)	kmap_atomic(page)
#define ember_kunmap(address)	kunmap_atomic(address)
#endif

/* The path that the task opened, which on an overlay isn't the file's own. Before
 * file_user_path() an overlay's file had it in f_path.
 */
static inline const struct path *ember_file_path(struct file *file)
{
#ifdef EMBER_HAVE_FILE_USER_PATH
	return file_user_path(file);
#else
	return &file->f_path;
#endif
}

/* As /proc/PID/maps has it: of an overlay's file it's the one underneath, before
 * file_user_path().
 */
static inline const struct inode *ember_file_inode(struct file *file)
{
#ifdef EMBER_HAVE_FILE_USER_PATH
	return d_inode(file_user_path(file)->dentry);
#else
	return file_inode(file);
#endif
}

/* Closing a file there may mean to ask a server that doesn't answer. */
static inline bool ember_file_remote(const struct file *file)
{
	switch (file_inode(file)->i_sb->s_magic) {
	case FUSE_SUPER_MAGIC:
	case NFS_SUPER_MAGIC:
	case SMB_SUPER_MAGIC:
	case SMB2_SUPER_MAGIC:
	case CIFS_SUPER_MAGIC:
	case V9FS_MAGIC:
	case CEPH_SUPER_MAGIC:
	case CODA_SUPER_MAGIC:
	case AFS_SUPER_MAGIC:
	case AFS_FS_MAGIC:
		return true;
	}
	return false;
}

/*
 * From a kernel thread. fput() there closes the file a clock tick later; until then
 * its mount is busy.
 */
static inline void ember_fput(struct file *file)
{
#ifdef EMBER_HAVE_FPUT_SYNC
	if (!ember_file_remote(file)) {
		__fput_sync(file);
		return;
	}
#endif
	fput(file);
}

#endif
