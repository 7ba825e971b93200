// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace klab {

// Splits the process in two; to be called first of all in main(), before any thread exists. Returns in the
// child, the worker. The parent stays behind as subreaper: it reaps the QEMU processes that the worker's
// libvirt sets free (so that libvirt notices their end at once), forwards SIGTERM, SIGINT and SIGHUP to the
// worker, and when the worker has ended, however it ended, kills everything that is left below it and exits
// with the worker's status (128 + signal for a signal). The worker dies with its parent.
// Never reap children by waitpid(-1) in the worker: they are libvirt's.
void run_supervised();

}  // namespace klab
