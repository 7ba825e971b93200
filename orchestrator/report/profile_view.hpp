// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "model/profile.hpp"

namespace klab::report {

// What the text and the HTML show of a contrast's profiles.

// A function's share of the samples that are not idle, 0 to 1; nothing where it is not among those told of.
struct ProfileRow {
  std::string name;  // "function", "function [module]" or "user code"
  std::optional<double> reference;
  std::optional<double> patched;
};
struct ProfileCase {
  std::string case_name;
  ProfileRow hottest;
};
struct ProfileGroup {
  std::string workload;
  std::vector<ProfileRow> rows;     // of all cases together, by the larger share
  std::vector<ProfileCase> cases;   // as they ran; empty when there is but one
};

// At most `most` rows each.
std::vector<ProfileGroup> profile_groups(const ContrastProfile& profile, std::size_t most);

// "46.1%", or "-".
std::string share_text(const std::optional<double>& share);

// What must be said above the tables: how, how many samples, what went wrong.
std::vector<std::string> profile_sentences(const ContrastProfile& profile);
// And below them: what such samples cannot show. May be empty.
std::vector<std::string> profile_limits(const ContrastProfile& profile);

}  // namespace klab::report
