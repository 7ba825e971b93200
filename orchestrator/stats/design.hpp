// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/comparison.hpp"
#include "stats/labelling.hpp"

namespace klab {

// What is known about how a contrast's boots were ordered, and hence which labellings are possible.
// Boots are numbered through both arms: 0 .. reference-1, then the patched arm's.
class Design {
 public:
  explicit Design(const ContrastData& data);

  int reference() const { return reference_; }
  int patched() const { return patched_; }
  int boots() const { return reference_ + patched_; }
  // Why labellings are not restricted to balanced ones although the order was drawn so; else empty.
  const std::string& note() const { return note_; }

  // The labellings of some of the boots (ascending numbers). Exact under randomisation: the boots
  // left out keep their label, and the rest takes every label with which the whole order could
  // have been drawn.
  LabellingSet labellings(const std::vector<int>& boots) const;
  // Whether slots are known and these boots ran as one arm first and the other after it.
  bool ran_as_two_blocks(const std::vector<int>& boots) const;

 private:
  void restrict_to_balanced(const ContrastData& data);

  int reference_ = 0;
  int patched_ = 0;
  std::uint64_t seed_ = 0;
  std::vector<int> slots_;  // per boot; empty when any is unknown or two are the same
  std::vector<int> place_;  // slots as the balance counts them
  std::optional<Balance> balance_;
  std::string note_;
};

}  // namespace klab
