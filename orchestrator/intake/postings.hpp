// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
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
  std::map<int, std::size_t> parts;  // those that are there, by number from 1
};

// Seconds since the epoch of a mail's Date:; nothing when it cannot be read.
std::optional<std::int64_t> seconds_of(const std::string& date);

// The address in a From: value, lower case; the whole value when it holds none.
std::string address_of(const std::string& from);

std::vector<std::size_t> members_of(const Posting& posting);
bool is_whole(const Posting& posting);

// The Message-IDs of a posting's members.
std::set<std::string> ids_of(const std::vector<Message>& messages, const Posting& posting);

// Whether a member of `a` names one of `ids` among the mails it follows.
bool follows(const std::vector<Message>& messages, const Posting& a, const std::set<std::string>& ids);

// One posting for each (version, number of parts, RFC, RESEND); where that would put two messages in one
// place, one for each thread, and where mails were sent without a thread, one for each time the parts begin
// anew. A reply that proposes a patch (`proposal`) stands alone, whatever its n/m. What is the same patch
// twice goes to `aside`. Pure; `what` names the sources in errors.
Result<std::vector<Posting>> group_postings(const std::vector<Message>& messages,
                                            const std::vector<std::size_t>& candidates,
                                            const std::vector<std::size_t>& threads, bool proposal,
                                            const std::string& what, std::vector<LeftAside>& aside);

// Joins covers to parts that answer them under another version or count, and takes a mail of `plain` (no
// patch, no reply) that the same sender's parts answer for their cover; what is taken leaves `plain`.
void adopt_covers(const std::vector<Message>& messages, std::vector<std::size_t>& plain,
                  std::vector<Posting>& postings);

// "[PATCH v2] title" in answer to part k of a series of the same sender is part k of its version 2.
void place_rerolls(const std::vector<Message>& messages, std::vector<Posting>& postings);

// When `posting` sent only some parts again, in answer to earlier versions among `all`, takes the others
// from those. Returns the parts that were taken, with the version each is of; empty when that does not make
// it whole, and then `posting` is unchanged.
std::vector<std::pair<int, int>> complete_reroll(const std::vector<Message>& messages,
                                                 const std::vector<Posting>& all, Posting& posting);

}  // namespace klab
