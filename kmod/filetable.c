// SPDX-License-Identifier: GPL-2.0-only
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/hashtable.h>
#include <linux/pagemap.h>
#include <linux/slab.h>

#include "compat/fs.h"
#include "elfnote.h"
#include "filetable.h"
#include "session.h"
#include "snapshot.h"

#define EMBER_FILES_MAX		65536

struct ember_filekey {
	u64 ino;
	u32 dev;
	u32 generation;
	u32 flags;		/* EMBER_FILE_ANON, _VDSO, for what has no inode */
	u32 reserved;
};

struct ember_fileentry {
	struct hlist_node node;
	struct ember_filekey key;
	u32 number;
	u8 build_id_bytes;	/* told; 0: try again */
};

struct ember_files {
	DECLARE_HASHTABLE(table, 8);
	u32 nr;
	char path[EMBER_PATH_MAX];
};

struct ember_files *ember_files_new(void)
{
	struct ember_files *files = kvzalloc(sizeof(*files), GFP_KERNEL);

	if (files)
		hash_init(files->table);
	return files;
}

void ember_files_free(struct ember_files *files)
{
	struct ember_fileentry *entry;
	struct hlist_node *next;
	int bucket;

	hash_for_each_safe(files->table, bucket, next, entry, node)
		kfree(entry);
	kvfree(files);
}

/* From the page cache alone: a stopped file server must not stop us. */
static int ember_file_read(void *context, u64 offset, void *to, u32 bytes)
{
	struct file *file = context;

	while (bytes) {
		u32 within = offset & (PAGE_SIZE - 1);
		u32 part = min_t(u32, bytes, PAGE_SIZE - within);
		struct page *page = find_get_page(file->f_mapping, offset >> PAGE_SHIFT);
		char *kernel;

		if (!page)
			return -EAGAIN;
		if (!PageUptodate(page)) {
			put_page(page);
			return -EAGAIN;
		}
		kernel = ember_kmap(page);
		memcpy(to, kernel + within, part);
		ember_kunmap(kernel);
		put_page(page);
		to += part;
		offset += part;
		bytes -= part;
	}
	return 0;
}

static const char *ember_file_path(struct ember_files *files, struct file *file,
				   u32 *flags)
{
	static const char deleted[] = " (deleted)";
	char *path;
	size_t n;

	if (!file)
		return *flags & EMBER_FILE_VDSO ? "[vdso]" : "[anon]";
	path = d_path(&file->f_path, files->path, sizeof(files->path));
	if (IS_ERR(path)) {
		*flags |= EMBER_FILE_CUT;
		return "";
	}
	if (d_unlinked(file->f_path.dentry)) {
		*flags |= EMBER_FILE_DELETED;
		n = strlen(path);
		if (n > sizeof(deleted) - 1 &&
		    !strcmp(path + n - (sizeof(deleted) - 1), deleted))
			path[n - (sizeof(deleted) - 1)] = 0;
	}
	return path;
}

static bool ember_file_tell(struct ember_spaces *spaces, struct ember_fileentry *entry,
			    struct file *file, const u8 *build_id, int build_id_bytes)
{
	u32 most = (spaces->ring.mask + 1) / 2 - sizeof(struct ember_rec_file) - 8;
	u32 flags = entry->key.flags;
	const char *path = ember_file_path(spaces->files, file, &flags);
	struct ember_rec_file *rec;
	u32 n = strlen(path);
	u32 padded;

	if (n > most) {
		path += n - most;
		n = most;
		flags |= EMBER_FILE_CUT;
	}
	padded = ALIGN(n + 1, 8);
	rec = ember_snapshot_reserve(spaces, EMBER_REC_FILE, sizeof(*rec) + padded);
	if (!rec)
		return false;
	memset(&rec->file, 0, sizeof(*rec) - sizeof(rec->h) + padded);
	rec->file = entry->number;
	rec->dev_major = MAJOR(entry->key.dev);
	rec->dev_minor = MINOR(entry->key.dev);
	rec->ino = entry->key.ino;
	rec->generation = entry->key.generation;
	rec->flags = flags;
	rec->build_id_bytes = build_id_bytes;
	memcpy(rec->build_id, build_id, build_id_bytes);
	rec->path_bytes = n;
	memcpy(rec->path, path, n);
	ember_ring_commit(&spaces->ring);
	return true;
}

u32 ember_files_number(struct ember_spaces *spaces, struct file *file, bool vdso)
{
	struct ember_files *files = spaces->files;
	struct ember_filekey key = { };
	struct ember_fileentry *entry;
	u8 build_id[EMBER_BUILD_ID_MAX];
	int n = 0;

	if (file) {
		struct inode *inode = file_inode(file);

		key.ino = inode->i_ino;
		key.dev = inode->i_sb->s_dev;
		key.generation = inode->i_generation;
		if (S_ISREG(inode->i_mode))
			n = max(0, ember_elf_build_id(ember_file_read, file, build_id));
	} else {
		key.flags = vdso ? EMBER_FILE_VDSO : EMBER_FILE_ANON;
	}
	hash_for_each_possible(files->table, entry, node, key.ino)
		if (!memcmp(&entry->key, &key, sizeof(key)))
			goto found;
	if (files->nr == EMBER_FILES_MAX)
		return 0;
	entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	if (!entry)
		return 0;
	entry->key = key;
	entry->number = ++files->nr;
	if (!ember_file_tell(spaces, entry, file, build_id, n)) {
		kfree(entry);
		return 0;
	}
	entry->build_id_bytes = n;
	hash_add(files->table, &entry->node, key.ino);
	return entry->number;
found:
	/* Its first pages have come into the cache meanwhile. */
	if (n && !entry->build_id_bytes &&
	    ember_file_tell(spaces, entry, file, build_id, n))
		entry->build_id_bytes = n;
	return entry->number;
}
