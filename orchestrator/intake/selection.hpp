// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "intake/message.hpp"
#include "intake/postings.hpp"
#include "model/series.hpp"
#include "util/result.hpp"

namespace klab {

struct Selection {
  Posting posting;
  std::vector<int> versions;  // of the same series among the messages, ascending
  std::vector<LeftAside> left_aside;
};

// Finds the one series among `messages` (in the order given) and of its postings the newest, or that of
// `version`. Postings belong to one series when they share a thread or a title; two that share neither are
// refused, because a guess would test the wrong one. Within one version a RESEND replaces the first posting.
// Parts sent again alone, in answer to an earlier version, are completed from that, and left_aside says so.
// `what` names the sources in errors. Pure; no more than n log n in the number of messages.
Result<Selection> select_posting(const std::vector<Message>& messages, std::optional<int> version,
                                 const std::string& what);

}  // namespace klab
