// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/design.hpp"

#include <algorithm>
#include <numeric>
#include <set>

namespace klab {
namespace {

// The slots of all boots, or nothing unless each has one of its own.
std::vector<int> slots_of(const ContrastData& data) {
  std::vector<int> slots;
  std::set<int> taken;
  for (const ArmData* arm : {&data.reference, &data.patched}) {
    for (const BootPoint& boot : arm->boots) {
      if (boot.slot < 1 || !taken.insert(boot.slot).second) return {};
      slots.push_back(boot.slot);
    }
  }
  return slots;
}

std::vector<int> ranks_of(const std::vector<int>& slots) {
  std::vector<int> sorted = slots;
  std::sort(sorted.begin(), sorted.end());
  std::vector<int> ranks;
  for (const int slot : slots) {
    ranks.push_back(static_cast<int>(std::lower_bound(sorted.begin(), sorted.end(), slot) - sorted.begin()) +
                    1);
  }
  return ranks;
}

}  // namespace

Design::Design(const ContrastData& data)
    : reference_(static_cast<int>(data.reference.boots.size())),
      patched_(static_cast<int>(data.patched.boots.size())),
      seed_(data.seed),
      slots_(slots_of(data)) {
  if (data.order == BootOrder::balanced && boots() > 0) restrict_to_balanced(data);
}

void Design::restrict_to_balanced(const ContrastData& data) {
  if (slots_.empty()) {
    note_ = "slots of the boots not known: p over all labellings";
    return;
  }
  const int failed = data.reference.failed + data.patched.failed;
  Balance balance{reference_ + data.reference.failed, patched_ + data.patched.failed};
  if (failed == 0) {
    place_ = ranks_of(slots_);
  } else {
    // Failed boots had slots too: the ones nobody else has. That tells their labels only where all
    // of them belong to one arm.
    const int all = boots() + failed;
    const bool one_arm = data.reference.failed == 0 || data.patched.failed == 0;
    if (!one_arm || *std::max_element(slots_.begin(), slots_.end()) > all) {
      note_ = "slots of the failed boots not known: p over all labellings";
      return;
    }
    place_ = slots_;
    if (data.patched.failed > 0) {
      balance.fixed_sum =
          static_cast<long>(all) * (all + 1) / 2 - std::accumulate(slots_.begin(), slots_.end(), 0L);
    }
  }
  if (!balance.allows(std::accumulate(place_.begin() + reference_, place_.end(), 0L))) {
    note_ = "boots did not run in a balanced order: p over all labellings";
    return;
  }
  balance_ = balance;
}

LabellingSet Design::labellings(const std::vector<int>& boots) const {
  const auto is_patched = [this](int boot) { return boot >= reference_; };
  const int patched = static_cast<int>(std::count_if(boots.begin(), boots.end(), is_patched));
  const int size = static_cast<int>(boots.size());
  if (!balance_) return LabellingSet::make(size, patched, {}, std::nullopt, seed_);
  Balance balance = *balance_;
  balance.fixed_sum += std::accumulate(place_.begin() + reference_, place_.end(), 0L);
  std::vector<int> places;
  for (const int boot : boots) {
    places.push_back(place_[static_cast<std::size_t>(boot)]);
    if (is_patched(boot)) balance.fixed_sum -= places.back();
  }
  return LabellingSet::make(size, patched, places, balance, seed_);
}

bool Design::ran_as_two_blocks(const std::vector<int>& boots) const {
  if (slots_.empty()) return false;
  std::vector<int> in_order = boots;
  std::sort(in_order.begin(), in_order.end(), [this](int a, int b) {
    return slots_[static_cast<std::size_t>(a)] < slots_[static_cast<std::size_t>(b)];
  });
  int changes = 0;
  for (std::size_t i = 1; i < in_order.size(); ++i) {
    changes += (in_order[i - 1] >= reference_) != (in_order[i] >= reference_) ? 1 : 0;
  }
  return changes == 1;
}

}  // namespace klab
