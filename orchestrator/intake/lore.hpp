// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "intake/mailbox.hpp"
#include "util/result.hpp"

namespace klab {

// Whether an argument names a mail in an archive: a Message-ID (with or without angle brackets) or the
// link of a public-inbox message, such as https://lore.kernel.org/all/ID/. Pure.
bool looks_like_archived_mail(const std::string& argument);

// The whole thread of that mail as an mbox, fetched by b4, which knows the archives and their caches.
// Blocks, up to two minutes. Errors are of kind input: b4 is not there (with the package's name), or it
// found nothing, in its own words.
Result<RawSource> fetch_thread(const std::string& argument);

}  // namespace klab
