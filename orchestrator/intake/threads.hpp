// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "intake/message.hpp"

namespace klab {

// Disjoint sets over 0..n-1, by union by size and path halving.
class DisjointSets {
 public:
  explicit DisjointSets(std::size_t n) : parent_(n), size_(n, 1) {
    std::iota(parent_.begin(), parent_.end(), 0u);
  }
  std::size_t add() {
    parent_.push_back(parent_.size());
    size_.push_back(1);
    return parent_.size() - 1;
  }
  std::size_t find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) {
    a = find(a);
    b = find(b);
    if (a == b) return;
    if (size_[a] < size_[b]) std::swap(a, b);
    parent_[b] = a;
    size_[a] += size_[b];
  }

 private:
  std::vector<std::size_t> parent_;
  std::vector<std::size_t> size_;
};

// The thread of every message, as a number. Two mails that answer the same absent one share a thread.
inline std::vector<std::size_t> threads_of(const std::vector<Message>& messages) {
  DisjointSets sets(messages.size());
  std::map<std::string, std::size_t> by_id;
  for (std::size_t i = 0; i < messages.size(); ++i)
    if (!messages[i].message_id.empty()) by_id.emplace(messages[i].message_id, i);
  for (std::size_t i = 0; i < messages.size(); ++i)
    for (const auto& parent : messages[i].parents) {
      auto known = by_id.find(parent);
      if (known == by_id.end()) known = by_id.emplace(parent, sets.add()).first;
      sets.join(i, known->second);
    }
  std::vector<std::size_t> threads(messages.size());
  for (std::size_t i = 0; i < messages.size(); ++i) threads[i] = sets.find(i);
  return threads;
}

}  // namespace klab
