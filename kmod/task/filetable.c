// SPDX-License-Identifier: GPL-2.0-only
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/hashtable.h>
#include <linux/jhash.h>
#include <linux/list.h>
#include <linux/pagemap.h>
#include <linux/slab.h>

#include "budget.h"
#include "../compat/fs.h"
#include "elfnote.h"
#include "filetable.h"
#include "mm_state.h"

/* Entries kept. A file whose entry was evicted gets a new number and FILE record. */
#define EMBER_FILES_MAX 4096

/*
 * Identity of a file. Device and inode are not enough: a later mount can reuse both.
 */
struct ember_filekey {
	u64 ino;
	u64 bytes;
	u32 dev;
	u32 generation;
	u32 flags; /* EMBER_FILE_* */
	u32 path; /* hash */
};

struct ember_fileentry {
	struct hlist_node node;
	struct list_head used; /* in the order of use, the latest first */
	struct ember_filekey key;
	struct ember_fileentry *next; /* put, but not yet committed */
	u32 number;
	u8 defined; /* by a FILE record, */
	u8 build_id_bytes; /* with this build-id; 0: none was known */
	u8 build_id[EMBER_BUILD_ID_MAX];
};

struct ember_files {
	DECLARE_HASHTABLE(table, 8);
	struct list_head used;
	struct ember_budget *budget;
	struct ember_fileentry *put;
	u32 nr;
	bool crowded; /* there was no memory for another one */
	u32 numbers;
	char path[EMBER_PATH_MAX];
};

static size_t ember_fileentry_memory(void)
{
	return ember_budget_rounded(sizeof(struct ember_fileentry));
}

struct ember_files *ember_files_new(struct ember_budget *budget)
{
	struct ember_files *files = kvzalloc(sizeof(*files), GFP_KERNEL);

	if (files) {
		files->budget = budget;
		hash_init(files->table);
		INIT_LIST_HEAD(&files->used);
	}
	return files;
}

void ember_files_free(struct ember_files *files)
{
	struct ember_fileentry *entry, *next;

	list_for_each_entry_safe(entry, next, &files->used, used)
		kfree(entry);
	kvfree(files);
}

/* The page that was read last is looked up once. */
struct ember_filepage {
	struct file *file;
	struct page *page;
	u64 index;
};

/* From the page cache alone: a stopped file server must not stop us. */
static int ember_file_page(struct ember_filepage *at, u64 index)
{
	if (at->page && at->index == index)
		return 0;
	if (at->page)
		put_page(at->page);
	at->index = index;
	at->page = find_get_page(at->file->f_mapping, index);
	if (!at->page)
		return -EAGAIN;
	if (PageUptodate(at->page))
		return 0;
	put_page(at->page);
	at->page = NULL;
	return -EAGAIN;
}

static int ember_file_read(void *context, u64 offset, void *to, u32 bytes)
{
	struct ember_filepage *at = context;

	while (bytes) {
		u32 within = offset & (PAGE_SIZE - 1);
		u32 part = min_t(u32, bytes, PAGE_SIZE - within);
		int err = ember_file_page(at, offset >> PAGE_SHIFT);
		char *kernel;

		if (err)
			return err;
		kernel = ember_kmap(at->page);
		memcpy(to, kernel + within, part);
		ember_kunmap(kernel);
		to += part;
		offset += part;
		bytes -= part;
	}
	return 0;
}

void ember_mapping_look(struct ember_scan_mapping *map,
			const struct ember_scan_mapping *before)
{
	struct ember_filepage at = { .file = map->file };
	struct inode *inode = map->file ? file_inode(map->file) : NULL;
	int n;

	map->build_id_bytes = 0;
	if (!inode || !S_ISREG(inode->i_mode))
		return;
	if (before && before->file && file_inode(before->file) == inode) {
		map->build_id_bytes = before->build_id_bytes;
		memcpy(map->build_id, before->build_id, sizeof(map->build_id));
		return;
	}
	n = ember_elf_build_id(ember_file_read, &at, map->build_id);
	if (at.page)
		put_page(at.page);
	if (n > 0)
		map->build_id_bytes = n;
}

/* Takes the end off that d_path() puts there; a file's real name may look alike. */
static void ember_path_undeleted(char *path)
{
	static const char deleted[] = " (deleted)";
	size_t n = strlen(path);

	if (n > sizeof(deleted) - 1 && !strcmp(path + n - (sizeof(deleted) - 1), deleted))
		path[n - (sizeof(deleted) - 1)] = 0;
}

/* In files->path, or of the mapping; flags are added to. */
static const char *ember_mapping_path(struct ember_files *files,
				      const struct ember_scan_mapping *map, u32 *flags)
{
	const struct path *where;
	char *path;

	if (!map->file) {
		*flags |= strcmp(map->name, "[vdso]") ? EMBER_FILE_ANON : EMBER_FILE_VDSO;
		return map->name;
	}
	where = ember_file_path(map->file);
	path = d_path(where, files->path, sizeof(files->path));
	if (IS_ERR(path)) {
		*flags |= EMBER_FILE_CUT;
		return "";
	}
	/* A memfd or the like has never had a name to open it by. */
	if (d_unlinked(where->dentry) ||
	    (where->dentry->d_op && where->dentry->d_op->d_dname)) {
		*flags |= EMBER_FILE_DELETED;
		ember_path_undeleted(path);
	}
	return path;
}

