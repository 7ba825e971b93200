// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "intake/message.hpp"
#include "model/series.hpp"
#include "util/result.hpp"

namespace klab {

// One posting of a series: indices into the messages it was chosen from.
struct Posting {
  int version = 1;
  int total = 1;
  bool rfc = false;
  bool resend = false;
  std::optional<std::size_t> cover;
  std::vector<std::size_t> parts;  // part k at [k - 1]; `absent` where it is missing
  static constexpr std::size_t absent = static_cast<std::size_t>(-1);
};

struct Selection {
  Posting posting;
  std::vector<int> versions;  // of the same series among the messages, ascending
  std::vector<LeftAside> left_aside;
};

// Finds the one series among `messages` (in the order given) and of its postings the newest, or that of
// `version`. Postings belong to one series when they share a thread or a title; two that share neither are
// refused, because a guess would test the wrong one. Within one version a RESEND replaces the first posting.
// `what` names the sources in errors. Pure; no more than n log n in the number of messages.
Result<Selection> select_posting(const std::vector<Message>& messages, std::optional<int> version,
                                 const std::string& what);

}  // namespace klab
