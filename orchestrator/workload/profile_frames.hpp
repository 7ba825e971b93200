// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/profile.hpp"
#include "workload/payload.hpp"

namespace klab {

// The part of the results that tells where time went, for ResultCollector, which knows whether a case is
// in its place. Believes as little: the functions must be as many as were announced, each named once, and
// all samples accounted for. The functions return what is wrong, if anything.
class ProfileFrames {
 public:
  using Violation = std::optional<std::string>;

  static void allow_fields(std::string_view type, const FramePayload& fields);
  static bool knows(std::string_view type) { return type == "profile" || type == "symbol" || type == "no-profile"; }

  // The case's passes are over.
  Violation take_profile(const FramePayload& fields, const std::string& workload, const std::string& case_name);
  Violation take_symbol(const FramePayload& fields, const std::string& workload, const std::string& case_name);
  // Before any case.
  Violation take_reason(const FramePayload& fields);
  // Something else than a symbol came: the profile under way must be whole.
  Violation close();
  // Whether the case needs no more than it has.
  bool has(const std::string& workload, const std::string& case_name) const;

  const std::vector<CaseProfile>& profiles() const { return profiles_; }  // whole ones
  const std::string& reason() const { return reason_; }                   // why there can be none; may be empty

 private:
  std::vector<CaseProfile> profiles_;
  std::optional<CaseProfile> current_;
  std::int64_t announced_ = 0;  // functions of the current one
  std::set<std::pair<std::string, std::string>> named_;
  std::string reason_;
};

}  // namespace klab