static void ember_mapping_key(const struct ember_scan_mapping *map, const char *path,
			      struct ember_filekey *key)
{
	const struct inode *inode;

	/* A 32-bit task's vDSO is another one, and below 4 GiB. */
	key->path = jhash(path, strlen(path), !map->file && (u64)map->start >> 32);
	if (!map->file)
		return;
	inode = ember_file_inode(map->file);
	key->ino = inode->i_ino;
	key->dev = inode->i_sb->s_dev;
	key->generation = inode->i_generation;
	key->bytes = i_size_read(inode);
}

static bool ember_file_put(struct ember_mms *spaces, const struct ember_fileentry *entry,
			   const char *path)
{
	u32 most = ember_definition_most(&spaces->definitions) -
		   sizeof(struct ember_rec_file) - 8;
	u32 flags = entry->key.flags;
	struct ember_rec_file *rec;
	u32 n = strlen(path);

	if (n > most) {
		path += n - most;
		n = most;
		flags |= EMBER_FILE_CUT;
	}
	rec = ember_definition_put(&spaces->definitions, EMBER_REC_FILE,
				   sizeof(*rec) + ALIGN(n + 1, 8));
	if (!rec)
		return false;
	rec->file = entry->number;
	rec->dev_major = MAJOR(entry->key.dev);
	rec->dev_minor = MINOR(entry->key.dev);
	rec->ino = entry->key.ino;
	rec->generation = entry->key.generation;
	rec->flags = flags;
	rec->build_id_bytes = entry->build_id_bytes;
	memcpy(rec->build_id, entry->build_id, entry->build_id_bytes);
	rec->path_bytes = n;
	memcpy(rec->path, path, n);
	return true;
}

/* Return the entry of the mapped file, or NULL. An unknown build-id matches any. */
static struct ember_fileentry *ember_file_find(struct ember_files *files,
					       const struct ember_filekey *key,
					       const struct ember_scan_mapping *map)
{
	struct ember_fileentry *entry;

	hash_for_each_possible(files->table, entry, node, key->ino)
		if (!memcmp(&entry->key, key, sizeof(*key)) &&
		    (!map->build_id_bytes || !entry->build_id_bytes ||
		     (map->build_id_bytes == entry->build_id_bytes &&
		      !memcmp(map->build_id, entry->build_id, map->build_id_bytes))))
			return entry;
	return NULL;
}

static struct ember_fileentry *ember_file_new(struct ember_files *files)
{
	struct ember_fileentry *entry;

	files->crowded = !ember_budget_take(files->budget, ember_fileentry_memory());
	if (files->crowded)
		return NULL;
	/* A file is held: no waiting for memory. */
	entry = kzalloc(sizeof(*entry), GFP_NOWAIT | __GFP_NOWARN);
	if (!entry) {
		ember_budget_give(files->budget, ember_fileentry_memory());
		ember_budget_refuse(files->budget);
	}
	return entry;
}

bool ember_files_number(struct ember_mms *spaces, struct ember_scan_mapping *map)
{
	struct ember_files *files = spaces->files;
	struct ember_filekey key = {};
	const char *path = ember_mapping_path(files, map, &key.flags);
	struct ember_fileentry *entry;

	ember_mapping_key(map, path, &key);
	entry = ember_file_find(files, &key, map);
	if (entry) {
		list_move(&entry->used, &files->used);
	} else {
		entry = ember_file_new(files);
		if (!entry)
			return false;
		entry->key = key;
		entry->number = ++files->numbers;
		hash_add(files->table, &entry->node, key.ino);
		list_add(&entry->used, &files->used);
		files->nr++;
	}
	map->number = entry->number;
	if (entry->defined && (entry->build_id_bytes || !map->build_id_bytes))
		return true;
	/* New, or its first pages have come into the cache meanwhile. */
	entry->build_id_bytes = map->build_id_bytes;
	memcpy(entry->build_id, map->build_id, map->build_id_bytes);
	entry->defined = true;
	entry->next = files->put;
	files->put = entry;
	return ember_file_put(spaces, entry, path);
}

void ember_files_again(struct ember_files *files)
{
	struct ember_fileentry *entry;

	list_for_each_entry(entry, &files->used, used)
		entry->defined = false;
}

bool ember_files_end(struct ember_files *files, bool committed)
{
	/* The next ones find room, as far as files alone have taken it. */
	u32 most = files->crowded ? files->nr - files->nr / 8 : EMBER_FILES_MAX;
	bool any = committed && files->put;
	struct ember_fileentry *entry;

	while ((entry = files->put)) {
		files->put = entry->next;
		if (!committed)
			entry->defined = false;
	}
	files->crowded = false;
	while (files->nr > most) {
		entry = list_last_entry(&files->used, struct ember_fileentry, used);
		hash_del(&entry->node);
		list_del(&entry->used);
		kfree(entry);
		ember_budget_give(files->budget, ember_fileentry_memory());
		files->nr--;
	}
	return any;
}
