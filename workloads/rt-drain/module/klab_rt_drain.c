// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a page of a file on an LRU list, or does it still wait in the batch of the CPU that added it?
 *
 * A page that is written for the first time waits in a batch of its CPU, where it has no LRU flag,
 * until the batch is full or drained. So a page written by a task bound to a CPU tells of that CPU:
 * without the flag a drain of it is due, and with the flag it has been done. Nothing runs on that
 * CPU, and nothing is asked of it.
 *
 * Writing "<fd> <index>" to the parameter "page" looks at one page of the writer's file; reading it
 * gives 1 when it is on a list, 0 when not.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>

static bool listed;

static int look(const char *value, const struct kernel_param *parameter)
{
	unsigned int fd;
	unsigned long index;
	struct file *file;
	struct folio *folio;

	if (sscanf(value, "%u %lu", &fd, &index) != 2)
		return -EINVAL;
	file = fget(fd);
	if (!file)
		return -EBADF;
	folio = filemap_get_folio(file->f_mapping, index);
	fput(file);
	/* NULL before 6.3. */
	if (IS_ERR_OR_NULL(folio))
		return -ENOENT;
	listed = folio_test_lru(folio);
	folio_put(folio);
	return 0;
}

static int show(char *buffer, const struct kernel_param *parameter)
{
	return scnprintf(buffer, PAGE_SIZE, "%d\n", listed);
}

static const struct kernel_param_ops page_ops = { .set = look, .get = show };
module_param_cb(page, &page_ops, NULL, 0600);
MODULE_PARM_DESC(page, "\"<fd> <index>\" looks at a page of a file; 1: it is on an LRU list");

static int __init klab_rt_drain_init(void)
{
	return 0;
}

static void __exit klab_rt_drain_exit(void)
{
}

module_init(klab_rt_drain_init);
module_exit(klab_rt_drain_exit);
MODULE_DESCRIPTION("Tells whether a page of a file is on an LRU list");
MODULE_LICENSE("GPL");
